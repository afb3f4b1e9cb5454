"""The patient's copy of a CMS-1500: the same items in plain boxes with labels of our own. Payers take the original."""

from collections.abc import Iterator

from billing.pdf.us_values import UsClaim
from billing.us.cms1500 import Form, forms
from clinic.blocks import Block, Column, Heading, Table, Text, Together
from clinic.boxes import Box, Boxes
from clinic.pdf import LETTER, Sheet, money
from clinic.typesetting import SMALL

NOTICE = (
    "A copy for the patient's files. Insurers take this claim on their original form or as a file, not as this page."
)
COLUMNS = (
    Column("24A Date", 21),
    Column("B Place", 11),
    Column("D Code, modifiers"),
    Column("E Diagnosis", 18),
    Column("F Charge", 22, "money"),
    Column("G Units", 12, "right"),
    Column("J Provider NPI", 26),
)


def title(claim: UsClaim) -> str:
    return "CMS-1500, patient's copy"


def story(claim: UsClaim, *, paper: Sheet = LETTER) -> list[Block | Boxes | Together]:
    """Raises what `billing.us.cms1500.forms` raises."""
    sheets = forms(claim)
    blocks: list[Block | Boxes | Together] = [Text(NOTICE, SMALL)]
    for number, form in enumerate(sheets, 1):
        heading = [Heading(f"Form {number} of {len(sheets)}", gap=0.5)] if len(sheets) > 1 else []
        services = [_service(service) for service in form.services]
        blocks.append(
            Together(
                *heading,
                Boxes(_insurance(form), gap=0.5),
                Boxes(_condition(form), gap=0.3),
                Table(COLUMNS, services, dense=True, gap=0.3, empty="No services."),
                Boxes(_account(form), gap=0.4),
            )
        )
    return blocks


def _insurance(form: Form) -> Iterator[Box]:
    said, mark = form.texts, form.marks
    yield "Sent to", [said.get(f"carrier {part}", "") for part in ("name", "street", "street 2", "city")], 3
    yield "1 Kind of plan", mark.get("1", ""), 1
    yield "1a Insured's ID", said.get("1a", ""), 2
    yield "2 Patient", said.get("2", ""), 3
    yield "3 Born, sex", _parts(_date(form, "3"), mark.get("3", "")), 1
    yield "6 Patient is insured's", mark.get("6", ""), 2
    yield "4 Insured", said.get("4", ""), 3
    yield "11a Insured born, sex", _parts(_date(form, "11a"), mark.get("11a", "")), 1
    yield "11d Another plan", mark.get("11d", ""), 2
    for item, whose in (("5", "patient"), ("7", "insured")):
        yield f"{item} Address of the {whose}", _address(form, item), 3
    yield "11 Policy group", said.get("11", ""), 3
    yield "11c Plan", said.get("11c", ""), 3


def _condition(form: Form) -> Iterator[Box]:
    said, mark = form.texts, form.marks
    yield "10a Due to employment", mark.get("10a", ""), 2
    yield "10b Car accident", _parts(mark.get("10b", ""), said.get("10b state", "")), 2
    yield "10c Other accident", mark.get("10c", ""), 2
    yield "14 Began on", _parts(_date(form, "14"), said.get("14 qualifier", "")), 1.5
    yield "17 Referred by", said.get("17", ""), 1.5
    yield "23 Authorization", said.get("23", ""), 1.5
    yield "12, 13 Signatures", said.get("12", ""), 1.5
    codes = [f"{letter} {said[f'21 {letter}']}" for letter in "ABCDEFGHIJKL" if f"21 {letter}" in said]
    rows = ["   ".join(codes[first : first + 4]) for first in (0, 4, 8)]
    yield "21 Diagnoses (ICD-10-CM, written without their point)", rows, 5
    yield "ICD indicator", said.get("21 indicator", ""), 1


def _service(service: dict[str, str]) -> list[str]:
    charge = f"{service['24F dollars']}.{service['24F cents']}"
    return [
        "/".join(service["24A from"].split()),
        service["24B"],
        f"{service['24D']} {service.get('24D modifiers', '')}".strip(),
        service["24E"],
        money(charge),
        service["24G"],
        service.get("24J", ""),
    ]


def _account(form: Form) -> Iterator[Box]:
    said, mark = form.texts, form.marks
    yield "25 Tax ID", _parts(said.get("25", ""), mark.get("25", "").upper()), 1.5
    yield "26 Account", said.get("26", ""), 1.5
    yield "27 Assignment", mark.get("27", ""), 1
    yield "28 Total charge", money(f"{said['28 dollars']}.{said['28 cents']}"), 1
    yield "29 Paid", money(f"{said['29 dollars']}.{said['29 cents']}"), 1
    yield "31 Provider, date", _parts(said.get("31", ""), said.get("31 date", "").replace(" ", "/")), 2
    for item, what in (("32", "Place of service"), ("33", "Billing provider")):
        lines = [said.get(f"{item} {part}", "") for part in ("name", "street", "city")]
        phone = _parts(said.get("33 area code", ""), said.get("33 phone", "")) if item == "33" else ""
        npi = f"NPI {said[f'{item}a']}" if f"{item}a" in said else "No NPI: foreign provider"
        yield f"{item} {what}", [*lines, phone, npi], 2


def _address(form: Form, item: str) -> list[str]:
    said = form.texts
    place = _parts(*(said.get(f"{item} {part}", "") for part in ("city", "state", "ZIP")))
    phone = _parts(said.get(f"{item} area code", ""), said.get(f"{item} phone", ""))
    return [said.get(f"{item} street", ""), place, phone]


def _date(form: Form, item: str) -> str:
    parts = [form.texts.get(f"{item} {part}", "") for part in ("month", "day", "year")]
    return "/".join(parts) if all(parts) else ""


def _parts(*parts: str) -> str:
    return " ".join(part for part in parts if part)
