"""The diary: what stands in it, for whom, and that it asks the database the same whatever the day."""

import re
from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments import attending, booking
from appointments.hours import resting
from appointments.models import ClosedDay
from clinic.models import Location, Practitioner, Room
from patients.models import Alert
from tests.cast import Cast, api, make_patient, make_practitioner, make_type, open_hours
from tests.counting import queries_for
from tests.frontdesk.diary.conftest import diary
from tests.pages import browser, save
from tests.visits import AUCKLAND, nz
from tests.world import at

pytestmark = pytest.mark.django_db


def book(cast: Cast, kind, starts_at, **fields):
    given = {"patient": cast.aroha, "practitioner": cast.mere, "by": cast.desk, "now": timezone.now()}
    return booking.book(**given | {"appointment_type": kind, "starts_at": starts_at} | fields)


def shown(user, day: date, **asked) -> str:
    return browser(user).get(diary(day, **asked)).content.decode()


def blocks(page: str) -> list[str]:
    """Of each visit its classes, its state and the words in it."""
    found = re.findall(r'<a class="nd-block ([^"]*)"[^>]*data-state="(\w+)"[^>]*>(.*?)</a>', page, re.S)
    return [f"{place} {state} {' '.join(re.sub('<[^>]*>', ' ', words).split())}" for place, state, words in found]


def parts(page: str) -> list[str]:
    return re.findall(r'<span class="nd-part ([^"]*)" data-kind="(\w+)"', page)


def gaps_of(page: str, title: str) -> list[str]:
    return re.findall(rf'aria-label="Book ([^,"]*), {title}"', page)


def test_two_who_share_a_practitioner_stand_side_by_side_with_their_rest_to_be_seen(clinic, kind, day):
    book(clinic, kind, at(day, 9))
    book(clinic, kind, at(day, 9, 15), patient=make_patient(first_name="Sione", last_name="Fifita"))
    page = shown(clinic.desk, day)
    assert blocks(page) == [
        "at-0 for-10 track-0 wide-6 booked Aroha Tāmati 9:00 am to 9:50 am , Follow-up, Kōwhai",
        "at-3 for-10 track-6 wide-6 booked Sione Fifita 9:15 am to 10:05 am , Follow-up, Rātā",
    ]
    assert parts(page)[:3] == [("at-0 for-3", "hands_on"), ("at-3 for-5", "rest"), ("at-8 for-2", "hands_on")]


def test_a_gap_is_each_quarter_in_which_the_practitioner_is_free_and_books_it(clinic, kind, day):
    book(clinic, kind, at(day, 9))
    page = shown(clinic.desk, day)
    assert gaps_of(page, "Mere Ngata")[:4] == ["9:15 am", "10:00 am", "10:15 am", "10:30 am"]
    assert gaps_of(page, "Mere Ngata")[-1] == "4:45 pm"
    assert gaps_of(page, "Wei Chen")[0] == "9:00 am"
    [place] = re.findall(r'href="([^"]*)"[^>]*aria-label="Book 9:15 am, Mere Ngata"', page)
    form = browser(clinic.desk).get(place.replace("&amp;", "&")).content.decode()
    assert f'<option value="{clinic.mere.pk}" selected>' in form
    assert 'value="09:15' in form


def test_in_the_rooms_a_resting_patient_takes_the_room(clinic, kind, day):
    book(clinic, kind, at(day, 9), room=clinic.rooms[1])
    page = shown(clinic.desk, day, view="rooms")
    assert re.findall(r'<section class="nd-column"[^>]*aria-label="([^"]*)"', page) == ["Kōwhai", "Rātā", "Tōtara"]
    assert gaps_of(page, "Rātā")[0] == "10:00 am"
    assert gaps_of(page, "Kōwhai")[0] == "9:00 am"
    assert "Follow-up, Mere Ngata" in page


def test_a_week_is_that_of_the_practitioner_who_looks_or_is_named(clinic, kind, day):
    book(clinic, kind, at(day, 9), practitioner=clinic.wei)
    monday = day - timedelta(days=day.weekday())
    titles = [f"{monday + timedelta(days=n):%a %-d %b}" for n in range(7)]
    own = shown(clinic.practitioner2, day, view="week")
    assert re.findall(r'<section class="nd-column"[^>]*aria-label="([^"]*)"', own) == titles
    assert len(blocks(own)) == 1
    assert blocks(shown(clinic.desk, day, view="week", **{"with": clinic.mere.pk})) == []


def test_time_off_a_closed_day_and_what_was_cancelled_are_told(clinic, kind, day):
    visit = book(clinic, kind, at(day, 9))
    attending.cancel(appointment=visit, reason="patient", by=clinic.desk, now=timezone.now())
    resting.take(
        practitioner=clinic.mere, starts_at=at(day, 13), ends_at=at(day, 14), reason="Dentist", by=clinic.desk,
        now=timezone.now(),
    )  # fmt: skip
    page = shown(clinic.desk, day)
    assert blocks(page) == []
    assert re.findall(r'nd-away (at-\d+ for-\d+)"><span>(\w+)', page) == [("at-48 for-12", "Dentist")]
    assert "1:00 pm" not in gaps_of(page, "Mere Ngata")
    assert re.search(r"Cancelled:</strong> <a[^>]*>Aroha Tāmati</a>", page)
    ClosedDay.objects.create(location=clinic.location, day=day, name="Anniversary day")
    page = shown(clinic.desk, day)
    assert ("Closed: Anniversary day" in page, gaps_of(page, "Mere Ngata")) == (True, [])


