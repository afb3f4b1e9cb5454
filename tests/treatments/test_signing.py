"""A signed note is frozen by the database, chained to the one before, and any byte changed behind its back shows."""

import re
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction

from appointments.models import Appointment
from clinic import chain
from clinic.errors import Conflict, NotAllowed, Refusal, refusal_for
from clinic.models import User
from patients.models import Alert
from tests.cast import Cast, api, make_case, make_patient
from tests.rivals import at_once
from tests.treatments.course import make_lot
from tests.visits import make_visit, nz
from tests.world import make_point, note_fields
from treatments import charting, note_content, signing, verifying
from treatments.care import stocking
from treatments.examination import examining
from treatments.models import (
    Amendment,
    Cupping,
    Examination,
    LotUse,
    Moxibustion,
    NeedleLot,
    Needling,
    Technique,
    Treatment,
)

pytestmark = pytest.mark.django_db

NOW = nz("2026-11-02 12:00")
PARTS = {"needlings": Needling, "cuppings": Cupping, "moxibustions": Moxibustion, "techniques": Technique}
URL = "/api/v1/treatments/"
KEYS = ("bleeding_disorder:needles", "bleeding_cupping:fire cups back")
REASONS = [{"key": key, "reason": "Asked the doctor"} for key in KEYS]


@pytest.fixture
def points(db):
    return [make_point("GB30"), make_point("GB34"), make_point("CV4", laterality="midline")]


def begin(cast: Cast, **fields) -> Treatment:
    defaults = {
        "patient": cast.aroha, "practitioner": cast.mere, "started_at": NOW - timedelta(hours=1),
        "by": cast.practitioner, "now": NOW,
    }  # fmt: skip
    return charting.begin(**(defaults | note_fields() | fields))


def sign(cast: Cast, treatment: Treatment, **fields) -> Treatment:
    return signing.sign(treatment=treatment, **({"by": cast.practitioner, "now": NOW} | fields))


@pytest.fixture
def signed(cast: Cast, points) -> Treatment:
    """With a finding that was confirmed."""
    Alert.objects.create(patient=cast.aroha, kind="bleeding_disorder", severity="serious")
    draft = begin(cast, case=make_case(cast.aroha), confirmations=REASONS)
    examining.record(
        patient=cast.aroha, finding="hip_abduction_strength", side="left", value=Decimal(4), treatment=draft,
        by=cast.practitioner, now=NOW,
    )  # fmt: skip
    stocking.note_use(treatment=draft, lot=make_lot(), needles=2, by=cast.practitioner, now=NOW)
    note = sign(cast, draft)
    Alert.objects.all().delete()
    return note


def test_signing_numbers_chains_and_names_the_signer(cast: Cast, points):
    first, second = (sign(cast, begin(cast)) for _ in range(2))
    assert [first.sequence, second.sequence] == [1, 2]
    assert [first.previous_hash, second.previous_hash] == ["0" * 64, first.content_hash]
    assert (first.status, first.signed_by, first.signed_at) == ("signed", cast.practitioner, NOW)
    for note in (first, second):
        assert verifying.verify(note) == {
            "verified": True,
            "checks": dict.fromkeys(["content", "chain", "amendments", "cosignature", "register"], True),
            "content_hash": note.content_hash,
        }


def test_signing_completes_the_visit(cast: Cast, points):
    visit = make_visit(cast, NOW - timedelta(hours=1), status="in_treatment")
    sign(cast, begin(cast, appointment=visit))
    visit.refresh_from_db()
    assert visit.status == "completed"


# Refusals

UNFIT = {
    "appointment_of_another_patient": lambda cast: {"appointment": make_visit(cast, NOW, patient=make_patient())},
    "case_of_another_patient": lambda cast: {"case": make_case(make_patient())},
    "in_the_future": lambda cast: {"started_at": NOW + timedelta(minutes=1)},
    "side_impossible": lambda cast: {
        "needlings": [{"point": make_point("GV4", laterality="midline"), "side": "left"}]
    },
}


