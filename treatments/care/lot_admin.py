"""Needle lots: what the boxes say, when they expire, and who had needles of one."""

from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from clinic.admin_base import NeedlebookAdmin
from clinic.admin_parts import PartsInline
from clinic.csv_files import csv_file
from clinic.permissions import Permission
from clinic.report import Report
from clinic.report import shown as written
from clinic.showing import birthday, day, day_shown, shown, state
from treatments.care import recalling
from treatments.care.lot_acts import WHO_HAD
from treatments.models import LotUse, NeedleLot

# Long enough to use up a box, or to send it back.
SOON = timedelta(days=60)


class ExpiryFilter(admin.SimpleListFilter):
    title = "expiry"
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: NeedlebookAdmin) -> list[tuple[str, str]]:
        return [("good", "Good"), ("soon", "Expires within 60 days"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        today = timezone.localdate()
        if self.value() == "expired":
            return queryset.filter(expires_on__lt=today)
        if self.value() == "soon":
            return queryset.filter(expires_on__range=(today, today + SOON))
        return queryset.exclude(expires_on__lt=today) if self.value() == "good" else queryset


def standing_of(lot: NeedleLot, *, on: date) -> SafeString:
    if lot.expires_on is None:
        return state("unknown", "No date known")
    if lot.expires_on < on:
        return state("failed", "Expired")
    return state("asked", "Expires soon") if lot.expires_on <= on + SOON else state("active", "Good")


@admin.register(NeedleLot)
class NeedleLotAdmin(NeedlebookAdmin):
    see = Permission.READ_NOTES
    keep = Permission.WRITE_NOTES
    acts = [WHO_HAD]
    list_display = [
        "lot_number",
        "maker",
        "product",
        "gauge",
        "supplier",
        day_shown("Received", "received_on"),
        day_shown("Expires", "expires_on"),
        "standing",
        shown("Sessions", "used_in"),
    ]
    list_filter = [ExpiryFilter, "maker", "supplier"]
    search_fields = ["lot_number", "maker", "product", "supplier"]
    search_help_text = "Lot number, maker, product or supplier"
    date_hierarchy = "received_on"
    empty_list_sentence = "Write down each box as it comes: after a recall it says who had its needles."
    fields = [("maker", "product"), ("lot_number", "gauge"), "supplier", ("received_on", "expires_on")]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).annotate(used_in=models.Count("uses"))

    @admin.display(description="State", ordering="expires_on")
    def standing(self, lot: NeedleLot) -> SafeString:
        return standing_of(lot, on=timezone.localdate())

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"received_on": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def title_of(self, row: NeedleLot | None) -> str:
        return f"Lot {row.lot_number}, {row.maker}" if row is not None and row.pk else "New needle lot"

    def get_urls(self) -> list:
        place = path(
            "<int:lot_id>/patients/", self.admin_site.admin_view(self.patients_view), name=self._name("patients")
        )
        return [place, *super().get_urls()]

    def patients_view(self, request: HttpRequest, lot_id: int) -> HttpResponse:
        """On the page, and with `?as=csv` as a file; each person told of is a read of their record. Phone numbers and
        addresses stand there for the call that follows, so that both permissions are needed."""
        if not (request.user.may(Permission.READ_NOTES) and request.user.may(Permission.SEE_PATIENTS)):
            raise PermissionDenied
        lot, zone = get_object_or_404(NeedleLot, pk=lot_id), timezone.get_current_timezone()
        self._name_page(request, f"Who had {self.title_of(lot)}")
        with transaction.atomic():
            uses = list(
                LotUse.objects.visible_to(request.user)
                .filter(lot=lot)
                .with_expiry(zone=zone)
                .select_related("treatment__patient", "treatment__practitioner")
                .order_by("treatment__started_at", "pk")
            )
            self.record_reads(request, uses, kind="lot_use")
        report = recalling.who_had(lot, uses, on=timezone.localdate(), zone=zone)
        if request.GET.get("as") == "csv":
            return csv_file(report, f"lot-{lot.pk}")
        context = {
            **self.admin_site.each_context(request),
            "title": request.page_title,
            "opts": self.opts,
            "lot": lot,
            "standing": standing_of(lot, on=timezone.localdate()),
            "on": day(timezone.localdate()),
            "report": report,
            "rows": _rows(report, uses),
            "back": self.place_of(lot),
        }
        return TemplateResponse(request, "treatments/who_had.html", context)


def _rows(report: Report, uses: list[LotUse]) -> list[dict[str, Any]]:
    """Each as a person reads it, with the ways to the patient and the session."""
    return [
        {
            "patient": reverse("admin:patients_patient_change", args=[use.patient_id]),
            "session": reverse("admin:treatments_treatment_change", args=[use.treatment_id]),
            "cells": [
                birthday(value) if isinstance(value, date) else written(value, column.kind)
                for value, column in zip(row, report.columns, strict=True)
            ],
        }
        for row, use in zip(report.rows, uses, strict=True)
    ]


class LotUseInline(PartsInline):
    """As they were noted; acts of the page note another, or strike one out while the note is a draft."""

    see = Permission.READ_NOTES
    model = LotUse
    fields = readonly_fields = ["which", "count", "expired"]
    verbose_name_plural = "Needle lots"

    count = staticmethod(shown("Needles", "needles"))

    @admin.display(description="Lot")
    def which(self, use: LotUse) -> str:
        return str(use.lot)

    @admin.display(description="Past its date then")
    def expired(self, use: LotUse) -> str:
        return "Yes" if use.had_expired else "–"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).with_expiry(zone=timezone.get_current_timezone())
