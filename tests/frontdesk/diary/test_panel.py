"""Booking beside the grid: who is meant, what is refused with all that was typed kept, and what comes back."""

import html
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments import answering, booking, links
from appointments.models import Appointment
from tests.cast import make_case, make_patient, make_type
from tests.counting import queries_for
from tests.pages import browser
from tests.visits import make_visit
from tests.world import at, workday

PEOPLE = reverse("admin:diary_people")


def place_of(page: str, gap: str) -> str:
    """Where the panel of a gap comes from, as the page says it."""
    [tag] = [tag for tag in re.findall(r"<a class=\"nd-gap[^>]*>", page) if f'aria-label="Book {gap}"' in tag]
    return html.unescape(re.search(r'hx-get="([^"]*)"', tag)[1])


@pytest.fixture
def panel(clinic, kind, day) -> str:
    page = browser(clinic.desk).get(reverse("admin:diary"), {"day": day}).content.decode()
    return place_of(page, "9:15 am, Wei Chen")


def found(user, words: str) -> list[str]:
    page = browser(user).get(PEOPLE, {"q": words}).content.decode()
    return re.findall(r'name="who" value="([^"]*)"', page)


def book(user, panel: str, kind, **typed):
    return browser(user).post(panel, {"appointment_type": kind.pk, "note": "", "q": "", **typed})


def test_a_name_and_enter_book_the_gap_and_bring_the_grid_along(clinic, kind, day, panel):
    answer = book(clinic.desk, panel, kind, q="tamati", note="Brings a letter")
    booked = Appointment.objects.get()
    assert (booked.patient, booked.practitioner, booked.starts_at) == (clinic.aroha, clinic.wei, at(day, 9, 15))
    assert booked.note == "Brings a letter"
    page = answer.content.decode()
    assert re.findall(r'<div id="diary-grid"[^>]*hx-swap-oob="outerHTML"', page) != []
    assert (f'data-visit="{booked.pk}"' in page, "Aroha Tāmati</a></h2>" in page) == (True, True)
    assert answer["HX-Trigger-After-Settle"] == f'{{"diary-booked": {{"visit": {booked.pk}}}}}'


def test_the_whole_page_is_a_link_away_with_what_the_gap_says(clinic, kind, panel):
    page = browser(clinic.desk).get(panel).content.decode()
    [whole] = re.findall(r'href="([^"]*)">More', page)
    form = browser(clinic.desk).get(html.unescape(whole)).content.decode()
    assert (f'<option value="{clinic.wei.pk}" selected>' in form, 'value="09:15' in form) == (True, True)


def test_people_are_found_by_name_phone_or_nhi_with_their_open_cases(clinic, kind):
    case = make_case(clinic.aroha)
    make_case(clinic.aroha, title="Long healed", closed_on=timezone.localdate())
    both = [str(clinic.aroha.pk), f"{clinic.aroha.pk}:{case.pk}"]
    assert [found(clinic.desk, words) for words in ("aroha tam", "0184", clinic.aroha.nhi)] == [both] * 3
    assert [found(clinic.desk, words) for words in ("", "a", "nobody called so")] == [[], [], []]


def test_a_case_that_is_ticked_is_booked_with_the_visit(clinic, kind, panel):
    case = make_case(clinic.aroha)
    book(clinic.desk, panel, kind, q="tamati", who=f"{clinic.aroha.pk}:{case.pk}")
    assert Appointment.objects.get().case == case


def test_where_there_is_something_to_choose_nothing_is_booked_without_a_tick(clinic, kind, panel):
    make_case(clinic.aroha)
    page = book(clinic.desk, panel, kind, q="tamati", note="Kept").content.decode()
    assert ("Choose who it is for." in page, 'value="Kept"' in page, 'value="tamati"' in page) == (True, True, True)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("words", ["fifita", "nobody called so"])
def test_a_tick_that_the_words_no_longer_mean_books_nobody_else(clinic, kind, panel, words):
    """The last letters were typed and sent before their answer came: the tick is of an earlier one."""
    make_patient(first_name="Sione", last_name="Fifita")
    book(clinic.desk, panel, kind, q=words, who=str(clinic.aroha.pk))
    assert [str(visit.patient) for visit in Appointment.objects.all()] == ["Sione Fifita"] * (words == "fifita")


@pytest.mark.parametrize("who", ["0", "x", "999999999999999999999", "1:x", "-1", "1:999"])
def test_a_tick_of_nobody_books_nobody(clinic, kind, panel, who):
    assert "Choose who it is for." in book(clinic.desk, panel, kind, who=who).content.decode()
    assert not Appointment.objects.exists()


