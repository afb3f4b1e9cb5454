"""ACC's ten questions about a case and a day, each answered yes, no, or by hand. Pure.

The window is half-open: [first, first + 84 days). The day of the first treatment is day 1 and day 84 the last; on day
85 it is over. Twelve months end on the same day of the next year, which is still inside. What the first treatment
began under governs: its rule stays that of its own day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from billing.entitlement import rules
from billing.entitlement.counting import Count, count
from billing.entitlement.rules import AccRule, Source
from billing.entitlement.values import Caveat, Check, Facts, Order
from billing.entitlement.wording import counted, spoken
from clinic.months import months_after
from patients import acc_numbers
from treatments.requests import rules as request_rules

# Pending, too: what such an employer decides is never paid by ACC.
ACCREDITED = frozenset({"accredited_employer", "pending_accredited_employer"})
REFUSED = {
    "decline": "ACC has declined cover.",
    "duplicate": "ACC knows this claim as a duplicate of another one.",
    "not_applicable": "ACC says that cover does not apply.",
}
# Everything else fails closed, a status nobody has heard of included.
UNDECIDED = {
    "pending_accept": "ACC is about to accept and has not yet.",
    "pending_decline": "ACC is about to decline and has not yet.",
    "pending_held": "ACC is about to hold the claim.",
    "held": "ACC holds the claim.",
    "investigating_gradual_process": "ACC is looking into a gradual process.",
    "unknown": "The cover is not known, or ACC withholds it.",
}


@dataclass(frozen=True, kw_only=True)
class Course:
    """The course of treatment as it stands on a day: its rule, where its window ends, and what was used of it.

    `began_on` is None before the first session, and where nobody knows when the first one elsewhere was; `first_on` is
    the day that the window of such a course is counted from as long as nothing better is known. With more sessions
    approved than the rule gives and no purchase order, nobody knows when it ends: `is_extended`.
    """

    on: date
    rule: AccRule | None
    has_begun: bool
    began_on: date | None
    first_on: date
    window_ends_on: date | None
    is_extended: bool
    orders: tuple[Order, ...]
    count: Count

    @property
    def is_first_known(self) -> bool:
        return self.began_on is not None or not self.has_begun


def course(facts: Facts, on: date) -> Course:
    given = sorted(day for day in facts.given if day <= on)
    is_first_elsewhere = facts.sessions_elsewhere > 0
    first_here = given[0] if given else None
    began_on = facts.first_elsewhere_on if is_first_elsewhere else first_here
    first_on = began_on or first_here or on
    rule = rules.rule_on(first_on)
    is_extended = (
        rule is not None and facts.approved_sessions is not None and facts.approved_sessions > rule.treatments
    )
    window = rule.window_days if rule else None
    ends_on = first_on + timedelta(days=window - 1) if window and not is_extended else None
    has_begun = bool(given) or is_first_elsewhere
    first = facts.approved_sessions if facts.approved_sessions is not None else rule.treatments if rule else None
    counted_up = count(
        first=first, until=ends_on, orders=facts.orders, elsewhere=facts.sessions_elsewhere, given=given, on=on
    )
    return Course(
        on=on,
        rule=rule,
        has_begun=has_begun,
        began_on=began_on,
        first_on=first_on,
        window_ends_on=ends_on if began_on else None,
        is_extended=is_extended,
        orders=tuple(order for order in facts.orders if order.holds_on(on)),
        count=counted_up,
    )


def checks(facts: Facts, course: Course) -> list[Check]:
    return [
        _case_is_acc(facts),
        _claim_number(facts),
        _date_of_injury(facts, course.on),
        _diagnosis_code(facts),
        _cover_accepted(facts),
        _injury_within_12_months(facts, course),
        sessions_remaining(facts, course.count, course.on, course.rule.source if course.rule else rules.EXTENSION),
        _within_treatment_window(facts, course),
        practitioner_certified(facts, course.on, rules.CERTIFICATE),
        _invoice_within_12_months(facts, course),
    ]


def warnings(facts: Facts) -> Iterator[Caveat]:
    if _has_only_gradual_process_codes(facts):
        yield Caveat(
            "only_gradual_process_codes",
            "All Read codes are of chapter N, diseases. ACC asks for the injury that led to them.",
        )


def who_pays_instead(facts: Facts) -> str:
    """For an accredited employer's claim: the employer, by the name that is on the case."""
    if facts.payer_kind == "employer":
        return facts.payer
    return facts.employer or "the accredited employer"


