"""What the pages about hours ask for."""

from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget

from appointments.hours.closing import YEARS
from appointments.models import TimeOff, WorkingHours
from clinic.acts import ActForm
from clinic.admin_base import NeedlebookForm
from clinic.models import Location, Practitioner
from clinic.widgets import INPUT, SELECT, ClockWidget, DayWidget, MomentField

EVERY = [("", "Once"), ("1", "Every week"), *((str(weeks), f"Every {weeks} weeks") for weeks in (2, 3, 4))]


class TimeOffForm(NeedlebookForm):
    """Everything that `resting.take` takes, which says what of it is missing."""

    first_day = forms.DateField(required=False, widget=DayWidget)
    last_day = forms.DateField(required=False, widget=DayWidget, help_text="Empty: the first day only.")
    starts_at = MomentField(label="From", required=False)
    ends_at = MomentField(label="Until", required=False)
    every_weeks = forms.TypedChoiceField(
        label="Again",
        required=False,
        coerce=int,
        empty_value=None,
        choices=EVERY,
        widget=UnfoldAdminSelectWidget,
    )
    until_on = forms.DateField(label="Until the day", required=False, widget=DayWidget)

    class Meta:
        model = TimeOff
        fields = ["practitioner", "starts_at", "ends_at", "reason"]


class OpenOnceForm(ActForm):
    location = forms.ModelChoiceField(Location.objects.active(), widget=forms.Select(attrs=SELECT))
    day = forms.DateField(widget=DayWidget)
    opens = forms.TimeField(widget=ClockWidget)
    closes = forms.TimeField(widget=ClockWidget)
    break_from = forms.TimeField(required=False, widget=ClockWidget, label="Break from")
    break_until = forms.TimeField(required=False, widget=ClockWidget, label="Break until")

    def initial_for(self, row: Practitioner) -> dict[str, Any]:
        """Where they work, if that is one place."""
        places = set(WorkingHours.objects.filter(practitioner=row).values_list("location", flat=True))
        return {"location": places.pop()} if len(places) == 1 else {}


class HolidaysForm(ActForm):
    year = forms.IntegerField(min_value=YEARS[0], max_value=YEARS[-1], widget=forms.NumberInput(attrs=INPUT))

    def initial_for(self, row: Location) -> dict[str, Any]:
        return {"year": timezone.localdate(timezone=row.zone).year}
