"""Treatment plans: agreed with the patient, reviewed, closed."""

from datetime import date, datetime
from typing import Any

from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practitioner, User
from patients.models import Case, Patient
from treatments.models import TreatmentPlan


def agree(
    *, patient: Patient, case: Case, practitioner: Practitioner, by: User, now: datetime, **fields: Any
) -> TreatmentPlan:
    """Raises 422 `case_of_another_patient`, 409 `plan_exists`."""
    if case.patient_id != patient.pk:
        raise Refusal("case_of_another_patient", "That case belongs to another patient.", field="case")
    with acting(by):
        return TreatmentPlan.objects.create(patient=patient, case=case, practitioner=practitioner, **fields)


def revise(*, plan: TreatmentPlan, by: User, now: datetime, **fields: Any) -> TreatmentPlan:
    """What was agreed anew: the earlier words stay in the history. Raises 409 `plan_closed`."""
    with acting(by):
        plan = _locked_open(plan)
        for name, value in fields.items():
            setattr(plan, name, value)
        plan.save(update_fields=[*fields, "updated_at"])
    return plan


def close(*, plan: TreatmentPlan, closed_on: date, by: User, now: datetime) -> TreatmentPlan:
    """Raises 409 `plan_closed`, 422 `closed_before_agreed`."""
    with acting(by, reason="close"):
        plan = _locked_open(plan)
        plan.closed_on = closed_on
        plan.save(update_fields=["closed_on", "updated_at"])
    return plan


def _locked_open(plan: TreatmentPlan) -> TreatmentPlan:
    row = TreatmentPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if row.closed_on is not None:
        raise Conflict("plan_closed", "This plan is closed. Agree on a new one.")
    return row
