"""Booking beside the grid: a gap is chosen, a name typed, and Enter books it. The grid comes back with the answer.

The whole booking page is a link away, with what was typed, for all that is asked less often.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from appointments import booking
from appointments.models import Appointment, AppointmentType
from appointments.suggesting import naming_the_next
from clinic import showing
from clinic.admin_base import understood
from clinic.errors import Refusal
from clinic.models import Practitioner, Room
from clinic.permissions import Permission
from frontdesk.diary.page import ActsShown, Asked, grid_of, visit
from frontdesk.keys import key_in
from patients.models import Case, Patient

# As many as are read at a glance. Two letters find nobody by themselves: there would be too many.
MOST, FEWEST_LETTERS = 7, 2
LAST_TYPE = "diary_last_type"


class GapForm(forms.Form):
    """What the gap says and what is chosen. The names are those of the whole booking page."""

    starts_at = forms.DateTimeField()
    practitioner = forms.ModelChoiceField(Practitioner.objects.active(), required=False)
    room = forms.ModelChoiceField(Room.objects.active().select_related("location"), required=False)
    appointment_type = forms.ModelChoiceField(AppointmentType.objects.active())
    note = forms.CharField(required=False, max_length=300)


@dataclass(frozen=True)
class Match:
    """Somebody whom the typed words may mean, for a case of theirs or for none."""

    patient: Patient
    case: Case | None

    @property
    def key(self) -> str:
        return f"{self.patient.pk}:{self.case.pk}" if self.case else str(self.patient.pk)


def people(request: HttpRequest) -> HttpResponse:
    """Those whom the typed words may mean, the first of them chosen."""
    _refuse_others(request)
    return TemplateResponse(request, "frontdesk/diary/people.html", _people(request, request.GET.get("q", "")))


def panel(request: HttpRequest, acts_shown: ActsShown) -> HttpResponse:
    """GET shows the panel of a gap; POST books it, or says in the panel why not."""
    _refuse_others(request)
    if request.method == "POST":
        return _booked(request, acts_shown)
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "POST"])
    return _shown(request, GapForm(_given(request)))


def _refuse_others(request: HttpRequest) -> None:
    if not (request.user.may(Permission.KEEP_BOOK) and request.user.may(Permission.SEE_PATIENTS)):
        raise PermissionDenied


def _given(request: HttpRequest) -> dict[str, str]:
    """Of the address, and of the form where one is sent. The type is the one that was booked last."""
    given = {name: request.GET.get(name, "") for name in GapForm.base_fields}
    given["appointment_type"] = request.session.get(LAST_TYPE, "")
    return given | {name: request.POST[name] for name in GapForm.base_fields if name in request.POST}


def _booked(request: HttpRequest, acts_shown: ActsShown) -> HttpResponse:
    form, asked, now = GapForm(_given(request)), Asked.of(request), timezone.now()
    if not form.is_valid() or asked is None:
        return _shown(request, form, sorry="Choose the kind of visit, and try once more.")
    match = _meant(request)
    if match is None:
        return _shown(request, form, sorry="Choose who it is for.")
    chosen = form.cleaned_data
    try:
        with naming_the_next(
            appointment_type=chosen["appointment_type"],
            practitioner=chosen["practitioner"],
            patient_id=match.patient.pk,
            after=chosen["starts_at"],
            now=now,
        ):
            made = booking.book(patient=match.patient, case=match.case, by=request.user, now=now, **chosen)
    except (Refusal, IntegrityError) as error:
        return _shown(request, form, sorry=understood(error).detail)
    request.session[LAST_TYPE] = str(made.appointment_type_id)
    return _with_grid(request, made, asked, acts_shown)


def _with_grid(request: HttpRequest, made: Appointment, asked: Asked, acts_shown: ActsShown) -> HttpResponse:
    """What was booked in the panel's place, and the grid where it stands: one answer, so that nobody waits twice."""
    answer = visit(request, made.pk, acts_shown, back=asked.place()).render()
    grid = grid_of(request, asked, out_of_band=True)
    answer.content += (grid.html + grid.beside).encode()
    answer["HX-Trigger-After-Settle"] = json.dumps({"diary-booked": {"visit": made.pk}})
    return answer


def _meant(request: HttpRequest) -> Match | None:
    """Who is ticked; without a tick whoever the words find alone, where there is nothing to choose.

    A tick that the words no longer mean was set before the last letters were typed: it does not count.
    """
    words, ticked = request.POST.get("q", ""), request.POST.get("who", "")
    rows = _patients(request).filter(pk=key_in(ticked.partition(":")[0])).matching(words)
    meant = next((match for match in _matches(rows) if match.key == ticked), None)
    if meant is not None:
        return meant
    found = _people(request, words)["matches"]
    return found[0] if len(found) == 1 else None


def _people(request: HttpRequest, words: str) -> dict[str, Any]:
    words = words.strip()
    is_enough = len(words) >= FEWEST_LETTERS
    rows = list(_patients(request).matching(words).order_by("last_name", "first_name", "pk")[: MOST + 1])
    matches = _matches(rows[:MOST]) if is_enough else []
    return {"matches": matches, "is_more": is_enough and len(rows) > MOST, "is_nobody": is_enough and not rows}


def _patients(request: HttpRequest):
    cases = Case.objects.visible_to(request.user).open().order_by("-opened_on", "-pk")
    rows = Patient.objects.visible_to(request.user).active()
    return rows.prefetch_related(Prefetch("cases", cases, to_attr="open_cases"))


def _matches(rows: Iterable[Patient]) -> list[Match]:
    return [Match(patient, case) for patient in rows for case in (None, *patient.open_cases)]


def _shown(request: HttpRequest, form: GapForm, sorry: str = "") -> HttpResponse:
    """The panel of a gap, with what was typed and why it was not booked."""
    form.is_valid()
    at = form.cleaned_data.get("starts_at")
    asked = Asked.of(request)
    zone = asked.location.zone if asked else None
    words = request.POST.get("q", "")
    said = {
        "at": showing.when(at, zone) if at else "",
        "with": form.cleaned_data.get("practitioner") or form.cleaned_data.get("room") or "",
        "given": form.data,
        # What costs nothing is given least often.
        "types": AppointmentType.objects.active().order_by("complimentary", "name"),
        "words": words,
        "who": request.POST.get("who", ""),
        "sorry": sorry,
        "place": request.get_full_path(),
        "whole": _whole_page(request, form, asked),
        **_people(request, words),
    }
    return TemplateResponse(request, "frontdesk/diary/panel.html", said)


def _whole_page(request: HttpRequest, form: GapForm, asked: Asked | None) -> str:
    kept = {name: form.data[name] for name in form.fields if form.data.get(name)}
    back = {"next": asked.place()} if asked else {}
    return f"{reverse('admin:appointments_appointment_add')}?{urlencode(kept | back)}"
