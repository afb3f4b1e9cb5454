"""What the hash of a signed note covers: every word and number of the note, nothing about its bookkeeping.

Written out field by field, not taken from the models, so that a later column breaks no earlier hash. What a signature
covers can grow: each note keeps the version that it was signed under, and is read by that version ever after.
Version 1: the note, what was done, the findings that were confirmed. Version 2 adds what was found on examination,
the lots of needles, the place, and the last line of the register of additions at that moment.
"""

from datetime import UTC, date, datetime
from typing import Any

from treatments.models import Treatment

CURRENT = 2
NOTE = [
    "patient_id", "practitioner_id", "appointment_id", "case_id", "complaint", "subjective", "objective", "assessment",
    "plan", "tongue", "pulse", "eight_principles", "patterns", "western_diagnosis", "treatment_principle", "style",
    "reasoning", "response", "aftercare", "marks", "face_to_face_minutes", "reinsertions", "needles_in", "needles_out",
    "signed_as_student",
]  # fmt: skip
PARTS = {
    "needlings": [
        "position", "point_id", "free_location", "side", "technique", "depth_mm", "angle", "gauge",
        "retention_minutes", "deqi", "twitch", "stimulation", "needle_type", "electro_hz", "electro_pair",
        "needles_in", "needles_out",
    ],
    "cuppings": ["kind", "sites", "minutes", "cups", "movement", "marks"],
    "moxibustions": ["kind", "point_id", "site", "minutes", "cones"],
    "techniques": ["kind", "site", "ear_points", "minutes", "note"],
    "confirmations": ["key", "severity", "message", "source", "reason", "confirmed_by_id", "confirmed_at"],
}  # fmt: skip
# Of a draft that is discarded the findings stay, so they hold their patient and case themselves.
PARTS_SINCE_2 = {
    "examinations": [
        "patient_id", "case_id", "finding", "side", "muscle", "value", "unit", "answer", "sign_seen", "referral",
        "note", "examined_on", "examined_by_id",
    ],
    "lot_uses": ["lot_id", "needles"],
}  # fmt: skip


def content_of(treatment: Treatment, *, last_addition: str) -> dict[str, Any]:
    """Everything the note says, as plain values in a fixed order. `treatment` comes from `under_signature()`;
    `last_addition` is the chain hash of the line `additions_before` of the register, empty where there is none."""
    content = {
        "id": treatment.pk,
        "started_at": moment(treatment.started_at),
        "signed_at": moment(treatment.signed_at),
        "signed_by": treatment.signed_by_id,
        **{name: getattr(treatment, name) for name in NOTE},
        **_rows(treatment, PARTS),
    }
    if treatment.content_version == 1:
        return content
    return {
        **content,
        "version": treatment.content_version,
        "place": treatment.place,
        "additions": [treatment.additions_before, last_addition],
        **_rows(treatment, PARTS_SINCE_2),
    }


def _rows(treatment: Treatment, parts: dict[str, list[str]]) -> dict[str, list[dict[str, Any]]]:
    return {
        part: [
            {name: _plain(getattr(row, name)) for name in names}
            for row in sorted(getattr(treatment, part).all(), key=lambda row: row.pk)
        ]
        for part, names in parts.items()
    }


def moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int, bool, list)) else f"{value:.1f}"
