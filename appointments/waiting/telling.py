"""The message of an offer: planned in the transaction that holds the time, asked about again before it leaves."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from appointments.models import Appointment, WaitlistOffer
from appointments.reminding import WANTED
from appointments.statuses import Status
from appointments.waiting import links
from clinic.models import Practice
from messaging import planning, wording
from messaging.models import Channel, Message, Occasion
from messaging.reasons import Reason
from patients.models import Patient

SUBJECT_KIND = "waitlist_offer"


def channels_to(patient: Patient) -> list[Channel]:
    """By which an offer reaches this patient. None: a person has to call, so no time is held for them by itself."""
    return [channel for channel in WANTED[patient.reminder_channel] if not planning.obstacle(patient, channel)]


def plan_for(offer: WaitlistOffer, *, now: datetime) -> None:
    """In the caller's transaction. Where no channel reaches them, one that is not sent shows that and why."""
    patient = offer.entry.patient
    wanted = channels_to(patient)
    planning.plan(
        [
            planning.Intent(
                person=patient,
                occasion=Occasion.WAITLIST_OFFER,
                rule=None,
                channel=channel,
                subject_kind=SUBJECT_KIND,
                subject_id=offer.pk,
                subject_starts_at=offer.starts_at,
                due_at=now,
                reason="" if WANTED[patient.reminder_channel] else Reason.NOT_WANTED,
            )
            for channel in wanted or WANTED[patient.reminder_channel] or (Channel.EMAIL,)
        ],
        now=now,
    )


def guard(messages: Sequence[Message], now: datetime, *, lock: bool = False) -> dict[int, str]:
    """A reason for each offer that must not leave: it is answered, taken back or over, or its hold is. With `lock`,
    the offers stay as they are until the transaction ends."""
    rows = WaitlistOffer.objects.filter(pk__in={message.subject_id for message in messages}).order_by("pk")
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    offers = {row.pk: row for row in rows}
    holds = Appointment.objects.in_bulk({offer.appointment_id for offer in offers.values()})
    reasons = {}
    for message in messages:
        offer = offers.get(message.subject_id)
        held = holds.get(offer.appointment_id) if offer else None
        reasons[message.pk] = _reason_against(message, offer, held, now)
    return {message_id: reason for message_id, reason in reasons.items() if reason}


def words(messages: Sequence[Message]) -> dict[int, Mapping[str, str]]:
    """What fills the places of an offer's text. Nothing clinical, and of the patient the first name only."""
    practice = Practice.objects.current()
    rows = WaitlistOffer.objects.select_related(
        "appointment__patient", "appointment__practitioner", "appointment__location"
    ).in_bulk({message.subject_id for message in messages})
    return {message.pk: _words_for(rows[message.subject_id], practice) for message in messages}


def _reason_against(message: Message, offer: WaitlistOffer | None, held: Appointment | None, now: datetime) -> str:
    if offer is None:
        return Reason.GONE
    if offer.state in (WaitlistOffer.State.TAKEN, WaitlistOffer.State.DECLINED):
        return Reason.ANSWERED
    if offer.state == WaitlistOffer.State.WITHDRAWN:
        return Reason.WITHDRAWN
    if offer.state == WaitlistOffer.State.EXPIRED or offer.expires_at <= now:
        return Reason.EXPIRED
    if held.status != Status.PENDING:
        return Reason.GONE
    if message.patient.archived_at is not None:
        return Reason.ARCHIVED
    return "" if message.channel in WANTED[message.patient.reminder_channel] else Reason.NOT_WANTED


def _words_for(offer: WaitlistOffer, practice: Practice) -> Mapping[str, str]:
    held = offer.appointment
    location = held.location
    address = wording.one_line((location.address or practice.address).replace("\n", ", "))
    return {
        "first_name": held.patient.preferred_name or held.patient.first_name,
        "when": wording.spoken(held.starts_at.astimezone(location.zone)),
        "until": wording.spoken(offer.expires_at.astimezone(location.zone)),
        "practitioner": held.practitioner.display_name,
        "place": f"{location.name}, {address}",
        "link": links.address_for(offer),
        "link_words": "Take it or pass it on",
        "practice": practice.name,
        "phone": location.phone or practice.phone,
    }
