"""The practice is asked for by nearly every act; whoever does many in a row may have it read once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import Practice
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def asked_twice() -> int:
    with CaptureQueriesContext(connection) as captured:
        assert Practice.objects.current() == Practice.objects.current()
    return len(captured)


def test_it_is_read_once_inside_and_each_time_outside(cast: Cast):
    with Practice.objects.read_once():
        assert [asked_twice(), asked_twice()] == [1, 0]
    assert asked_twice() == 2


def test_what_was_read_is_forgotten_also_after_an_error(cast: Cast):
    with pytest.raises(Practice.DoesNotExist), Practice.objects.read_once():
        Practice.objects.get(name=Practice.objects.current().name + "?")
    Practice.objects.update(name="Another")
    assert Practice.objects.current().name == "Another"