def test_no_gap_lies_in_the_past_and_the_present_is_a_line(clinic, kind):
    now = timezone.localtime(timezone.now(), AUCKLAND)
    who = make_practitioner("Early and late")
    open_hours(who, clinic.location, weekdays=range(7), opens=time(0), closes=time(23, 59))
    page = shown(clinic.desk, now.date())
    assert "nd-now" in page
    offered = gaps_of(page, "Early and late")
    assert all(_minutes(said) >= now.hour * 60 + now.minute for said in offered)
    assert "nd-now" not in shown(clinic.desk, now.date() + timedelta(days=1))


def _minutes(said: str) -> int:
    clock, half = said.split()
    hour, minute = map(int, clock.split(":"))
    return (hour % 12 + 12 * (half == "pm")) * 60 + minute


@pytest.mark.parametrize("changed", ["2026-09-27", "2027-04-04"])
def test_on_the_night_the_clocks_change_a_visit_stands_at_its_hour_on_the_wall(clinic, kind, changed):
    who = make_practitioner("Night watch")
    open_hours(who, clinic.location, weekdays=[6], opens=time(0), closes=time(6))
    booking.book(
        patient=clinic.aroha, practitioner=who, appointment_type=kind, starts_at=nz(f"{changed} 05:00"),
        by=clinic.desk, now=nz("2026-09-01 09:00"),
    )  # fmt: skip
    page = shown(clinic.desk, date.fromisoformat(changed))
    hours = dict(re.findall(r'nd-hour at-(\d+) for-12">(\d+ [ap]m)<', page))
    [step] = re.findall(r'class="nd-block at-(\d+) ', page)
    assert hours[step] == "5 am"


def test_who_does_not_keep_the_book_sees_no_gaps_and_drags_nothing(clinic, kind, day):
    book(clinic, kind, at(day, 9))
    page = shown(clinic.billing, day)
    assert (gaps_of(page, "Mere Ngata"), 'draggable="true"' in page) == ([], False)
    assert 'draggable="true"' in shown(clinic.desk, day)


def test_alerts_show_to_who_may_see_patients_and_names_are_text(clinic, kind, day):
    evil = make_patient(first_name="<b onclick=x>", last_name='"><script>alert(1)</script>')
    Alert.objects.create(patient=evil, kind="pacemaker", severity="serious")
    book(clinic, kind, at(day, 9), patient=evil)
    page = shown(clinic.desk, day)
    assert ("Pacemaker" in page, "<script>alert(1)" in page, "<b onclick" in page) == (True, False, False)


def test_the_diary_asks_nothing_more_for_sixty_visits_than_for_one(clinic, day):
    short = make_type("Short", segments=(("hands_on", 15),))
    rooms = [Room.objects.create(location=clinic.location, name=f"Room {n}") for n in range(3)]
    people = [clinic.mere, clinic.wei, make_practitioner("Third")]
    open_hours(people[2], clinic.location)
    client, counts = browser(clinic.desk), []
    for size in (1, 10, 60):
        for number in range(len(counts) and (1, 10)[len(counts) - 1], size):
            quarter, lane = divmod(number, 3)
            book(
                clinic, short, at(day, 9) + timedelta(minutes=15 * quarter), patient=make_patient(),
                practitioner=people[lane], room=rooms[lane],
            )  # fmt: skip
        counts.append([queries_for(client, diary(day, view=view)) for view in ("day", "rooms", "week")])
    assert counts[0] == counts[1] == counts[2]
    assert len(blocks(shown(clinic.desk, day))) == 60


def test_the_grid_is_sent_again_only_when_something_changed(clinic, kind, day):
    client = browser(clinic.desk)
    [seen] = re.findall(r"seen=(\w+)", client.get(diary(day)).content.decode())
    again = client.get(diary(day, seen=seen))
    assert (again.status_code, again.content) == (204, b"")
    visit = book(clinic, kind, at(day, 9))
    changed = client.get(diary(day, seen=seen)).content.decode()
    assert (changed.count("<html"), len(blocks(changed))) == (0, 1)
    [seen] = re.findall(r"seen=(\w+)", changed)
    attending.step("arrive", appointment=visit, by=clinic.desk, now=timezone.now())
    assert 'data-state="arrived"' in client.get(diary(day, seen=seen)).content.decode()


@pytest.mark.parametrize(
    "asked",
    [{"day": "rubbish"}, {"day": "0001-01-01"}, {"day": "9999-12-31"}, {"view": "x", "with": "-1", "location": "9"}],
)
def test_an_address_that_names_nothing_shows_today(clinic, asked):
    answer = browser(clinic.desk).get(reverse("admin:diary"), asked)
    assert f"{timezone.localdate(timezone=AUCKLAND):%A %-d %B %Y}" in answer.content.decode()


