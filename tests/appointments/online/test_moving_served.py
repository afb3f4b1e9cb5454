"""Many who move to the same time at once, behind a real web server; and the twin, whose book only looks first."""

from collections import Counter

import pytest
from django.core.cache import cache
from django.utils import timezone

from appointments import booking, links
from appointments.models import Appointment, Occupancy
from clinic.models import Practice
from tests.appointments.test_races import clinic, overlaps, without_the_constraint
from tests.cast import Cast, make_patient, make_practitioner, make_type, open_hours
from tests.knocking import Answer, all_at_once, post
from tests.serving import serving
from tests.world import at, workday

__all__ = ["clinic", "without_the_constraint"]
pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def movers(clinic: Cast) -> list[Appointment]:
    """Eight visits with Mere on one day, an hour each."""
    cache.clear()
    Practice.objects.update(books_online=True, patients_may_cancel=True)
    kind = make_type("An hour", segments=(("hands_on", 60),), bookable_online=True, horizon_days=60)
    day = workday(3, timezone.now())
    hours = [at(day, hour) for hour in range(9, 17)]
    return [
        booking.book(
            patient=make_patient(),
            practitioner=clinic.mere,
            appointment_type=kind,
            starts_at=starts_at,
            by=clinic.desk,
            now=timezone.now(),
        )
        for starts_at in hours
    ]


def rush(port: int, movers: list[Appointment], *, days: int = 10, **others: int) -> list[Answer]:
    """All of them to the same free time, each twice as from a thumb that taps twice."""
    free = at(workday(days, timezone.now()), 10).isoformat()
    wishes = [
        post(f"/api/v1/public/reminders/{links.token_for(visit)}/move/", {"starts_at": free} | others, "none")
        for visit in movers
        for _ in range(2)
    ]
    return all_at_once(port, wishes)


def test_of_all_who_move_to_one_time_at_once_one_has_it_and_the_others_keep_theirs(clinic: Cast, movers):
    before = dict(Appointment.objects.values_list("pk", "starts_at"))
    with serving() as served:
        outcomes = Counter(answer.outcome for answer in rush(served.port, movers))
    assert outcomes[200, ""] == 1
    assert outcomes[409, "same_time"] == 1
    assert outcomes[409, "slot_taken"] == 14
    moved = [pk for pk, starts_at in Appointment.objects.values_list("pk", "starts_at") if before[pk] != starts_at]
    assert len(moved) == 1
    assert Occupancy.objects.filter(resource_kind="patient").count() == 8
    assert overlaps() == 0


def test_to_another_practitioner_as_well(clinic: Cast, movers):
    other = make_practitioner("Hemi Example")
    open_hours(other, clinic.location)
    with serving() as served:
        outcomes = Counter(answer.outcome for answer in rush(served.port, movers, practitioner=other.pk))
    assert (outcomes[200, ""], outcomes[409, "slot_taken"]) == (1, 14)
    assert Appointment.objects.filter(practitioner=other).count() == 1


def test_twin_without_the_constraint_several_have_it(clinic: Cast, movers, without_the_constraint):
    with serving() as served:
        for days in range(10, 50, 4):
            cache.clear()
            rush(served.port, movers, days=days)
            if overlaps():
                break
    assert overlaps() > 0
