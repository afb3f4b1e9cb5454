"""Sending an issued invoice by e-mail, its PDF enclosed, to whoever owes it: through the ledger, and once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from billing.models import Invoice
from clinic import documents
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from clinic.money import format_money
from messaging import planning
from messaging.models import Channel, Message, Occasion
from messaging.reasons import Reason
from patients.models import Patient

# After these nothing more happens by itself: a person may ask again.
SETTLED = frozenset({Message.State.SKIPPED, Message.State.FAILED, Message.State.UNKNOWN})


def send(*, invoice: Invoice, by: User, now: datetime) -> Message:
    """Plans its one message; one that failed, or of which nobody knows, is planned again.

    Raises 409 `invoice_not_issued`, `already_sent`, 422 `no_address`.
    """
    with acting(by, reason="send"):
        Invoice.objects.select_for_update(no_key=True).only("pk").get(pk=invoice.pk)
        row = Invoice.objects.select_related("patient", "payer", "billed_to").get(pk=invoice.pk)
        if row.status != Invoice.Status.ISSUED:
            raise Conflict("invoice_not_issued", "This invoice is a draft. Issue it first.")
        if not planning.address_of(row.debtor, Channel.EMAIL):
            raise Refusal("no_address", f"There is no e-mail address of {row.debtor}.")
        paper = documents.ask(kind="invoice", subject=row.pk, by=by, now=now)
        intent = planning.Intent(
            person=row.debtor,
            occasion=Occasion.INVOICE,
            rule=None,
            channel=Channel.EMAIL,
            subject_kind=Invoice.MESSAGE_SUBJECT,
            subject_id=row.pk,
            subject_starts_at=None,
            due_at=now,
            paper=paper,
        )
        earlier = about([row.pk]).select_for_update(of=("self",)).first()
        if earlier is None:
            planning.plan([intent], now=now)
        elif earlier.state in SETTLED:
            _plan_again(earlier, intent, now)
        else:
            raise Conflict("already_sent", "This invoice was sent already, or is on its way.")
        return about([row.pk]).get()


def about(invoice_ids: Sequence[int]):
    """The messages that these invoices went by."""
    return Message.objects.filter(
        occasion=Occasion.INVOICE, subject_kind=Invoice.MESSAGE_SUBJECT, subject_id__in=invoice_ids
    )


def _plan_again(message: Message, intent: planning.Intent, now: datetime) -> None:
    fresh = intent.row()
    message.state, message.reason, message.paper = fresh.state, fresh.reason, fresh.paper
    message.due_at, message.attempts, message.updated_at = now, 0, now
    message.claimed_at = message.handed_over_at = None
    message.save(
        update_fields=[
            "state",
            "reason",
            "paper",
            "due_at",
            "attempts",
            "claimed_at",
            "handed_over_at",
            "updated_at",
        ]
    )


def guard(messages: Sequence[Message], now: datetime, *, lock: bool = False) -> dict[int, str]:
    """An invoice that was credited whole in the meantime is not sent. With `lock`, it stays as it is until the
    transaction ends."""
    rows = Invoice.objects.issued().filter(pk__in={message.subject_id for message in messages}).order_by("pk")
    if lock:
        list(rows.select_for_update(of=("self",), no_key=True).only("pk"))
    standing = {row.pk for row in rows.with_balance() if row.credited < row.charged or not row.charged}
    return {message.pk: Reason.NO_LONGER_SO for message in messages if message.subject_id not in standing}


def words(messages: Sequence[Message]) -> dict[int, Mapping[str, str]]:
    """What fills the places of an invoice's letter: its number and what is left to pay, and nothing clinical."""
    practice = Practice.objects.current()
    rows = Invoice.objects.with_balance().select_related("patient", "payer", "billed_to")
    invoices = rows.in_bulk({message.subject_id for message in messages})
    return {message.pk: _words_for(invoices[message.subject_id], practice) for message in messages}


def _words_for(invoice: Invoice, practice: Practice) -> Mapping[str, str]:
    debtor = invoice.debtor
    return {
        "first_name": (debtor.preferred_name or debtor.first_name) if isinstance(debtor, Patient) else debtor.name,
        "invoice": f"Invoice {invoice.label}",
        "to_pay": _to_pay(invoice, practice),
        "link": "",
        "practice": practice.name,
        "phone": practice.phone,
    }


def _to_pay(invoice: Invoice, practice: Practice) -> str:
    if invoice.balance <= 0:
        return "Nothing is left to pay. Thank you."
    by = f" by {invoice.due_on:%a %-d %b %Y}" if invoice.due_on else ""
    into = f" into {practice.bank_account}" if practice.bank_account else ""
    return f"Please pay {format_money(invoice.balance)}{by}{into}, with the reference {invoice.label}."
