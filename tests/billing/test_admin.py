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
        "Take payment", "Send by e-mail", "Credit", "Make the PDF", "Make the ACC schedule", "Write off",
    ]  # fmt: skip
    assert client.post(page_of(drafts[0]), {"note": "x"}).status_code == 403


def test_only_an_invoice_to_acc_has_a_schedule(cast, drafts):
    client = browser(cast.billing)
    client.post(act(drafts[1], "issue"), {"sure": "yes"})
    page = client.get(page_of(drafts[1]))
    assert [act["label"] for act in page.context["acts"]] == [
        "Take payment", "Send by e-mail", "Credit", "Make the PDF", "Write off",
    ]  # fmt: skip
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


def test_a_line_is_credited_in_part_on_the_invoices_page_and_the_page_says_so(cast, drafts):
    client = browser(cast.billing)
    client.post(act(drafts[1], "issue"), {"sure": "yes"})
    line = drafts[1].lines.get()
    form = client.get(act(drafts[1], "credit")).context["form"]
    assert (form.fields[f"line_{line.pk}"].label, str(form[f"line_{line.pk}"].value())) == (
        "Acupuncture, patient's contribution", "45.00",
    )  # fmt: skip
    too_much = client.post(act(drafts[1], "credit"), {f"line_{line.pk}": "45.01", "reason": "x"})
    assert list(too_much.context["form"].errors) == [f"line_{line.pk}"]
    done = client.post(act(drafts[1], "credit"), {f"line_{line.pk}": "20.00", "reason": "Short visit"}, follow=True)
    assert told(done) == ["CN-000001 is issued."]
    page = client.get(page_of(drafts[1])).content.decode()
    assert "$20.00 credited with CN-000001" in page
    assert "Short visit" in page
    assert "$25.00" in page
    none = client.post(act(drafts[1], "credit"), {f"line_{line.pk}": "0", "reason": "x"})
    assert none.context["form"].non_field_errors() == ["There is nothing left to credit here."]


def test_a_debt_is_written_off_and_asked_for_again_on_the_invoices_page(cast, drafts):
    client = browser(cast.billing)
    client.post(act(drafts[1], "issue"), {"sure": "yes"})
    assert str(client.get(act(drafts[1], "write-off")).context["form"]["amount"].value()) == "45.00"
    done = client.post(act(drafts[1], "write-off"), {"amount": "45.00", "reason": "Moved away"}, follow=True)
    assert told(done) == ["$45.00 is written off."]
    assert "Nothing: it is settled." in done.content.decode()
    back = client.post(act(drafts[1], "take-back"), {"amount": "5.00", "reason": "Came by"}, follow=True)
    assert told(back) == ["$5.00 is owed again."]
    assert "$5.00 asked for again" in back.content.decode()


def test_an_invoice_is_sent_from_its_page_once(cast, drafts):
    client = browser(cast.billing)
    client.post(act(drafts[1], "issue"), {"sure": "yes"})
    done = client.post(act(drafts[1], "send"), follow=True)
    assert told(done)[-1] == "It is on its way to Aroha Tāmati. What became of it stands below."
    assert "Is being sent by e-mail" in done.content.decode()
    assert "Send by e-mail" not in [entry["label"] for entry in done.context["acts"]]


def test_invoices_are_found_by_how_they_stand(cast, drafts):
    client = browser(cast.billing)
    client.post(act(drafts[1], "issue"), {"sure": "yes"})
    place = reverse("admin:billing_invoice_changelist")
    rows = client.get(place, {"state": "unpaid"}).context["cl"].result_list
    assert [row.pk for row in rows] == [drafts[1].pk]


def test_a_package_is_sold_on_the_patients_page_and_a_missed_visit_charged_on_its_own(cast, visit):
    client, service = browser(cast.desk), Service.objects.get()
    ten = Service.objects.create(code="TEN", name="Ten visits", kind="package", sessions=10, covers=service)
    Rate.objects.create(service=ten, amount="700.00", includes_gst=True, valid_from=date(2020, 1, 1))
    place = reverse("admin:patients_patient_act", args=[cast.aroha.pk, "sell"])
    done = client.post(place, {"service": ten.pk, "quantity": "1"}, follow=True)
    assert told(done) == ["A draft is ready. Issue it, and it is sold."]
    assert "$700.00" in done.content.decode()
    fee = Service.objects.create(code="MISS", name="Missed appointment", kind="fee")
    Rate.objects.create(service=fee, amount="40.00", includes_gst=True, valid_from=date(2020, 1, 1))
    Appointment.objects.filter(pk=visit.pk).update(status="missed")
    charge = reverse("admin:appointments_appointment_act", args=[visit.pk, "charge-fee"])
    assert told(client.post(charge, follow=True)) == ["A draft is ready: the fee for the missed visit."]
    page = client.get(reverse("admin:appointments_appointment_change", args=[visit.pk]))
    assert "Charge the fee" not in [entry["label"] for entry in page.context["acts"]]
