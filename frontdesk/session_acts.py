"""The ways to the session page, as the pages of a visit and of a note offer them."""

from datetime import datetime

from django.urls import reverse

from appointments.models import Appointment
from appointments.statuses import Status
from clinic.acts import Act, Done
from clinic.models import User
from clinic.permissions import Permission
from frontdesk.session import note_of_visit
from treatments.admin_acts import note_of
from treatments.models import Treatment


def _begin(*, row: Appointment, by: User, now: datetime) -> Done:
    note = note_of_visit(row, by=by, now=now)
    return Done("A draft is begun.", go_to=_session(note))


def _session(note: Treatment) -> str:
    return reverse("admin:session", args=[note.pk])


def _draft_of(visit: Appointment) -> Treatment | None:
    note = note_of(visit)
    return note if note is not None and not note.is_signed else None


WRITE_NOTE = Act(
    name="write-note",
    label="Write the note",
    needs=Permission.WRITE_NOTES,
    possible=lambda visit: (
        visit.status in {Status.ARRIVED, Status.IN_TREATMENT, Status.COMPLETED} and note_of(visit) is None
    ),
    do=_begin,
)
FINISH_NOTE = Act(
    name="finish-note",
    label="Finish the note",
    needs=Permission.WRITE_NOTES,
    possible=lambda visit: _draft_of(visit) is not None,
    leads_to=lambda visit: _session(_draft_of(visit)),
)
SESSION_PAGE = Act(
    name="session",
    label="Session page",
    needs=Permission.WRITE_NOTES,
    leads_to=_session,
)
