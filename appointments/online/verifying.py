"""Booking online, the second half: with the right code the hold becomes the visit of a patient, known or new."""

from datetime import datetime

from appointments import holding
from appointments.models import OnlineBooking
from appointments.online import codes
from appointments.online.reserving import found, refuse_over
from appointments.online.telling import send_booked
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice
from patients import registering
from patients.models import Patient
from patients.models.patient import folded

MOST_WRONG_CODES = 5
MAYBE_KNOWN = "Booked online. Perhaps registered already: compare before the visit."


def verify(*, token: str, code: str, now: datetime) -> OnlineBooking:
    """Books what is held. A wrong code is counted, whatever else happens; the last one lets the time go.

    Raises 404 `booking_unknown`, 409 `already_verified`, `hold_expired`, `code_used_up`, `slot_taken`, 422
    `code_wrong`, `too_many_open_bookings`, and what keeps this patient from this kind of visit.
    """
    booking = found(token)
    with acting(None, reason="verify_online"):
        OnlineBooking.objects.select_for_update(no_key=True).only("pk").get(pk=booking.pk)
        booking = found(token)
        refuse_over(booking, now=now)
        is_right = codes.is_right(code, booking.token_digest)
        if is_right:
            _book(booking, now=now)
        else:
            _count_wrong(booking, now=now)
    if not is_right:
        raise _wrong(booking)
    return booking


def recognised(booking: OnlineBooking) -> Patient | None:
    """Whoever has this name, birthday, and e-mail address or telephone; nobody, where it could be two."""
    people = Patient.objects.active().alike(
        first_name=booking.first_name, last_name=booking.last_name, date_of_birth=booking.date_of_birth, nhi=None
    )
    same = [person for person in people if _has_same_name(person, booking) and _is_reached_there(person, booking)]
    return same[0] if len(same) == 1 else None


def _has_same_name(person: Patient, booking: OnlineBooking) -> bool:
    first = {folded(person.first_name), folded(person.preferred_name)}
    return folded(booking.first_name) in first and folded(booking.last_name) == folded(person.last_name)


def _is_reached_there(person: Patient, booking: OnlineBooking) -> bool:
    """By e-mail, or by telephone: its last eight digits, because people write +64 or 0 before them."""
    digits = [_tail(person.phone), _tail(booking.phone)]
    return person.email.lower() == booking.email or (len(digits[0]) == 8 and digits[0] == digits[1])


def _tail(phone: str) -> str:
    return "".join(letter for letter in phone if letter.isdecimal())[-8:]


def _book(booking: OnlineBooking, *, now: datetime) -> None:
    patient, note = recognised(booking), "Booked online"
    if patient is None:
        patient, note = _registered(booking, now=now)
    elif booking.email != patient.email.lower():
        note = "Booked online, with another e-mail address than ours"
    _refuse_too_many(booking, patient, now=now)
    appointment = holding.keep_for(patient=patient, appointment=booking.appointment, by=None, now=now)
    appointment.note = note
    appointment.save(update_fields=["note", "updated_at"])
    booking.appointment, booking.verified_at = appointment, now
    booking.save(update_fields=["verified_at", "updated_at"])
    send_booked(booking, appointment, now=now)


def _registered(booking: OnlineBooking, *, now: datetime) -> tuple[Patient, str]:
    """A new patient, with a word to the front desk where somebody like them is in the books."""
    name = {"first_name": booking.first_name, "last_name": booking.last_name, "date_of_birth": booking.date_of_birth}
    is_like_another = Patient.objects.alike(**name, nhi=None).exists()
    patient = registering.register(
        **name, email=booking.email, phone=booking.phone, confirm_new=True, by=None, now=now
    )
    return patient, MAYBE_KNOWN if is_like_another else "Booked online, new here"


def _refuse_too_many(booking: OnlineBooking, patient: Patient, *, now: datetime) -> None:
    """By person and by e-mail address, whichever holds more."""
    most = Practice.objects.current().online_bookings_each
    Patient.objects.select_for_update(no_key=True).only("pk").get(pk=patient.pk)
    booked = OnlineBooking.objects.to_come(now)
    if max(booked.filter(appointment__patient=patient).count(), booked.filter(email=booking.email).count()) >= most:
        raise Refusal(
            "too_many_open_bookings",
            "You have booked as many visits online as we take at a time. Give us a call for another.",
        )


def _count_wrong(booking: OnlineBooking, *, now: datetime) -> None:
    booking.wrong_codes += 1
    booking.save(update_fields=["wrong_codes", "updated_at"])
    if booking.wrong_codes >= MOST_WRONG_CODES:
        booking.appointment = holding.let_go(appointment=booking.appointment, by=None, now=now)


def _wrong(booking: OnlineBooking) -> Refusal:
    left = MOST_WRONG_CODES - booking.wrong_codes
    if left <= 0:
        return Conflict("code_used_up", "That was not the code either. The time is free for others again.")
    tries = "one more try" if left == 1 else f"{left} more tries"
    return Refusal("code_wrong", f"That is not the code we sent. You have {tries}.", field="code", tries_left=left)
