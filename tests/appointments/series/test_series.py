"""Booking by a rule, and changing or cancelling what belongs together."""

from datetime import date, time

import pytest
from django.db import IntegrityError, transaction

from appointments import attending, booking
from appointments.hours import resting
from appointments.models import Appointment, ClosedDay, Occupancy, Series
from appointments.series import changing
from appointments.series.repeating import Outcome, repeat
from clinic.errors import Conflict, Refusal, refusal_for
from messaging.models import Message, ReminderRule
from tests.cast import Cast, api, make_case, make_patient, make_type, open_hours
from tests.counting import queries_while_growing
from tests.visits import AUCKLAND, nz

pytestmark = pytest.mark.django_db

NOW = nz("2026-11-02 08:00")  # a Monday
WEEKLY = "FREQ=WEEKLY;COUNT=4"


@pytest.fixture
def clinic(cast: Cast) -> Cast:
    open_hours(cast.mere, cast.location)
    open_hours(cast.wei, cast.location)
    return cast


@pytest.fixture
def kind(db):
    return make_type()


def book(cast: Cast, kind, starts_at: str = "2026-11-03 09:00", rule: str = WEEKLY, **fields) -> Outcome:
    defaults = {"patient": cast.aroha, "practitioner": cast.mere, "by": cast.desk, "now": NOW}
    asked = {"appointment_type": kind, "starts_at": nz(starts_at), "rule": rule}
    return repeat(**(defaults | asked | fields))


def visits_of(series: Series) -> list[Appointment]:
    return list(series.appointments.order_by("occurrence_at"))


def walls(visits) -> list[str]:
    return [f"{visit.starts_at.astimezone(AUCKLAND):%m-%d %H:%M}" for visit in visits]


def change(cast: Cast, visit: Appointment, scope: str, when: str | None = None, **fields) -> Outcome:
    visit.refresh_from_db()
    return changing.change(
        series=visit.series, appointment=visit, scope=scope, starts_at=nz(when) if when else None, by=cast.desk,
        **({"now": NOW} | fields),
    )  # fmt: skip


def cancel(cast: Cast, visit: Appointment, scope: str, **fields) -> list[Appointment]:
    visit.refresh_from_db()
    return changing.cancel(
        series=visit.series, appointment=visit, scope=scope, reason="patient", by=cast.desk, **({"now": NOW} | fields)
    )


def test_every_occurrence_is_a_visit_of_the_book_with_its_reminder(clinic: Cast, kind):
    ReminderRule.objects.create(name="The day before", hours_before=24)
    outcome = book(clinic, kind, case=make_case(clinic.aroha), note="Ground floor")
    series = outcome.series
    assert walls(outcome.booked) == ["11-03 09:00", "11-10 09:00", "11-17 09:00", "11-24 09:00"]
    assert outcome.skipped == []
    assert (series.rule, series.first_on, series.at) == ("FREQ=WEEKLY;COUNT=4", date(2026, 11, 3), time(9))
    assert [visit.occurrence_at for visit in visits_of(series)] == [visit.starts_at for visit in outcome.booked]
    assert Occupancy.objects.count() == 16
    assert Message.objects.filter(subject_id__in=[visit.pk for visit in outcome.booked]).count() == 4


def test_what_cannot_be_had_is_skipped_and_told_with_its_reason(clinic: Cast, kind):
    ClosedDay.objects.create(location=clinic.location, day=date(2026, 11, 10), name="Staff day")
    resting.take(
        practitioner=clinic.mere, starts_at=nz("2026-11-17 08:00"), ends_at=nz("2026-11-17 12:00"), by=clinic.desk,
        now=NOW,
    )  # fmt: skip
    clinic.mere.practising_certificate_expires_on = date(2026, 11, 20)
    clinic.mere.save()
    outcome = book(clinic, kind)
    assert walls(outcome.booked) == ["11-03 09:00"]
    assert [(skipped.told()["occurrence"][5:10], skipped.refusal.code) for skipped in outcome.skipped] == [
        ("11-10", "closed"), ("11-17", "slot_taken"), ("11-24", "certificate_expired"),
    ]  # fmt: skip
    assert Occupancy.objects.filter(appointment__isnull=False).count() == 4


