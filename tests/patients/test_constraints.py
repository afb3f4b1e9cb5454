"""What the database refuses whoever asks, and the code the refusal carries."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.errors import refusal_for
from patients.models import Alert, Case, Consent, CoverDecision, Diagnosis, Patient, Payer, PurchaseOrder
from tests.cast import make_case, make_patient, new_nhi

GIVEN = datetime(2026, 10, 1, 21, tzinfo=UTC)


def refused(make) -> tuple[int, str]:
    """Status and code of the refusal that the database's own error stands for."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        make()
    refusal = refusal_for(caught.value)
    return refusal.status, refusal.code


def patient(**fields):
    return Patient.objects.create(
        **{"first_name": "Ana", "last_name": "Example", "date_of_birth": date(1990, 1, 1)} | fields
    )


def test_one_nhi_number_belongs_to_one_patient(db):
    number = new_nhi()
    patient(nhi=number)
    assert refused(lambda: patient(nhi=number)) == (409, "nhi_taken")


def test_an_nhi_number_is_the_same_in_small_letters(db):
    number = new_nhi()
    patient(nhi=number)
    assert refused(lambda: patient(nhi=f" {number.lower()} ")) == (409, "nhi_taken")


def test_any_number_of_patients_have_no_known_nhi_number(db):
    assert [patient(nhi=value).nhi or None for value in (None, None, "", "")] == [None] * 4
    assert Patient.objects.filter(nhi=None).count() == 4


@pytest.mark.parametrize("number", ["ZZZ001", "ZIZ0016", "ZZZ00A3", "1234567"])
def test_an_nhi_number_has_one_of_two_forms(db, number):
    assert refused(lambda: patient(nhi=number)) == (422, "nhi_malformed")


@pytest.mark.parametrize("nameless", ["first_name", "last_name"])
def test_a_patient_has_both_names(db, nameless):
    assert refused(lambda: patient(**{nameless: ""})) == (422, "name_missing")


def test_nobody_was_born_before_1890(db):
    assert refused(lambda: patient(date_of_birth=date(1889, 12, 31))) == (422, "date_of_birth_implausible")


@pytest.mark.parametrize("number", ["AB!", "ABÉ12345", "AB_12345"])
def test_a_claim_number_is_letters_and_digits(db, number):
    assert refused(lambda: make_case(make_patient(), claim_number=number)) == (422, "claim_number_malformed")


def test_an_insurer_s_case_names_who_pays(db):
    assert refused(lambda: make_case(make_patient(), kind="insurer")) == (422, "payer_does_not_fit")


def test_a_private_case_names_nobody(db):
    payer = Payer.objects.create(name="Southern Example Health", kind="insurer")
    assert refused(lambda: make_case(make_patient(), kind="private", payer=payer)) == (422, "payer_does_not_fit")


def test_an_acc_case_has_a_date_of_injury(db):
    assert refused(lambda: make_case(make_patient(), date_of_injury=None)) == (422, "date_of_injury_missing")


def test_an_injury_happens_before_its_case_opens(db):
    def make():
        make_case(make_patient(), date_of_injury=date(2026, 10, 2), opened_on=date(2026, 10, 1))

    assert refused(make) == (422, "date_of_injury_later")


def test_a_first_session_elsewhere_is_one_of_some(db):
    def make():
        make_case(make_patient(), first_elsewhere_on=date(2026, 9, 10))

    assert refused(make) == (422, "no_sessions_elsewhere")


def test_a_case_closes_after_it_opens(db):
    def make():
        make_case(make_patient(), opened_on=date(2026, 10, 1), closed_on=date(2026, 9, 30))

    assert refused(make) == (422, "closed_before_opened")


def test_a_patient_has_one_case_of_a_claim_number(db):
    somebody = make_patient()
    make_case(somebody, claim_number="AB12345")
    assert refused(lambda: make_case(somebody, claim_number="ab 12345")) == (409, "case_exists")


def test_two_patients_and_two_cases_without_a_number_are_no_clash(db):
    somebody = make_patient()
    for claim_number in ("AB12345", "", ""):
        make_case(somebody, claim_number=claim_number)
    make_case(make_patient(), claim_number="AB12345")
    assert Case.objects.count() == 4


