"""Drafting and issuing. A treatment is billed in parts, one invoice to each party: the payer's, and the patient's.

Issuing takes the next number from a locked counter, writes down everything the paper will say, and chains its hash
to the invoice before. From then on the database refuses every change.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from billing.models import BilledPart, Counter, Invoice, InvoiceLine
from billing.pricing import price
from clinic import chain
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from patients.models import Case, Payer
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
        lines = []
        for treatment in sorted(treatments, key=lambda treatment: treatment.started_at):
            service_on = treatment.started_at.astimezone(practice.zone).date()
            amount = price(treatment, payer=payer, service_on=service_on, gst_registered=practice.gst_registered)
            if amount is not None:
                lines.append(
                    InvoiceLine(
                        invoice=invoice,
                        treatment=treatment,
                        service=amount.service,
                        share=amount.share,
                        position=len(lines) + 1,
                        service_on=service_on,
                        description=amount.description,
                        quantity=amount.quantity,
                        unit=amount.unit,
                        minutes=amount.minutes,
                        amount_excl=amount.amount_excl,
                        gst=amount.gst,
                    )
                )
        if not lines:
            raise Refusal("nothing_to_bill", "The payer covers this in full: there is nothing for the patient to pay.")
        InvoiceLine.objects.bulk_create(lines)
        BilledPart.objects.bulk_create(
            BilledPart(line=line, treatment=line.treatment, share=line.share, service=line.service) for line in lines
        )
    return invoice


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
        counter = _locked_counter()
        today = now.astimezone(practice.zone).date()
        invoice.number = counter.last + 1
        invoice.status = Invoice.Status.ISSUED
        invoice.issued_at, invoice.issued_by, invoice.issued_on = now, by, today
        invoice.due_on = today + timedelta(days=practice.payment_days)
        invoice.particulars = particulars_of(invoice, lines, practice)
        invoice.previous_hash = counter.last_hash or chain.BEGINNING
        invoice.content_hash = chain.link(content_of(invoice), previous=invoice.previous_hash)
        invoice.save()
        counter.last, counter.last_hash = invoice.number, invoice.content_hash
        counter.save(update_fields=["last", "last_hash"])
    return invoice


def locked_draft(invoice: Invoice) -> Invoice:
    Invoice.objects.select_for_update(no_key=True).only("pk").get(pk=invoice.pk)
    row = Invoice.objects.select_related("patient", "payer", "billed_to", "case").get(pk=invoice.pk)
    if row.status != Invoice.Status.DRAFT:
        raise Conflict("invoice_issued", "This invoice is issued. Credit it instead.")
    return row


def _locked_counter() -> Counter:
    Counter.objects.bulk_create([Counter(name=COUNTER)], ignore_conflicts=True)
    return Counter.objects.select_for_update().get(name=COUNTER)


def particulars_of(invoice: Invoice, lines: Sequence[InvoiceLine], practice: Practice) -> dict[str, Any]:
    """All that the papers of this invoice say, as plain values of the day of issue."""
    patient, case = invoice.patient, invoice.case
    return {
        "recipient": {"name": str(invoice.debtor), "address": invoice.debtor.address.splitlines()},
        "patient": {
            "name": str(patient),
            "nhi": patient.nhi or "",
            "date_of_birth": patient.date_of_birth.isoformat(),
        },
        "practice": {
            "name": practice.legal_name or practice.name,
            "address": practice.address.splitlines(),
            "phone": practice.phone,
            "gst_registered": practice.gst_registered,
            "gst_number": practice.gst_number,
            "acc_vendor_id": practice.acc_vendor_id,
            "bank_account": practice.bank_account,
        },
        "case": _case_particulars(case) if case else None,
        "lines": [_line_particulars(line) for line in lines],
    }


def _case_particulars(case: Case) -> dict[str, Any]:
    return {
        "kind": case.kind,
        "claim_number": case.claim_number,
        "date_of_injury": _day(case.date_of_injury),
        "purchase_order_number": case.purchase_order_number,
        "diagnoses": [
            {"system": row.system, "code": row.code, "description": row.description, "side": row.side}
            for row in case.diagnoses.order_by("-primary", "id")
        ],
    }


def _line_particulars(line: InvoiceLine) -> dict[str, Any]:
    practitioner = line.treatment.practitioner if line.treatment else None
    return {
        "position": line.position,
        "treatment": line.treatment_id,
        # Named only where there is one, so that invoices from before there could be one read as they were hashed.
        **({"appointment": line.appointment_id} if line.appointment_id else {}),
        "service": line.service_id,
        "share": line.share,
        "service_on": line.service_on.isoformat(),
        "service_code": line.service.code if line.service else "",
        "description": line.description,
        "quantity": str(line.quantity),
        "unit": line.unit,
        "minutes": line.minutes,
        "amount_excl": str(line.amount_excl),
        "gst": str(line.gst),
        "practitioner": str(practitioner) if practitioner else "",
        "acc_provider_id": practitioner.acc_provider_id if practitioner else "",
    }


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


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
        "issued_on": _day(invoice.issued_on),
        "due_on": _day(invoice.due_on),
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
    now_says = [{**_line_particulars(line), **OF_OTHER_ROWS} for line in lines]
    before = Invoice.objects.filter(number=invoice.number - 1).values_list("content_hash", flat=True).first()
    checks = {
        "content": invoice.content_hash == chain.link(content_of(invoice), previous=invoice.previous_hash),
        "lines": kept == now_says,
        "chain": invoice.previous_hash == (chain.BEGINNING if invoice.number == 1 else before),
    }
    return {"verified": all(checks.values()), "checks": checks, "content_hash": invoice.content_hash}
