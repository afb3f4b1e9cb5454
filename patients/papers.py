"""Gathers what the papers about a case show. The drawing is in `patients/pdf/` and runs no query."""

from clinic import documents
from clinic.errors import Refusal
from clinic.models import Practice
from patients.models import Case, Diagnosis
from patients.pdf import claim_values as values
from patients.pdf import injury_summary as summary_paper


def injury_summary(subject: int) -> documents.Paper:
    """Raises 422 `not_an_acc_case`."""
    case = (
        Case.objects.filter(pk=subject, kind=Case.Kind.ACC)
        .select_related("patient")
        .prefetch_related("diagnoses", "purchase_orders")
        .first()
    )
    if case is None:
        raise Refusal("not_an_acc_case", "Only an ACC case has an injury claim.", field="subject")
    return documents.compose(
        summary_paper,
        _claim(case),
        practice=Practice.objects.current(),
        number=case.claim_number,
        patient_id=case.patient_id,
    )


def _claim(case: Case) -> values.InjuryClaim:
    patient = case.patient
    return values.InjuryClaim(
        claim_number=case.claim_number,
        patient=f"{patient.first_name} {patient.last_name}",
        preferred_name=patient.preferred_name,
        date_of_birth=patient.date_of_birth,
        nhi=patient.nhi or "",
        address=patient.address,
        phone=patient.phone,
        email=patient.email,
        ethnicities=", ".join(patient.ethnicities),
        occupation=patient.occupation,
        employer=case.employer,
        date_of_injury=case.date_of_injury,
        accident_description=case.accident_description,
        cover_status=case.get_cover_status_display(),
        cover_decided_on=case.cover_decided_on,
        diagnoses=tuple(_diagnosis(row) for row in case.diagnoses.all()),
        gp=", ".join(filter(None, [patient.gp_name, patient.gp_practice])),
        referrer=case.referrer,
        other_providers=tuple(case.other_providers),
        sessions_elsewhere=case.sessions_elsewhere,
        approved_sessions=case.approved_sessions,
        opened_on=case.opened_on,
        closed_on=case.closed_on,
        orders=tuple(
            values.ClaimOrder(
                number=row.number,
                sessions=row.sessions,
                approved_on=row.approved_on,
                valid_from=row.valid_from,
                expires_on=row.expires_on,
            )
            for row in case.purchase_orders.all()
        ),
    )


def _diagnosis(row: Diagnosis) -> values.ClaimedDiagnosis:
    return values.ClaimedDiagnosis(
        code=row.code,
        description=row.description,
        system=row.get_system_display(),
        side="" if row.side == Diagnosis.Side.NOT_APPLICABLE else row.get_side_display(),
        primary=row.primary,
    )
