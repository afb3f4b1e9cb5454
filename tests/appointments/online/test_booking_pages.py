"""The booking page as a browser without JavaScript meets it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.cache import cache, caches
from django.test import Client
from django.utils import timezone

from appointments import booking
from appointments.models import Appointment, AppointmentType, OnlineBooking, WorkingHours
from appointments.online import codes
from appointments.online.days import fortnight, zones_in_words
from clinic.models import Practice
from config.private_servers import PrivateValkey
from patients.models import Patient
from tests.appointments.online.conftest import code_in, deliver_all
from tests.cast import Cast, make_patient, make_type
from tests.visits import nz

pytestmark = pytest.mark.django_db
WHO = {
    "first_name": "Ngaio", "last_name": "Marama", "day": "4", "month": "5", "year": "1990",
    "email": "ngaio@example.nz", "phone": "021 555 0177",
}  # fmt: skip


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def words(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))).strip()


def links(response, text: str) -> list[str]:
    """The addresses of the links whose words hold `text`."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', response.content.decode(), re.S)
    return [unescape(place) for place, inner in found if text in re.sub(r"<[^>]+>", " ", inner)]


def follow(browser: Client, response, text: str):
    place = links(response, text)[0]
    return browser.get(f"/book/{place}" if place.startswith("?") else place)


