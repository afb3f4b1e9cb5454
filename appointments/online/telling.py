"""The letters of a booking online: the code to whoever asked, that they are booked, and to when it was moved."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from appointments import reminding
from appointments.models import Appointment, OnlineBooking
from appointments.online import codes
from appointments.statuses import Status
from clinic.models import Practice
from messaging import planning, wording
from messaging.models import Channel, Message, Occasion
from messaging.reasons import Reason

SUBJECT_KIND = "online_booking"


def send_code(booking: OnlineBooking, *, now: datetime) -> None:
    """In the caller's transaction. Later than the hold it is of no use, and does not leave."""
    planning.plan([_code(booking, now)], now=now)


def send_code_again(booking: OnlineBooking, *, now: datetime) -> None:
    """The same message once more, whatever became of it; the caller holds the booking's lock."""
    _again(Message.objects.filter(subject_kind=SUBJECT_KIND, subject_id=booking.pk), _code(booking, now), now=now)


def send_booked(booking: OnlineBooking, appointment: Appointment, *, now: datetime) -> None:
    """To the patient's own address; where none is on their record, to the one that was just shown to be theirs."""
    planning.plan([_booked(appointment, booking.channel, booking, now)], now=now)


def send_moved(appointment: Appointment, *, now: datetime) -> None:
    """The new time, by the ways in which reminders reach them; whoever wants none has it by e-mail. Where the visit is
    back at a time that they were told before, they are told again. The caller holds the visit."""
    booking = OnlineBooking.objects.filter(appointment=appointment).first()
    wanted = reminding.WANTED[appointment.patient.reminder_channel] or (Channel.EMAIL,)
    intents = [_booked(appointment, channel, booking, now) for channel in wanted]
    for intent in [each for each in intents if not each.row().reason] or intents[:1]:
        planning.plan([intent], now=now)
        same = Message.objects.filter(
            occasion=intent.occasion,
            channel=intent.channel,
            subject_kind=intent.subject_kind,
            subject_id=intent.subject_id,
            subject_starts_at=intent.subject_starts_at,
        )
        _again(same, intent, now=now)


def guard(messages: Sequence[Message], now: datetime, *, lock: bool = False) -> dict[int, str]:
    """A code leaves only while its time is held. With `lock`, the visit stays as it is until the transaction ends."""
    visits = Appointment.objects.filter(online_booking__in={message.subject_id for message in messages}).order_by("pk")
    if lock:
        list(visits.select_for_update(of=("self",), no_key=True).only("pk"))
    held = visits.filter(status=Status.PENDING, held_until__gt=now)
    standing = set(held.values_list("online_booking__pk", flat=True))
    return {message.pk: Reason.NO_LONGER_SO for message in messages if message.subject_id not in standing}


def words(messages: Sequence[Message]) -> dict[int, Mapping[str, str]]:
    """What fills the places of a code's text; of who asked, the first name as they typed it."""
    practice = Practice.objects.current()
    rows = OnlineBooking.objects.select_related("appointment__practitioner", "appointment__location")
    bookings = rows.in_bulk({message.subject_id for message in messages})
    return {message.pk: _words_for(bookings[message.subject_id], practice) for message in messages}


def _words_for(booking: OnlineBooking, practice: Practice) -> Mapping[str, str]:
    visit = booking.appointment
    return {
        "first_name": booking.first_name,
        "code": codes.code_for(booking.token_digest),
        "when": wording.spoken(visit.starts_at.astimezone(visit.location.zone)),
        "practitioner": visit.practitioner.display_name,
        "place": visit.location.name,
        "link": "",
        "practice": practice.name,
        "phone": visit.location.phone or practice.phone,
    }


def _booked(appointment: Appointment, channel: str, booking: OnlineBooking | None, now: datetime) -> planning.Intent:
    is_shown = booking is not None and booking.channel == channel
    on_record = planning.address_of(appointment.patient, channel)
    return planning.Intent(
        person=appointment.patient,
        occasion=Occasion.BOOKED_ONLINE,
        rule=None,
        channel=Channel(channel),
        subject_kind=reminding.SUBJECT_KIND,
        subject_id=appointment.pk,
        subject_starts_at=appointment.starts_at,
        due_at=now,
        address=booking.address if is_shown and not on_record else "",
    )


def _again(messages: QuerySet, intent: planning.Intent, *, now: datetime) -> None:
    """Whatever became of them, unless they are just leaving."""
    fresh = intent.row()
    messages.exclude(state__in=[Message.State.CLAIMED, Message.State.HANDED_OVER]).update(
        state=fresh.state,
        reason=fresh.reason,
        due_at=now,
        attempts=0,
        claimed_at=None,
        handed_over_at=None,
        sent_at=None,
        updated_at=now,
    )


def _code(booking: OnlineBooking, now: datetime) -> planning.Intent:
    return planning.Intent(
        person=None,
        address=booking.address,
        occasion=Occasion.BOOKING_CODE,
        rule=None,
        channel=booking.channel,
        subject_kind=SUBJECT_KIND,
        subject_id=booking.pk,
        subject_starts_at=booking.appointment.held_until,
        due_at=now,
    )
