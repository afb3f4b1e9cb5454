"""Contacts, alerts, consents and the record of reads: what belongs to one patient."""

from datetime import UTC, date, datetime

import pytest

from clinic.models import AccessEvent
from patients.models import Alert, Consent, Contact
from tests.cast import api, make_case, make_patient
from tests.counting import queries_while_growing

PATIENTS = "/api/v1/patients/"
CONTACT = {"name": "Hemi Tāmati", "relationship": "Brother", "phone": "021 555 0100", "email": "hemi@example.nz"}
ALERT = {"kind": "pregnancy", "severity": "serious", "due_on": "2027-02-01", "begins_on": "2026-05-01"}
CONSENT = {
    "kind": "moxibustion",
    "version": "2026-1",
    "manner": "written",
    "given_at": "2026-11-02T09:00:00+13:00",
}
ALL = [("contacts", CONTACT), ("alerts", ALERT), ("consents", CONSENT)]
each = pytest.mark.parametrize(("part", "body"), ALL, ids=[part for part, _ in ALL])
MODELS = {"contacts": Contact, "alerts": Alert, "consents": Consent}


def url(patient, part: str, key: int | None = None) -> str:
    return f"{PATIENTS}{patient.pk}/{part}/" + (f"{key}/" if key is not None else "")


def make(part: str, patient, n: int = 0):
    if part == "contacts":
        return Contact.objects.create(patient=patient, name=f"Contact {n}")
    if part == "alerts":
        return Alert.objects.create(patient=patient, kind="other", note=f"Alert {n}")
    given = datetime(2026, 10, 1, 21, tzinfo=UTC)
    return Consent.objects.create(patient=patient, kind="privacy", version=str(n), given_at=given, manner="verbal")


@each
def test_one_is_added_read_and_changed(cast, part, body):
    client = api(cast.desk)
    added = client.post(url(cast.aroha, part), body)
    assert added.status_code == 201, added.json()
    assert {name: added.json()[name] for name in body} == body
    row = MODELS[part].objects.get()
    assert (row.pk, row.patient) == (added.json()["id"], cast.aroha)
    assert row.events.get().pgh_context.metadata["user"] == cast.desk.pk
    read = client.get(url(cast.aroha, part, row.pk))
    assert (read.json(), read["ETag"]) == (added.json(), added["ETag"])
    assert client.get(url(cast.aroha, part)).json()["results"] == [added.json()]
    field, value = {
        "contacts": ("phone", "021 555 0101"),
        "alerts": ("note", "Twins"),
        "consents": ("given_by", "Her mother"),
    }[part]
    changed = client.patch(url(cast.aroha, part, row.pk), {field: value}).json()
    follows = {"updated_at": 0, "banner": 0}
    assert changed | follows == added.json() | {field: value} | follows


@each
def test_those_of_another_patient_are_not_there(cast, part, body):
    other = make_patient()
    theirs = make(part, other)
    client = api(cast.owner)
    assert client.get(url(cast.aroha, part)).json()["count"] == 0
    assert client.get(url(cast.aroha, part, theirs.pk)).status_code == 404
    assert client.patch(url(cast.aroha, part, theirs.pk), {}).status_code == 404