@pytest.mark.parametrize("code", UNFIT)
def test_a_note_whose_parts_do_not_fit_is_refused(cast: Cast, points, code: str):
    with pytest.raises(Refusal) as refused:
        begin(cast, **UNFIT[code](cast))
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert Treatment.objects.count() == 0


@pytest.mark.parametrize("code", sorted(set(UNFIT) - {"appointment_of_another_patient"}))
def test_a_draft_cannot_be_revised_into_what_could_not_be_begun(cast: Cast, points, code: str):
    draft = begin(cast)
    with pytest.raises(Refusal) as refused:
        charting.revise(treatment=draft, by=cast.practitioner, now=NOW, **UNFIT[code](cast))
    assert refused.value.code == code


UNFINISHED = {
    "needles_unaccounted": {"needles_in": 3, "needles_out": 2},
    "needles_not_counted": {"needles_in": 0, "needles_out": 0},
    "note_empty": {
        "needles_in": 0, "needles_out": 0, "complaint": "", "subjective": "", "objective": "", "assessment": "",
        "plan": "", "needlings": [], "cuppings": [], "moxibustions": [], "techniques": [],
    },
}  # fmt: skip


@pytest.mark.parametrize("code", UNFINISHED)
def test_an_unfinished_note_is_not_signed(cast: Cast, points, code: str):
    draft = begin(cast, **UNFINISHED[code])
    with pytest.raises(Refusal) as refused:
        sign(cast, draft)
    assert (refused.value.code, refused.value.status) == (code, 422)
    draft.refresh_from_db()
    assert (draft.status, draft.sequence, draft.content_hash) == ("draft", None, "")


def test_only_the_practitioner_who_treated_signs(cast: Cast, points):
    draft = begin(cast)
    for other in (cast.owner, cast.practitioner2, cast.desk):
        with pytest.raises(NotAllowed) as refused:
            sign(cast, draft, by=other)
        assert refused.value.code == "not_your_note"
    response = api(cast.practitioner2).post(f"{URL}{draft.pk}/sign/")
    assert (response.status_code, response.json()["code"]) == (403, "not_your_note")
    assert sign(cast, draft).is_signed


