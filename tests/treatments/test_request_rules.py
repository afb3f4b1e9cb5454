"""Standard or not: each boundary, by ACC's page "Submit an ACC32 request" and its one-page guide."""

from datetime import date

import pytest

from treatments.requests import rules as request_rules
from treatments.requests.rules import Facts, checks, is_standard


def facts(**given) -> Facts:
    values = {
        "cover_accepted": True,
        "date_of_injury": date(2026, 3, 10),
        "requested_on": date(2026, 11, 20),
        "earlier_requests": 0,
        "after_surgery": False,
    }
    return Facts(**values | given)


CASES = [
    ("the first request, months after the injury", {}, []),
    ("the last day of twelve months", {"requested_on": date(2027, 3, 10)}, []),
    ("a day later", {"requested_on": date(2027, 3, 11)}, ["injury_within_12_months"]),
    (
        "of 29 February, the last day",
        {"date_of_injury": date(2028, 2, 29), "requested_on": date(2029, 2, 28)},
        [],
    ),
    (
        "of 29 February, a day later",
        {"date_of_injury": date(2028, 2, 29), "requested_on": date(2029, 3, 1)},
        ["injury_within_12_months"],
    ),
    ("the second request", {"earlier_requests": 1}, ["first_request"]),
    ("not accepted", {"cover_accepted": False}, ["cover_accepted"]),
    ("after surgery", {"after_surgery": True}, ["not_after_surgery"]),
    ("a changed code with no list entered", {"changed_codes": ("S530.",)}, ["diagnosis_standard"]),
    ("a changed code on the list", {"changed_codes": ("S530.",), "listed_codes": frozenset({"S530."})}, []),
    (
        "the case of a Read code matters",
        {"changed_codes": ("s530.",), "listed_codes": frozenset({"S530."})},
        ["diagnosis_standard"],
    ),
    (
        "one of two is not on the list",
        {"changed_codes": ("S530.", "N2152"), "listed_codes": frozenset({"S530."})},
        ["diagnosis_standard"],
    ),
    ("a lodgement error", {"other_changes": True}, ["diagnosis_standard"]),
    (
        "a lodgement error beside a listed code",
        {"changed_codes": ("S530.",), "other_changes": True, "listed_codes": frozenset({"S530."})},
        ["diagnosis_standard"],
    ),
    (
        "everything at once",
        {
            "cover_accepted": False,
            "requested_on": date(2028, 1, 1),
            "earlier_requests": 2,
            "after_surgery": True,
            "other_changes": True,
        },
        ["cover_accepted", "injury_within_12_months", "first_request", "diagnosis_standard", "not_after_surgery"],
    ),
]


@pytest.mark.parametrize(("given", "failed"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_request_is_standard_only_where_every_check_passes(given, failed):
    found = checks(facts(**given))
    assert [check.code for check in found if not check.passed] == failed
    assert is_standard(found) is (failed == [])


def test_every_check_says_where_it_comes_from_and_what_it_found():
    found = checks(facts())
    assert {check.source for check in found} == {request_rules.PAGE, request_rules.GUIDE}
    assert [check.detail for check in found] == [
        "ACC accepted the claim.",
        "The injury is no more than 12 months ago.",
        "This is the clinic's first request for more treatment of this claim.",
        "The diagnosis stays as ACC has it.",
        "The treatment follows no surgery.",
    ]
    (changed,) = [c for c in checks(facts(changed_codes=("N2152",))) if c.code == "diagnosis_standard"]
    assert changed.detail == "The diagnosis changes, and ACC's standard Read code list is not entered here."