def test_where_nothing_may_be_missing_nothing_is_booked_and_all_conflicts_are_told(clinic: Cast, kind):
    for when in ("2026-11-10 09:00", "2026-11-24 09:00"):
        booking.book(
            patient=make_patient(), practitioner=clinic.mere, appointment_type=kind, starts_at=nz(when),
            by=clinic.desk, now=NOW,
        )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, on_conflict="refuse")
    assert (refused.value.code, refused.value.detail) == (
        "series_conflicts", "2 of the visits cannot be had, so everything stays as it was.",
    )  # fmt: skip
    told = refused.value.extra["skipped"]
    assert [(skipped["occurrence"], skipped["code"]) for skipped in told] == [
        ("2026-11-10T09:00:00+13:00", "slot_taken"), ("2026-11-24T09:00:00+13:00", "slot_taken"),
    ]  # fmt: skip
    assert {conflict["resource_kind"] for conflict in told[0]["conflicts"]} == {"practitioner"}
    assert (Series.objects.count(), Appointment.objects.count()) == (0, 2)


def test_what_stands_in_the_way_of_all_of_them_is_the_refusal_itself(clinic: Cast, kind):
    with pytest.raises(Refusal) as refused:
        book(clinic, kind, case=make_case(make_patient()))
    assert (refused.value.code, refused.value.field) == ("case_of_another_patient", "case")
    assert Series.objects.count() == 0


def test_a_series_of_which_nothing_is_free_is_refused(clinic: Cast, kind):
    book(clinic, kind)
    with pytest.raises(Conflict) as refused:
        book(clinic, kind, patient=make_patient())
    assert (refused.value.code, len(refused.value.extra["skipped"])) == ("series_nothing_free", 4)
    assert Series.objects.count() == 1


def test_somebody_without_hours_has_no_series(clinic: Cast, kind):
    clinic.mere.working_hours.all().delete()
    with pytest.raises(Refusal) as refused:
        book(clinic, kind)
    assert refused.value.code == "outside_hours"


def test_a_preview_tells_what_would_be_and_books_nothing(clinic: Cast, kind):
    ReminderRule.objects.create(name="The day before", hours_before=24)
    ClosedDay.objects.create(location=clinic.location, day=date(2026, 11, 10), name="Staff day")
    outcome = book(clinic, kind, dry_run=True)
    assert (walls(outcome.booked), len(outcome.skipped)) == (["11-03 09:00", "11-17 09:00", "11-24 09:00"], 1)
    assert (Series.objects.count(), Appointment.objects.count(), Occupancy.objects.count()) == (0, 0, 0)
    assert Message.objects.count() == 0


def test_a_series_keeps_its_time_over_both_changes_of_clocks(clinic: Cast, kind):
    clinic.mere.working_hours.update(valid_from=date(2026, 1, 1))
    outcome = book(clinic, kind, "2026-09-22 09:00", "FREQ=WEEKLY;COUNT=30", now=nz("2026-09-01 08:00"))
    assert {wall[-5:] for wall in walls(outcome.booked)} == {"09:00"}
    assert {str(visit.starts_at.astimezone(AUCKLAND).utcoffset()) for visit in outcome.booked} == {
        "12:00:00",
        "13:00:00",
    }
    assert walls(outcome.booked)[-1] == "04-13 09:00"


# Changing


def test_one_visit_moves_by_itself_and_stays_where_it_is_until_all_are_asked_for(clinic: Cast, kind):
    visits = book(clinic, kind).booked
    change(clinic, visits[1], "this", "2026-11-12 14:00")
    series = visits[1].series
    assert walls(visits_of(series)) == ["11-03 09:00", "11-12 14:00", "11-17 09:00", "11-24 09:00"]
    change(clinic, visits[0], "this_and_later", "2026-11-03 10:00")
    assert walls(visits_of(series)) == ["11-03 10:00", "11-12 14:00", "11-17 10:00", "11-24 10:00"]
    change(clinic, visits[0], "all", "2026-11-03 11:00")
    assert walls(visits_of(series)) == ["11-03 11:00", "11-10 11:00", "11-17 11:00", "11-24 11:00"]
    assert [visit.pk for visit in visits_of(series)] == [visit.pk for visit in visits]
    assert Series.objects.count() == 1


