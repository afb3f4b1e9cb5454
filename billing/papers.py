"""Gathers what the billing papers show, from the particulars written down when the invoice was issued."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import CreditNote, Invoice
from billing.pdf import invoice as invoice_paper
from billing.pdf import schedule as schedule_paper
from billing.pdf import values
from clinic import documents
from clinic.errors import Refusal
from clinic.models import Practice
from patients.models import Case


def invoice(subject: int) -> documents.Paper:
    """Raises 422 `invoice_not_issued`: a draft is no invoice."""
    row = _issued(subject)
    return documents.compose(
        invoice_paper,
        _invoice(row),
        practice=Practice.objects.current(),
        number=row.label,
        patient_id=row.patient_id,
    )


def credit_note(subject: int) -> documents.Paper:
    """Raises 422 `credit_note_unknown`."""
    note = CreditNote.objects.select_related("invoice").filter(pk=subject).first()
    if note is None:
        raise Refusal("credit_note_unknown", "There is no such credit note.", field="subject")
    return documents.compose(
        invoice_paper,
        _credit_note(note),
        practice=Practice.objects.current(),
        number=note.label,
        patient_id=note.invoice.patient_id,
    )


def acc_schedule(subject: int) -> documents.Paper:
    """The treatment schedule of an invoice to ACC. Raises 422 `invoice_not_issued`, `not_an_acc_invoice`."""
    row = _issued(subject)
    case = row.particulars["case"]
    if (
        case is None
        or case["kind"] != Case.Kind.ACC
        or {line["share"] for line in row.particulars["lines"]} != {"payer"}
    ):
        raise Refusal("not_an_acc_invoice", "Only an invoice to ACC has a treatment schedule.", field="subject")
    return documents.compose(
        schedule_paper,
        _schedule(row),
        practice=Practice.objects.current(),
        number=row.label,
        patient_id=row.patient_id,
    )


def _issued(subject: int) -> Invoice:
    row = Invoice.objects.select_related("issued_by").filter(pk=subject, status=Invoice.Status.ISSUED).first()
    if row is None:
        raise Refusal("invoice_not_issued", "Only an issued invoice can be printed.", field="subject")
    return row


def _invoice(row: Invoice) -> values.Invoice:
    said, case = row.particulars, row.particulars["case"] or {}
    return values.Invoice(
        number=row.label,
        issued_on=row.issued_on,
        due_on=row.due_on,
        recipient=_party(said["recipient"]),
        gst_registered=said["practice"]["gst_registered"],
        patient_name=said["patient"]["name"],
        claim_number=case.get("claim_number", ""),
        date_of_injury=_day(case.get("date_of_injury")),
        diagnoses=tuple(_diagnosis(row) for row in case.get("diagnoses", [])),
        purchase_order_number=case.get("purchase_order_number", ""),
        bank_account=said["practice"]["bank_account"],
        payment_reference=row.label,
        note=row.note,
        lines=tuple(
            _line(
                line,
                quantity=Decimal(line["quantity"]),
                unit=line["unit"],
                minutes=line["minutes"] if line["unit"] == "hours" else None,
            )
            for line in said["lines"]
        ),
    )


def _credit_note(note: CreditNote) -> values.Invoice:
    said, case = note.particulars, note.particulars["case"] or {}
    return values.Invoice(
        number=note.label,
        issued_on=note.issued_on,
        recipient=_party(said["recipient"]),
        gst_registered=said["practice"]["gst_registered"],
        patient_name=said["patient"]["name"],
        claim_number=case.get("claim_number", ""),
        purchase_order_number=case.get("purchase_order_number", ""),
        credit_of=f"{said['invoice']['label']} of {date.fromisoformat(said['invoice']['issued_on']):%-d %B %Y}",
        credit_reason=note.reason,
        lines=tuple(_line(line) for line in said["lines"]),
    )


def _line(said: dict[str, Any], **more: Any) -> values.InvoiceLine:
    return values.InvoiceLine(
        service_on=date.fromisoformat(said["service_on"]),
        description=said["description"],
        service_code=said["service_code"],
        amount_excl=Decimal(said["amount_excl"]),
        gst=Decimal(said["gst"]),
        practitioner=said["practitioner"],
        **more,
    )


def _schedule(row: Invoice) -> values.Schedule:
    said = row.particulars
    practice = said["practice"]
    return values.Schedule(
        schedule_number=row.label,
        declared_on=row.issued_on,
        declared_by=str(row.issued_by),
        gst_registered=practice["gst_registered"],
        recipient=_party(said["recipient"]),
        vendor=values.Vendor(
            name=practice["name"],
            vendor_id=practice["acc_vendor_id"],
            gst_number=practice["gst_number"],
            phone=practice["phone"],
            address=tuple(practice["address"]),
        ),
        lines=tuple(_schedule_line(number, line, said) for number, line in enumerate(said["lines"], 1)),
    )


def _schedule_line(number: int, line: dict[str, Any], said: dict[str, Any]) -> values.ScheduleLine:
    case, patient = said["case"], said["patient"]
    diagnosis = (
        case["diagnoses"][0] if case["diagnoses"] else {"system": "read2", "code": "", "description": "", "side": ""}
    )
    return values.ScheduleLine(
        number=number,
        claim_number=case["claim_number"],
        patient_name=patient["name"],
        nhi=patient["nhi"],
        date_of_birth=date.fromisoformat(patient["date_of_birth"]),
        date_of_injury=date.fromisoformat(case["date_of_injury"]),
        diagnosis=_diagnosis(diagnosis),
        service_code=line["service_code"],
        service_on=date.fromisoformat(line["service_on"]),
        provider_name=line["practitioner"],
        provider_id=line["acc_provider_id"],
        billing_method="hours" if line["unit"] == "hours" else "flat fee",
        value=Decimal(line["quantity"]),
        amount_excl=Decimal(line["amount_excl"]),
        gst=Decimal(line["gst"]),
        description=line["description"],
        purchase_order_number=case["purchase_order_number"],
    )


def _party(said: dict[str, Any]) -> values.Party:
    return values.Party(name=said["name"], address=tuple(said["address"]))


def _diagnosis(said: dict[str, Any]) -> values.Diagnosis:
    side = "" if said["side"] == "not_applicable" else said["side"]
    return values.Diagnosis(code=said["code"], description=said["description"], side=side, system=said["system"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
