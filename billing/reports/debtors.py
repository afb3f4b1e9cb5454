"""Who owes what on a day, and for how long: classes of `billing.statements.ageing`, as on a statement of that day."""

from billing.statements import ageing
from billing.statements.owing import aged_debtors
from clinic.money import ZERO
from clinic.report import Chart, Column, Days, Kind, Report, Series, summed

TITLE = "Aged debtors"
COLUMNS = (
    Column("account", "Account"),
    Column("kind", "Who"),
    Column("invoices", "Invoices", Kind.COUNT),
    Column("oldest_due_on", "Oldest due", Kind.DAY),
    *(Column(name, label, Kind.MONEY) for name, label in ageing.LABELS.items()),
    Column("owed", "Owed", Kind.MONEY),
    Column("credit", "Credit held", Kind.MONEY),
)


def on_a_day(days: Days) -> Report:
    """At the end of the last of these days, the largest debt first."""
    debtors = aged_debtors(on=days.last)
    rows = tuple(
        (
            str(debtor.account), "Payer" if debtor.is_payer else "Patient", debtor.invoices, debtor.oldest_due_on,
            *(debtor.aged[name] for name in ageing.LABELS), debtor.owed, debtor.credit,
        )
        for debtor in debtors
    )  # fmt: skip
    sums = tuple(sum((debtor.aged[name] for debtor in debtors), ZERO) for name in ageing.LABELS)
    return Report(
        title=TITLE,
        from_on=days.last,
        to_on=days.last,
        columns=COLUMNS,
        rows=rows,
        totals=summed(COLUMNS, rows),
        chart=Chart("Owed by age", Kind.MONEY, tuple(ageing.LABELS.values()), (Series("Owed", sums),)),
        remarks=("Days are counted from the day an invoice was due.",),
    )
