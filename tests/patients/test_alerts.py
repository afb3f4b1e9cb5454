"""Alerts: how grave they are, when they hold, and what the banner says."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import Alert
from patients.models.safety import USUAL_SEVERITY
from patients.pregnancy import pregnancy_week
from tests import cast as people
from tests.cast import api, make_patient
from tests.pages import browser
from tests.patients.test_constraints import refused
from treatments.models import Treatment

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("kind", Alert.Kind.values)
def test_an_alert_without_a_severity_takes_the_usual_one_of_its_kind(cast, kind):
    usual = USUAL_SEVERITY.get(kind, "caution")
    Alert.objects.bulk_create([Alert(patient=cast.aroha, kind=kind)])
    Alert.objects.create(patient=cast.aroha, kind=kind)
    assert list(Alert.objects.values_list("severity", flat=True)) == [usual, usual]


def test_what_can_do_lasting_harm_in_one_session_is_serious():
    assert sorted(kind for kind, severity in USUAL_SEVERITY.items() if severity == "serious") == [
        "anticoagulant",
        "bleeding_disorder",
        "diabetes_neuropathy",
        "epilepsy",
        "lymphoedema",
        "pacemaker",
        "pregnancy",
    ]


def test_the_practice_may_choose_another_severity(cast):
    answer = api(cast.desk).post(
        f"/api/v1/patients/{cast.aroha.pk}/alerts/", {"kind": "pacemaker", "severity": "note"}
    )
    assert (answer.status_code, answer.json()["severity"]) == (201, "note")
    assert api(cast.desk).patch(
        f"/api/v1/patients/{cast.aroha.pk}/alerts/{answer.json()['id']}/", {"severity": ""}
    ).json()["code"] == "invalid"  # fmt: skip


def test_a_severity_that_is_none_is_refused_by_the_database(db):
    alert = Alert.objects.create(patient=make_patient(), kind="asthma")
    assert refused(lambda: Alert.objects.filter(pk=alert.pk).update(severity="")) == (422, "severity_unknown")


@pytest.mark.parametrize(
    ("begins_on", "ends_on", "holds"),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (None, TODAY, True),
        (TODAY, None, True),
        (TODAY + timedelta(days=1), None, False),
        (None, TODAY - timedelta(days=1), False),
    ],
)
def test_an_alert_holds_from_its_first_day_to_its_last(db, begins_on, ends_on, holds):
    alert = Alert.objects.create(patient=make_patient(), kind="fainting", begins_on=begins_on, ends_on=ends_on)
    assert (alert.holds_on(TODAY), Alert.objects.holding(TODAY).exists()) == (holds, holds)


def test_the_gravest_come_first(db):
    patient = make_patient()
    for kind in ("needle_fear", "asthma", "pacemaker", "fainting", "anticoagulant"):
        Alert.objects.create(patient=patient, kind=kind)
    kinds = Alert.objects.gravest_first().values_list("kind", flat=True)
    assert list(kinds) == ["anticoagulant", "pacemaker", "asthma", "fainting", "needle_fear"]


def test_the_door_tells_those_of_a_day_gravest_first(cast):
    for kind, ends_on in (("asthma", None), ("pacemaker", None), ("pregnancy", date(2026, 11, 20))):
        Alert.objects.create(patient=cast.aroha, kind=kind, ends_on=ends_on)
    base = f"/api/v1/patients/{cast.aroha.pk}/alerts/"
    client = api(cast.desk)
    found = client.get(base, {"holding_on": "2026-11-21"}).json()["results"]
    assert [(row["kind"], row["banner"]) for row in found] == [
        ("pacemaker", "Pacemaker or implanted device"),
        ("asthma", "Asthma, sensitive to smoke"),
    ]
    assert client.get(base, {"holding_on": "21/11/2026"}).status_code == 400


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"kind": "anticoagulant", "note": "warfarin"}, "Anticoagulant: warfarin"),
        ({"kind": "implant", "side": "right", "site": "hip"}, "Implant or joint replacement, right hip"),
        ({"kind": "lymphoedema", "side": "both", "site": "arm"}, "Lymphoedema, both sides arm"),
        ({"kind": "pregnancy"}, "Pregnancy, due date not known"),
        ({"kind": "pregnancy", "due_on": date(2027, 3, 13)}, "Pregnancy, week 24, due 13 March 2027"),
        ({"kind": "pregnancy", "due_on": TODAY}, "Pregnancy, week 40, due 21 November 2026"),
        ({"kind": "pregnancy", "due_on": date(2026, 11, 1)}, "Pregnancy, was due 1 November 2026"),
        ({"kind": "pregnancy", "due_on": date(2028, 1, 1)}, "Pregnancy, due 1 January 2028"),
    ],
)
def test_the_banner_says_what_must_not_be_forgotten(fields, line):
    assert Alert(**fields).banner(TODAY) == line


@pytest.mark.parametrize(
    ("due_on", "week"), [(TODAY, 40), (TODAY + timedelta(days=1), 39), (TODAY + timedelta(days=280), 0)]
)
def test_weeks_are_completed_weeks_before_a_due_date_at_forty(due_on, week):
    assert pregnancy_week(due_on, TODAY) == week


def test_a_due_date_lies_within_ten_months_of_the_beginning(db):
    patient = make_patient()
    begins_on = date(2026, 5, 1)
    Alert.objects.create(
        patient=patient, kind="pregnancy", begins_on=begins_on, due_on=begins_on + timedelta(days=300)
    )

    def make():
        Alert.objects.create(
            patient=patient, kind="pregnancy", begins_on=begins_on, due_on=begins_on + timedelta(days=301)
        )

    assert refused(make) == (422, "due_date_implausible")


def test_the_banner_stands_wherever_a_patient_is_shown_to_those_who_see_patients(cast):
    case = people.make_case(cast.aroha)
    note = Treatment.objects.create(patient=cast.aroha, practitioner=cast.mere, started_at=timezone.now())
    Alert.objects.create(patient=cast.aroha, kind="asthma", note="Incense too")
    Alert.objects.create(patient=cast.aroha, kind="anticoagulant", note="Dabigatran")
    Alert.objects.create(patient=cast.aroha, kind="epilepsy", ends_on=date(2020, 1, 1))
    places = [
        reverse("admin:patients_patient_change", args=[cast.aroha.pk]),
        reverse("admin:patients_case_change", args=[case.pk]),
        reverse("admin:treatments_treatment_change", args=[note.pk]),
        reverse("admin:treatments_outcomescore_patient", args=[cast.aroha.pk]),
    ]
    for place in places:
        shown = browser(cast.practitioner).get(place).content.decode()
        banner = shown[shown.index('class="nb-alerts"') :].partition("</ul>")[0]
        lines = ("Anticoagulant: Dabigatran", "Asthma, sensitive to smoke: Incense too")
        told = [banner.find(line) for line in lines]
        # The gravest first, and none that no longer holds.
        assert (told == sorted(told), -1 in told, "Epilepsy" in banner) == (True, False, False)
    assert 'class="nb-alerts"' in browser(cast.desk).get(places[0]).content.decode()
    Alert.objects.all().delete()
    assert 'class="nb-alerts"' not in browser(cast.practitioner).get(places[0]).content.decode()