def test_a_taken_time_is_refused_with_the_next_one_and_what_was_typed(clinic, kind, day, panel):
    booking.book(
        patient=make_patient(), practitioner=clinic.wei, appointment_type=kind, starts_at=at(day, 9, 15),
        by=clinic.owner, now=timezone.now(),
    )  # fmt: skip
    page = book(clinic.desk, panel, kind, q="tamati", who=str(clinic.aroha.pk), note="Kept").content.decode()
    assert "Next free with Wei Chen: " in page
    assert ('value="Kept"' in page, f'value="{clinic.aroha.pk}" checked' in page) == (True, True)


def test_the_kind_that_was_booked_last_stands_there_next_time(clinic, kind, panel):
    other = make_type("Long")
    client = browser(clinic.desk)
    client.post(panel, {"appointment_type": other.pk, "note": "", "q": "tamati"})
    assert f'value="{other.pk}" selected' in client.get(panel).content.decode()


@pytest.mark.parametrize("typed", [{"appointment_type": "0"}, {"appointment_type": ""}, {"note": "x" * 301}])
def test_a_form_that_says_nothing_sensible_is_shown_again(clinic, kind, panel, typed):
    answer = book(clinic.desk, panel, kind, q="tamati", **typed)
    assert ("Choose the kind of visit" in answer.content.decode(), Appointment.objects.count()) == (True, 0)


@pytest.mark.parametrize("query", ["", "?starts_at=rubbish&practitioner=x", "?starts_at=2026-11-24T09:00"])
def test_an_address_that_names_no_gap_is_a_panel_that_books_nothing(clinic, kind, query):
    place = reverse("admin:diary_book") + query
    assert browser(clinic.desk).get(place).status_code == 200
    assert book(clinic.desk, place, kind, q="nobody at all").status_code == 200
    assert not Appointment.objects.exists()


def test_names_are_text(clinic, kind):
    make_patient(first_name="<img src=x onerror=alert(1)>", last_name="Evil")
    page = browser(clinic.desk).get(PEOPLE, {"q": "evil"}).content.decode()
    assert ("<img" in page, "&lt;img" in page) == (False, True)


def test_looking_for_people_asks_the_same_for_one_and_for_many(clinic, kind):
    counts = []
    for number in (1, 6):
        for _ in range(number):
            make_case(make_patient(first_name="Same"))
        counts.append(queries_for(browser(clinic.desk), f"{PEOPLE}?q=same"))
    assert counts[0] == counts[1]


def test_only_who_keeps_the_book_books_beside_the_grid(clinic, kind, panel):
    for place in (panel, f"{PEOPLE}?q=tamati"):
        assert browser(clinic.billing).get(place).status_code == 403
        assert browser(clinic.patient_user).get(place).status_code == 302
        assert browser().get(place).status_code == 302
    assert book(clinic.billing, panel, kind, q="tamati").status_code == 403
    assert browser(clinic.desk).put(panel).status_code == 405


# Loose ends


def ends(page: str) -> list[str]:
    section = re.search(r'<section id="diary-ends".*?</section>', page, re.S)[0]
    return [" ".join(re.sub("<[^>]*>", " ", line).split()) for line in re.findall(r"<li>(.*?)</li>", section, re.S)]


def test_who_asked_to_cancel_and_who_may_have_come_are_loose_ends_of_the_day(clinic, kind, day):
    visit = make_visit(clinic, at(day, 9))
    answering.ask_to_cancel(token=links.token_for(visit), now=timezone.now())
    shown = browser(clinic.desk).get(reverse("admin:diary"), {"day": day}).content.decode()
    assert ends(shown) == ["9:00 am Aroha Tāmati Asked to cancel"]
    past = workday(-3, timezone.now())
    make_visit(clinic, at(past, 9))
    make_visit(clinic, at(past, 11), status="completed")
    shown = browser(clinic.desk).get(reverse("admin:diary"), {"day": past}).content.decode()
    assert ends(shown) == ["9:00 am Aroha Tāmati Did they come?"]


def test_loose_ends_come_with_the_grid_when_they_change(clinic, kind, day):
    visit = make_visit(clinic, at(day, 9))
    client, place = browser(clinic.desk), reverse("admin:diary")
    [seen] = re.findall(r"seen=(\w+)", client.get(place, {"day": day}).content.decode())
    answering.ask_to_cancel(token=links.token_for(visit), now=timezone.now() + timedelta(seconds=1))
    changed = client.get(place, {"day": day, "seen": seen})
    assert (changed.status_code, ends(changed.content.decode())) == (200, ["9:00 am Aroha Tāmati Asked to cancel"])
