"""Drafting and issuing. A treatment is billed in parts, one invoice to each party: the payer's, and the patient's.

Issuing takes the next number from a locked counter, writes down everything the paper will say, and chains its hash
to the invoice before. From then on the database refuses every change.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from billing import particulars
from billing.models import BilledPart, Counter, Invoice, InvoiceLine
from billing.pricing import Price, prices
from clinic import chain
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from patients.models import Payer
from treatments.models import Treatment

COUNTER = "invoice"
# Of a line's particulars, those that other rows hold: they may change after the issue, the line may not.
OF_OTHER_ROWS = {"service_code": "", "practitioner": "", "acc_provider_id": ""}


def draft(*, treatments: Sequence[Treatment], payer: Payer | None, by: User, now: datetime) -> Invoice:
    """An invoice to `payer`, or to the patient where it is None, with a line for each signed treatment.

    Raises 409 `already_billed`, 422 `note_not_signed`, `different_patients`, `payer_of_no_case`, `nothing_to_bill`,
    and what pricing refuses. Only what billing may know of a note is read: its date, its minutes, that it is signed.
    """
    practice = Practice.objects.current()
    _refuse_unbillable(treatments, payer)
    with acting(by):
        first = treatments[0]
        billed_to = first.patient.account_holder if payer is None else None
        invoice = Invoice.objects.create(patient=first.patient, payer=payer, billed_to=billed_to, case=first.case)
        lines: list[InvoiceLine] = []
        for treatment in sorted(treatments, key=lambda treatment: treatment.started_at):
            service_on = treatment.started_at.astimezone(practice.zone).date()
            owed = prices(treatment, payer=payer, service_on=service_on, gst_registered=practice.gst_registered)
            lines += [
                _line(amount, position, invoice=invoice, treatment=treatment, service_on=service_on)
                for position, amount in enumerate(owed, len(lines) + 1)
            ]
        if not lines:
            raise Refusal("nothing_to_bill", "The payer covers this in full: there is nothing for the patient to pay.")
        InvoiceLine.objects.bulk_create(lines)
        BilledPart.objects.bulk_create(
            BilledPart(line=line, treatment=line.treatment, share=line.share, service=line.service) for line in lines
        )
    return invoice


def _line(amount: Price, position: int, **of: Any) -> InvoiceLine:
    return InvoiceLine(
        position=position,
        service=amount.service,
        share=amount.share,
        description=amount.description,
        quantity=amount.quantity,
        unit=amount.unit,
        minutes=amount.minutes,
        amount_excl=amount.amount_excl,
        gst=amount.gst,
        **of,
    )


def _refuse_unbillable(treatments: Sequence[Treatment], payer: Payer | None) -> None:
    if not treatments:
        raise Refusal("nothing_to_bill", "Choose at least one treatment.", field="treatments")
    if any(not treatment.is_signed for treatment in treatments):
        raise Refusal("note_not_signed", "Only signed treatments are billed.", field="treatments")
    if len({(treatment.patient_id, treatment.case_id) for treatment in treatments}) > 1:
        raise Refusal("different_patients", "An invoice is for one patient and one case.", field="treatments")
    case = treatments[0].case
    if payer is not None and (case is None or case.payer_id != payer.pk):
        raise Refusal("payer_of_no_case", f"{payer} does not pay for this case.", field="payer")


def discard(*, invoice: Invoice, by: User, now: datetime) -> None:
    """Throws a draft away. Raises 409 `invoice_issued`."""
    with acting(by):
        locked_draft(invoice).delete()


def issue(*, invoice: Invoice, by: User, now: datetime) -> Invoice:
    """Gives the invoice its number and freezes it. Raises 409 `invoice_issued`, 422 `nothing_to_bill`."""
    practice = Practice.objects.current()
    with acting(by, reason="issue"):
        invoice = locked_draft(invoice)
        lines = list(invoice.lines.select_related("service", "treatment__practitioner").order_by("position"))
        if not lines:
            raise Refusal("nothing_to_bill", "This invoice has no lines.")
        counter = Counter.objects.locked(COUNTER)
        today = now.astimezone(practice.zone).date()
        invoice.number = counter.last + 1
        invoice.status = Invoice.Status.ISSUED
        invoice.issued_at, invoice.issued_by, invoice.issued_on = now, by, today
        invoice.due_on = today + timedelta(days=practice.payment_days)
        invoice.particulars = particulars.of_invoice(invoice, lines, practice)
        invoice.previous_hash = counter.last_hash or chain.BEGINNING
        invoice.content_hash = chain.link(content_of(invoice), previous=invoice.previous_hash)
        invoice.save()
        counter.advance(invoice.content_hash)
    return invoice


def locked_draft(invoice: Invoice) -> Invoice:
    Invoice.objects.select_for_update(no_key=True).only("pk").get(pk=invoice.pk)
    row = Invoice.objects.select_related("patient", "payer", "billed_to", "case").get(pk=invoice.pk)
    if row.status != Invoice.Status.DRAFT:
        raise Conflict("invoice_issued", "This invoice is issued. Credit it instead.")
    return row


def content_of(invoice: Invoice) -> dict[str, Any]:
    """What the hash covers: whose the invoice is, its number, its days, and everything the paper says."""
    return {
        "id": invoice.pk,
        "patient_id": invoice.patient_id,
        "payer_id": invoice.payer_id,
        "case_id": invoice.case_id,
        "issued_at": invoice.issued_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "issued_by": invoice.issued_by_id,
        "number": invoice.number,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "note": invoice.note,
        **({"billed_to_id": invoice.billed_to_id} if invoice.billed_to_id else {}),
        **invoice.particulars,
    }


def verify(invoice: Invoice) -> dict[str, Any]:
    """Whether an issued invoice, its lines and its place in the chain are as they were issued."""
    if invoice.status != Invoice.Status.ISSUED:
        raise Conflict("invoice_not_issued", "This invoice is a draft: there is nothing to verify.")
    lines = list(invoice.lines.select_related("service", "treatment__practitioner").order_by("position"))
    kept = [{**said, **OF_OTHER_ROWS} for said in invoice.particulars["lines"]]
    now_says = [{**particulars.of_line(line), **OF_OTHER_ROWS} for line in lines]
    before = Invoice.objects.filter(number=invoice.number - 1).values_list("content_hash", flat=True).first()
    checks = {
        "content": invoice.content_hash == chain.link(content_of(invoice), previous=invoice.previous_hash),
        "lines": kept == now_says,
        "chain": invoice.previous_hash == (chain.BEGINNING if invoice.number == 1 else before),
    }
    return {"verified": all(checks.values()), "checks": checks, "content_hash": invoice.content_hash}
