"""What stands in each item of the CMS-1500 (version 02/12), how long it may be, and where on the form it is printed.

The form is a grid of 79 columns, ten to an inch, and of lines, six to an inch. Items and lengths are those of the
National Uniform Claim Committee's manual from general knowledge, the places those in common use: compare a first print
with the form at hand and with the payer's instructions. Six service lines and twelve diagnoses fit; a longer claim is
several forms, each with its own total. Nothing is cut: what is too long is refused by the number of its item.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.pdf.us_values import Insurer, Person, PersonName, UsClaim, UsLine, parted
from billing.us.address import UsAddress
from billing.us.text import plain

MOST_LINES = 6
FIRST_SERVICE_LINE = 44
"""The unshaded half of the first service line; each takes two lines."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item begins, and how many characters it takes. `right`: aligned to its last column."""

    line: int
    column: int
    length: int
    right: bool = False


PLACES: dict[str, Place] = {
    "carrier name": Place(2, 41, 38),
    "carrier street": Place(3, 41, 38),
    "carrier street 2": Place(4, 41, 38),
    "carrier city": Place(5, 41, 38),
    "1a": Place(8, 50, 29),
    "2": Place(10, 1, 28),
    "3 month": Place(10, 31, 2),
    "3 day": Place(10, 34, 2),
    "3 year": Place(10, 37, 4),
    "4": Place(10, 50, 29),
    "5 street": Place(12, 1, 28),
    "7 street": Place(12, 50, 29),
    "5 city": Place(14, 1, 24),
    "5 state": Place(14, 26, 3),
    "7 city": Place(14, 50, 23),
    "7 state": Place(14, 74, 4),
    "5 ZIP": Place(16, 1, 12),
    "5 area code": Place(16, 15, 3),
    "5 phone": Place(16, 19, 10),
    "7 ZIP": Place(16, 50, 12),
    "7 area code": Place(16, 65, 3),
    "7 phone": Place(16, 69, 10),
    "9": Place(18, 1, 28),
    "11": Place(18, 50, 29),
    "11a month": Place(20, 53, 2),
    "11a day": Place(20, 56, 2),
    "11a year": Place(20, 59, 4),
    "10b state": Place(22, 45, 2),
    "11c": Place(24, 50, 29),
    "12": Place(29, 7, 18),
    "13": Place(29, 55, 18),
    "14 month": Place(32, 2, 2),
    "14 day": Place(32, 5, 2),
    "14 year": Place(32, 8, 4),
    "14 qualifier": Place(32, 16, 3),
    "17 qualifier": Place(34, 1, 2),
    "17": Place(34, 4, 24),
    "21 indicator": Place(37, 42, 1),
    **{f"21 {letter}": Place(38 + index // 4, 3 + 13 * (index % 4), 7) for index, letter in enumerate("ABCDEFGHIJKL")},
    "23": Place(40, 50, 29),
    "25": Place(56, 1, 15),
    "26": Place(56, 23, 14),
    "28 dollars": Place(56, 50, 7, right=True),
    "28 cents": Place(56, 58, 2),
    "29 dollars": Place(56, 61, 6, right=True),
    "29 cents": Place(56, 68, 2),
    "33 area code": Place(57, 66, 3),
    "33 phone": Place(57, 70, 9),
    "32 name": Place(58, 23, 26),
    "32 street": Place(59, 23, 26),
    "32 city": Place(60, 23, 26),
    "33 name": Place(58, 50, 29),
    "33 street": Place(59, 50, 29),
    "33 city": Place(60, 50, 29),
    "31": Place(60, 1, 21),
    "31 date": Place(61, 1, 10),
    "32a": Place(61, 23, 10),
    "33a": Place(61, 50, 10),
}
MARKS: dict[str, dict[str, tuple[int, int]]] = {
    "1": {
        word: (8, column)
        for word, column in (
            ("medicare", 1), ("medicaid", 8), ("tricare", 15), ("champva", 24), ("group", 31), ("feca", 39),
            ("other", 45),
        )
    },
    "3": {"M": (10, 42), "F": (10, 47)},
    "6": {"self": (12, 33), "spouse": (12, 38), "child": (12, 42), "other": (12, 47)},
    "10a": {"yes": (20, 35), "no": (20, 41)},
    "10b": {"yes": (22, 35), "no": (22, 41)},
    "10c": {"yes": (24, 35), "no": (24, 41)},
    "11a": {"M": (20, 68), "F": (20, 75)},
    "11d": {"yes": (26, 52), "no": (26, 57)},
    "20": {"yes": (36, 52), "no": (36, 57)},
    "25": {"ssn": (56, 17), "ein": (56, 19)},
    "27": {"yes": (56, 38), "no": (56, 43)},
}  # fmt: skip
SERVICE = {
    "24A from": Place(0, 1, 8),
    "24A to": Place(0, 10, 8),
    "24B": Place(0, 19, 2),
    "24D": Place(0, 25, 6),
    "24D modifiers": Place(0, 33, 11),
    "24E": Place(0, 45, 4),
    "24F dollars": Place(0, 49, 6, right=True),
    "24F cents": Place(0, 56, 2),
    "24G": Place(0, 59, 3, right=True),
    "24J": Place(0, 68, 10),
}


class TooLong(ValueError):
    """`item` holds `length` characters, and the form takes `most`."""

    def __init__(self, item: str, length: int, most: int):
        super().__init__(f"Item {item} has {length} characters, at most {most} fit.")
        self.item, self.length, self.most = item, length, most


@dataclass(frozen=True, slots=True)
class Form:
    """One sheet: texts and chosen marks by their items, and a row of texts for each service line."""

    texts: dict[str, str]
    marks: dict[str, str]
    services: tuple[dict[str, str], ...]


def forms(claim: UsClaim) -> tuple[Form, ...]:
    """Raises `TooLong`, `billing.us.text.Unwritable` and `billing.pdf.us_values.TooManyDiagnoses`."""
    return tuple(_form(part) for part in parted(claim, most_lines=MOST_LINES))


def _form(claim: UsClaim) -> Form:
    texts = {**_people(claim), **_condition(claim), **_providers(claim)}
    fitted = {item: _fitted(item, text, PLACES[item].length) for item, text in texts.items() if text}
    services = tuple(
        {item: _fitted(item, text, SERVICE[item].length) for item, text in _service(line).items() if text}
        for line in claim.lines
    )
    marks = {item: chosen for item, chosen in _marks(claim).items() if chosen}
    return Form({item: text for item, text in fitted.items() if text}, marks, services)


def _fitted(item: str, text: str, most: int) -> str:
    text = plain(text)
    if len(text) > most:
        raise TooLong(item, len(text), most)
    return text


def _people(claim: UsClaim) -> dict[str, str]:
    insured = claim.insured
    texts = {"2": _name(claim.patient.name), **_born("3", claim.patient), **_home("5", claim.patient)}
    if claim.insurer:
        texts |= _carrier(claim.insurer)
    if insured:
        texts |= {"1a": insured.policy_number, "4": _name(insured.person.name), **_home("7", insured.person)}
        texts |= {"11": insured.group, "11c": insured.plan, **_born("11a", insured.person)}
    if claim.signature_on_file:
        texts |= {"12": "SIGNATURE ON FILE", "13": "SIGNATURE ON FILE" if claim.accepts_assignment else ""}
    return texts


def _condition(claim: UsClaim) -> dict[str, str]:
    texts = {f"21 {letter}": icd(row.code) for letter, row in zip("ABCDEFGHIJKL", claim.diagnoses, strict=False)}
    texts |= {"21 indicator": "0", "23": _alphanumeric(claim.authorization), "10b state": claim.accident_state}
    if claim.onset_on:
        month, day, year = _day(claim.onset_on)
        texts |= {"14 month": month, "14 day": day, "14 year": year, "14 qualifier": "431"}
    if claim.referrer:
        texts |= {"17 qualifier": "DN", "17": claim.referrer}
    return texts


def _providers(claim: UsClaim) -> dict[str, str]:
    billing = claim.billing
    texts = {"25": billing.tax_id, "26": _alphanumeric(claim.number), "31": claim.signed_by}
    texts |= {"31 date": "{} {} {}".format(*_day(claim.issued_on)), "32a": billing.npi, "33a": billing.npi}
    texts["28 dollars"], texts["28 cents"] = _amount(claim.total)
    texts["29 dollars"], texts["29 cents"] = _amount(claim.paid)
    texts["33 area code"], texts["33 phone"] = _phone(billing.phone)
    for item in ("32", "33"):
        texts[f"{item} name"] = billing.name
        if billing.address:
            texts[f"{item} street"] = _street(billing.address)
            texts[f"{item} city"] = billing.address.place
    return texts


def _marks(claim: UsClaim) -> dict[str, str]:
    insured, said = claim.insured, claim.accident
    return {
        "1": "group" if insured and insured.group else "other",
        "3": claim.patient.sex,
        "6": insured.relationship if insured else "",
        "10a": ("yes" if said == "employment" else "no") if said else "",
        "10b": ("yes" if said == "auto" else "no") if said else "",
        "10c": ("yes" if said == "other" else "no") if said else "",
        "11a": insured.person.sex if insured else "",
        "11d": "no" if insured else "",
        "20": "no",
        "25": claim.billing.tax_id_kind,
        "27": "yes" if claim.accepts_assignment else "no",
    }


def _service(line: UsLine) -> dict[str, str]:
    month, day, year = _day(line.service_on)
    dollars, cents = _amount(line.charge)
    return {
        "24A from": f"{month} {day} {year[2:]}",
        "24A to": f"{month} {day} {year[2:]}",
        "24B": line.place_of_service,
        "24D": line.code,
        "24D modifiers": " ".join(line.modifiers),
        "24E": "".join("ABCDEFGHIJKL"[place] for place in line.pointers),
        "24F dollars": dollars,
        "24F cents": cents,
        "24G": str(line.units),
        "24J": line.provider.npi,
    }


def icd(code: str) -> str:
    """Without its point, which the form has printed or leaves out."""
    return code.replace(".", "")


def _name(name: PersonName) -> str:
    """`LAST, FIRST, M`: commas part the three, and no point follows the initial."""
    return ", ".join(_without(".", part) for part in (name.last, name.first, name.middle[:1]) if part)


def _born(item: str, person: Person) -> dict[str, str]:
    if person.date_of_birth is None:
        return {}
    month, day, year = _day(person.date_of_birth)
    return {f"{item} month": month, f"{item} day": day, f"{item} year": year}


def _home(item: str, person: Person) -> dict[str, str]:
    if person.address is None:
        return {}
    area, phone = _phone(person.phone)
    address = person.address
    return {
        f"{item} street": _street(address),
        f"{item} city": _without(".,#", address.city),
        f"{item} state": address.state,
        f"{item} ZIP": address.zip,
        f"{item} area code": area,
        f"{item} phone": phone,
    }


def _carrier(insurer: Insurer) -> dict[str, str]:
    texts = {"carrier name": insurer.name}
    if insurer.address:
        street = [_without(".,#", line) for line in insurer.address.street]
        texts |= {"carrier street": street[0], "carrier street 2": " ".join(street[1:])}
        texts["carrier city"] = _without(".,", insurer.address.place)
    return texts


def _street(address: UsAddress) -> str:
    return _without(".,#", " ".join(address.street))


def _without(signs: str, text: str) -> str:
    return " ".join("".join(char for char in text if char not in signs).split())


def _alphanumeric(text: str) -> str:
    """Numbers go without hyphens and spaces."""
    return "".join(char for char in text if char.isalnum())


def _phone(text: str) -> tuple[str, str]:
    """Area code and the rest of a number of ten digits; another country's whole."""
    digits = "".join(char for char in text if char.isdecimal())
    digits = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    return (digits[:3], digits[3:]) if len(digits) == 10 else ("", digits)


def _day(day: date) -> tuple[str, str, str]:
    return f"{day.month:02}", f"{day.day:02}", f"{day.year:04}"


def _amount(amount: Decimal) -> tuple[str, str]:
    dollars, _, cents = f"{amount:.2f}".partition(".")
    return dollars, cents
