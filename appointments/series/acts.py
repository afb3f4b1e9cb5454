"""What is done with visits that belong together, on the page of one of them; and which of them it is."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from appointments.models import Appointment
from appointments.series import changing, rules
from appointments.series.changing import Scope
from appointments.statuses import EXPECTED, LIVE
from clinic import showing
from clinic.acts import Act, ActForm, Done
from clinic.models import Practitioner, User
from clinic.permissions import Permission
from clinic.widgets import INPUT, SELECT, MomentField

# This visit alone has acts of its own beside these.
TOGETHER = [choice for choice in Scope.choices if choice[0] != Scope.THIS]


class ChangeForm(ActForm):
    scope = forms.ChoiceField(label="Which visits", choices=TOGETHER, widget=forms.Select(attrs=SELECT))
    starts_at = MomentField(
        label="This visit's new day and time", help_text="The others go as many days on, to the same time of day."
    )
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.active(),
        required=False,
        empty_label="As they are",
        widget=forms.Select(attrs=SELECT),
    )

    def initial_for(self, row: Appointment) -> dict[str, Any]:
        return {"starts_at": row.starts_at}


class CancelForm(ActForm):
    scope = forms.ChoiceField(label="Which visits", choices=TOGETHER, widget=forms.Select(attrs=SELECT))
    reason = forms.ChoiceField(choices=Appointment.REASONS_GIVEN, widget=forms.Select(attrs=SELECT))
    note = forms.CharField(required=False, max_length=300, widget=forms.TextInput(attrs=INPUT))


def _change(
    *, row: Appointment, by: User, now: datetime, scope: str, starts_at: datetime, practitioner: Practitioner | None
) -> Done:
    outcome = changing.change(
        series=row.series,
        appointment=row,
        scope=scope,
        starts_at=starts_at,
        practitioner=practitioner,
        by=by,
        now=now,
    )
    sentence = f"{visits_are(len(outcome.booked))} moved."
    for skipped in outcome.skipped:
        stays = showing.when(skipped.appointment.starts_at, skipped.location.zone)
        sentence += f" The one of {stays} stays: {skipped.refusal.detail}"
    return Done(sentence)


def _cancel(*, row: Appointment, by: User, now: datetime, **asked: str) -> Done:
    cancelled = changing.cancel(series=row.series, appointment=row, by=by, now=now, **asked)
    return Done(f"{visits_are(len(cancelled))} cancelled; their times are free again.")


def visits_are(number: int) -> str:
    """`1 visit is`, `3 visits are`"""
    return "1 visit is" if number == 1 else f"{number} visits are"


def _is_to_come(visit: Appointment) -> bool:
    return visit.series_id is not None and visit.status in EXPECTED


MOVE_TOGETHER = Act(
    name="move-series",
    label="Move with the later ones",
    needs=Permission.KEEP_BOOK,
    possible=_is_to_come,
    form=ChangeForm,
    do=_change,
)
CANCEL_TOGETHER = Act(
    name="cancel-series",
    label="Cancel with the later ones",
    needs=Permission.KEEP_BOOK,
    possible=_is_to_come,
    form=CancelForm,
    do=_cancel,
    style="danger",
    warning="The times become free at once, and no reminder leaves any more. What is past or attended stays.",
)


def panel(*, row: Model, user: User, now: datetime, request_id: str) -> SafeString | str:
    """`Visit 3 of 12 in a course`, above the page of a visit."""
    if row.series_id is None:
        return ""
    series = row.series
    numbers = list(
        series.appointments.filter(status__in=LIVE).order_by("occurrence_at", "pk").values_list("pk", flat=True)
    )
    what = "course" if series.is_course else "series"
    place = f"Visit {numbers.index(row.pk) + 1} of {len(numbers)} in a {what}" if row.pk in numbers else f"Of a {what}"
    way = reverse("admin:appointments_series_change", args=[series.pk])
    words = rules.parse(series.rule).in_words()
    return format_html('<p class="nb-notice"><a class="nb-link" href="{}">{}</a>. {}.</p>', way, place, words)
