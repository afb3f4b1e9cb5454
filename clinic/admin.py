"""The set-up of the practice, its people, its papers, and who has read what."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminColorInputWidget

from clinic import batching
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.errors import Refusal
from clinic.models import (
    AccessEvent,
    Device,
    Document,
    DocumentBatch,
    Location,
    Practice,
    Practitioner,
    Role,
    Room,
    User,
)
from clinic.permissions import STAFF_PERMISSIONS, Permission
from clinic.queueing import soon
from clinic.showing import birthday, moment_shown, shown, standing, state, state_shown
from clinic.tasks import draw_items


class SetUpAdmin(NeedlebookAdmin):
    """Every member of staff may look at these, as through the API; whoever sets the practice up changes them."""

    keep = Permission.SET_UP

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.holds_any_of_staff()


@admin.register(Practice)
class PracticeAdmin(SetUpAdmin):
    list_display = ["name", "phone", "email", "timezone", "gst_number"]
    fieldsets = [
        (None, {"fields": ["name", "legal_name", "address", "phone", "email", "website", "timezone"]}),
        ("Money", {"fields": ["gst_registered", "gst_number", "bank_account", "payment_days", "acc_vendor_id"]}),
        ("Booking online", {"fields": ["books_online", ("online_hold_minutes", "online_bookings_each")]}),
        ("When patients cancel", {"fields": ["late_cancel_hours", "patients_may_cancel"]}),
        (
            "The waiting list",
            {"fields": ["offer_minutes", ("offers_from", "offers_until"), ("afternoon_from", "evening_from")]},
        ),
        (
            "For US insurers",
            {"fields": ["npi", "tax_id", "tax_id_kind", "us_name", "us_address"], "classes": ["collapse"]},
        ),
    ]

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_add_permission(request, obj) and not Practice.objects.exists()


@admin.register(Location)
class LocationAdmin(SetUpAdmin):
    list_display = ["name", "phone", "timezone", "holiday_region", standing]
    search_fields = ["name"]
    fields = ["name", "address", "phone", "timezone", "holiday_region", "archived_at"]


@admin.register(Room)
class RoomAdmin(SetUpAdmin):
    list_display = ["name", "location", standing]
    list_filter = ["location"]
    list_select_related = ["location"]
    search_fields = ["name"]
    fields = ["location", "name", "archived_at"]


@admin.register(Device)
class DeviceAdmin(SetUpAdmin):
    list_display = ["name", "kind", "location", standing]
    list_filter = ["kind", "location"]
    list_select_related = ["location"]
    search_fields = ["name"]
    fields = ["location", "name", "kind", "archived_at"]


@admin.register(Practitioner)
class PractitionerAdmin(SetUpAdmin):
    list_display = [
        "display_name",
        "registration_number",
        shown("Certificate until", "practising_certificate_expires_on", birthday),
        "acc_provider_id",
        standing,
    ]
    search_fields = ["display_name"]
    autocomplete_fields = ["user"]
    fieldsets = [
        (None, {"fields": ["display_name", "user", "colour", "archived_at"]}),
        (
            "Registration",
            {
                "fields": [
                    "registration_number",
                    "practising_certificate_expires_on",
                    "acc_provider_id",
                    "hpi_cpn",
                    "npi",
                ]
            },
        ),
    ]

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "colour":
            kwargs["widget"] = UnfoldAdminColorInputWidget
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class RoleForm(NeedlebookForm):
    permissions = forms.MultipleChoiceField(
        choices=[choice for choice in Permission.choices if choice[0] in STAFF_PERMISSIONS | {Permission.OWN_RECORD}],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


@admin.register(Role)
class RoleAdmin(NeedlebookAdmin):
    see = keep = Permission.MANAGE_USERS
    form = RoleForm
    fields = ["name", "permissions"]
    search_fields = ["name"]

    @admin.display(description="May")
    def may(self, role: Role) -> str:
        return ", ".join(Permission(value).label for value in role.permissions)

    list_display = ["name", "may"]


@admin.register(User)
class UserAdmin(NeedlebookAdmin, DjangoUserAdmin):
    see = keep = Permission.MANAGE_USERS
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "email", "held", "standing"]
    list_filter = ["is_active", "roles"]
    search_fields = ["username", "first_name", "last_name", "email"]
    ordering = ["username"]
    filter_horizontal = []
    readonly_fields = ["signed_in"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("What they may do", {"fields": ["is_active", "roles", "signed_in"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "first_name", "last_name", "email", "roles", "password1", "password2"]})
    ]

    signed_in = staticmethod(moment_shown("Last signed in", "last_login"))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).prefetch_related("roles")

    @admin.display(description="Roles")
    def held(self, user: User) -> str:
        return ", ".join(role.name for role in user.roles.all()) or "–"

    @admin.display(description="State", ordering="is_active")
    def standing(self, user: User) -> str:
        return state("active", "Open") if user.is_active else state("archived", "Closed")

    def formfield_for_manytomany(self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "roles":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def paper_link(document: Document) -> str:
    """Where the file is, once it is drawn. The door of the API hands it out, and records the read of a note."""
    if document.state != Document.State.READY:
        return "–"
    return format_html('<a class="nb-link" href="{}">Open PDF</a>', reverse("document-file", args=[document.pk]))


def drawn_papers(kinds: list[str], subject: int) -> str:
    """The papers about one row, newest first, with the way to each that is drawn."""
    rows = Document.objects.filter(kind__in=kinds, subject=subject)
    lines = ((row.title, state(row.state, row.get_state_display()), paper_link(row)) for row in rows)
    return format_html_join("", "<div>{} {} {}</div>", lines) or "None yet"


@admin.register(Document)
class DocumentAdmin(NeedlebookAdmin):
    """Papers of the kinds that this person may read."""

    list_display = ["title", state_shown("State", "state"), moment_shown("Asked", "created_at"), "person", "file_link"]
    list_filter = ["state", "kind"]
    list_select_related = ["asked_by"]
    search_fields = ["title"]
    date_hierarchy = "created_at"
    plural = "papers"
    empty_list_sentence = "Papers appear here when somebody asks for one on an invoice or a signed note."
    fields = readonly_fields = [
        "title",
        "state_now",
        "pages",
        "size",
        "sha256",
        "person",
        "asked",
        "drawn",
        "file_link",
    ]
    adds = False

    state_now = staticmethod(state_shown("State", "state"))
    asked = staticmethod(moment_shown("Asked", "created_at"))
    person = staticmethod(shown("Asked by", "asked_by"))
    drawn = staticmethod(moment_shown("Drawn", "rendered_at"))

    @admin.display(description="Paper")
    def file_link(self, document: Document) -> str:
        return paper_link(document)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return any(request.user.may(paper["permission"]) for paper in settings.PAPERS.values())


def draws_many(kind: str, label: str) -> Callable[..., HttpResponse | None]:
    """An action of a list: the papers of all the rows that are ticked, and on to where their progress is shown."""

    @admin.action(description=label)
    def draw(page: NeedlebookAdmin, request: HttpRequest, rows: models.QuerySet) -> HttpResponse | None:
        subjects = list(rows.order_by("pk").values_list("pk", flat=True))
        try:
            batch = batching.ask(kind=kind, subjects=subjects, by=request.user, now=timezone.now())
        except Refusal as refusal:
            messages.warning(request, refusal.detail)
            return None
        for handful in batching.in_handfuls(batching.ids_of(batch)):
            soon(draw_items, handful)
        return HttpResponseRedirect(reverse("admin:clinic_documentbatch_change", args=[batch.pk]))

    draw.__name__ = f"draw_{kind}"
    return draw


@admin.register(DocumentBatch)
class DocumentBatchAdmin(NeedlebookAdmin):
    """Batches of the kinds of papers that this person may read."""

    adds = False
    change_form_outer_after_template = "clinic/pages/batch_papers.html"
    list_display = ["name", "progress", moment_shown("Asked", "created_at"), "asked_by"]
    list_select_related = ["asked_by"]
    date_hierarchy = "created_at"
    empty_list_sentence = "Tick claims or invoices in their list and make their papers: how far they are is here."
    fields = readonly_fields = ["progress", "asked", "person"]

    asked = staticmethod(moment_shown("Asked", "created_at"))
    person = staticmethod(shown("Asked by", "asked_by"))

    class Media:
        js = ["clinic/progress.js"]

    @admin.display(description="Papers")
    def name(self, batch: DocumentBatch) -> str:
        return f"{batch}: {batch.kind.replace('_', ' ')}"

    @admin.display(description="Progress")
    def progress(self, batch: DocumentBatch) -> str:
        return render_to_string("clinic/pages/progress.html", {"batch": batch})

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).with_progress()

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return any(request.user.may(paper["permission"]) for paper in settings.PAPERS.values())

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        context["items"] = context["original"].items.select_related("document").order_by("pk")
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(AccessEvent)
class AccessEventAdmin(NeedlebookAdmin):
    see = Permission.MANAGE_USERS
    list_display = [moment_shown("When", "at"), "user", "act", "subject_kind", "subject_id", "patient_id"]
    list_filter = ["subject_kind", "user"]
    list_select_related = ["user"]
    search_fields = ["=patient_id", "user__username"]
    search_help_text = "A patient's number, or a user's name"
    date_hierarchy = "at"
    fields = readonly_fields = ["user", "act", "subject_kind", "subject_id", "patient_id", "read_at", "request_id"]
    plural = "reads of records"
    empty_list_sentence = "Each opening of a patient, a case or a note leaves a line here."

    read_at = staticmethod(moment_shown("When", "at"))
