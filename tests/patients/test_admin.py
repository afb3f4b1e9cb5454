"""Registering somebody and opening a case by hand."""

from datetime import date

from django.urls import reverse

from clinic.models import AccessEvent
from patients import screening
from patients.models import Case, HistoryEntry, Medication, Patient, Screening
from tests import cast as people
from tests.pages import browser, fields_of, save, told

PATIENTS = reverse("admin:patients_patient_add")
CASES = reverse("admin:patients_case_add")
HEMI = {
    "first_name": "Hēmi",
    "last_name": "Waititi",
    "date_of_birth": "1990-02-03",
    "email": "hemi@example.nz",
    "phone": "021 555 0101",
}


def page_of(patient: Patient) -> str:
    return reverse("admin:patients_patient_change", args=[patient.pk])


def test_the_front_desk_registers_somebody(cast):
    answer = save(browser(cast.desk), PATIENTS, "patient_form", **HEMI)
    hemi = Patient.objects.get(last_name="Waititi")
    assert answer.url == page_of(hemi)
    assert (hemi.first_name, hemi.date_of_birth, hemi.email) == ("Hēmi", date(1990, 2, 3), "hemi@example.nz")
    assert hemi.events.get().pgh_context.metadata["user"] == cast.desk.pk


def test_somebody_alike_is_asked_about_with_a_way_to_them_and_nothing_typed_is_lost(cast):
    known = people.make_patient(first_name="Hemi", last_name="Waititi", date_of_birth=date(1990, 2, 3))
    page = save(browser(cast.desk), PATIENTS, "patient_form", **HEMI)
    assert page.status_code == 200
    [question] = page.context["adminform"].form.non_field_errors()
    assert question.startswith("Somebody like this is registered already. Is it them?")
    assert f'href="{page_of(known)}"' in question
    assert "Hemi Waititi, born 3 Feb 1990" in question
    assert page.context["adminform"].form["email"].value() == "hemi@example.nz"
    assert Patient.objects.filter(last_name="Waititi").count() == 1


def test_whoever_is_confirmed_to_be_new_is_registered(cast):
    people.make_patient(first_name="Hemi", last_name="Waititi", date_of_birth=date(1990, 2, 3))
    save(browser(cast.desk), PATIENTS, "patient_form", **HEMI, confirm_new="on")
    assert Patient.objects.filter(last_name="Waititi").count() == 2


def test_an_nhi_number_of_somebody_else_is_refused_in_words(cast):
    page = save(browser(cast.desk), PATIENTS, "patient_form", **HEMI, nhi=cast.aroha.nhi, confirm_new="on")
    assert page.context["adminform"].form.errors == {"__all__": ["Another patient has this NHI number."]}


def test_a_birthday_to_come_is_refused_beside_its_field(cast):
    page = save(browser(cast.desk), PATIENTS, "patient_form", **HEMI | {"date_of_birth": "2190-02-03"})
    assert page.context["adminform"].form.errors == {"date_of_birth": ["That date of birth has not come yet."]}


def test_only_what_was_changed_is_written(cast):
    client = browser(cast.desk)
    Patient.objects.filter(pk=cast.aroha.pk).update(occupation="Weaver")
    save(client, page_of(cast.aroha), "patient_form", phone="021 555 9999")
    cast.aroha.refresh_from_db()
    assert (cast.aroha.phone, cast.aroha.occupation, cast.aroha.user) == ("021 555 9999", "Weaver", cast.patient_user)


def test_an_alert_is_entered_on_the_patients_page(cast):
    save(
        browser(cast.desk),
        page_of(cast.aroha),
        "patient_form",
        **{"alerts-TOTAL_FORMS": "1", "alerts-0-kind": "anticoagulant", "alerts-0-severity": "serious"},
    )
    assert [(str(alert), alert.severity) for alert in cast.aroha.alerts.all()] == [("Anticoagulant", "serious")]


def test_an_archived_patient_is_said_to_be_archived_and_comes_back(cast):
    client = browser(cast.desk)
    act = reverse("admin:patients_patient_act", args=[cast.aroha.pk, "archive"])
    assert told(client.post(act, follow=True)) == ["Aroha Tāmati is archived. Nothing is lost; they can be restored."]
    client.post(act.replace("archive", "restore"))
    cast.aroha.refresh_from_db()
    assert cast.aroha.archived_at is None


def test_patients_are_suggested_with_what_tells_them_apart(cast):
    field = "app_label=appointments&model_name=appointment&field_name=patient"
    answer = browser(cast.desk).get(f"{reverse('admin:autocomplete')}?{field}&term=tamati")
    assert answer.json()["results"] == [
        {"id": str(cast.aroha.pk), "text": f"Aroha Tāmati · 9 Mar 1984 · {cast.aroha.nhi}"}
    ]


