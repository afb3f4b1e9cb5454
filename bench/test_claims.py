"""The claims desk with 1,000 sessions against 100, and against asking one by one. `python -m pytest -m bench bench`

The answers are compared before anything is timed; then all are asked in turn, round by round, so that whatever else
the machine does slows each of them.
"""

from collections.abc import Callable
from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest

from billing.claiming.gathering import Candidate, candidates, examine
from patients.models import Case
from tests.billing.claims import NOW, acupuncture, session
from tests.cast import Cast, make_case, make_patient
from tests.treatments.test_many_notes import queries_of
from treatments.models import Treatment

MANY, FEW, ALONE, ROUNDS = 1000, 100, 10, 7
A_DAY, CASES = 10, 100
# Ten times the rows in no more than so many times the time; and one by one takes at least so many times as long.
GROWTH, ONE_BY_ONE = 11.5, 10


def make_days(cast: Cast) -> None:
    """Ten sessions a day for a hundred days, of a hundred cases in turn: each every ten days."""
    first_day = (NOW - timedelta(days=MANY // A_DAY)).date()
    cases: list[Case] = [
        make_case(make_patient(), date_of_injury=first_day, opened_on=first_day) for _ in range(CASES)
    ]
    for number in range(MANY):
        day, hour = divmod(number, A_DAY)
        at = NOW - timedelta(days=MANY // A_DAY - day, hours=4 - hour)
        session(cast, cases[number % CASES], at, face_to_face_minutes=25)


def told(rows: list[Candidate]) -> list[tuple]:
    return [(row.session.treatment, row.total, row.reasons) for row in rows]


def seconds(act: Callable[[], object]) -> float:
    began = perf_counter()
    act()
    return perf_counter() - began


@pytest.mark.bench
def test_a_thousand_candidates_take_ten_times_as_long_as_a_hundred(cast: Cast):
    acupuncture(cast.acc)
    make_days(cast)
    days = NOW.date() - timedelta(days=FEW // A_DAY)
    newest = Treatment.objects.order_by("-started_at")[:ALONE].values_list("pk", flat=True)

    def all_of_them() -> list[Candidate]:
        return candidates(payer=cast.acc, now=NOW)

    def the_last_hundred() -> list[Candidate]:
        return candidates(payer=cast.acc, now=NOW, from_on=days)

    def one_by_one() -> list[Candidate]:
        return [
            row for pk in reversed(newest) for row in examine(Treatment.objects.filter(pk=pk), payer=cast.acc, now=NOW)
        ]

    everything = told(all_of_them())
    assert (len(everything), len(the_last_hundred())) == (MANY, FEW)
    assert told(the_last_hundred()) == everything[-FEW:]
    assert told(one_by_one()) == everything[-ALONE:]
    assert {reason.code for row in everything for reason in row[2]} == {"after_window"}
    assert queries_of(all_of_them) == queries_of(the_last_hundred)
    rounds = [[seconds(act) for act in (all_of_them, the_last_hundred, one_by_one)] for _ in range(ROUNDS)]
    many, few, alone = (median(times) for times in zip(*rounds, strict=True))
    print(f"\n{MANY} candidates: {many * 1000:.0f} ms, {many / few:.1f} x {FEW} (goal <= {GROWTH} x)")
    print(f"one by one: {alone / ALONE * MANY / many:.0f} x as long (goal >= {ONE_BY_ONE} x)")
    assert many / few <= GROWTH
    assert alone / ALONE * MANY / many >= ONE_BY_ONE