def _case_is_acc(facts: Facts) -> Check:
    is_acc = facts.payer_kind == "acc"
    detail = "ACC is the payer of this case." if is_acc else f"{facts.payer or 'Somebody else'} pays, not ACC."
    return Check("case_is_acc", is_acc, detail, rules.CASE)


def _claim_number(facts: Facts) -> Check:
    number = facts.claim_number
    if not number:
        return Check("claim_number", False, "No claim number is on the case.", rules.CLAIM_NUMBER)
    if acc_numbers.is_well_formed(number):
        return Check("claim_number", True, f"{number} has the form of a claim number.", rules.CLAIM_NUMBER)
    detail = f"{number} is not how ACC claim numbers usually look. Compare it with the letter."
    return Check("claim_number", None, detail, rules.CLAIM_NUMBER)


def _date_of_injury(facts: Facts, on: date) -> Check:
    injury = facts.date_of_injury
    if injury is None:
        return Check("date_of_injury", False, "No date of injury is on the case.", rules.CLAIM)
    if on < injury:
        detail = f"{spoken(on)} lies before the injury of {spoken(injury)}."
        return Check("date_of_injury", False, detail, rules.CLAIM)
    return Check("date_of_injury", True, f"Injured on {spoken(injury)}.", rules.CLAIM)


def _diagnosis_code(facts: Facts) -> Check:
    systems = {system for system, _ in facts.diagnoses}
    if systems & {"read2", "snomed"}:
        codes = ", ".join(code for system, code in facts.diagnoses if system in {"read2", "snomed"})
        return Check("diagnosis_code", True, f"Coded: {codes}", rules.CODES)
    detail = "ICD-10-CM codes are not ACC's: add the Read or SNOMED code." if systems else "No diagnosis is coded."
    return Check("diagnosis_code", False, detail, rules.CODES)


def _has_only_gradual_process_codes(facts: Facts) -> bool:
    """Chapter N of Read holds diseases of the musculoskeletal system."""
    read = [code for system, code in facts.diagnoses if system == "read2"]
    has_snomed = any(system == "snomed" for system, _ in facts.diagnoses)
    return bool(read) and not has_snomed and all(code.startswith("N") for code in read)


def _cover_accepted(facts: Facts) -> Check:
    status = facts.cover_status
    if status in request_rules.ACCEPTED:
        interim = " for the time being" if status == "interim_accept" else ""
        return Check("cover_accepted", True, f"ACC has accepted cover{interim}.", rules.COVER)
    if status in ACCREDITED:
        detail = f"An accredited employer's claim: {who_pays_instead(facts)} pays, not ACC."
        return Check("cover_accepted", False, detail, rules.COVER)
    if status in REFUSED:
        return Check("cover_accepted", False, REFUSED[status], rules.COVER)
    detail = UNDECIDED.get(status, f"Nobody here knows what the cover status “{status}” means.")
    return Check("cover_accepted", None, detail, rules.COVER)


def _injury_within_12_months(facts: Facts, course: Course) -> Check:
    code, injury = "injury_within_12_months", facts.date_of_injury
    if injury is None:
        return Check(code, None, "Without the date of injury nobody can tell.", rules.INJURY)
    last = request_rules.last_day_of_injury(injury)
    if course.first_on < injury:
        detail = f"The first treatment, on {spoken(course.first_on)}, lies before the injury."
        return Check(code, False, detail, rules.INJURY)
    if course.first_on <= last:
        first = "The first treatment was" if course.has_begun else "A first treatment then is"
        return Check(code, True, f"{first} within 12 months of the injury.", rules.INJURY)
    if course.orders:
        return Check(code, True, f"Purchase order {course.orders[0].number} allows it all the same.", rules.EXTENSION)
    if not course.is_first_known:
        detail = "Ask when the first treatment elsewhere was: the one here came more than 12 months after the injury."
        return Check(code, None, detail, rules.INJURY)
    verb = "was" if course.has_begun else "would be"
    detail = f"The first treatment {verb} after {spoken(last)}, more than 12 months after the injury."
    return Check(code, False, detail, rules.INJURY)


