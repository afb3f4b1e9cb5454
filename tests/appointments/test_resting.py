"""Time off in days, parts of days and weeks; openings on one day; closed days; at midnight and over clock changes."""

from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments import booking
from appointments.hours import opening, resting
from appointments.models import ClosedDay, Occupancy, TimeOff, WorkingHours
from appointments.searching.finding import Slot, Wish, find
from clinic.errors import Conflict, Refusal
from clinic.models import Location
from tests.cast import Cast, api, make_patient, make_type, open_hours
from tests.pages import browser, save, told
from tests.visits import AUCKLAND, nz
from tests.world import workday

pytestmark = pytest.mark.django_db

NOW = nz("2026-09-01 08:00")
# Clocks go forward on 27 September 2026 at 02:00, and back on 4 April 2027 at 03:00.
FORWARD, BACK = date(2026, 9, 27), date(2027, 4, 4)


def take(cast: Cast, **fields) -> TimeOff:
    return resting.take(**({"practitioner": cast.mere, "by": cast.desk, "now": NOW} | fields))


def walls(off: TimeOff) -> tuple[str, str]:
    return tuple(f"{moment.astimezone(AUCKLAND):%Y-%m-%d %H:%M}" for moment in (off.starts_at, off.ends_at))


def book(cast: Cast, when: str, **fields):
    kind = fields.pop("appointment_type", None) or make_type(f"Kind {when}", segments=(("hands_on", 30),))
    defaults = {"patient": make_patient(), "practitioner": cast.mere, "by": cast.desk, "now": NOW}
    return booking.book(**(defaults | {"appointment_type": kind, "starts_at": nz(when)} | fields))


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [(FORWARD, None, 23), (BACK, None, 25), (date(2026, 9, 26), date(2026, 9, 28), 71), (BACK, BACK, 25)],
)
def test_whole_days_are_from_midnight_to_midnight_on_the_wall(cast: Cast, first, last, hours):
    off = take(cast, first_day=first, **({"last_day": last} if last else {}))
    assert walls(off) == (f"{first} 00:00", f"{(last or first) + timedelta(days=1)} 00:00")
    assert off.ends_at - off.starts_at == timedelta(hours=hours)


def test_a_day_off_ends_where_the_next_day_begins(cast: Cast):
    """Somebody who works until and from midnight is free on both sides of it."""
    open_hours(cast.mere, cast.location, weekdays=range(7), opens=time(0), closes=time(23, 55))
    take(cast, first_day=FORWARD)
    assert book(cast, "2026-09-26 23:25").pk
    assert book(cast, "2026-09-28 00:00").pk
    for when in ("2026-09-27 00:00", "2026-09-27 23:25"):
        with pytest.raises(Conflict) as refused:
            book(cast, when)
        assert refused.value.code == "slot_taken"


def test_days_are_those_of_where_the_practitioner_works(cast: Cast):
    chatham = Location.objects.create(name="Waitangi", timezone="Pacific/Chatham")
    open_hours(cast.mere, chatham)
    assert take(cast, first_day=date(2026, 9, 8)).starts_at == nz("2026-09-07 23:15")
    open_hours(cast.mere, cast.location, opens=time(18), closes=time(20))
    assert take(cast, first_day=date(2026, 9, 10)).starts_at == nz("2026-09-10 00:00")


@pytest.mark.parametrize(("begins", "change"), [("2026-09-17", FORWARD), ("2027-03-25", BACK)])
def test_every_thursday_afternoon_stays_in_the_afternoon_when_the_clocks_change(cast: Cast, begins, change):
    off = take(
        cast, starts_at=nz(f"{begins} 13:00"), ends_at=nz(f"{begins} 17:00"), every_weeks=1,
        until_on=change + timedelta(days=14), reason="Teaching",
    )  # fmt: skip
    rows = list(TimeOff.objects.filter(together=off.together).order_by("starts_at"))
    assert len(rows) == 4
    assert {tuple(wall[-5:] for wall in walls(row)) for row in rows} == {("13:00", "17:00")}
    assert {row.starts_at.astimezone(AUCKLAND).weekday() for row in rows} == {3}
    assert {row.starts_at.astimezone(AUCKLAND).utcoffset() for row in rows} == {
        timedelta(hours=12),
        timedelta(hours=13),
    }
    assert Occupancy.objects.filter(time_off__in=rows).count() == 4


