"""Reminders of appointments: planned with the booking, withdrawn when it falls, asked again before they leave."""

from collections.abc import Iterable
from datetime import datetime

from appointments.models import Appointment
from messaging import planning, timing
from messaging.models import Channel, Occasion, ReminderRule
from messaging.reasons import Reason
from patients.models import Patient

SUBJECT_KIND = "appointment"

WANTED: dict[str, tuple[Channel, ...]] = {
    Patient.ReminderChannel.EMAIL: (Channel.EMAIL,),
    Patient.ReminderChannel.SMS: (Channel.SMS,),
    Patient.ReminderChannel.BOTH: (Channel.EMAIL, Channel.SMS),
    Patient.ReminderChannel.NONE: (),
}


def plan_for(appointment: Appointment, *, now: datetime) -> None:
    """One message for each active rule and channel, in the caller's transaction, which holds the appointment.

    Somebody who wants none, or cannot be reached, gets a skipped one with the reason, so that it can be seen.
    """
    planning.plan(_intents(appointment, ReminderRule.objects.filter(active=True), now=now), now=now)


def withdraw(appointment: Appointment, *, reason: str, now: datetime) -> None:
    """No reminder that has not left yet will leave. The caller holds the appointment's lock."""
    planning.withdraw(subject_kind=SUBJECT_KIND, subject_ids=[appointment.pk], reason=reason, now=now)


def _intents(appointment: Appointment, rules: Iterable[ReminderRule], *, now: datetime) -> Iterable[planning.Intent]:
    wanted = WANTED[appointment.patient.reminder_channel]
    zone = appointment.location.zone
    for rule in rules:
        due_at = timing.due_at(
            starts_at=appointment.starts_at,
            zone=zone,
            hours_before=rule.hours_before,
            days_before=rule.days_before,
            at=rule.at,
        )
        if due_at >= appointment.starts_at or now >= appointment.starts_at:
            continue
        for channel in wanted or (Channel.EMAIL,):
            yield planning.Intent(
                patient=appointment.patient,
                occasion=Occasion.APPOINTMENT_REMINDER,
                rule=rule,
                channel=channel,
                subject_kind=SUBJECT_KIND,
                subject_id=appointment.pk,
                subject_starts_at=appointment.starts_at,
                due_at=timing.not_in_the_past(due_at, now=now),
                reason="" if wanted else Reason.NOT_WANTED,
            )
