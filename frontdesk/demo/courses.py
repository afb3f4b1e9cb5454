"""The demo's ten weeks as a plan: who comes when, to whom, and what becomes of it. Pure, and the same for a given day.

Times are wall-clock times of the clinic. The slots are laid so that they never collide, whichever of them are taken:
the first practitioner interleaves two patients over two rooms, the second has the third room.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from frontdesk.demo.people import Person

SEED = 20260927
FIRST, LAST = -42, 28  # days around today
# Weeks from now in which courses begin: some are over, most go on, a few begin next week.
BEGINNINGS = (-6, -6, -6, -5, -4, -4, -3, -2, -1, 0, 1)


@dataclass(frozen=True)
class Kind:
    name: str
    segments: tuple[tuple[str, int], ...]
    price: str
    colour: str
    device: str = ""

    @property
    def minutes(self) -> int:
        return sum(minutes for _, minutes in self.segments)


KINDS = {
    "initial": Kind("Initial", (("hands_on", 20), ("rest", 25), ("hands_on", 15)), "130.00", "#2f6f5e"),
    "follow_up": Kind("Follow-up", (("hands_on", 15), ("rest", 25), ("hands_on", 10)), "95.00", "#3f7fb0"),
    "electro": Kind(
        "Follow-up with electro", (("hands_on", 15), ("rest", 25), ("hands_on", 10)), "95.00", "#7a5ea8", "electro"
    ),
    "short": Kind("Short", (("hands_on", 15), ("rest", 10), ("hands_on", 5)), "65.00", "#b07a2f"),
    "complimentary": Kind("Complimentary consultation", (("hands_on", 15),), "0.00", "#888888"),
}
ROOMS = ("Kōwhai", "Mānuka", "Rātā")
HOURS = {
    "practitioner": dict.fromkeys(range(5), ("09:00", "17:00")),
    "practitioner2": {**dict.fromkeys(range(1, 5), ("10:00", "18:30")), 5: ("09:00", "13:00")},
}
# Between the visits of the plan: the first practitioner's second patient of a pair leaves at half past twelve.
BREAKS = {"practitioner": ("12:30", "13:10"), "practitioner2": ("13:00", "13:30")}
PAIRS = ["09:00", "09:20", "10:10", "10:30", "11:20", "11:40", "13:10", "13:30", "14:20", "14:40", "15:30", "15:50"]
SINGLES = ["10:00", "11:00", "12:00", "13:30", "14:30", "15:30", "16:30", "17:30"]
SATURDAYS = ["09:00", "10:00", "11:00", "12:00"]
FATES = (("missed", 0.05), ("late", 0.08), ("cancelled", 0.14))
# Slots of the second patient of a pair, who comes while the first one rests.
BETWEEN = set(PAIRS[1::2])


@dataclass
class Visit:
    """One appointment of the plan. `number` counts the visits of its course from 0."""

    person: int
    number: int
    kind: str
    practitioner: str
    starts: datetime
    booked: datetime
    fate: str = "kept"  # or missed, cancelled, late
    confirms: bool = False
    moved_from: datetime | None = None
    moved: datetime | None = None
    signs: bool = True
    pays_at_once: bool = True

    def room_at(self, starts: datetime) -> str:
        """Whoever rests lies in the first practitioner's second room."""
        if self.practitioner == "practitioner2":
            return ROOMS[2]
        return ROOMS[f"{starts:%H:%M}" in BETWEEN]

    @property
    def ends(self) -> datetime:
        return self.starts + timedelta(minutes=KINDS[self.kind].minutes)


@dataclass
class Book:
    """The slots that are still free."""

    today: date
    closed: Collection[date]
    away: Collection[tuple[str, date]]
    taken: set[tuple[str, datetime]] = field(default_factory=set)

    def slots(self, practitioner: str, day: date) -> list[datetime]:
        if day in self.closed or (practitioner, day) in self.away or day.weekday() not in HOURS[practitioner]:
            return []
        times = PAIRS if practitioner == "practitioner" else SATURDAYS if day.weekday() == 5 else SINGLES
        moments = [datetime.combine(day, time.fromisoformat(text)) for text in times]
        return [moment for moment in moments if (practitioner, moment) not in self.taken]

    def take(self, practitioner: str, day: date, kind: str, wish: time | None, rng: random.Random) -> datetime | None:
        """A free slot on that day or the next three: at the time that is wished for where it is free."""
        for later in range(4):
            fitting = [
                moment
                for moment in self.slots(practitioner, day + timedelta(days=later))
                if kind == "follow_up" or f"{moment:%H:%M}" not in BETWEEN or practitioner != "practitioner"
            ]
            if fitting:
                wished = [moment for moment in fitting if moment.time() == wish]
                moment = wished[0] if wished else rng.choice(fitting)
                self.taken.add((practitioner, moment))
                return moment
        return None


