"""Who of the waiting list could come in the days that a diary shows, beside the grid: from what it has read already
and a few queries more, the same for any number who wait."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from appointments.availability import Interval, Resources, Window, search
from appointments.limits import ages_allowed, is_offered_by, is_suited_by
from appointments.models import AppointmentType, WaitlistEntry
from appointments.models.types import LONGEST_BUFFER_MINUTES
from appointments.occupying import occupancy_of
from appointments.waiting.matching import Wanted
from appointments.waiting.offering import parts_of_day, wanted_by
from appointments.waiting.wording import open_offer, parts_in_words, with_whom
from clinic import showing
from clinic.models import Device, Practice, Practitioner, Room
from clinic.permissions import Permission
from frontdesk.diary.gathering import Book

# Read at a glance; all of them have a page.
SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A line: `fits` is the first free time that suits, or empty; `acts` are labels with their ways."""

    entry: WaitlistEntry
    wants: str
    fits: str
    standing: str
    acts: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class WaitingList:
    lines: list[Waiting] = field(default_factory=list)
    more: int = 0


def waiting_of(book: Book, practitioner: Practitioner | None = None) -> WaitingList:
    """Whom a free time of these days suits first, then those whose days they are; each in the order of the list.

    `practitioner`: whose days are shown, where they are one person's.
    """
    days = [day for day in book.days if day >= timezone.localdate(book.now, book.zone)]
    entries = [entry for entry in _entries(book, days) if _is_of(entry, book, days, practitioner)]
    if not entries:
        return WaitingList()
    free = _Free(book, days, practitioner)
    found = [(entry, free.first_for(entry)) for entry in entries]
    found.sort(key=lambda one: one[1] is None)
    lines = [_line(book, entry, fit) for entry, fit in found[:SHOWN]]
    return WaitingList(lines=lines, more=len(found) - len(lines))


def _entries(book: Book, days: Sequence[date]) -> Iterable[WaitlistEntry]:
    if not days:
        return []
    rows = WaitlistEntry.objects.visible_to(book.user).waiting().in_order()
    rows = rows.filter(Q(until_on=None) | Q(until_on__gte=days[0]), from_on__lte=days[-1])
    return rows.select_related("patient", "appointment_type", "moving").prefetch_related(
        "practitioners",
        "offers",
        "appointment_type__segments",
        "appointment_type__practitioners",
        "appointment_type__rooms",
    )


def _is_of(entry: WaitlistEntry, book: Book, days: Sequence[date], practitioner: Practitioner | None) -> bool:
    wanted = wanted_by(entry)
    return any(
        wanted.suits_day(
            day, practitioners=_at_work(book, day, practitioner), location=book.location.pk, zone=book.zone
        )
        for day in days
        if day not in book.closed
    )


def _at_work(book: Book, day: date, practitioner: Practitioner | None) -> set[int]:
    return {practitioner.pk} if practitioner else {who.pk for who in book.at_work(day)}


def _line(book: Book, entry: WaitlistEntry, fit: str | None) -> Waiting:
    minutes = sum(minutes for _, minutes in entry.appointment_type.segment_minutes())
    offer = open_offer(entry)
    return Waiting(
        entry=entry,
        wants=f"{entry.appointment_type}, {minutes} min, {with_whom(entry)}, {parts_in_words(entry)}",
        fits=fit or "",
        standing=f"Offered until {showing.clock(offer.expires_at, book.zone)}" if offer else "Waiting",
        acts=[] if offer or not book.user.may(Permission.KEEP_BOOK) else list(_acts(entry)),
    )


def _acts(entry: WaitlistEntry) -> Iterator[tuple[str, str]]:
    for label, name in (("Offer", "offer"), ("Book", "give")):
        yield label, reverse("admin:appointments_waitlistentry_act", args=[entry.pk, name])


