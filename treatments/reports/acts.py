"""Where a report is begun, and what can be done with one on its page."""

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse

from clinic import documents
from clinic.acts import Act, ActForm, Done
from clinic.errors import NotAllowed
from clinic.models import Document, User
from clinic.permissions import Permission
from clinic.queueing import soon
from clinic.tasks import draw_document
from clinic.widgets import SELECT
from patients.models import Case, Patient
from treatments.models import Treatment, TreatmentReport
from treatments.reports import summarising


class WriteReportForm(ActForm):
    """Of a patient or a note, about which of the patient's cases; of a case, about that one."""

    case = forms.ModelChoiceField(
        Case.objects.none(),
        widget=forms.Select(attrs=SELECT),
        empty_label=None,
        error_messages={"required": "A report is about a case. Open one first, on the patient's page."},
    )
    audience = forms.ChoiceField(
        label="To", choices=TreatmentReport.Audience.choices, widget=forms.Select(attrs=SELECT)
    )

    def __init__(self, data: Any = None, *, row: Case | Patient | Treatment) -> None:
        super().__init__(data, row=row)
        self.fields["case"].queryset = _cases_of(row)

    def initial_for(self, row: Case | Patient | Treatment) -> dict[str, Any]:
        case = (row.case if isinstance(row, Treatment) else None) or _cases_of(row).first()
        return {"case": case, "audience": _usual_reader(case)}


def _cases_of(row: Case | Patient | Treatment) -> Any:
    """The open ones first."""
    if isinstance(row, Case):
        return Case.objects.filter(pk=row.pk)
    patient = row.pk if isinstance(row, Patient) else row.patient_id
    return Case.objects.filter(patient=patient).order_by("-closed_on", "-opened_on", "-pk")


def _usual_reader(case: Case | None) -> str:
    usual = {Case.Kind.ACC: TreatmentReport.Audience.ACC, Case.Kind.INSURER: TreatmentReport.Audience.INSURER}
    return usual.get(case.kind, TreatmentReport.Audience.GP) if case else TreatmentReport.Audience.GP


def _write(*, row: Case | Patient | Treatment, by: User, now: datetime, case: Case, audience: str) -> Done:
    practitioner = getattr(by, "practitioner", None)
    if practitioner is None:
        raise NotAllowed("not_a_practitioner", "Only somebody who treats can write a report.")
    report = summarising.draft(case=case, practitioner=practitioner, audience=audience, by=by, now=now)
    return Done("A draft is begun. Write what it is for and a summary, then sign it.", go_to=_place_of(report))


def _place_of(report: TreatmentReport) -> str:
    return reverse("admin:treatments_treatmentreport_change", args=[report.pk])


def _sign(*, row: TreatmentReport, by: User, now: datetime) -> Done:
    summarising.sign(report=row, by=by, now=now)
    return Done("Signed. It stays as it is from now on, and can be made into a PDF.")


def _discard(*, row: TreatmentReport, by: User, now: datetime) -> Done:
    summarising.discard(report=row, by=by, now=now)
    return Done("The draft is thrown away.", go_to=reverse("admin:treatments_treatmentreport_changelist"))


def _print(*, row: TreatmentReport, by: User, now: datetime) -> Done:
    document = documents.ask(kind="treatment_report", subject=row.pk, by=by, now=now)
    if document.state == Document.State.ASKED:
        soon(draw_document, document.pk)
    return Done("The paper is being drawn. It appears under Papers below.")


ACTS = [
    Act(
        name="sign",
        label="Sign",
        needs=Permission.WRITE_NOTES,
        possible=lambda report: not report.is_signed,
        form=ActForm,
        do=_sign,
        style="primary",
        warning="What it says now is written down, and it never changes again. Save what you typed first.",
    ),
    Act(
        name="print",
        label="Make the PDF",
        needs=Permission.READ_NOTES,
        possible=lambda report: report.is_signed,
        do=_print,
        style="primary",
    ),
    Act(
        name="discard",
        label="Discard draft",
        needs=Permission.WRITE_NOTES,
        possible=lambda report: not report.is_signed,
        form=ActForm,
        do=_discard,
        style="danger",
        warning="The draft and all that is written in it are thrown away. Its history stays.",
    ),
]

# On the pages of a case and a patient, a floor below, and of a note.
WRITE_REPORT = Act(
    name="write-report", label="Write a report", needs=Permission.WRITE_NOTES, form=WriteReportForm, do=_write
)


def _list(query: str) -> str:
    return f"{reverse('admin:treatments_treatmentreport_changelist')}?{query}"


REPORTS_OF_PATIENT = Act(
    name="reports",
    label="Reports",
    needs=Permission.READ_NOTES,
    leads_to=lambda patient: _list(f"patient__id__exact={patient.pk}"),
)
REPORTS_OF_CASE = Act(
    name="reports",
    label="Reports",
    needs=Permission.READ_NOTES,
    leads_to=lambda case: _list(f"case__id__exact={case.pk}"),
)
