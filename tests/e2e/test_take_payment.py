"""Taking a payment from the day list: three clicks, or the keyboard alone."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import Invoice, Payment
from tests.billing.bills import price, visited
from tests.e2e.conftest import Hands

pytestmark = pytest.mark.e2e


@pytest.fixture
def visit(clinic):
    price()
    note = visited(clinic, at=timezone.now())
    note.appointment.status = "completed"
    note.appointment.save()
    return note.appointment


def taken() -> list[tuple[str, str, str]]:
    return [(row.label, str(row.amount), row.method) for row in Payment.objects.all()]


def test_a_payment_is_taken_in_three_clicks_from_the_day_list(visit, clinic, opens):
    page = opens(clinic.desk, "/admin/")
    hands = Hands(page)
    hands.click("text=Take payment")
    expect(page.locator("[name=amount]")).to_have_value("115.00")
    hands.click("label:has-text('Card terminal')")
    hands.click("button:has-text('Take payment')")
    expect(page.locator("body")).to_contain_text("$115.00 taken, RCT-000001. INV-000001 is paid.")
    assert (taken(), hands.clicks, hands.keys) == ([("RCT-000001", "115.00", "card")], 3, 0)
    assert Invoice.objects.with_balance().get().balance == 0
    expect(page.locator("text=Take payment")).to_have_count(0)


def test_a_payment_is_taken_with_the_keyboard_alone(visit, clinic, opens):
    page = opens(clinic.desk, "/admin/")
    hands = Hands(page)
    page.locator("a:has-text('Take payment')").focus()
    hands.press("Enter")
    page.locator("[name=method]").first.focus()
    hands.press("Space", "ArrowDown", "Enter")
    expect(page.locator("body")).to_contain_text("$115.00 taken, RCT-000001.")
    assert (taken(), hands.clicks) == ([("RCT-000001", "115.00", "card")], 0)
