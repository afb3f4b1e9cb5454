"""Adverse events: reported, followed up, closed with how it ended. None is ever deleted."""

from datetime import date, datetime
from typing import Any

from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import User
from patients.models import Patient
from treatments.models import AdverseEvent, Treatment


def report(
    *, patient: Patient, occurred_at: datetime, treatment: Treatment | None = None, by: User, now: datetime,
    **fields: Any,
) -> AdverseEvent:  # fmt: skip
    """Raises 422 `treatment_of_another_patient`, `in_the_future`, `before_the_treatment`."""
    if treatment is not None and treatment.patient_id != patient.pk:
        raise Refusal("treatment_of_another_patient", "That session was another patient's.", field="treatment")
    _refuse_impossible_time(occurred_at, treatment, now)
    with acting(by):
        return AdverseEvent.objects.create(
            patient=patient, treatment=treatment, occurred_at=occurred_at, reported_by=by, **fields
        )


def correct(*, event: AdverseEvent, by: User, now: datetime, **fields: Any) -> AdverseEvent:
    """What is known by now; what was written before stays in the history. Raises 409 `event_closed`."""
    with acting(by):
        event = _locked(event)
        _refuse_closed(event)
        for name, value in fields.items():
            setattr(event, name, value)
        _refuse_impossible_time(event.occurred_at, event.treatment, now)
        event.save(update_fields=[*fields, "updated_at"])
    return event


def close(*, event: AdverseEvent, closed_on: date, outcome: str, by: User, now: datetime) -> AdverseEvent:
    """Raises 409 `event_closed`, 422 `outcome_missing`."""
    with acting(by, reason="close"):
        event = _locked(event)
        _refuse_closed(event)
        event.closed_on, event.outcome = closed_on, outcome
        event.save(update_fields=["closed_on", "outcome", "updated_at"])
    return event


def reopen(*, event: AdverseEvent, follow_up_on: date, by: User, now: datetime) -> AdverseEvent:
    """Something came after all. Raises 409 `event_open`."""
    with acting(by, reason="reopen"):
        event = _locked(event)
        if event.closed_on is None:
            raise Conflict("event_open", "This event is still open.")
        event.closed_on, event.follow_up_on = None, follow_up_on
        event.save(update_fields=["closed_on", "follow_up_on", "updated_at"])
    return event


def _locked(event: AdverseEvent) -> AdverseEvent:
    return AdverseEvent.objects.select_for_update(of=("self",)).select_related("treatment").get(pk=event.pk)


def _refuse_closed(event: AdverseEvent) -> None:
    if event.closed_on is not None:
        raise Conflict("event_closed", "This event is closed. Open it again to change it.")


def _refuse_impossible_time(occurred_at: datetime, treatment: Treatment | None, now: datetime) -> None:
    if occurred_at > now:
        raise Refusal("in_the_future", "An event is reported when it has happened.", field="occurred_at")
    if treatment is not None and occurred_at < treatment.started_at:
        raise Refusal(
            "before_the_treatment", "This happened before that session began. Name the right one, or none.",
            field="occurred_at",
        )  # fmt: skip
