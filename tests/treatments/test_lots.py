from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.errors import Conflict, refusal_for
from clinic.models import AccessEvent
from tests.cast import api, make_patient
from tests.counting import queries_while_growing
from tests.treatments.course import make_lot, session
from tests.visits import nz
from treatments import signing
from treatments.care import stocking
from treatments.models import LotUse

NOW = nz("2026-11-20 12:00")
DOOR = "/api/v1/needle-lots/"


def use(cast, lot, treatment, needles=4) -> LotUse:
    return stocking.note_use(treatment=treatment, lot=lot, needles=needles, by=cast.practitioner, now=NOW)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lot_number": ""}, "lot_unnamed"),
        ({"maker": ""}, "lot_unnamed"),
        ({"expires_on": date(2026, 9, 30)}, "lot_expired"),
    ],
)
def test_the_database_refuses_a_lot_that_cannot_be(db, changes, code):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        make_lot(**changes)
    assert (refusal_for(error.value).code, refusal_for(error.value).status) == (code, 422)


def test_a_lot_is_listed_once(db):
    make_lot()
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        make_lot()
    assert (refusal_for(error.value).code, refusal_for(error.value).status) == ("lot_exists", 409)
    make_lot(gauge="0.30x40")


def test_a_lot_is_noted_once_for_a_session_with_a_number_that_can_be(cast):
    lot, draft = make_lot(), session(cast, NOW, sign=False)
    use(cast, lot, draft)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        use(cast, lot, draft)
    assert refusal_for(error.value).code == "lot_noted_already"
    for needles in (0, 201):
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            use(cast, make_lot(lot_number=f"L-{needles}"), draft, needles)
        assert refusal_for(error.value).code == "needles_implausible"


def test_the_lots_of_a_signed_note_are_settled(cast):
    lot, draft = make_lot(), session(cast, NOW, sign=False)
    noted = use(cast, lot, draft)
    signing.sign(treatment=draft, by=cast.practitioner, now=NOW)
    for act in (
        lambda: use(cast, make_lot(lot_number="L-2"), draft),
        lambda: stocking.strike_use(use=noted, by=cast.practitioner, now=NOW),
    ):
        with pytest.raises(Conflict) as refusal:
            act()
        assert refusal.value.code == "note_signed"
    for sql in (
        "UPDATE treatments_lotuse SET needles = 9",
        "DELETE FROM treatments_lotuse",
        "INSERT INTO treatments_lotuse (created_at, updated_at, treatment_id, lot_id)"
        f" SELECT now(), now(), {draft.pk}, {make_lot(lot_number='L-3').pk}",
    ):
        with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
        assert (refusal_for(error.value).code, refusal_for(error.value).status) == ("note_signed", 409)


def test_who_had_a_lot_and_nobody_else(cast):
    lot, other = make_lot(), make_lot(lot_number="L-2")
    had, had_not = make_patient(first_name="Ihaia", last_name="Rangi"), make_patient()
    first = session(cast, nz("2026-11-03 10:00"), patient=had, sign=False)
    second = session(cast, nz("2026-11-10 10:00"), patient=had, sign=False)
    for draft in (first, second):
        use(cast, lot, draft, needles=6)
    use(cast, other, session(cast, NOW, patient=had_not, sign=False))
    answer = api(cast.practitioner).get(f"{DOOR}{lot.pk}/patients/?ordering=treatment__started_at").json()
    assert answer["results"] == [
        {
            "treatment": draft.pk,
            "patient": had.pk,
            "patient_name": "Ihaia Rangi",
            "started_at": started_at,
            "needles": 6,
            "had_expired": False,
        }
        for draft, started_at in ((first, "2026-11-03T10:00:00+13:00"), (second, "2026-11-10T10:00:00+13:00"))
    ]
    read = AccessEvent.objects.filter(subject_kind="lot_use").values_list("patient_id", flat=True)
    assert list(read) == [had.pk] * 2


@pytest.mark.parametrize("role", ["desk", "billing"])
def test_who_had_a_lot_is_for_those_who_read_notes(cast, role):
    lot = make_lot()
    assert api(getattr(cast, role)).get(f"{DOOR}{lot.pk}/patients/").status_code == 403


def test_a_lot_that_is_not_there_has_no_patients_and_is_not_found(cast):
    assert api(cast.practitioner).get(f"{DOOR}987654/patients/").status_code == 404


def test_an_expired_lot_is_noted_and_shown_as_such(cast):
    lot = make_lot(expires_on=date(2026, 11, 19))
    draft = session(cast, nz("2026-11-20 00:30"), sign=False)
    client = api(cast.practitioner)
    made = client.post(f"/api/v1/treatments/{draft.pk}/lots/", {"lot": lot.pk, "needles": 4})
    assert (made.status_code, made.json()["had_expired"], made.json()["lot_name"]) == (
        201, True, "Example Classic 0.25x40, lot L-1",
    )  # fmt: skip
    last_day = session(cast, nz("2026-11-19 23:30"), sign=False)
    assert client.post(f"/api/v1/treatments/{last_day.pk}/lots/", {"lot": lot.pk}).json()["had_expired"] is False


def test_lots_of_a_session_over_http(cast):
    lot, draft = make_lot(), session(cast, NOW, sign=False)
    other = session(cast, NOW, patient=make_patient(), sign=False)
    client, where = api(cast.practitioner), f"/api/v1/treatments/{draft.pk}/lots/"
    made = client.post(where, {"lot": lot.pk, "needles": 4})
    twice = client.post(where, {"lot": lot.pk})
    assert (twice.status_code, twice.json()["code"]) == (409, "lot_noted_already")
    assert [row["id"] for row in client.get(where).json()["results"]] == [made.json()["id"]]
    elsewhere = f"/api/v1/treatments/{other.pk}/lots/"
    assert client.get(elsewhere).json()["results"] == []
    assert client.get(f"{elsewhere}{made.json()['id']}/").status_code == 404
    assert client.delete(f"{elsewhere}{made.json()['id']}/").status_code == 404
    assert client.get("/api/v1/treatments/987654/lots/").status_code == 404
    assert client.delete(f"{where}{made.json()['id']}/").status_code == 204
    assert LotUse.objects.count() == 0


def test_a_lot_is_found_by_its_number(cast):
    make_lot()
    make_lot(lot_number="X-99")
    rows = api(cast.practitioner).get(f"{DOOR}?search=x-9").json()["results"]
    assert [row["lot_number"] for row in rows] == ["X-99"]


def test_lots_and_their_patients_cost_the_same_queries_for_one_ten_and_a_hundred(cast):
    client, lot = api(cast.practitioner), make_lot()
    for where, make in (
        (f"{DOOR}{lot.pk}/patients/?page_size=200",
         lambda n: use(cast, lot, session(cast, NOW, patient=make_patient(), sign=False))),
        (f"{DOOR}?maker=Other&page_size=200", lambda n: make_lot(maker="Other", lot_number=f"M-{n}")),
    ):  # fmt: skip
        counts = queries_while_growing(client, where, make)
        assert counts == [counts[0]] * 3


def test_the_lots_of_a_session_cost_the_same_queries_for_one_ten_and_a_hundred(cast):
    draft = session(cast, NOW, sign=False)
    counts = queries_while_growing(
        api(cast.practitioner),
        f"/api/v1/treatments/{draft.pk}/lots/?page_size=200",
        lambda number: use(cast, make_lot(lot_number=f"M-{number}"), draft),
    )
    assert counts == [counts[0]] * 3
