"""What the book's pages ask for: a booking, another time, a reason to cancel."""

from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget

from appointments import attending
from appointments.closing import YEARS
from appointments.models import Appointment, AppointmentType, TimeOff, WorkingHours
from clinic.acts import ActForm
from clinic.admin_base import NeedlebookForm
from clinic.models import Location, Practitioner, Room, User
from clinic.widgets import INPUT, SELECT, ClockWidget, DayWidget, MomentField
from patients.models import Case

EVERY = [("", "Once"), ("1", "Every week"), *((str(weeks), f"Every {weeks} weeks") for weeks in (2, 3, 4))]


class BookingForm(NeedlebookForm):
    """Everything that `booking.book` takes. The location, the end and, where none is chosen, the room are found."""

    starts_at = MomentField(label="Day and time")

    class Meta:
        model = Appointment
        fields = ["patient", "practitioner", "appointment_type", "starts_at", "room", "case", "note", "overlap_reason"]
        labels = {"overlap_reason": "Squeeze it in, because"}
        help_texts = {
            "overlap_reason": "Over the visit that is there, if the time is taken. Empty: it is refused then."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "room" in self.fields:
            self.fields["room"].required = False
            self.fields["room"].empty_label = "The first free one"
            self.fields["room"].queryset = Room.objects.active().select_related("location")
            self.fields["practitioner"].required = False
            self.fields["practitioner"].empty_label = "Anybody who is free"
            self.fields["practitioner"].queryset = Practitioner.objects.active()
            self.fields["appointment_type"].queryset = AppointmentType.objects.active()


class HintsForm(forms.Form):
    """What of the booking page says which case is meant and on which day; any of it may still be missing."""

    case = forms.ModelChoiceField(Case.objects.none(), required=False)
    practitioner = forms.ModelChoiceField(Practitioner.objects.active(), required=False)
    starts_at = MomentField(required=False, require_all_fields=False)

    def case_visible_to(self, user: User) -> Case | None:
        self.fields["case"].queryset = Case.objects.visible_to(user)
        self.full_clean()
        return self.cleaned_data.get("case")


class MoveForm(ActForm):
    starts_at = MomentField(label="New day and time")
    practitioner = forms.ModelChoiceField(Practitioner.objects.active(), widget=forms.Select(attrs=SELECT))
    room = forms.ModelChoiceField(
        Room.objects.active(),
        required=False,
        empty_label="The same if it is free, else the first free one",
        widget=forms.Select(attrs=SELECT),
    )

    def initial_for(self, row: Appointment) -> dict[str, Any]:
        return {"starts_at": row.starts_at, "practitioner": row.practitioner_id}


class SqueezeForm(MoveForm):
    overlap_reason = forms.CharField(label="Because", max_length=200, widget=forms.TextInput(attrs=INPUT))


class HolidaysForm(ActForm):
    year = forms.IntegerField(min_value=YEARS[0], max_value=YEARS[-1], widget=forms.NumberInput(attrs=INPUT))

    def initial_for(self, row: Location) -> dict[str, Any]:
        return {"year": timezone.localdate(timezone=row.zone).year}


class CancelForm(ActForm):
    """Asks whether it counts as late only where it would, by the practice's rule. Lateness that set in since the page
    was opened is told before it is recorded: the answer is missing then."""

    reason = forms.ChoiceField(choices=Appointment.REASONS_GIVEN, widget=forms.Select(attrs=SELECT))
    note = forms.CharField(required=False, max_length=300, widget=forms.TextInput(attrs=INPUT))
    late = forms.ChoiceField(
        choices=[("late", "Counts as late"), ("waived", "Does not count as late")],
        label="If the patient cancels",
        widget=forms.Select(attrs=SELECT),
    )
    waive_late = forms.CharField(
        required=False, max_length=200, label="Why it does not count", widget=forms.TextInput(attrs=INPUT)
    )

    def __init__(self, data: Any = None, *, row: Appointment) -> None:
        super().__init__(data, row=row)
        why = attending.why_late(row, now=timezone.now())
        if why:
            self.fields["late"].help_text = f"Now is {why}."
        else:
            del self.fields["late"], self.fields["waive_late"]

    def clean(self) -> dict[str, Any]:
        """What `attending.cancel` takes."""
        asked = super().clean()
        is_waived = asked.pop("late", "late") == "waived" and asked.get("reason") == Appointment.CancelReason.PATIENT
        if is_waived and not asked.get("waive_late"):
            self.add_error("waive_late", "Say why: it is kept with the visit.")
        return asked if is_waived else {name: asked[name] for name in ("reason", "note") if name in asked}


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
