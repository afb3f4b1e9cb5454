"""Signing freezes a note and chains it to the one signed before; amendments are added beside it; verifying reads the
chain again. What the hash covers is `content_of`: every word and number of the note, nothing about its bookkeeping."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection

from appointments import attending
from appointments.statuses import Status
from clinic import chain
from clinic.acting import acting
from clinic.errors import Conflict, NotAllowed, Refusal
from clinic.models import User
from treatments.charting import locked_draft
from treatments.models import Amendment, Treatment

# Any number will do, as long as it is this chain's own.
CHAIN_LOCK = 0x6E6F7465


def sign(*, treatment: Treatment, by: User, now: datetime) -> Treatment:
    """Freezes the note and completes its visit.

    Raises 403 `not_your_note`, 409 `note_signed`, 422 `needles_unaccounted`, `needles_not_counted`, `note_empty`.
    """
    with acting(by, reason="sign"):
        treatment = locked_draft(treatment)
        if treatment.practitioner.user_id != by.pk:
            raise NotAllowed("not_your_note", "A note is signed by the practitioner who treated.")
        whole = Treatment.objects.whole().get(pk=treatment.pk)
        _refuse_unfinished(whole)
        _lock_chain()
        last = Treatment.objects.signed().order_by("-sequence").values("sequence", "content_hash").first()
        treatment.status = Treatment.Status.SIGNED
        treatment.signed_at, treatment.signed_by = now, by
        treatment.sequence = last["sequence"] + 1 if last else 1
        treatment.previous_hash = last["content_hash"] if last else chain.BEGINNING
        treatment.content_hash = chain.link(
            content_of(whole, signed_at=now, signed_by=by.pk), previous=treatment.previous_hash
        )
        treatment.save(
            update_fields=[
                "status", "signed_at", "signed_by", "sequence", "previous_hash", "content_hash", "updated_at",
            ]
        )  # fmt: skip
        appointment = treatment.appointment
        if appointment is not None and appointment.status in {Status.ARRIVED, Status.IN_TREATMENT}:
            attending.step("complete", appointment=appointment, by=by, now=now)
    return treatment


def _refuse_unfinished(treatment: Treatment) -> None:
    needlings = list(treatment.needlings.all())
    if treatment.needles_in != treatment.needles_out:
        raise Refusal(
            "needles_unaccounted",
            f"{treatment.needles_in} needles in, {treatment.needles_out} out. Count again before signing.",
            field="needles_out",
        )
    if needlings and not treatment.needles_in:
        raise Refusal("needles_not_counted", "Count the needles that went in and came out.", field="needles_in")
    written = [treatment.complaint, treatment.subjective, treatment.objective, treatment.assessment, treatment.plan]
    done = needlings or treatment.cuppings.all() or treatment.moxibustions.all() or treatment.techniques.all()
    if not any(written) and not done:
        raise Refusal("note_empty", "There is nothing in this note yet.")


def _lock_chain() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])


def amend(*, treatment: Treatment, text: str, reason: str, by: User, now: datetime) -> Amendment:
    """Adds a dated, attributed correction to a signed note. Raises 409 `note_not_signed` for a draft."""
    with acting(by, reason="amend"):
        row = Treatment.objects.select_for_update(of=("self",)).get(pk=treatment.pk)
        if not row.is_signed:
            raise Conflict("note_not_signed", "This note is still a draft: change it directly.")
        last = row.amendments.order_by("-id").values_list("content_hash", flat=True).first()
        content = {"author": by.pk, "written_at": _moment(now), "reason": reason, "text": text}
        return Amendment.objects.create(
            treatment=row,
            author=by,
            written_at=now,
            reason=reason,
            text=text,
            content_hash=chain.link(content, previous=last or row.content_hash),
        )


def verify(treatment: Treatment) -> dict[str, Any]:
    """Whether the note, its place in the chain and its amendments are as they were signed."""
    row = Treatment.objects.whole().get(pk=treatment.pk)
    if not row.is_signed:
        raise Conflict("note_not_signed", "This note is still a draft: there is nothing to verify.")
    before = Treatment.objects.filter(sequence=row.sequence - 1).values_list("content_hash", flat=True).first()
    checks = {
        "content": row.content_hash == chain.link(content_of(row), previous=row.previous_hash),
        "chain": row.previous_hash == (chain.BEGINNING if row.sequence == 1 else before),
        "amendments": _amendments_hold(row),
    }
    return {"verified": all(checks.values()), "checks": checks, "content_hash": row.content_hash}


def _amendments_hold(row: Treatment) -> bool:
    previous = row.content_hash
    for amendment in sorted(row.amendments.all(), key=lambda amendment: amendment.pk):
        content = {
            "author": amendment.author_id,
            "written_at": _moment(amendment.written_at),
            "reason": amendment.reason,
            "text": amendment.text,
        }
        if amendment.content_hash != chain.link(content, previous=previous):
            return False
        previous = amendment.content_hash
    return True


NOTE = [
    "patient_id", "practitioner_id", "appointment_id", "case_id", "complaint", "subjective", "objective", "assessment",
    "plan", "tongue", "pulse", "patterns", "face_to_face_minutes", "needles_in", "needles_out",
]  # fmt: skip
PARTS = {
    "needlings": [
        "position", "point_id", "free_location", "side", "technique", "depth_mm", "angle", "gauge",
        "retention_minutes", "deqi", "twitch", "electro_hz", "needles_in", "needles_out",
    ],
    "cuppings": ["kind", "sites", "minutes", "cups", "movement", "marks"],
    "moxibustions": ["kind", "point_id", "site", "minutes", "cones"],
    "techniques": ["kind", "site", "minutes", "note"],
}  # fmt: skip


def content_of(
    treatment: Treatment, *, signed_at: datetime | None = None, signed_by: int | None = None
) -> dict[str, Any]:
    """Everything the note says, as plain values in a fixed order. `treatment` comes from `whole()`."""
    return {
        "id": treatment.pk,
        "started_at": _moment(treatment.started_at),
        "signed_at": _moment(signed_at or treatment.signed_at),
        "signed_by": signed_by or treatment.signed_by_id,
        **{name: getattr(treatment, name) for name in NOTE},
        **{
            part: [
                {name: _plain(getattr(row, name)) for name in names}
                for row in sorted(getattr(treatment, part).all(), key=lambda row: row.pk)
            ]
            for part, names in PARTS.items()
        },
    }


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, bool, list)) else f"{value:.1f}"
