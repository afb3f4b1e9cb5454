"""Claims and their lines, as they are prepared, sent and answered."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from billing.claiming import acts, happenings
from billing.happenings import Happening
from billing.models import Claim, ClaimLine
from clinic import showing
from clinic.admin import drawn_papers, draws_many
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.money import format_money
from clinic.permissions import Permission
from clinic.showing import money_shown, shown, state, state_shown


def link(page: str, pk: int, words: str) -> str:
    return format_html('<a class="nb-link" href="{}">{}</a>', reverse(f"admin:{page}", args=[pk]), words)


@admin.register(Claim)
class ClaimAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    keep = Permission.KEEP_MONEY
    adds = False
    acts = acts.OF_CLAIM
    actions = [draws_many("claim_schedule", "Make the schedules")]
    change_form_outer_after_template = "billing/claim_lines.html"
    list_display = [
        "name",
        "payer",
        "standing",
        "line_count",
        money_shown("Claimed", "claimed"),
        money_shown("Paid", "awarded"),
        "waiting",
        shown("Sent", "submitted_on", showing.day),
    ]
    list_filter = ["status", "payer", "delivery"]
    list_select_related = ["payer"]
    search_fields = ["=number", "payer__name", "payer_reference", "note"]
    search_help_text = "A claim's number, its payer, or the payer's reference"
    date_hierarchy = "submitted_on"
    empty_list_sentence = "Claims are prepared on the claims desk, from visits whose notes are signed."
    fields = [("payer_name", "standing"), "next", ("sums", "way"), "note", "papers", "happened"]
    readonly_fields = ["payer_name", "standing", "next", "sums", "way", "papers", "happened"]

    payer_name = staticmethod(shown("To", "payer"))
    line_count = staticmethod(shown("Lines", "line_count"))

    @admin.display(description="Claim", ordering="number")
    def name(self, claim: Claim) -> str:
        return claim.label

    @admin.display(description="State", ordering="status")
    def standing(self, claim: Claim) -> str:
        if claim.status == Claim.Status.SUBMITTED and claim.delivery != Claim.Delivery.SENT:
            return state(claim.delivery, claim.get_delivery_display())
        return state(claim.status, claim.get_status_display())

    @admin.display(description="To do")
    def waiting(self, claim: Claim) -> str:
        if claim.undecided_count:
            return state("held", f"{claim.undecided_count} to decide")
        return f"{claim.open_count} with the payer" if claim.open_count else "–"

    @admin.display(description="Next")
    def next(self, claim: Claim) -> str:
        return happenings.next_step(claim)

    @admin.display(description="Claimed and paid")
    def sums(self, claim: Claim) -> str:
        lines = f"{claim.line_count} line{'' if claim.line_count == 1 else 's'}"
        paid = f", {format_money(claim.awarded)} paid" if claim.number else ""
        return f"{format_money(claim.claimed)} on {lines}{paid}"

    @admin.display(description="Goes")
    def way(self, claim: Claim) -> str:
        way = claim.channel or claim.payer.claim_channel
        return dict(type(claim.payer).ClaimChannel.choices).get(way, way)

    @admin.display(description="Papers")
    def papers(self, claim: Claim) -> str:
        return drawn_papers(["claim_schedule"], claim.pk)

    @admin.display(description="What happened")
    def happened(self, claim: Claim) -> str:
        return render_to_string("billing/happenings.html", {"happenings": happenings.of(claim)})

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).with_sums().select_related("payer", "created_by", "submitted_by")

    def title_of(self, row: Claim | None) -> str:
        return f"{row.label}: {row.payer}" if row is not None and row.pk else super().title_of(row)

    def save_model(self, request: HttpRequest, obj: Claim, form: NeedlebookForm, change: bool) -> None:
        obj.save(update_fields=["note", "updated_at"])

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        context["may_keep"] = request.user.may(self.keep)
        context["lines"] = _told(context["original"])
        return super().render_change_form(request, context, *args, **kwargs)


def _told(claim: Claim) -> list[dict[str, Any]]:
    """The lines of a claim as its page shows them, each with its history. Four queries."""
    lines = claim.lines.select_related(
        "invoice_line__invoice__patient", "resubmission_of__claim", "resubmitted_as__claim"
    )
    return [
        {
            "row": line,
            "is_undecided": acts.is_undecided(line),
            "may_be_claimed_again": not line.is_live,
            "again": getattr(line, "resubmitted_as", None),
        }
        for line in lines.prefetch_related("history__by").order_by("position")
    ]


@admin.register(ClaimLine)
class ClaimLineAdmin(NeedlebookAdmin):
    see = Permission.SEE_MONEY
    adds = False
    acts = acts.OF_LINE
    plural = "lines of claims"
    list_display = [
        "whose",
        shown("Day", "invoice_line.service_on", showing.day),
        "on_claim",
        "position",
        state_shown("State", "state"),
        money_shown("Claimed", "claimed"),
        money_shown("Paid", "awarded"),
        "reason",
        "decided",
    ]
    list_filter = ["state", "resolution", "claim__payer"]
    list_select_related = ["claim", "invoice_line__invoice__patient"]
    search_fields = ["invoice_line__invoice__patient__search_text", "=claim__number"]
    search_help_text = "Patient, or a claim's number"
    ordering = ["-claim", "position"]
    fields = readonly_fields = [
        "whose", "service", "on_claim", "invoice", "standing", "sum", "paid", "why", "decided", "chain", "happened",
    ]  # fmt: skip

    standing = staticmethod(state_shown("State", "state"))
    sum = staticmethod(money_shown("Claimed", "claimed"))
    paid = staticmethod(money_shown("Paid", "awarded"))

    @admin.display(description="Patient")
    def whose(self, line: ClaimLine) -> str:
        return str(line.invoice_line.invoice.patient)

    @admin.display(description="Service")
    def service(self, line: ClaimLine) -> str:
        return f"{line.invoice_line.description}, {showing.day(line.invoice_line.service_on)}"

    @admin.display(description="Claim", ordering="claim")
    def on_claim(self, line: ClaimLine) -> str:
        return link("billing_claim_change", line.claim_id, line.claim.label)

    @admin.display(description="Invoice")
    def invoice(self, line: ClaimLine) -> str:
        return link("billing_invoice_change", line.invoice_line.invoice_id, line.invoice_line.invoice.label)

    @admin.display(description="The payer's reason")
    def why(self, line: ClaimLine) -> str:
        return " ".join(filter(None, [line.reason_code, line.reason])) or "–"

    @admin.display(description="Decided", ordering="resolution")
    def decided(self, line: ClaimLine) -> str:
        return line.get_resolution_display() or "–"

    @admin.display(description="Before and after")
    def chain(self, line: ClaimLine) -> str:
        before, after = line.resubmission_of, getattr(line, "resubmitted_as", None)
        found = [(before, "Claimed before on"), (after, "Claimed again on")]
        links = [(words, line_link(other)) for other, words in found if other is not None]
        return format_html("{} {}", *links[0]) if len(links) == 1 else _both(links)

    @admin.display(description="What happened")
    def happened(self, line: ClaimLine) -> str:
        steps = line.history.select_related("by")
        return render_to_string("billing/happenings.html", {"happenings": [_step(step) for step in steps]})

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related(
            "claim__payer", "invoice_line__invoice__patient", "resubmission_of__claim", "resubmitted_as__claim"
        )

    def title_of(self, row: ClaimLine | None) -> str:
        return f"{row.claim.label}, line {row.position}" if row is not None and row.pk else super().title_of(row)


def line_link(line: ClaimLine) -> str:
    return link("billing_claimline_change", line.pk, f"{line.claim.label}, line {line.position}")


def _both(links: list[tuple[str, str]]) -> str:
    return format_html("{} {}. {} {}.", *links[0], *links[1]) if links else "–"


def _step(step: Any) -> Happening:
    amount = f"{format_money(step.amount)} " if step.amount else ""
    detail = " ".join(filter(None, [step.reason_code, step.reason, step.reference]))
    return Happening(
        at=step.at,
        words=f"{amount}{step.get_state_display()}",
        detail=detail,
        by=str(step.by or step.get_source_display()),
    )
