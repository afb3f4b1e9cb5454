"""Whether a session can be claimed from whoever pays for its case, and if not, every reason at once. Pure.

What a payer's rules or a policy say about a session comes from `billing.entitlement`, asked about the day of the
session with what came before it; everything else that makes a payer send a line back is here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from billing.entitlement import acc, policy, rules
from billing.entitlement.values import Check, Facts
from billing.entitlement.wording import spoken
from clinic.months import months_after


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line is not ready. `mend` is where it is put right: the kind of a row, and its id."""

    code: str
    detail: str
    mend: str
    mend_id: int | None


@dataclass(frozen=True, kw_only=True)
class Session:
    """A note as billing knows it: no word of what it says. The practitioner's own time is `hands_on` minutes,
    somewhere between its beginning and its end."""

    treatment: int
    case: int
    patient: int
    patient_name: str
    practitioner: int
    practitioner_name: str
    begins_at: datetime
    ends_at: datetime
    service_on: date
    hands_on: int
    is_signed: bool


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the books say about a session. No `price_problem` means that there is a price; `claim` is the live claim
    that holds it; `provider_id_name` is what the payer knows practitioners by, where it wants to know; `order_number`
    is that of the purchase order to name; `same_day` is a treatment."""

    price_problem: tuple[str, str, str, int | None] | None = None
    claim: int | None = None
    claim_name: str = ""
    billed_elsewhere: str = ""
    provider_id: str = ""
    provider_id_name: str = ""
    order_number: str = ""
    us_style: bool = False
    same_day: int | None = None
    overlapping: tuple[Session, ...] = ()


# Of a check that failed or that nobody can answer: the reason's code and where it is mended.
_OF_CHECK = {
    "case_is_acc": ("not_of_this_payer", "case"),
    "claim_number": ("claim_number_missing", "case"),
    "date_of_injury": ("before_injury", "case"),
    "diagnosis_code": ("diagnosis_code_missing", "case"),
    "cover_accepted": ("cover_not_accepted", "case"),
    "injury_within_12_months": ("injury_too_long_ago", "case"),
    "sessions_remaining": ("cap_reached", "case"),
    "within_treatment_window": ("after_window", "case"),
    "practitioner_certified": ("practitioner_not_certified", "practitioner"),
    "policy_in_force": ("policy_ended", "case"),
    "approval_given": ("approval_missing", "case"),
    "amount_remaining": ("amount_used_up", "case"),
}
# Nobody can say whether a number of an unusual form is right: ACC's own examples have such. It is shown, not refused.
_ONLY_LOOKED_AT = {"claim_number", "policy_known"}


def reasons(session: Session, facts: Facts, standing: Standing, *, today: date) -> list[Reason]:
    """`facts.given` are the days of the sessions of the case before this one."""
    return [
        *_of_note(session),
        *_of_entitlement(session, facts),
        *(_of_us_claim(session, facts) if standing.us_style else ()),
        *_of_age(session, facts, today),
        *_of_day(session, standing),
        *_of_books(session, facts, standing),
    ]


def remarks(session: Session, facts: Facts) -> list[str]:
    """What to look at before a line goes out, though it can."""
    return [
        check.detail
        for check in _checks(session, facts)
        if check.passed is None and (check.code in _ONLY_LOOKED_AT or facts.kind != "acc")
    ]


def _of_note(session: Session) -> Iterator[Reason]:
    if not session.is_signed:
        yield Reason("note_not_signed", "The note of this visit is not signed yet.", "treatment", session.treatment)


def _of_entitlement(session: Session, facts: Facts) -> Iterator[Reason]:
    for check in _checks(session, facts):
        stands_in_the_way = check.passed is False or (check.passed is None and facts.kind == "acc")
        if not stands_in_the_way or check.code not in _OF_CHECK:
            continue
        if check.passed is None and check.code in _ONLY_LOOKED_AT:
            continue
        code, mend = _OF_CHECK[check.code]
        yield Reason(code, check.detail, mend, session.practitioner if mend == "practitioner" else session.case)


def _checks(session: Session, facts: Facts) -> list[Check]:
    """Of ACC's rules, or of the policy. An employer that pays in ACC's place is asked for what ACC would be, but for
    whose claim it is."""
    if facts.kind != "acc":
        return policy.checks(facts, policy.sessions(facts, session.service_on), session.service_on)
    found = acc.checks(facts, acc.course(facts, session.service_on))
    left_out = {"invoice_within_12_months"}
    if facts.payer_kind != "acc":
        left_out |= {"case_is_acc"}
        if facts.cover_status in acc.ACCREDITED:
            left_out |= {"cover_accepted"}
    return [check for check in found if check.code not in left_out]


def _of_us_claim(session: Session, facts: Facts) -> Iterator[Reason]:
    if not facts.policy_number:
        detail = "The case has no policy number, and the insurer asks for it."
        yield Reason("policy_number_missing", detail, "case", session.case)
    if not any(system == "icd10cm" for system, _ in facts.diagnoses):
        detail = "A US insurer asks for an ICD-10-CM diagnosis. Add one to the case."
        yield Reason("diagnosis_code_missing", detail, "case", session.case)


def _of_age(session: Session, facts: Facts, today: date) -> Iterator[Reason]:
    last = months_after(session.service_on, rules.INVOICE_MONTHS)
    if facts.kind == "acc" and today > last:
        detail = f"It had to be claimed by {spoken(last)}, 12 months after the visit."
        yield Reason("too_old", detail, "treatment", session.treatment)


def _of_day(session: Session, standing: Standing) -> Iterator[Reason]:
    if standing.same_day is not None and not standing.us_style:
        detail = f"{session.patient_name} has another visit on {spoken(session.service_on)}: one a day is paid."
        yield Reason("same_patient_same_day", detail, "treatment", standing.same_day)
    if standing.overlapping:
        names = " and ".join(sorted({row.patient_name for row in standing.overlapping}))
        detail = (
            f"{session.practitioner_name} cannot have been as long as noted with {session.patient_name} and {names}."
        )
        yield Reason("overlapping", detail, "treatment", standing.overlapping[0].treatment)


def _of_books(session: Session, facts: Facts, standing: Standing) -> Iterator[Reason]:
    if standing.claim is not None:
        yield Reason("already_claimed", f"It is on {standing.claim_name} already.", "claim", standing.claim)
    elif standing.billed_elsewhere:
        yield Reason("billed_elsewhere", standing.billed_elsewhere, "treatment", session.treatment)
    if standing.price_problem is not None:
        yield Reason(*standing.price_problem)
    if standing.provider_id_name and not standing.provider_id:
        detail = f"{session.practitioner_name} has no {standing.provider_id_name} yet."
        yield Reason("provider_id_missing", detail, "practitioner", session.practitioner)
    if not standing.order_number and rests_on_order(session, facts) and _is_covered(session, facts):
        detail = "This session rests on a purchase order, and its number is not on the case."
        yield Reason("purchase_order_missing", detail, "case", session.case)


_OF_THE_ORDER = frozenset({"sessions_remaining", "within_treatment_window", "injury_within_12_months"})


def _is_covered(session: Session, facts: Facts) -> bool:
    return all(check.passed for check in _checks(session, facts) if check.code in _OF_THE_ORDER)


def rests_on_order(session: Session, facts: Facts) -> bool:
    """Whether ACC's own rule alone would not cover the session: then its purchase order is named on the claim."""
    if facts.kind != "acc":
        return False
    course = acc.course(replace(facts, orders=(), approved_sessions=None), session.service_on)
    alone = {check.code: check.passed for check in acc.checks(facts, course)}
    return any(alone[code] is False for code in _OF_THE_ORDER)


