"""What can be done on the pages of a claim, of its lines, and of the rows of a remittance."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Case, Value, When
from django.urls import reverse

from billing.admin_acts import draws
from billing.claiming import deciding, delivering, files, preparing, stepping, submitting
from billing.models import Claim, ClaimLine, RemittanceRow
from billing.tasks import deliver_claim
from clinic.acts import Act, ActForm, Done
from clinic.models import User
from clinic.money import format_money
from clinic.permissions import Permission
from clinic.queueing import soon
from clinic.showing import birthday
from clinic.widgets import INPUT, SELECT

Delivery = Claim.Delivery


def page_of(claim: Claim) -> str:
    return reverse("admin:billing_claim_change", args=[claim.pk])


# Of a claim


def _send(*, row: Claim, by: User, now: datetime) -> Done:
    claim = submitting.submit(claim=row, by=by, now=now)
    soon(deliver_claim, claim.pk)
    return Done(f"{claim.label} is submitted and on its way to {claim.payer}.")


def _discard(*, row: Claim, by: User, now: datetime) -> Done:
    preparing.discard(claim=row, by=by, now=now)
    return Done("The draft is thrown away. Its lines can be claimed anew.", go_to=_desk_of(row))


def _desk_of(claim: Claim) -> str:
    return f"{reverse('admin:claims_desk')}?payer={claim.payer_id}"


class ArrivedForm(ActForm):
    reference = forms.CharField(
        label="Its reference there", max_length=60, required=False, widget=forms.TextInput(attrs=INPUT)
    )


def _arrived(*, row: Claim, by: User, now: datetime, reference: str) -> Done:
    delivering.decide(claim=row, has_arrived=True, reference=reference, by=by, now=now)
    return Done("It has arrived.")


def _again(*, row: Claim, by: User, now: datetime) -> Done:
    delivering.decide(claim=row, has_arrived=False, by=by, now=now)
    soon(deliver_claim, row.pk)
    return Done("It is sent again.")


def _is_draft(claim: Claim) -> bool:
    return claim.status == Claim.Status.DRAFT


def _has_file(claim: Claim) -> bool:
    return claim.channel in files.KINDS and claim.delivery == Delivery.SENT


def _waits_for_payer(claim: Claim) -> bool:
    return not _is_draft(claim) and claim.delivery == Delivery.SENT and claim.open_count > 0


def _take_in(claim: Claim) -> str:
    return f"{reverse('admin:billing_remittance_add')}?payer={claim.payer_id}&claim={claim.pk}"


OF_CLAIM = [
    Act(
        name="send",
        label="Send the claim",
        needs=Permission.KEEP_MONEY,
        possible=_is_draft,
        form=ActForm,
        do=_send,
        style="primary",
        warning="Its invoices are issued and it gets its number. What it says never changes from then on.",
    ),
    Act(
        name="file",
        label="Download the file",
        needs=Permission.SEE_MONEY,
        possible=_has_file,
        leads_to=lambda claim: reverse("claim-file", args=[claim.pk]),
        style="primary",
    ),
    Act(
        name="arrived",
        label="It has arrived",
        needs=Permission.KEEP_MONEY,
        possible=lambda claim: claim.delivery == Delivery.UNKNOWN,
        form=ArrivedForm,
        do=_arrived,
        style="primary",
    ),
    Act(
        name="again",
        label="Send it again",
        needs=Permission.KEEP_MONEY,
        possible=lambda claim: claim.delivery == Delivery.UNKNOWN,
        form=ActForm,
        do=_again,
        warning="Ask the payer first: if it has arrived after all, everything on it is claimed twice.",
    ),
    Act(
        name="remittance",
        label="Take in the remittance",
        needs=Permission.KEEP_MONEY,
        possible=_waits_for_payer,
        leads_to=_take_in,
    ),
    Act(
        name="more",
        label="Add lines",
        needs=Permission.KEEP_MONEY,
        possible=_is_draft,
        leads_to=lambda claim: f"{_desk_of(claim)}&claim={claim.pk}",
    ),
    Act(
        name="print",
        label="Make the schedule",
        needs=Permission.SEE_MONEY,
        possible=lambda claim: not _is_draft(claim),
        do=draws("claim_schedule"),
    ),
    Act(
        name="discard",
        label="Discard draft",
        needs=Permission.KEEP_MONEY,
        possible=_is_draft,
        form=ActForm,
        do=_discard,
        style="danger",
        warning="The draft is thrown away. Its invoices stay, and the next claim takes them up.",
    ),
]


# Of a line


class WhyForm(ActForm):
    reason = forms.CharField(label="Why", max_length=300, widget=forms.TextInput(attrs=INPUT))

    def initial_for(self, row: ClaimLine) -> dict[str, Any]:
        return {"reason": row.reason or f"Not paid by {row.claim.payer}"}


def _claim_again(*, row: ClaimLine, by: User, now: datetime) -> Done:
    claim = deciding.claim_again(line=row, by=by, now=now)
    return Done("It is on a new claim, which is not sent yet.", go_to=page_of(claim))


def _bill_to_patient(*, row: ClaimLine, by: User, now: datetime, reason: str) -> Done:
    rest = format_money(deciding.rest_of(row))
    invoice = deciding.bill_to_patient(line=row, reason=reason, by=by, now=now)
    return Done(f"{rest} is credited to {row.claim.payer}, and on a draft to {invoice.debtor} under Invoices.")


def _write_off(*, row: ClaimLine, by: User, now: datetime, reason: str) -> Done:
    rest = format_money(deciding.rest_of(row))
    deciding.write_off(line=row, reason=reason, by=by, now=now)
    return Done(f"{rest} is written off.")


def _take_off(*, row: ClaimLine, by: User, now: datetime) -> Done:
    preparing.remove(claim=row.claim, lines=[row.pk], by=by, now=now)
    return Done("It is off the claim, and can be claimed another time.", go_to=page_of(row.claim))


def is_undecided(line: ClaimLine) -> bool:
    return line.state in ClaimLine.UNDECIDED and not line.resolution and not hasattr(line, "resubmitted_as")


OF_LINE = [
    Act(
        name="claim-again",
        label="Claim again",
        needs=Permission.KEEP_MONEY,
        possible=lambda line: is_undecided(line) and not line.is_live,
        do=_claim_again,
        style="primary",
    ),
    Act(
        name="bill-to-patient",
        label="Bill to the patient",
        needs=Permission.KEEP_MONEY,
        possible=is_undecided,
        form=WhyForm,
        do=_bill_to_patient,
        warning="The payer's part is credited, and what it did not pay goes on a draft to the patient.",
    ),
    Act(
        name="write-off",
        label="Write off",
        needs=Permission.KEEP_MONEY,
        possible=is_undecided,
        form=WhyForm,
        do=_write_off,
        style="quiet",
        warning="What the payer did not pay is given up.",
    ),
    Act(
        name="take-off",
        label="Take off the claim",
        needs=Permission.KEEP_MONEY,
        possible=lambda line: line.state == ClaimLine.State.SELECTED,
        do=_take_off,
        style="danger",
    ),
]


# Of a row of a remittance


class _LineChoice(forms.ModelChoiceField):
    def label_from_instance(self, line: ClaimLine) -> str:
        billed = line.invoice_line
        about = [line.claim.label, f"line {line.position}", str(billed.invoice.patient), birthday(billed.service_on)]
        return ", ".join([*about, format_money(line.claimed), line.get_state_display().lower()])


class SettleForm(ActForm):
    """The lines that may be meant: those of which the payer can say this, the best fit first."""

    line = _LineChoice(
        ClaimLine.objects.none(),
        label="It is about",
        required=False,
        empty_label="None of our lines",
        widget=forms.Select(attrs=SELECT),
    )
    note = forms.CharField(
        label="What was done",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=INPUT),
        help_text="Needed where it is about none of our lines.",
    )

    def __init__(self, data: Any = None, *, row: RemittanceRow) -> None:
        super().__init__(data, row=row)
        self.fields["line"].queryset = lines_that_fit(row)
        self.fields["line"].help_text = f"The payer said: {_said(row)}."


def _said(row: RemittanceRow) -> str:
    amount = format_money(row.awarded) if row.awarded else ""
    day = birthday(row.service_on) if row.service_on else ""
    given = [row.get_status_display(), amount, row.claim_number, day, row.service_code, row.schedule_number]
    return ", ".join(filter(None, [*given, row.reason_code, row.reason]))


def lines_that_fit(row: RemittanceRow):
    states = [state for state, follows in stepping.FOLLOWS.items() if row.status in follows and state != "selected"]
    lines = ClaimLine.objects.filter(claim__payer=row.remittance.payer, state__in=states, resolution="")
    fits = [
        When(invoice_line__invoice__case__claim_number=row.claim_number, then=Value(0)) if row.claim_number else None,
        When(invoice_line__service_on=row.service_on, then=Value(1)) if row.service_on else None,
        When(claimed=row.awarded, then=Value(2)) if row.awarded else None,
    ]
    lines = lines.annotate(fit=Case(*filter(None, fits), default=Value(3)))
    return lines.select_related("claim", "invoice_line__invoice__patient").order_by("fit", "-claim", "position")


def _settle(*, row: RemittanceRow, by: User, now: datetime, line: ClaimLine | None, note: str) -> Done:
    deciding.settle_row(row=row, line=line, note=note, by=by, now=now)
    return Done(f"Noted on line {line.position} of {line.claim.label}." if line else "Noted.")


OF_ROW = [
    Act(
        name="settle",
        label="Say what it is about",
        needs=Permission.KEEP_MONEY,
        possible=lambda row: row.outcome == RemittanceRow.Outcome.UNKNOWN,
        form=SettleForm,
        do=_settle,
        style="primary",
    )
]
