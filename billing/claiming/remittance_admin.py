"""Remittances: taken in as a file, their rows matched by hand where nothing fits, and the invoices they pay."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from billing.claiming import acts, remittance_rows, remitting
from billing.claiming.admin import line_link, link
from billing.models import Claim, Invoice, Payment, Remittance, RemittanceRow
from clinic import showing
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.errors import Refusal
from clinic.money import format_money
from clinic.permissions import Permission
from clinic.showing import moment_shown, money_shown, shown, state, state_shown
from clinic.widgets import csv_file

MOST_BYTES = 5_000_000


class RemittanceForm(NeedlebookForm):
    file = forms.FileField(
        label="The payer's CSV file",
        widget=csv_file(),
        help_text="Its first row names the columns: claim or schedule number, line, status, amount, reference, day.",
    )

    class Meta:
        model = Remittance
        fields = ["payer", "claim"]
        help_texts = {"claim": "Only where the file is about this one claim and does not say so itself."}

    def clean_file(self) -> list[remittance_rows.Row]:
        given = self.cleaned_data["file"]
        if given.size > MOST_BYTES:
            raise forms.ValidationError("This file is too large. Take it in by parts.", code="too_large")
        # After a refusal the form is asked a second time.
        given.seek(0)
        try:
            return remittance_rows.from_file(given.read())
        except Refusal as refusal:
            raise forms.ValidationError(refusal.detail, code=refusal.code) from refusal


@admin.register(Remittance)
class RemittanceAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    keep = Permission.KEEP_MONEY
    form = RemittanceForm
    change_form_outer_after_template = "billing/remittance_rows.html"
    add_words = "Take in a remittance"
    list_display = [
        "name",
        "payer",
        "amount",
        shown("On", "paid_on", showing.day),
        shown("Rows", "row_count"),
        "unknown",
        moment_shown("Taken in", "taken_in_at"),
    ]
    list_filter = ["payer", "source"]
    search_fields = ["payment_reference"]
    date_hierarchy = "taken_in_at"
    empty_list_sentence = "What a payer says it paid, as a file: each row finds its line, and pays its invoice."
    fields = ["payer", "claim", "file"]
    shown_fields = ["payer_name", "on_claim", ("came", "left"), ("taken", "person")]

    payer_name = staticmethod(shown("From", "payer"))
    taken = staticmethod(moment_shown("Taken in", "taken_in_at"))
    person = staticmethod(shown("By", "taken_in_by"))

    @admin.display(description="Reference", ordering="payment_reference")
    def name(self, row: Remittance) -> str:
        return row.label

    @admin.display(description="Paid")
    def amount(self, row: Remittance) -> str:
        return showing.money(row.payment.amount) if row.payment else "–"

    @admin.display(description="To match")
    def unknown(self, row: Remittance) -> str:
        return state("unknown", f"{row.unknown_count} to match") if row.unknown_count else "–"

    @admin.display(description="Claim")
    def on_claim(self, row: Remittance) -> str:
        return link("billing_claim_change", row.claim_id, row.claim.label) if row.claim else "Several, by its rows"

    @admin.display(description="Came in")
    def came(self, row: Remittance) -> str:
        if row.payment is None:
            return "No money came with it"
        words = f"{row.payment.label}, {format_money(row.payment.amount)}"
        return link("billing_payment_change", row.payment_id, words)

    @admin.display(description="Not set against any invoice")
    def left(self, row: Remittance) -> str:
        payment = Payment.objects.with_remaining().filter(pk=row.payment_id).first()
        return showing.money(payment.remaining) if payment else "–"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request).with_counts()
        return rows.select_related("payer", "payment", "claim", "taken_in_by")

    def get_fields(self, request: HttpRequest, obj: Remittance | None = None) -> list:
        return self.shown_fields if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Remittance | None = None) -> list[str]:
        return ["payer_name", "on_claim", "came", "left", "taken", "person"] if obj else []

    def why_read_only(self, row: Remittance) -> str:
        return "What a payer said stays as it was taken in. What a row is about can still be said."

    def title_of(self, row: Remittance | None) -> str:
        return f"{row.payer}: {row.label}" if row is not None and row.pk else self.add_words

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "claim":
            open_ones = Claim.objects.visible_to(request.user).exclude(status__in=["draft", "settled", "rejected"])
            kwargs["queryset"] = open_ones.select_related("payer")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Remittance, form: RemittanceForm, change: bool) -> None:
        asked = form.cleaned_data
        taken = remitting.take_in(
            payer=asked["payer"], claim=asked["claim"], rows=asked["file"], by=request.user, now=timezone.now()
        )
        obj.pk, request.taken = taken[0].pk, [row.pk for row in taken]

    def response_add(
        self, request: HttpRequest, obj: Remittance, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To its page; to the list, where a file held several payments."""
        rows = Remittance.objects.with_counts().select_related("payment").filter(pk__in=request.taken)
        messages.success(request, _sentence(list(rows)))
        several = reverse("admin:billing_remittance_changelist")
        return HttpResponseRedirect(self.place_of(obj) if len(request.taken) == 1 else several)

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        if context.get("original") is not None:
            context["may_keep"] = request.user.may(self.keep)
            context["rows"] = _rows_told(context["original"])
        return super().render_change_form(request, context, *args, **kwargs)


