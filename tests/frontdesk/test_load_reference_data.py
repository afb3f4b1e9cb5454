import pytest
from django.core.management import call_command
from django.db.models import Model

from clinic.models import Role
from messaging.models import MessageTemplate, ReminderRule
from patients.models import ConsentText
from treatments.models import Caution, Channel, Point

pytestmark = pytest.mark.django_db

COUNTS = {Role: 5, MessageTemplate: 12, ReminderRule: 1, ConsentText: 7, Channel: 19, Point: 409, Caution: 304}


def rows() -> dict[type[Model], list[dict]]:
    return {model: list(model.objects.order_by("pk").values()) for model in COUNTS}


def test_one_command_brings_everything_that_is_shipped_and_a_second_run_changes_nothing(capsys):
    call_command("load_reference_data")
    first = rows()
    assert {model: len(found) for model, found in first.items()} == COUNTS
    call_command("load_reference_data")
    assert rows() == first
    assert capsys.readouterr() == ("", "")
