"""US addresses, which forms and files want in parts: street lines, city, state and ZIP code.

Addresses are kept as they are written on an envelope; the last line of a US one says the rest.
"""

import re
from dataclasses import dataclass

# The Postal Service's two letters: states, the District, territories, freely associated states, armed forces.
STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA"
    "|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|AS|GU|MP|PR|VI|FM|MH|PW|AA|AE|AP"
)
COUNTRY = {"usa", "us", "u.s.a.", "u.s.", "united states", "united states of america"}

_PLACE = re.compile(
    rf"(?P<city>.*[^\s,])[\s,]+(?P<state>{STATES})[\s,]+(?P<zip>[0-9]{{5}}(-?[0-9]{{4}})?)", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class UsAddress:
    street: tuple[str, ...]
    city: str
    state: str
    zip: str
    """Five or nine digits, no hyphen."""

    @property
    def place(self) -> str:
        """`Portland OR 97205-1234`."""
        return f"{self.city} {self.state} {self.zip[:5]}" + (f"-{self.zip[5:]}" if len(self.zip) > 5 else "")

    @property
    def lines(self) -> tuple[str, ...]:
        return (*self.street, self.place)


def parsed(text: str) -> UsAddress | None:
    """The parts of `1200 NW Example St / Portland OR 97205`, on lines or parted by commas; None where unclear."""
    lines = [line.strip(" ,") for line in text.splitlines() if line.strip(" ,")]
    if len(lines) == 1:
        lines = _parted(lines[0])
    if lines and lines[-1].lower() in COUNTRY:
        lines.pop()
    match = _PLACE.fullmatch(lines[-1]) if len(lines) > 1 else None
    if match is None:
        return None
    return UsAddress(tuple(lines[:-1]), match["city"].strip(), match["state"].upper(), match["zip"].replace("-", ""))


def _parted(line: str) -> list[str]:
    """One line as street and place, at the comma before the city: the state may have a comma of its own."""
    parts = [part.strip() for part in line.split(",") if part.strip()]
    if parts and parts[-1].lower() in COUNTRY:
        parts.pop()
    if parts and re.fullmatch(r"[A-Za-z]{2}\s+[0-9-]+", parts[-1]):
        parts[-2:] = [" ".join(parts[-2:])]
    return [", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts
