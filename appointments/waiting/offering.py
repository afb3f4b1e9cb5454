"""Offering times that became free to those who wait, in order.

Nothing is caught at the moment at which a time becomes free: a sweep looks for free times by the ordinary search, so
that whatever frees one, a cancelled visit, time off given back, a hold that ran out, new hours, is found. An offer,
its hold and its message are one transaction: a sweep that dies leaves all of them or none.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from appointments import holding
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from appointments.occupying import SlotTaken
from appointments.searching.finding import MOST_DAYS, Slot, Wish, find
from appointments.statuses import LIVE, Status
from appointments.waiting import entering, telling
from appointments.waiting.matching import PartsOfDay, Wanted, is_decent
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, Practitioner, Room, User

State = WaitlistOffer.State
# So many in one sweep, so that it never outlasts its minute; the others' turn is the next one.
MOST_OFFERED = 50
# What has passed to somebody else between the search and the hold is looked past so often.
MOST_TRIES = 5


def sweep(*, now: datetime) -> int:
    """Settles what was not answered, and offers what is free; answers how many times were offered."""
    holding.expire(now=now)
    settle(now=now)
    practice = Practice.objects.current()
    if not is_decent(now, begins=practice.offers_from, ends=practice.offers_until, zone=practice.zone):
        return 0
    offered = 0
    for entry in WaitlistEntry.objects.waiting().without_an_offer().in_order().iterator(chunk_size=100):
        offered += _offer_the_next(entry, practice, now=now)
        if offered == MOST_OFFERED:
            break
    return offered


def settle(*, now: datetime) -> int:
    """Ends the offers whose hold has run out or was given back, and fulfils those the front desk booked."""
    over = WaitlistOffer.objects.open().exclude(appointment__status=Status.PENDING, appointment__held_until__gt=now)
    settled = 0
    for offer in over.select_related("entry").order_by("pk"):
        with acting(None, reason="settle"):
            settled += _settle(offer, now=now)
    return settled


def offer(
    *,
    entry: WaitlistEntry,
    starts_at: datetime,
    practitioner: Practitioner | None = None,
    room: Room | None = None,
    by: User,
    now: datetime,
) -> WaitlistOffer:
    """By hand, whatever day or part of the day they asked for. They are told if they can be.

    Raises 409 `not_waiting`, `offer_open`, `slot_taken`, and what `holding.hold` raises.
    """
    with acting(by, reason="offer"):
        entry = entering.locked(entry)
        if entry.offers.open().exists():
            raise Conflict("offer_open", "Another time is offered to this patient already.")
        return _offer(entry, Practice.objects.current(), starts_at, practitioner, room, by=by, now=now)


def wish_of(entry: WaitlistEntry, *, now: datetime) -> Wish | None:
    """What is searched for somebody who waits; nothing where the last day has passed."""
    today = timezone.localdate(now, Practice.objects.current().zone)
    begins = max(entry.from_on, today)
    ends = begins + timedelta(days=MOST_DAYS - 1)
    if entry.until_on is not None:
        ends = min(ends, entry.until_on)
    if ends < begins:
        return None
    return Wish(
        appointment_type=entry.appointment_type,
        from_on=begins,
        to_on=ends,
        location=entry.location,
        patient_id=entry.patient_id,
    )


def suiting(entry: WaitlistEntry, practice: Practice, *, now: datetime) -> list[Slot]:
    """The free times that somebody waits for, the earliest first; not those they have had the offer of."""
    wish = wish_of(entry, now=now)
    if wish is None:
        return []
    wanted, parts = wanted_by(entry), parts_of_day(practice)
    slots = [
        slot
        for slot in find(wish, now=now)
        if wanted.suits(
            slot.starts_at,
            practitioner=slot.practitioner.pk,
            location=slot.location.pk,
            zone=slot.location.zone,
            parts=parts,
        )
    ]
    return sorted(slots, key=lambda slot: (slot.starts_at, slot.practitioner.display_name, slot.practitioner.pk))


def wanted_by(entry: WaitlistEntry) -> Wanted:
    return Wanted(
        from_on=entry.from_on,
        until_on=entry.until_on,
        weekdays=entry.weekdays,
        parts=entry.parts,
        practitioners={practitioner.pk for practitioner in entry.practitioners.all()},
        location=entry.location_id,
        before=entry.moving.starts_at if entry.moving else None,
        refused={offer.starts_at for offer in entry.offers.all()},
    )


def parts_of_day(practice: Practice) -> PartsOfDay:
    return PartsOfDay(afternoon_from=practice.afternoon_from, evening_from=practice.evening_from)


def _offer_the_next(entry: WaitlistEntry, practice: Practice, *, now: datetime) -> int:
    """1 where something was offered. The entry is held while it is looked at: two sweeps at once wait for each other
    here, so that the first in order is served first whoever sweeps."""
    with acting(None, reason="sweep"):
        entry = _still_waiting(entry)
        if entry is None or not telling.channels_to(entry.patient):
            return 0
        # Later than the offer lasts: who answers at its last moment still has a visit before them.
        earliest = now + timedelta(minutes=practice.offer_minutes)
        slots = [slot for slot in suiting(entry, practice, now=now) if slot.starts_at > earliest]
        for slot in slots[:MOST_TRIES]:
            try:
                with transaction.atomic():
                    _offer(entry, practice, slot.starts_at, slot.practitioner, None, by=None, now=now)
                return 1
            except SlotTaken:
                continue
            except Refusal:
                # Something about the patient or the kind of visit that the search does not know: a person looks.
                return 0
    return 0


def _still_waiting(entry: WaitlistEntry) -> WaitlistEntry | None:
    try:
        entry = entering.locked(entry)
    except Conflict:
        return None
    if entry.patient.archived_at or entry.offers.open().exists():
        return None
    if entry.moving is not None and entry.moving.status not in LIVE:
        return None
    return entry


def _offer(
    entry: WaitlistEntry,
    practice: Practice,
    starts_at: datetime,
    practitioner: Practitioner | None,
    room: Room | None,
    *,
    by: User | None,
    now: datetime,
) -> WaitlistOffer:
    held = holding.hold(
        patient=entry.patient,
        practitioner=practitioner,
        appointment_type=entry.appointment_type,
        starts_at=starts_at,
        room=room,
        case=entry.case,
        note=entry.note,
        until=now + timedelta(minutes=practice.offer_minutes),
        by=by,
        now=now,
    )
    offer = WaitlistOffer.objects.create(
        entry=entry,
        appointment=held,
        starts_at=held.starts_at,
        offered_at=now,
        offered_by=by,
        expires_at=held.held_until,
    )
    telling.plan_for(offer, now=now)
    return offer


def _settle(offer: WaitlistOffer, *, now: datetime) -> int:
    try:
        entry = entering.locked(offer.entry)
    except Conflict:
        entry = None
    offer = WaitlistOffer.objects.open().filter(pk=offer.pk).first()
    if offer is None:
        return 0
    visit = Appointment.objects.get(pk=offer.appointment_id)
    if visit.status == Status.PENDING and visit.held_until > now:
        return 0
    if visit.status == Status.PENDING or visit.cancel_reason == Appointment.CancelReason.EXPIRED:
        entering.end(offer, State.EXPIRED, now=now)
    elif visit.status in LIVE:
        # Kept by the front desk: the patient called instead of opening the link.
        entering.end(offer, State.TAKEN, now=now)
        if entry is not None:
            entering.fulfil(entry, visit)
    else:
        entering.end(offer, State.WITHDRAWN, now=now)
    return 1
