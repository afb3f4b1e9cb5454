"""Every read of a note leaves one event, in the transaction that answers; if it cannot be written, nothing is read."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clinic.errors import refusal_for
from clinic.models import AccessEvent
from tests.cast import Cast, api
from tests.routes import API
from tests.world import CANARY, World, build
from treatments.models import Treatment

pytestmark = pytest.mark.django_db

NOTES = f"{API}/treatments/"


@pytest.fixture
def world(cast: Cast) -> World:
    return build(cast)


@pytest.fixture
def no_events(db):
    """A database that cannot take an event."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE clinic_accessevent ADD CONSTRAINT full_disk CHECK (subject_kind = '') NOT VALID")


def events(**fields) -> list[tuple]:
    rows = AccessEvent.objects.filter(**fields).order_by("id")
    return [(row.user_id, row.act, row.subject_kind, row.subject_id, row.patient_id) for row in rows]


def test_opening_a_note_leaves_one_event_that_says_who_what_whose_and_in_which_request(world: World):
    response = api(world.cast.owner).get(f"{NOTES}{world.signed_note.pk}/")
    event = AccessEvent.objects.get()
    assert events() == [(world.cast.owner.pk, "read", "treatment", world.signed_note.pk, world.signed_note.patient_id)]
    assert event.request_id == response["X-Request-Id"]


def test_a_list_leaves_one_event_for_each_note_it_shows_and_none_for_the_others(world: World):
    client = api(world.cast.practitioner)
    client.get(NOTES)
    shown = sorted(Treatment.objects.values_list("pk", flat=True))
    assert sorted(row[3] for row in events()) == shown
    assert {world.signed_note.pk, world.draft_note.pk} <= set(shown)
    drafts = sorted(Treatment.objects.filter(status="draft", patient=world.cast.aroha).values_list("pk", flat=True))
    client.get(NOTES, {"status": "draft", "patient": world.cast.aroha.pk})
    assert sorted(row[3] for row in events()[len(shown) :]) == drafts != shown
    client.get(NOTES, {"patient": 987654321})
    assert len(events()) == len(shown) + len(drafts)


def test_whatever_answers_with_a_note_leaves_an_event(world: World):
    client = api(world.cast.practitioner)
    for act in (
        lambda: client.patch(f"{NOTES}{world.draft_note.pk}/", {"plan": "Weekly"}),
        lambda: client.post(f"{NOTES}{world.draft_note.pk}/sign/"),
        lambda: client.get(f"{NOTES}{world.signed_note.pk}/verify/"),
        lambda: client.post(f"{NOTES}{world.signed_note.pk}/amendments/", {"text": "x", "reason": "y"}),
        lambda: client.get(f"{API}/documents/{world.note_paper.pk}/file/"),
        lambda: client.get(f"{API}/patients/{world.cast.aroha.pk}/"),
        lambda: client.get(f"{API}/patients/{world.cast.aroha.pk}/alerts/"),
        lambda: client.get(f"{API}/cases/{world.case.pk}/"),
    ):
        before = len(events())
        assert act().status_code in {200, 201}
        assert len(events()) == before + 1


def test_the_paper_of_a_note_is_recorded_as_the_patients(world: World):
    api(world.cast.owner).get(f"{API}/documents/{world.note_paper.pk}/file/")
    assert events() == [(world.cast.owner.pk, "read", "document", world.note_paper.pk, world.signed_note.patient_id)]


@pytest.mark.parametrize("role", ["desk", "billing", "patient_user"])
def test_who_is_refused_has_read_nothing(world: World, role: str):
    client = api(getattr(world.cast, role))
    assert client.get(f"{NOTES}{world.signed_note.pk}/").status_code == 403
    assert api(world.cast.owner).get(f"{NOTES}987654321/").status_code == 404
    assert events(subject_kind="treatment") == []


def reads(world: World) -> list[str]:
    return [
        f"{NOTES}{world.signed_note.pk}/",
        NOTES,
        f"{NOTES}{world.signed_note.pk}/verify/",
        f"{API}/documents/{world.note_paper.pk}/file/",
        f"{API}/patients/{world.cast.aroha.pk}/",
        f"{API}/patients/{world.cast.aroha.pk}/alerts/",
        f"{API}/cases/",
    ]


def test_if_the_event_cannot_be_written_the_read_fails(world: World, no_events):
    client = api(world.cast.owner)
    client.raise_request_exception = False
    for path in reads(world):
        with transaction.atomic():
            response = client.get(path)
            transaction.set_rollback(True)
        assert response.status_code in {422, 500}, path
        assert CANARY not in response.content.decode(), path


def test_twin_where_the_failure_is_swallowed_the_note_is_read_unseen(world: World, no_events, monkeypatch):
    record = AccessEvent.objects.all().__class__.record

    def careless(self, **fields):
        try:
            with transaction.atomic():
                record(self, **fields)
        except DatabaseError:
            return

    monkeypatch.setattr(AccessEvent.objects.all().__class__, "record", careless)
    monkeypatch.setattr(AccessEvent.objects, "record", lambda **fields: careless(AccessEvent.objects.all(), **fields))
    response = api(world.cast.owner).get(f"{NOTES}{world.signed_note.pk}/")
    assert CANARY in response.content.decode()
    assert events() == []


def test_the_event_is_written_in_the_transaction_that_answers(world: World, monkeypatch):
    """Undone together: an answer that breaks after the event leaves no event."""

    def broken(*args, **kwargs):
        raise ValueError("the answer breaks")

    client = api(world.cast.owner)
    client.raise_request_exception = False
    monkeypatch.setattr("treatments.serializers.TreatmentSerializer.to_representation", broken)
    for path in (f"{NOTES}{world.signed_note.pk}/", NOTES):
        assert client.get(path).status_code == 500
    assert events() == []


def test_the_record_of_reads_cannot_be_changed(world: World):
    api(world.cast.owner).get(f"{NOTES}{world.signed_note.pk}/")
    table = AccessEvent._meta.db_table
    statements = [f"UPDATE {table} SET {field.column} = {field.column}" for field in AccessEvent._meta.concrete_fields]
    for sql in [*statements, f"DELETE FROM {table}"]:
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
        assert refusal_for(refused.value).code == "access_event_final"
    assert len(events()) == 1


def test_the_owner_sees_who_read_a_patients_record(world: World):
    api(world.cast.practitioner).get(f"{NOTES}{world.signed_note.pk}/")
    client = api(world.cast.owner)
    log = client.get(f"{API}/patients/{world.cast.aroha.pk}/access-log/").json()["results"]
    assert [(entry["user_name"], entry["subject_kind"], entry["subject_id"]) for entry in log] == [
        ("Mere Ngata", "treatment", world.signed_note.pk)
    ]
    assert client.get(f"{API}/patients/{world.stranger.pk}/access-log/").json()["count"] == 0
