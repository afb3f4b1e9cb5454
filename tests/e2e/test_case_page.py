"""A diagnosis taken by words, with the hands on the keyboard."""

import pytest
from playwright.sync_api import expect

from tests.cast import make_case
from tests.e2e.conftest import Hands

pytestmark = pytest.mark.e2e

OPTIONS = "#nb-diagnosis-options [role=option]"


def test_a_diagnosis_is_found_by_words_and_fills_its_row(clinic, opens):
    case = make_case(clinic.aroha, diagnoses=[])
    page = opens(clinic.desk, f"/admin/patients/case/{case.pk}/change/")
    page.get_by_text("Add another Diagnosis").click()
    page.locator("[name=diagnoses-0-description]").focus()
    hands = Hands(page)
    hands.type("gluteal tend")
    expect(page.locator(OPTIONS).first).to_contain_text("N2152 Gluteal tendinitis")
    hands.press("ArrowDown", "Enter")
    expect(page.locator(OPTIONS).first).to_be_hidden()
    expect(page.locator("[name=diagnoses-0-system]")).to_have_value("read2")
    expect(page.locator("[name=diagnoses-0-code]")).to_have_value("N2152")
    expect(page.locator("[name=diagnoses-0-description]")).to_have_value("Gluteal tendinitis")
    expect(page.locator("[name=diagnoses-0-primary]")).to_be_checked()
    expect(page.locator("[name=diagnoses-0-side]")).to_be_focused()
    page.locator("[name=diagnoses-0-side]").select_option("right")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    row = case.diagnoses.get()
    assert (row.system, row.code, row.description, row.side, row.primary) == (
        "read2", "N2152", "Gluteal tendinitis", "right", True,
    )  # fmt: skip


def test_escape_leaves_what_was_typed(clinic, opens):
    case = make_case(clinic.aroha)
    page = opens(clinic.desk, f"/admin/patients/case/{case.pk}/change/")
    code = page.locator("[name=diagnoses-0-code]")
    code.fill("")
    code.press_sequentially("S76.01")
    expect(page.locator(OPTIONS)).not_to_have_count(0)
    code.press("Escape")
    expect(page.locator("#nb-diagnosis-options")).to_be_hidden()
    expect(code).to_have_value("S76.01")
