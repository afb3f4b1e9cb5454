"""What can be done with an appointment on its page, and what the book adds to a patient's page."""

from collections.abc import Callable
from datetime import datetime

from django.urls import reverse

from appointments import attending, booking
from appointments.admin_forms import CancelForm, MoveForm, SqueezeForm
from appointments.models import Appointment
from appointments.statuses import EXPECTED, STEPS, Status
from appointments.suggesting import naming_the_next
from clinic import showing
from clinic.acts import Act, Done
from clinic.models import Practitioner, Room, User
from clinic.permissions import Permission


def _step(name: str, sentence: str) -> Callable[..., Done]:
    def take_step(*, row: Appointment, by: User, now: datetime) -> Done:
        attending.step(name, appointment=row, by=by, now=now)
        return Done(sentence.format(row.who))

    return take_step


def _cancel(*, row: Appointment, by: User, now: datetime, **asked: str) -> Done:
    cancelled = attending.cancel(appointment=row, by=by, now=now, **asked)
    as_what = "Cancelled late" if cancelled.cancel_reason == Appointment.CancelReason.LATE else "Cancelled"
    return Done(f"{as_what}. {showing.when(row.starts_at, row.location.zone)} is free again.")


def _move(
    *,
    row: Appointment,
    by: User,
    now: datetime,
    starts_at: datetime,
    practitioner: Practitioner,
    room: Room | None,
    overlap_reason: str = "",
) -> Done:
    with naming_the_next(
        appointment_type=row.appointment_type,
        practitioner=practitioner,
        patient_id=row.patient_id,
        after=starts_at,
        now=now,
    ):
        moved = booking.move(
            appointment=row,
            starts_at=starts_at,
            practitioner=practitioner,
            room=room,
            allow_overlap=bool(overlap_reason),
            overlap_reason=overlap_reason,
            by=by,
            now=now,
        )
    return Done(f"Moved to {showing.when(moved.starts_at, moved.location.zone)}, {moved.room}.")


def _undo(*, row: Appointment, by: User, now: datetime) -> Done:
    undone = attending.undo(appointment=row, by=by, now=now)
    return Done(f"Taken back. The visit is {undone.get_status_display().lower()} again.")


def _from(name: str) -> Callable[[Appointment], bool]:
    origins, _ = STEPS[name]
    return lambda appointment: appointment.status in origins


def _act(name: str, label: str, sentence: str, style: str = "plain") -> Act:
    return Act(
        name=name,
        label=label,
        needs=Permission.KEEP_BOOK,
        possible=_from(name),
        do=_step(name, sentence),
        style=style,
    )


ACTS = [
    _act("arrive", "Arrived", "{} is here.", "primary"),
    _act("start", "Start treatment", "The treatment of {} has begun.", "primary"),
    _act("complete", "Completed", "The visit of {} is completed.", "primary"),
    _act("keep", "Keep", "{} is booked."),
    _act("confirm", "Confirmed", "{} has confirmed."),
    Act(
        name="move",
        label="Move",
        needs=Permission.KEEP_BOOK,
        possible=lambda appointment: appointment.status in EXPECTED,
        form=MoveForm,
        do=_move,
    ),
    Act(
        name="squeeze-in",
        label="Squeeze in",
        needs=Permission.SQUEEZE_IN,
        possible=lambda appointment: appointment.status in EXPECTED,
        form=SqueezeForm,
        do=_move,
        style="quiet",
        warning="Where the time is taken, the practitioner or the room is shared with the visit that is there.",
    ),
    _act("miss", "Did not come", "{} is marked as not having come."),
    Act(
        name="cancel",
        label="Cancel visit",
        needs=Permission.KEEP_BOOK,
        possible=_from("cancel"),
        form=CancelForm,
        do=_cancel,
        style="danger",
        warning="The time becomes free at once, and no reminder leaves any more.",
    ),
    Act(
        name="undo",
        label="Undo last step",
        needs=Permission.KEEP_BOOK,
        possible=lambda appointment: appointment.status not in {Status.PENDING, Status.BOOKED},
        do=_undo,
        style="quiet",
    ),
]


# On the page of a patient, a floor below.
BOOK_FOR_PATIENT = Act(
    name="book",
    label="Book a visit",
    needs=Permission.KEEP_BOOK,
    possible=lambda patient: patient.archived_at is None,
    leads_to=lambda patient: f"{reverse('admin:appointments_appointment_add')}?patient={patient.pk}",
    style="primary",
)
VISITS_OF_PATIENT = Act(
    name="visits",
    label="Visits",
    needs=Permission.SEE_BOOK,
    leads_to=lambda patient: f"{reverse('admin:appointments_appointment_changelist')}?patient__id__exact={patient.pk}",
)
