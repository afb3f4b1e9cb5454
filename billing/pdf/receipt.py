"""Receipt for a payment, or for a refund, and what it was set against."""

from collections.abc import Iterator

from billing.pdf.values import Receipt
from clinic.blocks import Block, Column, Fields, Heading, Table, Text, Together, Totals
from clinic.pdf import A4, Sheet, money

COLUMNS = (
    Column("Set against"),
    Column("Issued", 24),
    Column("Invoice total", 26, "money"),
    Column("Paid", 26, "money"),
    Column("Still due", 26, "money"),
)
NOT_SET_AGAINST = "Not yet set against an invoice; it stays on the account."


def title(receipt: Receipt) -> str:
    return "Refund" if receipt.amount < 0 else "Receipt"


def story(receipt: Receipt, *, paper: Sheet = A4) -> list[Block | Together]:
    blocks: list[Block | Together] = [Fields(_about(receipt, paper))]
    if receipt.amount > 0:
        blocks += [Heading("What it pays"), Table(COLUMNS, _rows(receipt, paper), gap=0.25, empty=NOT_SET_AGAINST)]
    blocks.append(Totals(_totals(receipt)))
    if receipt.note and receipt.amount > 0:
        blocks.append(Text(receipt.note, gap=1))
    return blocks


def _rows(receipt: Receipt, paper: Sheet) -> Iterator[list[str]]:
    for part in receipt.allocations:
        yield [
            f"Invoice {part.invoice_number}",
            paper.date(part.issued_on),
            money(part.invoice_total),
            money(part.amount),
            money(part.balance),
        ]


def _about(receipt: Receipt, paper: Sheet) -> Iterator[tuple[str, str, int]]:
    party = receipt.received_from
    yield (
        "Refunded to" if receipt.amount < 0 else "Received from",
        "\n".join([party.name, *party.address]),
        3,
    )
    yield "Date", paper.date(receipt.received_on), 1
    yield "Method", receipt.method, 1
    yield "Reference", receipt.reference, 1
    if receipt.refund_of:
        yield "Gives back", f"Payment {receipt.refund_of}", 3
        yield "Reason", receipt.note, 3


def _totals(receipt: Receipt) -> Iterator[tuple[str, str, bool]]:
    if receipt.amount > 0 and receipt.unallocated:
        yield "Credit on the account", money(receipt.unallocated), False
    yield ("Amount refunded" if receipt.amount < 0 else "Amount received"), money(abs(receipt.amount)), True
