"""Where a visit that is being dragged cannot go, and why; the grid hatches it while the hand is still on it."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from appointments.models import Appointment
from appointments.reasons import WORDS
from appointments.searching.finding import Rejected, Wish, find
from clinic.models import Practitioner, Room
from clinic.permissions import Permission
from frontdesk.diary.columns import Column
from frontdesk.diary.gathering import Book
from frontdesk.diary.layout import GAP, STEP
from frontdesk.diary.page import Asked
from frontdesk.keys import key_in

# Notice and horizon bind who books online, not the desk.
PAST = "That time has passed."


def places(request: HttpRequest) -> JsonResponse:
    """`columns` in the order of the page's: stretches of `first` and `length` steps, each with `why`."""
    if not request.user.may(Permission.KEEP_BOOK):
        raise PermissionDenied
    asked = Asked.of(request)
    rows = Appointment.objects.visible_to(request.user).select_related("appointment_type", "practitioner")
    visit = get_object_or_404(rows, pk=key_in(request.GET.get("visit", "")))
    if asked is None:
        return JsonResponse({"columns": []})
    now = timezone.now()
    columns = asked.columns(Book(request.user, asked.location, asked.days, now))
    return JsonResponse({"columns": [_refused(column, visit, asked, now) for column in columns]})


def _refused(column: Column, visit: Appointment, asked: Asked, now: datetime) -> list[dict]:
    wish = Wish(
        appointment_type=visit.appointment_type,
        from_on=column.day,
        to_on=column.day,
        practitioner=_who(column, visit),
        location=asked.location,
        room=Room.objects.filter(pk=column.takes_on["room"]).first() if "room" in column.takes_on else None,
        patient_id=visit.patient_id,
        moving_id=visit.pk,
    )
    found = (row for row in find(wish, now=now, explain=True) if isinstance(row, Rejected))
    said = ((row.starts_at, [WORDS[code] for code in row.reasons if code in WORDS]) for row in found)
    return list(_joined(column, said, now))


def _who(column: Column, visit: Appointment) -> Practitioner:
    """Dropped into a room, a visit keeps its practitioner."""
    number = column.takes_on.get("practitioner", visit.practitioner_id)
    return visit.practitioner if number == visit.practitioner_id else Practitioner.objects.get(pk=number)


def _joined(column: Column, said: Iterable[tuple[datetime, list[str]]], now: datetime) -> Iterable[dict]:
    """Neighbouring quarters with the same reasons as one stretch."""
    begins, last = datetime.fromisoformat(column.begins), None
    for starts_at, reasons in sorted(said):
        why = " ".join([PAST] if starts_at < now else reasons)
        first = (starts_at - begins) // STEP
        if not why or first < 0:
            continue
        if last and last["why"] == why and last["first"] + last["length"] == first:
            last["length"] += GAP
            continue
        if last:
            yield last
        last = {"first": first, "length": GAP, "why": why}
    if last:
        yield last
