"""Treatment reports: drafted over a case, signed, and then as they were sent.

What a report includes unless the practitioner chooses otherwise is `PARTS_BY_DEFAULT`: no more of the record than the
reader needs for what it is for, after rules 10 and 11 of New Zealand's Health Information Privacy Code 2020 (general
knowledge, not checked against the text; the choice of parts is ours). Points, chart and notes of every session are
left out; so is the NHI number where the reader is no part of the health system (rule 13, likewise).
"""

from datetime import date, datetime
from typing import Any

from clinic import chain
from clinic.acting import acting
from clinic.errors import Conflict, NotAllowed, Refusal
from clinic.models import Practice, Practitioner, User
from patients.models import Case
from treatments.models import TreatmentReport
from treatments.pdf.report_values import as_json
from treatments.reports import content as report_content

Audience, Part = TreatmentReport.Audience, TreatmentReport.Part

PARTS_BY_DEFAULT: dict[str, list[str]] = {
    Audience.GP: [Part.DIAGNOSES, Part.COURSE, Part.FINDINGS, Part.OUTCOMES, Part.ADVERSE_EVENTS, Part.PLAN],
    Audience.ACC: [Part.DIAGNOSES, Part.COURSE, Part.FINDINGS, Part.TECHNIQUES, Part.OUTCOMES, Part.PLAN],
    Audience.INSURER: [Part.DIAGNOSES, Part.COURSE, Part.OUTCOMES],
}


def draft(
    *,
    case: Case,
    practitioner: Practitioner,
    audience: str,
    by: User,
    now: datetime,
    include: list[str] | None = None,
    **fields: Any,
) -> TreatmentReport:
    """Over the case from its first day to today, to the reader that the record names, unless `fields` say otherwise.

    Raises 422 `to_before_from`."""
    today = now.astimezone(Practice.objects.current().zone).date()
    usual = {"recipient": _usual_recipient(case, audience), "from_on": min(case.opened_on, today), "to_on": today}
    parts = PARTS_BY_DEFAULT[audience] if include is None else include
    with acting(by):
        return TreatmentReport.objects.create(
            patient=case.patient,
            case=case,
            practitioner=practitioner,
            audience=audience,
            include=_in_order(parts),
            **usual | fields,
        )


def revise(*, report: TreatmentReport, by: User, now: datetime, **fields: Any) -> TreatmentReport:
    """Raises 409 `report_signed`, 422 `to_before_from`."""
    with acting(by):
        report = _locked_draft(report)
        for name, value in fields.items():
            setattr(report, name, _in_order(value) if name == "include" else value)
        report.save(update_fields=[*fields, "updated_at"])
    return report


def sign(*, report: TreatmentReport, by: User, now: datetime) -> TreatmentReport:
    """Writes down what the report says now, and freezes it.

    Raises 403 `not_your_report`, `student_cannot_sign`, 409 `report_signed`, 422 `recipient_missing`,
    `purpose_missing`, `summary_missing`, `no_signed_sessions`, `period_not_over`."""
    with acting(by, reason="sign"):
        report = _locked_draft(report)
        _refuse_signatory(report, by)
        practice = Practice.objects.current()
        _refuse_unfinished(report, now.astimezone(practice.zone).date())
        report.signed_at, report.signed_by = now, by
        content = report_content.gather(report, zone=practice.zone)
        report.content = as_json(content)
        report.content_hash = chain.link(report.content, previous=chain.BEGINNING)
        report.status = TreatmentReport.Status.SIGNED
        report.save(
            update_fields=["status", "signed_at", "signed_by", "content", "content_hash", "updated_at"]
        )  # fmt: skip
    return report


def discard(*, report: TreatmentReport, by: User, now: datetime) -> None:
    """Throws a draft away; its history stays. Raises 409 `report_signed`."""
    with acting(by):
        _locked_draft(report).delete()


def _usual_recipient(case: Case, audience: str) -> str:
    if audience == Audience.GP:
        return "\n".join(filter(None, [case.patient.gp_name, case.patient.gp_practice]))
    return case.payer.name if case.payer else ""


def _in_order(parts: list[str]) -> list[str]:
    return [part for part in Part.values if part in parts]


def _locked_draft(report: TreatmentReport) -> TreatmentReport:
    row = (
        TreatmentReport.objects.select_for_update(of=("self",))
        .select_related("patient", "case__payer", "practitioner")
        .get(pk=report.pk)
    )
    if row.is_signed:
        raise Conflict("report_signed", "This report is signed and stays as it was sent. Write a new one.")
    return row


def _refuse_signatory(report: TreatmentReport, by: User) -> None:
    if report.practitioner.user_id != by.pk:
        raise NotAllowed("not_your_report", "A report is signed by the practitioner whose report it is.")
    if report.practitioner.is_student:
        raise NotAllowed("student_cannot_sign", "A student's report is signed by the supervisor, as theirs.")


def _refuse_unfinished(report: TreatmentReport, today: date) -> None:
    for field, sentence in (
        ("recipient", "Write to whom this goes."),
        ("purpose", "Write what this is for: only what that needs may be told."),
        ("summary", "Write a summary in your own words."),
    ):
        if not getattr(report, field).strip():
            raise Refusal(f"{field}_missing", sentence, field=field)
    if report.to_on > today:
        raise Refusal("period_not_over", "The last day of the report has not come yet.", field="to_on")
    if not report_content.sessions_of(report, Practice.objects.current().zone).exists():
        raise Refusal("no_signed_sessions", "There is no signed session of this case in these days.", field="from_on")
