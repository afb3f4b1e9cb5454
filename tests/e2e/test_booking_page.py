"""Booking online in a real browser, on a desk screen and on a phone, with JavaScript and without: from the first page
to the code that came by a real mail server, and what stands in the book afterwards."""

import re
from datetime import datetime

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from appointments import booking, links
from appointments.models import Appointment, AppointmentType
from clinic.models import Practice
from tests import textserver
from tests.appointments.online.conftest import code_in, deliver_all
from tests.cast import make_patient, make_type, open_hours
from tests.e2e.conftest import DESK, PHONE
from tests.messaging.conftest import post_office
from tests.textserver import SENDER, TOKEN
from tests.world import at, workday

__all__ = ["post_office"]
pytestmark = pytest.mark.e2e
WHO = {
    "First name": "Ngaio", "Last name": "Marama", "Day": "4", "Month": "5", "Year": "1990",
    "E-mail": "ngaio@example.nz", "Telephone": "021 555 0177",
}  # fmt: skip


@pytest.fixture
def online(clinic, settings, live_server):
    settings.PUBLIC_URL = live_server.url
    cache.clear()
    Practice.objects.update(books_online=True)
    for practitioner in (clinic.mere, clinic.wei):
        open_hours(practitioner, clinic.location)
    make_type("First visit", bookable_online=True, min_notice_minutes=120)
    return clinic


def to_the_form(page: Page) -> None:
    page.click("text=First visit")
    page.click("text=Anybody who is free")
    page.click(".times a >> nth=4")
    expect(page.locator("h1")).to_have_text("Who are you?")


def fill_in(page: Page, **others: str) -> None:
    for label, value in (WHO | others).items():
        page.get_by_label(label, exact=True).fill(value)


