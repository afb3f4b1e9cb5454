"""What the address of a booking page says has been chosen, and the addresses of what can be chosen next."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from appointments.models import Appointment, AppointmentType
from appointments.online import offering
from appointments.online.days import FORTNIGHT, fortnight, zones_in_words
from appointments.searching.finding import Slot
from clinic.models import Location, Practitioner

ANYBODY = "any"


class Asked:
    """What the address of a page says about the time. What it says wrongly counts as not chosen."""

    now: datetime
    zone: ZoneInfo
    kind: AppointmentType | None

    def _moment(self, text: str) -> datetime | None:
        try:
            moment = parse_datetime(text)
            return moment.astimezone(self.zone) if moment is not None and moment.tzinfo is not None else None
        except (ValueError, OverflowError):
            return None

    def _day(self, text: str) -> date:
        """The first of the fortnight: not before today, and not after the last day that can be booked."""
        today = self.now.astimezone(self.zone).date()
        try:
            asked = parse_date(text) or today
        except ValueError:
            asked = today
        last = today + timedelta(days=self.kind.horizon_days if self.kind else 0)
        return min(max(asked, today), last)


class Choice(Asked):
    """What the address says has been chosen. What it says wrongly counts as not chosen: the step is asked again.

    Raises 404 `not_online`.
    """

    # Nothing is moved: the visit is a new one.
    visit: Appointment | None = None

    def __init__(self, said: Mapping[str, str]) -> None:
        self.now = timezone.now()
        self.practice = offering.practice_open_online()
        self.kinds = offering.kinds()
        self.kind = next((kind for kind in self.kinds if str(kind.pk) == said.get("type")), None)
        self.offering = offering.practitioners([self.kind])[self.kind.pk] if self.kind else []
        self.asked_with = said.get("with", "")
        self.practitioner: Practitioner | None = next(
            (row for row in self.offering if str(row.pk) == self.asked_with), None
        )
        if len(self.offering) == 1:
            self.practitioner = self.offering[0]
        self.at = self._moment(said.get("at", ""))
        self.from_on = self._day(said.get("from", ""))

    @property
    def is_with_open(self) -> bool:
        return self.practitioner is None and self.asked_with != ANYBODY

    @property
    def zone(self) -> ZoneInfo:
        return self.practice.zone

    @property
    def minutes(self) -> int:
        return minutes_of(self.kind)

    def place(self, **changed: object) -> str:
        """The address of the page with this chosen, and `changed` besides."""
        who = self.practitioner.pk if self.practitioner else self.asked_with
        chosen = {"type": self.kind.pk if self.kind else None, "with": who}
        said = {name: value for name, value in (chosen | changed).items() if value not in {None, ""}}
        return f"{reverse('book')}?{urlencode(said)}"

    def to_kinds(self) -> str:
        return reverse("book")

    def to_with(self) -> str:
        return self.place(**{"with": None}) if len(self.offering) > 1 else ""

    def to_anybody(self) -> str:
        return self.place(**{"with": ANYBODY})

    def to_each(self) -> list[tuple[Practitioner, str]]:
        return [(row, self.place(**{"with": row.pk})) for row in self.offering]

    def to_times(self) -> str:
        return self.place()


class OtherTime(Asked):
    """The same for a visit that its patient moves: its kind is given, and with whom unless the address says other."""

    def __init__(self, visit: Appointment, token: str, said: Mapping[str, str]) -> None:
        self.visit, self.token, self.now = visit, token, timezone.now()
        self.kind, self.zone = visit.appointment_type, visit.location.zone
        self.offering = offering.practitioners([self.kind])[self.kind.pk]
        asked_with = said.get("with", "")
        self.practitioner = next((row for row in self.offering if str(row.pk) == asked_with), visit.practitioner)
        self.at = self._moment(said.get("at", ""))
        self.from_on = self._day(said.get("from", ""))

    def place(self, **changed: object) -> str:
        said = {"with": self.practitioner.pk} | changed
        return f"{reverse('another-time', args=[self.token])}?{urlencode(said)}"

    def to_times(self) -> str:
        return self.place()

    def to_others(self) -> list[tuple[Practitioner, str]]:
        """With whom else, and where their times are."""
        return [(row, self.place(**{"with": row.pk})) for row in self.offering if row != self.practitioner]


def wished(choice: Choice | OtherTime) -> dict[str, Any]:
    """What is asked of `offering`."""
    return {"kind": choice.kind, "practitioner": choice.practitioner, "moving": choice.visit, "now": choice.now}


def minutes_of(kind: AppointmentType) -> int:
    return sum(minutes for _, minutes in kind.segment_minutes())


def local(slot: Slot) -> tuple[datetime, str]:
    return slot.starts_at.astimezone(slot.location.zone), slot.location.name


def times_of(choice: Choice | OtherTime) -> dict[str, Any]:
    """The fortnight from the chosen day, and where to go on from there."""
    asked = wished(choice)
    last = choice.from_on + timedelta(days=FORTNIGHT - 1)
    slots = offering.starts(from_on=choice.from_on, to_on=last, **asked)
    has_places = Location.objects.active().count() > 1
    shown = [(at, name if has_places else "") for at, name in map(local, slots)]
    today = choice.now.astimezone(choice.zone).date()
    found: dict[str, Any] = {
        "days": fortnight(shown, from_on=choice.from_on),
        "last": last,
        "zones": zones_in_words([at for at, _ in shown]),
    }
    if choice.from_on > today:
        found["before"] = choice.place(**{"from": max(today, choice.from_on - timedelta(days=FORTNIGHT))})
    if last < today + timedelta(days=choice.kind.horizon_days):
        found["after"] = choice.place(**{"from": last + timedelta(days=1)})
    if not shown and (first := offering.next_start(after=last, **asked)):
        day = local(first)[0].date()
        found["next_day"], found["next_place"] = day, choice.place(**{"from": day})
    return found


def others_near(choice: Choice | OtherTime) -> list[tuple[datetime, str]]:
    """Free times around the one that cannot be had."""
    found = offering.nearest(to=choice.at, **wished(choice))
    return [local(slot) for slot in found if slot.starts_at != choice.at]
