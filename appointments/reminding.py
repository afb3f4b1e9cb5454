"""Reminders of appointments: planned with the booking, withdrawn when it falls, asked again before they leave."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from appointments import lateness, links
from appointments.models import Appointment
from appointments.statuses import PROMISED, Status
from clinic.models import Practice
from messaging import planning, timing, wording
from messaging.models import Channel, Message, Occasion, ReminderRule
from messaging.reasons import Reason
from patients.models import Patient

SUBJECT_KIND = "appointment"
# Beyond the reach of the rules, so that a reminder is planned well before it is due.
AHEAD = timedelta(days=2)
FALLEN = {
    Status.CANCELLED: Reason.CANCELLED,
    Status.MISSED: Reason.MISSED,
    Status.ARRIVED: Reason.ARRIVED,
}

WANTED: dict[str, tuple[Channel, ...]] = {
    Patient.ReminderChannel.EMAIL: (Channel.EMAIL,),
    Patient.ReminderChannel.SMS: (Channel.SMS,),
    Patient.ReminderChannel.BOTH: (Channel.EMAIL, Channel.SMS),
    Patient.ReminderChannel.NONE: (),
}


def plan_for(appointment: Appointment, *, now: datetime) -> None:
    """One message for each active rule and channel, in the caller's transaction, which holds the appointment. Of a
    hold there are none until it is kept.

    Somebody who wants none, or cannot be reached, gets a skipped one with the reason, so that it can be seen.
    """
    planning.plan(_intents(appointment, ReminderRule.objects.filter(active=True), now=now), now=now)


def withdraw(appointment: Appointment, *, reason: str, now: datetime) -> None:
    """No reminder that has not left yet will leave. The caller holds the appointment's lock."""
    planning.withdraw(subject_kind=SUBJECT_KIND, subject_ids=[appointment.pk], reason=reason, now=now)


def top_up(*, now: datetime) -> int:
    """Plans what is missing for the days that the rules reach, and answers for how many appointments it looked.

    A rule or a patient's wish that changes after the booking would otherwise leave some without a reminder.
    """
    rules = list(ReminderRule.objects.filter(active=True))
    reach = max((timedelta(hours=rule.hours_before or 0, days=rule.days_before or 0) for rule in rules), default=None)
    if reach is None:
        return 0
    appointments = (
        Appointment.objects.filter(status__in=PROMISED, starts_at__gt=now, starts_at__lt=now + reach + AHEAD)
        .select_related("patient", "location")
        .order_by("pk")
    )
    with transaction.atomic():
        intents = [intent for appointment in appointments for intent in _intents(appointment, rules, now=now)]
        planning.plan(intents, now=now)
    return len(appointments)


def guard(messages: Sequence[Message], now: datetime, *, lock: bool = False) -> dict[int, str]:
    """A reason for each reminder that must not leave: its appointment is gone, moved or begun, its patient wants none
    or is archived, its rule is off. With `lock`, the appointments stay as they are until the transaction ends."""
    rows = Appointment.objects.filter(pk__in={message.subject_id for message in messages}).order_by("pk")
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    appointments = {row.pk: row for row in rows.only("status", "starts_at")}
    reasons = {message.pk: _reason_against(message, appointments.get(message.subject_id), now) for message in messages}
    return {message_id: reason for message_id, reason in reasons.items() if reason}


def words(messages: Sequence[Message]) -> dict[int, Mapping[str, str]]:
    """What fills the places of a reminder's text. Nothing clinical, and of the patient the first name only."""
    practice = Practice.objects.current()
    rows = Appointment.objects.select_related("patient", "practitioner", "location")
    appointments = rows.in_bulk({message.subject_id for message in messages})
    return {
        message.pk: _words_for(appointments[message.subject_id], practice, leaves_at=message.due_at)
        for message in messages
    }


def _reason_against(message: Message, appointment: Appointment | None, now: datetime) -> str:
    if appointment is None or appointment.status not in PROMISED:
        return FALLEN.get(appointment.status, Reason.GONE) if appointment else Reason.GONE
    if appointment.starts_at != message.subject_starts_at:
        return Reason.MOVED
    if appointment.starts_at <= now:
        return Reason.TOO_LATE
    if message.patient.archived_at is not None:
        return Reason.ARCHIVED
    # Who books online is told so, whether or not they want reminders.
    is_reminder = message.occasion == Occasion.APPOINTMENT_REMINDER
    if is_reminder and message.channel not in WANTED[message.patient.reminder_channel]:
        return Reason.NOT_WANTED
    if message.rule is not None and not message.rule.active:
        return Reason.RULE_OFF
    return ""


def _words_for(appointment: Appointment, practice: Practice, *, leaves_at: datetime) -> Mapping[str, str]:
    location = appointment.location
    asks = not practice.patients_may_cancel or lateness.is_late(
        starts_at=appointment.starts_at, hours=practice.late_cancel_hours, told_at=leaves_at
    )
    address = wording.one_line((location.address or practice.address).replace("\n", ", "))
    return {
        "first_name": appointment.patient.preferred_name or appointment.patient.first_name,
        "when": wording.spoken(appointment.starts_at.astimezone(location.zone)),
        "practitioner": appointment.practitioner.display_name,
        "place": f"{location.name}, {address}",
        "link": links.address_for(appointment),
        "link_words": "Confirm or ask to cancel" if asks else "Confirm or cancel",
        "practice": practice.name,
        "phone": location.phone or practice.phone,
    }


def _intents(appointment: Appointment, rules: Iterable[ReminderRule], *, now: datetime) -> Iterable[planning.Intent]:
    if appointment.status not in PROMISED:
        return
    wanted = WANTED[appointment.patient.reminder_channel]
    zone = appointment.location.zone
    reason = Reason.ARCHIVED if appointment.patient.archived_at else "" if wanted else Reason.NOT_WANTED
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
                person=appointment.patient,
                occasion=Occasion.APPOINTMENT_REMINDER,
                rule=rule,
                channel=channel,
                subject_kind=SUBJECT_KIND,
                subject_id=appointment.pk,
                subject_starts_at=appointment.starts_at,
                due_at=timing.not_in_the_past(due_at, now=now),
                reason=reason,
            )