def open_a_case(cast, **typed):
    return save(
        browser(cast.desk),
        f"{CASES}?patient={cast.aroha.pk}",
        "case_form",
        **{
            "title": "Right hip",
            "kind": "acc",
            "claim_number": "AB12345",
            "date_of_injury": "2026-09-01",
            "opened_on": "2026-10-01",
            "diagnoses-TOTAL_FORMS": "2",
            "diagnoses-0-system": "read2",
            "diagnoses-0-code": "N2152",
            "diagnoses-0-description": "Gluteal tendinitis",
            "diagnoses-0-side": "right",
            "diagnoses-0-primary": "on",
            "diagnoses-1-system": "read2",
            "diagnoses-1-code": "S57..",
            "diagnoses-1-description": "Sprain of hip",
            "diagnoses-1-side": "right",
        }
        | typed,
    )


def test_an_acc_case_is_opened_with_its_diagnoses_and_its_payer_is_found(cast):
    open_a_case(cast)
    case = Case.objects.get()
    assert (case.patient, case.payer, case.claim_number) == (cast.aroha, cast.acc, "AB12345")
    assert [(row.code, row.primary) for row in case.diagnoses.all()] == [("N2152", True), ("S57..", False)]


def test_what_is_to_be_looked_at_is_said_when_a_case_is_saved(cast):
    open_a_case(cast)
    client, place = browser(cast.desk), reverse("admin:patients_case_change", args=[Case.objects.get().pk])
    saved = save(client, place, "case_form", title="Hip")
    assert told(client.get(saved.url)) == [
        "S57.. is a heading, and ACC asks for the most exact code. Below it: S570., S571., S572., S573., S574. …",
        "Saved.",
    ]


def test_a_code_that_lacks_its_seventh_character_is_refused_with_what_to_choose(cast):
    page = open_a_case(cast, **{"diagnoses-1-system": "icd10cm", "diagnoses-1-code": "S76.011"})
    [sentence] = page.context["adminform"].form.non_field_errors()
    assert sentence.endswith("Choose S76.011A, S76.011D or S76.011S.")
    assert Case.objects.count() == 0


def test_two_primary_diagnoses_are_refused_in_words_and_nothing_is_half_written(cast):
    page = open_a_case(cast, **{"diagnoses-1-primary": "on"})
    assert page.context["adminform"].form.non_field_errors() == [
        "Mark exactly one of the diagnoses as the primary one."
    ]
    assert page.context["adminform"].form["claim_number"].value() == "AB12345"
    assert Case.objects.count() == 0


def test_a_diagnosis_is_taken_out_of_a_case(cast):
    open_a_case(cast)
    case = Case.objects.get()
    page = reverse("admin:patients_case_change", args=[case.pk])
    save(browser(cast.desk), page, "case_form", **{"diagnoses-1-DELETE": "on", "title": "Hip"})
    case.refresh_from_db()
    assert (case.title, [row.code for row in case.diagnoses.all()]) == ("Hip", ["N2152"])


def test_an_insurers_case_without_an_insurer_is_refused_by_the_database_in_words(cast):
    page = open_a_case(cast, kind="insurer")
    assert page.context["adminform"].form.non_field_errors() == [
        "An ACC or insurer case names who pays; a private case does not."
    ]
    assert Case.objects.count() == 0


def test_what_somebody_else_changed_meanwhile_is_not_written_over(cast):
    client = browser(cast.desk)
    stale = fields_of(client.get(page_of(cast.aroha)), "patient_form")
    save(browser(cast.owner), page_of(cast.aroha), "patient_form", phone="021 555 1111")
    page = client.post(page_of(cast.aroha), stale | {"occupation": "Weaver"})
    assert page.context["adminform"].form.non_field_errors() == [
        "Someone changed this while you were looking at it. Reload it and try again."
    ]
    again = client.post(page_of(cast.aroha), fields_of(page, "patient_form"))
    assert again.status_code == 200
    cast.aroha.refresh_from_db()
    assert (cast.aroha.phone, cast.aroha.occupation) == ("021 555 1111", "")


