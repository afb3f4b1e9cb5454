"""Asking the red-flag questions: the answers, and what follows from them today."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime

from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import Practice, User
from patients import screening
from patients.models import Case, Patient, Screening


def screen(
    *,
    patient: Patient,
    answers: Mapping[str, bool | None],
    by: User,
    now: datetime,
    case: Case | None = None,
    answered_on: date | None = None,
) -> Screening:
    """Keeps the answers with the findings of the present rules, for the patient's age on that day.

    Raises `screening_question_unknown`, `screening_unanswered`, `answered_in_future`, `case_of_other_patient`."""
    today = now.astimezone(Practice.objects.current().zone).date()
    answered_on = answered_on or today
    if answered_on > today:
        raise Refusal("answered_in_future", "These answers are from a day that has not come.", field="answered_on")
    if case is not None and case.patient_id != patient.pk:
        raise Refusal("case_of_other_patient", "This case belongs to another patient.", field="case")
    try:
        found = screening.findings(answers, age=patient.age_on(answered_on))
    except screening.CannotScreen as refused:
        raise Refusal(refused.code, str(refused), field="answers") from refused
    with acting(by):
        return Screening.objects.create(
            patient=patient,
            case=case,
            version=screening.VERSION,
            answers=dict(answers),
            findings=[asdict(finding) for finding in found],
            answered_on=answered_on,
            entered_by=by,
        )
