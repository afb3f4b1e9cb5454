"""Consents: to a version of a text, given, missing, withdrawn."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.errors import Refusal
from patients import consenting, reference
from patients.agreements import FOR_CASES, FOR_PLANS, missing_consents, needed_consents
from patients.models import Consent, ConsentKind, ConsentText, Patient
from patients.models.consent import consents_standing
from tests.cast import api, make_patient
from tests.counting import queries_while_growing
from tests.patients.test_constraints import refused

NOW = datetime(2026, 11, 20, 22, tzinfo=UTC)  # 11:00 on 21 November in Auckland
TEXTS = "/api/v1/consent-texts/"


def make_text(kind="treatment", version="2026-1", **fields) -> ConsentText:
    fields = {"title": "Consent", "text": "I agree.", "valid_from": date(2026, 1, 1)} | fields
    return ConsentText.objects.create(kind=kind, version=version, **fields)


def give(patient, kind="treatment", **fields) -> Consent:
    return consenting.give(**{"patient": patient, "kind": kind, "manner": "written", "by": None, "now": NOW} | fields)


def url(patient, key="") -> str:
    return f"/api/v1/patients/{patient.pk}/consents/" + (f"{key}/" if key else "")


def refusal_of(act) -> tuple[int, str]:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.status, caught.value.code


# Texts


def test_every_kind_ships_with_a_text_of_its_own(db):
    reference.ensure()
    texts = ConsentText.objects.in_bulk(field_name="id").values()
    assert sorted(text.kind for text in texts) == sorted(ConsentKind.values)
    assert {(text.version, text.language, text.valid_from) for text in texts} == {("2026-1", "en", date(2026, 1, 1))}
    assert len({text.text for text in texts}) == len({text.title for text in texts}) == len(ConsentKind)
    for text in texts:
        assert "\n" not in text.title, text.kind
        assert text.text == text.text.strip()


def test_what_the_texts_must_say(db):
    reference.ensure()
    said = dict(ConsentText.objects.values_list("kind", "text"))
    # Code of Health and Disability Services Consumers' Rights, rights 6, 7 and 10
    for words in ("refuse", "withdraw", "complain", "Health and Disability Commissioner"):
        assert words in said["treatment"]
    # Auckland Council code of practice: risks first, consent in writing
    assert "Risks:" in said["moxibustion"]
    assert "in writing" in said["moxibustion"]
    # acumed.com.au: marks go in about a week; they may be mistaken for an injury
    assert "about a week" in said["cupping_marks"]
    assert "injury" in said["cupping_marks"]
    # Health (Retention of Health Information) Regulations 1996
    assert "ten years" in said["privacy"]


def test_shipping_again_leaves_what_is_there(db):
    make_text(text="Ours.", title="Ours")
    reference.ensure()
    reference.ensure()
    assert ConsentText.objects.count() == len(ConsentKind)
    assert ConsentText.objects.get(kind="treatment").text == "Ours."


def test_a_version_is_written_once_for_each_kind_and_language(db):
    make_text()
    make_text(language="mi")
    make_text(kind="privacy")
    assert refused(make_text) == (409, "consent_text_version_taken")


@pytest.mark.parametrize("empty", ["version", "title", "text"])
def test_a_text_says_something(db, empty):
    assert refused(lambda: make_text(**{empty: ""})) == (422, "consent_text_empty")


@pytest.mark.parametrize("language", ["", "English", "EN", "e", "zh_Hans"])
def test_a_language_is_a_tag(db, language):
    assert refused(lambda: make_text(language=language)) == (422, "language_malformed")


@pytest.mark.parametrize("change", ["UPDATE patients_consenttext SET text = ''", "DELETE FROM patients_consenttext"])
def test_a_text_stays_even_for_raw_sql(db, change):
    make_text()

    def ask():
        with connection.cursor() as cursor:
            cursor.execute(change)

    assert refused(ask) == (409, "consent_text_final")


def test_the_current_text_is_the_newest_valid_one_of_each_kind_and_language(db):
    make_text(version="1", valid_from=date(2025, 1, 1))
    second = make_text(version="2", valid_from=date(2026, 1, 1))
    make_text(version="3", valid_from=date(2026, 12, 1))
    other = make_text(version="1", language="mi")
    assert set(ConsentText.objects.current(date(2026, 11, 21))) == {second, other}
    assert set(ConsentText.objects.current(date(2024, 12, 31))) == set()


def test_the_owner_publishes_a_version_and_everybody_reads_it(cast):
    body = {
        "kind": "treatment",
        "version": "2026-2",
        "language": "en",
        "title": "Consent",
        "text": "<b>I agree</b> & understand.",
        "valid_from": "2026-06-01",
    }
    made = api(cast.owner).post(TEXTS, body)
    assert made.status_code == 201, made.json()
    assert {name: made.json()[name] for name in body} == body
    for user in (*cast.staff, cast.patient_user):
        assert api(user).get(TEXTS, {"current_on": "2026-11-21"}).json()["results"] == [made.json()]
        assert api(user).get(TEXTS, {"current_on": "2026-05-31"}).json()["results"] == []
    assert api(cast.desk).post(TEXTS, body | {"version": "2026-3"}).status_code == 403
    again = api(cast.owner).post(TEXTS, body)
    assert (again.status_code, again.json()["code"]) == (409, "consent_text_version_taken")
    assert api(cast.owner).patch(f"{TEXTS}{made.json()['id']}/", {"text": "No"}).status_code == 405


def test_the_list_of_texts_costs_the_same_whatever_its_length(cast):
    counts = queries_while_growing(api(cast.owner), f"{TEXTS}?page_size=200", lambda n: make_text(version=f"v{n}"))
    assert len(set(counts)) == 1, counts


# Giving


def test_a_consent_points_to_the_text_that_is_current_on_its_day(cast):
    old = make_text(version="1", valid_from=date(2025, 1, 1))
    new = make_text(version="2", valid_from=date(2026, 11, 21))
    assert (give(cast.aroha).text, give(cast.aroha).version) == (new, "2")
    # The evening before in Auckland is still the old one's day.
    assert give(cast.aroha, given_at=NOW - timedelta(hours=12)).text == old


def test_a_version_finds_its_text_and_without_one_names_the_practice_s_own_form(cast):
    text = make_text(version="2026-1")
    assert give(cast.aroha, version="2026-1").text == text
    paper = give(cast.aroha, version="paper 2019")
    assert (paper.text, paper.version) == (None, "paper 2019")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"given_at": NOW + timedelta(seconds=1)}, (422, "consent_in_future")),
        ({"kind": "privacy"}, (422, "consent_text_missing")),
        ({"language": "mi"}, (422, "consent_text_missing")),
    ],
)
def test_what_cannot_have_been_agreed_to_is_refused(cast, fields, expected):
    make_text()
    assert refusal_of(lambda: give(cast.aroha, **fields)) == expected
    assert Consent.objects.count() == 0


def test_a_text_that_is_not_in_use_yet_is_refused(cast):
    later = make_text(valid_from=date(2026, 11, 22))
    assert refusal_of(lambda: give(cast.aroha, text=later)) == (422, "consent_text_not_valid_yet")


def test_a_text_of_another_kind_or_version_does_not_fit(cast):
    text = make_text()
    for fields in ({"kind": "privacy"}, {"version": "2"}):
        assert refusal_of(lambda fields=fields: give(cast.aroha, text=text, **fields)) == (
            409,
            "consent_text_does_not_fit",
        )
    stamp = {"patient": cast.aroha, "manner": "written", "given_at": NOW, "text": text}
    for wrong in ({"kind": "privacy", "version": text.version}, {"kind": "treatment", "version": "2"}):
        assert refused(lambda wrong=wrong: Consent.objects.create(**stamp, **wrong)) == (
            409,
            "consent_text_does_not_fit",
        )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE patients_consent SET kind = 'privacy'",
        "UPDATE patients_consent SET version = '9'",
        "UPDATE patients_consent SET given_at = given_at - interval '1 day'",
        "UPDATE patients_consent SET manner = 'verbal'",
        "UPDATE patients_consent SET text_id = NULL",
        "DELETE FROM patients_consent",
    ],
)
def test_what_was_agreed_to_stays_even_for_raw_sql(cast, change):
    make_text()
    give(cast.aroha)

    def ask():
        with connection.cursor() as cursor:
            cursor.execute(change)

    assert refused(ask) == (409, "consent_final")


def test_who_gave_it_can_be_corrected(cast):
    make_text()
    consent = give(cast.aroha)
    answer = api(cast.desk).patch(
        url(cast.aroha, consent.pk), {"given_by": "Her mother", "kind": "privacy", "manner": "verbal"}
    )
    assert (answer.status_code, answer.json()["given_by"]) == (200, "Her mother")
    assert (answer.json()["kind"], answer.json()["manner"]) == ("treatment", "written")


def test_one_is_given_over_http_with_no_more_than_kind_and_manner(cast):
    text = make_text()
    answer = api(cast.desk).post(url(cast.aroha), {"kind": "treatment", "manner": "electronic"})
    body = answer.json()
    assert answer.status_code == 201, body
    assert (body["text"], body["version"], body["withdrawn_at"]) == (text.pk, "2026-1", None)
    assert api(cast.desk).get(url(cast.aroha, body["id"])).json() == body
    assert answer["ETag"] == api(cast.desk).get(url(cast.aroha, body["id"]))["ETag"]


# Withdrawing


def test_a_consent_is_withdrawn_and_kept(cast):
    make_text()
    consent = give(cast.aroha)
    client = api(cast.desk)
    place = f"{url(cast.aroha, consent.pk)}withdraw/"
    gone = "2026-11-21T11:00:00+13:00"
    answer = client.post(place, {"withdrawn_at": gone, "note": "By telephone"})
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["withdrawn_at"], answer.json()["withdrawal_note"]) == (gone, "By telephone")
    assert consent.events.last().pgh_context.metadata["user"] == cast.desk.pk
    again = client.post(place, {})
    assert (again.status_code, again.json()["code"]) == (409, "consent_withdrawn_already")
    assert client.get(url(cast.aroha), {"withdrawn_at__isnull": "true"}).json()["count"] == 0
    assert api(cast.billing).post(place, {}).status_code == 403


def test_a_withdrawal_is_not_taken_back(cast):
    make_text()
    consent = give(cast.aroha)
    consenting.withdraw(consent=consent, by=cast.desk, now=NOW)

    def undo():
        Consent.objects.filter(pk=consent.pk).update(withdrawn_at=None)

    assert refused(undo) == (409, "consent_final")


def test_a_consent_is_withdrawn_now_or_earlier_and_not_before_it_was_given(cast):
    make_text()
    consent = give(cast.aroha)
    later = NOW + timedelta(seconds=1)
    assert refusal_of(
        lambda: consenting.withdraw(consent=consent, by=cast.desk, now=NOW, withdrawn_at=later)
    ) == (422, "withdrawn_in_future")  # fmt: skip
    earlier = NOW - timedelta(seconds=1)
    assert refused(
        lambda: consenting.withdraw(consent=consent, by=cast.desk, now=NOW, withdrawn_at=earlier)
    ) == (422, "withdrawn_before_given")  # fmt: skip


def test_withdrawing_the_consent_to_messages_stops_reminders_unless_another_stands(cast):
    make_text(kind="messages")
    make_text()
    first, second = give(cast.aroha, "messages"), give(cast.aroha, "messages")
    other = give(cast.aroha)
    channels = []
    for consent in (other, first, second):
        consenting.withdraw(consent=consent, by=cast.desk, now=NOW)
        channels.append(Patient.objects.get(pk=cast.aroha.pk).reminder_channel)
    assert channels == ["email", "email", "none"]


# What is missing


@pytest.mark.parametrize(
    ("kind_of_case", "planned", "expected"),
    [
        # Code of Rights, right 7(1); Health Information Privacy Code 2020, rule 3
        (None, (), ["treatment", "privacy"]),
        ("private", (), ["treatment", "privacy"]),
        ("insurer", (), ["treatment", "privacy"]),
        ("acc", (), ["treatment", "privacy", "acc_sharing"]),
        # Auckland Council code of practice
        (None, ("moxibustion",), ["treatment", "privacy", "moxibustion"]),
        (None, ("cupping", "photographs"), ["treatment", "privacy", "cupping_marks", "photographs"]),
        ("acc", ("cupping", "cupping"), ["treatment", "privacy", "acc_sharing", "cupping_marks"]),
        (None, ("messages",), ["treatment", "privacy", "messages"]),
    ],
)
def test_what_a_visit_needs(kind_of_case, planned, expected):
    assert needed_consents(kind_of_case=kind_of_case, planned=planned) == expected


@pytest.mark.parametrize("wrong", [{"kind_of_case": "gift"}, {"kind_of_case": None, "planned": ["leeches"]}])
def test_an_unknown_plan_is_no_plan(wrong):
    with pytest.raises(KeyError):
        needed_consents(**wrong)


def test_the_rules_name_kinds_that_there_are():
    kinds = {kind for rules in (FOR_CASES, FOR_PLANS) for needed in rules.values() for kind in needed}
    assert kinds < set(ConsentKind.values)
    assert set(FOR_CASES) == {"acc", "insurer", "private"}


def test_what_is_missing_is_what_was_not_given_or_was_withdrawn(cast):
    reference.ensure()
    give(cast.aroha, "privacy")
    withdrawn = give(cast.aroha, "treatment", given_at=NOW - timedelta(days=2))
    consenting.withdraw(consent=withdrawn, by=cast.desk, now=NOW, withdrawn_at=NOW - timedelta(days=1))

    def missing(at):
        patient = Patient.objects.prefetch_related(consents_standing(at=at)).get(pk=cast.aroha.pk)
        return missing_consents(patient, kind_of_case="acc", planned=["cupping"])

    assert missing(NOW) == ["treatment", "acc_sharing", "cupping_marks"]
    assert missing(NOW - timedelta(days=1, seconds=1)) == ["privacy", "acc_sharing", "cupping_marks"]


def test_a_day_of_patients_costs_one_query_more_whatever_their_number(cast):
    reference.ensure()
    counts = []
    for size in (1, 10, 100):
        while Patient.objects.count() < size:
            give(make_patient(), "treatment")
        with CaptureQueriesContext(connection) as captured:
            patients = list(Patient.objects.prefetch_related(consents_standing(at=NOW)))
            found = [missing_consents(patient, kind_of_case="acc") for patient in patients]
        assert len(found) == size
        counts.append(len(captured))
    assert counts == [2, 2, 2]


def test_what_is_missing_is_asked_over_http(cast):
    reference.ensure()
    give(cast.aroha, "treatment")
    client = api(cast.desk)
    base = f"{url(cast.aroha)}missing/"
    assert client.get(base).json() == {"missing": ["privacy"]}
    full = client.get(f"{base}?kind_of_case=acc&planned=cupping&planned=moxibustion").json()
    assert full == {"missing": ["privacy", "acc_sharing", "cupping_marks", "moxibustion"]}
    for wrong in ("kind_of_case=gift", "planned=leeches"):
        assert client.get(f"{base}?{wrong}").status_code == 400
    assert api(cast.patient_user).get(base).json() == {"missing": ["privacy"]}
    assert api(cast.patient_user).get(f"{url(make_patient())}missing/").status_code == 404
