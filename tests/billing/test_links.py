"""Paying through a link: what it shows, whom it believes, and that money comes in once."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from appointments import links as reminder_links
from billing.models import Invoice, Payment
from billing.payments import link_paying, paying
from billing.payments.links import tokens, trial
from billing.payments.links.adapter import Outcome
from clinic.errors import Refusal
from tests.billing.bills import balance, issued
from tests.cast import Cast
from tests.pages import browser, told
from tests.rivals import at_once
from tests.visits import make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    cache.clear()
    return timezone.now()


@pytest.fixture(autouse=True)
def trial_in_use(settings, tmp_path):
    settings.PAYMENT_LINK, settings.TRIAL_PAYMENTS = "trial", str(tmp_path)


@pytest.fixture
def invoice(cast: Cast, now) -> Invoice:
    return issued(cast, now=now)


def page(invoice: Invoice, now) -> str:
    return f"/pay/{tokens.token_for(invoice, now=now)}/"


def begun(invoice: Invoice, now) -> str:
    """The address of the trial's page for a new attempt."""
    return Client().post(page(invoice, now))["Location"].removeprefix("http://127.0.0.1:8000")


def callback(attempt: str, *, is_paid: bool = True):
    return trial.callback_of(trial.attempt_of(attempt.strip("/").rpartition("/")[2]), is_paid=is_paid)


def tell(body: bytes, headers: dict[str, str], provider: str = "trial"):
    return Client(enforce_csrf_checks=True).post(
        f"/pay/callback/{provider}/", body, content_type="application/json", headers=headers
    )


def test_the_page_says_what_is_owed_and_nothing_clinical(cast: Cast, invoice, now):
    said = Client().get(page(invoice, now)).content.decode()
    for part in ("INV-000001", "$115.00 to pay", "Pay $115.00 now"):
        assert part in said
    for word in (cast.aroha.nhi, "Tāmati", "Hip", cast.aroha.email):
        assert word not in said


def test_without_a_provider_the_page_says_how_to_pay_by_bank(cast: Cast, now, settings):
    cast.practice.bank_account = "12-3456-7890123-00"
    cast.practice.save()
    invoice = issued(cast, now=now)
    settings.PAYMENT_LINK = ""
    said = Client().get(page(invoice, now)).content.decode()
    assert "12-3456-7890123-00" in said
    assert "now</button>" not in said
    answer = Client().post(page(invoice, now))
    assert (answer.status_code, "Please pay by bank transfer." in answer.content.decode()) == (409, True)


def test_somebody_pays_on_the_trials_page_and_comes_back(cast: Cast, invoice, now):
    place = begun(invoice, now)
    shown = Client().get(place).content.decode()
    assert "No money moves" in shown
    back = Client().post(place, {"answer": "pay"}, follow=True)
    assert "INV-000001 is paid. Thank you." in back.content.decode()
    payment = Payment.objects.get()
    assert (payment.method, payment.taken_by, payment.patient, str(payment.amount)) == (
        "online", None, cast.aroha, "115.00",
    )  # fmt: skip
    assert balance(invoice) == "0.00"
    context = payment.events.get().pgh_context.metadata
    assert (context["user"], context["via"]) == (None, "payment_link")


def test_a_declined_payment_changes_nothing(invoice, now):
    back = Client().post(begun(invoice, now), {"answer": "decline"}, follow=True)
    assert "$115.00 to pay" in back.content.decode()
    assert Payment.objects.count() == 0


def test_a_callback_that_nobody_signed_is_not_believed(invoice, now):
    body, headers = callback(begun(invoice, now))
    more = json.dumps(json.loads(body) | {"amount": "1.00"}).encode()
    for wrong in ((more, headers), (body, {}), (body, {trial.SIGNATURE: "é"}), (b"", headers), (b"\xff", {})):
        assert tell(*wrong).status_code == 400
    assert (Payment.objects.count(), tell(body, headers, "other").status_code) == (0, 404)


