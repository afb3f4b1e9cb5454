"""What a case still covers, on plain values: a table of cases with their answers, and what holds for all of them.

Day 1 is the day of the first treatment; day 84 is the last of the window. Unless a row says otherwise it is about an
accepted claim of an injury of 1 February 2026, first treated here on 2 March 2026 (day 84 is 24 May).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.entitlement import rules
from billing.entitlement.assessing import assess
from billing.entitlement.values import Asked, Certificate, Decision, Facts, Order
from clinic.months import months_after
from patients.models import CoverStatus

FIRST = date(2026, 3, 2)
PLAIN: dict[str, Any] = {
    "kind": "acc",
    "payer": "ACC",
    "payer_kind": "acc",
    "claim_number": "AB12345",
    "date_of_injury": date(2026, 2, 1),
    "diagnoses": (("read2", "S572."),),
    "cover_status": "accept",
    "certificates": (Certificate(practitioner="Mere Ngata", expires_on=date(2027, 3, 31)),),
}
INSURED: dict[str, Any] = {
    "kind": "insurer",
    "payer": "Southern Example Health",
    "payer_kind": "insurer",
    "policy_number": "P-1",
    "certificates": PLAIN["certificates"],
}


def day(text: str) -> date:
    return date.fromisoformat(text)


def weekly(times: int, first: date = FIRST) -> tuple[date, ...]:
    return tuple(first + timedelta(days=7 * n) for n in range(times))


def daily(times: int, first: date = FIRST) -> tuple[date, ...]:
    return tuple(first + timedelta(days=n) for n in range(times))


def order(sessions: int = 6, first: str = "2026-05-01", last: str | None = "2026-08-31", number: str = "PO1") -> Order:
    return Order(
        number=number,
        sessions=sessions,
        approved_on=day(first),
        valid_from=day(first),
        expires_on=day(last) if last else None,
    )


YES, NO, ASK = "covered", "not_covered", "check_manually"
LEFT, WINDOW, INJURY = "sessions_remaining", "within_treatment_window", "injury_within_12_months"
ELSEWHERE = {"sessions_elsewhere": 4, "date_of_injury": day("2025-10-01")}


def row(about: str, on: str, answer: str, *says_no: str, left: int | None = None, **differs: Any):
    """The answer on that day, the codes that say no or have to be looked up, and how many sessions are left."""
    return pytest.param(day(on), differs, answer, set(says_no), left, id=about)


TABLE = [
    # The course of an ordinary claim
    row("nothing was given yet", "2026-03-02", YES, left=12),
    row("the first was given", "2026-03-09", YES, left=11, given=weekly(1)),
    row("two are left", "2026-05-11", YES, left=2, given=weekly(10)),
    row("the 12th is still free", "2026-05-18", YES, left=1, given=weekly(11)),
    row("a 13th is one too many", "2026-05-20", NO, LEFT, left=0, given=weekly(12)),
    row("14 were given, two of them outside", "2026-05-20", NO, LEFT, left=0, given=daily(14)),
    row("what is given later does not count on an earlier day", "2026-03-10", YES, left=10, given=weekly(12)),
    row("the 12th of that very day is used up", "2026-05-18", NO, LEFT, left=0, given=weekly(12)),
    row("two sessions of one day are two", "2026-03-03", YES, left=10, given=(FIRST, FIRST)),
    # The window
    row("day 1 is the day of the first treatment", "2026-03-02", YES, left=11, given=(FIRST,)),
    row("day 83", "2026-05-23", YES, left=11, given=(FIRST,)),
    row("day 84 is the last", "2026-05-24", YES, left=11, given=(FIRST,)),
    row("day 85 is over", "2026-05-25", NO, WINDOW, left=11, given=(FIRST,)),
    row(
        "the window runs over the end of daylight saving in days",
        "2026-06-23",
        YES,
        left=11,
        given=(day("2026-04-01"),),
    ),
    row("and ends there to the day", "2026-06-24", NO, WINDOW, left=11, given=(day("2026-04-01"),)),
    row("and over its beginning", "2026-11-23", YES, left=11, given=(day("2026-09-01"),)),
    row("to the day as well", "2026-11-24", NO, WINDOW, left=11, given=(day("2026-09-01"),)),
    row("used up and over", "2026-05-25", NO, LEFT, WINDOW, left=0, given=weekly(12)),
    # The age of the injury
    row("first treated 12 months to the day after", "2027-02-01", YES, left=12),
    row("first treated a day later", "2027-02-02", NO, INJURY, left=12),
    row("begun in time, carried on after 12 months", "2027-02-20", YES, left=11, given=(day("2027-01-30"),)),
    row("begun too late", "2027-02-20", NO, INJURY, left=11, given=(day("2027-02-02"),)),
    row(
        "injured on 29 February: 28 February is the last day",
        "2025-02-28",
        YES,
        left=12,
        date_of_injury=day("2024-02-29"),
    ),
    row(
        "injured on 29 February: 1 March is too late",
        "2025-03-01",
        NO,
        INJURY,
        left=12,
        date_of_injury=day("2024-02-29"),
    ),
    row(
        "injured on 28 February of the year before a leap year",
        "2024-02-28",
        YES,
        left=12,
        date_of_injury=day("2023-02-28"),
    ),
    row("its leap day is too late", "2024-02-29", NO, INJURY, left=12, date_of_injury=day("2023-02-28")),
    row("treated on the day of the injury", "2026-02-01", YES, left=12),
    row("asked about a day before the injury", "2026-01-31", NO, "date_of_injury", INJURY, left=12),
    row("treated before the injury", "2026-03-01", NO, INJURY, left=11, given=(day("2026-01-30"),)),
    row(
        "a purchase order allows a late beginning",
        "2027-02-10",
        YES,
        left=18,
        orders=(order(6, "2027-02-05", "2027-06-30"),),
    ),
    # Sessions elsewhere
    row(
        "four elsewhere, first one known",
        "2026-05-01",
        YES,
        left=5,
        **ELSEWHERE,
        first_elsewhere_on=day("2026-02-20"),
        given=weekly(3),
    ),
    row(
        "the window runs from the first one elsewhere",
        "2026-05-14",
        YES,
        left=5,
        **ELSEWHERE,
        first_elsewhere_on=day("2026-02-20"),
        given=weekly(3),
    ),
    row(
        "and is over 84 days after it",
        "2026-05-15",
        NO,
        WINDOW,
        left=5,
        **ELSEWHERE,
        first_elsewhere_on=day("2026-02-20"),
        given=weekly(3),
    ),
    row(
        "nobody knows when the first one elsewhere was",
        "2026-05-01",
        ASK,
        WINDOW,
        left=5,
        **ELSEWHERE,
        given=weekly(3),
    ),
    row("but the injury is less than 84 days ago", "2026-04-25", YES, left=5, sessions_elsewhere=4, given=weekly(3)),
    row(
        "84 days after the injury somebody has to ask",
        "2026-04-26",
        ASK,
        WINDOW,
        left=5,
        sessions_elsewhere=4,
        given=weekly(3),
    ),
    row(
        "and from the first one here it is surely over", "2026-05-25", NO, WINDOW, left=5, **ELSEWHERE, given=weekly(3)
    ),
    row("all twelve were given elsewhere", "2026-03-02", NO, LEFT, left=0, sessions_elsewhere=12),
    row("more than twelve elsewhere", "2026-03-02", NO, LEFT, left=0, sessions_elsewhere=15),
    row(
        "elsewhere in time, here too late",
        "2027-02-20",
        YES,
        left=10,
        sessions_elsewhere=2,
        first_elsewhere_on=day("2027-01-30"),
    ),
    row(
        "elsewhere nobody knows when, here too late", "2027-02-20", ASK, INJURY, WINDOW, left=10, sessions_elsewhere=2
    ),
    # More was approved
    row("a purchase order adds its sessions", "2026-05-10", YES, left=9, given=weekly(9), orders=(order(),)),
    row("and carries on after the twelve", "2026-05-20", YES, left=6, given=weekly(12), orders=(order(),)),
    row("and after day 84", "2026-06-10", YES, left=6, given=weekly(8), orders=(order(),)),
    row("its last day counts", "2026-08-31", YES, left=6, given=weekly(8), orders=(order(),)),
    row("the day after it does not", "2026-09-01", NO, WINDOW, left=4, given=weekly(8), orders=(order(),)),
    row("before its first day it holds nothing", "2026-04-30", NO, LEFT, left=0, given=daily(12), orders=(order(),)),
    row("its first day counts", "2026-05-01", YES, left=6, given=daily(12), orders=(order(),)),
    row(
        "it is used up",
        "2026-08-01",
        NO,
        LEFT,
        left=0,
        given=weekly(12) + weekly(6, day("2026-06-01")),
        orders=(order(),),
    ),
    row(
        "sessions paid privately while waiting use none of it",
        "2026-05-10",
        YES,
        left=6,
        given=daily(14),
        orders=(order(),),
    ),
    row(
        "a second order begins anew",
        "2026-09-10",
        YES,
        left=4,
        given=weekly(12) + weekly(6, day("2026-06-01")),
        orders=(order(), order(4, "2026-09-01", None, "PO2")),
    ),
    row(
        "18 were approved in all, within the window", "2026-05-20", YES, left=6, given=weekly(12), approved_sessions=18
    ),
    row(
        "18 in all, after it: until when nobody knows",
        "2026-06-10",
        ASK,
        WINDOW,
        left=6,
        given=weekly(12),
        approved_sessions=18,
    ),
    row("fewer than the rule gives", "2026-04-20", NO, LEFT, left=0, given=weekly(6), approved_sessions=6),
    # The book
    row(
        "visits before that day will have used them up",
        "2026-05-20",
        NO,
        LEFT,
        left=2,
        given=weekly(10),
        expected=(day("2026-05-13"), day("2026-05-18")),
    ),
    row(
        "a visit on that very day is the one asked about",
        "2026-05-18",
        YES,
        left=1,
        given=weekly(11),
        expected=(day("2026-05-18"),),
    ),
    row(
        "later visits wait their turn",
        "2026-05-12",
        YES,
        left=2,
        given=weekly(10),
        expected=(day("2026-05-18"), day("2026-05-20")),
    ),
    # The rules before
    row(
        "14 December 2021 is of the rule before: 16 in 52 weeks",
        "2021-12-14",
        YES,
        left=16,
        date_of_injury=day("2021-10-01"),
    ),
    row("15 December 2021 is of the present one", "2021-12-15", YES, left=12, date_of_injury=day("2021-10-01")),
    row(
        "begun under 16, the 13th under 16 as well",
        "2022-02-01",
        YES,
        left=4,
        date_of_injury=day("2021-10-01"),
        given=daily(12, day("2021-12-01")),
        certificates=PLAIN["certificates"],
    ),
    row(
        "day 364 of the old window",
        "2022-11-29",
        YES,
        left=15,
        date_of_injury=day("2021-10-01"),
        given=(day("2021-12-01"),),
    ),
    row(
        "day 365 of it",
        "2022-11-30",
        NO,
        WINDOW,
        left=15,
        date_of_injury=day("2021-10-01"),
        given=(day("2021-12-01"),),
    ),
    row(
        "six a claim from December 2010",
        "2012-03-01",
        NO,
        LEFT,
        left=0,
        date_of_injury=day("2012-01-10"),
        given=weekly(6, day("2012-01-12")),
    ),
    row(
        "which knew no window", "2013-01-10", YES, left=5, date_of_injury=day("2012-01-10"), given=(day("2012-01-12"),)
    ),
    row("before that no rule is known", "2010-11-30", ASK, LEFT, WINDOW, left=None, date_of_injury=day("2010-11-01")),
    # What is on the claim
    row("no claim number", "2026-03-02", NO, "claim_number", left=12, claim_number=""),
    row("a claim number of eleven digits", "2026-03-02", YES, left=12, claim_number="10012345678"),
    row("an unusual claim number", "2026-03-02", ASK, "claim_number", left=12, claim_number="X1"),
    row("no date of injury", "2026-03-02", NO, "date_of_injury", INJURY, left=12, date_of_injury=None),
    row("no diagnosis", "2026-03-02", NO, "diagnosis_code", left=12, diagnoses=()),
    row("only an ICD-10-CM code", "2026-03-02", NO, "diagnosis_code", left=12, diagnoses=(("icd10cm", "M76.01"),)),
    row("a SNOMED code", "2026-03-02", YES, left=12, diagnoses=(("snomed", "209538005"),)),
    row("an employer pays", "2026-03-02", NO, "case_is_acc", left=12, payer="Example Freight", payer_kind="employer"),
    row(
        "the certificate ends that day",
        "2027-01-31",
        YES,
        left=12,
        certificates=(Certificate(practitioner="Mere", expires_on=day("2027-01-31")),),
    ),
    row(
        "the certificate ended the day before",
        "2027-01-31",
        NO,
        "practitioner_certified",
        left=12,
        certificates=(Certificate(practitioner="Mere", expires_on=day("2027-01-30")),),
    ),
    row(
        "no certificate was taken down",
        "2026-03-02",
        ASK,
        "practitioner_certified",
        left=12,
        certificates=(Certificate(practitioner="Mere", expires_on=None),),
    ),
    row(
        "one of two may treat",
        "2026-03-02",
        ASK,
        "practitioner_certified",
        left=12,
        certificates=(*PLAIN["certificates"], Certificate(practitioner="Wei", expires_on=day("2026-01-01"))),
    ),
    row("nobody is named", "2026-03-02", ASK, "practitioner_certified", left=12, certificates=()),
    # Invoices: they never uncover the next session
    row(
        "to be invoiced 12 months to the day after",
        "2027-03-02",
        YES,
        left=6,
        given=(FIRST,),
        not_invoiced=(FIRST,),
        orders=(order(last=None),),
    ),
    row(
        "a day later it is too late for that one",
        "2027-03-03",
        YES,
        "invoice_within_12_months",
        left=6,
        given=(FIRST,),
        not_invoiced=(FIRST,),
        orders=(order(last=None),),
    ),
    row(
        "a session of 29 February, a year on",
        "2025-02-28",
        YES,
        left=6,
        date_of_injury=day("2024-02-01"),
        given=(day("2024-02-29"),),
        not_invoiced=(day("2024-02-29"),),
        orders=(order(6, "2024-05-01", None),),
    ),
    row(
        "and a day more",
        "2025-03-01",
        YES,
        "invoice_within_12_months",
        left=6,
        date_of_injury=day("2024-02-01"),
        given=(day("2024-02-29"),),
        not_invoiced=(day("2024-02-29"),),
        orders=(order(6, "2024-05-01", None),),
    ),
    row(
        "a 13th that nobody approved is not ACC's to pay",
        "2027-03-20",
        YES,
        left=6,
        given=daily(13),
        not_invoiced=(FIRST + timedelta(days=12),),
        orders=(order(last=None),),
    ),
]

COVER = [
    ("unknown", ASK),
    ("not_applicable", NO),
    ("interim_accept", YES),
    ("accept", YES),
    ("pending_accept", ASK),
    ("accredited_employer", NO),
    ("pending_accredited_employer", NO),
    ("decline", NO),
    ("pending_decline", ASK),
    ("duplicate", NO),
    ("pending_held", ASK),
    ("held", ASK),
    ("investigating_gradual_process", ASK),
    ("", ASK),
    ("withheld", ASK),
    ("Accept", ASK),
]

POLICIES = [
    row("nothing limits it", "2026-03-02", YES),
    row("nothing of the policy is known", "2026-03-02", ASK, "policy_known", policy_number=""),
    row("ten of ten used", "2026-06-01", NO, LEFT, left=0, approved_sessions=10, given=weekly(10)),
    row("nine of ten used", "2026-06-01", YES, left=1, approved_sessions=10, given=weekly(9)),
    row("the policy's last day", "2026-06-30", YES, policy_expires_on=day("2026-06-30")),
    row("the day after it", "2026-07-01", NO, "policy_in_force", policy_expires_on=day("2026-06-30")),
    row("a cent is left", "2026-06-01", YES, approved_amount=Decimal("500"), billed=Decimal("499.99")),
    row(
        "the amount is used up",
        "2026-06-01",
        NO,
        "amount_remaining",
        approved_amount=Decimal("500"),
        billed=Decimal("500"),
    ),
    row("approval is asked for and missing", "2026-06-01", NO, "approval_given", approval_required=True),
    row("approval has its number", "2026-06-01", YES, approval_required=True, approval_number="A-77"),
    row("a purchase order is an approval", "2026-06-01", YES, approval_required=True, orders=(order(),)),
    row(
        "an order's sessions follow the policy's",
        "2026-06-01",
        YES,
        left=6,
        approved_sessions=10,
        given=weekly(10),
        orders=(order(),),
    ),
    row("certificate run out", "2027-04-01", NO, "practitioner_certified"),
]


def stumbles(answer) -> set[str]:
    return {check.code for check in answer.checks if check.passed is not True}


@pytest.mark.parametrize(("on", "differs", "decision", "open_codes", "left"), TABLE)
def test_a_case_of_accs(on, differs, decision, open_codes, left):
    answer = assess(Facts(**PLAIN | differs), on=on)
    assert (answer.decision, stumbles(answer), answer.remaining) == (decision, open_codes, left)


@pytest.mark.parametrize(("status", "decision"), COVER)
def test_each_cover_status_and_any_other_fails_closed(status, decision):
    answer = assess(Facts(**PLAIN | {"cover_status": status}), on=FIRST)
    assert (answer.decision, stumbles(answer)) == (decision, set() if decision == YES else {"cover_accepted"})


def test_no_cover_status_is_left_out_of_the_table():
    assert set(CoverStatus.values) <= {status for status, _ in COVER}


@pytest.mark.parametrize(("on", "differs", "decision", "open_codes", "left"), POLICIES)
def test_a_case_of_an_insurer(on, differs, decision, open_codes, left):
    answer = assess(Facts(**INSURED | differs), on=on)
    assert (answer.decision, stumbles(answer), answer.remaining) == (decision, open_codes, left)


def test_a_private_case_is_covered_by_the_patient():
    answer = assess(Facts(kind="private", given=weekly(30)), on=day("2027-01-01"))
    assert (answer.decision, answer.payer, answer.checks, answer.approved, answer.used) == (
        Decision.COVERED,
        "the patient",
        (),
        None,
        30,
    )


def test_the_table_is_as_long_as_it_was_promised():
    assert len(TABLE) + len(COVER) + len(POLICIES) >= 60
    assert len({row.id for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize(
    ("on", "differs", "ends_on"),
    [
        ("2026-03-10", {}, None),
        ("2026-03-10", {"given": (FIRST,)}, "2026-05-24"),
        ("2026-05-10", {"given": (FIRST,), "orders": (order(),)}, "2026-08-31"),
        ("2026-05-10", {"given": (FIRST,), "orders": (order(last="2026-05-12"),)}, "2026-05-24"),
        ("2026-05-10", {"given": (FIRST,), "orders": (order(last=None),)}, None),
        ("2026-09-10", {"given": (FIRST,), "orders": (order(),)}, "2026-05-24"),
        ("2026-03-10", {"given": (FIRST,), "approved_sessions": 18}, None),
        ("2026-03-10", {"given": (FIRST,), "sessions_elsewhere": 1}, None),
    ],
)
def test_the_last_day_of_what_holds(on, differs, ends_on):
    assert assess(Facts(**PLAIN | differs), on=day(on)).window_ends_on == (day(ends_on) if ends_on else None)


@pytest.mark.parametrize(
    ("on", "differs", "begins_with"),
    [
        ("2026-03-10", {"given": weekly(1)}, "Nothing to do: 11 left until 24 May 2026."),
        ("2026-05-05", {"given": weekly(10)}, "Two left: prepare the request for more treatment. As the first one"),
        ("2026-05-20", {"given": weekly(11)}, "One left: prepare the request"),
        (
            "2026-05-20",
            {"given": weekly(12)},
            "Request more treatment from ACC (ACC32) before the next session. As the",
        ),
        ("2026-05-25", {"given": weekly(4)}, "Request more treatment from ACC (ACC32)"),
        ("2026-05-11", {"given": weekly(4)}, "Covered until 24 May 2026: prepare the request"),
        ("2026-05-10", {"given": weekly(4)}, "Nothing to do: 8 left until"),
        (
            "2026-08-20",
            {"given": weekly(12) + weekly(6, day("2026-06-01")), "orders": (order(),)},
            "Request more treatment from ACC (ACC32) before the next session. It is not a standard one",
        ),
        ("2027-02-02", {}, "Ask ACC for approval before treating (ACC32). It is not a standard one"),
        (
            "2026-05-20",
            {"given": weekly(11), "asked": (Asked(on=day("2026-05-19"), is_answered=False),)},
            "More was asked for on 19 May 2026: take down ACC's answer",
        ),
        (
            "2026-05-20",
            {"given": weekly(12), "asked": (Asked(on=day("2026-05-19"), is_answered=True),)},
            "Request more treatment from ACC (ACC32) before the next session. It is not a standard one",
        ),
        ("2026-03-10", {"cover_status": "held"}, "Ask ACC about the cover"),
        ("2026-03-10", {"cover_status": "decline"}, "ACC pays nothing for this claim"),
        (
            "2026-03-10",
            {"cover_status": "accredited_employer", "employer": "Example Freight"},
            "Invoice Example Freight or its administrator",
        ),
        ("2026-03-10", {"cover_status": "accredited_employer"}, "Invoice the accredited employer"),
        ("2026-03-10", {"payer": "Example Freight", "payer_kind": "employer"}, "Invoice Example Freight"),
        ("2026-03-10", {"claim_number": ""}, "Ask the patient or whoever lodged the claim"),
        ("2026-03-10", {"date_of_injury": None}, "Enter the date of injury"),
        ("2026-03-10", {"diagnoses": ()}, "Enter the Read or SNOMED code"),
        ("2026-05-01", ELSEWHERE, "Ask the patient when the first treatment elsewhere was"),
        ("2026-06-10", {"given": weekly(12), "approved_sessions": 18}, "Take down the purchase order"),
        (
            "2027-04-01",
            {"given": (FIRST,), "orders": (order(last=None),)},
            "Book somebody whose practising certificate",
        ),
        (
            "2027-03-10",
            {"given": (FIRST,), "not_invoiced": (FIRST,), "orders": (order(last=None),)},
            "Invoice what was given",
        ),
        ("2010-11-30", {"date_of_injury": day("2010-11-01")}, "Ask ACC how many treatments it pays for"),
    ],
)
def test_the_next_step(on, differs, begins_with):
    assert assess(Facts(**PLAIN | differs), on=day(on)).next_step.startswith(begins_with)


@pytest.mark.parametrize(
    ("differs", "warned"),
    [
        ({}, []),
        ({"diagnoses": (("read2", "N2152"),)}, ["only_gradual_process_codes"]),
        ({"diagnoses": (("read2", "N2152"), ("read2", "S572."))}, []),
        ({"diagnoses": (("read2", "N2152"), ("snomed", "209538005"))}, []),
        ({"given": weekly(11), "expected": (day("2026-05-20"), day("2026-05-21"))}, ["booked_beyond_remaining"]),
        ({"given": weekly(2), "expected": (day("2026-05-24"),)}, []),
        ({"given": weekly(2), "expected": (day("2026-05-25"),)}, ["booked_after_window"]),
        ({"closed_on": day("2026-05-19")}, []),
        ({"closed_on": day("2026-05-18")}, ["case_closed"]),
    ],
)
def test_what_is_warned_of_changes_no_answer(differs, warned):
    answer = assess(Facts(**PLAIN | differs), on=day("2026-05-19"))
    assert [warning.code for warning in answer.warnings] == warned
    assert answer.decision == Decision.COVERED


def test_a_warning_is_a_sentence():
    facts = Facts(**PLAIN | {"given": daily(11), "expected": (day("2026-05-20"), day("2026-06-20"))})
    assert [warning.detail for warning in assess(facts, on=day("2026-05-19")).warnings] == [
        "Two visits are booked, and one is left.",
        "One visit is booked after 24 May 2026.",
    ]


def test_the_rules_stand_in_order_and_name_their_sources():
    begins = [rule.valid_from for rule in rules.ACC_RULES]
    assert begins == sorted(set(begins))
    assert [(rule.treatments, rule.window_days) for rule in rules.ACC_RULES] == [(6, None), (16, 364), (12, 84)]
    assert [rule.source.confidence for rule in rules.ACC_RULES] == [
        rules.Confidence.SEEN,
        rules.Confidence.INFERRED,
        rules.Confidence.SEEN,
    ]


@pytest.mark.parametrize(
    ("from_on", "months", "to_on"),
    [
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2026-02-01", 12, "2027-02-01"),
    ],
)
def test_months_end_on_the_same_day_or_the_last(from_on, months, to_on):
    assert months_after(day(from_on), months) == day(to_on)


DAYS = st.dates(date(2026, 2, 1), date(2026, 12, 31))
ORDERS = st.builds(
    lambda number, sessions, first, length: Order(
        number=str(number),
        sessions=sessions,
        approved_on=first,
        valid_from=first,
        expires_on=None if length is None else first + timedelta(days=length),
    ),
    st.integers(1, 9),
    st.integers(1, 10),
    DAYS,
    st.none() | st.integers(0, 120),
)
COURSES = {
    "sessions": st.lists(DAYS, max_size=25),
    "elsewhere": st.integers(0, 15),
    "approved": st.none() | st.integers(0, 30),
    "orders": st.lists(ORDERS, max_size=3, unique_by=lambda order: order.number),
    "on": DAYS,
}


def answer_for(*, sessions, elsewhere, approved, orders, on):
    facts = PLAIN | {
        "given": tuple(sessions),
        "sessions_elsewhere": elsewhere,
        "approved_sessions": approved,
        "orders": tuple(orders),
    }
    return assess(Facts(**facts), on=on)


@given(**COURSES)
def test_what_is_left_is_never_negative_and_never_more_than_was_approved(**course):
    answer = answer_for(**course)
    assert 0 <= answer.remaining <= answer.approved
    assert answer.approved - answer.remaining <= answer.used


@given(extra=DAYS, **COURSES)
def test_one_more_session_never_leaves_more(extra, **course):
    """Of a course that has begun: the first session moves the beginning, and may bring it under another rule."""
    first = min(course["sessions"], default=None)
    if first is None or extra < first:
        return
    more = answer_for(**course | {"sessions": [*course["sessions"], extra]})
    assert more.remaining <= answer_for(**course).remaining


@given(extra=ORDERS, **COURSES)
def test_an_order_never_turns_a_yes_into_a_no(extra, **course):
    before = answer_for(**course)
    extra = Order(
        number="extra",
        sessions=extra.sessions,
        approved_on=extra.approved_on,
        valid_from=extra.valid_from,
        expires_on=extra.expires_on,
    )
    after = answer_for(**course | {"orders": [*course["orders"], extra]})
    if before.decision == Decision.COVERED:
        assert after.decision == Decision.COVERED


@given(**COURSES)
def test_the_order_in_which_sessions_are_told_does_not_matter(**course):
    turned = course | {"sessions": course["sessions"][::-1], "orders": course["orders"][::-1]}
    assert answer_for(**turned).remaining == answer_for(**course).remaining


@given(status=st.text(max_size=30))
def test_only_an_accepted_claim_is_ever_covered(status):
    answer = assess(Facts(**PLAIN | {"cover_status": status}), on=FIRST)
    assert (answer.decision == Decision.COVERED) == (status in {"accept", "interim_accept"})
