"""The book as staff keep it by hand: appointments and what can be done with them, and kinds of visit."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminColorInputWidget

from appointments import booking, reminding
from appointments.admin_acts import ACTS
from appointments.admin_forms import BookingForm, HintsForm
from appointments.feeds import admin as feed_admin  # noqa: F401 (brings its own page)
from appointments.hinting import Hint, hints_for
from appointments.hours import admin as hours_admin  # noqa: F401 (brings its own pages)
from appointments.models import Appointment, AppointmentType, Segment
from appointments.series import admin as series_admin  # noqa: F401 (brings its own page)
from appointments.standing import in_words as standing_word
from appointments.statuses import Status
from appointments.suggesting import naming_the_next
from appointments.waiting import admin as waiting_admin  # noqa: F401 (brings its own page)
from clinic import showing
from clinic.admin import SetUpAdmin
from clinic.admin_base import NeedlebookAdmin
from clinic.admin_parts import PartsInline
from clinic.permissions import Permission
from clinic.showing import money_shown, standing, state
from messaging import reasons
from messaging.models import Message
from patients.showing import alerts_of_today, marks


class DaysFilter(admin.SimpleListFilter):
    """From today on, unless something else is asked for: the past is long."""

    title = "days"
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("today", "Today"), ("past", "Past"), ("all", "All")]

    def choices(self, changelist: Any):
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": "From today on",
        }
        for value, title in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        begins = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
        if self.value() == "past":
            return queryset.filter(starts_at__lt=begins)
        if self.value() == "today":
            return queryset.filter(starts_at__gte=begins, starts_at__lt=begins + timedelta(days=1))
        asks_otherwise = any(name == "q" or name.startswith(("starts_at", "patient")) for name in request.GET)
        return queryset if self.value() == "all" or asks_otherwise else queryset.filter(starts_at__gte=begins)


@admin.register(Appointment)
class AppointmentAdmin(NeedlebookAdmin):
    see = Permission.SEE_BOOK
    keep = Permission.KEEP_BOOK
    form = BookingForm
    acts = ACTS
    list_display = [
        "when",
        "patient",
        "practitioner",
        "appointment_type",
        "room",
        "status_now",
        "note",
    ]
    list_display_links = ["when", "patient"]
    list_filter = [
        DaysFilter,
        "status",
        "practitioner",
        "appointment_type",
        "room",
        ("patient", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["patient", "practitioner", "appointment_type", "room", "location"]
    search_fields = ["patient__search_text", "note"]
    search_help_text = "Patient, or words of the front desk's note"
    date_hierarchy = "starts_at"
    ordering = ["starts_at", "id"]
    autocomplete_fields = ["patient", "case"]
    change_form_after_template = "appointments/booking_hints.html"
    empty_list_sentence = "Nobody is booked in these days. Book a visit from here or from a patient's page."
    add_fieldsets = [
        (None, {"fields": ["patient", "appointment_type", "practitioner", "starts_at"]}),
        ("If it matters", {"fields": ["room", "case", "note", "overlap_reason"]}),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("patient_link", "status_now"),
                    ("when", "until"),
                    ("practitioner", "room"),
                    "appointment_type",
                ]
            },
        ),
        ("For the front desk", {"fields": ["marks", "case", "note", "squeezed_in", "cancelled_why", "reminders"]}),
    ]
    # `starts_at` stands here so that the form of a booked visit does not ask for it: `move` changes it.
    readonly_fields = [
        "starts_at",
        "patient_link",
        "status_now",
        "when",
        "until",
        "practitioner",
        "room",
        "appointment_type",
        "marks",
        "case",
        "squeezed_in",
        "cancelled_why",
        "reminders",
    ]

    class Media:
        js = [Script("appointments/case_hints.js", type="module")]

    @admin.display(description="State", ordering="status")
    def status_now(self, appointment: Appointment) -> str:
        return state(appointment.status, standing_word(appointment, now=timezone.now()))

    @admin.display(description="When", ordering="starts_at")
    def when(self, appointment: Appointment) -> str:
        return showing.unbroken(showing.when(appointment.starts_at, appointment.location.zone))

    @admin.display(description="Until")
    def until(self, appointment: Appointment) -> str:
        return showing.clock(appointment.ends_at, appointment.location.zone)

    @admin.display(description="Patient")
    def patient_link(self, appointment: Appointment) -> str:
        if appointment.patient_id is None:
            return appointment.who
        place = reverse("admin:patients_patient_change", args=[appointment.patient_id])
        return format_html('<a class="nb-link" href="{}">{}</a>', place, appointment.patient)

    @admin.display(description="Alerts")
    def marks(self, appointment: Appointment) -> str:
        return (appointment.patient_id and marks(appointment.patient.alerts_now)) or "None that holds today"

    @admin.display(description="Squeezed in because")
    def squeezed_in(self, appointment: Appointment) -> str:
        return appointment.overlap_reason

    @admin.display(description="Cancelled because")
    def cancelled_why(self, appointment: Appointment) -> str:
        return ". ".join(filter(None, [appointment.get_cancel_reason_display(), appointment.cancel_note])) or "–"

    @admin.display(description="Reminders")
    def reminders(self, appointment: Appointment) -> str:
        planned = Message.objects.filter(subject_kind=reminding.SUBJECT_KIND, subject_id=appointment.pk)
        lines = (
            (
                message.get_channel_display(),
                showing.when(message.due_at, appointment.location.zone),
                state(message.state, message.get_state_display()),
                reasons.in_words(message.reason) if message.reason else "",
            )
            for message in planned.order_by("due_at")
        )
        return format_html_join("", "<div>{}, {} {} {}</div>", lines) or "None is planned"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        queryset = super().get_queryset(request)
        if request.resolver_match.url_name.endswith("_changelist"):
            return queryset
        whole = queryset.select_related("patient", "practitioner", "appointment_type", "room", "location", "case")
        return whole.prefetch_related(alerts_of_today("patient__alerts"))

    def get_fieldsets(self, request: HttpRequest, obj: Appointment | None = None) -> list:
        """Without the ledger for whom it is closed, and without a reason where nothing is cancelled."""
        hidden = set() if request.user.may(Permission.SEE_MESSAGES) else {"reminders"}
        if obj is not None and obj.status != Status.CANCELLED:
            hidden.add("cancelled_why")
        if obj is None and not request.user.may(Permission.SQUEEZE_IN):
            hidden.add("overlap_reason")
        if obj is not None and not obj.overlap_reason:
            hidden.add("squeezed_in")
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Appointment | None = None) -> list[str]:
        return self.readonly_fields if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        asked = super().get_changeform_initial_data(request)
        if "starts_at" in asked:
            try:
                asked["starts_at"] = datetime.fromisoformat(asked["starts_at"])
            except ValueError:
                del asked["starts_at"]
        return asked

    def title_of(self, row: Appointment | None) -> str:
        return self.saved_words(row) if row is not None and row.pk else "Book a visit"

    def get_urls(self) -> list:
        place = path("case-hints/", self.admin_site.admin_view(self.hints_view), name=self._name("case_hints"))
        return [place, *super().get_urls()]

    def hints_view(self, request: HttpRequest) -> HttpResponse:
        """The lines of the booking page about the case that is chosen, for its script."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return TemplateResponse(request, "appointments/case_hints.html", {"hints": _hints(request, request.GET)})

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        if context.get("original") is None:
            asked = request.POST or context["adminform"].form.initial
            context |= {"hints_place": reverse("admin:appointments_appointment_case_hints")}
            context |= {"case_hints": _hints(request, asked)}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Appointment, form: BookingForm, change: bool) -> None:
        if change:
            obj.save(update_fields=["note", "updated_at"])
            return
        now, asked = timezone.now(), form.cleaned_data
        with naming_the_next(
            appointment_type=asked["appointment_type"],
            practitioner=asked["practitioner"],
            patient_id=asked["patient"].pk,
            after=asked["starts_at"],
            now=now,
        ):
            allow_overlap = bool(asked.get("overlap_reason"))
            booked = booking.book(by=request.user, now=now, allow_overlap=allow_overlap, **asked)
        obj.pk, obj.location, obj.starts_at = booked.pk, booked.location, booked.starts_at

    def saved_words(self, row: Appointment) -> str:
        return f"{row.patient}, {showing.when(row.starts_at, row.location.zone)}"


