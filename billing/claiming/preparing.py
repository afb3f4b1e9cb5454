"""Preparing a claim: choosing what goes on it. Only what is ready can be chosen, and that is asked again when it goes.

The cases of the sessions are locked while they are examined, so that a cover that is declined at this moment waits,
and two desks that choose the same session at once wait for each other. Behind that stands a unique constraint.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max

from billing import invoicing
from billing.claiming.gathering import Candidate, examine
from billing.models import BilledPart, Claim, ClaimLine, InvoiceLine
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from clinic.money import ZERO
from patients.models import Case, Payer
from treatments.models import Treatment

# What drafting needs of a note; no word of it.
_FOR_DRAFTS = ("patient", "case", "appointment", "practitioner", "started_at", "status", "face_to_face_minutes")


def prepare(*, payer: Payer, treatments: Sequence[int], by: User, now: datetime, note: str = "") -> Claim:
    """A draft with the payer's part of each treatment. What is on no invoice yet is put on a draft, one a case.

    Raises 422 `nothing_to_claim`, `lines_not_ready` with `lines`, 409 `claim_full`, `already_claimed`.
    """
    with acting(by, reason="claim"):
        claim = Claim.objects.create(payer=payer, created_by=by, note=note)
        _choose(claim, treatments, by, now)
    return claim


def add(*, claim: Claim, treatments: Sequence[int], by: User, now: datetime) -> Claim:
    """Raises what `prepare` raises, and 409 `claim_submitted`."""
    with acting(by, reason="claim"):
        claim = locked_draft(claim)
        _choose(claim, treatments, by, now)
        claim.save(update_fields=["updated_at"])
    return claim


def remove(*, claim: Claim, lines: Sequence[int], by: User, now: datetime) -> Claim:
    """Takes lines off a draft; their invoices stay. Raises 409 `claim_submitted`, 422 `line_unknown`."""
    with acting(by, reason="claim"):
        claim = locked_draft(claim)
        found = claim.lines.filter(pk__in=lines)
        if found.count() != len(set(lines)):
            raise Refusal("line_unknown", "One of these lines is not on this claim.", field="lines")
        found.delete()
        claim.save(update_fields=["updated_at"])
    return claim


def discard(*, claim: Claim, by: User, now: datetime) -> None:
    """Throws a draft away; its invoices stay, and the next claim takes them up. Raises 409 `claim_submitted`."""
    with acting(by):
        locked_draft(claim).delete()


def locked_draft(claim: Claim) -> Claim:
    Claim.objects.select_for_update(no_key=True).only("pk").get(pk=claim.pk)
    row = Claim.objects.select_related("payer").get(pk=claim.pk)
    if row.status != Claim.Status.DRAFT:
        raise Conflict("claim_submitted", "This claim is submitted. What it says stays as it was sent.")
    return row


def _choose(claim: Claim, treatments: Sequence[int], by: User, now: datetime) -> None:
    if not treatments:
        raise Refusal("nothing_to_claim", "Choose at least one treatment.", field="treatments")
    wanted = set(treatments)
    refuse_too_many(claim, more=len(wanted))
    ready(wanted, payer=claim.payer, now=now, except_claim=None)
    lines = _invoiced(wanted, claim.payer, by, now)
    refuse_too_many(claim, more=len(lines))
    last = claim.lines.aggregate(last=Max("position"))["last"] or 0
    before = _declined_before(lines)
    ClaimLine.objects.bulk_create(
        ClaimLine(
            claim=claim,
            invoice_line=line,
            position=position,
            claimed=claimed_of(line),
            resubmission_of=before.get(line.pk),
        )
        for position, line in enumerate(lines, last + 1)
    )


def today(now: datetime) -> date:
    return now.astimezone(Practice.objects.current().zone).date()


def refuse_too_many(claim: Claim, *, more: int) -> None:
    most, count = claim.payer.max_claim_lines, claim.lines.count() + more
    if count > most:
        raise Conflict("claim_full", f"{claim.payer} takes {most} lines in one claim, and this would make {count}.")


def ready(wanted: Iterable[int], *, payer: Payer, now: datetime, except_claim: int | None) -> dict[int, Candidate]:
    """The treatments as candidates, their cases locked. Raises 422 `lines_not_ready`: with all reasons of each."""
    ids = set(wanted)
    rows = Treatment.objects.filter(pk__in=ids, case__payer=payer)
    cases = Case.objects.filter(pk__in=rows.values("case")).order_by("pk").select_for_update(no_key=True)
    list(cases.values_list("pk"))
    found = {row.session.treatment: row for row in examine(rows, payer=payer, now=now, except_claim=except_claim)}
    not_ready = [_told(row) for row in found.values() if not row.is_ready]
    not_ready += [
        {
            "treatment": treatment,
            "patient_name": "",
            "service_on": None,
            "reasons": [_reason("not_of_this_payer", f"{payer} does not pay for this treatment.", treatment)],
        }
        for treatment in sorted(ids - set(found))
    ]
    if not_ready:
        count = f"{len(not_ready)} of these lines are" if len(not_ready) > 1 else "One of these lines is"
        sentence = f"{count} not ready to be claimed. Nothing was changed."
        raise Refusal("lines_not_ready", sentence, field="treatments", lines=not_ready)
    return found


def _told(row: Candidate) -> dict[str, Any]:
    return {
        "treatment": row.session.treatment,
        "patient_name": row.session.patient_name,
        "service_on": row.session.service_on.isoformat(),
        "reasons": [
            {"code": reason.code, "detail": reason.detail, "mend": reason.mend, "mend_id": reason.mend_id}
            for reason in row.reasons
        ],
    }


def _reason(code: str, detail: str, treatment: int) -> dict[str, Any]:
    return {"code": code, "detail": detail, "mend": "treatment", "mend_id": treatment}


def _invoiced(wanted: set[int], payer: Payer, by: User, now: datetime) -> list[InvoiceLine]:
    """The lines of the payer's parts, in the order of their days; what is on no invoice yet is drafted by case."""
    billed = set(_parts(wanted).values_list("treatment_id", flat=True))
    unbilled = Treatment.objects.filter(pk__in=wanted - billed).select_related(
        "patient__account_holder", "case__payer", "appointment__appointment_type", "practitioner"
    )
    by_case: dict[int, list[Treatment]] = {}
    for treatment in unbilled.defer(*_words_of_notes()).order_by("case_id", "started_at", "pk"):
        by_case.setdefault(treatment.case_id, []).append(treatment)
    for of_case in by_case.values():
        invoicing.draft(treatments=of_case, payer=payer, by=by, now=now)
    parts = (
        _parts(wanted)
        .select_related("line__invoice")
        .prefetch_related("line__credits")
        .order_by("line__service_on", "line_id")
    )
    return [part.line for part in parts]


def _parts(treatments: Iterable[int]):
    return BilledPart.objects.filter(treatment__in=treatments, share="payer")


def _words_of_notes() -> list[str]:
    kept = {*_FOR_DRAFTS, "id"}
    return [field.name for field in Treatment._meta.concrete_fields if field.name not in kept]


def _declined_before(lines: Sequence[InvoiceLine]) -> dict[int, ClaimLine]:
    """The last line of each that was declined or taken back: the new one carries its chain on."""
    dead = ClaimLine.objects.exclude(state__in=ClaimLine.LIVE).filter(invoice_line__in=lines, resubmitted_as=None)
    return {line.invoice_line_id: line for line in dead.order_by("pk")}


def claimed_of(line: InvoiceLine) -> Decimal:
    """What is left of a line once what was credited of it is taken off."""
    return line.total - sum((part.amount_excl + part.gst for part in line.credits.all()), ZERO)