def sessions_remaining(facts: Facts, so_far: Count, on: date, source: rules.Source) -> Check:
    """One session has to be free on that day: not used, and not spoken for by a visit in the book before it."""
    code = "sessions_remaining"
    if so_far.remaining is None:
        if facts.kind == "acc":
            return Check(code, None, "No rule of ACC for that day is known here.", source)
        return Check(code, True, "The number of sessions is not limited.", source)
    before = sum(1 for day in facts.expected if day < on)
    detail = f"{so_far.used} used, {so_far.remaining} of {so_far.approved} left"
    if before:
        detail += f"; {counted(before, 'visit')} booked before that day"
    return Check(code, so_far.remaining > before, detail + ".", source)


def _within_treatment_window(facts: Facts, course: Course) -> Check:
    code, rule = "within_treatment_window", course.rule
    if course.orders:
        order = course.orders[0]
        until = f" until {spoken(order.expires_on)}" if order.expires_on else ""
        return Check(code, True, f"Purchase order {order.number} holds{until}.", rules.EXTENSION)
    if rule is None:
        return Check(code, None, "No rule of ACC for that day is known here.", rules.EXTENSION)
    if rule.window_days is None:
        return Check(code, True, "The rule of that time knew no window.", rule.source)
    if not course.has_begun:
        return Check(code, True, f"The {rule.window_days} days begin with the first treatment.", rule.source)
    if not course.is_first_known:
        return _window_of_unknown_beginning(facts, course, rule)
    last = course.first_on + timedelta(days=rule.window_days - 1)
    if course.on <= last:
        return Check(code, True, f"Day {(course.on - course.first_on).days + 1} of {rule.window_days}.", rule.source)
    if course.is_extended:
        detail = f"The {rule.window_days} days ended on {spoken(last)} and more was approved: look up until when."
        return Check(code, None, detail, rules.EXTENSION)
    return Check(code, False, f"The {rule.window_days} days ended on {spoken(last)}.", rule.source)


def _window_of_unknown_beginning(facts: Facts, course: Course, rule: AccRule) -> Check:
    """No earlier than the injury and no later than the first session here: often that is enough to know."""
    code, length = "within_treatment_window", timedelta(days=rule.window_days)
    if facts.date_of_injury and course.on < facts.date_of_injury + length:
        return Check(code, True, f"The injury itself is less than {rule.window_days} days ago.", rule.source)
    if course.on >= course.first_on + length and not course.is_extended:
        detail = f"Counted from the first session here, the {rule.window_days} days are over."
        return Check(code, False, detail, rule.source)
    detail = f"Ask when the first treatment elsewhere was: the {rule.window_days} days run from it."
    return Check(code, None, detail, rule.source)


def practitioner_certified(facts: Facts, on: date, source: Source) -> Check:
    """Of those who may be the ones to treat: all covered by their certificate, none of them, or it depends on who."""
    code = "practitioner_certified"
    if not facts.certificates:
        return Check(code, None, "Nobody is named who treats.", source)
    known = [row for row in facts.certificates if row.expires_on is not None]
    covered = [row for row in known if on <= row.expires_on]
    if len(covered) == len(facts.certificates):
        names = covered[0].practitioner if len(covered) == 1 else "everybody who treats here"
        return Check(code, True, f"The practising certificate of {names} covers that day.", source)
    if len(known) == len(facts.certificates) and not covered:
        names = known[0].practitioner if len(known) == 1 else "anybody who treats here"
        return Check(code, False, f"No practising certificate of {names} covers that day.", source)
    others = ", ".join(row.practitioner for row in facts.certificates if row not in covered)
    return Check(code, None, f"Look up the practising certificate of {others}.", source)


def _invoice_within_12_months(facts: Facts, course: Course) -> Check:
    """Of the sessions that were given: this is about past visits and changes nothing for one more."""
    code = "invoice_within_12_months"
    waiting = sorted(set(facts.not_invoiced) - set(course.count.outside))
    waiting = [day for day in waiting if day <= course.on]
    if not waiting:
        return Check(code, True, "No session waits to be invoiced.", rules.INVOICE)
    last = months_after(waiting[0], rules.INVOICE_MONTHS)
    if course.on > last:
        detail = f"The session of {spoken(waiting[0])} had to be invoiced by {spoken(last)}."
        return Check(code, False, detail, rules.INVOICE)
    detail = f"The session of {spoken(waiting[0])} is to be invoiced by {spoken(last)}."
    return Check(code, True, detail, rules.INVOICE)