def diagnose(case, **fields):
    """Another diagnosis; the first of a case is its primary one."""
    fields.setdefault("primary", not case.diagnoses.exists())
    return Diagnosis.objects.create(
        **{"case": case, "system": "read2", "code": "S5704", "description": "Whiplash injury"} | fields
    )


def test_a_case_has_one_primary_diagnosis(db):
    case = make_case(make_patient())
    assert refused(lambda: diagnose(case, primary=True)) == (409, "one_primary_diagnosis")


def at_the_end_of_the_transaction(make):
    """What the database leaves until COMMIT, asked for now."""
    make()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "act",
    [
        lambda case: diagnose(case, code="S570.", primary=False) and case.diagnoses.filter(primary=True).delete(),
        lambda case: case.diagnoses.update(primary=False),
        lambda case: diagnose(make_case(case.patient, diagnoses=[]), primary=False),
    ],
    ids=["its primary one deleted", "no longer primary", "added alone"],
)
def test_diagnoses_of_which_none_is_primary_are_refused_at_commit(db, act):
    case = make_case(make_patient())
    assert refused(lambda: at_the_end_of_the_transaction(lambda: act(case))) == (409, "one_primary_diagnosis")


def test_all_diagnoses_of_a_case_may_go(db):
    case = make_case(make_patient())
    at_the_end_of_the_transaction(case.diagnoses.all().delete)
    assert case.diagnoses.count() == 0


def order(**fields):
    case = fields.pop("case", None) or make_case(make_patient())
    whole = {"number": "PO-1", "sessions": 6, "approved_on": date(2026, 10, 1), "valid_from": date(2026, 10, 1)}
    return PurchaseOrder.objects.create(case=case, **whole | fields)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"number": " "}, "purchase_order_without_number"),
        ({"sessions": 0}, "purchase_order_without_sessions"),
        ({"expires_on": date(2026, 9, 30)}, "ends_before_it_begins"),
    ],
)
def test_a_purchase_order_has_a_number_sessions_and_days_in_their_order(db, fields, code):
    assert refused(lambda: order(**fields)) == (422, code)


def test_a_purchase_order_is_on_a_case_once(db):
    first = order()
    assert refused(lambda: order(case=first.case)) == (409, "purchase_order_exists")
    assert order().number == first.number


def test_who_pays_the_patients_part_is_not_who_pays_the_claim(db):
    payer = Payer.objects.create(name="Southern Example Health", kind="insurer")

    def make():
        make_case(make_patient(), kind="insurer", payer=payer, contribution_payer=payer)

    assert refused(make) == (422, "contribution_payer_same")


def test_an_approved_amount_is_nought_or_more(db):
    assert refused(lambda: make_case(make_patient(), approved_amount="-0.01")) == (422, "approved_amount_negative")
    assert make_case(make_patient(), approved_amount="0.00").pk


@pytest.mark.parametrize("born", [date(1889, 12, 31), date(2026, 10, 2)])
def test_the_insured_was_born_before_the_case_was_opened_and_not_before_1890(db, born):
    def make():
        make_case(make_patient(), insured_date_of_birth=born, opened_on=date(2026, 10, 1))

    assert refused(make) == (422, "date_of_birth_implausible")


def test_only_acc_has_accs_interface(db):
    def make():
        Payer.objects.create(name="Southern Example Health", kind="insurer", claim_channel="acc_api")

    assert refused(make) == (422, "claim_channel_does_not_fit")


def test_a_claim_has_lines(db):
    def make():
        Payer.objects.create(name="Southern Example Health", kind="insurer", max_claim_lines=0)

    assert refused(make) == (422, "claim_without_lines")


@pytest.mark.parametrize(
    "act", ["UPDATE patients_coverdecision SET status = 'accept'", "DELETE FROM patients_coverdecision"]
)
def test_a_cover_decision_is_neither_changed_nor_deleted_by_raw_sql(db, act):
    make_case(make_patient(), cover_status="decline")

    def run():
        with connection.cursor() as cursor:
            cursor.execute(act)

    assert refused(run) == (409, "cover_decision_final")
    assert CoverDecision.objects.get().status == "decline"


