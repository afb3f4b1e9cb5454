"""The columns of a diary: practitioners or rooms of a day side by side, or the days of a practitioner's week."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse

from appointments import standing
from appointments.models import Appointment, TimeOff
from appointments.occupying import hands_on_of
from appointments.statuses import EXPECTED
from clinic import showing
from clinic.models import Practitioner, Room
from clinic.permissions import Permission
from frontdesk.diary.gathering import Book
from frontdesk.diary.layout import STEP, Day, Interval, Place, gaps, places
from patients.models import Alert


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch in steps from the beginning of what holds it, and what it is."""

    first: int
    length: int
    word: str = ""


@dataclass(frozen=True, kw_only=True)
class Block:
    visit: Appointment
    place: Place
    parts: list[Part]
    at: str
    until: str
    about: str
    standing: str
    alerts: list[Alert]
    can_move: bool


@dataclass(frozen=True, kw_only=True)
class Gap:
    """`query` is what a booking takes on from it."""

    step: int
    at: str
    href: str
    query: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """`begins` is the first moment shown, with the wall's offset. `takes_on` is what a visit that is dropped here
    takes on besides the time: a practitioner or a room."""

    day: date
    title: str
    href: str
    begins: str
    takes_on: dict[str, int]
    closed: str
    opened: list[Part]
    away: list[Part]
    blocks: list[Block]
    gaps: list[Gap]
    now: int | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A column before it is filled: whose hours it has, and which visits and times off belong into it."""

    day: date
    title: str
    opened: list[Interval]
    holds: Callable[[Appointment], bool]
    is_away: Callable[[TimeOff], bool]
    takes_on: dict[str, int]
    breaks: list[Interval] = field(default_factory=list)
    href: str = ""
    hands_only: bool = True


def by_practitioner(book: Book) -> list[Column]:
    [day] = book.days
    return [_filled(book, _of(book, day, who, title=who.display_name), _where) for who in book.at_work(day)]


def by_day(book: Book, practitioner: Practitioner) -> list[Column]:
    place = reverse("admin:diary")
    wanted = (
        _of(book, day, practitioner, title=f"{day:%a %-d %b}", href=f"{place}?{urlencode({'day': day})}")
        for day in book.days
    )
    return [_filled(book, column, _where) for column in wanted]


def by_room(book: Book) -> list[Column]:
    """A room is taken while its patient rests, too."""
    [day] = book.days
    wanted = (
        Wanted(
            day=day,
            title=room.name,
            opened=book.opened(day),
            holds=lambda visit, room=room: visit.room_id == room.pk,
            is_away=lambda off: False,
            takes_on={"room": room.pk},
            hands_only=False,
        )
        for room in Room.objects.active().filter(location=book.location).order_by("name", "pk")
    )
    return [_filled(book, column, _with_whom) for column in wanted]


def _where(visit: Appointment) -> str:
    return f"{visit.appointment_type}, {visit.room}"


def _with_whom(visit: Appointment) -> str:
    return f"{visit.appointment_type}, {visit.practitioner}"


def _of(book: Book, day: date, practitioner: Practitioner, *, title: str, href: str = "") -> Wanted:
    return Wanted(
        day=day,
        title=title,
        href=href,
        opened=book.opened(day, practitioner),
        breaks=book.breaks(day, practitioner),
        holds=lambda visit: visit.practitioner_id == practitioner.pk,
        is_away=lambda off: off.practitioner_id == practitioner.pk,
        takes_on={"practitioner": practitioner.pk},
    )


def _filled(book: Book, wanted: Wanted, about: Callable[[Appointment], str]) -> Column:
    shown = book.shown(wanted.day)
    visits = [visit for visit in book.visits_of(wanted.day) if wanted.holds(visit)]
    away = [off for off in book.away if wanted.is_away(off) and shown.span(off.starts_at, off.ends_at)[1]]
    off_hands = [_part(shown, off.starts_at, off.ends_at, str(off)) for off in away]
    is_now = shown.begins <= book.now < shown.moment(shown.steps)
    return Column(
        day=wanted.day,
        title=wanted.title,
        href=wanted.href,
        begins=shown.begins.astimezone(book.zone).isoformat(),
        takes_on=wanted.takes_on,
        closed=book.closed.get(wanted.day, ""),
        opened=[_part(shown, *stretch) for stretch in wanted.opened],
        away=[*off_hands, *(_part(shown, *stretch, "Break") for stretch in wanted.breaks)],
        blocks=_blocks(book, shown, visits, about),
        gaps=_gaps(book, shown, wanted, visits, away),
        now=(book.now - shown.begins) // STEP if is_now else None,
    )


def _part(shown: Day, begins: datetime, ends: datetime, word: str = "") -> Part:
    first, length = shown.span(begins, ends)
    return Part(first=first, length=length, word=word)


def _blocks(book: Book, shown: Day, visits: list[Appointment], about: Callable[[Appointment], str]) -> list[Block]:
    sees_alerts = book.user.may(Permission.SEE_PATIENTS)
    keeps = book.user.may(Permission.KEEP_BOOK)
    spans = [shown.span(visit.starts_at, visit.ends_at) for visit in visits]
    return [
        Block(
            visit=visit,
            place=place,
            parts=list(parts_of(visit)),
            at=showing.clock(visit.starts_at, book.zone),
            until=showing.clock(visit.ends_at, book.zone),
            about=about(visit),
            standing=standing.in_words(visit, now=book.now),
            alerts=visit.patient.alerts_now if sees_alerts and visit.patient_id else [],
            can_move=keeps and visit.status in EXPECTED,
        )
        for visit, place in zip(visits, places(spans), strict=True)
    ]


def parts_of(visit: Appointment) -> Iterable[Part]:
    """Hands on and rest in turn, from the visit's own beginning."""
    whole, step = Day.of(visit.starts_at, visit.ends_at), 0
    for first, length in [*(whole.span(*stretch) for stretch in hands_on_of(visit)), (whole.steps, 0)]:
        if first > step:
            yield Part(first=step, length=first - step, word="rest")
        if length:
            yield Part(first=first, length=length, word="hands_on")
        step = first + length


def _gaps(book: Book, shown: Day, wanted: Wanted, visits: list[Appointment], away: list[TimeOff]) -> list[Gap]:
    if not book.user.may(Permission.KEEP_BOOK):
        return []
    taken = [(off.starts_at, off.ends_at) for off in away]
    for visit in visits:
        if visit.is_live:
            taken += hands_on_of(visit) if wanted.hands_only else [(visit.starts_at, visit.ends_at)]
    free = gaps([shown.span(*stretch) for stretch in wanted.opened], [shown.span(*stretch) for stretch in taken])
    return [_gap(book, shown.moment(step), step, wanted.takes_on) for step in free if shown.moment(step) >= book.now]


def _gap(book: Book, moment: datetime, step: int, takes_on: dict[str, int]) -> Gap:
    asked = takes_on | {"starts_at": moment.astimezone(book.zone).isoformat()}
    query = urlencode(asked)
    href = f"{reverse('admin:appointments_appointment_add')}?{query}"
    return Gap(step=step, at=showing.clock(moment, book.zone), href=href, query=query)


def hours_of(book: Book) -> list[Part]:
    """Each whole hour on the wall of the first day, at its step."""
    shown = book.shown(book.days[0])
    walls = [(step, shown.moment(step).astimezone(book.zone)) for step in range(0, shown.steps, 12)]
    return [Part(first=step, length=12, word=f"{wall:%-I} {wall:%p}".lower()) for step, wall in walls]
