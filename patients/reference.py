"""The consent texts that a new practice begins with."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from patients.models import ConsentKind, ConsentText

TEXTS = Path(__file__).parent / "data" / "consents"
# Each folder of texts, as VERSION.LANGUAGE, and the day from which it is given to patients.
VALID_FROM = {"2026-1.en": date(2026, 1, 1)}


def ensure() -> None:
    """Adds what is missing. What is there stays: a text that people have agreed to is never changed."""
    ConsentText.objects.bulk_create(_shipped(), ignore_conflicts=True)


def _shipped() -> Iterator[ConsentText]:
    for edition, valid_from in VALID_FROM.items():
        version, language = edition.rsplit(".", 1)
        for kind in ConsentKind:
            title, text = (TEXTS / edition / f"{kind}.txt").read_text(encoding="utf-8").split("\n", 1)
            yield ConsentText(
                kind=kind, version=version, language=language, title=title, text=text.strip(), valid_from=valid_from
            )