def no_wider_than_the_screen(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_a_first_visit_is_booked_with_the_code_from_the_mailbox(online, opens, watch, post_office, screen, script):
    watch.expected.append("422")
    page = opens(None, "/book/", viewport=screen, script=script)
    to_the_form(page)
    fill_in(page, **{"E-mail": "ngaio@"})
    page.click("button:has-text('Hold this time')")
    expect(page.locator(".summary")).to_contain_text("Write the e-mail address in full")
    assert page.get_by_label("Last name", exact=True).input_value() == "Marama"
    page.get_by_label("E-mail", exact=True).fill("ngaio@example.nz")
    page.click("button:has-text('Hold this time')")
    expect(page.locator("h1")).to_have_text("Type the code")
    page.get_by_label("Code", exact=True).fill(code_in(post_office))
    page.click("button:has-text('Book this visit')")
    expect(page.locator("h1")).to_have_text("You are booked, Ngaio")
    if script:
        assert no_wider_than_the_screen(page)
    visit = Appointment.objects.get()
    assert (visit.status, str(visit.patient)) == ("booked", "Ngaio Marama")


def test_everything_is_done_from_the_keyboard_and_is_large_enough_for_a_thumb(online, opens, post_office):
    page = opens(None, "/book/", viewport=PHONE)
    for words, heading in (("First visit", "With whom?"), ("Anybody who is free", "When?")):
        page.locator(f"a:has-text('{words}')").focus()
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(heading)
    assert no_wider_than_the_screen(page)
    first = page.locator(".times a >> nth=0")
    box = first.bounding_box()
    assert (box["height"] >= 44, box["width"] >= 44) == (True, True)
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Who are you?")
    page.get_by_label("First name", exact=True).focus()
    for value in WHO.values():
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Type the code")
    assert page.locator("#id_code").bounding_box()["height"] >= 44


def test_a_time_that_was_taken_is_told_in_place_and_another_chosen(online, opens, watch, post_office):
    watch.expected.append("409")
    page = opens(None, "/book/", viewport=PHONE)
    to_the_form(page)
    fill_in(page)
    at = datetime.fromisoformat(page.locator("input[name=at]").get_attribute("value"))
    for practitioner in (online.mere, online.wei):
        booking.book(
            patient=make_patient(), practitioner=practitioner, starts_at=at, by=online.desk, now=timezone.now(),
            appointment_type=AppointmentType.objects.get(bookable_online=True),
        )  # fmt: skip
    page.click("button:has-text('Hold this time')")
    expect(page.locator(".summary")).to_contain_text("That time has just been taken.")
    page.locator("input[type=radio] >> nth=1").check()
    page.click("button:has-text('Hold this time')")
    expect(page.locator("h1")).to_have_text("Type the code")
    assert re.fullmatch(r"\d{6}", code_in(post_office))


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_a_visit_is_given_another_time_from_the_link_of_its_letter(online, opens, post_office, screen, script):
    Practice.objects.update(patients_may_cancel=True)
    kind = AppointmentType.objects.get(bookable_online=True)
    visit = booking.book(
        patient=online.aroha, practitioner=online.mere, appointment_type=kind,
        starts_at=at(workday(3, timezone.now()), 10), by=online.desk, now=timezone.now(),
    )  # fmt: skip
    page = opens(None, f"/r/{links.token_for(visit)}/", viewport=screen, script=script)
    page.click("button:has-text('Another time')")
    expect(page.locator("h1")).to_have_text("Another time")
    page.click(".times a >> nth=3")
    expect(page.locator("h1")).to_have_text("Move your visit?")
    assert page.locator("button:has-text('Move my visit')").bounding_box()["height"] >= 44
    page.click("button:has-text('Move my visit')")
    expect(page.locator("[role=status]")).to_contain_text("Moved. A message with the new time is on its way.")
    if script:
        assert no_wider_than_the_screen(page)
    moved = Appointment.objects.get()
    assert (moved.pk, moved.starts_at != visit.starts_at, moved.status) == (visit.pk, True, "booked")
    deliver_all()
    assert set(post_office.recipients) == {"aroha@example.nz"}
    assert any(letter["Subject"].startswith("You are booked for ") for letter in post_office.letters)


def test_a_new_time_that_was_taken_is_told_in_place_and_another_chosen(online, opens, watch, post_office):
    watch.expected.append("409")
    Practice.objects.update(patients_may_cancel=True)
    wish = {"appointment_type": AppointmentType.objects.get(bookable_online=True), "practitioner": online.mere}
    day = workday(3, timezone.now())
    visit = booking.book(**wish, patient=online.aroha, starts_at=at(day, 10), by=online.desk, now=timezone.now())
    page = opens(None, f"/r/{links.token_for(visit)}/times/", viewport=PHONE)
    page.click(".times a >> nth=3")
    taken = datetime.fromisoformat(page.locator("input[name=at]").get_attribute("value"))
    booking.book(**wish, patient=make_patient(), starts_at=taken, by=online.desk, now=timezone.now())
    page.click("button:has-text('Move my visit')")
    expect(page.locator(".summary")).to_contain_text("You keep the one you have")
    page.locator("input[type=radio] >> nth=1").check()
    page.click("button:has-text('Move my visit')")
    expect(page.locator("[role=status]")).to_contain_text("Moved.")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_the_code_comes_as_a_text_where_texts_can_be_sent(online, opens, watch, settings, script):
    watch.expected.append("422")
    with textserver.opened() as provider:
        settings.SMS_SENDER, settings.SMS_TOKEN, settings.SMS_URL = SENDER, TOKEN, provider.url
        settings.MESSAGE_GATEWAYS = settings.MESSAGE_GATEWAYS | {"sms": "messaging.sms.TnzGateway"}
        page = opens(None, "/book/", viewport=PHONE, script=script)
        to_the_form(page)
        fill_in(page, Telephone="09 555 0100")
        page.get_by_label("As a text message").check()
        page.click("button:has-text('Hold this time')")
        expect(page.locator(".summary")).to_contain_text("Give the number of a mobile")
        assert page.get_by_label("As a text message").is_checked()
        page.get_by_label("Telephone", exact=True).fill("021 555 0177")
        page.click("button:has-text('Hold this time')")
        expect(page.locator("h1")).to_have_text("Type the code")
        expect(page.locator(".hint")).to_contain_text("A text can take a minute.")
        deliver_all()
        code = re.search(r"your code is (\d{6})", provider.texts[0]["Message"])[1]
        page.get_by_label("Code", exact=True).fill(code)
        page.click("button:has-text('Book this visit')")
        expect(page.locator("h1")).to_have_text("You are booked, Ngaio")
