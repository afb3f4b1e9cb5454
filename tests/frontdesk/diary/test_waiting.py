"""The waiting list beside the diary: who could come on the day that is shown, when, and what can be done about it."""

import re
from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments import booking
from appointments.hours import resting
from appointments.models import ClosedDay, WaitlistEntry
from appointments.waiting import entering, offering
from clinic import showing
from clinic.models import Practice
from tests.cast import Cast, make_patient, make_practitioner, make_type, make_user, open_hours
from tests.counting import queries_for
from tests.frontdesk.diary.conftest import diary
from tests.pages import browser
from tests.visits import AUCKLAND
from tests.world import at

pytestmark = pytest.mark.django_db


def wait(cast: Cast, kind, name: str = "", **fields) -> WaitlistEntry:
    now = timezone.now()
    given = {"appointment_type": kind, "from_on": timezone.localdate(now, AUCKLAND), "by": cast.desk, "now": now}
    patient = fields.pop("patient", None) or make_patient(first_name="Ana", last_name=name or "Abara")
    return entering.enter(**given | {"patient": patient} | fields)


def lines(user, day: date, **asked) -> list[str]:
    """Each line as it is read, without its ways."""
    page = browser(user).get(diary(day, **asked)).content.decode()
    [found] = re.findall(r'<section id="diary-waiting".*?</section>', page, re.S)
    texts = re.findall(r"<li>(.*?)</li>", found, re.S)
    return [" ".join(re.sub("<[^>]*>", " ", text).split()) for text in texts]


def test_a_line_says_who_for_what_how_long_with_whom_when_and_the_first_free_time(clinic, kind, day):
    wait(clinic, kind, practitioners=[clinic.wei], parts=["afternoon"])
    assert lines(clinic.desk, day) == [
        "Ana Abara Waiting Follow-up, 50 min, Wei Chen, afternoons Free: 12:00 pm, Wei Chen Offer Book"
    ]


def test_a_time_that_is_offered_says_until_when_and_is_not_offered_again(clinic, kind, day):
    entry = wait(clinic, kind)
    offer = offering.offer(entry=entry, starts_at=at(day, 9), by=clinic.desk, now=timezone.now())
    until = showing.clock(offer.expires_at, AUCKLAND)
    assert lines(clinic.desk, day) == [f"Ana Abara Offered until {until} Follow-up, 50 min, Anybody, any time"]


def test_only_those_whose_days_they_are_stand_there(clinic, kind, day):
    elsewhere = make_practitioner("Not here")
    open_hours(elsewhere, clinic.location, weekdays=[(day.weekday() + 1) % 7])
    wait(clinic, kind, "Today", weekdays=[day.weekday()])
    wait(clinic, kind, "Another weekday", weekdays=[(day.weekday() + 1) % 7])
    wait(clinic, kind, "Later", from_on=day + timedelta(days=1))
    wait(clinic, kind, "Earlier", until_on=day - timedelta(days=1))
    wait(clinic, kind, "Away", practitioners=[elsewhere])
    entering.withdraw(entry=wait(clinic, kind, "Withdrawn"), by=clinic.desk, now=timezone.now())
    assert [line.split(" Waiting")[0] for line in lines(clinic.desk, day)] == ["Ana Today"]


def test_whom_a_free_time_suits_comes_first_and_then_the_order_of_the_list(clinic, kind, day):
    resting.take(
        practitioner=clinic.wei, starts_at=at(day, 9), ends_at=at(day, 17), by=clinic.desk, now=timezone.now()
    )
    wait(clinic, kind, "Urgent", practitioners=[clinic.wei], urgency=1)
    wait(clinic, kind, "First")
    wait(clinic, kind, "Second")
    assert [line.split(" Waiting")[0] for line in lines(clinic.desk, day)] == ["Ana First", "Ana Second", "Ana Urgent"]


def test_three_stand_there_and_the_others_have_a_page(clinic, kind, day):
    for number in range(5):
        wait(clinic, kind, f"Number{number}")
    page = browser(clinic.desk).get(diary(day)).content.decode()
    assert f'href="{reverse("admin:appointments_waitlistentry_changelist")}">2 more</a>' in page
    assert len(lines(clinic.desk, day)) == 3


def test_where_nobody_waits_or_the_day_is_past_or_closed_nothing_is_said(clinic, kind, day):
    assert lines(clinic.desk, day) == []
    wait(clinic, kind)
    yesterday = timezone.localdate(timezone=AUCKLAND) - timedelta(days=1)
    assert lines(clinic.desk, yesterday) == []
    ClosedDay.objects.create(location=clinic.location, day=day, name="Anniversary day")
    assert lines(clinic.desk, day) == []


def test_a_week_is_asked_about_its_practitioner_and_says_the_day(clinic, kind, day):
    wait(clinic, kind, "Mine", practitioners=[clinic.wei], weekdays=[day.weekday()])
    wait(clinic, kind, "Not mine", practitioners=[clinic.mere])
    [line] = lines(clinic.desk, day, view="week", **{"with": clinic.wei.pk})
    assert f"Ana Mine Waiting Follow-up, 50 min, Wei Chen, any time Free: {showing.day(day)}, 9:00 am" in line


