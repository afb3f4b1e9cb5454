"""Opening a case and changing it: the injury or complaint, its diagnoses, and who pays."""

from copy import copy
from datetime import datetime

from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import Practice, User
from patients import deciding
from patients.diagnoses import unusable
from patients.models import Case, CoverStatus, Diagnosis, Patient, Payer

# Whom a case of each kind may name. Employers stand in for ACC (accredited employers) and for insurers.
PAYERS = {
    Case.Kind.ACC: {Payer.Kind.ACC, Payer.Kind.EMPLOYER},
    Case.Kind.INSURER: {Payer.Kind.INSURER, Payer.Kind.EMPLOYER},
    Case.Kind.PRIVATE: set(),
}
# Who may pay the patient's part instead of the patient.
CONTRIBUTORS = {Payer.Kind.INSURER, Payer.Kind.EMPLOYER}
# As many as an ACC45 takes.
MOST_DIAGNOSES = 20


def open_case(*, patient: Patient, diagnoses: list[dict], by: User, now: datetime, **fields) -> Case:
    """A new case, opened today unless `fields` say when. `diagnoses` as `{system, code, description, side, primary}`,
    one of them the primary."""
    _refuse_unclear(diagnoses)
    case = Case(patient=patient, **fields)
    if case.opened_on is None:
        case.opened_on = now.astimezone(Practice.objects.current().zone).date()
    if case.kind == Case.Kind.PRIVATE and "cover_status" not in fields:
        case.cover_status = CoverStatus.NOT_APPLICABLE
    _settle_payer(case)
    _refuse_contributor(case)
    with acting(by):
        case.save(force_insert=True)
        deciding.note_cover(case, by=by, now=now)
        _diagnose(case, diagnoses)
    return case


def change_case(*, case: Case, by: User, now: datetime, diagnoses: list[dict] | None = None, **fields) -> Case:
    """Changes the named fields; `diagnoses`, where given, replace those of the case as a whole."""
    with acting(by):
        case = Case.objects.select_for_update().get(pk=case.pk)
        was = copy(case)
        for name, value in fields.items():
            setattr(case, name, value)
        if case.kind != was.kind and not {"cover_status", "cover_decided_on"} & fields.keys():
            _forget_cover(case)
        if (case.kind, case.payer_id) != (was.kind, was.payer_id):
            _settle_payer(case)
        if case.contribution_payer_id != was.contribution_payer_id:
            _refuse_contributor(case)
        case.save()
        if (case.cover_status, case.cover_decided_on) != (was.cover_status, was.cover_decided_on):
            deciding.note_cover(case, by=by, now=now)
        if diagnoses is not None:
            _refuse_unclear(diagnoses)
            case.diagnoses.all().delete()
            _diagnose(case, diagnoses)
    return case


def _settle_payer(case: Case) -> None:
    """An ACC case that names nobody is paid by ACC. Raises `payer_not_set_up`, `payer_does_not_fit`,
    `payer_archived`."""
    if case.kind == Case.Kind.ACC and case.payer is None:
        case.payer = Payer.objects.active().filter(kind=Payer.Kind.ACC).first()
        if case.payer is None:
            raise Refusal("payer_not_set_up", "ACC is not set up as a payer yet. Add it under payers.", field="payer")
    if case.payer is None:
        return  # the database refuses an insurer's case without one
    if case.payer.kind not in PAYERS[case.kind]:
        sentence = f"{case.payer} does not pay for a case of the kind {case.get_kind_display()}."
        raise Refusal("payer_does_not_fit", sentence, field="payer")
    if case.payer.archived_at is not None:
        raise Refusal("payer_archived", f"{case.payer} is archived. Choose another payer.", field="payer")


def _refuse_contributor(case: Case) -> None:
    """Raises `contribution_payer_does_not_fit`, `payer_archived`."""
    payer = case.contribution_payer
    if payer is None:
        return
    if payer.kind not in CONTRIBUTORS:
        sentence = f"{payer} does not pay the patient's part. Name an employer or an insurer."
        raise Refusal("contribution_payer_does_not_fit", sentence, field="contribution_payer")
    if payer.archived_at is not None:
        sentence = f"{payer} is archived. Choose another payer."
        raise Refusal("payer_archived", sentence, field="contribution_payer")


def _forget_cover(case: Case) -> None:
    """What one payer decided says nothing about the next."""
    is_private = case.kind == Case.Kind.PRIVATE
    case.cover_status = CoverStatus.NOT_APPLICABLE if is_private else CoverStatus.UNKNOWN
    case.cover_decided_on = None


def _refuse_unclear(diagnoses: list[dict]) -> None:
    """Raises `too_many_diagnoses`, `one_primary_diagnosis`, and with the codes to choose from `choices`,
    `diagnosis_not_billable` and `seventh_character_missing`."""
    if len(diagnoses) > MOST_DIAGNOSES:
        sentence = f"A case holds up to {MOST_DIAGNOSES} diagnoses. Leave out the least important ones."
        raise Refusal("too_many_diagnoses", sentence, field="diagnoses")
    if diagnoses and sum(bool(diagnosis.get("primary")) for diagnosis in diagnoses) != 1:
        sentence = "Mark exactly one of the diagnoses as the primary one."
        raise Refusal("one_primary_diagnosis", sentence, field="diagnoses")
    for place, diagnosis in enumerate(diagnoses):
        wrong = unusable(diagnosis["system"], diagnosis["code"])
        if wrong:
            raise Refusal(wrong.code, wrong.detail, field=f"diagnoses.{place}.code", choices=list(wrong.choices))


def _diagnose(case: Case, diagnoses: list[dict]) -> None:
    Diagnosis.objects.bulk_create(Diagnosis(case=case, **diagnosis) for diagnosis in diagnoses)
