"""Hours, time off and closed days as staff keep them by hand, and what of them is done on other pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from appointments.hours import closing, opening, resting
from appointments.hours.forms import HolidaysForm, OpenOnceForm, TimeOffForm
from appointments.models import ClosedDay, TimeOff, WorkingHours
from clinic import showing
from clinic.acts import Act, Done
from clinic.admin_base import NeedlebookAdmin
from clinic.models import Location, Practitioner, User
from clinic.permissions import Permission
from clinic.showing import day_shown, moment_shown, state


@admin.register(WorkingHours)
class WorkingHoursAdmin(NeedlebookAdmin):
    see = Permission.SEE_BOOK
    keep = Permission.SET_UP
    list_display = [
        "practitioner",
        "weekday",
        "opens",
        "closes",
        "location",
        day_shown("From", "valid_from"),
        day_shown("Until", "valid_to"),
    ]
    list_filter = ["practitioner", "weekday", "location"]
    list_select_related = ["practitioner", "location"]
    acts = [
        Act(
            name="open-once",
            label="Open on one day",
            needs=Permission.SET_UP,
            leads_to=lambda hours: reverse("admin:clinic_practitioner_act", args=[hours.practitioner_id, "open-once"]),
        )
    ]
    fields = [
        "practitioner",
        "location",
        "weekday",
        ("opens", "closes"),
        ("break_from", "break_until"),
        ("valid_from", "valid_to"),
    ]


def _give_back(scope: str) -> Callable[..., Done]:
    def give_back(*, row: TimeOff, by: User, now: datetime) -> Done:
        resting.give_back(time_off=row, scope=scope, by=by, now=now)
        return Done("Given back: that time can be booked again.")

    return give_back


def _giving_back(name: str, label: str, scope: str) -> Act:
    return Act(
        name=name,
        label=label,
        needs=Permission.KEEP_BOOK,
        possible=lambda off: off.cancelled_at is None and (scope == resting.Scope.THIS or off.together is not None),
        do=_give_back(scope),
    )


@admin.register(TimeOff)
class TimeOffAdmin(NeedlebookAdmin):
    see = Permission.SEE_BOOK
    keep = Permission.KEEP_BOOK
    form = TimeOffForm
    list_display = [
        "practitioner",
        moment_shown("From", "starts_at"),
        moment_shown("Until", "ends_at"),
        "reason",
        "standing",
    ]
    list_filter = ["practitioner"]
    list_select_related = ["practitioner"]
    date_hierarchy = "starts_at"
    empty_list_sentence = "Holidays, courses, sick days: nobody can be booked into them."
    fields = ["practitioner", "starts_at", "ends_at", "reason", "repeats"]
    readonly_fields = ["repeats"]
    add_fieldsets = [
        (None, {"fields": ["practitioner", "reason"]}),
        ("Whole days", {"fields": [("first_day", "last_day")]}),
        ("Or part of a day", {"fields": ["starts_at", "ends_at"]}),
        ("And again", {"fields": [("every_weeks", "until_on")]}),
    ]
    acts = [
        _giving_back("give-back", "Give back", resting.Scope.THIS),
        _giving_back("give-back-later", "Give back this and later", resting.Scope.THIS_AND_LATER),
        _giving_back("give-back-all", "Give back all", resting.Scope.ALL),
    ]

    @admin.display(description="Again")
    def repeats(self, off: TimeOff) -> str:
        if off.together is None:
            return "Once"
        others = TimeOff.objects.filter(together=off.together, cancelled_at=None)
        return f"One of {others.count()} that stand and were entered together"

    @admin.display(description="State", ordering="cancelled_at")
    def standing(self, off: TimeOff) -> str:
        return state("archived", "Given back") if off.cancelled_at else state("active", "Away")

    def why_read_only(self, row: TimeOff) -> str:
        if row.cancelled_at:
            return "This time was given back."
        return "Time off is not changed: give it back, and enter it again."

    def title_of(self, row: TimeOff | None) -> str:
        return f"{row.practitioner}: {row}" if row is not None and row.pk else "New time off"

    def save_model(self, request: HttpRequest, obj: TimeOff, form: TimeOffForm, change: bool) -> None:
        obj.pk = resting.take(by=request.user, now=timezone.now(), **form.cleaned_data).pk


@admin.register(ClosedDay)
class ClosedDayAdmin(NeedlebookAdmin):
    see = Permission.SEE_BOOK
    keep = Permission.SET_UP
    list_display = ["name", day_shown("Day", "day"), "location"]
    list_filter = ["location"]
    list_select_related = ["location"]
    date_hierarchy = "day"
    fields = ["location", "day", "name"]
    empty_list_sentence = "Public holidays and staff days: the clinic is closed and nobody can be booked."


def _close(*, row: Location, by: User, now: datetime, year: int) -> Done:
    days = closing.close_on_public_holidays(location=row, year=year, by=by)
    sentence = f"Closed on {len(days)} public holidays of {year}." if days else f"All those of {year} stand there."
    booked = closing.booked_on(days)
    if booked:
        sentence += f" {booked} {'visit is' if booked == 1 else 'visits are'} booked on them: speak with who comes."
    return Done(sentence, go_to=f"{reverse('admin:appointments_closedday_changelist')}?day__year={year}")


def _open_once(*, row: Practitioner, by: User, now: datetime, **asked: Any) -> Done:
    hours = opening.open_once(practitioner=row, by=by, now=now, **asked)
    begins, ends = hours.hours_on(hours.valid_from)
    zone = hours.location.zone
    return Done(
        f"{row} is in {hours.location} on {showing.day(hours.valid_from)}, "
        f"{showing.clock(begins, zone)} to {showing.clock(ends, zone)}."
    )


# On the pages of a floor below: of a practitioner, of a location.


OPEN_ONCE = Act(
    name="open-once",
    label="Open on one day",
    needs=Permission.SET_UP,
    possible=lambda practitioner: practitioner.archived_at is None,
    form=OpenOnceForm,
    do=_open_once,
)
CLOSE_ON_HOLIDAYS = Act(
    name="public-holidays",
    label="Close on public holidays",
    needs=Permission.SET_UP,
    possible=lambda location: location.archived_at is None,
    form=HolidaysForm,
    do=_close,
)
