"""The claims desk in a real browser: from a line that is not ready to one that is settled."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from billing.claiming import delivering
from billing.models import Claim, Invoice
from tests.billing.claims import acupuncture
from tests.cast import make_case, make_type
from tests.e2e.conftest import DESK, TABLET
from tests.visits import AUCKLAND, make_visit
from treatments import charting, signing

pytestmark = pytest.mark.e2e


@pytest.fixture
def treated(clinic):
    """Two visits of ACC cases, signed; of the second one nobody has entered the diagnosis."""
    make_type()
    acupuncture(clinic.acc)
    now = timezone.now().replace(microsecond=0)
    injured_on = timezone.localdate(now, AUCKLAND) - timedelta(days=40)
    notes = []
    for days, diagnoses in ((3, None), (2, [])):
        case = make_case(clinic.aroha, date_of_injury=injured_on, opened_on=injured_on, diagnoses=diagnoses)
        begins = now - timedelta(days=days)
        visit = make_visit(clinic, begins, patient=case.patient, case=case, status="completed")
        note = charting.begin(
            patient=case.patient, practitioner=clinic.mere, appointment=visit, case=case, started_at=begins,
            complaint="Hip", face_to_face_minutes=25, by=clinic.practitioner, now=begins,
        )  # fmt: skip
        notes.append(signing.sign(treatment=note, by=clinic.practitioner, now=begins))
    return notes


def enter_diagnosis(page: Page) -> None:
    page.get_by_text("Add another Diagnosis").click()
    page.locator("[name=diagnoses-0-system]").select_option("read2")
    page.locator("[name=diagnoses-0-code]").fill("N2152")
    page.locator("[name=diagnoses-0-description]").fill("Gluteal tendinitis")
    page.keyboard.press("Escape")
    page.locator("[name=diagnoses-0-side]").select_option("right")
    page.locator("[name=diagnoses-0-primary]").check()
    page.get_by_role("button", name="Save", exact=True).click()


def remittance(claim: Claim) -> dict:
    head = "Schedule,Line ID,Payment status,Amount awarded,Payment reference,Payment date"
    rows = [f"{claim.label},{number},Paid,90.00,ACC-778,2026-11-20" for number in (1, 2)]
    return {"name": "acc.csv", "mimeType": "text/csv", "buffer": "\r\n".join([head, *rows]).encode()}


@pytest.mark.parametrize("viewport", [DESK, TABLET], ids=["desk", "tablet"])
def test_a_line_that_is_not_ready_is_mended_claimed_paid_and_settled(treated, clinic, opens, viewport):
    page = opens(clinic.desk, "/admin/claims/", viewport=viewport)
    expect(page.locator("[data-ticked-count]")).to_have_text("1")
    expect(page.locator("[data-ticked-total]")).to_have_text("$90.00")

    # What is missing is put right where it is missing, and back.
    page.get_by_role("link", name="Add the diagnosis").click()
    enter_diagnosis(page)
    expect(page).to_have_url(f"{page.url.split('/admin')[0]}/admin/claims/")
    expect(page.locator("[data-ticked-count]")).to_have_text("2")
    expect(page.get_by_text("Nothing is held back.")).to_be_visible()

    # Ticked with the keyboard: off, and on again.
    page.locator("[name=treatments]").first.focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-ticked-total]")).to_have_text("$90.00")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Prepare the claim")).to_be_disabled()
    page.locator("[data-tick-all]").check()
    expect(page.locator("[data-ticked-total]")).to_have_text("$180.00")
    page.get_by_role("button", name="Prepare the claim").click()

    page.get_by_role("link", name="Send the claim").click()
    page.get_by_role("button", name="Send the claim").click()
    expect(page.get_by_text("CLM-000001 is submitted and on its way to ACC.")).to_be_visible()
    claim = Claim.objects.get()
    delivering.deliver(claim_id=claim.pk, clock=timezone.now)
    page.reload()
    expect(page.get_by_text("Print the schedule and send it to ACC.")).to_be_visible()

    page.get_by_role("link", name="Take in the remittance").click()
    page.locator("[name=file]").set_input_files(files=[remittance(claim)])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("2 rows taken in, $180.00 came with them.")).to_be_visible()
    page.get_by_role("link", name="CLM-000001, line 1").click()
    expect(page.get_by_text("Nothing: every line is settled.")).to_be_visible()
    assert [row.balance for row in Invoice.objects.with_balance()] == [0, 0]
    page.goto("/admin/claims/")
    expect(page.get_by_text("Nothing to claim from ACC now.")).to_be_visible()
