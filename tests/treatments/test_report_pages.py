"""Reports on the staff pages: begun where the practitioner stands, edited, signed, made into a PDF."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models import AccessEvent, Document
from tests.cast import Cast, make_case, make_patient
from tests.pages import browser, save, told
from tests.treatments.course import session
from treatments.models import TreatmentReport
from treatments.reports import summarising

pytestmark = pytest.mark.django_db


@pytest.fixture
def treated(cast: Cast):
    """A case of Aroha's with a signed session, opened before it."""
    today = timezone.localdate()
    case = make_case(cast.aroha, opened_on=today - timedelta(days=30))
    return session(cast, timezone.now() - timedelta(days=2), case=case)


def page(row, name: str = "change", *args) -> str:
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_{name}", args=[row.pk, *args])


def act(row, name: str) -> str:
    return page(row, "act", name)


def drafted(cast: Cast, treated) -> TreatmentReport:
    asked = {"case": treated.case_id, "audience": "gp"}
    browser(cast.practitioner).post(act(treated, "write-report"), asked)
    return TreatmentReport.objects.get()


@pytest.mark.parametrize("where", ["case", "patient", "note"])
def test_a_report_is_begun_on_the_page_of_a_case_a_patient_or_a_note(cast: Cast, treated, where):
    row = {"case": treated.case, "patient": treated.patient, "note": treated}[where]
    client = browser(cast.practitioner)
    assert act(row, "write-report") in client.get(page(row)).content.decode()
    shown = client.get(act(row, "write-report")).content.decode()
    # Of a case that ACC pays for, ACC is the usual reader.
    assert '<option value="acc" selected>' in shown
    answer = client.post(act(row, "write-report"), {"case": treated.case_id, "audience": "gp"})
    report = TreatmentReport.objects.get()
    assert answer.url == page(report)
    assert (report.case, report.audience, report.status, report.practitioner) == (
        treated.case, "gp", "draft", cast.mere,
    )  # fmt: skip


def test_a_report_about_another_patients_case_is_not_offered_and_not_taken(cast: Cast, treated):
    other = make_case(make_patient())
    answer = browser(cast.practitioner).post(act(treated, "write-report"), {"case": other.pk, "audience": "gp"})
    assert (answer.status_code, TreatmentReport.objects.count()) == (200, 0)


def test_who_does_not_treat_begins_no_report_and_reads_why(cast: Cast, treated):
    answer = browser(cast.owner).post(act(treated, "write-report"), {"case": treated.case_id, "audience": "gp"})
    assert "Only somebody who treats can write a report." in answer.content.decode()
    assert TreatmentReport.objects.count() == 0


@pytest.mark.parametrize("role", ["desk", "billing"])
def test_who_reads_no_notes_finds_neither_the_act_nor_the_reports(cast: Cast, treated, role):
    report = drafted(cast, treated)
    client = browser(getattr(cast, role))
    assert "write-report" not in client.get(page(treated.case)).content.decode()
    places = [page(report), act(report, "sign"), act(report, "print"), act(treated.case, "write-report")]
    assert [client.post(place).status_code for place in places] == [403] * 4


def test_a_draft_is_edited_signed_with_its_words_and_drawn(cast: Cast, treated):
    report, client = drafted(cast, treated), browser(cast.practitioner)
    refused = client.post(act(report, "sign"))
    assert "Write to whom this goes." in refused.content.decode()
    typed = {"recipient": "Dr Ray", "purpose": "Progress", "summary": "Better", "include": ["plan", "course"]}
    assert save(client, page(report), "treatmentreport_form", **typed).status_code == 302
    report.refresh_from_db()
    assert (report.summary, report.include) == ("Better", ["course", "plan"])
    text = client.get(page(report)).content.decode()
    assert "Dates and number of sessions: 1 signed" in text
    assert told(client.post(act(report, "sign"), follow=True))[0].startswith("Signed.")
    report.refresh_from_db()
    assert report.is_signed
    shown = client.get(page(report)).content.decode()
    assert "This report is signed and stays as it was sent." in shown
    assert act(report, "discard") not in shown
    assert told(client.post(act(report, "print"), follow=True)) == [
        "The paper is being drawn. It appears under Papers below."
    ]
    assert Document.objects.filter(kind="treatment_report", subject=report.pk).count() == 1


def test_a_draft_is_thrown_away_and_a_signed_report_is_not(cast: Cast, treated):
    report, client = drafted(cast, treated), browser(cast.practitioner)
    client.post(act(report, "discard"))
    assert TreatmentReport.objects.count() == 0
    report = drafted(cast, treated)
    words = {"recipient": "Dr Ray", "purpose": "Progress", "summary": "Better"}
    summarising.revise(report=report, by=cast.practitioner, now=timezone.now(), **words)
    summarising.sign(report=report, by=cast.practitioner, now=timezone.now())
    answer = client.post(act(report, "discard"))
    assert "stays as it was sent" in answer.content.decode()
    assert TreatmentReport.objects.count() == 1


def test_a_report_to_acc_without_consent_says_so_on_its_page(cast: Cast, treated):
    client = browser(cast.practitioner)
    client.post(act(treated, "write-report"), {"case": treated.case_id, "audience": "acc"})
    text = client.get(page(TreatmentReport.objects.get())).content.decode()
    assert "No consent to sharing with ACC is on record." in text


def test_each_look_at_a_report_is_recorded(cast: Cast, treated):
    report, client = drafted(cast, treated), browser(cast.practitioner)
    before = AccessEvent.objects.filter(subject_kind="treatment_report").count()
    client.get(page(report))
    client.get(reverse("admin:treatments_treatmentreport_changelist"))
    assert AccessEvent.objects.filter(subject_kind="treatment_report").count() == before + 2
