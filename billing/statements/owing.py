"""Who owes what on a day, and for how long: the accounts of patients and payers, with the credit they hold."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from billing.models import Allocation, Invoice, Payment
from billing.statements import ageing
from clinic.money import ZERO
from patients.models import Patient, Payer


@dataclass(frozen=True, kw_only=True)
class Debtor:
    """`aged` is what is owed in each class of `billing.statements.ageing`; `credit` what was paid and is not used."""

    account: Patient | Payer
    invoices: int
    oldest_due_on: date
    aged: dict[str, Decimal]
    owed: Decimal
    credit: Decimal

    @property
    def is_payer(self) -> bool:
        return isinstance(self.account, Payer)


def aged_debtors(*, on: date) -> list[Debtor]:
    """Every account that owes something at the end of a day, by the days on which things happened, largest debt first.
    Three queries, however many there are. Statements of the same day add up to the same."""
    debts: dict[tuple, list[Invoice]] = defaultdict(list)
    rows = Invoice.objects.issued().with_balance_on(on).filter(issued_on__lte=on, balance__gt=0)
    for row in rows.select_related("patient", "payer", "billed_to").order_by("due_on", "number"):
        debts[row.account].append(row)
    credit = credit_by_account(on=on)
    debtors = []
    for account, invoices in debts.items():
        classes = ageing.aged(((row.due_on, row.balance) for row in invoices), on=on)
        debtors.append(
            Debtor(
                account=invoices[0].debtor,
                invoices=len(invoices),
                oldest_due_on=invoices[0].due_on,
                aged=classes,
                owed=sum(classes.values(), ZERO),
                credit=credit.get(account, ZERO),
            )
        )
    return sorted(debtors, key=lambda debtor: (-debtor.owed, str(debtor.account)))


def credit_by_account(*, on: date) -> dict[tuple[int | None, int | None], Decimal]:
    """What each account had paid by the end of a day and that no invoice of that day took."""
    paid = Payment.objects.filter(received_on__lte=on).order_by()
    taken = Allocation.objects.filter(payment__received_on__lte=on, invoice__issued_on__lte=on).order_by()
    credit = {
        (row["payer"], row["patient"]): row["sum"]
        for row in paid.values("payer", "patient").annotate(sum=Sum("amount"))
    }
    for row in taken.values("payment__payer", "payment__patient").annotate(sum=Sum("amount")):
        credit[(row["payment__payer"], row["payment__patient"])] -= row["sum"]
    return {account: amount for account, amount in credit.items() if amount}
