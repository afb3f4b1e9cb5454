"""What was added to a signed note cannot be taken away unnoticed; what a signature covers has grown, and notes signed
before hold as they are."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from clinic import chain
from clinic.errors import refusal_for
from clinic.models import Practitioner
from tests.cast import Cast, api
from tests.rivals import at_once
from tests.treatments.course import make_lot
from tests.visits import make_visit, nz
from treatments import charting, note_content, signing, verifying
from treatments.care import stocking
from treatments.models import Addition, Amendment, CoSignature, LotUse, Treatment

pytestmark = pytest.mark.django_db
NOW = nz("2026-11-02 12:00")
HOLDS = dict.fromkeys(["content", "chain", "amendments", "cosignature", "register"], True)
earlier = import_module("treatments.migrations.0003_enter_earlier_additions")


def make_note(cast: Cast, practitioner: Practitioner | None = None, **fields) -> Treatment:
    practitioner = practitioner or cast.mere
    draft = charting.begin(
        patient=cast.aroha, practitioner=practitioner, started_at=NOW - timedelta(hours=1), by=practitioner.user,
        now=NOW, complaint="Hip", **fields,
    )  # fmt: skip
    return signing.sign(treatment=draft, by=practitioner.user, now=NOW)


def amend(cast: Cast, note: Treatment, text: str = "Left, not right") -> Amendment:
    return signing.amend(treatment=note, text=text, reason="Slip", by=cast.practitioner, now=NOW)


def make_cosigned(cast: Cast) -> Treatment:
    cast.mere.is_student, cast.mere.supervisor = True, cast.wei
    cast.mere.save()
    note = make_note(cast)
    signing.cosign(treatment=note, by=cast.practitioner2, now=NOW)
    return note


def behind_the_triggers(*statements: str) -> None:
    """As whoever owns the tables."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in (Treatment, Amendment, CoSignature, Addition):
            cursor.execute(f"ALTER TABLE {table._meta.db_table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)


def broken(note: Treatment) -> set[str]:
    return {name for name, holds in verifying.verify(note)["checks"].items() if not holds}


LAST_AMENDMENT = "DELETE FROM treatments_amendment WHERE id = (SELECT max(id) FROM treatments_amendment)"
LAST_LINE = "DELETE FROM treatments_addition WHERE sequence = (SELECT max(sequence) FROM treatments_addition)"


@pytest.mark.parametrize("amendments", [1, 3])
def test_the_last_amendment_taken_away_behind_the_triggers_is_noticed(cast: Cast, amendments: int):
    note = make_note(cast)
    for number in range(amendments):
        amend(cast, note, f"Left, not right {number}")
    assert verifying.verify(note)["checks"] == HOLDS
    behind_the_triggers(LAST_AMENDMENT)
    assert broken(note) == {"amendments"}
    said = api(cast.practitioner).get(f"/api/v1/treatments/{note.pk}/verify/").json()
    assert (said["verified"], said["checks"]["amendments"]) == (False, False)


def test_a_co_signature_taken_away_behind_the_triggers_is_noticed(cast: Cast):
    note = make_cosigned(cast)
    assert verifying.verify(note)["checks"] == HOLDS
    behind_the_triggers("DELETE FROM treatments_cosignature")
    assert broken(note) == {"cosignature"}


def test_an_amendment_put_in_behind_the_verb_is_noticed(cast: Cast):
    note = make_note(cast)
    row = amend(cast, note)
    row.pk, row.text = None, "Forged"
    content = {"author": row.author_id, "written_at": note_content.moment(NOW), "reason": "Slip", "text": "Forged"}
    row.content_hash = chain.link(content, previous=row.content_hash)
    row.save(force_insert=True)
    assert broken(note) == {"amendments"}


def test_an_amendment_taken_away_with_its_line_leaves_a_gap_in_the_register(cast: Cast):
    note = make_note(cast)
    first = amend(cast, note)
    amend(cast, make_note(cast))
    behind_the_triggers(
        f"DELETE FROM treatments_amendment WHERE id = {first.pk}",
        f"DELETE FROM treatments_addition WHERE treatment_id = {note.pk}",
    )
    assert broken(note) == {"register"}


def test_the_register_cut_at_its_end_is_noticed_by_the_note_that_was_signed_after(cast: Cast):
    note = make_note(cast)
    amend(cast, note)
    after = make_note(cast)
    assert (after.additions_before, verifying.verify(after)["checks"]) == (1, HOLDS)
    behind_the_triggers(LAST_AMENDMENT, LAST_LINE)
    assert broken(after) == {"content"}


def test_a_register_written_anew_is_noticed_by_the_note_that_was_signed_after(cast: Cast):
    note = make_note(cast)
    amend(cast, note)
    second = amend(cast, note)
    after = make_note(cast)
    previous = Addition.objects.get(sequence=1).added_hash
    line = {"sequence": 1, "treatment": note.pk, "kind": "amendment", "added": previous}
    behind_the_triggers(
        f"DELETE FROM treatments_amendment WHERE id = {second.pk}",
        "DELETE FROM treatments_addition",
        "INSERT INTO treatments_addition (sequence, treatment_id, kind, added_hash, chain_hash)"
        f" VALUES (1, {note.pk}, 'amendment', '{previous}', '{chain.link(line, previous=chain.BEGINNING)}')",
    )
    assert broken(note) == set()
    assert broken(after) == {"content"}


def test_the_register_itself_is_only_added_to(cast: Cast):
    amend(cast, make_note(cast))
    for statement in ("UPDATE treatments_addition SET sequence = 7", "DELETE FROM treatments_addition"):
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert refusal_for(refused.value).code == "addition_final"


def test_a_line_without_its_hashes_is_refused(cast: Cast):
    note = make_note(cast)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Addition.objects.create(sequence=1, treatment=note, kind="amendment", added_hash="", chain_hash="a" * 64)
    assert refusal_for(refused.value).code == "addition_incomplete"


@pytest.mark.django_db(transaction=True)
def test_amendments_and_signatures_at_once_make_one_register_without_gaps(transactional_db, cast: Cast):
    notes = [make_note(cast) for _ in range(3)]
    acts = [lambda note=note: amend(cast, note) for note in notes * 3] + [lambda: make_note(cast) for _ in range(3)]
    at_once(acts)
    assert [*Addition.objects.values_list("sequence", flat=True)] == [*range(1, 10)]
    assert [note.pk for note in Treatment.objects.all() if broken(note)] == []


# Notes that were signed under an earlier version


def as_version_1(note: Treatment) -> Treatment:
    """The note as it was signed before version 2: its hash made over what was covered then."""
    behind_the_triggers(f"UPDATE treatments_treatment SET content_version = 1, place = '' WHERE id = {note.pk}")
    whole = Treatment.objects.under_signature().get(pk=note.pk)
    digest = chain.link(note_content.content_of(whole, last_addition=""), previous=note.previous_hash)
    behind_the_triggers(f"UPDATE treatments_treatment SET content_hash = '{digest}' WHERE id = {note.pk}")
    note.refresh_from_db()
    return note


def test_the_content_of_version_1_is_what_it_was(cast: Cast):
    """Written out here as it was written when the first notes were signed."""
    note = as_version_1(make_note(cast))
    content = {
        "id": note.pk, "started_at": "2026-11-01T22:00:00.000000+00:00",
        "signed_at": "2026-11-01T23:00:00.000000+00:00", "signed_by": cast.practitioner.pk,
        "patient_id": cast.aroha.pk, "practitioner_id": cast.mere.pk, "appointment_id": None, "case_id": None,
        "complaint": "Hip", "subjective": "", "objective": "", "assessment": "", "plan": "", "tongue": {},
        "pulse": {}, "eight_principles": [], "patterns": [], "western_diagnosis": "", "treatment_principle": "",
        "style": "", "reasoning": "", "response": "", "aftercare": "", "marks": [], "face_to_face_minutes": None,
        "reinsertions": None, "needles_in": 0, "needles_out": 0, "signed_as_student": False, "needlings": [],
        "cuppings": [], "moxibustions": [], "techniques": [], "confirmations": [],
    }  # fmt: skip
    assert note.content_hash == chain.link(content, previous=chain.BEGINNING)
    assert verifying.verify(note)["checks"] == HOLDS


def test_a_note_signed_before_still_verifies_in_one_chain_with_those_signed_after(cast: Cast):
    before = as_version_1(make_note(cast))
    after = make_note(cast)
    assert (before.content_version, after.content_version) == (1, 2)
    assert (verifying.verify(before)["checks"], verifying.verify(after)["checks"]) == (HOLDS, HOLDS)


def test_a_note_cannot_be_passed_off_as_one_of_an_earlier_version(cast: Cast):
    """Under version 1 the lot would not be covered."""
    draft = charting.begin(
        patient=cast.aroha, practitioner=cast.mere, started_at=NOW, by=cast.practitioner, now=NOW, complaint="Hip"
    )
    stocking.note_use(treatment=draft, lot=make_lot(), needles=2, by=cast.practitioner, now=NOW)
    note = signing.sign(treatment=draft, by=cast.practitioner, now=NOW)
    behind_the_triggers(f"UPDATE treatments_treatment SET content_version = 1 WHERE id = {note.pk}")
    assert LotUse.objects.filter(treatment=note).count() == 1
    assert broken(note) == {"content"}


def test_what_was_added_before_there_was_a_register_is_entered_once(cast: Cast):
    amended, cosigned = make_note(cast, cast.wei), make_cosigned(cast)
    for number in range(3):
        amend(cast, amended, f"Left, not right {number}")
    behind_the_triggers("DELETE FROM treatments_addition")
    assert (broken(amended), broken(cosigned)) == ({"amendments"}, {"cosignature"})
    earlier.enter_what_was_added(apps, None)
    assert [line.kind for line in Addition.objects.all()] == ["amendment"] * 3 + ["cosignature"]
    assert (broken(amended), broken(cosigned)) == (set(), set())
    amend(cast, amended, "One more")
    assert broken(amended) == set()


# Where the session was (STRICTA 2010, 4b)


def test_the_place_is_frozen_under_its_name_of_that_day(cast: Cast):
    note = make_note(cast, appointment=make_visit(cast, NOW - timedelta(hours=1)))
    assert note.place == "Te Aro, Kōwhai"
    cast.rooms[0].name = "Rimu"
    cast.rooms[0].save()
    note.refresh_from_db()
    assert (note.place, broken(note)) == ("Te Aro, Kōwhai", set())
    assert api(cast.practitioner).get(f"/api/v1/treatments/{note.pk}/").json()["place"] == "Te Aro, Kōwhai"


def test_a_session_that_belongs_to_no_visit_has_no_place(cast: Cast):
    assert make_note(cast).place == ""
