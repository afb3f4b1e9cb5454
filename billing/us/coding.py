"""What a person adds to the codes of a US-style insurer's draft: modifiers, diagnosis pointers, an evaluation visit.

None of it is guessed. An evaluation is billed beside acupuncture only where it stood on its own, and its modifier 25
says so; which visits those are, the practitioner knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from billing import invoicing, pricing
from billing.models import BilledPart, Invoice, InvoiceLine, Service
from billing.us import cpt
from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import Practice, User
from treatments.models import Treatment


@dataclass(frozen=True, kw_only=True)
class Codes:
    """What stands beside the code of one line."""

    line: InvoiceLine
    modifiers: Sequence[str]
    diagnosis_pointers: Sequence[int]


def code_line(
    *,
    invoice: Invoice,
    line: InvoiceLine,
    modifiers: Sequence[str],
    diagnosis_pointers: Sequence[int],
    by: User,
    now: datetime,
) -> Invoice:
    """Replaces both on one line of a draft. Raises what `code_lines` raises."""
    codes = Codes(line=line, modifiers=modifiers, diagnosis_pointers=diagnosis_pointers)
    return code_lines(invoice=invoice, codes=[codes], by=by, now=now)


def code_lines(*, invoice: Invoice, codes: Sequence[Codes], by: User, now: datetime) -> Invoice:
    """All of them or none. Raises 409 `invoice_issued`, 422 `not_a_us_insurer`, `line_unknown`, and
    `modifier_malformed`, `diagnosis_pointer_malformed` by constraint."""
    with acting(by, reason="code"):
        invoice = _us_draft(invoice)
        for given in codes:
            row = invoice.lines.filter(pk=given.line.pk).first()
            if row is None:
                raise Refusal("line_unknown", "This line is not on this invoice.", field="line")
            row.modifiers, row.diagnosis_pointers = _capitals(given.modifiers), list(given.diagnosis_pointers)
            row.save(update_fields=["modifiers", "diagnosis_pointers"])
        invoice.save(update_fields=["updated_at"])
    return invoice


def add_code(
    *,
    invoice: Invoice,
    treatment: Treatment,
    service: Service,
    units: int,
    modifiers: Sequence[str],
    diagnosis_pointers: Sequence[int],
    by: User,
    now: datetime,
) -> Invoice:
    """A further code of a treatment on the draft, at the insurer's rate of the day. Raises what `code_line` raises,
    409 `already_billed`, 422 `treatment_not_on_invoice`, `code_is_reckoned`, `no_rate`."""
    practice = Practice.objects.current()
    if service.code in cpt.CODES:
        raise Refusal("code_is_reckoned", f"{service.code} comes from the minutes of the note.", field="service")
    with acting(by, reason="code"):
        invoice = _us_draft(invoice)
        beside = invoice.lines.filter(treatment=treatment).first()
        if beside is None:
            raise Refusal("treatment_not_on_invoice", "This invoice has no line of that treatment.", field="treatment")
        price = pricing.price_of_code(
            service, units, payer=invoice.payer, on=beside.service_on, gst_registered=practice.gst_registered
        )
        line = InvoiceLine.objects.create(
            invoice=invoice,
            position=invoice.lines.aggregate(last=Max("position"))["last"] + 1,
            treatment=treatment,
            service_on=beside.service_on,
            modifiers=_capitals(modifiers),
            diagnosis_pointers=list(diagnosis_pointers),
            **_fields(price),
        )
        BilledPart.objects.create(line=line, treatment=treatment, share=line.share, service=service)
        invoice.save(update_fields=["updated_at"])
    return invoice


def _fields(price: pricing.Price) -> dict[str, object]:
    names = ("service", "share", "description", "quantity", "unit", "minutes", "amount_excl", "gst")
    return {name: getattr(price, name) for name in names}


def _us_draft(invoice: Invoice) -> Invoice:
    invoice = invoicing.locked_draft(invoice)
    if invoice.payer is None or not invoice.payer.us_style:
        raise Refusal("not_a_us_insurer", "Only lines to a US-style insurer have modifiers and pointers.")
    return invoice


def _capitals(modifiers: Sequence[str]) -> list[str]:
    return [modifier.strip().upper() for modifier in modifiers]