def test_what_the_clocks_leave_out_is_no_time_off_and_what_comes_twice_is_the_first(cast: Cast):
    nights = take(
        cast, starts_at=nz("2026-09-20 02:10"), ends_at=nz("2026-09-20 02:50"), every_weeks=1,
        until_on=date(2026, 10, 4),
    )  # fmt: skip
    assert [walls(row)[0] for row in TimeOff.objects.filter(together=nights.together).order_by("starts_at")] == [
        "2026-09-20 02:10", "2026-10-04 02:10",
    ]  # fmt: skip
    autumn = take(
        cast, starts_at=nz("2027-03-28 02:10"), ends_at=nz("2027-03-28 02:50"), every_weeks=1, until_on=BACK,
    )  # fmt: skip
    last = TimeOff.objects.filter(together=autumn.together).latest("starts_at")
    assert (last.starts_at.astimezone(AUCKLAND).fold, last.ends_at - last.starts_at) == (0, timedelta(minutes=40))


def test_every_second_week_is_given_back_one_by_one_from_one_on_or_all(cast: Cast):
    off = take(
        cast, starts_at=nz("2026-10-01 13:00"), ends_at=nz("2026-10-01 17:00"), every_weeks=2,
        until_on=date(2026, 12, 10),
    )  # fmt: skip
    rows = list(TimeOff.objects.filter(together=off.together).order_by("starts_at"))
    assert [f"{row.starts_at.astimezone(AUCKLAND):%m-%d}" for row in rows] == [
        "10-01", "10-15", "10-29", "11-12", "11-26", "12-10",
    ]  # fmt: skip

    def standing() -> list[int]:
        return [rows.index(row) for row in TimeOff.objects.filter(cancelled_at=None).order_by("starts_at")]

    give_back = {"by": cast.desk, "now": NOW}
    resting.give_back(time_off=rows[1], **give_back)
    assert standing() == [0, 2, 3, 4, 5]
    resting.give_back(time_off=rows[3], scope="this_and_later", **give_back)
    assert standing() == [0, 2]
    assert Occupancy.objects.filter(time_off__isnull=False).count() == 2
    resting.give_back(time_off=rows[5], scope="all", **give_back)
    assert standing() == []
    with pytest.raises(Conflict) as refused:
        resting.give_back(time_off=rows[0], scope="all", **give_back)
    assert refused.value.code == "already_given_back"


def test_a_repeated_time_off_leaves_out_what_is_off_already(cast: Cast):
    take(cast, first_day=date(2026, 10, 5), last_day=date(2026, 10, 11), reason="Holiday")
    off = take(
        cast, starts_at=nz("2026-10-01 13:00"), ends_at=nz("2026-10-01 17:00"), every_weeks=1,
        until_on=date(2026, 10, 15),
    )  # fmt: skip
    assert [walls(row)[0][:10] for row in TimeOff.objects.filter(together=off.together).order_by("starts_at")] == [
        "2026-10-01", "2026-10-15",
    ]  # fmt: skip


