"""What a payer decided about a case, on its page: tables of what was taken down, and acts that take down more."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from clinic import documents
from clinic.acts import Act, ActForm, Done
from clinic.admin_parts import PartsInline
from clinic.models import Document, User
from clinic.permissions import Permission
from clinic.queueing import soon
from clinic.showing import day_shown, moment_shown, state_shown
from clinic.tasks import draw_document
from clinic.widgets import INPUT, SELECT, DayWidget
from patients import approving, deciding
from patients.models import Case, CoverDecision, CoverStatus, PurchaseOrder


class PurchaseOrderInline(PartsInline):
    """Corrected here; an act of the page takes down another."""

    model = PurchaseOrder
    see = Permission.SEE_PATIENTS
    keep = Permission.KEEP_PATIENTS
    adds = False
    fields = ["number", "sessions", "approved_on", "valid_from", "expires_on", "note"]


class CoverDecisionInline(PartsInline):
    model = CoverDecision
    see = Permission.SEE_PATIENTS
    fields = readonly_fields = ["cover", "decided", "noted", "by", "source", "note"]
    verbose_name_plural = "History of cover"

    cover = staticmethod(state_shown("Cover", "status"))
    decided = staticmethod(day_shown("Decided", "decided_on"))
    noted = staticmethod(moment_shown("Taken down", "noted_at"))

    @admin.display(description="By")
    def by(self, row: CoverDecision) -> str:
        return str(row.noted_by or "–")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("noted_by")


class CoverForm(ActForm):
    status = forms.ChoiceField(label="Cover", choices=CoverStatus.choices, widget=forms.Select(attrs=SELECT))
    decided_on = forms.DateField(label="Decided on", required=False, widget=DayWidget)
    source = forms.ChoiceField(
        label="Where it says so", choices=CoverDecision.Source.choices, widget=forms.Select(attrs=SELECT)
    )
    note = forms.CharField(required=False, max_length=300, widget=forms.TextInput(attrs=INPUT))

    def initial_for(self, row: Case) -> dict[str, Any]:
        return {"status": row.cover_status, "source": CoverDecision.Source.LETTER}


class OrderForm(ActForm):
    number = forms.CharField(max_length=20, widget=forms.TextInput(attrs=INPUT))
    sessions = forms.IntegerField(min_value=1, max_value=999, widget=forms.NumberInput(attrs=INPUT))
    approved_on = forms.DateField(label="Approved on", widget=DayWidget)
    valid_from = forms.DateField(
        label="Valid from", required=False, widget=DayWidget, help_text="Empty: from the day of approval."
    )
    expires_on = forms.DateField(label="Last day", required=False, widget=DayWidget)
    note = forms.CharField(required=False, max_length=300, widget=forms.TextInput(attrs=INPUT))

    def initial_for(self, row: Case) -> dict[str, date]:
        return {"approved_on": timezone.localdate()}


def _decide(*, row: Case, by: User, now: datetime, **asked: Any) -> Done:
    decision = deciding.take_down(case=row, by=by, now=now, **asked)
    return Done(f"Taken down. The cover of this case is: {decision}.")


def _order(*, row: Case, by: User, now: datetime, **asked: Any) -> Done:
    order = approving.take_down_order(case=row, by=by, now=now, **asked)
    return Done(f"Taken down: {order.sessions} more sessions by purchase order {order}.")


def _print(*, row: Case, by: User, now: datetime) -> Done:
    document = documents.ask(kind="acc45_summary", subject=row.pk, by=by, now=now)
    if document.state == Document.State.ASKED:
        soon(draw_document, document.pk)
    return Done("The summary of the claim is being drawn. It appears under Papers below.")


ACTS = [
    Act(
        name="cover-decision",
        label="Take down a cover decision",
        needs=Permission.KEEP_PATIENTS,
        possible=lambda case: case.kind != Case.Kind.PRIVATE,
        form=CoverForm,
        do=_decide,
    ),
    Act(
        name="purchase-order",
        label="Take down a purchase order",
        needs=Permission.KEEP_PATIENTS,
        possible=lambda case: case.kind != Case.Kind.PRIVATE,
        form=OrderForm,
        do=_order,
    ),
    Act(
        name="print-summary",
        label="Make the claim summary",
        needs=Permission.SEE_PATIENTS,
        possible=lambda case: case.kind == Case.Kind.ACC,
        do=_print,
        style="quiet",
    ),
]