def test_a_consent_is_recorded_and_withdrawn(cast):
    client = browser(cast.desk)
    when = {"given_at_0": "2020-11-02", "given_at_1": "09:00"}
    typed = {"kind": "treatment", "manner": "written", "version": "2019"} | when
    act = reverse("admin:patients_patient_act", args=[cast.aroha.pk, "consent"])
    assert told(client.post(act, typed, follow=True)) == ["Recorded: Treatment, version 2019."]
    consent = cast.aroha.consents.get()
    withdraw = reverse("admin:patients_patient_act", args=[cast.aroha.pk, "withdraw-consent"])
    client.post(withdraw, {"consent": consent.pk, "note": "By telephone"})
    consent.refresh_from_db()
    assert (consent.manner, consent.withdrawal_note) == ("written", "By telephone")
    assert consent.withdrawn_at is not None


def test_moxibustion_by_word_is_refused_in_words(cast):
    when = {"given_at_0": "2020-11-02", "given_at_1": "09:00"}
    typed = {"kind": "moxibustion", "manner": "verbal", "version": "1"} | when
    page = browser(cast.desk).post(reverse("admin:patients_patient_act", args=[cast.aroha.pk, "consent"]), typed)
    assert page.context["form"].non_field_errors() == ["Moxibustion needs the patient's consent in writing."]
    assert cast.aroha.consents.count() == 0


# What patients tell about their health


def act_of(patient: Patient, name: str) -> str:
    return reverse("admin:patients_patient_act", args=[patient.pk, name])


def test_the_desk_writes_down_a_medicine_and_does_not_see_it_on_the_page(cast):
    client = browser(cast.desk)
    place = act_of(cast.aroha, "take-down")
    answer = client.post(place, {"kind": "medicine", "name": "Quokkarin (warfarin)", "detail": "5 mg"}, follow=True)
    row = Medication.objects.get()
    assert (row.patient, row.name, row.dose) == (cast.aroha, "Quokkarin (warfarin)", "5 mg")
    assert row.events.get().pgh_context.metadata["user"] == cast.desk.pk
    assert told(answer) == [
        "Written down. Warfarin slows the clotting of blood. Ask, and record an alert if the patient takes it."
    ]
    assert "Quokkarin" not in client.get(page_of(cast.aroha)).content.decode()
    assert "Quokkarin" in browser(cast.practitioner).get(page_of(cast.aroha)).content.decode()


def test_the_desk_writes_down_what_is_in_the_family(cast):
    place = act_of(cast.aroha, "take-down")
    browser(cast.desk).post(place, {"kind": "family", "name": "Stroke", "detail": "Her mother"})
    row = HistoryEntry.objects.get()
    assert (row.kind, row.name, row.note) == ("family", "Stroke", "Her mother")


def test_red_flags_are_asked_on_a_form_and_the_desk_is_told_whom_to_tell(cast):
    client, place = browser(cast.desk), act_of(cast.aroha, "screen")
    assert len(client.get(place).context["form"].fields) == len(screening.QUESTIONS)
    flagged = client.post(place, {"saddle_numbness": "yes", "fever": "no"}, follow=True)
    assert told(flagged) == ["Kept. Tell the practitioner before anything is done."]
    row = Screening.objects.get()
    assert {code: answer for code, answer in row.answers.items() if answer is not None} == {
        "saddle_numbness": True,
        "fever": False,
    }
    advice = "Do not treat: to an emergency department now."
    assert advice not in client.get(page_of(cast.aroha)).content.decode()
    assert advice in browser(cast.practitioner).get(page_of(cast.aroha)).content.decode()
    empty = client.post(place, {"fever": ""})
    assert empty.context["form"].errors == {"__all__": ["Answer at least one question."]}


def test_what_was_told_is_recorded_as_read_by_those_who_see_it(cast):
    medicine = Medication.objects.create(patient=cast.aroha, name="Warfarin")
    entry = HistoryEntry.objects.create(patient=cast.aroha, kind="allergy", name="Nickel")
    for user in (cast.desk, cast.practitioner):
        assert browser(user).get(page_of(cast.aroha)).status_code == 200
    read = AccessEvent.objects.order_by("id").values_list("user", "subject_kind", "subject_id")
    assert list(read) == [
        (cast.desk.pk, "patient", cast.aroha.pk),
        (cast.practitioner.pk, "patient", cast.aroha.pk),
        (cast.practitioner.pk, "medication", medicine.pk),
        (cast.practitioner.pk, "history_entry", entry.pk),
    ]


def test_a_practitioner_corrects_a_medicine_on_the_page(cast):
    medicine = Medication.objects.create(patient=cast.aroha, name="Warfarin")
    save(browser(cast.practitioner), page_of(cast.aroha), "patient_form", **{"medications-0-struck_out": "on"})
    medicine.refresh_from_db()
    assert medicine.struck_out