def test_the_visits_in_the_way_are_named_and_nothing_is_taken(cast: Cast):
    open_hours(cast.mere, cast.location)
    kind = make_type("Half", segments=(("hands_on", 30),))
    visits = [
        book(cast, f"2026-10-{day} 14:00", appointment_type=kind, patient=make_patient(last_name="Example"))
        for day in ("01", "15")
    ]
    with pytest.raises(Conflict) as refused:
        take(
            cast, starts_at=nz("2026-09-17 13:00"), ends_at=nz("2026-09-17 17:00"), every_weeks=1,
            until_on=date(2026, 10, 30),
        )  # fmt: skip
    assert [conflict["appointment"] for conflict in refused.value.extra["conflicts"]] == [row.pk for row in visits]
    assert refused.value.detail == (
        "Booked then: Sione Example, Thu 1 Oct, 2:00 pm; Sione Example, Thu 15 Oct, 2:00 pm. "
        "Move or cancel these visits first."
    )
    assert (TimeOff.objects.count(), Occupancy.objects.filter(time_off__isnull=False).count()) == (0, 0)
    take(cast, first_day=date(2026, 9, 1))
    with pytest.raises(Conflict) as refused:
        take(cast, first_day=date(2026, 9, 1))
    assert refused.value.detail == "That time is off already."


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "time_off_incomplete"),
        ({"starts_at": "2026-10-01T13:00:00+13:00"}, "time_off_incomplete"),
        ({"last_day": "2026-10-01"}, "time_off_incomplete"),
        ({"first_day": "2026-10-01", "starts_at": "2026-10-01T13:00:00+13:00"}, "time_off_incomplete"),
        ({"first_day": "2026-10-02", "last_day": "2026-10-01"}, "ends_before_it_begins"),
        ({"first_day": "2026-10-01", "every_weeks": 1}, "repeat_incomplete"),
        ({"first_day": "2026-10-01", "until_on": "2026-12-01"}, "repeat_incomplete"),
        ({"first_day": "2026-10-01", "every_weeks": 1, "until_on": "2026-09-01"}, "ends_before_it_begins"),
        ({"first_day": "2026-10-01", "every_weeks": 1, "until_on": "2036-10-01"}, "repeat_too_long"),
        (
            {"first_day": "2026-10-01", "last_day": "2026-10-08", "every_weeks": 1, "until_on": "2026-12-01"},
            "repeat_meets_itself",
        ),
    ],
)
def test_time_off_that_says_too_little_or_cannot_be_is_refused(cast: Cast, fields, code):
    answer = api(cast.desk).post("/api/v1/time-off/", {"practitioner": cast.mere.pk, **fields})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert TimeOff.objects.count() == 0


def test_time_off_over_http_by_days_every_week_and_back(cast: Cast):
    day = workday(10, timezone.now())
    body = {
        "practitioner": cast.mere.pk, "first_day": f"{day}", "every_weeks": 1,
        "until_on": f"{day + timedelta(days=14)}", "reason": "Study",
    }  # fmt: skip
    client = api(cast.desk)
    made = client.post("/api/v1/time-off/", body)
    assert (made.status_code, made.json()["starts_at"][:19]) == (201, f"{day}T00:00:00")
    listed = client.get(f"/api/v1/time-off/?together={made.json()['together']}").json()
    assert listed["count"] == 3
    client.post(f"/api/v1/time-off/{made.json()['id']}/cancel/", {"scope": "all"})
    assert client.get("/api/v1/time-off/?cancelled_at__isnull=true").json()["count"] == 0


def test_time_off_is_entered_by_days_on_its_page_and_given_back_together(cast: Cast):
    client, day = browser(cast.desk), workday(10, timezone.now())
    save(
        client, reverse("admin:appointments_timeoff_add"), "timeoff_form", practitioner=cast.mere.pk,
        first_day=f"{day}", every_weeks="2", until_on=f"{day + timedelta(days=28)}", reason="Study",
    )  # fmt: skip
    rows = list(TimeOff.objects.order_by("starts_at"))
    assert len(rows) == 3
    page = client.get(reverse("admin:appointments_timeoff_change", args=[rows[1].pk]))
    assert [act["label"] for act in page.context["acts"]] == ["Give back", "Give back this and later", "Give back all"]
    client.post(reverse("admin:appointments_timeoff_act", args=[rows[1].pk, "give-back-later"]))
    assert list(TimeOff.objects.filter(cancelled_at=None)) == rows[:1]


# Openings on one day


def test_an_opening_on_one_day_holds_on_that_day_only(cast: Cast):
    saturday = date(2026, 9, 19)
    hours = opening.open_once(
        practitioner=cast.mere, location=cast.location, day=saturday, opens=time(10), closes=time(12), by=cast.owner,
        now=NOW,
    )  # fmt: skip
    assert (hours.weekday, hours.valid_from, hours.valid_to) == (5, saturday, saturday)
    wish = Wish(
        appointment_type=make_type(), from_on=date(2026, 9, 12), to_on=date(2026, 9, 26), practitioner=cast.mere
    )
    assert {slot.starts_at.astimezone(AUCKLAND).date() for slot in find(wish, now=NOW) if isinstance(slot, Slot)} == {
        saturday
    }