def _hints(request: HttpRequest, asked: Mapping[str, Any]) -> Sequence[Hint]:
    """About the case that is chosen on the booking page, as far as it is filled in; each look at it is on record."""
    chosen = HintsForm(asked)
    case = chosen.case_visible_to(request.user)
    if case is None:
        return []
    now = timezone.now()
    return hints_for(
        case,
        starts_at=chosen.cleaned_data.get("starts_at") or now,
        practitioner=chosen.cleaned_data.get("practitioner"),
        is_booked=False,
        by=request.user,
        now=now,
        request_id=request.request_id,
    )


class SegmentInline(PartsInline):
    see = keep = Permission.SET_UP
    model = Segment
    fields = ["position", "kind", "minutes"]

    def has_delete_permission(self, request: HttpRequest, obj: AppointmentType | None = None) -> bool:
        """New segments hold for visits booked from now on; those in the book keep the times they took."""
        return self.has_change_permission(request, obj)


@admin.register(AppointmentType)
class AppointmentTypeAdmin(SetUpAdmin):
    list_display = ["name", "minutes", money_shown("Price", "price"), "bookable_online", standing]
    list_filter = ["bookable_online", "complimentary"]
    search_fields = ["name"]
    inlines = [SegmentInline]
    labels = {
        "buffer_before_minutes": "Minutes before",
        "buffer_after_minutes": "Minutes after",
        "open_to": "For",
        "min_age": "From age",
        "max_age": "Up to age",
        "practitioners": "Offered by",
        "rooms": "In",
        "needs_device": "With",
        "min_notice_minutes": "Notice, in minutes",
        "horizon_days": "Ahead, in days",
    }
    fieldsets = [
        (None, {"fields": ["name", "colour", ("price", "complimentary")]}),
        ("Around the visit", {"fields": [("buffer_before_minutes", "buffer_after_minutes")]}),
        ("For whom", {"fields": ["open_to", ("min_age", "max_age")]}),
        ("With whom and where", {"fields": ["practitioners", "rooms", "needs_device"]}),
        ("Booking online", {"fields": ["bookable_online", ("min_notice_minutes", "horizon_days")]}),
        ("Standing", {"fields": ["archived_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).prefetch_related("segments")

    @admin.display(description="Lasts")
    def minutes(self, kind: AppointmentType) -> str:
        return f"{sum(minutes for _, minutes in kind.segment_minutes())} min"

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "colour":
            kwargs["widget"] = UnfoldAdminColorInputWidget
        if db_field.name in self.labels:
            kwargs["label"] = self.labels[db_field.name]
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.many_to_many:
            # Without the ways to other pages: they are ticked here, and kept elsewhere.
            field.widget = field.widget.widget
        return field

    def formfield_for_manytomany(self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs |= {"widget": UnfoldAdminCheckboxSelectMultipleWidget}
        kwargs |= {"queryset": db_field.related_model.objects.active()}
        return super().formfield_for_manytomany(db_field, request, **kwargs)
