"""The session page: where a practitioner writes the note of a visit, with the patient still in the room."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from appointments.models import Appointment
from clinic import showing
from clinic.api.etags import etag_of
from clinic.errors import Refusal
from clinic.models import AccessEvent, User
from clinic.permissions import Permission
from frontdesk import chart
from frontdesk.keys import key_in
from treatments import catalogue, charting, pointcodes, vocabulary
from treatments.models import Cupping, Moxibustion, Needling, Technique, Treatment
from treatments.part_serializers import PartsSerializer
from treatments.repeating import AGAIN
from treatments.serializers import TreatmentSerializer

VISITS_BESIDE = 3
CHOICES = {
    "technique": Needling.Technique.choices,
    "cuppings": Cupping.Kind.choices,
    "moxibustions": Moxibustion.Kind.choices,
    "techniques": Technique.Kind.choices,
    "stimulation": [*vocabulary.STIMULATION.items()],
}
VOCABULARY = {
    "tongue": vocabulary.TONGUE,
    "pulse": vocabulary.PULSE,
    "positions": vocabulary.POSITIONS,
    "principles": vocabulary.PRINCIPLES,
}


def begin(request: HttpRequest) -> HttpResponse:
    """Begins the note of the visit `?appointment=`, or finds it begun, and leads to its page.

    A way as well as a button: it makes no more than an empty draft, and asked twice, one. A link on somebody else's
    site does not.
    """
    _let_in(request)
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        raise PermissionDenied
    asked = key_in(request.GET.get("appointment", ""))
    visit = get_object_or_404(Appointment.objects.visible_to(request.user), pk=asked)
    note = note_of_visit(visit, by=request.user, now=timezone.now())
    return HttpResponseRedirect(reverse("admin:session", args=[note.pk]))


def note_of_visit(visit: Appointment, *, by: User, now: datetime) -> Treatment:
    """The note that the visit has, or the draft that is begun for it now. Raises what `charting.begin` raises."""
    there = Treatment.objects.visible_to(by).filter(appointment=visit)
    if note := there.first():
        return note
    try:
        return charting.begin(
            patient=visit.patient,
            practitioner=visit.practitioner,
            appointment=visit,
            case=visit.case,
            started_at=min(visit.starts_at, now),
            by=by,
            now=now,
        )
    except Refusal as refusal:
        if refusal.code != "note_exists":  # somebody was quicker: theirs is the note
            raise
        return there.get()


def page(request: HttpRequest, treatment_id: int, site_context: dict[str, Any]) -> HttpResponse:
    """The note to write, or once signed to read. What is shown of this note and of those beside it is recorded."""
    _let_in(request)
    with transaction.atomic():
        notes = Treatment.objects.visible_to(request.user).whole()
        note = get_object_or_404(notes.select_related("appointment__appointment_type"), pk=treatment_id)
        before = notes.filter(patient=note.patient_id, started_at__lt=note.started_at).exclude(pk=note.pk)
        beside = list(before.order_by("-started_at", "-pk")[:VISITS_BESIDE])
        AccessEvent.objects.record(
            by=request.user,
            rows=[note, *beside],
            subject_kind="treatment",
            now=timezone.now(),
            request_id=request.request_id,
        )
    context = site_context | _shown(note, beside)
    if note.is_signed:
        return TemplateResponse(request, "frontdesk/session_signed.html", context | _signed(note))
    return TemplateResponse(request, "frontdesk/session.html", context | _to_write(note, beside, request))


def _let_in(request: HttpRequest) -> None:
    if not request.user.may(Permission.WRITE_NOTES):
        raise PermissionDenied


def _shown(note: Treatment, beside: Iterable[Treatment]) -> dict[str, Any]:
    today = timezone.localdate()
    alerts = note.patient.alerts.holding(today).gravest_first()
    return {
        "title": f"{note.patient}, {showing.when(note.started_at)}",
        "note": note,
        "age": note.patient.age_on(today),
        "when": showing.when(note.started_at),
        "late": note.is_late_entry(timezone.now()),
        "alerts": [(alert.severity, alert.get_severity_display(), alert.banner(today)) for alert in alerts],
        "told": read(note),
        "beside": [read(visit) for visit in beside],
        "planned": _hands_on(note),
    }


def _hands_on(note: Treatment) -> int | None:
    """Minutes with the patient as the visit was planned: what insurers count is still what is written down."""
    if note.appointment is None:
        return None
    segments = note.appointment.appointment_type.segment_minutes()
    return sum(minutes for kind, minutes in segments if kind == "hands_on")


def read(note: Treatment) -> dict[str, Any]:
    """A note in words, for reading: its heading, its points in short, and (label, words) of all that it says."""
    points = [_needle(row) for row in note.needlings.all()]
    done = [str(row) for part in (note.cuppings, note.moxibustions, note.techniques) for row in part.all()]
    lines = [
        ("Complaint", note.complaint),
        ("Said", note.subjective),
        ("Found", note.objective),
        ("Tongue", vocabulary.tongue_sentence(note.tongue)),
        ("Pulse", vocabulary.pulse_sentence(note.pulse)),
        ("Eight principles", vocabulary.principles_words(note.eight_principles)),
        ("Patterns", ", ".join(note.patterns)),
        ("Diagnosis", note.western_diagnosis),
        ("Assessment", note.assessment),
        ("Principle", note.treatment_principle),
        ("Why", note.reasoning),
        ("Style", note.style),
        ("Points", ", ".join(points)),
        ("Besides", "; ".join(done)),
        ("Response", note.response),
        ("Advice", note.aftercare),
        ("Plan", note.plan),
    ]
    return {
        "pk": note.pk,
        "day": showing.day(timezone.localdate(note.started_at)),
        "practitioner": note.practitioner.display_name,
        "is_signed": note.is_signed,
        "gist": note.complaint or note.subjective,
        "points": points,
        "lines": [(label, words) for label, words in lines if words],
    }


def _signed(note: Treatment) -> dict[str, Any]:
    marks = chart.marks_of(note)
    return {
        "signed_when": showing.when(note.signed_at),
        "amendments": [(row, showing.when(row.written_at)) for row in note.amendments.all()],
        "confirmations": [(row.key.partition(":")[2], row) for row in note.confirmations.all()],
        "drawings": [chart.drawn(view, marks) for view in chart.views_of(marks)],
    }


def _to_write(note: Treatment, beside: list[Treatment], request: HttpRequest) -> dict[str, Any]:
    return {
        "may_sign": note.practitioner.user_id == request.user.pk,
        "views": chart.WHOLE_BODY,
        "closer": chart.CLOSER,
        "data": _data(note, beside, request),
    }


SIDES = {"left": " L", "right": " R", "both": " B", "midline": ""}


def _needle(row: Needling) -> str:
    minutes = f" {row.retention_minutes}′" if row.retention_minutes else ""
    return f"{row.point_id or row.free_location}{SIDES[row.side]}{minutes}"


def _data(note: Treatment, beside: list[Treatment], request: HttpRequest) -> dict[str, Any]:
    """What the scripts of the page begin with."""
    return {
        "note": TreatmentSerializer(note, context={"request": request}).data,
        "etag": etag_of(note),
        "owner": request.user.pk,
        "zone": timezone.get_current_timezone_name(),
        "again": _again(beside[0]) if beside else None,
        "vocabulary": VOCABULARY,
        "choices": CHOICES,
        "spelling": _spelling(),
        "ear": _ear(),
        "places": {
            "note": f"/api/v1/treatments/{note.pk}/",
            "check": "/api/v1/treatments/check/",
            "protocols": "/api/v1/protocols/",
            "chart": reverse("admin:session_chart"),
            "nearest": reverse("admin:session_nearest"),
            "page": reverse("admin:session", args=[note.pk]),
        },
    }


def _again(last: Treatment) -> dict[str, Any]:
    """What was done last time and why, ready to be written down again."""
    parts = PartsSerializer(last).data
    return {
        "parts": {
            name: [{field: row[field] for field in fields} for row in parts[name]] for name, fields in AGAIN.items()
        },
        "words": {name: getattr(last, name) for name in ("patterns", "treatment_principle", "style")},
    }


@cache
def _spelling() -> dict[str, Any]:
    """How codes of points are spelled, which lie on one side only, and which are more than one place."""
    points = catalogue.read_points()
    return {
        "sizes": pointcodes.SIZES,
        "aliases": pointcodes.CHANNEL_ALIASES,
        "ambiguous": pointcodes.AMBIGUOUS_PREFIXES,
        "laterality": {point.code: point.laterality for point in points if point.laterality != "bilateral"},
        "groups": {point.code: point.group_size for point in points if point.group_size > 1},
    }


@cache
def _ear() -> list[dict[str, str]]:
    """The points of the ear: few enough to come with the page."""
    names = ("code", "english", "pinyin", "hanzi", "hanzi_traditional")
    return [{name: getattr(row, name) for name in names} for row in catalogue.read_auricular()]