def plan(people: Sequence[Person], *, today: date, closed: Collection[date], away: Collection = ()) -> list[Visit]:
    """Every visit of the ten weeks, in the order of people and visits."""
    rng = random.Random(SEED)
    book = Book(today, closed, away)
    visits: list[Visit] = []
    weekdays = _weekdays(today, closed)
    order = [index for index, person in enumerate(people) if person.complaint]
    rng.shuffle(order)
    for place, index in enumerate(order):
        visits += _course(book, people[index], index, place, weekdays[place % len(weekdays)], rng)
    for place, index in enumerate(index for index, person in enumerate(people) if not person.complaint):
        visits += _first_talk(book, index, place, rng)
    _fates(visits, book, today, rng)
    return visits


def _weekdays(today: date, closed: Collection[date]) -> list[int]:
    """The clinic's weekdays in turn for the courses, today's more often, so that today is a full day."""
    open_days = [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4]
    if today in closed or today.weekday() == 6:
        return open_days
    return [today.weekday(), *open_days[:6], today.weekday(), *open_days[6:]]


def _course(book: Book, person: Person, index: int, place: int, weekday: int, rng: random.Random) -> list[Visit]:
    """Weekly visits on one weekday, at one time of day where it is free."""
    practitioner = _practitioner(weekday, place, person)
    sessions = rng.choice([5, 6, 6, 7, 7, 8])
    begins = book.today + timedelta(days=(weekday - book.today.weekday()) % 7 + 7 * rng.choice(BEGINNINGS))
    number = rng.choice([0, 0, 0, 2, 3]) if (begins - book.today).days <= -30 else 0
    visits: list[Visit] = []
    wish: time | None = None
    booked = _desk_time(begins - timedelta(days=rng.randint(2, 9)), rng)
    for day in (begins + timedelta(days=7 * week) for week in range(sessions)):
        if (day - book.today).days > LAST - 4:
            break
        kind = _kind(person, number, practitioner)
        moment = book.take(practitioner, day, kind, wish, rng)
        if moment is None:
            continue
        wish = wish or moment.time()
        visits.append(Visit(index, number, kind, practitioner, moment, booked))
        if len(visits) == 1 and number == 0:
            # The course is booked when the first visit is over, at the desk.
            booked = visits[0].ends + timedelta(minutes=4)
        number += 1
    return visits


def _first_talk(book: Book, index: int, place: int, rng: random.Random) -> list[Visit]:
    """People who ask before they begin: two have been here, one comes next week, one has only been registered."""
    day = book.today + timedelta(days=[-9, -2, 5, 8][place])
    moment = book.take("practitioner2", day, "complimentary", None, rng)
    if moment is None:
        return []
    booked = _desk_time(min(moment.date(), book.today) - timedelta(days=3), rng)
    return [Visit(index, 0, "complimentary", "practitioner2", moment, booked)]


def _practitioner(weekday: int, place: int, person: Person) -> str:
    if weekday not in HOURS["practitioner"]:
        return "practitioner2"
    if weekday not in HOURS["practitioner2"]:
        return "practitioner"
    return "practitioner2" if person.complaint == "knee_worn" or place % 5 < 2 else "practitioner"


def _kind(person: Person, number: int, practitioner: str) -> str:
    if number == 0:
        return "initial"
    unfit = person.has_alert("pacemaker", "epilepsy", "pregnancy")
    if person.complaint == "knee_worn" and practitioner == "practitioner2" and not unfit:
        return "electro"
    return "short" if number >= 6 and practitioner == "practitioner2" else "follow_up"


def _fates(visits: list[Visit], book: Book, today: date, rng: random.Random) -> None:
    """Some do not come, some cancel, some move; notes stay unsigned and bills unwritten here and there."""
    for visit in visits:
        ago = (today - visit.starts.date()).days
        chance = rng.random()
        notice = visit.starts - visit.booked
        if visit.number and ago != 0 and notice > timedelta(days=4):
            visit.fate = next((fate for fate, below in FATES if chance < below), "kept")
        visit.confirms = rng.random() < 0.45
        visit.signs = rng.random() > (0.35 if ago <= 1 else 0.03)
        visit.pays_at_once = rng.random() > 0.1
        if visit.fate == "kept" and rng.random() < 0.09 and notice > timedelta(days=7):
            _moves(visit, book, rng)


def _moves(visit: Visit, book: Book, rng: random.Random) -> None:
    """It was booked for another day, two or three before, and moved to this one."""
    for days in (2, 3, 1):
        slots = [
            moment
            for moment in book.slots(visit.practitioner, visit.starts.date() - timedelta(days=days))
            if visit.kind == "follow_up" or f"{moment:%H:%M}" not in BETWEEN
        ]
        if slots:
            visit.moved_from = rng.choice(slots)
            # Nobody else is booked there before it is given back, nor after.
            book.taken.add((visit.practitioner, visit.moved_from))
            visit.moved = _desk_time(visit.moved_from.date() - timedelta(days=1), rng)
            return


def _desk_time(day: date, rng: random.Random) -> datetime:
    if day.weekday() == 6:
        day -= timedelta(days=1)
    return datetime.combine(day, time(9, rng.randint(0, 59))) + timedelta(hours=rng.randint(0, 7))
