"""Opening a patient with 500 treatments against one with 5. `python -m pytest -m bench bench`

The answers are compared in the number of their queries before anything is timed; then both are opened in turn, round
by round, so that whatever else the machine does slows both.
"""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import pytest

from tests.cast import Cast, api, make_case, make_patient
from tests.pages import browser
from tests.treatments.course import make_course, opening
from tests.treatments.test_many_notes import queries_of

FEW, MANY, ROUNDS = 5, 500, 15
GOAL = 1.3
# A full page of rows takes longer than six of them, whoever the patient is: its queries are compared, its time is not.
NOT_TIMED = {"the list of notes"}


def seconds(act: Callable[[], object]) -> float:
    began = perf_counter()
    act()
    return perf_counter() - began


def ratio_of(opens: list[Callable[[], object]]) -> float:
    """Few and many in turn, each time one of each: the medians of many against few."""
    rounds = [[seconds(act) for act in opens] for _ in range(ROUNDS)]
    few, many = (median(times) for times in zip(*rounds, strict=True))
    return many / few


@pytest.mark.bench
def test_a_patient_with_500_treatments_opens_as_fast_as_one_with_5(cast: Cast):
    notes = [make_course(cast, make_case(make_patient()), sessions) for sessions in (FEW, MANY)]
    clients = {"page": browser(cast.practitioner), "api": api(cast.practitioner)}
    ratios = {}
    for what, (kind, place) in opening().items():
        opens = [partial(clients[kind].get, place(note)) for note in notes]
        few, many = map(queries_of, opens)
        assert few == many, what
        if what not in NOT_TIMED:
            ratios[what] = ratio_of(opens)
    print()
    for what, ratio in ratios.items():
        print(f"{what}: {ratio:.2f} x (goal <= {GOAL} x)")
    assert {what: ratio for what, ratio in ratios.items() if ratio > GOAL} == {}
