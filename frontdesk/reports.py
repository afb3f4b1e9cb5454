"""Which reports there are, who may read each, and in which ways. The figures come from the floors below."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from appointments.reports import utilisation, visits
from billing.reports import debtors, gst, outstanding, running_out, takings
from clinic.errors import NotAllowed
from clinic.models import User
from clinic.permissions import Permission
from clinic.report import Days, Report

# Three years: long enough to compare, short enough to be counted while somebody waits.
LONGEST = timedelta(days=1096)

Make = Callable[[Days, ZoneInfo, datetime], Report]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`ways`: by what it is told, the first one unless another is asked for. One `of_a_day` tells how things stand at
    the end of a day, and knows no first one."""

    title: str
    about: str
    needs: Permission
    ways: Mapping[str, Make]
    of_a_day: bool = False


def _one(make: Make) -> Mapping[str, Make]:
    return MappingProxyType({"": make})


REPORTS: Mapping[str, Entry] = MappingProxyType(
    {
        "takings": Entry(
            title="Takings",
            about="Money that came in, by day and method, by practitioner or by who paid.",
            needs=Permission.SEE_MONEY,
            ways=MappingProxyType(
                {
                    "day": lambda days, zone, now: takings.by_day(days),
                    "method": lambda days, zone, now: takings.by_method(days),
                    "practitioner": lambda days, zone, now: takings.by_practitioner(days),
                    "payer": lambda days, zone, now: takings.by_payer(days),
                }
            ),
        ),
        "gst": Entry(
            title="GST",
            about="GST by month, on the invoice basis and on the payments basis.",
            needs=Permission.SEE_MONEY,
            ways=_one(lambda days, zone, now: gst.by_month(days, zone=zone)),
        ),
        "aged-debtors": Entry(
            title="Aged debtors",
            about="Who owes what, and for how long.",
            needs=Permission.SEE_MONEY,
            ways=_one(lambda days, zone, now: debtors.on_a_day(days)),
            of_a_day=True,
        ),
        "acc-outstanding": Entry(
            title="ACC outstanding",
            about="What ACC was invoiced and has not paid, by age.",
            needs=Permission.SEE_MONEY,
            ways=_one(lambda days, zone, now: outstanding.on_a_day(days)),
            of_a_day=True,
        ),
        "appointments": Entry(
            title="Appointments",
            about="Visits by practitioner and by what became of them.",
            needs=Permission.SEE_BOOK,
            ways=_one(lambda days, zone, now: visits.appointments(days, zone=zone)),
        ),
        "no-shows": Entry(
            title="Missed visits",
            about="Visits that were missed or cancelled late.",
            needs=Permission.SEE_BOOK,
            ways=MappingProxyType(
                {
                    "practitioner": lambda days, zone, now: visits.missed_by_practitioner(days, zone=zone),
                    "type": lambda days, zone, now: visits.missed_by_type(days, zone=zone),
                    "month": lambda days, zone, now: visits.missed_by_month(days, zone=zone),
                }
            ),
        ),
        "utilisation": Entry(
            title="Utilisation",
            about="Booked hands-on time against the open hours of each practitioner.",
            needs=Permission.SEE_BOOK,
            ways=_one(lambda days, zone, now: utilisation.by_practitioner(days, zone=zone)),
        ),
        "entitlement": Entry(
            title="Entitlement",
            about="Cases with two sessions left or fewer, or whose window is about to end.",
            needs=Permission.SEE_PATIENTS,
            ways=_one(lambda days, zone, now: running_out.on_a_day(days, now=now)),
            of_a_day=True,
        ),
    }
)


def readable(user: User) -> dict[str, Entry]:
    return {name: entry for name, entry in REPORTS.items() if user.may(entry.needs)}


def usual_days(now: datetime, zone: ZoneInfo) -> Days:
    """From the first of this month to today."""
    today = now.astimezone(zone).date()
    return Days(today.replace(day=1), today)


def make(*, name: str, by_what: str, first: date, last: date, by: User, zone: ZoneInfo, now: datetime) -> Report:
    """`name` is one of `REPORTS` and `by_what` one of its ways. Raises 403 `permission_denied`."""
    entry = REPORTS[name]
    if not by.may(entry.needs):
        raise NotAllowed("permission_denied", "Your role does not include this report.")
    return entry.ways[by_what](Days(first, last), zone, now)