def test_what_is_signed_is_not_signed_revised_or_discarded_and_a_draft_not_amended(cast: Cast, signed: Treatment):
    acts = [
        lambda: sign(cast, signed),
        lambda: charting.revise(treatment=signed, by=cast.practitioner, now=NOW, plan="Other"),
        lambda: charting.discard(treatment=signed, by=cast.practitioner, now=NOW),
    ]
    for act in acts:
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "note_signed"
    draft = begin(cast)
    for act in (
        lambda: signing.amend(treatment=draft, text="x", reason="y", by=cast.practitioner, now=NOW),
        lambda: verifying.verify(draft),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "note_not_signed"


def test_a_visit_has_one_note(cast: Cast, points):
    visit = make_visit(cast, NOW - timedelta(hours=1))
    begin(cast, appointment=visit)
    with pytest.raises(Conflict) as refused:
        begin(cast, appointment=visit)
    assert refused.value.code == "note_exists"


def test_each_refusal_of_charting_and_signing_is_tested():
    folder = Path(settings.BASE_DIR) / "treatments"
    codes = {
        code
        for name in ("charting.py", "signing.py")
        for code in re.findall(r'(?:Refusal|Conflict|NotAllowed)\(\s*"(\w+)"', (folder / name).read_text())
    }
    of_cosigning = {"not_your_student", "already_cosigned", "cosign_not_needed"}
    others = {"note_signed", "note_not_signed", "note_exists", "not_your_note"}
    assert codes - of_cosigning == {*UNFIT, *UNFINISHED, *others}


def test_a_discarded_draft_is_gone_and_its_history_stays(cast: Cast, points):
    draft = begin(cast)
    response = api(cast.practitioner).delete(f"{URL}{draft.pk}/")
    assert response.status_code == 204
    assert Treatment.objects.count() == 0
    assert Treatment.pgh_event_model.objects.filter(pgh_obj_id=draft.pk).count() >= 1


# Frozen by the database


def refused_by_the_database(sql: str, params: list[Any]) -> str:
    """The code of our trigger's refusal of a statement."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
    return refusal_for(refused.value).code


def test_no_column_of_a_signed_note_changes_by_raw_sql(signed: Treatment):
    table = Treatment._meta.db_table
    for field in Treatment._meta.concrete_fields:
        if not field.primary_key:
            sql = f"UPDATE {table} SET {field.column} = {field.column} WHERE id = %s"
            assert refused_by_the_database(sql, [signed.pk]) == "note_signed", field.name
    assert refused_by_the_database(f"UPDATE {table} SET status = 'draft' WHERE id = %s", [signed.pk]) == "note_signed"
    assert refused_by_the_database(f"DELETE FROM {table} WHERE id = %s", [signed.pk]) == "note_signed"


@pytest.mark.parametrize("part", PARTS)
def test_no_part_of_a_signed_note_is_changed_removed_added_or_moved_by_raw_sql(cast: Cast, signed, part: str):
    draft = begin(cast)
    table = PARTS[part]._meta.db_table
    ours, other = getattr(signed, part).first(), getattr(draft, part).first()
    columns = ", ".join(f.column for f in PARTS[part]._meta.concrete_fields if f.name not in {"id", "treatment"})
    statements = [
        (f"UPDATE {table} SET treatment_id = treatment_id WHERE id = %s", [ours.pk]),
        (f"DELETE FROM {table} WHERE id = %s", [ours.pk]),
        (f"INSERT INTO {table} (treatment_id, {columns}) SELECT %s, {columns} FROM {table} WHERE id = %s",
         [signed.pk, other.pk]),
        (f"UPDATE {table} SET treatment_id = %s WHERE id = %s", [signed.pk, other.pk]),
        (f"UPDATE {table} SET treatment_id = %s WHERE id = %s", [draft.pk, ours.pk]),
    ]  # fmt: skip
    assert [refused_by_the_database(*statement) for statement in statements] == ["note_signed"] * 5
    getattr(draft, part).first().delete()


def test_the_orm_and_the_api_cannot_change_it_either(cast: Cast, signed: Treatment):
    for act in (
        lambda: Treatment.objects.filter(pk=signed.pk).update(plan="Other"),
        lambda: Needling.objects.filter(treatment=signed).update(side="left"),
        lambda: Needling.objects.create(treatment=signed, position=9, free_location="x", side="left"),
        lambda: Treatment.objects.get(pk=signed.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    client = api(cast.practitioner)
    for response in (
        client.patch(f"{URL}{signed.pk}/", {"plan": "Other"}),
        client.patch(f"{URL}{signed.pk}/", {"needlings": []}),
        client.delete(f"{URL}{signed.pk}/"),
        client.post(f"{URL}{signed.pk}/sign/"),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "note_signed")
    assert verifying.verify(signed)["verified"] is True


def test_the_database_signs_no_note_with_a_needle_missing_or_half_a_signature(cast: Cast, points):
    draft = begin(cast, needles_in=3, needles_out=2)
    signature = "signed_at = now(), signed_by_id = %s, content_hash = repeat('a', 64), previous_hash = repeat('b', 64)"
    table = Treatment._meta.db_table
    sql = f"UPDATE {table} SET status = 'signed', sequence = 1, {signature} WHERE id = %s"
    assert refused_by_the_database(sql, [cast.practitioner.pk, draft.pk]) == "needles_unaccounted"
    sql = f"UPDATE {table} SET status = 'signed', needles_out = 3 WHERE id = %s"
    assert refused_by_the_database(sql, [draft.pk]) == "signature_incomplete"


def test_amendments_are_added_and_never_changed(cast: Cast, signed: Treatment):
    before = signed.content_hash
    for number in range(3):
        signing.amend(treatment=signed, text=f"Left, not right {number}", reason="Slip", by=cast.practitioner, now=NOW)
    table = Amendment._meta.db_table
    for field in Amendment._meta.concrete_fields:
        sql = f"UPDATE {table} SET {field.column} = {field.column}"
        assert refused_by_the_database(sql, []) == "amendment_final"
    assert refused_by_the_database(f"DELETE FROM {table}", []) == "amendment_final"
    signed.refresh_from_db()
    assert signed.content_hash == before
    assert verifying.verify(signed)["verified"] is True
    said = api(cast.owner).get(f"{URL}{signed.pk}/").json()["amendments"]
    assert [(entry["author_name"], entry["text"]) for entry in said] == [
        ("Mere Ngata", f"Left, not right {number}") for number in range(3)
    ]


def test_an_amendment_says_what_and_why(cast: Cast, signed: Treatment):
    client = api(cast.practitioner)
    for body in ({"text": "", "reason": "x"}, {"text": "x"}, {"reason": "x"}, {}):
        assert client.post(f"{URL}{signed.pk}/amendments/", body).status_code == 400
    assert Amendment.objects.count() == 0


# Any changed byte shows

# What the hash need not cover: when the row was made and saved, and that it is signed at all.
BOOKKEEPING = {"created_at", "updated_at", "status"}


def other_value(row: models.Model, field: models.Field, world: dict[type, Any]) -> Any:
    """A value that differs from the row's as little as it can."""
    value = getattr(row, field.attname)
    if field.is_relation:
        return world[field.related_model]
    if field.choices:
        return next(choice for choice, _ in field.choices if choice != value)
    if isinstance(value, bool) or isinstance(field, models.BooleanField):
        return not value
    if isinstance(value, int):
        return value + (41 if field.unique else 1)
    if isinstance(value, list):
        return [*value, "x"]
    if isinstance(value, dict):
        return value | {"note": f"{value.get('note', '')}."}
    if isinstance(value, str):
        return f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}"
    if field.get_internal_type() == "DateTimeField":
        return value + timedelta(microseconds=1)
    if isinstance(value, date):
        return value + timedelta(days=1)
    return {"DecimalField": Decimal("1.5")}.get(field.get_internal_type(), 7)


