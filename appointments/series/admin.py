"""Series and courses by hand: what was agreed, its visits with how each stands, and what is done with those to come.

A series is booked and changed by acts on a patient's page and on its visits; here nothing is typed over.
"""

from datetime import datetime

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from appointments.models import Appointment, Series
from appointments.series import changing, rules
from appointments.series.acts import visits_are
from appointments.series.changing import Scope
from appointments.standing import in_words as standing_word
from clinic import showing
from clinic.acts import Act, ActForm, Done
from clinic.admin_base import NeedlebookAdmin
from clinic.models import User
from clinic.permissions import Permission
from clinic.showing import day, link, link_shown, state
from clinic.widgets import INPUT, SELECT


class CancelForm(ActForm):
    reason = forms.ChoiceField(choices=Appointment.REASONS_GIVEN, widget=forms.Select(attrs=SELECT))
    note = forms.CharField(required=False, max_length=300, widget=forms.TextInput(attrs=INPUT))


def _cancel(*, row: Series, by: User, now: datetime, **asked: str) -> Done:
    cancelled = changing.cancel(series=row, appointment=None, scope=Scope.ALL, by=by, now=now, **asked)
    return Done(f"{visits_are(len(cancelled))} cancelled; their times are free again.")


def _next_of(series: Series) -> Appointment | None:
    return series.appointments.to_come(now=timezone.now()).order_by("occurrence_at", "pk").first()


def _goes_on(series: Series) -> bool:
    return _next_of(series) is not None


def _place_of_move(series: Series) -> str:
    back = reverse("admin:appointments_series_change", args=[series.pk])
    return f"{reverse('admin:appointments_appointment_act', args=[_next_of(series).pk, 'move-series'])}?next={back}"


# On the page of a patient, a floor below.
SERIES_OF_PATIENT = Act(
    name="series",
    label="Series",
    needs=Permission.SEE_BOOK,
    possible=lambda patient: patient.series.exists(),
    leads_to=lambda patient: f"{reverse('admin:appointments_series_changelist')}?patient__id__exact={patient.pk}",
)


