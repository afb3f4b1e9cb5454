"""Submitting: the claim gets its number, its invoices are issued, and from then on it says what it says.

Nothing leaves here. The claim is marked as waiting in the same transaction, and a worker hands it over
(`billing.claiming.delivering`).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from billing import invoicing
from billing.claiming import by_x12, preparing, stepping
from billing.claiming.gathering import Candidate
from billing.models import Claim, ClaimLine, ClaimLineStep, Counter, Invoice
from clinic import chain
from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import Practice, User
from clinic.money import ZERO
from patients.models import Payer

COUNTER = "claim"


def submit(*, claim: Claim, by: User, now: datetime) -> Claim:
    """Raises 409 `claim_submitted`, 422 `nothing_to_claim`, `lines_not_ready` with `lines`, `channel_missing`,
    `vendor_id_missing`, and what issuing refuses."""
    practice = Practice.objects.current()
    with acting(by, reason="submit"):
        claim = preparing.locked_draft(claim)
        if not claim.lines.exists():
            raise Refusal("nothing_to_claim", "This claim has no lines.")
        _refuse_unsendable(claim.payer, practice)
        found = preparing.ready(
            claim.lines.values_list("invoice_line__treatment", flat=True),
            payer=claim.payer,
            now=now,
            except_claim=claim.pk,
        )
        for invoice in (
            Invoice.objects.filter(lines__claim_lines__claim=claim, status="draft").distinct().order_by("pk")
        ):
            invoicing.issue(invoice=invoice, by=by, now=now)
        lines = _numbered(claim)
        claim.number = Counter.objects.locked(COUNTER).advance()
        claim.status, claim.channel = Claim.Status.SUBMITTED, claim.payer.claim_channel
        claim.submitted_at, claim.submitted_by, claim.submitted_on = now, by, preparing.today(now)
        claim.particulars = particulars_of(claim, lines, found, practice)
        claim.content_hash = chain.link(claim.particulars, previous=chain.BEGINNING)
        claim.delivery, claim.next_try_at = Claim.Delivery.WAITING, now
        claim.save()
        for line in lines:
            _submit(line, by, now)
        before = {line.resubmission_of.claim_id for line in lines if line.resubmission_of}
        for earlier in Claim.objects.filter(pk__in=before).order_by("pk").select_for_update(no_key=True):
            stepping.settle(earlier)
    return claim


def _refuse_unsendable(payer: Payer, practice: Practice) -> None:
    if payer.claim_channel not in settings.CLAIM_CHANNELS:
        way = payer.get_claim_channel_display()
        raise Refusal("channel_missing", f"Claims to {payer} go by “{way}”, which is not set up here.")
    if payer.kind == Payer.Kind.ACC and not practice.acc_vendor_id:
        raise Refusal("vendor_id_missing", "The practice has no vendor ID for ACC yet. Set it up under Practice.")


def _numbered(claim: Claim) -> list[ClaimLine]:
    """The lines from 1 without gaps, in the order of their days, each with what is left to claim of it now."""
    lines = claim.lines.select_related(
        "invoice_line__invoice__patient",
        "invoice_line__invoice__case",
        "invoice_line__service",
        "invoice_line__treatment__practitioner",
        "resubmission_of",
    ).prefetch_related("invoice_line__credits", "invoice_line__invoice__case__diagnoses")
    lines = list(lines.order_by("invoice_line__service_on", "pk"))
    for position, line in enumerate(lines, 1):
        line.position, line.claimed = position, preparing.claimed_of(line.invoice_line)
    ClaimLine.objects.bulk_update(lines, ["position", "claimed"])
    return lines


def _submit(line: ClaimLine, by: User, now: datetime) -> None:
    ClaimLineStep.objects.create(
        line=line, state=line.state, at=line.created_at, by=line.claim.created_by, source=stepping.Source.DESK
    )
    stepping.step(line, ClaimLine.State.SUBMITTED, by=by, now=now, source=stepping.Source.DESK)
    before = line.resubmission_of
    if before is not None and not before.resolution:
        before.resolution, before.resolved_at, before.resolved_by = ClaimLine.Resolution.RESUBMITTED, now, by
        before.save(update_fields=["resolution", "resolved_at", "resolved_by", "updated_at"])


def particulars_of(
    claim: Claim, lines: Sequence[ClaimLine], found: dict[int, Candidate], practice: Practice
) -> dict[str, Any]:
    """All that is sent, as plain values: who claims, from whom, and each line with its person, injury and amounts.

    Amounts, days and codes are those of the issued invoice; the claim number and the provider are as they stand now,
    so that what was corrected since is claimed rightly.
    """
    payer = claim.payer
    return {
        "number": claim.number,
        "label": claim.label,
        "submitted_on": claim.submitted_on.isoformat(),
        "submitted_by": str(claim.submitted_by),
        "recipient": {
            "name": payer.name,
            "address": payer.address.splitlines(),
            "code": payer.payer_code,
            "kind": payer.kind,
            "us_style": payer.us_style,
        },
        "vendor": {
            "name": practice.legal_name or practice.name,
            "vendor_id": practice.acc_vendor_id,
            "gst_registered": practice.gst_registered,
            "gst_number": practice.gst_number,
            "phone": practice.phone,
            "address": practice.address.splitlines(),
        },
        "lines": [_line_particulars(line, found[line.invoice_line.treatment_id]) for line in lines],
        **by_x12.beside(claim, lines, practice),
    }


def _line_particulars(line: ClaimLine, candidate: Candidate) -> dict[str, Any]:
    billed, invoice = line.invoice_line, line.invoice_line.invoice
    patient, case, practitioner = invoice.patient, invoice.case, billed.treatment.practitioner
    return {
        "position": line.position,
        "line": line.pk,
        "treatment": billed.treatment_id,
        "invoice": invoice.label,
        "claim_number": case.claim_number,
        "policy_number": case.policy_number,
        "purchase_order_number": candidate.order_number,
        "date_of_injury": case.date_of_injury.isoformat() if case.date_of_injury else None,
        "diagnoses": [
            {"system": row.system, "code": row.code, "description": row.description, "side": row.side}
            for row in sorted(case.diagnoses.all(), key=lambda row: (not row.primary, row.pk))
        ],
        "patient": {
            "name": str(patient),
            "first_name": patient.first_name,
            "last_name": patient.last_name,
            "nhi": patient.nhi or "",
            "date_of_birth": patient.date_of_birth.isoformat(),
        },
        "practitioner": {
            "name": str(practitioner),
            "acc_provider_id": practitioner.acc_provider_id,
            "npi": practitioner.npi,
        },
        "service_on": billed.service_on.isoformat(),
        "service_code": billed.service.code if billed.service else "",
        "description": billed.description,
        "quantity": str(billed.quantity),
        "unit": billed.unit,
        "minutes": billed.minutes,
        "amount_excl": str(line.claimed - _gst_of(line)),
        "gst": str(_gst_of(line)),
        "claimed": str(line.claimed),
    }


def _gst_of(line: ClaimLine) -> Decimal:
    return line.invoice_line.gst - sum((part.gst for part in line.invoice_line.credits.all()), ZERO)
