"""The pages at the end of a link, on a phone, as a real browser sends their forms: a form that names no origin is
refused, and whether a browser names one hangs on the page's headers."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from appointments import links as reminder_links
from billing.models import Invoice, Payment
from billing.payments.links import tokens
from tests.billing.bills import issued
from tests.e2e.conftest import PHONE
from tests.messaging.conftest import texts
from tests.treatments.course import ask
from tests.visits import make_visit
from treatments.models import OutcomeScore
from treatments.outcomes import links as question_links

__all__ = ["texts"]

pytestmark = pytest.mark.e2e


@pytest.fixture
def now(clinic, settings, live_server):
    settings.PUBLIC_URL = live_server.url
    cache.clear()
    return timezone.now()


def test_a_visit_is_confirmed_then_asked_to_be_cancelled(clinic, texts, opens, now):
    visit = make_visit(clinic, (now + timedelta(days=2)).replace(minute=15, second=0, microsecond=0))
    page = opens(None, f"/r/{reminder_links.token_for(visit)}/", viewport=PHONE)
    page.click("button:has-text('Yes, I am coming')")
    expect(page.locator("[role=status]")).to_contain_text("Confirmed.")
    page.click("button:has-text('Ask to cancel')")
    expect(page.locator("[role=status]")).to_contain_text("You have asked us to cancel.")
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_asked_at is None) == ("confirmed", False)


def test_a_question_is_answered(clinic, texts, opens, now):
    asked = ask(clinic, now=now)
    page = opens(None, f"/o/{question_links.token_for(asked)}/", viewport=PHONE)
    page.click("label:has-text('4')")
    page.click("button:has-text('Send')")
    expect(page.locator("[role=status]")).to_contain_text("Thank you")
    assert list(OutcomeScore.objects.values_list("measure", "answers")) == [("nprs", [4])]


def test_an_invoice_is_paid_by_its_link(clinic, settings, tmp_path, opens, now):
    settings.PAYMENT_LINK, settings.TRIAL_PAYMENTS = "trial", str(tmp_path)
    invoice = Invoice.objects.with_balance().get(pk=issued(clinic, now=now).pk)
    page = opens(None, f"/pay/{tokens.token_for(invoice, now=now)}/", viewport=PHONE)
    page.click("button:has-text('now')")
    expect(page.locator("h1")).to_have_text("Trial payment")
    page.click("button:has-text('Pay')")
    expect(page.locator("[role=status]")).to_contain_text("paid")
    assert list(Payment.objects.values_list("method", "amount")) == [("online", invoice.balance)]
