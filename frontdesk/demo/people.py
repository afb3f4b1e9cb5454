"""Sixty invented people of Aotearoa, read from `people.csv`. Their NHI numbers are of the range kept for tests, their
addresses, telephone numbers and e-mail domains belong to nobody."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FILE = Path(__file__).with_name("people.csv")


@dataclass(frozen=True)
class Person:
    """`complaint` is a key of the complaints, `payer` of the practice's payers; both may be empty."""

    fields: dict[str, object]
    complaint: str
    payer: str
    alerts: tuple[tuple[str, str], ...]

    @property
    def born(self) -> date:
        return self.fields["date_of_birth"]

    def has_alert(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _ in self.alerts)


def read() -> tuple[Person, ...]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_person(row) for row in csv.DictReader(file))


def _person(row: dict[str, str]) -> Person:
    gp_name, _, gp_practice = row["gp"].partition(";")
    fields = {
        **{name: row[name] for name in ("first_name", "last_name", "preferred_name", "sex", "pronouns")},
        **{name: row[name] for name in ("email", "phone", "occupation")},
        "nhi": row["nhi"] or None,
        "date_of_birth": date.fromisoformat(row["date_of_birth"]),
        "ethnicities": row["ethnicities"].split(";"),
        "address": row["address"].replace(";", "\n"),
        "gp_name": gp_name,
        "gp_practice": gp_practice,
        "reminder_channel": row["channel"],
    }
    return Person(fields, row["complaint"], row["payer"], tuple(_alerts(row["alerts"])))


def _alerts(text: str) -> Iterator[tuple[str, str]]:
    """`(kind, note)`; several are parted by a bar."""
    for alert in filter(None, text.split("|")):
        kind, _, note = alert.partition(":")
        yield kind, note