def test_a_practice_without_a_location_is_told_how_to_begin(clinic):
    Practitioner.objects.update(archived_at=timezone.now())
    Location.objects.update(archived_at=timezone.now())
    assert "enter the first one under Set-up" in browser(clinic.desk).get(reverse("admin:diary")).content.decode()


def test_a_chosen_visit_shows_what_can_be_done_and_leads_back_to_the_same_diary(clinic, kind, day):
    visit = book(clinic, kind, at(day, 9), note="Brings her baby")
    client = browser(clinic.desk)
    back = diary(day, view="rooms")
    place = reverse("admin:diary_visit", args=[visit.pk])
    page = client.get(place, {"next": back}).content.decode()
    assert "Brings her baby" in page
    assert re.findall(r'type="submit">(\w+)', page)[0] == "Arrived"
    [came] = set(re.findall(r'name="next" value="([^"]*)"', page))
    assert came.replace("&amp;", "&") == back
    elsewhere = client.get(place, {"next": f"//elsewhere.example{back}"}).content.decode()
    assert set(re.findall(r'name="next" value="([^"]*)"', elsewhere)) == {reverse("admin:diary")}
    arrived = client.post(
        reverse("admin:appointments_appointment_act", args=[visit.pk, "arrive"]),
        {"next": came.replace("&amp;", "&")},
    )
    assert (arrived.status_code, arrived["Location"]) == (302, back)
    assert browser(clinic.desk).get(reverse("admin:diary_visit", args=[0])).status_code == 404


def test_a_form_that_an_act_asks_first_and_a_booked_gap_lead_back_to_the_diary_too(clinic, kind, day):
    visit = book(clinic, kind, at(day, 9))
    client, back = browser(clinic.desk), diary(day)
    chosen = client.get(reverse("admin:diary_visit", args=[visit.pk]), {"next": back}).content.decode()
    [cancel] = re.findall(r'href="([^"]*/act/cancel/[^"]*)"', chosen)
    done = client.post(cancel.replace("&amp;", "&"), {"reason": "patient", "note": ""})
    assert (done.status_code, done["Location"]) == (302, back)
    [gap] = re.findall(r'href="([^"]*)"[^>]*aria-label="Book 10:00 am, Wei Chen"', shown(clinic.desk, day))
    booked = save(
        client, gap.replace("&amp;", "&"), "appointment_form", patient=clinic.aroha.pk, appointment_type=kind.pk
    )
    assert (booked.status_code, booked["Location"].split("&")[0]) == (302, back)


def test_where_a_dragged_visit_cannot_go_is_told_with_the_reason(clinic, kind, day):
    visit = book(clinic, kind, at(day, 9))
    book(clinic, kind, at(day, 11), practitioner=clinic.wei, patient=make_patient())
    place = reverse("admin:diary_places")
    said = browser(clinic.desk).get(place, {"day": day, "visit": visit.pk}).json()["columns"]
    mere, wei = ({row["first"]: (row["length"], row["why"]) for row in column} for column in said)
    # 4:15 pm is the last quarter from which 50 minutes do not fit; its own time at 9 is free for it.
    assert mere == {87: (9, "The visit would not end within the hours.")}
    assert wei[24] == (3, "The practitioner is with somebody else.")
    assert browser(clinic.billing).get(place, {"day": day, "visit": visit.pk}).status_code == 403
    assert browser(clinic.desk).get(place, {"day": day, "visit": "x"}).status_code == 404


def test_what_is_not_hatched_takes_the_visit(clinic, kind, day):
    """Each quarter of the page is tried: refused where the hatching says so, moved everywhere else."""
    visit = book(clinic, kind, at(day, 9))
    book(clinic, kind, at(day, 11), patient=make_patient())
    book(clinic, kind, at(day, 13), practitioner=clinic.wei, patient=clinic.aroha)
    place = reverse("admin:diary_places")
    [column, _] = browser(clinic.desk).get(place, {"day": day, "visit": visit.pk}).json()["columns"]
    hatched = {step for row in column for step in range(row["first"], row["first"] + row["length"])}
    client, taken = api(clinic.desk), set()
    for step in range(0, 96, 3):
        starts_at = (at(day, 9) + timedelta(minutes=5 * step)).isoformat()
        answer = client.post(f"/api/v1/appointments/{visit.pk}/move/", {"starts_at": starts_at}, format="json")
        if answer.status_code == 200:
            taken.add(step)
    assert taken == set(range(0, 96, 3)) - hatched


def test_outside_of_the_staff_nobody_sees_the_diary(clinic, kind, day):
    visit = book(clinic, kind, at(day, 9))
    for place in (diary(day), reverse("admin:diary_visit", args=[visit.pk]), reverse("admin:diary_places")):
        assert browser(clinic.patient_user).get(place).status_code == 302
        assert browser().get(place).status_code == 302