def test_this_and_the_later_ones_part_the_series_in_two(clinic: Cast, kind):
    visits = book(clinic, kind).booked
    outcome = change(clinic, visits[2], "this_and_later", "2026-11-18 10:30", practitioner=clinic.wei)
    old, new = Series.objects.get(pk=visits[0].series_id), outcome.series
    assert (old.rule, walls(visits_of(old))) == ("FREQ=WEEKLY;COUNT=2", ["11-03 09:00", "11-10 09:00"])
    assert (new.rule, new.first_on, new.at) == ("FREQ=WEEKLY;COUNT=2", date(2026, 11, 18), time(10, 30))
    assert (new.follows, new.practitioner) == (old, clinic.wei)
    assert [(visit.pk, visit.practitioner) for visit in visits_of(new)] == [
        (visits[2].pk, clinic.wei), (visits[3].pk, clinic.wei),
    ]  # fmt: skip
    assert walls(visits_of(new)) == ["11-18 10:30", "11-25 10:30"]


def test_a_series_of_two_days_a_week_is_shifted_with_its_days(clinic: Cast, kind):
    visits = book(clinic, kind, rule="FREQ=WEEKLY;BYDAY=TU,TH;COUNT=6").booked
    outcome = change(clinic, visits[2], "this_and_later", "2026-11-11 09:00")
    assert outcome.series.rule == "FREQ=WEEKLY;BYDAY=WE,FR;COUNT=4"
    assert walls(visits_of(outcome.series)) == ["11-11 09:00", "11-13 09:00", "11-18 09:00", "11-20 09:00"]


def test_days_in_a_row_are_shifted_past_each_other(clinic: Cast, kind):
    visits = book(clinic, kind, rule="FREQ=DAILY;COUNT=3").booked
    outcome = change(clinic, visits[0], "all", "2026-11-04 09:00")
    assert (walls(outcome.booked), outcome.skipped) == (["11-04 09:00", "11-05 09:00", "11-06 09:00"], [])


@pytest.mark.parametrize(
    ("rule", "when"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=3;COUNT=3", "2026-11-04 09:00"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR;COUNT=4", "2026-11-06 09:00"),
    ],
)
def test_a_rule_that_would_say_other_days_than_its_visits_is_not_shifted(clinic: Cast, kind, rule: str, when: str):
    visits = book(clinic, kind, rule=rule).booked
    with pytest.raises(Refusal) as refused:
        change(clinic, visits[0], "all", when)
    assert refused.value.code == "rule_cannot_shift"
    assert walls(visits_of(visits[0].series)) == walls(visits)


def test_a_last_moment_does_not_cut_off_a_visit_that_is_later_in_the_day_now(clinic: Cast, kind):
    visits = book(clinic, kind, rule="FREQ=WEEKLY;UNTIL=20261123T200000Z").booked
    outcome = change(clinic, visits[0], "all", "2026-11-03 15:00")
    assert (outcome.series.rule, walls(outcome.booked)[-1]) == ("FREQ=WEEKLY;COUNT=4", "11-24 15:00")


def test_past_and_attended_visits_are_never_touched(clinic: Cast, kind):
    visits = book(clinic, kind).booked
    later = nz("2026-11-11 08:00")
    attending.step("arrive", appointment=visits[2], by=clinic.desk, now=NOW)
    outcome = change(clinic, visits[3], "all", "2026-11-24 15:00", now=later)
    assert walls(outcome.booked) == ["11-24 15:00"]
    assert walls(visits_of(outcome.series)) == ["11-03 09:00", "11-10 09:00", "11-17 09:00", "11-24 15:00"]
    assert [visit.pk for visit in cancel(clinic, visits[3], "all", now=later)] == [visits[3].pk]
    assert [visit.status for visit in visits_of(outcome.series)] == ["booked", "booked", "arrived", "cancelled"]


