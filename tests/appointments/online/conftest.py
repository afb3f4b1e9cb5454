"""A clinic that takes bookings online, and somebody who books there."""

import re
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from clinic.models import Practice
from messaging.delivering import deliver
from messaging.sweeping import sweep
from tests.cast import Cast, api, make_type, open_hours
from tests.messaging.conftest import post_office, texts
from tests.postoffice import PostOffice
from tests.world import at, workday

__all__ = ["post_office", "texts"]
BOOKINGS = "/api/v1/public/bookings/"


@pytest.fixture
def clinic(cast: Cast, texts) -> Cast:
    cache.clear()
    Practice.objects.update(books_online=True)
    for practitioner in (cast.mere, cast.wei):
        open_hours(practitioner, cast.location)
    return cast


@pytest.fixture
def kind(clinic):
    return make_type("First visit", bookable_online=True, min_notice_minutes=120, horizon_days=60)


@pytest.fixture
def ten(clinic) -> datetime:
    """Ten in the morning, some working days from now."""
    return at(workday(3, timezone.now()), 10)


def typed(kind, starts_at: datetime, **fields) -> dict:
    """What a patient types: an invented Ngaio, whom nobody here has met."""
    return {
        "appointment_type": kind.pk,
        "starts_at": starts_at.isoformat(),
        "first_name": "Ngaio",
        "last_name": "Marama",
        "date_of_birth": "1990-05-04",
        "email": "ngaio@example.nz",
        "phone": "021 555 0177",
    } | fields


def reserve(kind, starts_at: datetime, *, address: str = "192.0.2.7", **fields):
    return api().post(BOOKINGS, typed(kind, starts_at, **fields), REMOTE_ADDR=address)


def verify(token: str, code: str, **headers):
    return api().post(f"{BOOKINGS}{token}/verify/", {"code": code}, **headers)


def deliver_all() -> None:
    """A sweep and the workers that follow it."""
    now = timezone.now() + timedelta(seconds=1)
    for ids in sweep(now=now):
        deliver(message_ids=ids, clock=lambda: now)


def code_in(office: PostOffice) -> str:
    """The code of the last letter that came."""
    deliver_all()
    words = office.letters[-1].get_body(("plain",)).get_content()
    return re.search(r"your code is (\d{6})", words)[1]