def verified(*notes: Treatment) -> bool:
    return all(verifying.verify(note)["verified"] for note in notes)


def tampered(row: models.Model, field: models.Field, value: Any, verify: Callable[[], bool]) -> bool:
    """What verifying says after an owner of the tables, triggers off and constraints dropped, changed one value."""
    table = row._meta.db_table
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for constraint in row._meta.constraints:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint.name}")
        type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: value})
        outcome = verify()
        transaction.set_rollback(True)
    return outcome


def test_verifying_finds_any_changed_column_of_the_note_its_parts_and_its_amendments(cast: Cast, signed: Treatment):
    visit, person = make_visit(cast, NOW), make_patient()
    signing.amend(treatment=signed, text="Left, not right", reason="Slip", by=cast.practitioner, now=NOW)
    after = sign(cast, begin(cast))
    world = {
        Appointment: visit.pk, person.__class__: person.pk, cast.wei.__class__: cast.wei.pk,
        signed.case.__class__: make_case(cast.aroha).pk, User: cast.owner.pk, Treatment: after.pk,
        make_point("ST36").__class__: "GB34", NeedleLot: make_lot(lot_number="L-2").pk,
    }  # fmt: skip
    rows = [signed, *(row for part in PARTS for row in getattr(signed, part).all()), *signed.amendments.all()]
    rows += [*signed.confirmations.all(), *signed.examinations.all(), *signed.lot_uses.all(), *signed.additions.all()]
    unnoticed, tried = [], 0
    for row in rows:
        for field in row._meta.concrete_fields:
            if field.primary_key or field.name in BOOKKEEPING:
                continue
            # An amendment that is moved to another note shows there: its hash holds its own note's.
            notes = (signed, after) if (row._meta.model, field.name) == (Amendment, "treatment") else (signed,)
            outcome = tampered(row, field, other_value(row, field, world), lambda notes=notes: verified(*notes))
            tried += 1
            if outcome:
                unnoticed.append(f"{row._meta.model_name}.{field.name}")
    assert unnoticed == []
    assert tried > 80
    assert verifying.verify(signed)["verified"] is True


