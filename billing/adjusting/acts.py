"""What can be done with an issued invoice on its page: send it, credit it, write it off."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse

from billing import sending
from billing.adjusting import crediting, writing_off
from billing.adjusting.crediting import Part
from billing.models import Invoice
from clinic.acts import Act, ActForm, Done
from clinic.models import User
from clinic.money import CENT, ZERO, format_money
from clinic.permissions import Permission
from clinic.queueing import soon
from clinic.widgets import INPUT
from messaging.tasks import sweep

REASON = {"label": "Why", "max_length": 300}


def _amount(**more: Any) -> forms.DecimalField:
    return forms.DecimalField(max_digits=10, decimal_places=2, widget=forms.NumberInput(attrs=INPUT), **more)


class CreditForm(ActForm):
    """An amount with GST for each line of which anything is left, at first all of it; nought leaves a line."""

    reason = forms.CharField(widget=forms.TextInput(attrs=INPUT), help_text="It is printed on the note.", **REASON)

    def __init__(self, data: Any = None, *, row: Invoice) -> None:
        super().__init__(data, row=row)
        self.lines = {}
        for line in row.lines.with_credited().order_by("position"):
            left = line.total - line.credited_excl - line.credited_gst
            if left or not (line.total or line.times_credited):
                name = f"line_{line.pk}"
                self.lines[name] = (line, left)
                self.fields[name] = _amount(
                    label=line.description,
                    required=False,
                    min_value=ZERO,
                    max_value=left,
                    initial=left,
                    help_text=f"Of {format_money(left)}, with GST.",
                )

    def clean(self) -> dict[str, Any]:
        """As the verb asks for it: `parts` and `reason`."""
        cleaned = super().clean()
        parts = []
        for name, (line, left) in self.lines.items():
            amount = cleaned.pop(name, None)
            if amount is not None and (amount or not left):
                parts.append(Part(line=line) if amount == left else Part(line=line, total=amount))
        return {**cleaned, "parts": parts}


class WriteOffForm(ActForm):
    amount = _amount(min_value=CENT)
    reason = forms.CharField(widget=forms.TextInput(attrs=INPUT), **REASON)

    def initial_for(self, row: Invoice) -> dict[str, Any]:
        return {"amount": row.balance}


class TakeBackForm(WriteOffForm):
    def initial_for(self, row: Invoice) -> dict[str, Any]:
        return {"amount": row.written_off}


def _credit(*, row: Invoice, by: User, now: datetime, parts: list[Part], reason: str) -> Done:
    note = crediting.credit(invoice=row, parts=parts, reason=reason, by=by, now=now)
    return Done(f"{note.label} is issued.", go_to=reverse("admin:billing_creditnote_change", args=[note.pk]))


def _write_off(*, row: Invoice, by: User, now: datetime, amount: Decimal, reason: str) -> Done:
    writing_off.write_off(invoice=row, amount=amount, reason=reason, by=by, now=now)
    return Done(f"{format_money(amount)} is written off.")


def _take_back(*, row: Invoice, by: User, now: datetime, amount: Decimal, reason: str) -> Done:
    writing_off.take_back(invoice=row, amount=amount, reason=reason, by=by, now=now)
    return Done(f"{format_money(amount)} is owed again.")


def _send(*, row: Invoice, by: User, now: datetime) -> Done:
    sending.send(invoice=row, by=by, now=now)
    soon(sweep)
    return Done(f"It is on its way to {row.debtor}. What became of it stands below.")


def _is_issued(invoice: Invoice) -> bool:
    return invoice.status == Invoice.Status.ISSUED


ACTS = [
    Act(
        name="send",
        label="Send by e-mail",
        needs=Permission.KEEP_MONEY,
        possible=lambda row: _is_issued(row) and row.sending in {None, *sending.SETTLED},
        do=_send,
    ),
    Act(
        name="credit",
        label="Credit",
        needs=Permission.KEEP_MONEY,
        possible=lambda row: _is_issued(row) and (row.credited < row.charged or not row.charged),
        form=CreditForm,
        do=_credit,
        warning="A credit note gets its number at once and never changes. Money set against it is free again.",
    ),
    Act(
        name="write-off",
        label="Write off",
        needs=Permission.KEEP_MONEY,
        possible=lambda row: _is_issued(row) and row.balance > 0,
        form=WriteOffForm,
        do=_write_off,
        style="quiet",
        warning="The debt is given up. The invoice stays as it is.",
    ),
    Act(
        name="take-back",
        label="Take the write-off back",
        needs=Permission.KEEP_MONEY,
        possible=lambda row: _is_issued(row) and row.written_off > 0,
        form=TakeBackForm,
        do=_take_back,
        style="quiet",
    ),
]