class _Free:
    """The free time of the days shown, of everybody and everything that the book has read."""

    def __init__(self, book: Book, days: Sequence[date], practitioner: Practitioner | None) -> None:
        self.book, self.days = book, days
        self.rooms = list(Room.objects.active().filter(location=book.location).order_by("name", "pk"))
        devices = Device.objects.active().filter(location=book.location).order_by("name", "pk")
        self.devices = [(device.pk, device.kind) for device in devices]
        self.parts = parts_of_day(Practice.objects.current())
        self.people = {day: [practitioner] if practitioner else book.at_work(day) for day in days}
        self.windows = {day: _window(book, day) for day in days}
        self.taken = defaultdict(list)
        for visit in book.visits:
            for row in occupancy_of(visit) if visit.is_live else ():
                self.taken[row.resource_kind, row.resource_id].append((row.during.lower, row.during.upper))
        for off in book.away:
            self.taken["practitioner", off.practitioner_id].append((off.starts_at, off.ends_at))

    def first_for(self, entry: WaitlistEntry) -> str | None:
        """`2:15 pm, Lin Zhao`, and the day where several are shown; nothing for whom another time is held."""
        if open_offer(entry) is not None:
            return None
        wanted, said = wanted_by(entry), showing.clock if len(self.book.days) == 1 else showing.when
        starts = (found for day in self.days for found in self._starts(entry, wanted, day))
        first = next(starts, None)
        return first and f"{said(first[0], self.book.zone)}, {first[1]}"

    def _starts(self, entry: WaitlistEntry, wanted: Wanted, day: date) -> Iterator[tuple[datetime, Practitioner]]:
        found = [
            (moment, practitioner)
            for practitioner in self.people[day]
            for moment in self._moments(entry, day, practitioner)
            if wanted.suits(
                moment,
                practitioner=practitioner.pk,
                location=self.book.location.pk,
                zone=self.book.zone,
                parts=self.parts,
            )
        ]
        return iter(sorted(found, key=lambda one: one[0]))

    def _moments(self, entry: WaitlistEntry, day: date, practitioner: Practitioner) -> Iterator[datetime]:
        """As the search of free times has it, for this one day."""
        kind, window = entry.appointment_type, self.windows[day]
        if not (_offers(practitioner, kind, day) and _is_of_age(entry, day)):
            return
        rooms = [room for room in self.rooms if is_suited_by(kind, room)]
        resources = Resources(
            opened=window.free(self.book.opened(day, practitioner)),
            practitioner=self._free(window, "practitioner", practitioner.pk),
            rooms={room.pk: self._free(window, "room", room.pk) for room in rooms},
            devices=self._devices(window, kind),
            patient=self._free(window, "patient", entry.patient_id),
            limits={"of_the_hour": window.free([_ahead(kind, self.book.now)])},
        )
        buffers = (kind.buffer_before_minutes, kind.buffer_after_minutes)
        answer = search(window, kind.segment_minutes(), resources, buffers=buffers)
        for _, moment in window.moments(answer.starts):
            yield moment

    def _devices(self, window: Window, kind: AppointmentType) -> dict[int, int] | None:
        if not kind.needs_device:
            return None
        numbers = [number for number, of_kind in self.devices if of_kind == kind.needs_device]
        return {number: self._free(window, "device", number) for number in numbers}

    def _free(self, window: Window, kind: str, number: int) -> int:
        return window.everything & ~window.taken(self.taken[kind, number])


def _window(book: Book, day: date) -> Window:
    """Wide enough for the buffers around a visit at the edges of the day."""
    shown, margin = book.shown(day), timedelta(minutes=LONGEST_BUFFER_MINUTES)
    return Window.of(shown.begins - margin, shown.moment(shown.steps) + margin)


def _ahead(kind: AppointmentType, now: datetime) -> Interval:
    return now + timedelta(minutes=kind.min_notice_minutes), now + timedelta(days=kind.horizon_days)


def _offers(practitioner: Practitioner, kind: AppointmentType, day: date) -> bool:
    expires = practitioner.practising_certificate_expires_on
    return is_offered_by(kind, practitioner) and (expires is None or day <= expires)


def _is_of_age(entry: WaitlistEntry, day: date) -> bool:
    first, last = ages_allowed(entry.appointment_type, entry.patient.date_of_birth)
    return (first is None or first <= day) and (last is None or day <= last)