def test_what_cannot_move_stays_and_is_told_or_nothing_moves(clinic: Cast, kind):
    visits = book(clinic, kind).booked
    booking.book(
        patient=make_patient(), practitioner=clinic.mere, appointment_type=kind, starts_at=nz("2026-11-17 15:00"),
        by=clinic.desk, now=NOW,
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        change(clinic, visits[0], "all", "2026-11-03 15:00", on_conflict="refuse")
    assert [told["appointment"] for told in refused.value.extra["skipped"]] == [visits[2].pk]
    assert walls(visits_of(visits[0].series)) == walls(visits)
    outcome = change(clinic, visits[0], "all", "2026-11-03 15:00")
    assert [skipped.appointment.pk for skipped in outcome.skipped] == [visits[2].pk]
    assert walls(visits_of(outcome.series)) == ["11-03 15:00", "11-10 15:00", "11-17 09:00", "11-24 15:00"]


def test_reminders_follow_the_visits(clinic: Cast, kind):
    ReminderRule.objects.create(name="The day before", hours_before=24)
    visits = book(clinic, kind).booked
    change(clinic, visits[2], "this_and_later", "2026-11-18 10:00")
    cancel(clinic, visits[3], "this")
    planned = Message.objects.filter(state="planned").order_by("subject_starts_at")
    assert walls_of_messages(planned) == ["11-03 09:00", "11-10 09:00", "11-18 10:00"]


def walls_of_messages(messages) -> list[str]:
    return [f"{message.subject_starts_at.astimezone(AUCKLAND):%m-%d %H:%M}" for message in messages]


# Cancelling


def test_this_and_the_later_ones_are_cancelled_and_the_series_ends_before(clinic: Cast, kind):
    visits = book(clinic, kind).booked
    assert [visit.pk for visit in cancel(clinic, visits[2], "this_and_later")] == [visits[2].pk, visits[3].pk]
    series = Series.objects.get()
    assert (series.rule, [visit.status for visit in visits_of(series)]) == (
        "FREQ=WEEKLY;COUNT=2", ["booked", "booked", "cancelled", "cancelled"],
    )  # fmt: skip
    assert Occupancy.objects.count() == 8


def test_one_visit_is_cancelled_by_itself(clinic: Cast, kind):
    visits = book(clinic, kind).booked
    cancel(clinic, visits[1], "this")
    assert Series.objects.get().rule == WEEKLY
    assert [visit.status for visit in visits_of(visits[1].series)] == ["booked", "cancelled", "booked", "booked"]


def test_what_is_not_there_or_not_of_the_series_cannot_be_changed(clinic: Cast, kind):
    visits, others = book(clinic, kind).booked, book(clinic, kind, "2026-11-05 09:00").booked
    series = visits[0].series
    with pytest.raises(Refusal) as refused:
        changing.change(series=series, appointment=others[0], scope="all", by=clinic.desk, now=NOW)
    assert refused.value.code == "appointment_of_another_series"
    asked = {"series": series, "reason": "patient", "by": clinic.desk, "now": NOW}
    with pytest.raises(Refusal) as refused:
        changing.cancel(appointment=None, scope="this_and_later", **asked)
    assert refused.value.code == "appointment_missing"
    changing.cancel(appointment=None, scope="all", **asked)
    with pytest.raises(Conflict) as refused:
        changing.cancel(appointment=None, scope="all", **asked)
    assert refused.value.code == "nothing_to_cancel"
    with pytest.raises(Conflict) as refused:
        change(clinic, visits[0], "all", "2026-11-03 15:00")
    assert refused.value.code == "nothing_to_change"


# What the database promises


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"practitioner": None}, "practitioner_missing"),
        ({"rule": ""}, "rule_missing"),
        ({"follows": "itself"}, "series_follows_itself"),
    ],
)
def test_a_series_that_does_not_say_with_whom_how_or_after_what_is_refused(clinic: Cast, kind, changes, code):
    series = book(clinic, kind).series
    if "follows" in changes:
        changes = {"follows": series}
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Series.objects.filter(pk=series.pk).update(**changes)
    assert refusal_for(refused.value).code == code


