"""Who changed what: every change leaves a row that says who, in which request and why, and nobody edits it."""

import uuid

import pghistory
import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from pghistory.models import Context

from appointments import attending
from clinic.acting import acting
from clinic.models import Location
from tests.cast import Cast, api
from tests.routes import API
from tests.visits import make_visit, nz
from tests.world import build

pytestmark = pytest.mark.django_db

TRACKED = [model for model in apps.get_models() if hasattr(model, "pgh_event_model")]
EVENTS = [model for model in apps.get_models() if hasattr(model, "pgh_tracked_model") and model.pgh_tracked_model]
UNTRACKED = {
    # Reference data, counters, links of a parent that is tracked, and records that are histories themselves.
    "clinic.accessevent", "clinic.answeredrequest", "appointments.occupancy", "appointments.segment",
    "treatments.channel", "treatments.point", "treatments.caution", "treatments.needling", "treatments.cupping",
    "treatments.moxibustion", "treatments.technique", "treatments.amendment", "billing.counter",
    "billing.invoiceline",
}  # fmt: skip


def context_of(event) -> dict:
    return event.pgh_context.metadata


def test_a_change_over_http_says_who_did_it_in_which_request(cast: Cast):
    response = api(cast.owner).post(f"{API}/locations/", {"name": "Newtown"})
    location = Location.objects.get(name="Newtown")
    api(cast.owner).patch(f"{API}/locations/{location.pk}/", {"phone": "04 555 0101"})
    inserted, updated = location.events.order_by("pgh_id")
    assert (inserted.name, inserted.phone, updated.phone) == ("Newtown", "", "04 555 0101")
    assert context_of(inserted)["user"] == cast.owner.pk
    assert context_of(inserted)["request_id"] == response["X-Request-Id"]
    assert uuid.UUID(response["X-Request-Id"]).version == 4
    assert context_of(inserted)["request_id"] != context_of(updated)["request_id"]


def test_a_verb_outside_a_request_says_who_and_why(cast: Cast):
    visit = make_visit(cast, nz("2026-11-24 09:00"))
    attending.cancel(appointment=visit, reason="patient", by=cast.desk, now=nz("2026-11-20 09:00"))
    last = visit.events.order_by("-pgh_id").first()
    assert (last.status, last.cancel_reason) == ("cancelled", "patient")
    assert (context_of(last)["user"], context_of(last)["reason"]) == (cast.desk.pk, "cancel")


def test_a_change_by_raw_sql_is_in_the_history_too(cast: Cast):
    with acting(cast.owner, reason="repair"), connection.cursor() as cursor:
        cursor.execute("UPDATE clinic_room SET name = 'Rimu' WHERE id = %s", [cast.rooms[0].pk])
    last = cast.rooms[0].events.order_by("-pgh_id").first()
    assert (last.name, context_of(last)["reason"]) == ("Rimu", "repair")


def test_a_change_that_is_undone_leaves_no_history(cast: Cast):
    before = cast.location.events.count()
    with transaction.atomic():
        Location.objects.filter(pk=cast.location.pk).update(name="Elsewhere")
        transaction.set_rollback(True)
    assert cast.location.events.count() == before


def test_what_people_change_is_tracked():
    ours = {"clinic", "patients", "messaging", "appointments", "treatments", "billing"}
    changed = {
        model._meta.label_lower
        for model in apps.get_models()
        if model._meta.app_label in ours and model not in EVENTS and not model._meta.auto_created
    }
    tracked = {model._meta.label_lower for model in TRACKED if model not in EVENTS}
    assert UNTRACKED & tracked == set()
    assert changed - tracked >= UNTRACKED & changed
    for name in ("clinic.role", "clinic.practice", "patients.patient", "patients.case", "patients.diagnosis",
                 "appointments.appointment", "treatments.treatment", "billing.invoice", "billing.rate"):  # fmt: skip
        assert name in tracked


def test_no_row_of_the_history_is_changed_or_removed_by_raw_sql(cast: Cast):
    build(cast)
    tried = 0
    for model in EVENTS:
        table = model._meta.db_table
        row = model.objects.order_by("pk").first()
        if row is None:
            continue
        tried += 1
        for sql in (f"UPDATE {table} SET pgh_label = 'x' WHERE pgh_id = %s", f"DELETE FROM {table} WHERE pgh_id = %s"):
            with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, [row.pk])
        assert model.objects.filter(pk=row.pk).exists()
    assert tried > 15


def test_each_table_of_the_history_is_guarded():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, bool_or(tgtype & 16 > 0), bool_or(tgtype & 8 > 0) FROM pg_trigger"
            " WHERE tgname LIKE 'pgtrigger_append_only%' AND tgenabled = 'O' GROUP BY 1"
        )
        guarded = {table for table, update, delete in cursor.fetchall() if update and delete}
    assert {model._meta.db_table for model in EVENTS} - guarded == set()


def test_the_history_of_reads_and_the_contexts_hold_no_clinical_word(cast: Cast):
    api(cast.owner).post(f"{API}/locations/", {"name": "Newtown"})
    for context in Context.objects.all():
        assert set(context.metadata) <= {"user", "url", "request_id", "reason", "via"}
    assert pghistory.config.append_only() is True
