"""Summary of an injury claim: the fields of ACC's ACC45 that the clinic holds, on one page.

A record for the clinic and the patient. It lodges nothing: acupuncturists in practice treat claims that somebody else
lodged (as three New Zealand clinics tell their patients).
"""

from collections.abc import Iterator

from clinic.blocks import Block, Column, Heading, Passage, Table, Text, Together
from clinic.boxes import Box, Boxes
from clinic.pdf import A4, Sheet
from clinic.rows import Value
from clinic.typesetting import SMALL
from patients.pdf.claim_values import ClaimedDiagnosis, ClaimOrder, InjuryClaim

TITLE = "Injury claim summary"


def title(claim: InjuryClaim) -> str:
    return TITLE


def story(claim: InjuryClaim, *, paper: Sheet = A4) -> list[Block | Boxes | Together]:
    return [
        Together(Heading("Claim"), Boxes(_claim(claim, paper), gap=0.25)),
        Together(Heading("Patient"), Boxes(_patient(claim, paper), gap=0.25)),
        Passage("Address", ", ".join(filter(None, map(str.strip, claim.address.split("\n"))))),
        Heading("Accident"),
        Text(claim.accident_description, gap=0.25),
        Heading("Injury"),
        Table(DIAGNOSIS, [_diagnosis(one) for one in claim.diagnoses], gap=0.25, empty="No diagnosis is recorded."),
        Together(Heading("Care"), Boxes(_care(claim, paper), gap=0.25)),
        Passage("Others treating", "\n".join(claim.other_providers)),
        *_orders(claim, paper),
        Text("What the clinic has on record of this claim. It is no claim itself and lodges none.", SMALL, gap=1),
    ]


def _claim(claim: InjuryClaim, paper: Sheet) -> Iterator[Box]:
    yield "ACC45 number", claim.claim_number, 1
    yield "Date of accident", paper.date(claim.date_of_injury), 1
    yield "Cover", claim.cover_status, 2
    yield "Decided on", paper.date(claim.cover_decided_on), 2


def _patient(claim: InjuryClaim, paper: Sheet) -> Iterator[Box]:
    name = f"{claim.patient} ({claim.preferred_name})" if claim.preferred_name else claim.patient
    yield "Name", name, 4
    yield "Date of birth", paper.date(claim.date_of_birth), 1
    yield "NHI", claim.nhi, 1
    yield "Phone", claim.phone, 2
    yield "E-mail", claim.email, 2
    yield "Ethnicity", claim.ethnicities, 2
    yield "Occupation", claim.occupation, 3
    yield "Employer", claim.employer, 3


DIAGNOSIS = (Column("Code", 30), Column("Diagnosis"), Column("Side", 28), Column("Coded in", 28))


def _diagnosis(one: ClaimedDiagnosis) -> list[Value]:
    return [one.code, [one.description, "Primary" if one.primary else ""], one.side, one.system]


def _care(claim: InjuryClaim, paper: Sheet) -> Iterator[Box]:
    yield "GP", claim.gp, 3
    yield "Referred by", claim.referrer, 3
    yield "Sessions elsewhere", str(claim.sessions_elsewhere), 1
    approved = "" if claim.approved_sessions is None else str(claim.approved_sessions)
    yield "Sessions approved", approved, 1
    yield "Case opened", paper.date(claim.opened_on), 2
    yield "Case closed", paper.date(claim.closed_on), 2


def _orders(claim: InjuryClaim, paper: Sheet) -> Iterator[Block]:
    if claim.orders:
        columns = [
            Column("Purchase order"),
            Column("Sessions", 24, "right"),
            Column("", 1),
            Column("Approved", 30),
            Column("Valid", 60),
        ]
        yield Heading("Purchase orders")
        yield Table(columns, [_order(one, paper) for one in claim.orders], gap=0.25)


def _order(one: ClaimOrder, paper: Sheet) -> list[Value]:
    days = f"from {paper.date(one.valid_from)}"
    if one.expires_on:
        days = f"{paper.date(one.valid_from)} to {paper.date(one.expires_on)}"
    return [one.number, str(one.sessions), (), paper.date(one.approved_on), days]
