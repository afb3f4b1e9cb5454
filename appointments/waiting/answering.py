"""What somebody who waits answers through the link in an offer: that they take the time, or that it is for the next.

Nobody is signed in: the changes carry no user, and `via` says how they came.
"""

from datetime import datetime

import pghistory

from appointments import booking, holding
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from appointments.statuses import EXPECTED, Status
from appointments.waiting import entering, links
from clinic.acting import acting
from clinic.errors import Conflict

VIA = "waitlist_link"
State = WaitlistOffer.State


def offered_by(*, token: str, now: datetime) -> WaitlistOffer:
    """The offer of a link that is still good. Raises `NoSuchLink` (404) and 409 `offer_taken`, `offer_declined`,
    `offer_withdrawn`, `offer_expired`."""
    offer = _read(token)
    _refuse_over(offer, now)
    return offer


def take(*, token: str, now: datetime) -> WaitlistOffer:
    """The time is theirs, and they no longer wait. A visit that was to be moved forward is moved there, in the same
    transaction and with its id. Raises what `offered_by` raises."""
    with pghistory.context(via=VIA), acting(None, reason="take"):
        entry, offer = _held(token, now)
        entering.end(offer, State.TAKEN, now=now)
        entering.fulfil(entry, _given(entry, offer.appointment, now=now))
    return _read(token)


def decline(*, token: str, now: datetime) -> WaitlistOffer:
    """The time goes to the next; they wait on, and are not offered this one again. Raises what `offered_by` raises."""
    with pghistory.context(via=VIA), acting(None, reason="decline"):
        _, offer = _held(token, now)
        entering.end(offer, State.DECLINED, now=now)
        holding.let_go(appointment=offer.appointment, by=None, now=now)
    return _read(token)


ANSWERS = {"take": take, "decline": decline}


def _given(entry: WaitlistEntry, held: Appointment, *, now: datetime) -> Appointment:
    moving = entry.moving
    if moving is None or moving.status not in EXPECTED:
        return holding.keep(appointment=held, by=None, now=now)
    # Nobody gets between the two: what is given back here is free for others only after the commit.
    holding.let_go(appointment=held, by=None, now=now)
    return booking.move(
        appointment=moving, starts_at=held.starts_at, practitioner=held.practitioner, room=held.room, by=None, now=now
    )


def _held(token: str, now: datetime) -> tuple[WaitlistEntry, WaitlistOffer]:
    """The entry first and then its offer, as every act on them takes them."""
    offer = _read(token)
    _refuse_over(offer, now)
    entry = entering.locked(offer.entry)
    offer = _read(token)
    _refuse_over(offer, now)
    return entry, offer


def _read(token: str) -> WaitlistOffer:
    rows = WaitlistOffer.objects.select_related(
        "entry",
        "appointment__patient",
        "appointment__practitioner",
        "appointment__location",
        "appointment__room",
        "appointment__appointment_type",
    )
    offer = rows.filter(pk=links.read(token)).first()
    if offer is None:
        raise links.NoSuchLink
    return offer


def _refuse_over(offer: WaitlistOffer, now: datetime) -> None:
    if offer.state == State.TAKEN:
        raise Conflict("offer_taken", "This time is yours. We look forward to seeing you.")
    if offer.state == State.DECLINED:
        raise Conflict("offer_declined", "You passed this time on. You are still on our waiting list.")
    if offer.state == State.WITHDRAWN or (offer.state == State.OPEN and offer.appointment.status != Status.PENDING):
        raise Conflict("offer_withdrawn", "This offer was taken back. Give us a call if that surprises you.")
    if offer.state == State.EXPIRED or offer.expires_at <= now:
        raise Conflict("offer_expired", "This time has gone to the next who waits. You are still on our waiting list.")
