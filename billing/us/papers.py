"""Superbill and CMS-1500, from the particulars written down when the invoice was issued."""

import dataclasses
import hashlib
import json

from django.conf import settings

from billing.models import Invoice
from billing.pdf import cms1500 as copy_paper
from billing.pdf import cms1500_overlay as overlay_paper
from billing.pdf import superbill as superbill_paper
from billing.pdf.us_values import UsClaim
from billing.us.checking import fitted
from billing.us.particulars import claim_of
from clinic import documents
from clinic.errors import Refusal
from clinic.models import Practice
from clinic.pdf import LETTER


def superbill(subject: int) -> documents.Paper:
    """With what is paid by now. Raises 422 `invoice_not_issued`, `no_us_particulars`."""
    row = _issued(subject)
    claim = claim_of(row, paid=row.paid)
    return documents.compose(
        superbill_paper,
        claim,
        practice=Practice.objects.current(),
        number=row.label,
        patient_id=row.patient_id,
        sheet=LETTER,
    )


def cms1500(subject: int) -> documents.Paper:
    """The patient's copy. Raises 422 `invoice_not_issued`, `not_a_us_insurer` and what `us.checking` refuses."""
    row, claim = _to_insurer(subject)
    return documents.compose(
        copy_paper,
        claim,
        practice=Practice.objects.current(),
        number=row.label,
        patient_id=row.patient_id,
        sheet=LETTER,
    )


def cms1500_overlay(subject: int) -> documents.Paper:
    """The data for the original form, moved as the printer of this place needs it. Raises as `cms1500`."""
    row, claim = _to_insurer(subject)
    shift = {"right_mm": settings.CLAIM_FORM_RIGHT_MM, "down_mm": settings.CLAIM_FORM_DOWN_MM}
    said = [overlay_paper.__name__, dataclasses.asdict(claim), shift]
    return documents.Paper(
        title=f"{overlay_paper.TITLE} {row.label}",
        patient_id=row.patient_id,
        content_digest=hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest(),
        draw=lambda: overlay_paper.draw(claim, **shift),
    )


def _issued(subject: int) -> Invoice:
    rows = Invoice.objects.with_balance().filter(pk=subject, status=Invoice.Status.ISSUED)
    row = rows.first()
    if row is None:
        raise Refusal("invoice_not_issued", "Only an issued invoice can be printed.", field="subject")
    return row


def _to_insurer(subject: int) -> tuple[Invoice, UsClaim]:
    row = _issued(subject)
    insurer = row.particulars.get("us", {}).get("insurer")
    if not insurer or not insurer["us_style"]:
        raise Refusal("not_a_us_insurer", "Only an invoice to a US-style insurer makes a CMS-1500.", field="subject")
    claim = claim_of(row)
    fitted(claim)
    return row, claim
