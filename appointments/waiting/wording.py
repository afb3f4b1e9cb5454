"""What somebody who waits wants, and how that stands, as people read it. Queries nothing where practitioners and
offers were read with the entries."""

from appointments.models import WaitlistEntry, WaitlistOffer
from appointments.models.waiting import WEEKDAYS
from clinic import showing


def wanted_in_words(entry: WaitlistEntry) -> str:
    """`Mon or Thu, mornings or evenings, from Tue 24 Nov until Fri 18 Dec`"""
    words = f"{_days(entry)}, {parts_in_words(entry)}, from {showing.day(entry.from_on)}"
    return words + (f" until {showing.day(entry.until_on)}" if entry.until_on else "")


def _days(entry: WaitlistEntry) -> str:
    """`Mon or Thu`, and three or more in a row as `Mon to Fri`"""
    found = sorted(entry.weekdays)
    names = [WEEKDAYS[day][:3] for day in found]
    if len(found) > 2 and found[-1] - found[0] == len(found) - 1:
        return f"{names[0]} to {names[-1]}"
    return " or ".join(names) or "Any day"


def parts_in_words(entry: WaitlistEntry) -> str:
    """`mornings or evenings`"""
    parts = (f"{part.label.lower()}s" for part in WaitlistEntry.Part if part.value in entry.parts)
    return " or ".join(parts) or "any time"


def with_whom(entry: WaitlistEntry) -> str:
    return " or ".join(str(practitioner) for practitioner in entry.practitioners.all()) or "Anybody"


def open_offer(entry: WaitlistEntry) -> WaitlistOffer | None:
    return next((offer for offer in entry.offers.all() if offer.state == WaitlistOffer.State.OPEN), None)
