"""Statement of an account: where it stood, what happened, where it stands, and how old the debt is."""

from collections.abc import Iterator
from decimal import Decimal

from billing.pdf.values import Statement
from clinic.blocks import Block, Column, Fields, Heading, Table, Text, Together, Totals
from clinic.pdf import A4, Sheet, money
from clinic.rows import Value

COLUMNS = (
    Column("Date", 22),
    Column("Entry"),
    Column("Charged", 24, "money"),
    Column("Paid or credited", 26, "money"),
    Column("Balance", 24, "money"),
)


def title(statement: Statement) -> str:
    return "Statement"


def story(statement: Statement, *, paper: Sheet = A4) -> list[Block | Together]:
    closing = statement.closing_balance
    blocks: list[Block | Together] = [
        Fields(_about(statement, paper)),
        Table(COLUMNS, _rows(statement, paper)),
        Together(
            Totals([("In credit" if closing < 0 else "Balance due", money(abs(closing)), True)]),
            *_ageing(statement),
        ),
    ]
    if closing > 0 and (statement.bank_account or statement.payment_reference):
        how = [("Bank account", statement.bank_account, 3), ("Reference", statement.payment_reference, 3)]
        blocks.append(Together(Heading("How to pay"), Fields(how, gap=0.25)))
    if statement.note:
        blocks.append(Text(statement.note, gap=1))
    return blocks


def _about(statement: Statement, paper: Sheet) -> Iterator[tuple[str, str, int]]:
    yield "Account", "\n".join([statement.account.name, *statement.account.address]), 3
    yield "Issued", paper.date(statement.issued_on), 1
    yield "Period", f"{paper.date(statement.from_on)} to {paper.date(statement.to_on)}", 2


def _rows(statement: Statement, paper: Sheet) -> Iterator[list[Value]]:
    balance: Decimal = statement.opening_balance
    yield [paper.date(statement.from_on), "Opening balance", (), (), money(balance)]
    for entry in statement.entries:
        balance += entry.amount
        charged = money(entry.amount) if entry.amount >= 0 else ()
        credited = money(-entry.amount) if entry.amount < 0 else ()
        what = [f"{entry.kind} {entry.number}".strip(), entry.description]
        yield [paper.date(entry.entered_on), what, charged, credited, money(balance)]


def _ageing(statement: Statement) -> list[Block]:
    if not statement.ageing:
        return []
    columns = [Column(label, None, "money") for label, _ in statement.ageing]
    return [Table(columns, [[money(amount) for _, amount in statement.ageing]], gap=1)]
