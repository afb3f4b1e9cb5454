"""Invoices as they are drafted and issued, services and the rates that hold for them; what settles is beside it."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from billing import happenings
from billing.adjusting import admin as adjusting_admin  # noqa: F401 (registers the pages of credit notes and packages)
from billing.admin_acts import ACTS
from billing.bank import admin as bank_admin  # noqa: F401 (registers those of bank files)
from billing.claiming import remittance_admin  # noqa: F401 (registers those of remittances, and with them of claims)
from billing.models import Invoice, InvoiceLine, Rate, Service
from billing.payments import admin as payment_admin  # noqa: F401 (registers those of payments)
from clinic import showing
from clinic.admin import drawn_papers, draws_many
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.admin_parts import PartsInline
from clinic.permissions import Permission
from clinic.showing import birthday, money_shown, shown, standing, state


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


class StateFilter(admin.SimpleListFilter):
    title = "how it stands"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: NeedlebookAdmin) -> list[tuple[str, str]]:
        return Invoice.State.choices

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Invoice)
class InvoiceAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    keep = Permission.KEEP_MONEY
    adds = False
    acts = ACTS
    actions = [draws_many("invoice", "Make the PDFs")]
    list_display = [
        "label",
        "patient",
        "to",
        "standing",
        money_shown("Total", "total"),
        money_shown("Owed", "balance"),
        shown("Issued", "issued_on", showing.day),
        shown("Due", "due_on", showing.day),
    ]
    list_filter = [StateFilter, "status", "payer", ("payer", admin.EmptyFieldListFilter)]
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
                    ("standing", "next"),
                    ("whole", "owed"),
                    ("issued", "due"),
                    "case",
                    "note",
                    "papers",
                    "happened",
                ]
            },
        ),
    ]
    readonly_fields = [
        "patient_link",
        "to",
        "standing",
        "next",
        "whole",
        "owed",
        "issued",
        "due",
        "case",
        "papers",
        "happened",
    ]

    issued = staticmethod(shown("Issued", "issued_on", showing.day))
    due = staticmethod(shown("Due", "due_on", showing.day))
    whole = staticmethod(money_shown("Total", "total"))
    owed = staticmethod(money_shown("Still owed", "balance"))

    @admin.display(description="Invoice", ordering="number")
    def label(self, invoice: Invoice) -> str:
        return invoice.label

    @admin.display(description="To", ordering="payer")
    def to(self, invoice: Invoice) -> str:
        return str(invoice.payer or invoice.billed_to or "The patient")

    @admin.display(description="Patient")
    def patient_link(self, invoice: Invoice) -> str:
        place = reverse("admin:patients_patient_change", args=[invoice.patient_id])
        return format_html('<a class="nb-link" href="{}">{}</a>', place, invoice.patient)

    @admin.display(description="State")
    def standing(self, invoice: Invoice) -> str:
        return state(invoice.state, Invoice.State(invoice.state).label)

    @admin.display(description="Next")
    def next(self, invoice: Invoice) -> str:
        return happenings.next_step(invoice, today=timezone.localdate())

    @admin.display(description="What happened")
    def happened(self, invoice: Invoice) -> str:
        return render_to_string("billing/happenings.html", {"happenings": happenings.of(invoice)})

    @admin.display(description="Papers")
    def papers(self, invoice: Invoice) -> str:
        return drawn_papers(["invoice", "acc_schedule"], invoice.pk)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).with_totals().with_state(on=timezone.localdate()).with_sending()

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
    list_display = ["code", "name", "kind", standing]
    search_fields = ["code", "name"]
    filter_horizontal = ["appointment_types"]
    list_filter = ["kind", "taxable"]
    autocomplete_fields = ["covers"]
    fieldsets = [
        (None, {"fields": [("code", "name"), ("kind", "taxable"), "appointment_types", "archived_at"]}),
        ("Of a package", {"fields": [("covers", "sessions", "valid_days")], "classes": ["collapse"]}),
    ]


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
    fields = [
        "service",
        "payer",
        "unit",
        ("amount", "includes_gst"),
        "surcharge",
        "source",
        ("valid_from", "valid_to"),
    ]
    empty_list_sentence = "What each payer pays for a service, and in which period."

    @admin.display(description="Paid by", ordering="payer")
    def paid_by(self, rate: Rate) -> str:
        return str(rate.payer) if rate.payer else "The patient"
