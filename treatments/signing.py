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
from treatments import checking, confirming
from treatments.charting import locked_draft
from treatments.models import Amendment, CoSignature, Treatment

# Any number will do, as long as it is this chain's own.
CHAIN_LOCK = 0x6E6F7465


def sign(*, treatment: Treatment, by: User, now: datetime) -> Treatment:
    """Freezes the note with its confirmed findings and completes its visit.

    Raises 403 `not_your_note`, 409 `note_signed`, 422 `needles_unaccounted`, `needles_not_counted`, `note_empty`,
    `finding_unconfirmed`.
    """
    with acting(by, reason="sign"):
        treatment = locked_draft(treatment)
        if treatment.practitioner.user_id != by.pk:
            raise NotAllowed("not_your_note", "A note is signed by the practitioner who treated.")
        whole = Treatment.objects.whole().get(pk=treatment.pk)
        _refuse_unfinished(whole)
        if confirming.settle(whole, checking.findings_of(whole)):
            whole = Treatment.objects.whole().get(pk=treatment.pk)
        _lock_chain()
        _freeze(whole, by, now)
        appointment = whole.appointment
        if appointment is not None and appointment.status in {Status.ARRIVED, Status.IN_TREATMENT}:
            attending.step("complete", appointment=appointment, by=by, now=now)
    return Treatment.objects.get(pk=treatment.pk)


def _freeze(treatment: Treatment, by: User, now: datetime) -> None:
    """Writes the signature and the next place in the chain, which is locked. `treatment` comes from `whole()`."""
    last = Treatment.objects.signed().order_by("-sequence").values("sequence", "content_hash").first()
    treatment.status = Treatment.Status.SIGNED
    treatment.signed_at, treatment.signed_by = now, by
    treatment.signed_as_student = treatment.practitioner.is_student
    treatment.sequence = last["sequence"] + 1 if last else 1
    treatment.previous_hash = last["content_hash"] if last else chain.BEGINNING
    treatment.content_hash = chain.link(content_of(treatment), previous=treatment.previous_hash)
    treatment.save(
        update_fields=[
            "status", "signed_at", "signed_by", "signed_as_student", "sequence", "previous_hash", "content_hash",
            "updated_at",
        ]
    )  # fmt: skip


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


def cosign(*, treatment: Treatment, by: User, now: datetime) -> CoSignature:
    """A supervisor signs beside the student. Raises 409 `note_not_signed`, `already_cosigned`, 422
    `cosign_not_needed`, 403 `not_your_student`."""
    with acting(by, reason="cosign"):
        row = Treatment.objects.select_for_update(of=("self",)).select_related("practitioner__supervisor")
        row = row.get(pk=treatment.pk)
        if not row.is_signed:
            raise Conflict("note_not_signed", "This note is still a draft. The student signs first.")
        if not row.signed_as_student:
            raise Refusal("cosign_not_needed", "This note was not signed by a student.")
        if CoSignature.objects.filter(treatment=row).exists():
            raise Conflict("already_cosigned", "This note has its second signature already.")
        supervisor = row.practitioner.supervisor
        if supervisor is None or supervisor.user_id != by.pk or supervisor.is_student:
            raise NotAllowed("not_your_student", "A student's note is signed beside by the student's supervisor.")
        content = _cosignature(row.pk, by.pk, now)
        return CoSignature.objects.create(
            treatment=row, signed_by=by, signed_at=now, content_hash=chain.link(content, previous=row.content_hash)
        )


def _cosignature(treatment_id: int, signed_by: int, signed_at: datetime) -> dict[str, Any]:
    return {"cosigns": treatment_id, "signed_by": signed_by, "signed_at": _moment(signed_at)}


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
        "cosignature": _cosignature_holds(row),
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


def _cosignature_holds(row: Treatment) -> bool:
    """True as well where there is none."""
    given = getattr(row, "cosignature", None)
    if given is None:
        return True
    content = _cosignature(row.pk, given.signed_by_id, given.signed_at)
    return given.content_hash == chain.link(content, previous=row.content_hash)


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


def content_of(treatment: Treatment) -> dict[str, Any]:
    """Everything the note says, as plain values in a fixed order. `treatment` comes from `whole()`."""
    return {
        "id": treatment.pk,
        "started_at": _moment(treatment.started_at),
        "signed_at": _moment(treatment.signed_at),
        "signed_by": treatment.signed_by_id,
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
    if isinstance(value, datetime):
        return _moment(value)
    return value if value is None or isinstance(value, (str, int, bool, list)) else f"{value:.1f}"