def test_a_diagnosis_is_on_a_case_once_for_each_side(db):
    case = make_case(make_patient(), diagnoses=[])
    diagnose(case, side="left")
    diagnose(case, side="right")
    assert refused(lambda: diagnose(case, side="left")) == (409, "diagnosis_twice")


def test_read_codes_differ_by_the_case_of_their_letters(db):
    case = make_case(make_patient(), diagnoses=[])
    diagnose(case, code="N23yD")
    diagnose(case, code="N23Yd")
    assert sorted(case.diagnoses.values_list("code", flat=True)) == ["N23Yd", "N23yD"]


@pytest.mark.parametrize("code", ["N215", "N21522", "S5..7", ".S57.", "S57. ", "....."])
def test_a_read_code_has_five_characters_with_dots_on_the_right(db, code):
    case = make_case(make_patient(), diagnoses=[])
    assert refused(lambda: diagnose(case, code=code)) == (422, "read_code_malformed")


@pytest.mark.parametrize("code", ["N2152", "S57..", "S572.", "Z....", "S54x1"])
def test_read_codes_of_every_level_are_kept_as_they_are(db, code):
    case = make_case(make_patient(), diagnoses=[])
    assert Diagnosis.objects.get(pk=diagnose(case, code=code).pk).code == code


@pytest.mark.parametrize("code", ["0123456", "12345", "12a456", "-123456"])
def test_a_snomed_concept_is_a_number(db, code):
    case = make_case(make_patient(), diagnoses=[])
    assert refused(lambda: diagnose(case, system="snomed", code=code)) == (422, "snomed_code_malformed")


@pytest.mark.parametrize(("system", "code"), [("snomed", "123456789012345678"), ("icd10cm", "S76.011A")])
def test_the_longest_codes_of_the_other_systems_fit(db, system, code):
    case = make_case(make_patient(), diagnoses=[])
    assert Diagnosis.objects.get(pk=diagnose(case, system=system, code=code).pk).code == code


@pytest.mark.parametrize("code", ["m76.01", "M7601", "M76.", "M76.01234", "76.01"])
def test_an_icd_code_has_its_dot_and_capitals(db, code):
    case = make_case(make_patient(), diagnoses=[])
    assert refused(lambda: diagnose(case, system="icd10cm", code=code)) == (422, "icd_code_malformed")


def test_there_is_one_acc(db):
    Payer.objects.create(name="ACC", kind="acc")
    assert refused(lambda: Payer.objects.create(name="ACC South", kind="acc")) == (409, "payer_exists")


def test_a_payer_s_name_is_taken_once(db):
    Payer.objects.create(name="Southern Example Health", kind="insurer")

    def make():
        Payer.objects.create(name="Southern Example Health", kind="employer")

    assert refused(make) == (409, "payer_name_taken")


def test_an_alert_ends_after_it_begins(db):
    def make():
        Alert.objects.create(
            patient=make_patient(), kind="anticoagulant", begins_on=date(2026, 2, 1), ends_on=date(2026, 1, 31)
        )

    assert refused(make) == (422, "ends_before_it_begins")


def test_only_a_pregnancy_has_a_due_date(db):
    def make():
        Alert.objects.create(patient=make_patient(), kind="epilepsy", due_on=date(2027, 1, 1))

    assert refused(make) == (422, "due_date_without_pregnancy")


def test_a_consent_is_withdrawn_after_it_was_given(db):
    def make():
        Consent.objects.create(
            patient=make_patient(),
            kind="treatment",
            version="1",
            manner="verbal",
            given_at=GIVEN,
            withdrawn_at=GIVEN.replace(hour=20),
        )

    assert refused(make) == (422, "withdrawn_before_given")


def test_moxibustion_is_consented_to_in_writing(db):
    def make():
        Consent.objects.create(
            patient=make_patient(), kind="moxibustion", version="1", manner="verbal", given_at=GIVEN
        )

    assert refused(make) == (422, "consent_must_be_written")
