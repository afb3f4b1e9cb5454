"""Slips of the pen: a point twice, a side that does not exist, needles in longer than the patient rests."""

from collections.abc import Iterator

from treatments.safety.values import CAUTION, SERIOUS, Finding, Person, PlannedNeedle, Session


def bookkeeping(session: Session, person: Person) -> Iterator[Finding]:
    own = "the note itself"
    seen: dict[str, frozenset[str]] = {}
    for needle in session.needles:
        code, sides = needle.place.code, needle.sides
        if code and sides & seen.get(code, frozenset()):
            yield Finding("point_twice", CAUTION, code, f"{code} is written down twice on the same side.", own, "fact")
        seen[code] = seen.get(code, frozenset()) | sides
        if code and _impossible(needle):
            yield Finding("side_impossible", SERIOUS, code, f"{code} has no such side.", "WHO standard, 2008", "fact")
        beyond = session.rest_minutes is not None and (needle.retention_minutes or 0) > session.rest_minutes
        if beyond:
            yield Finding(
                "retention_beyond_rest", CAUTION, str(needle.place),
                f"{needle.retention_minutes} minutes in, but the booked rest is {session.rest_minutes}.", own, "fact",
            )  # fmt: skip


def _impossible(needle: PlannedNeedle) -> bool:
    laterality = needle.place.laterality
    if laterality == "bilateral":
        return needle.side == "midline"
    return bool(laterality) and needle.side != laterality
