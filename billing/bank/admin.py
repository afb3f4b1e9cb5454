"""Bank files: read in, looked at line by line, accepted in one act."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from billing.bank import importing
from billing.models import BankFormat, BankLine, BankStatement, Invoice
from clinic import showing
from clinic.acts import Act, ActForm, Done
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.models import User
from clinic.money import format_money
from clinic.permissions import Permission
from clinic.showing import moment_shown, money_shown, shown, state_shown
from clinic.widgets import SELECT, csv_file

MOST_BYTES = 5_000_000


class FileForm(NeedlebookForm):
    file = forms.FileField(label="The bank's CSV file", widget=csv_file())

    class Meta:
        model = BankStatement
        fields = ["format", "account"]

    def clean_file(self) -> Any:
        given = self.cleaned_data["file"]
        if given.size > MOST_BYTES:
            raise forms.ValidationError("This file is too large. Export fewer days.", code="too_large")
        return given


def _accept_exact(*, row: BankStatement, by: User, now: datetime) -> Done:
    accepted = importing.accept(lines=row.lines.exact(), by=by, now=now)
    left = row.lines.exact().count()
    said = f"{len(accepted)} payments taken."
    return Done(f"{said} {left} no longer fit; each says why." if left else said)


def _lines(row: BankStatement) -> str:
    return f"{reverse('admin:billing_bankline_changelist')}?statement__id__exact={row.pk}"


OF_STATEMENT = [
    Act(
        name="accept",
        label="Accept all that fit",
        needs=Permission.KEEP_MONEY,
        possible=lambda row: row.lines.exact().exists(),
        form=ActForm,
        do=_accept_exact,
        style="primary",
        warning="Each line that fits its invoice to the cent is taken as a payment of it.",
    ),
    Act(name="lines", label="Its lines", needs=Permission.SEE_MONEY, leads_to=_lines),
]


@admin.register(BankFormat)
class BankFormatAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    keep = Permission.SET_UP
    list_display = ["name", "date_column", "amount_column", "reference_columns"]
    search_fields = ["name"]
    fields = ["name", ("date_column", "date_order"), "amount_column", "reference_columns", "party_column"]
    empty_list_sentence = "Open an export of your bank, and say here how its first line names the columns."


@admin.register(BankStatement)
class BankStatementAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    keep = Permission.KEEP_MONEY
    form = FileForm
    acts = OF_STATEMENT
    plural = "bank files"
    list_display = ["account", "name", moment_shown("Read in", "read_at"), "line_count", "fitting"]
    list_filter = ["account", "format"]
    date_hierarchy = "read_at"
    empty_list_sentence = "Read in a CSV export of your bank: each line is matched with the invoice it names."
    fields = ["format", "account", "file"]
    shown_fields = ["format", "account", "name", "read", "person", "line_count", "states"]

    read = staticmethod(moment_shown("Read in", "read_at"))
    person = staticmethod(shown("By", "read_by"))
    line_count = staticmethod(shown("Lines", "line_count"))
    fitting = staticmethod(shown("Fitting", "fitting"))

    @admin.display(description="What became of them")
    def states(self, statement: BankStatement) -> str:
        counted = statement.lines.order_by().values("state").annotate(count=Count("pk"))
        counts = {row["state"]: row["count"] for row in counted}
        lines = (
            (f"{_lines(statement)}&state__exact={value}", counts[value], label)
            for value, label in BankLine.State.choices
            if value in counts
        )
        return format_html_join("", '<div><a class="nb-link" href="{}">{} {}</a></div>', lines)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        exact = Count("lines", filter=Q(lines__state=BankLine.State.EXACT))
        rows = super().get_queryset(request).annotate(line_count=Count("lines"), fitting=exact)
        return rows.select_related("format", "read_by")

    def get_fields(self, request: HttpRequest, obj: BankStatement | None = None) -> list[str]:
        return self.shown_fields if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: BankStatement | None = None) -> list[str]:
        return self.shown_fields if obj else []

    def why_read_only(self, row: BankStatement) -> str:
        return "What the bank said stays as it was read in."

    def title_of(self, row: BankStatement | None) -> str:
        return str(row) if row is not None and row.pk else "Read in a bank file"

    def save_model(self, request: HttpRequest, obj: BankStatement, form: FileForm, change: bool) -> None:
        asked = form.cleaned_data
        read = importing.read_in(
            content=asked["file"].read(),
            format=asked["format"],
            account=asked["account"],
            name=asked["file"].name,
            by=request.user,
            now=timezone.now(),
        )
        obj.pk, obj.name = read.pk, read.name


class _NumberForm(ActForm):
    invoice = forms.ModelChoiceField(Invoice.objects.none(), widget=forms.Select(attrs=SELECT))

    def __init__(self, data: Any = None, *, row: BankLine) -> None:
        super().__init__(data, row=row)
        owed = Invoice.objects.owed().select_related("patient", "payer", "billed_to")
        # Those it names first, then those of its amount.
        by_fit = models.Case(models.When(bank_lines=row, then=0), models.When(balance=row.amount, then=1), default=2)
        self.fields["invoice"].queryset = owed.annotate(fit=by_fit).order_by("fit", "number").distinct()
        self.fields["invoice"].label_from_instance = _owed_in_words


def _owed_in_words(invoice: Invoice) -> str:
    return f"{invoice.label}, {invoice.debtor}, {format_money(invoice.balance)}"


def _choose(*, row: BankLine, by: User, now: datetime, invoice: Invoice) -> Done:
    line = importing.choose(line=row, invoice=invoice, by=by, now=now)
    return Done(f"Proposed for {invoice.label}: {line.get_state_display().lower()}.")


def _accept(*, row: BankLine, by: User, now: datetime) -> Done:
    taken = importing.accept(lines=[row], by=by, now=now)
    row.refresh_from_db()
    return Done(f"Taken, {row.payment.label}." if taken else row.remark)


def _set_aside(*, row: BankLine, by: User, now: datetime) -> Done:
    importing.set_aside(line=row, by=by, now=now)
    return Done("Set aside: it is no payment of ours.")


OPEN = {BankLine.State.EXACT, BankLine.State.PART, BankLine.State.OVER, BankLine.State.SEVERAL, BankLine.State.UNKNOWN}
OF_LINE = [
    Act(
        name="accept",
        label="Accept",
        needs=Permission.KEEP_MONEY,
        possible=lambda row: row.is_proposed,
        do=_accept,
        style="primary",
    ),
    Act(
        name="choose",
        label="Choose the invoice",
        needs=Permission.KEEP_MONEY,
        possible=lambda row: row.state in OPEN,
        form=_NumberForm,
        do=_choose,
    ),
    Act(
        name="set-aside",
        label="Set aside",
        needs=Permission.KEEP_MONEY,
        possible=lambda row: row.state in OPEN,
        do=_set_aside,
        style="quiet",
    ),
]


@admin.register(BankLine)
class BankLineAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    adds = False
    acts = OF_LINE
    plural = "lines of bank files"
    list_display = [
        shown("Day", "booked_on", showing.day),
        "words",
        money_shown("Amount", "amount"),
        state_shown("State", "state"),
        "pays",
    ]
    list_filter = ["state", ("statement", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["text", "party"]
    date_hierarchy = "booked_on"
    ordering = ["statement", "position"]
    fields = readonly_fields = ["day", "sum", "text", "party", "standing", "pays", "taken", "remark"]

    day = staticmethod(shown("Day", "booked_on", showing.day))
    sum = staticmethod(money_shown("Amount", "amount"))
    standing = staticmethod(state_shown("State", "state"))

    @admin.display(description="Text")
    def words(self, line: BankLine) -> str:
        return " ".join(filter(None, [line.party, line.text])) or "–"

    @admin.display(description="Invoice")
    def pays(self, line: BankLine) -> str:
        links = ((reverse("admin:billing_invoice_change", args=[row.pk]), row.label) for row in line.invoices.all())
        return format_html_join(" ", '<a class="nb-link" href="{}">{}</a>', links) or "–"

    @admin.display(description="Payment")
    def taken(self, line: BankLine) -> str:
        if line.payment is None:
            return "–"
        place = reverse("admin:billing_payment_change", args=[line.payment_id])
        return format_html('<a class="nb-link" href="{}">{}</a>', place, line.payment)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("statement", "payment").prefetch_related("invoices")
