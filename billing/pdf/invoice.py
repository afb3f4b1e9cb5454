"""Tax invoice (taxable supply information), plain invoice, credit note, draft.

What ACC asks a paper invoice to show: its how-to-invoice page for providers. Since 1 March 2023 New Zealand's Act
speaks of taxable supply information and of supply correction information; the headings that payers look for are
still "Tax invoice" and "Credit note".
"""

from collections.abc import Iterator
from decimal import Decimal

from billing.pdf.values import Diagnosis, Invoice, InvoiceLine
from clinic.blocks import Block, Column, Fields, Heading, Table, Text, Together, Totals
from clinic.pdf import A4, Sheet, money
from clinic.typesetting import SMALL


def title(invoice: Invoice) -> str:
    if not invoice.number:
        return "Draft invoice"
    if invoice.credit_of:
        return "Credit note"
    return "Tax invoice" if invoice.gst_registered else "Invoice"


def story(invoice: Invoice, *, paper: Sheet = A4) -> list[Block | Together]:
    blocks: list[Block | Together] = [Fields(_about(invoice, paper))]
    blocks.append(Table(_columns(invoice), [_row(line, invoice, paper) for line in invoice.lines], empty="No lines."))
    blocks.append(Together(Totals(_totals(invoice)), *_tax_remark(invoice)))
    if invoice.payments:
        blocks += _payments(invoice, paper)
    if _asks_for_money(invoice) and (invoice.bank_account or invoice.payment_reference):
        blocks.append(Together(Heading("How to pay"), Fields(_how_to_pay(invoice, paper), gap=0.25)))
    if invoice.note:
        blocks.append(Text(invoice.note, gap=1))
    return blocks


def _asks_for_money(invoice: Invoice) -> bool:
    return bool(invoice.number) and not invoice.credit_of and invoice.balance > 0


def described(diagnosis: Diagnosis) -> str:
    """`N2152 Gluteal tendinitis, right`."""
    words = f"{diagnosis.code} {diagnosis.description}".strip()
    return f"{words}, {diagnosis.side}" if diagnosis.side else words


def count(quantity: Decimal) -> str:
    """`1`, `0.75`: no zeros that say nothing."""
    return f"{quantity.normalize():f}" if quantity else "0"


def _about(invoice: Invoice, paper: Sheet) -> Iterator[tuple[str, str | list[str], int]]:
    yield "Bill to" if not invoice.credit_of else "Credit to", "\n".join(_recipient(invoice)), 3
    yield "Date" if not invoice.number else "Issued", paper.date(invoice.issued_on), 1
    if invoice.due_on and not invoice.credit_of:
        yield "Due", paper.date(invoice.due_on), 2
    if invoice.credit_of:
        yield "Credits", f"Invoice {invoice.credit_of}", 3
        yield "Reason", invoice.credit_reason, 3
    if invoice.patient_name:
        yield "Patient", invoice.patient_name, 3
    if invoice.claim_number:
        yield "Claim number", invoice.claim_number, 1
    if invoice.date_of_injury:
        yield "Date of injury", paper.date(invoice.date_of_injury), 1
    if invoice.purchase_order_number:
        yield "Purchase order", invoice.purchase_order_number, 1
    if invoice.diagnoses:
        yield "Diagnosis", "\n".join(described(diagnosis) for diagnosis in invoice.diagnoses), 3


def _recipient(invoice: Invoice) -> Iterator[str]:
    yield invoice.recipient.name
    yield from invoice.recipient.address
    if invoice.recipient.reference:
        yield f"Reference {invoice.recipient.reference}"


def _columns(invoice: Invoice) -> list[Column]:
    columns = [Column("Date", 20), Column("Service")]
    if not invoice.credit_of:
        columns.append(Column("Quantity", 19, "right"))
    if invoice.gst_registered:
        columns += [Column("Excl. GST", 20, "money"), Column("GST", 18, "money")]
    return [*columns, Column("Amount", 22, "money")]


def _row(line: InvoiceLine, invoice: Invoice, paper: Sheet) -> list[str | list[str]]:
    details = [line.practitioner]
    if line.service_code:
        details.append(f"Code {line.service_code}")
    if line.claim_number:
        details.append(f"Claim {line.claim_number}")
    if line.purchase_order_number:
        details.append(f"Purchase order {line.purchase_order_number}")
    service = [line.description, line.patient_name, " · ".join(detail for detail in details if detail)]
    # Part of a line may be credited: an amount, and no quantity.
    quantity = [] if invoice.credit_of else [_quantity(line)]
    amounts = [money(line.amount_excl), money(line.gst)] if invoice.gst_registered else []
    return [paper.date(line.service_on), service, *quantity, *amounts, money(line.total)]


def _quantity(line: InvoiceLine) -> list[str]:
    return [
        f"{count(line.quantity)} {line.unit}".strip(),
        f"{line.minutes} min" if line.minutes is not None else "",
    ]


def _totals(invoice: Invoice) -> Iterator[tuple[str, str, bool]]:
    if invoice.gst_registered:
        yield "Total excluding GST", money(invoice.amount_excl), False
        yield "GST", money(invoice.gst), False
        yield ("Total credited" if invoice.credit_of else "Total including GST"), money(invoice.total), True
    else:
        yield ("Total credited" if invoice.credit_of else "Total"), money(invoice.total), True


def _tax_remark(invoice: Invoice) -> list[Text]:
    if not invoice.gst_registered or not invoice.number:
        return []
    kind = "Supply correction information" if invoice.credit_of else "Taxable supply information"
    return [Text(f"{kind} for GST.", SMALL, gap=0.5)]


def _payments(invoice: Invoice, paper: Sheet) -> list[Block | Together]:
    rows = [
        [paper.date(payment.paid_on), [payment.method, payment.reference], money(payment.amount)]
        for payment in invoice.payments
    ]
    columns = [Column("Date", 20), Column("Received"), Column("Amount", 22, "money")]
    owed = [("Paid", money(invoice.paid), False), ("Balance due", money(invoice.balance), True)]
    return [Heading("Payments"), Table(columns, rows, gap=0.25), Totals(owed)]


def _how_to_pay(invoice: Invoice, paper: Sheet) -> Iterator[tuple[str, str, int]]:
    if invoice.bank_account:
        yield "Bank account", invoice.bank_account, 2
    if invoice.payment_reference:
        yield "Reference", invoice.payment_reference, 2
    yield "Amount", money(invoice.balance), 1
    if invoice.due_on:
        yield "By", paper.date(invoice.due_on), 1
