"""The diary under a person's hand: a gap that is booked, a visit that is dragged, a refusal in place, another desk."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from appointments import attending, booking
from appointments.models import Appointment
from patients.models import Alert
from tests.cast import make_patient, make_type, open_hours
from tests.e2e.conftest import Hands
from tests.visits import AUCKLAND
from tests.world import at, workday

pytestmark = pytest.mark.e2e


@pytest.fixture
def day():
    return workday(3, timezone.now())


@pytest.fixture
def kind(clinic):
    for who in (clinic.mere, clinic.wei):
        open_hours(who, clinic.location)
    return make_type()


@pytest.fixture
def visit(clinic, kind, day) -> Appointment:
    return book(clinic, kind, at(day, 9))


def book(clinic, kind, starts_at, **fields) -> Appointment:
    given = {"patient": clinic.aroha, "practitioner": clinic.mere, "by": clinic.desk, "now": timezone.now()}
    return booking.book(**given | {"appointment_type": kind, "starts_at": starts_at} | fields)


def drag(page: Page, visit: Appointment, gap: str) -> None:
    """Takes the visit by its top and holds it over the gap; the hand stays down."""
    block = page.locator(f"[data-visit='{visit.pk}']").bounding_box()
    aim = page.locator(f"[aria-label='Book {gap}']").bounding_box()
    page.mouse.move(block["x"] + 30, block["y"] + 2)
    page.mouse.down()
    page.mouse.move(block["x"] + 36, block["y"] + 12, steps=3)
    expect(page.locator("[data-dragged]")).to_have_count(1)
    expect(page.locator(".nd-refused").first).to_be_attached()
    page.mouse.move(aim["x"] + 36, aim["y"] + 4, steps=6)
    page.mouse.move(aim["x"] + 37, aim["y"] + 4)  # what the hand rests on is told when it moves there once more


def stands(visit: Appointment) -> tuple[str, str]:
    visit.refresh_from_db()
    return f"{timezone.localtime(visit.starts_at, AUCKLAND):%H:%M}", visit.practitioner.display_name


def test_a_gap_is_booked_on_the_whole_page_where_more_is_asked(clinic, kind, day, opens):
    page = opens(clinic.desk, f"/admin/diary/?day={day}")
    page.click("[aria-label='Book 10:15 am, Wei Chen']")
    page.click("[data-panel] a:has-text('More')")
    hands = Hands(page)
    hands.click(".field-patient .select2-selection")
    hands.type("tamati")
    page.click(".select2-results__option:has-text('Aroha')")
    page.select_option("[name=appointment_type]", label="Follow-up")
    page.click("button:has-text('Save'), input[value=Save]")
    expect(page.locator("[aria-label='Wei Chen'] .nd-block")).to_contain_text("Aroha Tāmati")
    booked = Appointment.objects.get()
    assert (stands(booked), booked.patient) == (("10:15", "Wei Chen"), clinic.aroha)


def test_a_visit_is_dragged_to_another_time_and_practitioner(clinic, visit, day, opens):
    page = opens(clinic.desk, f"/admin/diary/?day={day}")
    drag(page, visit, "2:00 pm, Wei Chen")
    expect(page.locator(".nd-aim")).to_have_text("2:00 pm")
    page.mouse.up()
    expect(page.locator(f"[aria-label='Wei Chen'] [data-visit='{visit.pk}']")).to_contain_text("2:00 pm")
    assert stands(visit) == ("14:00", "Wei Chen")


def test_a_place_that_refuses_says_why_before_and_after_the_hand_lets_go(clinic, kind, visit, day, opens, watch):
    watch.expected.append("409")
    book(clinic, kind, at(day, 11), patient=make_patient())
    page = opens(clinic.desk, f"/admin/diary/?day={day}")
    drag(page, visit, "10:30 am, Mere Ngata")
    expect(page.locator(".nd-aim")).to_have_text("The practitioner is with somebody else.")
    page.mouse.up()
    expect(page.locator("[data-told]")).to_contain_text("Not moved. That time has just been taken")
    expect(page.locator(".nd-refused")).to_have_count(0)
    assert stands(visit) == ("09:00", "Mere Ngata")


def test_what_another_desk_does_appears_by_itself(clinic, visit, day, opens):
    page = opens(clinic.desk, f"/admin/diary/?day={day}")
    block = page.locator(f"[data-visit='{visit.pk}']")
    expect(block).to_have_attribute("data-state", "booked")
    attending.step("confirm", appointment=visit, by=clinic.owner, now=timezone.now())
    expect(block).to_have_attribute("data-state", "confirmed", timeout=25_000)


def test_the_arrow_keys_reach_every_gap_and_enter_opens_a_visit(clinic, visit, day, opens):
    page = opens(clinic.desk, f"/admin/diary/?day={day}")
    page.locator("[aria-label='Book 9:15 am, Mere Ngata']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[aria-label='Book 9:15 am, Wei Chen']")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("[aria-label='Book 9:00 am, Wei Chen']")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f"[data-visit='{visit.pk}']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#diary-visit h2")).to_have_text("Aroha Tāmati")
    page.click("#diary-visit button:has-text('Confirmed')")
    expect(page.locator(f"[data-visit='{visit.pk}']")).to_have_attribute("data-state", "confirmed")
    page.keyboard.press("]")
    expect(page.locator("h1.nb-day")).to_have_text(f"{day + timedelta(days=1):%A %-d %B %Y}")


@pytest.mark.parametrize("view", ["day", "week"])
def test_the_mark_of_a_serious_alert_is_never_cut_off(clinic, kind, day, opens, view):
    """A quarter of an hour while somebody else rests, in half a column, and in a week in a seventh of the page."""
    short = make_type("Short", segments=(("hands_on", 15),))
    long_name = make_patient(first_name="Wilhelmina-Alexandra", last_name="Featherstonehaugh-Cholmondeley")
    for alert, severity in (("pacemaker", "serious"), ("fainting", "caution")):
        Alert.objects.create(patient=long_name, kind=alert, severity=severity)
    book(clinic, kind, at(day, 9))
    visit = book(clinic, short, at(day, 9, 15), patient=long_name)
    page = opens(clinic.desk, f"/admin/diary/?day={day}&view={view}&with={clinic.mere.pk}")
    block, mark = page.locator(f"[data-visit='{visit.pk}']"), page.locator(f"[data-visit='{visit.pk}'] .nb-mark").first
    expect(mark).to_have_attribute("data-severity", "serious")
    outer, inner = block.bounding_box(), mark.bounding_box()
    for start, size in (("x", "width"), ("y", "height")):
        assert inner[size] >= 6
        assert outer[start] <= inner[start] <= outer[start] + outer[size] - inner[size]
    middle = {"x": inner["x"] + inner["width"] / 2, "y": inner["y"] + inner["height"] / 2}
    on_top = page.evaluate("({x, y}) => document.elementFromPoint(x, y).className", middle)
    assert on_top == "nb-mark"
