"""A claim to a US insurer as plain values: what superbill, CMS-1500 and the 837P file are made of.

Amounts are `Decimal` with two places, an empty string is "not given". The total is the sum of the lines' charges, and
a line's charge is its units at their rate already: nothing here multiplies again.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from billing.us.address import UsAddress

NOTHING = Decimal("0.00")
OFFICE = "11"
"""Place of service: the provider's office."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    last: str
    first: str = ""
    middle: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.first, self.middle, self.last) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: PersonName
    date_of_birth: date | None = None
    sex: str = ""
    """`M`, `F` or empty."""
    address: UsAddress | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """Who holds the policy. `relationship` is the patient's to them: self, spouse, child or other."""

    person: Person
    policy_number: str
    relationship: str = "self"
    group: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurer:
    name: str
    payer_code: str = ""
    """What clearing houses know it by."""
    address: UsAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who treated. `npi` is empty for a provider outside the United States who is not enrolled there."""

    name: PersonName
    display_name: str = ""
    npi: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingProvider:
    name: str
    address: UsAddress | None
    phone: str = ""
    npi: str = ""
    tax_id: str = ""
    """Nine digits."""
    tax_id_kind: str = ""
    """`ein` or `ssn`."""
    contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsDiagnosis:
    code: str
    """ICD-10-CM with its point: S76.011A."""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsLine:
    """One code of one day. `pointers` are positions in the claim's diagnoses, the main reason first."""

    service_on: date
    code: str
    charge: Decimal
    units: int
    provider: Provider
    pointers: tuple[int, ...] = (0,)
    modifiers: tuple[str, ...] = ()
    description: str = ""
    place_of_service: str = OFFICE


@dataclass(frozen=True, slots=True, kw_only=True)
class UsClaim:
    number: str
    """Our own, which comes back with the payment."""
    issued_on: date
    insurer: Insurer | None
    insured: Insured | None
    patient: Person
    patient_lines: tuple[str, ...] = ()
    """The patient's address as it stands on an envelope."""
    billing: BillingProvider
    diagnoses: tuple[UsDiagnosis, ...]
    lines: tuple[UsLine, ...]
    onset_on: date | None = None
    accident: str = ""
    """`employment`, `auto`, `other`, `none`, or empty where nobody has said."""
    accident_state: str = ""
    """Two letters, where it was a car accident."""
    referrer: str = ""
    authorization: str = ""
    paid: Decimal = NOTHING
    accepts_assignment: bool = True
    signature_on_file: bool = True
    signed_by: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def total(self) -> Decimal:
        return sum((line.charge for line in self.lines), NOTHING)

    @property
    def balance(self) -> Decimal:
        return self.total - self.paid


class TooManyDiagnoses(ValueError):
    """Some diagnoses belong to no line and find no room beside those that do."""


def parted(claim: UsClaim, *, most_lines: int, most_diagnoses: int = 12) -> tuple[UsClaim, ...]:
    """The claim in as many as it needs, each with its own lines, the diagnoses they point to, and its own total.

    What the patient paid stands on the first. Raises `TooManyDiagnoses`.
    """
    groups: list[list[UsLine]] = [[]]
    for line in claim.lines:
        used = {place for each in (*groups[-1], line) for place in each.pointers}
        if groups[-1] and (len(groups[-1]) == most_lines or len(used) > most_diagnoses):
            groups.append([])
        groups[-1].append(line)
    parts, listed = [], set()
    for number, lines in enumerate(groups):
        places = _listed(claim, lines, most_diagnoses)
        listed.update(places)
        moved = {place: position for position, place in enumerate(places)}
        parts.append(
            replace(
                claim,
                number=claim.number if number == 0 else f"{claim.number}P{number + 1}",
                diagnoses=tuple(claim.diagnoses[place] for place in places),
                lines=tuple(replace(line, pointers=tuple(moved[each] for each in line.pointers)) for line in lines),
                paid=claim.paid if number == 0 else NOTHING,
            )
        )
    if len(listed) < len(claim.diagnoses):
        raise TooManyDiagnoses
    return tuple(parts)


def _listed(claim: UsClaim, lines: list[UsLine], most: int) -> list[int]:
    """Those that the lines point to, and of the others as many as there is room for; in the claim's order."""
    pointed = {place for line in lines for place in line.pointers}
    others = [place for place in range(len(claim.diagnoses)) if place not in pointed]
    return sorted([*pointed, *others[: most - len(pointed)]])