class EndedFilter(admin.SimpleListFilter):
    title = "how it stands"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: NeedlebookAdmin) -> list[tuple[str, str]]:
        return [("on", "Going on"), ("ended", "Ended")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "on":
            return queryset.filter(visits_to_come__gt=0)
        return queryset.filter(visits_to_come=0) if self.value() == "ended" else queryset


def what(series: Series) -> str:
    """`Course, Follow-up`"""
    return f"{'Course' if series.is_course else 'Series'}, {series.appointment_type}"


@admin.register(Series)
class SeriesAdmin(NeedlebookAdmin):
    see = Permission.SEE_BOOK
    list_display = ["patient", "kind", "with_whom", "how_often", "span", "standing"]
    list_filter = [
        EndedFilter,
        "is_course",
        "practitioner",
        ("patient", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["patient", "practitioner", "appointment_type", "location"]
    search_fields = ["patient__search_text"]
    search_help_text = "Patient"
    date_hierarchy = "first_on"
    ordering = ["-first_on", "-id"]
    empty_list_sentence = "Visits that belong together. Book a course on a patient's page."
    acts = [
        Act(
            name="move",
            label="Move those to come",
            needs=Permission.KEEP_BOOK,
            possible=_goes_on,
            leads_to=_place_of_move,
        ),
        Act(
            name="cancel",
            label="Cancel those to come",
            needs=Permission.KEEP_BOOK,
            possible=_goes_on,
            form=CancelForm,
            do=_cancel,
            style="danger",
            warning="The times become free at once, and no reminder leaves any more. What is past or attended stays.",
        ),
    ]
    fieldsets = [
        (None, {"fields": [("whose", "standing"), ("kind", "with_whom"), ("how_often", "span"), "which", "goes_on"]}),
        (None, {"fields": ["occurrences"]}),
    ]
    readonly_fields = [
        "whose",
        "standing",
        "kind",
        "with_whom",
        "how_often",
        "span",
        "which",
        "goes_on",
        "occurrences",
    ]

    whose = staticmethod(link_shown("Patient", "patient", "patients_patient"))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request).with_visits(now=timezone.now())
        return rows.select_related("patient", "practitioner", "appointment_type", "location", "room", "case")

    def get_fieldsets(self, request: HttpRequest, obj: Series | None = None) -> list:
        """Without a case where there is none, and without what went before where nothing did."""
        hidden = set() if request.user.may(Permission.SEE_PATIENTS) and obj and obj.case_id else {"which"}
        if obj is not None and not _neighbours(obj):
            hidden.add("goes_on")
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in super().get_fieldsets(request, obj)
        ]

    @admin.display(description="What", ordering="appointment_type__name")
    def kind(self, series: Series) -> str:
        return what(series)

    @admin.display(description="With", ordering="practitioner__display_name")
    def with_whom(self, series: Series) -> str:
        return str(series.practitioner or "Whoever was free")

    @admin.display(description="How often")
    def how_often(self, series: Series) -> str:
        return f"{rules.parse(series.rule).in_words()}, at {series.at:%-I:%M} {f'{series.at:%p}'.lower()}"

    @admin.display(description="From and to", ordering="first_on")
    def span(self, series: Series) -> str:
        if series.last_starts_at is None:
            return f"From {day(series.first_on)}"
        return (
            f"{day(series.first_on)} to {day(timezone.localtime(series.last_starts_at, series.location.zone).date())}"
        )

    @admin.display(description="State", ordering="visits_to_come")
    def standing(self, series: Series) -> str:
        if not series.visits_to_come:
            return state("archived", "Ended")
        return state("active", f"{series.visits_to_come} of {series.visits} to come")

    @admin.display(description="Case")
    def which(self, series: Series) -> SafeString:
        return link("patients_case", series.case_id, series.case)

    @admin.display(description="Goes on from, or in")
    def goes_on(self, series: Series) -> SafeString:
        """Where a series was parted in two, the other part."""
        return showing.happened((day(other.first_on), _link(other), "") for other in _neighbours(series))

    @admin.display(description="Visits")
    def occurrences(self, series: Series) -> SafeString:
        """Each leads to its page, where it is moved or cancelled by itself or with the later ones."""
        now = timezone.now()
        visits = series.appointments.select_related("practitioner", "room", "location").order_by("starts_at", "pk")
        lines = [_line(visit, series, now) for visit in visits]
        return showing.happened(lines) if lines else SafeString("None is in the book.")

    def why_read_only(self, row: Series) -> str:
        return "What was agreed is not typed over: its visits are moved or cancelled, one by one or together."

    def title_of(self, row: Series | None) -> str:
        return f"{what(row)}: {row.patient}" if row is not None and row.pk else "Series"


def _neighbours(series: Series) -> list[Series]:
    near = models.Q(pk=series.follows_id) | models.Q(follows=series)
    return list(Series.objects.filter(near).select_related("appointment_type").order_by("first_on", "pk"))


def _link(series: Series) -> SafeString:
    return link("appointments_series", series.pk, rules.parse(series.rule).in_words())


def _line(visit: Appointment, series: Series, now: datetime) -> tuple[str, SafeString, str]:
    zone = visit.location.zone
    page = reverse("admin:appointments_appointment_change", args=[visit.pk])
    back = reverse("admin:appointments_series_change", args=[series.pk])
    words = format_html(
        '<a class="nb-link" href="{}?next={}">{}, {}</a> {}',
        page,
        back,
        visit.practitioner,
        visit.room,
        state(visit.status, standing_word(visit, now=now)),
    )
    is_moved = visit.starts_at != visit.occurrence_at
    return (
        showing.when(visit.starts_at, zone),
        words,
        (f"instead of {showing.when(visit.occurrence_at, zone)}" if is_moved and not series.is_course else ""),
    )
