"""How the demo's people pay: most by card at once, some in cash, some half of it, some by bank, and some not yet."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from appointments.models import Appointment
from billing.bank import importing
from billing.models import BankFormat, Invoice, Payment
from billing.payments import paying
from billing.statements import stating
from billing.statements.owing import aged_debtors
from clinic import documents
from clinic.models import User
from clinic.money import cents
from frontdesk.demo.practice import INVENTED
from patients.models import Patient

DEPOSIT = Decimal("40.00")
# By the number of the person, over and over.
HABITS = ("cash", "half", "late", "bank", "card", "card", "card")
# Payers take a fortnight, and so does somebody who pays by bank before we have the bank's file.
A_FORTNIGHT = timedelta(days=14)
A_WEEK = timedelta(days=7)
ACCOUNT = "00-0000-0000000-00"


def habit_of(person: int) -> str:
    return HABITS[person % len(HABITS)]


def pays_a_deposit(person: int, kind: str) -> bool:
    return kind == "initial" and person % 9 == 4


def deposit(*, patient: Patient, visit: Appointment, by: User, now: datetime) -> None:
    paying.pay(patient=patient, appointment=visit, amount=DEPOSIT, method="card", by=by, now=now)


def pay_at_once(*, person: int, invoice: Invoice, by: User, now: datetime) -> None:
    """What somebody pays on their way out, as far as their habit goes; who pays in their place does later."""
    habit = habit_of(person)
    if invoice.payer_id or habit not in {"cash", "half", "card"}:
        return
    owed = Invoice.objects.with_balance().get(pk=invoice.pk).balance
    amount = cents(owed / 2) if habit == "half" else owed
    if not amount:
        return
    method = Payment.Method.CASH if habit == "cash" else Payment.Method.CARD
    paying.pay(patient=invoice.debtor, amount=amount, method=method, invoices=[(invoice, amount)], by=by, now=now)


def let_payers_pay(*, by: User, now: datetime, today: date) -> None:
    """Insurers and employers have paid what was sent a fortnight ago, all of one day at once."""
    sent: dict[tuple[int, date], list[Invoice]] = defaultdict(list)
    for invoice in _owed().filter(payer__isnull=False, issued_on__lte=today - A_FORTNIGHT).exclude(payer__kind="acc"):
        sent[(invoice.payer_id, invoice.issued_on)].append(invoice)
    for (_, issued_on), invoices in sorted(sent.items(), key=lambda item: (item[0][1], item[0][0])):
        paying.pay(
            payer=invoices[0].payer, amount=sum(row.balance for row in invoices), method=Payment.Method.INSURER,
            received_on=issued_on + A_FORTNIGHT, reference=f"Remittance {invoices[0].number:05}",
            invoices=[(row, row.balance) for row in invoices], by=by, now=now,
        )  # fmt: skip


def let_the_bank_tell(people: dict[int, Patient], *, by: User, now: datetime, today: date) -> None:
    """What came by bank until a week ago is taken; what came since stands in a file that nobody has looked through."""
    accounts = [patient for number, patient in people.items() if habit_of(number) == "bank"]
    bank = BankFormat.objects.create(
        name=INVENTED, date_column="Date", amount_column="Amount",
        reference_columns=["Particulars", "Code", "Reference"], party_column="Other Party", date_order="ymd",
    )  # fmt: skip
    lines = [
        (invoice, invoice.issued_on + timedelta(days=2))
        for invoice in _owed().filter(patient__in=accounts, payer=None)
    ]
    old = [line for line in lines if line[1] <= today - A_WEEK]
    new = [line for line in lines if today - A_WEEK < line[1] <= today]
    if old:
        read = importing.read_in(
            content=_file(old), format=bank, account=ACCOUNT, name="last-month.csv", by=by, now=now
        )
        importing.accept(lines=read.lines.exact(), by=by, now=now)
    others = [f"{today},3.18,Interest,,,{INVENTED}", f"{today},-214.50,Power,,,{INVENTED}"]
    importing.read_in(
        content="\n".join([_file(new), *others]), format=bank, account=ACCOUNT, name="this-week.csv", by=by, now=now
    )


def _file(lines: list[tuple[Invoice, date]]) -> str:
    return "\n".join(["Date,Amount,Particulars,Code,Reference,Other Party", *_said(lines)])


def _said(lines: list[tuple[Invoice, date]]) -> Iterator[str]:
    """As people type it: with the dash and the zeros, without them, in another field."""
    for number, (invoice, day) in enumerate(lines):
        written = (f"{invoice.label},,", f"inv {invoice.number},,", f"Acupuncture,,INV{invoice.number:06}")[number % 3]
        yield f"{day},{invoice.balance},{written},{invoice.debtor}"


def leave_credit(*, patient: Patient, by: User, now: datetime) -> None:
    """Somebody paid twice: a part went back, and the rest waits for the next visit."""
    twice = paying.pay(patient=patient, amount=Decimal("95.00"), method=Payment.Method.CARD, by=by, now=now)
    paying.refund(
        payment=twice, amount=Decimal("50.00"), method=Payment.Method.CARD, reason="Paid twice", by=by, now=now
    )
    documents.ask(kind="receipt", subject=twice.pk, by=by, now=now)


def remind_the_latest(*, by: User, now: datetime, today: date) -> None:
    """A statement to whoever has owed for longest."""
    people = [debtor for debtor in aged_debtors(on=today) if not debtor.is_payer]
    for debtor in sorted(people, key=lambda debtor: debtor.oldest_due_on)[:2]:
        statement = stating.state(
            patient=debtor.account, from_on=today - timedelta(days=70), to_on=today, by=by, now=now
        )
        documents.ask(kind="statement", subject=statement.pk, by=by, now=now)


def _owed():
    rows = Invoice.objects.owed().select_related("patient", "payer", "billed_to")
    return rows.order_by("number")