def test_a_callback_that_comes_again_and_again_pays_once(invoice, now):
    body, headers = callback(begun(invoice, now))
    assert [tell(body, headers).status_code for _ in range(3)] == [204, 204, 204]
    assert (Payment.objects.count(), balance(invoice)) == (1, "0.00")


@pytest.mark.django_db(transaction=True)
def test_callbacks_at_the_same_moment_pay_once(transactional_db, cast: Cast, now):
    invoice = issued(cast, now=now)
    body, headers = callback(begun(invoice, now))
    acts = [lambda: link_paying.settle(name="trial", body=body, headers=headers, now=now) for _ in range(8)]
    assert {type(outcome) for outcome in at_once(acts)} == {Payment}
    assert (Payment.objects.count(), balance(invoice)) == (1, "0.00")


def test_what_was_paid_at_the_desk_meanwhile_becomes_credit(cast: Cast, invoice, now):
    body, headers = callback(begun(invoice, now))
    paying.pay(patient=cast.aroha, amount=Decimal("100.00"), method="cash", invoices="oldest", by=cast.desk, now=now)
    assert tell(body, headers).status_code == 204
    assert str(Payment.objects.with_remaining().get(method="online").remaining) == "100.00"


def test_a_link_that_is_cut_old_or_for_another_purpose_is_refused(cast: Cast, invoice, now):
    token = tokens.token_for(invoice, now=now)
    old = tokens.token_for(invoice, now=now - tokens.HOLDS)
    reminder = reminder_links.token_for(make_visit(cast, now + timedelta(days=1)))
    gone = tokens.token_for(Invoice(pk=404), now=now)
    for wrong, status in [(token[:-1], 404), ("x", 404), (reminder, 404), (gone, 404), (old, 409)]:
        assert Client().get(f"/pay/{wrong}/").status_code == status
    with pytest.raises(Refusal) as refused:
        link_paying.asked_about(token=old, now=now)
    assert refused.value.code == "link_expired"
    with pytest.raises(Refusal):
        reminder_links.read(token)


def test_a_paid_link_thanks_and_takes_nothing_more(cast: Cast, invoice, now):
    paying.pay(patient=cast.aroha, amount=Decimal("115.00"), method="cash", invoices="oldest", by=cast.desk, now=now)
    assert "INV-000001 is paid. Thank you." in Client().get(page(invoice, now)).content.decode()
    assert "is paid" in Client().post(page(invoice, now)).content.decode()


def test_trial_pages_are_not_there_where_the_trial_is_not_in_use(invoice, now, settings):
    place = begun(invoice, now)
    settings.PAYMENT_LINK = ""
    assert [Client().get(place).status_code, Client().post(place).status_code] == [404, 404]
    for wrong in ("../../etc/passwd", "a" * 24, "x"):
        assert trial.attempt_of(wrong) is None


def test_too_many_looks_are_told_to_wait(invoice, now):
    answers = [Client().get(page(invoice, now)).status_code for _ in range(61)]
    assert (answers[:60], answers[60]) == ([200] * 60, 429)


def test_a_callback_about_no_invoice_of_ours_is_refused(cast: Cast, now):
    for reference in ("INV-000404", "rubbish", "INV-²"):
        outcome = Outcome(transaction="t", reference=reference, amount=Decimal(1), is_paid=True)
        with pytest.raises(Refusal) as refused:
            link_paying._taken(outcome, "link:trial:t", now)
        assert refused.value.code == "invoice_unknown"


def test_the_desk_gets_the_link_on_the_invoices_page(cast: Cast, invoice, settings):
    client = browser(cast.desk)
    place = f"/admin/billing/invoice/{invoice.pk}/act/payment-link/"
    [sentence] = told(client.post(place, follow=True))
    address = sentence.rpartition(" ")[2]
    assert Client().get(address.removeprefix("http://127.0.0.1:8000")).status_code == 200
