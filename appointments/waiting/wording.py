"""What somebody who waits wants, and how that stands, as people read it. Queries nothing where practitioners and
offers were read with the entries."""

from appointments.models import WaitlistEntry, WaitlistOffer
from appointments.models.waiting import WEEKDAYS
from clinic import showing


def wanted_in_words(entry: WaitlistEntry) -> str:
    """`Mon or Thu, mornings or evenings, from Tue 24 Nov until Fri 18 Dec`"""
    days = " or ".join(WEEKDAYS[day][:3] for day in sorted(entry.weekdays)) or "Any day"
    words = f"{days}, {parts_in_words(entry)}, from {showing.day(entry.from_on)}"
    return words + (f" until {showing.day(entry.until_on)}" if entry.until_on else "")


def parts_in_words(entry: WaitlistEntry) -> str:
    """`mornings or evenings`"""
    parts = (f"{part.label.lower()}s" for part in WaitlistEntry.Part if part.value in entry.parts)
    return " or ".join(parts) or "any time"


def with_whom(entry: WaitlistEntry) -> str:
    return " or ".join(str(practitioner) for practitioner in entry.practitioners.all()) or "Anybody"


def open_offer(entry: WaitlistEntry) -> WaitlistOffer | None:
    return next((offer for offer in entry.offers.all() if offer.state == WaitlistOffer.State.OPEN), None)
