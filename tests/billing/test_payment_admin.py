"""Money at the desk: from the day list in three clicks, on the pages of invoices and payments, and the banking."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing import invoicing
from billing.lines import Sale
from billing.models import Invoice, PackageUse, Payment, Rate, Service, Statement
from billing.payments import paying, visit_paying
from clinic.errors import Refusal
from clinic.models import Document
from frontdesk import today
from tests.billing.bills import balance, bill, price, treated, visited
from tests.cast import Cast, make_case, make_patient
from tests.pages import browser, told
from tests.visits import make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def completed(cast: Cast, now, **fields):
    """A visit of today with its note signed, not billed yet."""
    price()
    note = visited(cast, at=now, **fields)
    note.appointment.status = "completed"
    note.appointment.save()
    return note.appointment


def place(visit, name: str = "take-payment") -> str:
    return reverse("admin:appointments_appointment_act", args=[visit.pk, name])


def steps(user, now) -> list[str | None]:
    lines = [line for _, _, lines in today.page_for(user, now=now)["columns"] for line in lines]
    return [line.step.label if line.step else None for line in lines]


def take(cast: Cast, visit, amount: str = "115.00", **typed):
    return browser(cast.desk).post(
        place(visit), {"amount": amount, "method": "card", "reference": ""} | typed, follow=True
    )


# From the day list


def test_the_desk_is_offered_the_payment_of_a_signed_visit_and_a_practitioner_is_not(cast: Cast, now):
    visit = completed(cast, now)
    assert (steps(cast.desk, now), steps(cast.practitioner, now), steps(cast.billing, now)) == (
        ["Take payment"], [None], ["Take payment"],
    )  # fmt: skip
    page = browser(cast.practitioner).get(reverse("admin:appointments_appointment_change", args=[visit.pk]))
    assert "Take payment" not in [act["label"] for act in page.context["acts"]]
    assert browser(cast.practitioner).get(place(visit)).status_code == 403


def test_the_page_says_what_is_to_pay_and_what_is_made(cast: Cast, now):
    visit = completed(cast, now)
    said = browser(cast.desk).get(place(visit)).content.decode()
    assert 'value="115.00"' in said
    assert "The invoice to the patient is made and issued with the payment." in said
    assert Invoice.objects.count() == 0


def test_one_act_drafts_issues_and_pays(cast: Cast, now):
    visit = completed(cast, now)
    answer = take(cast, visit)
    invoice = Invoice.objects.get()
    assert told(answer) == ["$115.00 taken, RCT-000001. INV-000001 is paid."]
    assert answer.redirect_chain[0][0] == reverse("admin:index")
    assert (invoice.status, balance(invoice), Payment.objects.get().method) == ("issued", "0.00", "card")
    assert steps(cast.desk, now) == [None]
    assert told(take(cast, visit)) == []


def test_a_draft_is_issued_and_what_is_issued_already_is_paid(cast: Cast, now):
    visit = completed(cast, now)
    draft = invoicing.draft(treatments=[visit.treatment], payer=None, by=cast.desk, now=now)
    assert "The draft of the invoice is issued" in browser(cast.desk).get(place(visit)).content.decode()
    assert told(take(cast, visit, "100.00")) == ["$100.00 taken, RCT-000001. $15.00 is still owed on INV-000001."]
    assert "Owed on INV-000001." in browser(cast.desk).get(place(visit)).content.decode()
    take(cast, visit, "15.00")
    assert (Invoice.objects.get(), balance(draft)) == (draft, "0.00")


def test_more_than_is_owed_is_refused_and_nothing_is_made(cast: Cast, now):
    visit = completed(cast, now)
    answer = take(cast, visit, "115.01")
    assert "Only $115.00 is still owed on INV-000001." in answer.content.decode()
    assert (Invoice.objects.count(), Payment.objects.count()) == (0, 0)


def test_the_family_pays_on_the_account_of_its_holder(cast: Cast, now):
    child = make_patient(account_holder=cast.aroha)
    take(cast, completed(cast, now, patient=child))
    assert Payment.objects.get().patient == cast.aroha


def test_only_the_patients_own_part_is_asked_for(cast: Cast, now):
    price("78.26", payer=cast.acc, surcharge="25.00")
    price("78.26", payer=cast.southern)
    first = completed(cast, now, case=make_case(cast.aroha))
    covered = make_case(cast.aroha, kind="insurer", payer=cast.southern, claim_number="P-1")
    completed(cast, now, case=covered)
    assert steps(cast.desk, now) == ["Take payment", None]
    assert 'value="25.00"' in browser(cast.desk).get(place(first)).content.decode()
    with pytest.raises(Refusal) as refused:
        visit_paying.take(
            visit=first.patient.appointments.last(), amount=Decimal(1), method="cash", by=cast.desk, now=now
        )
    assert refused.value.code == "nothing_owed"


def test_a_visit_that_a_package_covers_asks_for_nothing(cast: Cast, now):
    service = price()
    package = Service.objects.create(code="PACK", name="Five", kind="package", sessions=5, covers=service)
    Rate.objects.create(service=package, amount="400.00", valid_from="2020-01-01")
    sold = invoicing.draft(products=[Sale(service=package)], patient=cast.aroha, payer=None, by=cast.desk, now=now)
    invoicing.issue(invoice=sold, by=cast.desk, now=now)
    visit = completed(cast, now)
    assert visit_paying.due_for(visit) is None
    assert PackageUse.objects.count() == 0
    assert "There is nothing to pay for this visit." in browser(cast.desk).get(place(visit)).content.decode()


def test_a_price_that_is_missing_is_said_on_the_page(cast: Cast, now):
    visit = completed(cast, now)
    visit.treatment.case  # noqa: B018
    price().rates.all().delete()
    assert "There is no rate of Acupuncture" in browser(cast.desk).get(place(visit)).content.decode()


def test_the_day_list_costs_the_same_queries_for_1_and_10_visits_to_pay(cast: Cast, now):
    counts = []
    for more in (1, 9):
        for _ in range(more):
            completed(cast, now, patient=make_patient())
        today.page_for(cast.desk, now=now)  # what a person may do is asked once, and remembered
        with CaptureQueriesContext(connection) as captured:
            today.page_for(cast.desk, now=now)
        counts.append(len(captured))
    assert counts[0] == counts[1], counts


def test_a_deposit_is_taken_on_the_page_of_a_visit_to_come(cast: Cast, now):
    visit = make_visit(cast, now + timezone.timedelta(days=2))
    client = browser(cast.desk)
    assert 'value="95.00"' in client.get(place(visit, "take-deposit")).content.decode()
    answer = client.post(
        place(visit, "take-deposit"), {"amount": "40.00", "method": "cash", "reference": ""}, follow=True
    )
    assert told(answer) == ["$40.00 taken, RCT-000001. The invoice of this visit will take it."]
    visit.status = "completed"
    visit.save()
    price()
    assert balance(bill(cast, treated(cast, visit), now=now)) == "75.00"


# On the pages of invoices and payments


def act(row, name: str) -> str:
    return reverse(f"admin:billing_{row._meta.model_name}_act", args=[row.pk, name])


def page_of(row) -> str:
    return reverse(f"admin:billing_{row._meta.model_name}_change", args=[row.pk])


def offered(client, row) -> list[str]:
    return [found["label"] for found in client.get(page_of(row)).context["acts"]]


def test_a_payment_is_taken_on_the_page_of_an_invoice_and_credit_used(cast: Cast, now):
    client = browser(cast.desk)
    invoice = bill(cast, completed(cast, now).treatment, now=now)
    assert "Use credit" not in offered(client, invoice)
    spare = paying.pay(patient=cast.aroha, amount=Decimal("15.00"), method="cash", by=cast.desk, now=now)
    assert {"Take payment", "Use credit"} <= set(offered(client, invoice))
    assert told(client.post(act(invoice, "use-credit"), follow=True)) == [
        "$15.00 of the account's credit is set against it."
    ]
    typed = {"amount": "100.00", "method": "bank_transfer", "reference": "Thanks", "received_on": ""}
    assert told(client.post(act(invoice, "take-payment"), typed, follow=True)) == [
        "$100.00 taken, RCT-000002. INV-000001 is paid."
    ]
    assert "Take payment" not in offered(client, invoice)
    assert spare.label in client.get(reverse("admin:billing_payment_changelist")).content.decode()


def test_a_payment_is_set_against_taken_back_and_refunded_on_its_page(cast: Cast, now):
    client = browser(cast.desk)
    invoice = bill(cast, completed(cast, now).treatment, now=now)
    payment = paying.pay(patient=cast.aroha, amount=Decimal("40.00"), method="cash", by=cast.desk, now=now)
    assert offered(client, payment) == [
        "Set against an invoice", "Set against the oldest", "Make the receipt", "Refund",
    ]  # fmt: skip
    for name, typed, sentence in [
        ("set-against", {"invoice": invoice.pk, "amount": "30.00"}, "$30.00 is set against INV-000001."),
        (
            "take-back",
            {"invoice": invoice.pk, "amount": "10.00"},
            "$10.00 is taken back from INV-000001 and is credit again.",
        ),
        ("oldest", {}, "$20.00 is set against what is due longest."),
        (
            "take-back",
            {"invoice": invoice.pk, "amount": ""},
            "$40.00 is taken back from INV-000001 and is credit again.",
        ),
        ("refund", {"amount": "40.00", "method": "cash", "reason": "Moved"}, "$40.00 given back, REF-000002."),
        ("print", {}, "The receipt is being drawn. It appears under Papers below."),
    ]:
        assert told(client.post(act(payment, name), typed, follow=True)) == [sentence]
    assert (balance(invoice), Document.objects.get().kind) == ("115.00", "receipt")
    assert offered(client, payment) == ["Make the receipt"]


def test_a_statement_is_made_on_the_page_of_a_patient_and_of_a_payer(cast: Cast, now):
    client = browser(cast.desk)
    for model, row in (("patient", cast.aroha), ("payer", cast.acc)):
        url = reverse(f"admin:patients_{model}_act", args=[row.pk, "statement"])
        answer = client.post(url, {"from_on": "2026-01-01", "to_on": "2026-01-31"}, follow=True)
        assert answer.status_code == 200
        statement = Statement.objects.latest("pk")
        assert told(answer) == [f"{statement.label} is made. Its paper is being drawn."]
        assert answer.redirect_chain[-1][0] == page_of(statement)


def test_the_banking_of_a_day_lists_sums_and_payments_and_is_not_for_practitioners(cast: Cast, now):
    paying.pay(patient=cast.aroha, amount=Decimal("40.00"), method="cash", by=cast.desk, now=now)
    url = reverse("admin:banking")
    said = browser(cast.billing).get(url).content.decode()
    for part in ("Card terminal", "$40.00", "RCT-000001", "Aroha Tāmati"):
        assert part in said
    assert "No money came in" in browser(cast.desk).get(url, {"on": "2026-01-01"}).content.decode()
    assert browser(cast.desk).get(url, {"on": "rubbish"}).status_code == 200
    assert browser(cast.practitioner).get(url).status_code == 403
