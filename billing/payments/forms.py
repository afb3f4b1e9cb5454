"""What the pages of money ask for."""

from typing import Any

from django import forms
from django.utils import timezone

from billing.models import Invoice, Payment
from clinic.acts import ActForm
from clinic.money import CENT, format_money
from clinic.widgets import INPUT, SELECT, DayWidget


def amount_field(label: str = "Amount", **kwargs: Any) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={**INPUT, "inputmode": "decimal", "step": "0.01"})
    return forms.DecimalField(label=label, max_digits=10, decimal_places=2, min_value=CENT, widget=widget, **kwargs)


AT_THE_DESK = [Payment.Method.CASH, Payment.Method.CARD, Payment.Method.BANK_TRANSFER, Payment.Method.VOUCHER]


def method_field(label: str = "How", *methods: Payment.Method) -> forms.ChoiceField:
    """Ways to pay as buttons: one click, or an arrow key, each."""
    widget = forms.RadioSelect(attrs={"class": "nb-choices"})
    choices = [(method.value, method.label) for method in [*AT_THE_DESK, *methods]]
    return forms.ChoiceField(label=label, choices=choices, widget=widget)


def text_field(label: str, length: int, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, widget=forms.TextInput(attrs=INPUT), **kwargs)


class TakeForm(ActForm):
    """The amount stands there already: one click for the way to pay, one to take it."""

    method = method_field()
    amount = amount_field()
    reference = text_field("Reference", 80, required=False, help_text="Such as the number on the terminal's slip.")


class TakeForInvoiceForm(TakeForm):
    method = method_field("How", Payment.Method.INSURER)
    received_on = forms.DateField(label="Came in on", widget=DayWidget, required=False)

    def initial_for(self, row: Invoice) -> dict[str, Any]:
        return {"amount": row.balance, "received_on": timezone.localdate()}


class RefundForm(ActForm):
    amount = amount_field()
    method = method_field("Given back by", Payment.Method.INSURER, Payment.Method.ONLINE)
    reason = text_field("Reason", 300)

    def initial_for(self, row: Payment) -> dict[str, Any]:
        return {"amount": row.remaining, "method": row.method}


class _InvoiceChoice(forms.ModelChoiceField):
    def label_from_instance(self, invoice: Invoice) -> str:
        return f"{invoice.label}, {invoice.patient}, {format_money(invoice.balance)} owed"


class SetAgainstForm(ActForm):
    invoice = _InvoiceChoice(Invoice.objects.none(), widget=forms.Select(attrs=SELECT))
    amount = amount_field()

    def __init__(self, data: Any = None, *, row: Payment) -> None:
        super().__init__(data, row=row)
        owed = Invoice.objects.owed().of_account(patient=row.patient, payer=row.payer)
        self.fields["invoice"].queryset = owed.select_related("patient").order_by("due_on", "number")

    def initial_for(self, row: Payment) -> dict[str, Any]:
        first = Invoice.objects.owed().of_account(patient=row.patient, payer=row.payer).order_by("due_on").first()
        return {"amount": min(row.remaining, first.balance), "invoice": first.pk} if first else {}


class TakeBackForm(ActForm):
    invoice = forms.ModelChoiceField(Invoice.objects.none(), widget=forms.Select(attrs=SELECT))
    amount = amount_field(required=False, help_text="All that is set against it, if nothing is said.")

    def __init__(self, data: Any = None, *, row: Payment) -> None:
        super().__init__(data, row=row)
        self.fields["invoice"].queryset = Invoice.objects.filter(allocations__payment=row).distinct()


class StatementForm(ActForm):
    from_on = forms.DateField(label="From", widget=DayWidget)
    to_on = forms.DateField(label="To", widget=DayWidget)

    def initial_for(self, row: Any) -> dict[str, Any]:
        today = timezone.localdate()
        return {"from_on": today.replace(day=1), "to_on": today}
