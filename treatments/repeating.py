"""Speed for the hand: the last treatment written down again, and parts kept in protocols put into a draft."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from appointments.models import Appointment
from clinic.acting import acting
from clinic.errors import NotAllowed, Refusal
from clinic.models import User
from treatments import charting
from treatments.models import Protocol, Side, Treatment

# What was done can be done again. What was seen then (needles counted, deqi, twitch, marks of cups) was seen then.
AGAIN = {
    "needlings": [
        "point", "free_location", "side", "technique", "depth_mm", "angle", "gauge", "retention_minutes",
        "stimulation", "needle_type", "electro_hz", "electro_pair",
    ],
    "cuppings": ["kind", "sites", "minutes", "cups", "movement"],
    "moxibustions": ["kind", "point", "site", "minutes", "cones"],
    "techniques": ["kind", "site", "ear_points", "minutes", "note"],
}  # fmt: skip
Row = Mapping[str, Any]


def repeat(
    *,
    treatment: Treatment,
    by: User,
    now: datetime,
    appointment: Appointment | None = None,
    started_at: datetime | None = None,
) -> Treatment:
    """A new draft for the same patient and case, with what was done and why; nothing that the patient said or that
    was seen. `treatment` comes from `whole()`. Raises what `charting.begin` raises, 403 `not_a_practitioner`."""
    practitioner = appointment.practitioner if appointment else getattr(by, "practitioner", None)
    if practitioner is None:
        raise NotAllowed("not_a_practitioner", "Only somebody who treats can begin a note.")
    if started_at is None:
        started_at = min(appointment.starts_at, now) if appointment else now
    parts = {
        name: [{field: getattr(row, field) for field in fields} for row in getattr(treatment, name).all()]
        for name, fields in AGAIN.items()
    }
    return charting.begin(
        patient=treatment.patient,
        practitioner=practitioner,
        appointment=appointment,
        case=treatment.case,
        started_at=started_at,
        patterns=treatment.patterns,
        treatment_principle=treatment.treatment_principle,
        style=treatment.style,
        by=by,
        now=now,
        **parts,
    )


def apply(*, treatment: Treatment, protocol: Protocol, parts: dict[str, list[Row]], by: User, now: datetime) -> None:
    """Adds to a draft what it does not have yet of the rows of a protocol, as `charting` takes them.

    Raises 409 `note_signed`, 422 `protocol_archived`.
    """
    if protocol.archived_at is not None:
        raise Refusal("protocol_archived", "This protocol is archived.", field="protocol")
    with acting(by, reason=f"protocol {protocol.pk}"):
        row = charting.locked_draft(treatment)
        for name, rows in parts.items():
            standing = [_fields(part) for part in getattr(row, name).all()]
            charting.add_parts(row, name, MISSING[name](standing, rows), after=len(standing))
        row.save(update_fields=["updated_at"])


def _fields(part: Any) -> dict[str, Any]:
    return {field.name: getattr(part, field.attname) for field in part._meta.concrete_fields}


def _needlings_missing(standing: list[Row], wanted: list[Row]) -> list[Row]:
    """Each place once on each side: what is needled on the left already is added on the right only."""
    taken: dict[str, set[str]] = {}
    for row in standing:
        taken.setdefault(_place(row, "free_location"), set()).update(_sides(row["side"]))
    missing = []
    for row in wanted:
        there = taken.setdefault(_place(row, "free_location"), set())
        if left := _sides(row["side"]) - there:
            missing.append({**row, "side": row["side"] if left == _sides(row["side"]) else left.pop()})
            there |= _sides(row["side"])
    return missing


def _sides(side: str) -> set[str]:
    return {Side.LEFT.value, Side.RIGHT.value} if side == Side.BOTH else {side}


def _place(row: Row, words: str) -> str:
    """Of a saved row, where the point is its code, or of one that was asked for."""
    point = row.get("point")
    return str(getattr(point, "code", point) or (row.get(words) or "").strip().casefold())


def _missing(key: Callable[[Row], tuple]) -> Callable[[list[Row], list[Row]], list[Row]]:
    def missing(standing: list[Row], wanted: list[Row]) -> list[Row]:
        taken, new = {key(row) for row in standing}, []
        for row in wanted:
            if key(row) not in taken:
                new.append(row)
                taken.add(key(row))
        return new

    return missing


MISSING: dict[str, Callable[[list[Row], list[Row]], list[Row]]] = {
    "needlings": _needlings_missing,
    "cuppings": _missing(lambda row: (row["kind"], row["sites"].strip().casefold())),
    "moxibustions": _missing(lambda row: (row["kind"], _place(row, "site"))),
    "techniques": _missing(
        lambda row: (row["kind"], (row.get("site") or "").strip().casefold(), tuple(row.get("ear_points") or ()))
    ),
}
