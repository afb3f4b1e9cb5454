"""Booking online, the first half: a time is held for somebody unknown, and a code is sent to them.

Nobody is looked up here. Whether the asker is known makes no difference to what happens, what is answered and how
long it takes; that comes to light with the code, to whoever can read it.
"""

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from appointments import holding, limits
from appointments.models import AppointmentType, OnlineBooking
from appointments.online import codes
from appointments.online.offering import practice_open_online
from appointments.online.telling import SUBJECT_KIND, send_code, send_code_again
from clinic.acting import acting
from clinic.errors import Conflict, Refusal, TooOften
from clinic.models import Practitioner
from messaging import gateways, planning
from messaging.models import Channel
from messaging.numbers import international
from patients.models import Patient

MOST_HELD_BY_ONE_ADDRESS = 5
MOST_HELD_FOR_ONE_PERSON = 2
MOST_CODES = 3
BETWEEN_CODES = timedelta(seconds=60)
SENT_OFTEN = {
    Channel.EMAIL: "We have sent the code often enough. Look among unwanted mail.",
    Channel.SMS: "We have sent the code often enough. If no text comes, begin again and have it sent by e-mail.",
}


class NoSuchBooking(Refusal):
    status = 404

    def __init__(self) -> None:
        super().__init__("booking_unknown", "This address is not complete, or the booking is long over. Begin again.")


def reserve(
    *,
    appointment_type: AppointmentType,
    practitioner: Practitioner | None = None,
    starts_at: datetime,
    first_name: str,
    last_name: str,
    date_of_birth: date,
    email: str,
    phone: str,
    channel: str = Channel.EMAIL,
    asker: str,
    now: datetime,
) -> tuple[OnlineBooking, str]:
    """The booking and its token. `asker` is the network address. Raises 404 `not_online`, 409 `slot_taken`, 422
    `not_bookable_online`, `date_of_birth_in_future`, `no_mobile`, `notice_too_short`, `past_horizon`, what
    `holding.hold` raises, and 429 `too_many_holds`."""
    practice = practice_open_online()
    if not appointment_type.bookable_online or appointment_type.archived_at:
        raise Refusal("not_bookable_online", "This kind of visit is not booked online.", field="appointment_type")
    today = now.astimezone(practice.zone).date()
    if date_of_birth > today:
        raise Refusal("date_of_birth_in_future", "That date of birth has not come yet.", field="date_of_birth")
    channel = channel if gateways.for_channel(channel) else Channel.EMAIL
    if channel == Channel.SMS and not international(phone):
        raise Refusal("no_mobile", "Give the number of a mobile, or have the code sent by e-mail.", field="phone")
    limits.refuse_untimely(appointment_type, starts_at, now=now)
    visit_on = starts_at.astimezone(practice.zone).date()
    limits.refuse_age(appointment_type, Patient(date_of_birth=date_of_birth), visit_on)
    token = codes.new_token()
    until = now + timedelta(minutes=practice.online_hold_minutes)
    typed = {
        "first_name": first_name,
        "last_name": last_name,
        "date_of_birth": date_of_birth,
        "email": email.lower(),
        "phone": phone,
    }
    with acting(None, reason="reserve_online"):
        _refuse_too_many(codes.asker_of(asker), typed, now=now)
        appointment = holding.hold(
            patient=None,
            practitioner=practitioner,
            appointment_type=appointment_type,
            starts_at=starts_at,
            note="Booking online",
            until=until,
            by=None,
            now=now,
        )
        booking = OnlineBooking.objects.create(
            appointment=appointment,
            token_digest=codes.digest(token),
            asker=codes.asker_of(asker),
            channel=channel,
            code_sent_at=now,
            **typed,
        )
        send_code(booking, now=now)
    return booking, token


def found(token: str) -> OnlineBooking:
    """The booking of a token, with its visit. Raises 404 `booking_unknown`."""
    rows = OnlineBooking.objects.select_related(
        "appointment__appointment_type", "appointment__practitioner", "appointment__location", "appointment__patient"
    )
    booking = rows.filter(token_digest=codes.digest(token)).first()
    if booking is None:
        raise NoSuchBooking
    return booking


def resend(*, token: str, now: datetime) -> OnlineBooking:
    """The same code once more. Raises 404 `booking_unknown`, 409 `hold_expired`, `already_verified`, 429
    `code_just_sent`, `codes_used_up`."""
    with acting(None, reason="resend_code"):
        booking = found(token)
        OnlineBooking.objects.select_for_update(no_key=True).only("pk").get(pk=booking.pk)
        booking = found(token)
        refuse_over(booking, now=now)
        if booking.codes_sent >= MOST_CODES:
            wait = int((booking.appointment.held_until - now).total_seconds()) + 1
            raise TooOften("codes_used_up", SENT_OFTEN[booking.channel], wait=wait)
        if now < booking.code_sent_at + BETWEEN_CODES:
            wait = int((booking.code_sent_at + BETWEEN_CODES - now).total_seconds()) + 1
            raise TooOften("code_just_sent", "The code is on its way. Give it a minute.", wait=wait)
        booking.codes_sent, booking.code_sent_at = booking.codes_sent + 1, now
        booking.save(update_fields=["codes_sent", "code_sent_at", "updated_at"])
        send_code_again(booking, now=now)
    return booking


def forget(*, now: datetime) -> int:
    """What people typed who never entered a code is kept for a day, like where the code went. That a time was held
    stays in the book, and that a code was sent in the ledger."""
    with transaction.atomic():
        rows = OnlineBooking.objects.never_verified(before=now - timedelta(days=1)).select_for_update()
        gone = list(rows.values_list("pk", flat=True))
        planning.forget(subject_kind=SUBJECT_KIND, subject_ids=gone, now=now)
        OnlineBooking.objects.filter(pk__in=gone).delete()
    return len(gone)


def refuse_over(booking: OnlineBooking, *, now: datetime) -> None:
    """Raises 409 `already_verified`, `hold_expired`."""
    if booking.verified_at:
        raise Conflict("already_verified", "This visit is booked already.")
    if booking.appointment.held_until is None or booking.appointment.held_until <= now:
        raise Conflict("hold_expired", "The time was held for you and is free for others again. Choose it anew.")


def _refuse_too_many(asker: str, typed: dict, *, now: datetime) -> None:
    """One reservation at a time, so that rivals from one address are counted. Raises 429 `too_many_holds`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('appointments.online.reserve'))")
    held = OnlineBooking.objects.held(now)
    counts = [
        (MOST_HELD_BY_ONE_ADDRESS, held.filter(asker=asker)),
        (MOST_HELD_FOR_ONE_PERSON, held.filter(email=typed["email"])),
        (MOST_HELD_FOR_ONE_PERSON, held.filter(phone=typed["phone"])),
    ]
    for most, rows in counts:
        holding_now = list(rows.order_by("appointment__held_until").values_list("appointment__held_until", flat=True))
        if len(holding_now) >= most:
            raise TooOften(
                "too_many_holds",
                "Enough times are held for you already. Enter the code of one, or wait until it is free again.",
                wait=int((holding_now[0] - now).total_seconds()) + 1,
            )
