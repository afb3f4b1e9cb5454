"""What the book's pages ask for: a booking, another time, a reason to cancel."""

from typing import Any

from django import forms
from django.utils import timezone

from appointments import attending
from appointments.models import Appointment, AppointmentType
from clinic.acts import ActForm
from clinic.admin_base import NeedlebookForm
from clinic.models import Practitioner, Room, User
from clinic.widgets import INPUT, SELECT, MomentField
from patients.models import Case


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
            self.fields["late"].help_text = f"It would be cancelled {why}."
        else:
            del self.fields["late"], self.fields["waive_late"]

    def clean(self) -> dict[str, Any]:
        """What `attending.cancel` takes."""
        asked = super().clean()
        is_waived = asked.pop("late", "late") == "waived" and asked.get("reason") == Appointment.CancelReason.PATIENT
        if is_waived and not asked.get("waive_late"):
            self.add_error("waive_late", "Say why: it is kept with the visit.")
        return asked if is_waived else {name: asked[name] for name in ("reason", "note") if name in asked}
