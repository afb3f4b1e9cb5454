"""Gathers what a request for further treatment says, and what goes with it, from the record of its case."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDate

from clinic.models import Practice
from patients.models import Diagnosis
from treatments import papers
from treatments.models import OutcomeScore, Treatment, TreatmentRequest
from treatments.pdf import report_values
from treatments.pdf import request_values as values
from treatments.pdf.values import SignedNote
from treatments.reports import content as report_content
from treatments.requests.rules import Check


def gather(request: TreatmentRequest, *, checks: Sequence[Check], zone: ZoneInfo) -> values.RequestContent:
    """The notes and outcome measures of the case go with it unless the checks say that it is a standard one."""
    case, patient, practitioner = request.case, request.patient, request.practitioner
    practice, standard = Practice.objects.current(), all(check.passed for check in checks)
    diagnoses = list(case.diagnoses.all())
    return values.RequestContent(
        number=request.label,
        standard=standard,
        checks=tuple(
            values.RequestCheck(detail=check.detail, passed=check.passed, source=check.source) for check in checks
        ),
        asked_for=tuple(TreatmentRequest.Reason(reason).label for reason in request.reasons),
        sessions_requested=request.sessions_requested,
        first_name=patient.first_name,
        last_name=patient.last_name,
        date_of_birth=patient.date_of_birth,
        nhi=patient.nhi or "",
        address=patient.address,
        phone=patient.phone,
        claim_number=case.claim_number,
        date_of_injury=case.date_of_injury,
        accident_description=case.accident_description,
        cover_status=case.get_cover_status_display(),
        diagnoses=tuple(_diagnosis(row) for row in diagnoses),
        sessions_elsewhere=case.sessions_elsewhere,
        diagnoses_to_add=tuple(_diagnosis(Diagnosis(**row)) for row in request.diagnoses_to_add),
        sides_to_change=tuple(_change(row, diagnoses) for row in request.sides_to_change),
        lodgement_errors=tuple(request.lodgement_errors),
        supporting_information=request.supporting_information,
        practitioner=practitioner.display_name,
        provider_id=practitioner.acc_provider_id,
        registration_number=practitioner.registration_number,
        vendor_name=practice.legal_name or practice.name,
        vendor_id=practice.acc_vendor_id,
        vendor_phone=practice.phone,
        vendor_email=practice.email,
        patient_declared_on=request.patient_declared_on,
        after_surgery=request.after_surgery,
        finished_at=request.finished_at.astimezone(zone) if request.finished_at else None,
        outcomes=None if standard else _outcomes(request, zone),
        notes=None if standard else _notes(request, practice),
        **_sessions(request, zone),
    )


def notes_of(request: TreatmentRequest) -> QuerySet[Treatment]:
    """The signed notes of its case, oldest first."""
    return Treatment.objects.signed().filter(case=request.case_id).order_by("started_at", "pk")


def scores_of(request: TreatmentRequest) -> QuerySet[OutcomeScore]:
    return OutcomeScore.objects.standing().filter(case=request.case_id, patient=request.patient_id)


def _sessions(request: TreatmentRequest, zone: ZoneInfo) -> dict[str, object]:
    dated = notes_of(request).order_by().annotate(day=TruncDate("started_at", tzinfo=zone))
    return dated.aggregate(
        sessions_given=Count("pk"), first_session_on=Min("day"), latest_session_on=Max("day")
    )  # fmt: skip


def _outcomes(request: TreatmentRequest, zone: ZoneInfo) -> tuple[report_values.ReportedOutcome, ...]:
    days = scores_of(request).aggregate(first=Min("taken_on"), last=Max("taken_on"))
    if days["first"] is None:
        return ()
    return report_content.outcomes_between(request.case, (days["first"], days["last"]), zone)


def _notes(request: TreatmentRequest, practice: Practice) -> tuple[SignedNote, ...]:
    rows = Treatment.objects.under_signature().filter(case=request.case_id, status=Treatment.Status.SIGNED)
    return tuple(papers.note_values(row, practice) for row in rows.order_by("started_at", "pk"))


def _diagnosis(row: Diagnosis) -> report_values.ReportedDiagnosis:
    return report_values.ReportedDiagnosis(
        description=row.description,
        system=row.get_system_display(),
        code=row.code,
        side="" if row.side == Diagnosis.Side.NOT_APPLICABLE else row.get_side_display(),
    )


def _change(row: dict[str, str], diagnoses: Sequence[Diagnosis]) -> values.SideChange:
    described = {one.code: one.description for one in diagnoses}
    return values.SideChange(
        code=row["code"],
        description=described.get(row["code"], ""),
        side_now=Diagnosis.Side(row["side_now"]).label,
        side=Diagnosis.Side(row["side"]).label,
    )
