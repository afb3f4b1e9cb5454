"""Which medicines make a patient bleed more easily, by the names people give them. Pure.

It suggests, and never decides: a name that is missing here says nothing about the medicine, and a name that is found
says nothing about its dose. What the list is made from stands in data/README.md.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "data" / "blood_thinners.csv"
EFFECTS = {"anticoagulant": "slows the clotting of blood", "antiplatelet": "keeps blood platelets from clumping"}


@dataclass(frozen=True)
class Suggestion:
    """An alert that somebody may want to record. `kind` is a kind of alert."""

    kind: str
    substance: str
    effect: str
    reason: str
    source: str


def suggestion_for(text: str) -> Suggestion | None:
    """For a medicine as it was written down, such as `Low-dose ASPIRIN 100 mg`; None where no name is known."""
    words = _words(text)
    for name, suggestion in _by_name():
        if f" {name} " in words:
            return suggestion
    return None


def _words(text: str) -> str:
    """Letters and digits in lower case, a space around each word: heparin is not found in heparinoid."""
    words = re.findall(r"[^\W_]+", text.lower())
    return f" {' '.join(words)} "


@cache
def _by_name() -> tuple[tuple[str, Suggestion], ...]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return tuple(
            (_words(name).strip(), _suggestion(names[0], row))
            for row in csv.DictReader(file)
            for names in [row["names"].split(";")]
            for name in names
        )


def _suggestion(substance: str, row: dict[str, str]) -> Suggestion:
    effect = EFFECTS[row["effect"]]
    return Suggestion(
        kind="anticoagulant",
        substance=substance,
        effect=row["effect"],
        reason=f"{substance.capitalize()} {effect}. Ask, and record an alert if the patient takes it.",
        source=f"WHO ATC {row['atc']}, group B01A (antithrombotic agents)",
    )
