"""Payments with what they pay, and statements."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from billing.models import Allocation, Payment, Statement
from billing.payments.acts import OF_PAYMENT, OF_STATEMENT
from clinic import showing
from clinic.admin import drawn_papers
from clinic.admin_base import NeedlebookAdmin
from clinic.admin_parts import PartsInline
from clinic.permissions import Permission
from clinic.showing import birthday, moment_shown, money_shown, shown
from patients.models import Patient, Payer


def account_link(row: Payment | Statement) -> str:
    """The way to the page of whoever's account it is."""
    account: Patient | Payer = row.payer or row.patient
    page = "patients_payer_change" if isinstance(account, Payer) else "patients_patient_change"
    return format_html('<a class="nb-link" href="{}">{}</a>', reverse(f"admin:{page}", args=[account.pk]), account)


class AllocationInline(PartsInline):
    """What of the payment pays which invoice; nothing is typed here."""

    see = Permission.SEE_MONEY
    model = Allocation
    fields = readonly_fields = ["of", "sum", "at", "person"]
    verbose_name_plural = "Set against"

    sum = staticmethod(money_shown("Amount", "amount"))
    at = staticmethod(moment_shown("When", "allocated_at"))
    person = staticmethod(shown("By", "allocated_by"))

    @admin.display(description="Invoice")
    def of(self, allocation: Allocation) -> str:
        place = reverse("admin:billing_invoice_change", args=[allocation.invoice_id])
        return format_html('<a class="nb-link" href="{}">{}</a>', place, allocation.invoice)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("invoice", "allocated_by")


class CreditFilter(admin.SimpleListFilter):
    title = "credit"
    parameter_name = "credit"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("left", "Something is left"), ("refunds", "Refunds")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "left":
            return queryset.filter(remaining__gt=0)
        return queryset.filter(refund_of__isnull=False) if self.value() == "refunds" else queryset


@admin.register(Payment)
class PaymentAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    adds = False
    acts = OF_PAYMENT
    list_display = [
        "label",
        "account",
        "method",
        money_shown("Amount", "amount"),
        money_shown("Left", "remaining"),
        shown("Came in", "received_on", showing.day),
        "reference",
    ]
    list_filter = [CreditFilter, "method", "payer", ("patient", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["patient", "payer"]
    search_fields = ["patient__search_text", "payer__name", "reference", "=number"]
    search_help_text = "Patient, payer, reference, or a payment's number"
    date_hierarchy = "received_on"
    inlines = [AllocationInline]
    empty_list_sentence = "Payments are taken on the day list, or on the page of an invoice."
    change_list_template = "billing/payments.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("whose", "method"),
                    ("sum", "left"),
                    ("came", "taken"),
                    ("person", "reference"),
                    "note",
                    "gives_back",
                    "visit",
                    "papers",
                ]
            },
        )
    ]
    readonly_fields = [
        "whose",
        "method",
        "sum",
        "left",
        "came",
        "taken",
        "person",
        "reference",
        "note",
        "gives_back",
        "visit",
        "papers",
    ]

    sum = staticmethod(money_shown("Amount", "amount"))
    left = staticmethod(money_shown("Left of it", "remaining"))
    came = staticmethod(shown("Came in", "received_on", showing.day))
    taken = staticmethod(moment_shown("Taken down", "taken_at"))
    person = staticmethod(shown("Taken by", "taken_by", empty="Nobody: a payment link or the bank"))
    visit = staticmethod(shown("Deposit for", "appointment"))

    @admin.display(description="Payment", ordering="number")
    def label(self, payment: Payment) -> str:
        return payment.label

    @admin.display(description="Account")
    def account(self, payment: Payment) -> str:
        return str(payment.payer or payment.patient)

    @admin.display(description="Account")
    def whose(self, payment: Payment) -> str:
        return account_link(payment)

    @admin.display(description="Gives back")
    def gives_back(self, payment: Payment) -> str:
        if payment.refund_of is None:
            return "–"
        place = reverse("admin:billing_payment_change", args=[payment.refund_of_id])
        return format_html('<a class="nb-link" href="{}">{}</a>', place, payment.refund_of)

    @admin.display(description="Papers")
    def papers(self, payment: Payment) -> str:
        return drawn_papers(["receipt"], payment.pk)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request).with_remaining()
        return rows.select_related("patient", "payer", "taken_by", "refund_of", "appointment__patient")

    def why_read_only(self, row: Payment) -> str:
        return f"{row.label} stays as it was taken. What has to be corrected is refunded and taken anew."

    def get_fieldsets(self, request: HttpRequest, obj: Payment | None = None) -> list:
        """Without what this payment has none of."""
        hidden = set()
        if obj is not None:
            kept = {"note": obj.note, "gives_back": obj.refund_of_id, "visit": obj.appointment_id}
            hidden = {name for name, value in kept.items() if not value}
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in super().get_fieldsets(request, obj)
        ]


@admin.register(Statement)
class StatementAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    adds = False
    acts = OF_STATEMENT
    list_display = [
        "label",
        "account",
        shown("From", "from_on", birthday),
        shown("To", "to_on", birthday),
        "closing",
        shown("Made", "issued_on", showing.day),
    ]
    list_select_related = ["patient", "payer"]
    search_fields = ["patient__search_text", "payer__name"]
    date_hierarchy = "issued_on"
    empty_list_sentence = "Statements are made on the page of a patient or of a payer."
    fields = readonly_fields = ["whose", "period_from", "period_to", "opening", "closing", "made", "papers"]

    period_from = staticmethod(shown("From", "from_on", birthday))
    period_to = staticmethod(shown("To", "to_on", birthday))
    made = staticmethod(moment_shown("Made", "issued_at"))

    @admin.display(description="Statement", ordering="id")
    def label(self, statement: Statement) -> str:
        return statement.label

    @admin.display(description="Account")
    def account(self, statement: Statement) -> str:
        return statement.content["account"]["name"]

    @admin.display(description="Account")
    def whose(self, statement: Statement) -> str:
        return account_link(statement)

    @admin.display(description="Opening balance")
    def opening(self, statement: Statement) -> str:
        return showing.money(statement.content["opening_balance"])

    @admin.display(description="Closing balance")
    def closing(self, statement: Statement) -> str:
        return showing.money(statement.content["closing_balance"])

    @admin.display(description="Papers")
    def papers(self, statement: Statement) -> str:
        return drawn_papers(["statement"], statement.pk)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("patient", "payer")
