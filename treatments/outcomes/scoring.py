"""Entering a score: the answers as they were given, and what today's rule makes of them. Scores stay; a mistaken one
is voided."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from patients.models import Case, Patient
from treatments.models import OutcomeRequest, OutcomeScore, Treatment
from treatments.outcomes import measures


def enter(
    *,
    patient: Patient,
    measure: str,
    answers: Sequence[int | None],
    labels: Sequence[str] = (),
    taken_on: date,
    case: Case | None = None,
    treatment: Treatment | None = None,
    by: User,
    now: datetime,
) -> OutcomeScore:
    """Raises 422 `answers_make_no_score`, `labels_do_not_fit`, `in_the_future`, `case_of_another_patient`,
    `treatment_of_another_patient`."""
    if case is not None and case.patient_id != patient.pk:
        raise Refusal("case_of_another_patient", "That case belongs to another patient.", field="case")
    if treatment is not None and treatment.patient_id != patient.pk:
        raise Refusal("treatment_of_another_patient", "That session was another patient's.", field="treatment")
    if taken_on > now.astimezone(Practice.objects.current().zone).date():
        raise Refusal("in_the_future", "A score is entered when it has been taken.", field="taken_on")
    with acting(by):
        return OutcomeScore.objects.create(
            patient=patient,
            case=case or (treatment.case if treatment else None),
            treatment=treatment,
            taken_on=taken_on,
            entered_by=by,
            **scored(measure, answers, labels),
        )


def taken_from(
    request: OutcomeRequest, *, measure: str, answers: Sequence[int | None], labels: Sequence[str], taken_on: date
) -> OutcomeScore:
    """The patient's own answer through a link, in the caller's transaction."""
    return OutcomeScore.objects.create(
        patient=request.patient,
        case=request.case,
        request=request,
        taken_on=taken_on,
        **scored(measure, answers, labels),
    )


def scored(measure: str, answers: Sequence[int | None], labels: Sequence[str]) -> dict[str, object]:
    """The columns that belong together and are frozen together. Raises 422."""
    labels = [label.strip() for label in labels]
    if measure == "psfs":
        if len(labels) != len(answers) or not all(labels):
            raise Refusal("labels_do_not_fit", "Name each activity that is scored.", field="labels")
        if len({label.casefold() for label in labels}) < len(labels):
            raise Refusal("labels_do_not_fit", "Each activity is named once.", field="labels")
    elif labels:
        raise Refusal("labels_do_not_fit", "Only the patient-specific scale names its items.", field="labels")
    return {
        "measure": measure,
        "version": measures.MEASURES[measure].version,
        "answers": list(answers),
        "labels": labels,
        "score": _score(measure, answers),
    }


def _score(measure: str, answers: Sequence[int | None]) -> Decimal:
    try:
        return measures.score(measure, answers)
    except measures.CannotScore as reason:
        raise Refusal("answers_make_no_score", str(reason), field="answers") from reason


def void(*, score: OutcomeScore, reason: str, by: User, now: datetime) -> OutcomeScore:
    """Takes a mistaken score out of every trend; it stays in the list, with the reason. Raises 409 `score_voided`."""
    with acting(by, reason="void"):
        row = OutcomeScore.objects.select_for_update(of=("self",)).get(pk=score.pk)
        if row.voided_at is not None:
            raise Conflict("score_voided", "This score was voided already.")
        row.voided_at, row.voided_by, row.void_reason = now, by, reason
        row.save(update_fields=["voided_at", "voided_by", "void_reason", "updated_at"])
    return row
