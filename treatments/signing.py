"""Signing freezes a note and chains it to the one signed before; amendments and a second signature are added beside
it. What the hash covers is `note_content.content_of`."""

from datetime import datetime

from appointments import attending
from appointments.models import Appointment
from appointments.statuses import Status
from clinic import chain
from clinic.acting import acting
from clinic.errors import Conflict, NotAllowed, Refusal
from clinic.models import User
from treatments import adding, checking, confirming, note_content
from treatments.charting import locked_draft
from treatments.models import Addition, Amendment, CoSignature, Treatment


def sign(*, treatment: Treatment, by: User, now: datetime) -> Treatment:
    """Freezes the note with its confirmed findings and completes its visit.

    Raises 403 `not_your_note`, 409 `note_signed`, 422 `needles_unaccounted`, `needles_not_counted`, `note_empty`,
    `finding_unconfirmed`.
    """
    with acting(by, reason="sign"):
        treatment = locked_draft(treatment)
        if treatment.practitioner.user_id != by.pk:
            raise NotAllowed("not_your_note", "A note is signed by the practitioner who treated.")
        whole = Treatment.objects.under_signature().get(pk=treatment.pk)
        _refuse_unfinished(whole)
        if confirming.settle(whole, checking.findings_of(whole)):
            whole = Treatment.objects.under_signature().get(pk=treatment.pk)
        adding.lock_chain()
        _freeze(whole, by, now)
        appointment = whole.appointment
        if appointment is not None and appointment.status in {Status.ARRIVED, Status.IN_TREATMENT}:
            attending.step("complete", appointment=appointment, by=by, now=now)
    return Treatment.objects.get(pk=treatment.pk)


def _freeze(treatment: Treatment, by: User, now: datetime) -> None:
    """Writes the signature and the next place in the chain, which is locked. What lies elsewhere and may change, the
    name of the place, is written down with it. `treatment` comes from `under_signature()`."""
    last = Treatment.objects.signed().order_by("-sequence").values("sequence", "content_hash").first()
    added = adding.last_line()
    treatment.status = Treatment.Status.SIGNED
    treatment.signed_at, treatment.signed_by = now, by
    treatment.signed_as_student = treatment.practitioner.is_student
    treatment.sequence = last["sequence"] + 1 if last else 1
    treatment.previous_hash = last["content_hash"] if last else chain.BEGINNING
    treatment.content_version = note_content.CURRENT
    treatment.place = _place_of(treatment.appointment)
    treatment.additions_before = added.sequence if added else 0
    content = note_content.content_of(treatment, last_addition=added.chain_hash if added else "")
    treatment.content_hash = chain.link(content, previous=treatment.previous_hash)
    treatment.save(
        update_fields=[
            "status", "signed_at", "signed_by", "signed_as_student", "sequence", "previous_hash", "content_hash",
            "content_version", "place", "additions_before", "updated_at",
        ]
    )  # fmt: skip


def _place_of(appointment: Appointment | None) -> str:
    """STRICTA 4b. A note that belongs to no visit has none."""
    return f"{appointment.location}, {appointment.room}" if appointment else ""


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


def amend(*, treatment: Treatment, text: str, reason: str, by: User, now: datetime) -> Amendment:
    """Adds a dated, attributed correction to a signed note. Raises 409 `note_not_signed` for a draft."""
    with acting(by, reason="amend"):
        row = Treatment.objects.select_for_update(of=("self",)).get(pk=treatment.pk)
        if not row.is_signed:
            raise Conflict("note_not_signed", "This note is still a draft: change it directly.")
        last = row.amendments.order_by("-id").values_list("content_hash", flat=True).first()
        content = adding.amendment_content(author=by.pk, written_at=now, reason=reason, text=text)
        amendment = Amendment.objects.create(
            treatment=row,
            author=by,
            written_at=now,
            reason=reason,
            text=text,
            content_hash=chain.link(content, previous=last or row.content_hash),
        )
        adding.enter(amendment, Addition.Kind.AMENDMENT)
    return amendment


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
        content = adding.cosignature_content(treatment=row.pk, signed_by=by.pk, signed_at=now)
        given = CoSignature.objects.create(
            treatment=row, signed_by=by, signed_at=now, content_hash=chain.link(content, previous=row.content_hash)
        )
        adding.enter(given, Addition.Kind.COSIGNATURE)
    return given
