"""Receipt for a payment, or for a refund, and what it was set against."""

from collections.abc import Iterator

from billing.pdf.values import Receipt
from clinic.blocks import Block, Column, Fields, Heading, Table, Text, Together, Totals
from clinic.pdf import A4, Sheet, money


def title(receipt: Receipt) -> str:
    return "Refund" if receipt.amount < 0 else "Receipt"


def story(receipt: Receipt, *, paper: Sheet = A4) -> list[Block | Together]:
    rows = [
        [
            f"Invoice {a.invoice_number}",
            paper.date(a.issued_on),
            money(a.invoice_total),
            money(a.amount),
            money(a.balance),
        ]
        for a in receipt.allocations
    ]
    columns = [
        Column("Set against"),
        Column("Issued", 24),
        Column("Invoice total", 26, "money"),
        Column("Refunded" if receipt.amount < 0 else "Paid", 26, "money"),
        Column("Still due", 26, "money"),
    ]
    blocks: list[Block | Together] = [
        Fields(_about(receipt, paper)),
        Heading("What it pays"),
        Table(columns, rows, gap=0.25, empty="Not yet set against an invoice; it stays on the account."),
        Totals(_totals(receipt)),
    ]
    if receipt.note:
        blocks.append(Text(receipt.note, gap=1))
    return blocks


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


def _totals(receipt: Receipt) -> Iterator[tuple[str, str, bool]]:
    if receipt.unallocated:
        yield "Credit on the account", money(receipt.unallocated), False
    yield ("Amount refunded" if receipt.amount < 0 else "Amount received"), money(abs(receipt.amount)), True
