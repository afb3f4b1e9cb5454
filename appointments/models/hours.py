from datetime import datetime

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from clinic.models import Location, Practitioner
from clinic.models.base import Dated
from clinic.permissions import Permission
from clinic.wall import hours_on_the_wall


class HoursQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.may(Permission.SEE_BOOK) else self.none()


def _date_range():
    return Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange")


def _time_range():
    """Times of day as seconds: PostgreSQL has no range of time."""
    seconds = [
        models.functions.Cast(models.functions.Extract(F(name), "epoch"), output_field=models.IntegerField())
        for name in ("opens", "closes")
    ]
    return Func(*seconds, function="int4range")


@pghistory.track()
class WorkingHours(Dated):
    """A practitioner's weekly wall-clock hours at a location. Weekday 0 is Monday.

    A break is a stretch of them into which nobody is booked. Hours whose first day is their last are an opening on
    that day only.
    """

    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="working_hours")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(
        choices=list(enumerate(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]))
    )
    opens = models.TimeField()
    closes = models.TimeField()
    break_from = models.TimeField(null=True, blank=True)
    break_until = models.TimeField(null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    objects = HoursQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "working hours"
        ordering = ["practitioner", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6),
                name="hours_weekday",
                violation_error_code="weekday_unknown",
                violation_error_message="A week has seven days, 0 (Monday) to 6 (Sunday).",
            ),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="hours_close_after_opening",
                violation_error_code="closes_before_opening",
                violation_error_message="The hours end before they begin.",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="hours_valid_period",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The last day lies before the first.",
            ),
            models.CheckConstraint(
                condition=Q(break_from__isnull=True, break_until__isnull=True)
                | Q(break_from__isnull=False, break_until__isnull=False),
                name="hours_break_whole",
                violation_error_code="break_incomplete",
                violation_error_message="A break has a beginning and an end.",
            ),
            models.CheckConstraint(
                condition=Q(break_from__isnull=True)
                | Q(break_until__gt=F("break_from"), break_from__gte=F("opens"), break_until__lte=F("closes")),
                name="hours_break_within",
                violation_error_code="break_outside_hours",
                violation_error_message="A break ends after it begins, and lies within the hours.",
            ),
            ExclusionConstraint(
                name="hours_do_not_overlap",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (_date_range(), RangeOperators.OVERLAPS),
                    (_time_range(), RangeOperators.OVERLAPS),
                ],
                violation_error_code="hours_overlap",
                violation_error_message="These hours overlap others of the same practitioner.",
            ),
        ]

    def holds_on(self, day) -> bool:
        """Whether these are the hours of that local date."""
        is_valid = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return is_valid and self.weekday == day.weekday()

    def hours_on(self, day) -> tuple[datetime, datetime]:
        """The instants between which these hours lie on a local date, breaks included. Reads the location."""
        return hours_on_the_wall(day, self.opens, self.closes, self.location.zone)

    def break_on(self, day) -> tuple[datetime, datetime] | None:
        if self.break_from is None:
            return None
        return hours_on_the_wall(day, self.break_from, self.break_until, self.location.zone)

    def opened_on(self, day) -> list[tuple[datetime, datetime]]:
        """The hours without the break; what the clocks skip is no time at all."""
        opens, closes = self.hours_on(day)
        away = self.break_on(day)
        stretches = [(opens, closes)] if away is None else [(opens, away[0]), (away[1], closes)]
        return [(begins, ends) for begins, ends in stretches if begins < ends]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


@pghistory.track()
class TimeOff(Dated):
    """Away: it owns occupancy, so nobody can be booked into it. What repeats is a row each time."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="time_off")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=80, blank=True)
    together = models.UUIDField(
        null=True, blank=True, editable=False, db_index=True, help_text="The same in all that were entered as one."
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = HoursQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "time off"
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="time_off_ends_after_it_starts",
                violation_error_code="ends_before_it_begins",
                violation_error_message="The end lies before the beginning.",
            )
        ]

    def __str__(self) -> str:
        return self.reason or "Away"


@pghistory.track()
class ClosedDay(Dated):
    """A day on which a location is closed: a public holiday, a staff day."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="closed_days")
    day = models.DateField()
    name = models.CharField(max_length=80)

    objects = HoursQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "day"],
                name="closed_day_once",
                violation_error_code="closed_day_exists",
                violation_error_message="This location is closed on that day already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"
