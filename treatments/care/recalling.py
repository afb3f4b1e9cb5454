"""Who had needles of a lot, as a list to call and write from: what a maker's recall needs."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from clinic.report import Column, Kind, Report
from treatments.models import LotUse, NeedleLot

COLUMNS = (
    Column("patient", "Patient"),
    Column("born", "Born", Kind.DAY),
    Column("phone", "Phone"),
    Column("email", "E-mail"),
    Column("session", "Session", Kind.DAY),
    Column("practitioner", "Practitioner"),
    Column("needles", "Needles", Kind.COUNT),
    Column("expired", "Past its date"),
)


def who_had(lot: NeedleLot, uses: Sequence[LotUse], *, on: date, zone: ZoneInfo) -> Report:
    """A row for each of `uses`, in their order: with their session, its patient and practitioner, and `had_expired`.
    `on` is today."""
    rows = [_row(use, zone) for use in uses]
    people = len({use.treatment.patient_id for use in uses})
    return Report(
        title=f"Who had {lot}",
        from_on=min((row[4] for row in rows), default=lot.received_on),
        to_on=on,
        columns=COLUMNS,
        rows=tuple(rows),
        remarks=(f"{_many(people, 'patient')} in {_many(len(rows), 'session')}.",),
    )


def _many(number: int, word: str) -> str:
    return f"{number} {word if number == 1 else f'{word}s'}"


def _row(use: LotUse, zone: ZoneInfo) -> tuple[Any, ...]:
    session, patient = use.treatment, use.treatment.patient
    return (
        str(patient),
        patient.date_of_birth,
        patient.phone,
        patient.email,
        session.started_at.astimezone(zone).date(),
        str(session.practitioner),
        use.needles,
        "Yes" if use.had_expired else "",
    )