@each
@pytest.mark.parametrize("key", ["0", "999999", "999999999999999999", "9" * 19, "9" * 5000, "-1", "x", "1.0", "%00"])
def test_ids_of_nobody_are_404(cast, part, body, key):
    client = api(cast.owner)
    missing = [
        client.get(f"{PATIENTS}{key}/"),
        client.patch(f"{PATIENTS}{key}/", {}),
        client.get(f"{PATIENTS}{key}/{part}/"),
        client.post(f"{PATIENTS}{key}/{part}/", body),
        client.get(f"{PATIENTS}{key}/access-log/"),
        client.get(f"{url(cast.aroha, part)}{key}/"),
        client.get(f"/api/v1/cases/{key}/"),
        client.get(f"/api/v1/payers/{key}/"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in missing] == [(404, "not_found")] * 8
    assert MODELS[part].objects.count() == 0


@each
def test_a_stale_change_is_refused(cast, part, body):
    row, client = make(part, cast.aroha), api(cast.practitioner)
    tag = client.get(url(cast.aroha, part, row.pk))["ETag"]
    assert client.patch(url(cast.aroha, part, row.pk), {}, headers={"If-Match": tag}).status_code == 200
    stale = client.patch(url(cast.aroha, part, row.pk), body, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_edit")


@each
def test_one_does_not_move_to_another_patient(cast, part, body):
    row, other = make(part, cast.aroha), make_patient()
    sent = {"patient": other.pk, "patient_id": other.pk, "id": 7, "created_at": "2001-01-01T00:00:00Z"}
    assert api(cast.desk).patch(url(cast.aroha, part, row.pk), sent).status_code == 200
    after = MODELS[part].objects.get()
    assert (after.pk, after.patient, after.created_at) == (row.pk, cast.aroha, row.created_at)


@each
def test_none_is_deleted(cast, part, body):
    row = make(part, cast.aroha)
    assert api(cast.owner).delete(url(cast.aroha, part, row.pk)).status_code == 405
    assert MODELS[part].objects.count() == 1


@each
def test_the_list_costs_the_same_whatever_its_length(cast, part, body):
    client = api(cast.desk)
    counts = queries_while_growing(
        client, f"{url(cast.aroha, part)}?page_size=200", lambda n: make(part, cast.aroha, n)
    )
    assert len(set(counts)) == 1, counts


@pytest.mark.parametrize(
    ("part", "wrong", "expected"),
    [
        ("alerts", {"ends_on": "2026-04-30"}, (422, "ends_before_it_begins")),
        ("alerts", {"kind": "epilepsy"}, (422, "due_date_without_pregnancy")),
        ("alerts", {"kind": "vampirism"}, (400, "invalid")),
        ("alerts", {"side": "top"}, (400, "invalid")),
        ("consents", {"manner": "verbal"}, (422, "consent_must_be_written")),
        ("consents", {"given_at": "2026-11-02T09:00:00"}, (400, "invalid")),
        ("consents", {"given_at": "9999-12-31T23:59:59-12:00"}, (400, "invalid")),
        ("contacts", {"name": ""}, (400, "invalid")),
        ("contacts", {"email": "hemi"}, (400, "invalid")),
    ],
)
def test_what_contradicts_itself_is_refused(cast, part, wrong, expected):
    answer = api(cast.desk).post(url(cast.aroha, part), dict(ALL)[part] | wrong)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert MODELS[part].objects.count() == 0


def test_alerts_are_asked_for_by_kind_and_end(cast):
    for kind, ends_on in [("pregnancy", date(2026, 1, 1)), ("pacemaker", None), ("asthma", None)]:
        Alert.objects.create(patient=cast.aroha, kind=kind, ends_on=ends_on)
    base = url(cast.aroha, "alerts")
    client = api(cast.practitioner)
    kinds = {
        query: [row["kind"] for row in client.get(f"{base}?{query}").json()["results"]]
        for query in ("kind__in=pregnancy,asthma", "ends_on__isnull=true", "ends_on__gte=2026-01-02")
    }
    assert kinds == {
        "kind__in=pregnancy,asthma": ["asthma", "pregnancy"],
        "ends_on__isnull=true": ["asthma", "pacemaker"],
        "ends_on__gte=2026-01-02": [],
    }


def events() -> list[tuple]:
    return sorted(AccessEvent.objects.values_list("user__username", "subject_kind", "subject_id", "patient_id"))


def test_opening_a_patient_s_record_is_recorded_and_listing_is_not(cast):
    client = api(cast.desk)
    client.get(PATIENTS)
    assert events() == []
    client.get(f"{PATIENTS}{cast.aroha.pk}/")
    assert events() == [("desk", "patient", cast.aroha.pk, cast.aroha.pk)]


def test_reading_alerts_and_cases_is_recorded_in_lists_too(cast):
    alert, case = make("alerts", cast.aroha), make_case(cast.aroha)
    client = api(cast.billing)
    for address in [url(cast.aroha, "alerts"), "/api/v1/cases/", f"/api/v1/cases/{case.pk}/"]:
        client.get(address)
    assert events() == [
        ("billing", "alert", alert.pk, cast.aroha.pk),
        ("billing", "case", case.pk, cast.aroha.pk),
        ("billing", "case", case.pk, cast.aroha.pk),
    ]


def test_what_was_not_there_is_not_recorded(cast):
    client = api(cast.desk)
    client.get(f"{PATIENTS}999999/")
    client.get(url(cast.aroha, "alerts"))
    assert events() == []


def test_the_owner_sees_who_read_a_patient_s_record(cast):
    other = make_patient()
    reader = api(cast.desk)
    read = reader.get(f"{PATIENTS}{cast.aroha.pk}/")
    reader.get(f"{PATIENTS}{other.pk}/")
    log = api(cast.owner).get(url(cast.aroha, "access-log")).json()
    (row,) = log["results"]
    assert row.pop("id")
    assert row.pop("at").endswith(("+12:00", "+13:00"))
    assert row == {
        "user": cast.desk.pk,
        "user_name": "Dana Reid",
        "act": "read",
        "subject_kind": "patient",
        "subject_id": cast.aroha.pk,
        "request_id": read["X-Request-Id"],
    }


@pytest.mark.parametrize("who", ["desk", "billing", "practitioner", "patient_user"])
def test_others_do_not(cast, who):
    answer = api(getattr(cast, who)).get(url(cast.aroha, "access-log"))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_nobody_writes_in_the_access_log(cast):
    client = api(cast.owner)
    assert client.post(url(cast.aroha, "access-log"), {}).status_code == 405
    assert client.patch(f"{url(cast.aroha, 'access-log')}1/", {}).status_code == 404


def test_the_access_log_costs_the_same_whatever_its_length(cast):
    def read(n):
        AccessEvent.objects.record(
            by=cast.staff[n % 5], rows=[cast.aroha], subject_kind="patient", now=datetime(2026, 11, 1, tzinfo=UTC)
        )

    counts = queries_while_growing(api(cast.owner), f"{url(cast.aroha, 'access-log')}?page_size=200", read)
    assert len(set(counts)) == 1, counts