def test_a_visit_of_a_series_without_its_occurrence_is_refused(clinic: Cast, kind):
    visit = book(clinic, kind).booked[0]
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Appointment.objects.filter(pk=visit.pk).update(occurrence_at=None)
    assert refusal_for(refused.value).code == "occurrence_missing"


# Over the API


def body(cast: Cast, kind, **fields) -> dict:
    return {
        "patient": cast.aroha.pk, "practitioner": cast.mere.pk, "appointment_type": kind.pk,
        "starts_at": "2027-11-02T09:00:00+13:00", "rule": WEEKLY,
    } | fields  # fmt: skip


def test_a_series_over_the_api(clinic: Cast, kind):
    desk = api(clinic.desk)
    ClosedDay.objects.create(location=clinic.location, day=date(2027, 11, 9), name="Staff day")
    preview = desk.post("/api/v1/series/", body(clinic, kind, dry_run=True), format="json")
    assert (preview.status_code, preview.json()["series"]) == (200, None)
    assert [visit["appointment"] for visit in preview.json()["booked"]] == [None] * 3
    answer = desk.post("/api/v1/series/", body(clinic, kind), format="json")
    told = answer.json()
    assert answer.status_code == 201
    assert [visit["starts_at"] for visit in told["booked"]] == [
        "2027-11-02T09:00:00+13:00", "2027-11-16T09:00:00+13:00", "2027-11-23T09:00:00+13:00",
    ]  # fmt: skip
    assert told["skipped"] == [
        {"occurrence": "2027-11-09T09:00:00+13:00", "appointment": None, "code": "closed",
         "detail": "The clinic is closed on that day."},
    ]  # fmt: skip
    assert (told["series"]["visits"], told["series"]["visits_to_come"]) == (3, 3)
    place = f"/api/v1/series/{told['series']['id']}/"
    listed = desk.get("/api/v1/appointments/", {"series": told["series"]["id"]}).json()["results"]
    assert [visit["occurrence_at"] for visit in listed] == [visit["starts_at"] for visit in told["booked"]]
    moved = desk.post(
        f"{place}change/",
        {"scope": "this_and_later", "appointment": listed[1]["id"], "starts_at": "2027-11-16T10:00:00+13:00"},
        format="json",
    ).json()
    assert [visit["starts_at"][11:16] for visit in moved["booked"]] == ["10:00", "10:00"]
    assert moved["series"]["follows"] == told["series"]["id"]
    ended = desk.post(
        f"/api/v1/series/{moved['series']['id']}/cancel/", {"scope": "all", "reason": "patient"}, format="json"
    ).json()
    assert (ended["cancelled"], ended["series"]["visits"]) == ([listed[1]["id"], listed[2]["id"]], 0)
    assert desk.get(place).json()["visits"] == 1


def test_a_refused_series_lists_its_conflicts_as_a_problem(clinic: Cast, kind):
    ClosedDay.objects.create(location=clinic.location, day=date(2027, 11, 9), name="Staff day")
    answer = api(clinic.desk).post("/api/v1/series/", body(clinic, kind, on_conflict="refuse"), format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "series_conflicts")
    assert [skipped["code"] for skipped in answer.json()["skipped"]] == ["closed"]


def test_series_are_listed_in_as_many_queries_however_many_there_are(clinic: Cast, kind):
    def make(n: int) -> None:
        series = Series.objects.create(
            patient=make_patient(), practitioner=clinic.mere, appointment_type=kind, location=clinic.location,
            rule=WEEKLY, first_on=date(2026, 11, 3), at=time(9),
        )  # fmt: skip
        assert series.pk

    counts = queries_while_growing(api(clinic.desk), "/api/v1/series/?page_size=200", make)
    assert len(set(counts)) == 1, counts
