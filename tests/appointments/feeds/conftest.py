from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from appointments.feeds import granting
from tests import cast as people
from tests.messaging.conftest import post_office, texts
from tests.visits import AUCKLAND

__all__ = ["post_office", "texts"]


@pytest.fixture(autouse=True)
def _nobody_asked_yet():
    cache.clear()


@pytest.fixture
def monday(cast) -> datetime:
    """Ten in the morning on the Monday after next, with everybody at work from nine to five."""
    for practitioner in (cast.mere, cast.wei):
        people.open_hours(practitioner, cast.location)
    today = timezone.localdate(timezone=AUCKLAND)
    day = today + timedelta(days=14 - today.weekday())
    return datetime(day.year, day.month, day.day, 10, tzinfo=AUCKLAND)


@pytest.fixture
def kind():
    return people.make_type("Cupping for back pain")


@pytest.fixture
def address(cast) -> str:
    """Of a feed of Mere's, as the path that a client asks for."""
    _, address = granting.grant(practitioner=cast.mere, name="Mere's phone", by=cast.practitioner, now=timezone.now())
    return address.removeprefix("http://127.0.0.1:8000")
