"""A course of treatments, booked from a patient's page: what is wished for, what would come of it, then the visits."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from appointments.models import AppointmentType, WorkingHours
from appointments.reasons import WORDS
from appointments.series.courses import Course, Found, Placed, book_course
from clinic import showing
from clinic.acts import Act, ActForm, Done
from clinic.models import Practitioner, User
from clinic.permissions import Permission
from clinic.widgets import INPUT, SELECT, ClockWidget, DayWidget
from patients.models import Case, Patient

# What only a search for a whole course meets.
SAID = WORDS | {
    "closed": "The clinic is closed then, or closes before the visit would end.",
    "outside_hours": "Nobody works then.",
    "past_horizon": "That is further ahead than this kind of visit is booked.",
    "notice_too_short": "That is at shorter notice than this kind of visit is booked.",
}
MOST_WEEKS = 52
USUAL = {"per_week": 2, "weeks": 6, "at": time(10)}


class CourseForm(ActForm):
    appointment_type = forms.ModelChoiceField(
        AppointmentType.objects.active(), label="Kind of visit", widget=forms.Select(attrs=SELECT)
    )
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.active(),
        required=False,
        empty_label="Anybody, one throughout if it can be",
        widget=forms.Select(attrs=SELECT),
    )
    case = forms.ModelChoiceField(
        Case.objects.none(), required=False, empty_label="None", widget=forms.Select(attrs=SELECT)
    )
    per_week = forms.IntegerField(
        label="Visits a week", min_value=1, max_value=7, widget=forms.NumberInput(attrs=INPUT)
    )
    weeks = forms.IntegerField(
        label="For how many weeks", min_value=1, max_value=MOST_WEEKS, widget=forms.NumberInput(attrs=INPUT)
    )
    from_on = forms.DateField(label="From the day", widget=DayWidget)
    weekdays = forms.TypedMultipleChoiceField(
        label="On which days",
        coerce=int,
        choices=WorkingHours._meta.get_field("weekday").choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Fewer days than visits a week: the others are spread over the week.",
    )
    at = forms.TimeField(label="At about", widget=ClockWidget)

    def __init__(self, data: Any = None, *, row: Patient) -> None:
        super().__init__(data, row=row)
        self.fields["case"].queryset = Case.objects.filter(patient=row, closed_on=None)

    def initial_for(self, row: Patient) -> dict[str, Any]:
        tomorrow = timezone.localdate() + timedelta(days=1)
        cases = list(Case.objects.filter(patient=row, closed_on=None).values_list("pk", flat=True)[:2])
        return USUAL | {"from_on": tomorrow, "case": cases[0] if len(cases) == 1 else None}

    def clean(self) -> dict[str, Any]:
        """What `book_course` takes."""
        asked = super().clean()
        at, weekdays = asked.pop("at", None), asked.pop("weekdays", ())
        return asked | {"times": [(weekday, at) for weekday in weekdays]}


def _foretell(*, row: Patient, by: User, now: datetime, **asked: Any) -> list[str]:
    course = book_course(patient=row, dry_run=True, by=by, now=now, **asked)
    return [_line(placed) for placed in course.placed]


def _line(placed: Placed) -> str:
    """`Tue 1 Dec, 10:00 am with Mere Ngata`, and if it is beside the wish, what the wish was and why."""
    zone = placed.location.zone
    wished, why = showing.when(placed.wished_at, zone), " ".join(SAID.get(code, "") for code in placed.reasons).strip()
    if placed.appointment is None:
        return f"{wished}: no free time in that week. {why}".strip()
    visit = f"{showing.when(placed.appointment.starts_at, zone)} with {placed.appointment.practitioner}"
    return visit if placed.found == Found.AS_WISHED else f"{visit}, instead of {wished}. {why}".strip()


def _book(*, row: Patient, by: User, now: datetime, **asked: Any) -> Done:
    course = book_course(patient=row, by=by, now=now, **asked)
    visits = reverse("admin:appointments_appointment_changelist")
    return Done(_sentence(course), go_to=f"{visits}?patient__id__exact={row.pk}")


def _sentence(course: Course) -> str:
    missing, shifted = len(course.found(Found.NOT_FOUND)), len(course.found(Found.SHIFTED))
    sentence = f"{len(course.placed) - missing} of {len(course.placed)} visits are booked"
    if shifted:
        sentence += f", {shifted} of them beside what was wished for"
    return f"{sentence}. For {missing} there was no free time." if missing else f"{sentence}."


BOOK_COURSE = Act(
    name="book-course",
    label="Book a course",
    needs=Permission.KEEP_BOOK,
    possible=lambda patient: patient.archived_at is None,
    form=CourseForm,
    do=_book,
    preview=_foretell,
    preview_label="See the times",
)