def test_a_note_that_was_forged_whole_breaks_the_next_one(cast: Cast, points):
    """Content and hash changed together stand alone, but not before their successor."""
    first, second = (sign(cast, begin(cast)) for _ in range(2))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE treatments_treatment DISABLE TRIGGER USER")
    Treatment.objects.filter(pk=first.pk).update(plan="Forged")
    whole = Treatment.objects.under_signature().get(pk=first.pk)
    forged = chain.link(note_content.content_of(whole, last_addition=""), previous=first.previous_hash)
    Treatment.objects.filter(pk=first.pk).update(content_hash=forged)
    assert verifying.verify(first)["verified"] is True
    assert verifying.verify(second)["checks"] == {
        "content": True, "chain": False, "amendments": True, "cosignature": True, "register": True,
    }  # fmt: skip


def test_a_part_that_is_added_or_taken_away_shows(signed: Treatment):
    for part, model in {**PARTS, "examinations": Examination, "lot_uses": LotUse}.items():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("ALTER TABLE treatments_lotuse DROP CONSTRAINT lot_use_once_per_treatment")
                cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE TRIGGER USER")
            row = getattr(signed, part).last()
            row.delete()
            assert verifying.verify(signed)["checks"]["content"] is False, part
            row.pk = None
            row.save(force_insert=True)
            assert verifying.verify(signed)["checks"]["content"] is True, part
            row.pk = None
            row.save(force_insert=True)
            assert verifying.verify(signed)["checks"]["content"] is False, part
            transaction.set_rollback(True)


# Lists inside a PATCH


def test_a_patch_replaces_the_lists_it_names_and_leaves_the_others(cast: Cast, points):
    draft = begin(cast)
    client = api(cast.practitioner)
    said = client.patch(
        f"{URL}{draft.pk}/", {"needlings": [{"point": "gb-34", "side": "left"}], "cuppings": []}
    ).json()
    assert [(row["point"], row["side"]) for row in said["needlings"]] == [("GB34", "left")]
    assert said["cuppings"] == []
    assert len(said["moxibustions"]) == len(said["techniques"]) == 1
    assert said["complaint"] == "complaint"


@pytest.mark.parametrize(
    ("needlings", "field", "code"),
    [
        ([{"side": "left"}, {"point": "GB30"}], "needlings.1.side", "required"),
        ([{"point": "GB99", "side": "left"}], "needlings.0.point", "does_not_exist"),
        ([{"point": "H7", "side": "left"}], "needlings.0.point", "ambiguous"),
        ([{"point": "GB\x0030", "side": "left"}], "needlings.0.point", "does_not_exist"),
        ([{"point": 30, "side": "left"}], "needlings.0.point", "invalid"),
        ([{"point": "GB30", "side": "up"}], "needlings.0.side", "invalid_choice"),
        ([{"point": "GB30", "side": "left", "depth_mm": 40000}], "needlings.0.depth_mm", "max_value"),
        ([{"point": "GB30", "side": "left", "electro_hz": "123456.7"}], "needlings.0.electro_hz", "max_digits"),
        ([{"point": "GB30", "side": "left", "gauge": "\x00"}], "needlings.0.gauge", "null_characters_not_allowed"),
        ({"point": "GB30"}, "needlings", "not_a_list"),
        ("GB30", "needlings", "not_a_list"),
        ([[]], "needlings.0", "invalid"),
        (None, "needlings", "null"),
    ],
)
def test_a_malformed_list_is_400_with_the_place_and_changes_nothing(cast: Cast, points, needlings, field, code):
    draft = begin(cast)
    response = api(cast.practitioner).patch(f"{URL}{draft.pk}/", {"needlings": needlings, "plan": "Other"})
    assert response.status_code == 400, response.content
    assert [(entry["field"], entry["code"]) for entry in response.json()["errors"]] == [(field, code)]
    draft.refresh_from_db()
    assert (draft.plan, draft.needlings.count()) == ("plan", 2)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"needlings": [{"side": "left"}]}, "needling_without_place"),
        ({"needlings": [{"point": "GB30", "side": "left", "depth_mm": 151}]}, "depth_implausible"),
        ({"needlings": [{"point": "GB30", "side": "left", "retention_minutes": 241}]}, "retention_implausible"),
        ({"moxibustions": [{"kind": "box"}]}, "moxibustion_without_place"),
        ({"face_to_face_minutes": 481}, "minutes_implausible"),
        ({"needlings": [{"point": "CV4", "side": "left"}]}, "side_impossible"),
        ({"needlings": [{"point": "GB30", "side": "midline"}]}, "side_impossible"),
    ],
)
def test_what_the_database_will_not_keep_is_422_and_changes_nothing(cast: Cast, points, change, code):
    draft = begin(cast)
    response = api(cast.practitioner).patch(f"{URL}{draft.pk}/", change | {"plan": "Other"})
    assert (response.status_code, response.json()["code"]) == (422, code)
    draft.refresh_from_db()
    assert (draft.plan, draft.needlings.count(), draft.moxibustions.count()) == ("plan", 2, 1)


