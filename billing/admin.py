"""Invoices as they are drafted and issued; services and the rates that hold for them."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from billing import payment_admin  # noqa: F401 (registers the pages of payments)
from billing.admin_acts import ACTS
from billing.models import Invoice, InvoiceLine, Rate, Service
from clinic import showing
from clinic.admin import drawn_papers
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.admin_parts import PartsInline
from clinic.permissions import Permission
from clinic.showing import birthday, money_shown, shown, standing, state, state_shown


class LineInline(PartsInline):
    """Lines come from treatments and their rates; none is typed."""

    see = Permission.SEE_MONEY
    model = InvoiceLine
    fields = readonly_fields = ["on", "description", "quantity", "unit", "excl", "tax", "sum"]
    verbose_name_plural = "Lines"

    on = staticmethod(shown("Date of service", "service_on", showing.day))
    excl = staticmethod(money_shown("Without GST", "amount_excl"))
    tax = staticmethod(money_shown("GST", "gst"))
    sum = staticmethod(money_shown("Total", "total"))


@admin.register(Invoice)
class InvoiceAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    keep = Permission.KEEP_MONEY
    adds = False
    acts = ACTS
    list_display = [
        "label",
        "patient",
        "to",
        state_shown("State", "status"),
        money_shown("Total", "total"),
        money_shown("Owed", "balance"),
        shown("Issued", "issued_on", showing.day),
        shown("Due", "due_on", showing.day),
    ]
    list_filter = ["status", "payer", ("payer", admin.EmptyFieldListFilter)]
    list_select_related = ["patient", "payer", "billed_to"]
    search_fields = ["patient__search_text", "=number"]
    search_help_text = "Patient, or an invoice's number"
    date_hierarchy = "issued_on"
    inlines = [LineInline]
    empty_list_sentence = "Invoices are drafted from a visit whose note is signed."
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("patient_link", "to"),
                    ("standing", "whole", "owed"),
                    ("issued", "due"),
                    "case",
                    "note",
                    "papers",
                ]
            },
        ),
    ]
    readonly_fields = ["patient_link", "to", "standing", "whole", "owed", "issued", "due", "case", "papers"]

    issued = staticmethod(shown("Issued", "issued_on", showing.day))
    due = staticmethod(shown("Due", "due_on", showing.day))
    whole = staticmethod(money_shown("Total", "total"))
    owed = staticmethod(money_shown("Still owed", "balance"))

    @admin.display(description="Invoice", ordering="number")
    def label(self, invoice: Invoice) -> str:
        return invoice.label

    @admin.display(description="To", ordering="payer")
    def to(self, invoice: Invoice) -> str:
        return str(invoice.payer) if invoice.payer else "The patient"

    @admin.display(description="Patient")
    def patient_link(self, invoice: Invoice) -> str:
        place = reverse("admin:patients_patient_change", args=[invoice.patient_id])
        return format_html('<a class="nb-link" href="{}">{}</a>', place, invoice.patient)

    @admin.display(description="State")
    def standing(self, invoice: Invoice) -> str:
        return state(invoice.status, invoice.get_status_display())

    @admin.display(description="Papers")
    def papers(self, invoice: Invoice) -> str:
        return drawn_papers(["invoice", "acc_schedule"], invoice.pk)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).with_totals().with_balance()

    def why_read_only(self, row: Invoice) -> str:
        if row.status == Invoice.Status.DRAFT:
            return ""
        return f"{row.label} is issued, so it stays as it is. What has to be corrected is credited."

    def title_of(self, row: Invoice | None) -> str:
        return f"{row.label}: {row.patient}" if row is not None and row.pk else super().title_of(row)

    def save_model(self, request: HttpRequest, obj: Invoice, form: NeedlebookForm, change: bool) -> None:
        obj.save(update_fields=["note", "updated_at"])


@admin.register(Service)
class ServiceAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    keep = Permission.SET_UP
    list_display = ["code", "name", standing]
    search_fields = ["code", "name"]
    filter_horizontal = ["appointment_types"]
    fields = ["code", "name", "appointment_types", "archived_at"]


@admin.register(Rate)
class RateAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    keep = Permission.SET_UP
    list_display = [
        "service",
        "paid_by",
        "unit",
        money_shown("Amount", "amount"),
        money_shown("Patient adds", "surcharge"),
        shown("From", "valid_from", birthday),
        shown("Until", "valid_to", birthday),
    ]
    list_filter = ["service", "payer", "unit"]
    list_select_related = ["service", "payer"]
    date_hierarchy = "valid_from"
    fields = ["service", "payer", "unit", ("amount", "surcharge"), "source", ("valid_from", "valid_to")]
    empty_list_sentence = "What each payer pays for a service, and in which period."

    @admin.display(description="Paid by", ordering="payer")
    def paid_by(self, rate: Rate) -> str:
        return str(rate.payer) if rate.payer else "The patient"
