"""Who pays in the demo and what they decided: covers that took their days, orders, policies. All of it is invented."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from clinic.models import User
from frontdesk.demo.people import Person
from patients import approving, deciding
from patients.models import Case, CoverDecision, CoverStatus, Payer

# By the number of the person in people.csv. Nobody has asked about the first, and the others are waiting.
NOT_ASKED = {12}
UNDECIDED = {7, 27, 47}
# What was decided about the others is Accept, but for these.
DECIDED = {
    5: [CoverStatus.PENDING_ACCREDITED_EMPLOYER, CoverStatus.ACCREDITED_EMPLOYER],
    30: [CoverStatus.INTERIM_ACCEPT],
    36: [CoverStatus.HELD, CoverStatus.ACCEPT],
    38: [CoverStatus.PENDING_HELD],
    44: [CoverStatus.INVESTIGATING_GRADUAL_PROCESS],
    48: [CoverStatus.PENDING_DECLINE, CoverStatus.DECLINE],
}
BETWEEN_DECISIONS = timedelta(days=4, hours=1)
EMPLOYERS = {
    1: "Rimu Example Builders",
    3: "Example Electrical",
    5: "Harbour Example Ferries",
    13: "Harbour Example Ferries",
    36: "Canopy Example Trees",
}
# The employer that pays for its own people's injuries, and for one of them what ACC leaves to the patient.
ACCREDITED, CONTRIBUTES = {5}, {13}
# Payers that leave nothing to the patient.
IN_FULL = ("kotuku", "harbour")
INSURED = {39: ("Conor Brennan", Case.Relationship.SPOUSE, date(1980, 4, 2))}


class Order(NamedTuple):
    number: str
    sessions: int
    after: timedelta
    note: str = ""


# ACC's answers to an ACC32, the longest courses first.
ORDERS = {
    0: Order("PO7700121", 6, timedelta(days=20), "By telephone"),
    1: Order("PO7700148", 8, timedelta(days=24)),
    40: Order("PO7700163", 4, timedelta(days=16)),
}


def claim_of(person: Person, number: int, *, payers: Mapping[str, Payer], now: datetime) -> dict[str, Any]:
    """The fields of a case that say who pays. Claim numbers begin with ZZ: they are nobody's."""
    if person.payer == "acc":
        return {
            "kind": Case.Kind.ACC,
            "payer": payers["harbour" if number in ACCREDITED else "acc"],
            "contribution_payer": payers["harbour"] if number in CONTRIBUTES else None,
            "employer": EMPLOYERS.get(number, ""),
            "claim_number": f"ZZ{10_000 + 37 * number}",
            "date_of_injury": now.date() - timedelta(days=9 + 3 * (number % 12)),
            "cover_status": CoverStatus.UNKNOWN if number in NOT_ASKED else CoverStatus.PENDING_ACCEPT,
        }
    if person.payer == "oregon":
        return {
            "kind": Case.Kind.INSURER,
            "payer": payers["oregon"],
            "caused_by": "none",
            "policy_number": f"EX{9000 + number}",
            "policy_group": "G-0000",
            "policy_plan": "Example PPO",
            "insured_relationship": Case.Relationship.SELF,
            "approved_sessions": 12,
        }
    if person.payer:
        return _policy(person, number, payers=payers, now=now)
    return {"kind": Case.Kind.PRIVATE}


def _policy(person: Person, number: int, *, payers: Mapping[str, Payer], now: datetime) -> dict[str, Any]:
    """Southern approves sessions beforehand, Kōtuku pays up to an amount."""
    is_southern = person.payer == "southern"
    name, relationship, born = INSURED.get(number, ("", Case.Relationship.SELF, None))
    return {
        "kind": Case.Kind.INSURER,
        "payer": payers[person.payer],
        "claim_number": f"EX{2000 + number}",
        "policy_number": f"EX-{880_000 + 113 * number}",
        "policy_group": "" if number % 2 else "G-204",
        "policy_plan": "Everyday" if is_southern else "Specialist and therapies",
        "policy_expires_on": date(now.year + 1, 3, 31),
        "insured_name": name,
        "insured_relationship": relationship,
        "insured_date_of_birth": born,
        "approved_sessions": 6 if is_southern else None,
        "approved_amount": None if is_southern else Decimal("900.00"),
        "approval_required": is_southern,
        "approval_number": f"PA-{4000 + number}" if is_southern else "",
    }


def follow_up(case: Case, number: int, *, by: User, opened: datetime, until: datetime) -> None:
    """What came in about the case from the day it was opened to the moment of the seeding."""
    if case.kind != Case.Kind.ACC or number in NOT_ASKED | UNDECIDED:
        return
    at = opened
    for status in DECIDED.get(number, [CoverStatus.ACCEPT]):
        at += BETWEEN_DECISIONS
        if at > until:
            return
        by_letter = status in {CoverStatus.DECLINE, CoverStatus.ACCREDITED_EMPLOYER}
        deciding.take_down(
            case=case, status=status, decided_on=(at - timedelta(days=1)).date(), by=by, now=at,
            source=CoverDecision.Source.LETTER if by_letter else CoverDecision.Source.PAYERS_SYSTEM,
        )  # fmt: skip
    order = ORDERS.get(number)
    if order and opened + order.after <= until:
        day = (opened + order.after).date()
        approving.take_down_order(
            case=case, number=order.number, sessions=order.sessions, approved_on=day,
            expires_on=day + timedelta(days=84), note=order.note, by=by, now=opened + order.after,
        )  # fmt: skip
