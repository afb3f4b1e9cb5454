import pytest

from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from appointments.waiting import entering
from tests.cast import Cast, make_patient, make_type, open_hours
from tests.messaging.conftest import post_office, texts
from tests.visits import nz

__all__ = ["post_office", "texts"]

NOW = nz("2026-11-02 09:00")  # a Monday


@pytest.fixture
def clinic(cast: Cast, texts) -> Cast:
    """Mere works on Tuesday mornings from nine to ten: one visit fits."""
    open_hours(
        cast.mere,
        cast.location,
        weekdays=[1],
        opens=nz("2026-11-03 09:00").time(),
        closes=nz("2026-11-03 10:00").time(),
    )
    return cast


@pytest.fixture
def kind(db):
    return make_type("Whole", segments=(("hands_on", 60),))


def wait(cast: Cast, kind, **fields) -> WaitlistEntry:
    defaults = {
        "patient": fields.pop("patient", None) or make_patient(), "appointment_type": kind, "by": cast.desk,
        "from_on": NOW.date(), "until_on": nz("2026-11-03 09:00").date(), "now": NOW,
    }  # fmt: skip
    return entering.enter(**(defaults | fields))


def offered_to(entry: WaitlistEntry) -> list[tuple[str, str]]:
    return [
        (offer.state, offer.appointment.status) for offer in entry.offers.order_by("pk").select_related("appointment")
    ]


def held() -> list[Appointment]:
    return list(Appointment.objects.filter(status="pending").order_by("starts_at"))


def open_offers() -> int:
    return WaitlistOffer.objects.open().count()
