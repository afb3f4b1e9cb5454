"""Patients, their cases, and who pays."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldBooleanSwitchWidget

from clinic.acting import acting
from clinic.admin import drawn_papers
from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.admin_parts import PartsInline, rows_of
from clinic.errors import Refusal
from clinic.models import AccessEvent
from clinic.permissions import Permission
from clinic.showing import birthday, day_shown, moment_shown, shown, standing, state, state_shown
from patients import admin_acts, admin_cover, admin_history, opening, registering
from patients.models import Alert, Case, Consent, Contact, Diagnosis, Patient, Payer
from patients.showing import alerts_of_today, marks


class OfPatient:
    see = Permission.SEE_PATIENTS
    keep = Permission.KEEP_PATIENTS


class AlertInline(OfPatient, PartsInline):
    model = Alert
    fields = ["kind", "severity", "side", "site", "note", "due_on", "ends_on"]


class ContactInline(OfPatient, PartsInline):
    model = Contact
    fields = ["name", "relationship", "phone", "email", "is_emergency_contact"]


class ConsentInline(OfPatient, PartsInline):
    """As they were given; acts of the page record another, or withdraw one."""

    model = Consent
    keep = None
    fields = readonly_fields = ["kind", "version", "manner", "given", "given_by", "withdrawn", "withdrawal_note"]

    given = staticmethod(moment_shown("Given", "given_at"))
    withdrawn = staticmethod(moment_shown("Withdrawn", "withdrawn_at"))


class PatientForm(NeedlebookForm):
    confirm_new = forms.BooleanField(
        label="This is somebody new",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Register them as well.",
    )


def _who_it_might_be(refusal: Refusal) -> SafeString:
    """The question about somebody who is perhaps known, with a way to each of them."""
    known = format_html_join(
        ", ",
        '<a class="nb-link" href="{}">{}, born {}{}</a>',
        (
            (
                reverse("admin:patients_patient_change", args=[candidate["id"]]),
                candidate["name"],
                birthday(candidate["date_of_birth"]),
                f", {candidate['nhi']}" if candidate["nhi"] else "",
            )
            for candidate in refusal.extra["candidates"]
        ),
    )
    return format_html(
        "{} {}. If this is somebody else, tick “This is somebody new” and save again.", refusal.detail, known
    )


@admin.register(Patient)
class PatientAdmin(OfPatient, NeedlebookAdmin):
    form = PatientForm
    read_subject_kind = "patient"
    list_display = [
        "name",
        shown("Born", "date_of_birth", birthday),
        "nhi",
        "phone",
        "email",
        "alerts",
        standing,
    ]
    list_filter = [("archived_at", admin.EmptyFieldListFilter), "reminder_channel", "alerts__kind"]
    search_fields = ["search_text"]
    search_help_text = "Name, NHI, phone or e-mail"
    empty_list_sentence = "Everybody who comes to the clinic is registered here once."
    inlines = [
        AlertInline,
        admin_history.MedicationInline,
        admin_history.HistoryEntryInline,
        admin_history.ScreeningInline,
        ContactInline,
        ConsentInline,
    ]
    acts = [*admin_acts.ACTS, *admin_history.ACTS]
    autocomplete_fields = ["account_holder"]
    fieldsets = [
        (None, {"fields": [("first_name", "last_name"), ("preferred_name", "date_of_birth"), ("nhi", "sex")]}),
        ("How to reach them", {"fields": [("phone", "email"), "address", ("reminder_channel", "account_holder")]}),
        (
            "More about them",
            {"fields": [("gender", "pronouns"), "ethnicities", "occupation", ("gp_name", "gp_practice"), "legacy_id"]},
        ),
    ]

    @admin.display(description="Name", ordering="last_name")
    def name(self, patient: Patient) -> str:
        return str(patient)

    @admin.display(description="Alerts")
    def alerts(self, patient: Patient) -> str:
        return marks(patient.alerts_now) or "–"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).prefetch_related(alerts_of_today())

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str) -> tuple:
        return queryset.matching(search_term), False

    def autocomplete_label(self, row: Patient) -> str:
        return " · ".join(part for part in (str(row), birthday(row.date_of_birth), row.nhi or "") if part)

    def get_fieldsets(self, request: HttpRequest, obj: Patient | None = None) -> list:
        """With the question about a possible duplicate, once it has been asked."""
        fieldsets = super().get_fieldsets(request, obj)
        refusal = getattr(request, "refusal", None)
        if obj is None and ("confirm_new" in request.POST or (refusal and refusal.code == "possible_duplicate")):
            return [(None, {"fields": ["confirm_new"]}), *fieldsets]
        return fieldsets

    def get_inlines(self, request: HttpRequest, obj: Patient | None = None) -> list:
        return self.inlines if obj else []

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        """For those who read notes, what the patient told is on the page: each row of it read is recorded."""
        patient = context.get("original")
        if patient is not None and request.method == "GET" and request.user.may(Permission.READ_NOTES):
            for relation, kind in admin_history.READ_WITH_PATIENT.items():
                rows = getattr(patient, relation).all()
                AccessEvent.objects.record(
                    by=request.user, rows=rows, subject_kind=kind, now=timezone.now(), request_id=request.request_id
                )
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Patient, form: PatientForm, change: bool) -> None:
        now, asked = timezone.now(), dict(form.cleaned_data)
        confirm_new = asked.pop("confirm_new", False)
        if change:
            changed = {name: asked[name] for name in form.changed_data if name in asked}
            if changed:
                registering.correct(patient=obj, by=request.user, now=now, **changed)
            return
        try:
            obj.pk = registering.register(by=request.user, now=now, confirm_new=confirm_new, **asked).pk
        except Refusal as refusal:
            if refusal.code == "possible_duplicate":
                refusal.detail = _who_it_might_be(refusal)
            raise


POLICY = "The insurer's policy"
# Read by patients/diagnoses.js.
SUGGESTS = {
    "data-diagnosis": True,
    "role": "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": "nb-diagnosis-options",
    "autocomplete": "off",
    "autocapitalize": "off",
    "spellcheck": "false",
}


class DiagnosisInline(OfPatient, PartsInline):
    model = Diagnosis
    fields = ["system", "code", "description", "side", "primary"]
    verbose_name_plural = "Diagnoses"

    class Media:
        js = [forms.Script("patients/diagnoses.js", type="module")]

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Code and description suggest the usual codes while somebody types; words may be longer than a code."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in {"code", "description"}:
            field.widget.attrs |= SUGGESTS
            field.widget.attrs.pop("maxlength", None)
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        """They are replaced as a whole by the verb; what they were stays in the history."""
        return self.has_change_permission(request, obj)


class CaseForm(NeedlebookForm):
    def _get_validation_exclusions(self) -> set[str]:
        """Who pays is left to the verb, which finds the payer of an ACC case, and to the database behind it."""
        return super()._get_validation_exclusions() | {"payer"}


@admin.register(Case)
class CaseAdmin(OfPatient, NeedlebookAdmin):
    form = CaseForm
    read_subject_kind = "case"
    records_lists = True
    list_display = [
        "title",
        "patient",
        state_shown("Kind", "kind"),
        "claim_number",
        "payer",
        state_shown("Cover", "cover_status"),
        day_shown("Opened", "opened_on"),
        "standing",
    ]
    list_filter = ["kind", ("closed_on", admin.EmptyFieldListFilter), "cover_status", "payer"]
    list_select_related = ["patient", "payer"]
    search_fields = ["title", "claim_number", "patient__search_text"]
    search_help_text = "Title, claim number or patient"
    date_hierarchy = "opened_on"
    autocomplete_fields = ["patient"]
    inlines = [DiagnosisInline, admin_cover.PurchaseOrderInline, admin_cover.CoverDecisionInline]
    acts = admin_cover.ACTS
    empty_list_sentence = "A case is one injury or complaint, and who pays for it. Open it from the patient's page."
    fieldsets = [
        (None, {"fields": ["patient", "title", "kind", ("payer", "contribution_payer"), "employer"]}),
        (
            "Claim",
            {
                "fields": [
                    ("claim_number", "date_of_injury"),
                    ("cover_status", "cover_decided_on"),
                    "approved_sessions",
                    ("sessions_elsewhere", "first_elsewhere_on"),
                    "purchase_order_number",
                    "accident_description",
                ]
            },
        ),
        (
            POLICY,
            {
                "classes": ["collapse"],
                "fields": [
                    ("policy_number", "policy_expires_on"),
                    ("policy_group", "policy_plan"),
                    ("caused_by", "accident_state"),
                    ("insured_name", "insured_relationship"),
                    "insured_date_of_birth",
                    ("approved_amount", "approval_number"),
                    "approval_required",
                ],
            },
        ),
        ("Around it", {"fields": ["referrer", "other_providers", ("opened_on", "closed_on")]}),
    ]

    @admin.display(description="State", ordering="closed_on")
    def standing(self, case: Case) -> str:
        return state("archived", "Closed") if case.closed_on else state("active", "Open")

    def autocomplete_label(self, row: Case) -> str:
        return " · ".join(part for part in (row.title, row.claim_number, str(row.patient)) if part)

    @admin.display(description="Papers")
    def papers(self, case: Case) -> str:
        return drawn_papers(["acc45_summary"], case.pk)

    def get_inlines(self, request: HttpRequest, obj: Case | None = None) -> list:
        """A new case has nothing decided yet; the table of orders comes with the first."""
        if obj is None:
            return [DiagnosisInline]
        return [
            one for one in self.inlines if one is not admin_cover.PurchaseOrderInline or obj.purchase_orders.exists()
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Case | None = None) -> list:
        """The policy lies open where there is one to fill in; an injury's papers stand below."""
        kind = obj.kind if obj is not None else ""
        return [
            *(
                (name, options | {"classes": []} if name == POLICY and kind == Case.Kind.INSURER else options)
                for name, options in super().get_fieldsets(request, obj)
            ),
            *([(None, {"fields": ["papers"]})] if kind == Case.Kind.ACC else []),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Case | None = None) -> list:
        return ["patient", "papers"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "opened_on": timezone.localdate(),
            "kind": Case.Kind.ACC,
            **super().get_changeform_initial_data(request),
        }

    def save_model(self, request: HttpRequest, obj: Case, form: NeedlebookForm, change: bool) -> None:
        """Written with its diagnoses, by one verb."""

    def save_related(self, request: HttpRequest, form: NeedlebookForm, formsets: list, change: bool) -> None:
        now, asked = timezone.now(), dict(form.cleaned_data)
        diagnoses = rows_of(formsets[0])
        if change:
            changed = {name: asked[name] for name in form.changed_data if name in asked}
            if formsets[0].has_changed():
                changed["diagnoses"] = diagnoses
            with acting(request.user):
                opening.change_case(case=form.instance, by=request.user, now=now, **changed)
                for parts in formsets[1:]:
                    parts.save()
        else:
            form.instance.pk = opening.open_case(diagnoses=diagnoses, by=request.user, now=now, **asked).pk
        for warning in Case.objects.get(pk=form.instance.pk).warnings():
            messages.warning(request, warning["detail"])


@admin.register(Payer)
class PayerAdmin(NeedlebookAdmin):
    see = Permission.SEE_PATIENTS
    keep = Permission.SET_UP
    list_display = ["name", "kind", "claim_channel", "email", standing]
    list_filter = ["kind", "claim_channel"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": [("name", "kind"), "address", "email", "archived_at"]}),
        ("Claims", {"fields": [("claim_channel", "payer_code"), "max_claim_lines", "us_style"]}),
    ]
