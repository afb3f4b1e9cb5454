"""Putting somebody on the waiting list, changing what they want, taking them off."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from appointments import holding
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from appointments.statuses import EXPECTED, Status
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practitioner, User


def enter(*, practitioners: Sequence[Practitioner] = (), by: User, now: datetime, **wanted: Any) -> WaitlistEntry:
    """`wanted` are the fields of an entry. Raises 422 `patient_archived`, `type_archived`, `case_of_another_patient`,
    `visit_of_another_patient`, `visit_of_another_kind`, `visit_not_to_come`, and what the constraints refuse."""
    entry = WaitlistEntry(**wanted, waiting_since=now)
    if entry.patient.archived_at:
        raise Refusal("patient_archived", "This patient is archived. Restore them first.", field="patient")
    _refuse_unfitting(entry, now=now)
    with acting(by, reason="wait"):
        entry.save()
        entry.practitioners.set(practitioners)
    return entry


def change(
    *,
    entry: WaitlistEntry,
    practitioners: Sequence[Practitioner] | None = None,
    by: User,
    now: datetime,
    **wanted: Any,
) -> WaitlistEntry:
    """Their place in the order stays. Raises 409 `not_waiting`, and what `enter` raises."""
    with acting(by, reason="wait"):
        entry = locked(entry)
        for name, value in wanted.items():
            setattr(entry, name, value)
        _refuse_unfitting(entry, now=now)
        entry.save()
        if practitioners is not None:
            entry.practitioners.set(practitioners)
    return entry


def withdraw(*, entry: WaitlistEntry, by: User | None, now: datetime) -> WaitlistEntry:
    """Takes somebody off the list, and what is offered to them back. Raises 409 `not_waiting`."""
    with acting(by, reason="withdraw"):
        entry = locked(entry)
        for offer in entry.offers.open().select_related("appointment"):
            end(offer, WaitlistOffer.State.WITHDRAWN, now=now)
            if offer.appointment.status == Status.PENDING:
                holding.let_go(appointment=offer.appointment, by=by, now=now)
        entry.state = WaitlistEntry.State.WITHDRAWN
        entry.save(update_fields=["state", "updated_at"])
    return entry


def fulfil(entry: WaitlistEntry, appointment: Appointment) -> None:
    """In the caller's transaction, which holds the entry."""
    entry.state, entry.appointment = WaitlistEntry.State.FULFILLED, appointment
    entry.save(update_fields=["state", "appointment", "updated_at"])


def end(offer: WaitlistOffer, state: str, *, now: datetime) -> None:
    """In the caller's transaction, which holds the entry."""
    offer.state, offer.ended_at = state, now
    offer.save(update_fields=["state", "ended_at", "updated_at"])


def locked(entry: WaitlistEntry) -> WaitlistEntry:
    """The entry as it stands now, held until the transaction ends. Raises 409 `not_waiting`."""
    WaitlistEntry.objects.select_for_update(no_key=True).only("pk").get(pk=entry.pk)
    entry = WaitlistEntry.objects.select_related("patient", "appointment_type", "location", "case", "moving").get(
        pk=entry.pk
    )
    if not entry.is_waiting:
        raise Conflict("not_waiting", "This patient no longer waits.")
    return entry


def _refuse_unfitting(entry: WaitlistEntry, *, now: datetime) -> None:
    if entry.appointment_type.archived_at:
        raise Refusal("type_archived", "This kind of appointment is no longer offered.", field="appointment_type")
    if entry.case is not None and entry.case.patient_id != entry.patient_id:
        raise Refusal("case_of_another_patient", "That case belongs to another patient.", field="case")
    visit = entry.moving
    if visit is None:
        return
    if visit.patient_id != entry.patient_id:
        raise Refusal("visit_of_another_patient", "That visit belongs to another patient.", field="moving")
    if visit.appointment_type_id != entry.appointment_type_id:
        raise Refusal("visit_of_another_kind", "The visit to be moved is of another kind.", field="moving")
    if visit.status not in EXPECTED or visit.starts_at <= now:
        raise Refusal("visit_not_to_come", "Only a visit that is still to come can be moved forward.", field="moving")
