"""From a signed note to an issued invoice and its papers, by hand."""

from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from appointments.models import Appointment
from billing.models import Invoice, Rate, Service
from clinic.models import Document
from tests import cast as people
from tests.pages import browser, save, told
from treatments.models import Treatment


@pytest.fixture
def visit(cast) -> Appointment:
    """A completed ACC visit with its note signed: ACC pays $46.50, the patient adds $45.00."""
    starts_at = timezone.now() - timedelta(hours=2)
    kind = people.make_type()
    visit = Appointment.objects.create(
        patient=cast.aroha,
        practitioner=cast.mere,
        appointment_type=kind,
        location=cast.location,
        room=cast.rooms[0],
        case=people.make_case(cast.aroha),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=50),
        status="completed",
    )
    Treatment.objects.create(
        appointment=visit,
        patient=cast.aroha,
        practitioner=cast.mere,
        case=visit.case,
        started_at=starts_at,
        face_to_face_minutes=25,
        status="signed",
        signed_at=starts_at,
        signed_by=cast.practitioner,
        sequence=1,
        content_hash="a" * 64,
        previous_hash="0" * 64,
    )
    service = Service.objects.create(code="ACU", name="Acupuncture")
    service.appointment_types.add(kind)
    Rate.objects.create(
        service=service, payer=cast.acc, amount="46.50", surcharge="45.00", valid_from=date(2020, 1, 1)
    )
    return visit


def draft_from(client, visit):
    place = reverse("admin:appointments_appointment_act", args=[visit.pk, "draft-invoices"])
    return client.post(place, follow=True)


def act(invoice: Invoice, name: str) -> str:
    return reverse("admin:billing_invoice_act", args=[invoice.pk, name])


def page_of(invoice: Invoice) -> str:
    return reverse("admin:billing_invoice_change", args=[invoice.pk])


@pytest.fixture
def drafts(cast, visit) -> list[Invoice]:
    draft_from(browser(cast.desk), visit)
    return list(Invoice.objects.with_totals().order_by("pk"))


def test_the_front_desk_drafts_both_parts_from_the_visit(cast, visit):
    answer = draft_from(browser(cast.desk), visit)
    assert told(answer) == ["Two drafts are ready: the payer's part, and the patient's."]
    assert [(row.payer, str(row.total)) for row in Invoice.objects.with_totals().order_by("pk")] == [
        (cast.acc, "53.48"),
        (None, "45.00"),
    ]
    assert "$53.48" in answer.content.decode()


def test_what_is_billed_already_is_not_offered_and_not_billed_twice(cast, visit, drafts):
    client = browser(cast.desk)
    page = client.get(reverse("admin:appointments_appointment_change", args=[visit.pk]))
    assert "Draft invoices" not in [act["label"] for act in page.context["acts"]]
    assert told(draft_from(client, visit)) == ["There is no signed treatment here that is not billed yet."]
    assert Invoice.objects.count() == 2


def test_a_visit_without_a_rate_is_refused_in_words_and_drafts_nothing(cast, visit):
    Rate.objects.all().delete()
    day = timezone.localtime(visit.starts_at, cast.practice.zone)
    assert told(draft_from(browser(cast.desk), visit)) == [
        f"There is no rate of Acupuncture for ACC on {day:%-d %B %Y}."
    ]
    assert Invoice.objects.count() == 0


def test_where_the_payer_pays_all_there_is_one_draft(cast, visit):
    Rate.objects.update(surcharge=0)
    assert told(draft_from(browser(cast.desk), visit)) == ["A draft is ready."]
    assert [row.payer for row in Invoice.objects.all()] == [cast.acc]


def test_a_practitioner_drafts_no_invoice(cast, visit):
    assert draft_from(browser(cast.practitioner), visit).status_code == 403


def test_an_invoice_is_issued_after_a_question_and_then_says_why_it_stays(cast, drafts):
    client = browser(cast.billing)
    asked = client.get(act(drafts[0], "issue"))
    assert asked.context["act"].warning == "It gets its number and its day, and never changes again."
    page = client.post(act(drafts[0], "issue"), {"sure": "yes"}, follow=True)
    assert told(page) == ["INV-000001 is issued. It never changes from now on."]
    assert page.context["why_read_only"] == (
        "INV-000001 is issued, so it stays as it is. What has to be corrected is credited."
    )
    assert [act["label"] for act in page.context["acts"]] == [
        "Take payment",
        "Make the PDF",
        "Make the ACC schedule",
    ]
    assert client.post(page_of(drafts[0]), {"note": "x"}).status_code == 403


def test_only_an_invoice_to_acc_has_a_schedule(cast, drafts):
    client = browser(cast.billing)
    client.post(act(drafts[1], "issue"), {"sure": "yes"})
    page = client.get(page_of(drafts[1]))
    assert [act["label"] for act in page.context["acts"]] == ["Take payment", "Make the PDF"]
    assert told(client.post(act(drafts[1], "print-schedule"), follow=True)) == [
        "Only an invoice to ACC has a treatment schedule.",
    ]


def test_the_note_of_a_draft_is_all_that_its_page_changes(cast, drafts):
    save(
        browser(cast.billing), page_of(drafts[1]), "invoice_form", note="Thank you", status="issued", payer=cast.acc.pk
    )
    draft = Invoice.objects.get(pk=drafts[1].pk)
    assert (draft.note, draft.status, draft.payer) == ("Thank you", "draft", None)


def test_a_draft_is_thrown_away_and_the_visit_can_be_billed_anew(cast, visit, drafts):
    client = browser(cast.billing)
    for draft in drafts:
        client.post(act(draft, "discard"), {"sure": "yes"})
    assert Invoice.objects.count() == 0
    draft_from(browser(cast.desk), visit)
    assert Invoice.objects.count() == 2


def test_a_paper_is_asked_for_and_offered_when_it_is_drawn(cast, drafts):
    client = browser(cast.billing)
    client.post(act(drafts[0], "issue"), {"sure": "yes"})
    client.post(act(drafts[0], "print"))
    document = Document.objects.get()
    assert "Open PDF" not in client.get(page_of(drafts[0])).content.decode()
    document.file.save("invoice.pdf", ContentFile(b"%PDF-1.4"), save=False)
    document.state, document.sha256, document.size, document.pages = "ready", "a" * 64, 8, 1
    document.save()
    assert f'href="{reverse("document-file", args=[document.pk])}"' in client.get(page_of(drafts[0])).content.decode()
    assert b"".join(client.get(reverse("document-file", args=[document.pk])).streaming_content) == b"%PDF-1.4"


def test_a_rate_over_another_is_refused_in_words(cast, visit):
    page = save(
        browser(cast.owner),
        reverse("admin:billing_rate_add"),
        "rate_form",
        service=Service.objects.get().pk,
        payer=cast.acc.pk,
        unit="flat",
        amount="50.00",
        surcharge="0",
        valid_from="2026-01-01",
    )
    assert page.context["adminform"].form.non_field_errors() == [
        "Another rate of this service holds in that period. End it first."
    ]