def test_a_note_out_of_the_api_goes_back_in_unchanged(cast: Cast, points):
    draft = begin(cast)
    client = api(cast.practitioner)
    said = client.get(f"{URL}{draft.pk}/").json()
    again = client.patch(f"{URL}{draft.pk}/", said).json()
    assert {**again, "updated_at": None} == {**said, "updated_at": None}


# At the same time


@pytest.mark.django_db(transaction=True)
def test_notes_signed_at_once_make_one_chain_without_gaps(transactional_db, cast: Cast):
    make_point("GB30")
    drafts = [begin(cast) for _ in range(8)]
    signed = at_once([lambda draft=draft: sign(cast, draft) for draft in drafts])
    assert sorted(note.sequence for note in signed) == list(range(1, 9))
    assert all(verifying.verify(note)["verified"] for note in signed)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_the_same_note_the_second_is_told(transactional_db, cast: Cast):
    make_point("GB30")
    visit = make_visit(cast, NOW - timedelta(hours=1))
    outcomes = at_once([lambda: begin(cast, appointment=visit) for _ in range(6)])
    assert len([note for note in outcomes if isinstance(note, Treatment)]) == 1
    assert {outcome.code for outcome in outcomes if not isinstance(outcome, Treatment)} == {"note_exists"}


def added_while_signing(cast: Cast) -> list[Any]:
    """Raw SQL adds a needle to a note whose signature is written and not committed yet."""
    draft, written = begin(cast), threading.Event()

    def signer():
        with transaction.atomic():
            note = sign(cast, draft)
            written.set()
            time.sleep(0.4)
        return note

    def intruder():
        written.wait(timeout=10)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO treatments_needling"
                " (treatment_id, position, free_location, side, technique, angle, gauge, stimulation, needle_type)"
                " VALUES (%s, 9, 'knot', 'left', 'even', '', '', '', '')",
                [draft.pk],
            )

    return at_once([signer, intruder])


@pytest.mark.django_db(transaction=True)
def test_a_part_added_while_the_signature_is_being_written_waits_and_is_refused(transactional_db, cast: Cast):
    make_point("GB30")
    note, refused = added_while_signing(cast)
    assert refusal_for(refused).code == "note_signed"
    assert note.needlings.count() == 2
    assert verifying.verify(note)["verified"] is True


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_trigger_the_part_gets_in_and_verifying_finds_it(transactional_db, cast: Cast):
    make_point("GB30")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE treatments_needling DISABLE TRIGGER USER")
    try:
        note, refused = added_while_signing(cast)
        assert refused is None
        assert note.needlings.count() == 3
        assert verifying.verify(note)["checks"]["content"] is False
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE treatments_needling ENABLE TRIGGER USER")


def test_opening_a_patient_with_many_notes_costs_the_same_queries(cast: Cast, points, django_assert_max_num_queries):
    client = api(cast.practitioner)
    costs = []
    for count in (1, 9, 20):
        for _ in range(count):
            begin(cast)
        with django_assert_max_num_queries(40) as captured:
            answer = client.get(f"{URL}?patient={cast.aroha.pk}")
        assert answer.json()["count"] == Treatment.objects.count()
        costs.append(len(captured))
    assert len(set(costs[1:])) == 1, costs
