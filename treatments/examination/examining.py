"""Recording what was found on examination, in the terms of the finding."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import Practice, User
from patients.models import Patient
from treatments.examination import conditions
from treatments.examination.conditions import FindingKind
from treatments.models import Examination


def record(*, patient: Patient, finding: str, by: User, now: datetime, **fields: Any) -> Examination:
    """Raises `finding_unknown`, `side_missing`, `value_out_of_range`, `value_not_asked`, `answer_unknown`,
    `sign_not_asked`, `muscle_unknown`, `muscle_missing`, `examined_in_future`, `case_of_other_patient`,
    `note_of_other_patient`; 409 `note_signed`, 422 `examination_empty`."""
    today = now.astimezone(Practice.objects.current().zone).date()
    examination = Examination(patient=patient, finding=finding, examined_by=by, **{"examined_on": today} | fields)
    examination.unit = _checked(examination, today).unit
    with acting(by):
        examination.save(force_insert=True)
    return examination


def revise(*, examination: Examination, by: User, now: datetime, **fields: Any) -> Examination:
    """Corrects what was recorded; whose it is and what was examined stay. Raises as `record`."""
    for name, value in fields.items():
        setattr(examination, name, value)
    _checked(examination, now.astimezone(Practice.objects.current().zone).date())
    with acting(by):
        examination.save(update_fields=[*fields, "updated_at"])
    return examination


def _checked(examination: Examination, today: date) -> FindingKind:
    kind = conditions.finding_kinds().get(examination.finding)
    if kind is None:
        raise Refusal("finding_unknown", "There is no finding of this name.", field="finding")
    if examination.examined_on > today:
        raise Refusal("examined_in_future", "That day has not come yet.", field="examined_on")
    _refuse_foreign(examination)
    if kind.sides == "one" and not examination.side:
        raise Refusal("side_missing", f"{kind.name}: say which side.", field="side")
    _refuse_unmeasurable(kind, examination.value)
    if examination.answer and examination.answer not in kind.answers:
        answers = " or ".join(kind.answers)
        sentence = f"{kind.name} is {answers}." if answers else f"{kind.name} is not answered in words."
        raise Refusal("answer_unknown", sentence, field="answer")
    if examination.sign_seen is not None and not kind.sign:
        raise Refusal("sign_not_asked", f"{kind.name} has no sign besides.", field="sign_seen")
    _refuse_wrong_muscle(kind, examination.muscle)
    return kind


def _refuse_foreign(examination: Examination) -> None:
    if examination.case is not None and examination.case.patient_id != examination.patient_id:
        raise Refusal("case_of_other_patient", "This case belongs to another patient.", field="case")
    if examination.treatment is not None and examination.treatment.patient_id != examination.patient_id:
        raise Refusal("note_of_other_patient", "This note is about another patient.", field="treatment")


def _refuse_unmeasurable(kind: FindingKind, value: Decimal | None) -> None:
    if value is None:
        return
    if kind.lowest is None or kind.highest is None:
        raise Refusal("value_not_asked", f"{kind.name} is not measured in numbers.", field="value")
    if not kind.lowest <= value <= kind.highest:
        sentence = f"{kind.name} goes from {kind.lowest} to {kind.highest} {kind.unit}."
        raise Refusal("value_out_of_range", sentence, field="value")


def _refuse_wrong_muscle(kind: FindingKind, muscle: str) -> None:
    if muscle and (muscle not in conditions.muscles() or kind.by_muscle == "no"):
        raise Refusal("muscle_unknown", f"{kind.name} is not recorded for this muscle.", field="muscle")
    if not muscle and kind.by_muscle == "yes":
        raise Refusal("muscle_missing", f"{kind.name}: say in which muscle.", field="muscle")