def order_number(session: Session, facts: Facts, *, on_case: str) -> str:
    """The number of the purchase order that the session rests on, or of the one typed on the case; empty where it
    rests on none."""
    if not rests_on_order(session, facts):
        return ""
    holding = sorted(
        (order for order in facts.orders if order.holds_on(session.service_on)),
        key=lambda order: (order.expires_on or date.max, order.valid_from),
    )
    return holding[0].number if holding else on_case


def impossible_days(sessions: Sequence[Session]) -> dict[int, tuple[Session, ...]]:
    """Sessions of one practitioner that cannot all be true, each with the others it clashes with.

    One who goes from room to room may have many patients at a time; yet all hands-on minutes of the visits that lie
    within a stretch of time must fit into that stretch. Where they do not for some stretch, one of them is wrong.
    """
    clashes: dict[int, tuple[Session, ...]] = {}
    for run in _runs(sorted(sessions, key=lambda row: row.begins_at)):
        for begins in {row.begins_at for row in run}:
            inside = sorted((row for row in run if row.begins_at >= begins), key=lambda row: row.ends_at)
            minutes = 0
            for number, row in enumerate(inside, 1):
                minutes += row.hands_on
                if timedelta(minutes=minutes) > row.ends_at - begins:
                    for one in inside[:number]:
                        clashes.setdefault(
                            one.treatment, tuple(other for other in inside[:number] if other is not one)
                        )
                    break
    return {treatment: others for treatment, others in clashes.items() if others}


def _runs(sessions: Sequence[Session]) -> Iterator[list[Session]]:
    """Sessions in order, parted wherever nobody was there: only within a run can they be in each other's way."""
    run: list[Session] = []
    for row in sessions:
        if run and row.begins_at >= max(other.ends_at for other in run):
            yield run
            run = []
        run.append(row)
    if run:
        yield run
