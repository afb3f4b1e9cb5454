"""Credit notes and packages: made by the acts of an invoice's page, read here."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from billing.admin_acts import draws
from billing.models import CreditLine, CreditNote, Invoice, Package
from clinic import showing
from clinic.acts import Act
from clinic.admin import drawn_papers
from clinic.admin_base import NeedlebookAdmin
from clinic.admin_parts import PartsInline
from clinic.permissions import Permission
from clinic.showing import birthday, money_shown, shown


def invoice_link(invoice: Invoice) -> str:
    place = reverse("admin:billing_invoice_change", args=[invoice.pk])
    return format_html('<a class="nb-link" href="{}">{}</a>', place, invoice.label)


class CreditLineInline(PartsInline):
    see = Permission.SEE_MONEY
    model = CreditLine
    fields = readonly_fields = ["what", "excl", "tax", "sum"]
    verbose_name_plural = "What is credited"

    what = staticmethod(shown("Line", "line.description"))
    excl = staticmethod(money_shown("Without GST", "amount_excl"))
    tax = staticmethod(money_shown("GST", "gst"))
    sum = staticmethod(money_shown("Total", "total"))


@admin.register(CreditNote)
class CreditNoteAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    adds = False
    acts = [Act(name="print", label="Make the PDF", needs=Permission.SEE_MONEY, do=draws("credit_note"))]
    list_display = [
        "label",
        "credited",
        "patient",
        "reason",
        money_shown("Total", "total"),
        shown("Issued", "issued_on", showing.day),
    ]
    list_select_related = ["invoice__patient"]
    search_fields = ["invoice__patient__search_text", "=number", "=invoice__number"]
    search_help_text = "Patient, or the number of a note or an invoice"
    date_hierarchy = "issued_on"
    inlines = [CreditLineInline]
    empty_list_sentence = "A credit note is made on the page of the invoice it corrects."
    fields = readonly_fields = ["credited", "patient", "reason", "issued", "person", "whole", "papers"]

    patient = staticmethod(shown("Patient", "invoice.patient"))
    issued = staticmethod(shown("Issued", "issued_on", showing.day))
    person = staticmethod(shown("By", "issued_by"))
    whole = staticmethod(money_shown("Total", "total"))

    @admin.display(description="Credit note", ordering="number")
    def label(self, note: CreditNote) -> str:
        return note.label

    @admin.display(description="Invoice", ordering="invoice__number")
    def credited(self, note: CreditNote) -> str:
        return invoice_link(note.invoice)

    @admin.display(description="Papers")
    def papers(self, note: CreditNote) -> str:
        return drawn_papers(["credit_note"], note.pk)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).with_totals()


@admin.register(Package)
class PackageAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    keep = Permission.KEEP_MONEY
    adds = False
    list_display = [
        "account",
        "covers",
        shown("Left", "left"),
        "sessions",
        "sale",
        shown("Bought", "bought_on", birthday),
        shown("Until", "expires_on", birthday),
    ]
    list_select_related = ["account", "service", "line__invoice"]
    search_fields = ["account__search_text"]
    empty_list_sentence = "A package is here when the invoice that sells it is issued."
    fields = ["account", "covers", "sessions", "spent", "remaining", "sale", "expires_on"]
    readonly_fields = ["account", "covers", "sessions", "spent", "remaining", "sale"]

    covers = staticmethod(shown("Covers", "service.name"))
    spent = staticmethod(shown("Used", "used"))
    remaining = staticmethod(shown("Left", "left"))

    @admin.display(description="Sold with")
    def sale(self, package: Package) -> str:
        return invoice_link(package.line.invoice)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).with_left()