def test_the_free_time_is_the_first_that_the_list_itself_would_offer(clinic, day):
    """With a full book, rooms and devices that are taken, kinds with buffers, ages and a practitioner of their own."""
    now, kinds = timezone.now(), [
        make_type("Plain"),
        make_type("Buffered", buffer_before_minutes=10, buffer_after_minutes=15),
        make_type("Electro", needs_device="electro"),
        make_type("Long", segments=(("hands_on", 90),)),
        make_type("Young", max_age=20),
        make_type("Soon only", horizon_days=1),
    ]  # fmt: skip
    kinds[3].practitioners.add(clinic.wei)
    kinds[0].rooms.add(clinic.rooms[2])
    for hour, kind, who in ((9, 0, "mere"), (9, 2, "wei"), (11, 1, "mere"), (12, 3, "wei"), (14, 0, "wei")):
        booking.book(
            patient=make_patient(), practitioner=getattr(clinic, who), appointment_type=kinds[kind],
            starts_at=at(day, hour), by=clinic.desk, now=now,
        )  # fmt: skip
    resting.take(practitioner=clinic.mere, starts_at=at(day, 13), ends_at=at(day, 15), by=clinic.desk, now=now)
    for kind in kinds:
        for parts in ([], ["afternoon"]):
            entry = wait(clinic, kind, parts=parts, from_on=day, until_on=day)
            suiting = offering.suiting(entry, Practice.objects.current(), now=now)
            first = (
                f" Free: {showing.clock(suiting[0].starts_at, AUCKLAND)}, {suiting[0].practitioner}" if suiting else ""
            )
            [line] = lines(clinic.desk, day)
            assert re.search("( Free: .*?)?(?= Offer)", line)[0] == first, (kind, parts)
            entering.withdraw(entry=entry, by=clinic.desk, now=now)


def test_the_diary_asks_nothing_more_for_a_hundred_who_wait_than_for_one(clinic, kind, day):
    client, counts, made = browser(clinic.desk), [], 0
    for size in (1, 10, 100):
        while made < size:
            made += 1
            wait(clinic, kind, practitioners=[clinic.mere, clinic.wei][: made % 3])
        counts.append([queries_for(client, diary(day, view=view)) for view in ("day", "rooms", "week")])
    assert counts[0] == counts[1] == counts[2]


def test_it_comes_again_with_the_grid_when_something_changed(clinic, kind, day):
    client = browser(clinic.desk)
    [seen] = re.findall(r"seen=(\w+)", client.get(diary(day)).content.decode())
    entry = wait(clinic, kind)
    changed = client.get(diary(day, seen=seen)).content.decode()
    assert re.search(r'<section id="diary-waiting"[^>]*hx-swap-oob="outerHTML">\s*<h2>', changed)
    [seen] = re.findall(r"seen=(\w+)", changed)
    assert client.get(diary(day, seen=seen)).status_code == 204
    offering.offer(entry=entry, starts_at=at(day, 16), by=clinic.desk, now=timezone.now())
    assert "Offered until" in client.get(diary(day, seen=seen)).content.decode()


def test_who_does_not_keep_the_book_is_offered_nothing_to_do_and_who_does_not_see_it_sees_nobody(clinic, kind, day):
    wait(clinic, kind, "Canary")
    [line] = lines(clinic.billing, day)
    assert line.endswith("Free: 9:00 am, Mere Ngata")
    stranger = make_user("stranger", "Patient")
    role = stranger.roles.get()
    role.permissions = ["see_money"]
    role.save()
    answer = browser(stranger).get(diary(day))
    assert (answer.status_code, b"Canary" in answer.content) == (403, False)


def test_its_ways_lead_back_to_the_same_diary(clinic, kind, day):
    wait(clinic, kind)
    client, back = browser(clinic.desk), diary(day, view="day", location=clinic.location.pk)
    page = client.get(back).content.decode()
    [way] = re.findall(r'href="([^"]*)" aria-label="Book a time', page)
    place = way.replace("&amp;", "&")
    [chosen, *_] = client.get(place).context["form"].slots
    done = client.post(place, {"slot": chosen})
    assert (done.status_code, done["Location"]) == (302, back)
    assert WaitlistEntry.objects.get().state == "fulfilled"


def test_names_are_text(clinic, kind, day):
    wait(clinic, kind, "<script>alert(1)</script>")
    assert "<script>alert(1)" not in browser(clinic.desk).get(diary(day)).content.decode()


def test_a_day_without_hours_for_what_they_want_still_shows_them(clinic, kind, day):
    wait(clinic, kind, parts=["evening"])
    Practice.objects.update(evening_from=time(18))
    assert lines(clinic.desk, day) == ["Ana Abara Waiting Follow-up, 50 min, Anybody, evenings Offer Book"]