def test_an_opening_that_has_passed_or_on_a_closed_day_or_over_other_hours_is_refused(cast: Cast):
    today = timezone.now().astimezone(AUCKLAND).date()
    day = workday(10, timezone.now())
    ClosedDay.objects.create(location=cast.location, day=day, name="Staff day")
    open_hours(cast.mere, cast.location, valid_from=today - timedelta(days=30))
    client, kept = api(cast.owner), WorkingHours.objects.count()
    body = {"practitioner": cast.mere.pk, "location": cast.location.pk, "opens": "10:00", "closes": "12:00"}
    for on, status, code in (
        (today - timedelta(days=1), 422, "in_the_past"),
        (day, 422, "closed"),
        (workday(17, timezone.now()), 409, "hours_overlap"),
    ):
        answer = client.post("/api/v1/working-hours/one-off/", body | {"day": f"{on}"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert WorkingHours.objects.count() == kept


def test_a_practitioners_page_opens_a_day_and_says_when(cast: Cast):
    open_hours(cast.mere, cast.location, weekdays=[0])
    today = timezone.now().astimezone(AUCKLAND).date()
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    client = browser(cast.owner)
    place = reverse("admin:clinic_practitioner_act", args=[cast.mere.pk, "open-once"])
    assert client.get(place).context["form"]["location"].initial == cast.location.pk
    body = {"location": cast.location.pk, "day": f"{saturday}", "opens": "10:00", "closes": "14:00"}
    answer = client.post(place, body | {"break_from": "12:00", "break_until": "12:30"})
    [sentence] = told(client.get(answer.url))
    assert sentence.endswith("10:00 am to 2:00 pm.")
    hours = WorkingHours.objects.get(valid_to=saturday)
    assert (hours.break_from, hours.location) == (time(12), cast.location)


# Closed days


@pytest.mark.parametrize("day", [FORWARD, BACK])
def test_a_closed_day_is_closed_from_midnight_to_midnight_on_the_days_the_clocks_change(cast: Cast, day: date):
    open_hours(cast.mere, cast.location, weekdays=range(7), opens=time(0), closes=time(23, 55))
    ClosedDay.objects.create(location=cast.location, day=day, name="Changing clocks")
    kind = make_type("Half", segments=(("hands_on", 30),))
    around = {"from_on": day - timedelta(days=1), "to_on": day + timedelta(days=1)}
    now = nz(f"{day - timedelta(days=3)} 08:00")
    offered = {
        slot.starts_at.astimezone(AUCKLAND).date()
        for slot in find(Wish(appointment_type=kind, practitioner=cast.mere, **around), now=now)
    }
    assert offered == {day - timedelta(days=1), day + timedelta(days=1)}
    for when in ("00:00", "23:25"):
        with pytest.raises(Refusal) as refused:
            book(cast, f"{day} {when}", appointment_type=kind, now=now)
        assert refused.value.code == "closed"
    last, first = f"{day - timedelta(days=1)} 23:25", f"{day + timedelta(days=1)} 00:00"
    assert [book(cast, when, appointment_type=kind, now=now).pk is not None for when in (last, first)] == [True, True]


@pytest.mark.parametrize(("day", "refused_at"), [(FORWARD, "03:00"), (BACK, "02:30")])
def test_a_break_keeps_its_wall_clock_when_the_clocks_change(cast: Cast, day: date, refused_at: str):
    [hours] = open_hours(cast.mere, cast.location, weekdays=[6], opens=time(0), closes=time(6))
    hours.break_from, hours.break_until = time(2, 30), time(3, 30)
    hours.save()
    now = nz(f"{day - timedelta(days=3)} 08:00")
    with pytest.raises(Refusal) as refused:
        book(cast, f"{day} {refused_at}", now=now)
    assert refused.value.code == "on_break"
    assert book(cast, f"{day} 03:30", now=now).pk
    begins, ends = hours.break_on(day)
    assert (ends - begins) == timedelta(minutes=30 if day == FORWARD else 120)
    assert isinstance(begins, datetime)
