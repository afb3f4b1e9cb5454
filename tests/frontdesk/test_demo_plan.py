"""The plan of the demo, before anything is written: who the people are, and that their visits fit into the book."""

import re
from collections import Counter
from datetime import date, timedelta
from itertools import combinations, pairwise

import holidays
import pytest

from frontdesk.demo import people
from frontdesk.demo.complaints import Visit as VisitWords
from frontdesk.demo.courses import FIRST, KINDS, LAST, Visit, plan
from frontdesk.demo.notes import COMPLAINTS
from patients import nhi
from patients.models import Alert, Patient

PEOPLE = people.read()
CLOSED = frozenset(holidays.country_holidays("NZ", subdiv="WGN", years=range(2026, 2029)))
# A year of days on which somebody may make the demo, among them Easter, Christmas and both changes of the clocks.
DAYS = [date(2027, 1, 1) + timedelta(days=number) for number in range(0, 365, 3)]


def test_sixty_people_carry_names_of_aotearoa_as_they_are_written():
    names = [" ".join(str(person.fields[part]) for part in ("first_name", "last_name", "preferred_name"))
             for person in PEOPLE]  # fmt: skip
    assert len(names) == len(set(names)) == 60
    assert sum(bool(re.search("[āēīōūĀĒĪŌŪ]", name)) for name in names) == 9
    assert sum(bool(re.search("[\u4e00-\u9fff]", name)) for name in names) == 8
    ethnicities = Counter(name for person in PEOPLE for name in person.fields["ethnicities"])
    assert {"Māori", "Samoan", "Tongan", "Chinese", "Indian", "New Zealand European"} <= set(ethnicities)


def test_nhi_numbers_are_valid_unique_and_of_the_range_for_tests_in_both_formats():
    numbers = [person.fields["nhi"] for person in PEOPLE if person.fields["nhi"]]
    assert len(numbers) == len(set(numbers)) == 52
    assert [number for number in numbers if not nhi.is_valid(number, allow_test_values=True)] == []
    assert {number[0] for number in numbers} == {"Z"}
    assert Counter(number[-1].isdigit() for number in numbers) == {True: 34, False: 18}


def test_nobody_can_be_reached_who_exists():
    for person in PEOPLE:
        assert re.fullmatch(r"(|[a-z.]+@example\.(nz|org))", person.fields["email"]), person
        assert re.fullmatch(r"0\d+ 555 01\d\d", person.fields["phone"]), person


def test_every_word_of_the_data_is_one_that_the_models_know():
    assert {kind for person in PEOPLE for kind, _ in person.alerts} <= set(Alert.Kind.values)
    assert {person.fields["sex"] for person in PEOPLE} <= set(Patient.Sex.values)
    assert {person.fields["reminder_channel"] for person in PEOPLE} == set(Patient.ReminderChannel.values)
    assert {person.complaint for person in PEOPLE} - {""} == set(COMPLAINTS)
    assert {person.payer for person in PEOPLE} == {"", "acc", "southern", "kotuku", "oregon"}
    assert [person for person in PEOPLE if person.payer == "acc" and not COMPLAINTS[person.complaint].injury] == []


@pytest.mark.parametrize("key", sorted(COMPLAINTS))
def test_the_words_of_every_visit_have_no_place_left_open(key):
    for number in range(9):
        texts = VisitWords.of(COMPLAINTS[key], number).texts
        assert [text for text in texts.values() if "{" in text or not text] == []


def hands_on(visit: Visit) -> list[tuple]:
    found, begins = [], visit.starts
    for kind, minutes in KINDS[visit.kind].segments:
        ends = begins + timedelta(minutes=minutes)
        found += [(begins, ends)] if kind == "hands_on" else []
        begins = ends
    return found


def overlap(one: tuple, other: tuple) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def test_on_no_day_of_a_year_is_anybody_in_two_places():
    for today in DAYS:
        visits = plan(PEOPLE, today=today, closed=CLOSED)
        by_day: dict[date, list[Visit]] = {}
        for visit in visits:
            by_day.setdefault(visit.starts.date(), []).append(visit)
        for day, rows in by_day.items():
            for one, other in combinations(rows, 2):
                both = (one.starts, one.ends), (other.starts, other.ends)
                if one.room_at(one.starts) == other.room_at(other.starts) or one.person == other.person:
                    assert not overlap(*both), (today, day, one, other)
                if one.practitioner == other.practitioner:
                    clashes = [(a, b) for a in hands_on(one) for b in hands_on(other) if overlap(a, b)]
                    assert clashes == [], (today, day, one, other)


def test_the_visits_of_a_course_come_in_order_and_are_booked_before_they_begin():
    for today in DAYS[::10]:
        visits = plan(PEOPLE, today=today, closed=CLOSED)
        for one, other in pairwise(visits):
            assert one.person != other.person or (one.starts < other.starts and one.number + 1 == other.number)
        for visit in visits:
            assert visit.booked < visit.starts
            assert visit.moved is None or visit.booked < visit.moved < min(visit.starts, visit.moved_from)
            assert FIRST <= (visit.starts.date() - today).days <= LAST


def test_every_open_day_on_which_the_demo_is_made_is_a_full_one_and_no_closed_day_has_a_visit():
    for today in DAYS:
        visits = plan(PEOPLE, today=today, closed=CLOSED)
        day = Counter(visit.starts.date() for visit in visits)
        is_open = today not in CLOSED and today.weekday() != 6
        # On Saturdays one of the two works, for four hours.
        least = (3 if today.weekday() == 5 else 6) if is_open else 0
        assert day[today] >= least, today
        assert is_open or day[today] == 0
        assert set(day) & CLOSED == set()
        assert len(visits) > 200
