"""Gathers the papers that leave the clinic: reports, requests to ACC, and the sheet a patient takes home."""

from datetime import datetime

from django.utils import timezone

from appointments.models import Appointment
from appointments.statuses import EXPECTED
from clinic import documents
from clinic.errors import Refusal
from clinic.models import Practice
from treatments.models import Technique, Treatment, TreatmentReport, TreatmentRequest
from treatments.pdf import aftercare as aftercare_sheet
from treatments.pdf import report_values, request_values, values
from treatments.pdf import treatment_report as report_paper
from treatments.pdf import treatment_request as request_paper


def treatment_report(subject: int) -> documents.Paper:
    """Raises 422 `report_not_signed`: a draft can be read, not sent."""
    report = TreatmentReport.objects.filter(pk=subject).first()
    if report is None or not report.is_signed:
        raise Refusal("report_not_signed", "Only a signed report can be printed.", field="subject")
    content = report_values.from_json(report.content)
    return documents.compose(
        report_paper,
        report_values.SignedReport(content=content, sha256=report.content_hash),
        practice=Practice.objects.current(),
        number=content.number,
        patient_id=report.patient_id,
    )


def acc32_request(subject: int) -> documents.Paper:
    """Raises 422 `request_not_finished`: a draft can be read, not sent."""
    request = TreatmentRequest.objects.finished().filter(pk=subject).first()
    if request is None:
        raise Refusal("request_not_finished", "Only a finished request can be printed.", field="subject")
    content = report_values.restored(request_values.RequestContent, request.content)
    return documents.compose(
        request_paper,
        request_values.FinishedRequest(content=content, sha256=request.content_hash),
        practice=Practice.objects.current(),
        number=content.number,
        patient_id=request.patient_id,
    )


def aftercare(subject: int) -> documents.Paper:
    """Raises 422 `note_not_signed`: until then what was done may still change."""
    treatment = (
        Treatment.objects.signed()
        .select_related("patient", "practitioner", "appointment__location")
        .filter(pk=subject)
        .first()
    )
    if treatment is None:
        raise Refusal("note_not_signed", "The sheet is printed when the note is signed.", field="subject")
    practice = Practice.objects.current()
    location = treatment.appointment.location if treatment.appointment else None
    sheet = values.Aftercare(
        patient_name=str(treatment.patient),
        practitioner=treatment.practitioner.display_name,
        treated_on=treatment.started_at.astimezone(practice.zone).date(),
        needled=treatment.needlings.exists(),
        cupped=treatment.cuppings.exists(),
        warmed=_was_warmed(treatment),
        advice=treatment.aftercare,
        next_visit_at=_next_visit(treatment),
        phone=(location.phone if location else "") or practice.phone,
    )
    return documents.compose(aftercare_sheet, sheet, practice=practice, patient_id=treatment.patient_id)


def _was_warmed(treatment: Treatment) -> bool:
    lamp = treatment.techniques.filter(kind=Technique.Kind.HEAT_LAMP)
    return treatment.moxibustions.exists() or lamp.exists()


def _next_visit(treatment: Treatment) -> datetime | None:
    """By the wall clock of where it is."""
    after = max(treatment.started_at, timezone.now())
    visit = (
        Appointment.objects.filter(patient=treatment.patient_id, status__in=EXPECTED, starts_at__gt=after)
        .select_related("location")
        .order_by("starts_at")
        .first()
    )
    return visit.starts_at.astimezone(visit.location.zone) if visit else None