def _sentence(taken: list[Remittance]) -> str:
    rows, unknown = (sum(getattr(row, name) for row in taken) for name in ("row_count", "unknown_count"))
    came_in = sum((row.payment.amount for row in taken if row.payment), 0)
    said = f"{rows} row{'' if rows == 1 else 's'} taken in, {format_money(came_in)} came with them."
    return f"{said} {unknown} to match by hand." if unknown else said


def _rows_told(remittance: Remittance) -> list[dict[str, Any]]:
    """Its rows with the lines and invoices they are about, and what is still owed on those. Two queries."""
    rows = remittance.rows.select_related("line__claim", "line__invoice_line__invoice__patient").order_by("position")
    rows = list(rows)
    invoices = {row.line.invoice_line.invoice_id for row in rows if row.line}
    owed = dict(Invoice.objects.with_balance().filter(pk__in=invoices).order_by().values_list("pk", "balance"))
    return [{"row": row, "owed": owed.get(row.line.invoice_line.invoice_id) if row.line else None} for row in rows]


@admin.register(RemittanceRow)
class RemittanceRowAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    adds = False
    acts = acts.OF_ROW
    plural = "rows of remittances"
    list_display = [
        "said",
        "came_with",
        state_shown("Outcome", "outcome"),
        money_shown("Amount", "awarded"),
        shown("Day", "service_on", showing.day),
    ]
    list_filter = ["outcome", "status", "remittance__payer"]
    search_fields = ["claim_number", "schedule_number", "remittance__payment_reference"]
    ordering = ["-remittance", "position"]
    fields = [
        "said", "came_with", ("schedule_number", "line_number"), ("claim_number", "day"), "service_code", "sum",
        "standing", "problem", "about", "settled_note",
    ]  # fmt: skip
    readonly_fields = [
        "said", "came_with", "schedule_number", "line_number", "claim_number", "day", "service_code", "sum",
        "standing", "problem", "about", "settled_note",
    ]  # fmt: skip

    standing = staticmethod(state_shown("Outcome", "outcome"))
    day = staticmethod(shown("Date of service", "service_on", showing.day))
    sum = staticmethod(money_shown("Amount", "awarded"))

    @admin.display(description="What the payer said", ordering="status")
    def said(self, row: RemittanceRow) -> str:
        return " ".join(filter(None, [row.get_status_display(), row.reason_code, row.reason]))

    @admin.display(description="Came with", ordering="remittance")
    def came_with(self, row: RemittanceRow) -> str:
        return link("billing_remittance_change", row.remittance_id, row.remittance.label)

    @admin.display(description="About")
    def about(self, row: RemittanceRow) -> str:
        return line_link(row.line) if row.line else "Nothing we know"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("remittance__payer", "line__claim")

    def title_of(self, row: RemittanceRow | None) -> str:
        name = f"{row.remittance.label}, row {row.position}" if row is not None and row.pk else None
        return name or super().title_of(row)