def send(browser: Client, place: str, page, **fields):
    """What a browser sends when the form on `page` is submitted."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]
    return browser.post(place, {"csrfmiddlewaretoken": token} | fields)


def form_page(browser: Client, kind, at) -> tuple:
    """Where the form is sent, and its page."""
    place = f"/book/?type={kind.pk}&with=any"
    return place, browser.get(f"{place}&at={at.isoformat().replace('+', '%2B')}")


def chosen_at(page) -> str:
    return unescape(re.search(r'name="at" value="([^"]+)"', page.content.decode())[1])


def test_a_visit_is_booked_from_the_first_page_to_the_last(browser, clinic: Cast, kind, post_office):
    page = browser.get("/book/")
    assert "First visit 50 minutes · $95.00" in words(page)
    page = follow(browser, page, "First visit")
    assert "With whom?" in words(page)
    page = follow(browser, page, "Anybody")
    assert "Times are those of the clinic, NZ" in words(page)
    page = follow(browser, page, "9:00")
    assert "Who are you?" in words(page)
    place = unescape(re.search(r'<form method="post" action="([^"]+)"', page.content.decode())[1])
    answer = send(browser, place, page, at=chosen_at(page), **WHO)
    assert answer.status_code == 302
    page = browser.get(answer.url)
    assert "We have sent six digits to ngaio@example.nz" in words(page)
    code = code_in(post_office)
    wrong = send(browser, answer.url, page, code="000000" if code != "000000" else "111111")
    assert wrong.status_code == 422
    assert "That is not the code we sent. You have 4 more tries." in words(wrong)
    assert send(browser, answer.url, page, code=code).status_code == 302
    page = browser.get(answer.url)
    assert "You are booked, Ngaio" in words(page)
    visit = Appointment.objects.get(status="booked")
    assert (str(visit.patient), visit.starts_at.astimezone(clinic.location.zone).hour) == ("Ngaio Marama", 9)
    deliver_all()
    told = post_office.letters[-1].get_body(("plain",)).get_content()
    theirs = browser.get(re.search(r"(/r/\S+)", told)[1])
    assert "Kia ora Ngaio" in words(theirs)


def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(browser, clinic: Cast, kind, ten):
    place, page = form_page(browser, kind, ten)
    answer = send(browser, place, page, at=chosen_at(page), **WHO | {"email": "ngaio@", "month": "13", "phone": "?"})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "Error: Who are you?" in words(answer)
    for target in ("id_day", "id_email", "id_phone"):
        assert f'href="#{target}"' in said
        assert f'id="{target}"' in said
        assert f'id="{target}_error"' in said
    for value in ("Ngaio", "Marama", "1990", "ngaio@"):
        assert f'value="{value}"' in said
    assert Appointment.objects.count() == 0


def test_a_time_taken_meanwhile_is_told_in_place_with_others_nearby(browser, clinic: Cast, kind, ten):
    place, page = form_page(browser, kind, ten)
    for practitioner, patient in zip((clinic.mere, clinic.wei), (make_patient(), make_patient()), strict=True):
        booking.book(
            patient=patient, practitioner=practitioner, appointment_type=kind, starts_at=ten, by=clinic.desk,
            now=timezone.now(),
        )  # fmt: skip
    answer = send(browser, place, page, at=chosen_at(page), **WHO)
    assert answer.status_code == 409
    assert "That time has just been taken. Nothing you typed is lost" in words(answer)
    assert 'value="Marama"' in answer.content.decode()
    offered = re.findall(r'type="radio" name="at" value="([^"]+)"', answer.content.decode())
    others = [unescape(value) for value in offered]
    assert len(others) == 4
    assert send(browser, place, answer, at=others[0], **WHO).status_code == 302


def test_the_steps_are_addresses_and_a_wrong_one_asks_again(browser, clinic: Cast, kind, ten):
    assert "What would you like to come for?" in words(browser.get("/book/?type=999&with=x&at=never&from=0"))
    assert "With whom?" in words(browser.get(f"/book/?type={kind.pk}&with=999"))
    assert "When?" in words(browser.get(f"/book/?type={kind.pk}&with={clinic.wei.pk}&at=2026-99-99T10:00Z&from=x"))
    kind.practitioners.set([clinic.wei])
    only = browser.get(f"/book/?type={kind.pk}")
    assert "When?" in words(only)
    assert "With Wei Chen" in words(only)


def test_an_empty_fortnight_names_the_next_free_day(browser, clinic: Cast, kind, ten):
    WorkingHours.objects.update(valid_from=(ten + timedelta(days=21)).date())
    page = browser.get(f"/book/?type={kind.pk}&with=any")
    assert "Nothing is free in these two weeks." in words(page)
    later = follow(browser, page, "The next free day")
    assert "Morning 9:00" in words(later)
    WorkingHours.objects.all().delete()
    assert "Give us a call" in words(browser.get(f"/book/?type={kind.pk}&with=any"))


def test_a_program_that_fills_in_everything_gets_nothing(browser, clinic: Cast, kind, ten):
    place, page = form_page(browser, kind, ten)
    answer = send(browser, place, page, at=chosen_at(page), **WHO | {"website": "https://spam.example"})
    assert (answer.status_code, Appointment.objects.count()) == (422, 0)


def test_a_practice_without_online_booking_says_so_calmly(browser, clinic: Cast, kind):
    Practice.objects.update(books_online=False)
    page = browser.get("/book/")
    assert page.status_code == 404
    assert "We take no bookings online just now. Give us a call." in words(page)
    Practice.objects.update(books_online=True)
    AppointmentType.objects.update(bookable_online=False)
    assert "There is nothing to book online just now." in words(browser.get("/book/"))


def test_limits_are_told_on_the_page_and_when_to_come_back(browser, clinic: Cast, kind, ten):
    for hour in range(3):
        place, page = form_page(browser, kind, ten + timedelta(hours=hour))
        answer = send(browser, place, page, at=chosen_at(page), **WHO)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 60
    assert "Enough times are held for you already" in words(answer)


def test_the_code_page_tells_what_became_of_the_hold(browser, clinic: Cast, kind, ten):
    place, page = form_page(browser, kind, ten)
    at = send(browser, place, page, at=chosen_at(page), **WHO).url
    page = browser.get(at)
    assert "Give it a minute" in words(send(browser, at, page, resend="1"))
    assert "Type the six digits" in words(send(browser, at, page, code=""))
    assert browser.get("/book/nothing/").status_code == 404
    Appointment.objects.update(held_until=timezone.now())
    over = browser.get(at)
    assert (over.status_code, "free for others again" in words(over)) == (409, True)


def test_the_pages_are_small_and_nobody_else_frames_runs_or_remembers_anything(browser, clinic: Cast, kind, ten):
    _, form = form_page(browser, kind, ten)
    times = browser.get(f"/book/?type={kind.pk}&with=any")
    for page, most in ((browser.get("/book/"), 3_000), (times, 60_000), (form, 8_000)):
        assert len(page.content) < most
        assert "<script" not in page.content.decode()
        assert " style=" not in page.content.decode()
        assert page.content.decode().count('rel="stylesheet"') == 1
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
        assert (page["X-Frame-Options"], page["Referrer-Policy"]) == ("DENY", "same-origin")
    with open(finders.find("clinic/public.css"), "rb") as sheet:
        assert len(sheet.read()) < 12_000
    assert set(browser.cookies) == {settings.CSRF_COOKIE_NAME}


def test_the_fortnight_has_mornings_and_afternoons_and_says_when_the_clocks_change():
    times = [nz("2026-09-25 09:00"), nz("2026-09-25 13:15"), nz("2026-09-28 12:00")]
    days = fortnight([(at, "") for at in times], from_on=times[0].date())
    assert [(day.day.day, len(day.morning), len(day.afternoon)) for day in days] == [(25, 1, 1), (28, 0, 1)]
    assert zones_in_words(times) == "NZST (UTC+12) and NZDT (UTC+13)"


def test_the_pages_and_the_links_of_patients_are_served_while_the_cache_is_away(
    browser, clinic: Cast, kind, ten, tmp_path, settings
):
    """A real server that answers, and is then stopped. The limits of the database hold on."""
    valkey = PrivateValkey(tmp_path, for_tests=True)
    valkey.start()
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": valkey.url}}
    try:
        cache.set("here", 1)
        assert browser.get("/book/").status_code == 200
    finally:
        valkey.stop()
    with pytest.raises(Exception, match=r"refused|connecting|closed"):
        caches["default"].get("here")
    place, page = form_page(browser, kind, ten)
    answer = send(browser, place, page, at=chosen_at(page), **WHO)
    assert (page.status_code, answer.status_code) == (200, 302)
    token = answer.url.strip("/").split("/")[-1]
    page = browser.get(answer.url)
    assert send(browser, answer.url, page, code=codes.code_for(codes.digest(token))).status_code == 302
    assert OnlineBooking.objects.get().verified_at is not None
    assert Patient.objects.filter(last_name="Marama").count() == 1
    assert browser.get("/verify/0123456789ab/").status_code == 404


def test_another_kind_of_visit_is_told_with_whom_it_is_for(browser, clinic: Cast, kind):
    make_type("Young people", bookable_online=True, max_age=17, price=0, complimentary=True)
    assert "Young people 50 minutes · free of charge Up to 17 years" in words(browser.get("/book/"))
