"""The note of one visit of the demo, as the fields that `treatments.charting` takes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from appointments.models import Appointment
from frontdesk.demo.complaints import Complaint, Needle, Visit
from frontdesk.demo.conditions import CONDITIONS
from frontdesk.demo.courses import KINDS
from frontdesk.demo.injuries import INJURIES
from frontdesk.demo.people import Person
from patients.models import Patient
from treatments import checking
from treatments.models import Point
from treatments.safety.values import SERIOUS

COMPLAINTS: dict[str, Complaint] = {**INJURIES, **CONDITIONS}
# What this person's alerts speak against is left out, as a careful practitioner would.
NO_CUPS = ("anticoagulant", "bleeding_disorder", "skin_condition", "pregnancy")
NO_MOXA = ("asthma", "diabetes_neuropathy", "pregnancy")
FEW_NEEDLES = ("needle_fear",)
GAUGE = "0.25x40"
NEEDLE_TYPE = "Steel, single use"
STYLE = "Chinese medicine, with trigger points"
AFTERCARE = "Rest today, drink water, no hard training until tomorrow."
STIMULATION = {"electro": "electrical", "trigger": "lift_thrust", "even": "twirl"}
# What is answered to a serious finding, by its code.
REASONS = {
    "pregnancy_point": "Talked through with her and her midwife; shallow, short, light.",
    "thorax_depth": "Lifted the muscle and needled along the ribs, away from the lung.",
}
REASON = "Talked through with the patient, who wants it; done with care and watched."


def fields_of(person: Person, *, number: int, kind: str, on: date, points: Mapping[str, Point]) -> dict[str, Any]:
    """Visit `number` of the person's course. Needles in and out agree."""
    complaint = COMPLAINTS[person.complaint]
    needlings = _needlings(person, complaint, kind=kind, on=on, points=points)
    count = sum(row["needles_in"] for row in needlings)
    return {
        **Visit.of(complaint, number).texts,
        "style": STYLE,
        "aftercare": AFTERCARE,
        "tongue": complaint.tongue,
        "pulse": complaint.pulse,
        "patterns": list(complaint.patterns),
        "face_to_face_minutes": sum(minutes for what, minutes in KINDS[kind].segments if what == "hands_on"),
        # Counted where the insurer pays by units.
        "reinsertions": 1 if person.payer == "oregon" else None,
        "needles_in": count,
        "needles_out": count,
        "needlings": needlings,
        **_beside_needles(person, complaint, number, points),
    }


def _needlings(
    person: Person, complaint: Complaint, *, kind: str, on: date, points: Mapping[str, Point]
) -> list[dict[str, Any]]:
    is_child = (on - person.born).days < 16 * 365
    is_gentle = is_child or person.has_alert(*FEW_NEEDLES)
    rows = []
    for needle in complaint.needles[: 3 if is_gentle else None]:
        point = points[needle.point] if needle.point else None
        count = _count(needle, point)
        is_electro = needle.technique == "electro"
        technique = needle.technique if not is_electro or kind == "electro" else "even"
        rows.append(
            {
                "point": point,
                "free_location": needle.place,
                "side": needle.side,
                "technique": technique,
                "depth_mm": needle.depth_mm // 2 if is_child else needle.depth_mm,
                "angle": "perpendicular" if needle.depth_mm > 15 else "oblique",
                "gauge": "0.16x15" if is_child else GAUGE,
                "needle_type": NEEDLE_TYPE,
                "stimulation": STIMULATION.get(technique, "twirl"),
                "retention_minutes": 10 if is_child else complaint.retention_minutes,
                "deqi": needle.technique != "trigger" and not is_gentle,
                "twitch": True if needle.technique == "trigger" else None,
                "electro_hz": complaint.electro_hz if technique == "electro" else None,
                "needles_in": count,
                "needles_out": count,
            }
        )
    return rows


def _count(needle: Needle, point: Point | None) -> int:
    """A point of a pair takes two needles for both sides, a group as many as it has places."""
    places = point.group_size if point else 1
    if places > 1:
        return places if needle.side == "both" else places // 2
    return 2 if needle.side == "both" else 1


def _beside_needles(
    person: Person, complaint: Complaint, number: int, points: Mapping[str, Point]
) -> dict[str, list[dict[str, Any]]]:
    """Cups on every second visit, moxa always, where nothing speaks against them."""
    cups, moxa, also = complaint.cups, complaint.moxa, complaint.also
    parts: dict[str, list[dict[str, Any]]] = {}
    if cups and number % 2 == 0 and not person.has_alert(*NO_CUPS):
        parts["cuppings"] = [cups._asdict()]
    if moxa and not person.has_alert(*NO_MOXA):
        parts["moxibustions"] = [moxa._asdict() | {"point": points[moxa.point]}]
    if also:
        parts["techniques"] = [also._asdict()]
    return parts


def reasons_for(patient: Patient, appointment: Appointment, on: date, parts: dict[str, Any]) -> list[dict[str, str]]:
    """Answers to the serious findings of a note, as `treatments.charting` takes them."""
    findings = checking.findings_for(patient=patient, on=on, appointment=appointment, parts=parts)
    return [
        {"key": finding.key, "reason": REASONS.get(finding.code, REASON)}
        for finding in findings
        if finding.severity == SERIOUS
    ]
