from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments.models import AppointmentType
from tests.cast import Cast, make_type, open_hours
from tests.world import workday


@pytest.fixture
def day() -> date:
    """A working day that is still to come."""
    return workday(3, timezone.now())


@pytest.fixture
def clinic(cast: Cast) -> Cast:
    open_hours(cast.mere, cast.location)
    open_hours(cast.wei, cast.location)
    return cast


@pytest.fixture
def kind(db) -> AppointmentType:
    return make_type()


def diary(day: date, **asked) -> str:
    """The address of the diary of that day."""
    query = "&".join(f"{name}={value}" for name, value in ({"day": day} | asked).items())
    return f"{reverse('admin:diary')}?{query}"
