"""Superbill: what a patient of a US-style plan sends in to be paid back, or takes to the next office.

Its items are those that insurers ask of one: who, whom, where, when, what for, under which codes, at what charge.
"""

from collections.abc import Iterator

from billing.pdf.us_values import Provider, UsClaim, UsLine
from clinic.blocks import Block, Column, Fields, Heading, Signature, Table, Text, Together, Totals
from clinic.pdf import LETTER, Sheet, money

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIGNED = "Signature on file"
COLUMNS = (
    Column("Date", 20),
    Column("Place", 10),
    Column("Code", 14),
    Column("Service"),
    Column("Diagnosis", 17),
    Column("Units", 11, "right"),
    Column("Charge", 22, "money"),
)
FOREIGN = "None: foreign provider"


def title(claim: UsClaim) -> str:
    return "Superbill"


def story(claim: UsClaim, *, paper: Sheet = LETTER) -> list[Block | Together]:
    blocks: list[Block | Together] = [
        Fields(_about(claim, paper)),
        Heading("Diagnoses"),
        Table(
            [Column("", 8), Column("ICD-10-CM", 24), Column("Meaning")],
            [[letter, row.code, row.description] for letter, row in zip(LETTERS, claim.diagnoses, strict=False)],
            gap=0.25,
            dense=True,
            empty="No diagnoses.",
        ),
        Heading("Services"),
        Table(COLUMNS, [_row(line, claim, paper) for line in claim.lines], gap=0.25, dense=True, empty="No services."),
        Together(
            Totals(_totals(claim)),
            *(Text(note, gap=0.5) for note in claim.notes),
            Signature([("Provider's signature", "", 3), ("Name", claim.signed_by, 2), ("Date", "", 1)], gap=1),
        ),
    ]
    return blocks


def _about(claim: UsClaim, paper: Sheet) -> Iterator[tuple[str, str | list[str], int]]:
    patient, billing, insured = claim.patient, claim.billing, claim.insured
    yield "Patient", [str(patient.name), *claim.patient_lines, patient.phone], 3
    yield "Billing provider", [billing.name, *(billing.address.lines if billing.address else ()), billing.phone], 3
    yield "Date of birth", paper.date(patient.date_of_birth), 1
    yield "Sex", patient.sex, 1
    yield "Issued", paper.date(claim.issued_on), 1
    yield "NPI", billing.npi or FOREIGN, 1
    yield "Tax ID", f"{_tax_id(claim)} {billing.tax_id_kind.upper()}".strip(), 2
    if claim.insurer:
        yield "Insurer", [claim.insurer.name, *(claim.insurer.address.lines if claim.insurer.address else ())], 3
    if insured:
        yield "Member or policy", insured.policy_number, 1
        yield "Group", insured.group, 1
        yield "Plan", insured.plan, 1
        if insured.relationship != "self":
            yield "Insured", f"{insured.person.name} (patient: {insured.relationship})", 3
    if claim.onset_on:
        yield "Began on", paper.date(claim.onset_on), 1
    if claim.referrer:
        yield "Referred by", claim.referrer, 2
    if claim.authorization:
        yield "Authorization", claim.authorization, 1
    treated_by = [_treated_by(provider) for provider in _providers(claim)]
    if treated_by:
        yield "Treated by", treated_by, 6


def _providers(claim: UsClaim) -> list[Provider]:
    return list(dict.fromkeys(line.provider for line in claim.lines))


def _treated_by(provider: Provider) -> str:
    licence = f"licence {provider.licence}" if provider.licence else ""
    npi = f"NPI {provider.npi}" if provider.npi else "no NPI: foreign provider"
    return " · ".join(part for part in (provider.display_name or str(provider.name), licence, npi) if part)


def _tax_id(claim: UsClaim) -> str:
    """As it is printed: an EIN is parted after two digits, an SSN after three and five."""
    digits, kind = claim.billing.tax_id, claim.billing.tax_id_kind
    if len(digits) != 9:
        return digits
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}" if kind == "ssn" else f"{digits[:2]}-{digits[2:]}"


def _row(line: UsLine, claim: UsClaim, paper: Sheet) -> list[str | list[str]]:
    code = [line.code, " ".join(line.modifiers)]
    pointers = " ".join(LETTERS[place] for place in line.pointers)
    several = len(_providers(claim)) > 1
    service = (
        [line.description, line.provider.display_name or str(line.provider.name)] if several else line.description
    )
    return [
        paper.date(line.service_on), line.place_of_service, code, service, pointers, str(line.units),
        money(line.charge),
    ]  # fmt: skip


def _totals(claim: UsClaim) -> Iterator[tuple[str, str, bool]]:
    yield "Total charge", money(claim.total), False
    yield "Paid", money(claim.paid), False
    yield ("Paid in full" if claim.balance <= 0 < claim.total else "Balance"), money(claim.balance), True
