"""Names of medicines that make a patient bleed more easily: WHO ATC group B01A. They suggest and decide nothing."""

import csv

import pytest

from patients.medicines import EFFECTS, LIST, suggestion_for
from patients.models import Alert, Medication
from tests.cast import api

with LIST.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


@pytest.mark.parametrize("row", ROWS, ids=[row["atc"] for row in ROWS])
def test_every_name_of_the_list_is_found_however_it_is_written(row):
    names = row["names"].split(";")
    for name in names:
        for text in (name, name.upper(), f"{name} 5 mg", f"Low-dose {name}, daily"):
            found = suggestion_for(text)
            assert (found.kind, found.substance, found.effect) == ("anticoagulant", names[0], row["effect"]), text
            assert row["atc"] in found.source


def test_the_list_holds_each_name_once_and_a_code_of_the_group():
    names = [name.lower() for row in ROWS for name in row["names"].split(";")]
    assert sorted(set(names)) == sorted(names)
    assert {row["atc"][:4] for row in ROWS} == {"B01A"}
    assert {row["effect"] for row in ROWS} == set(EFFECTS)
    assert len({row["atc"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    "text", ["", "heparinoid cream", "paracetamol", "Vitamin K", "aspirinfree", "αρφα", "-- 5 mg"]
)
def test_other_words_suggest_nothing(text):
    assert suggestion_for(text) is None


def test_a_suggestion_makes_no_alert(cast):
    answer = api(cast.practitioner).post(f"/api/v1/patients/{cast.aroha.pk}/medications/", {"name": "Eliquis 5 mg"})
    assert answer.json()["suggests"] == {
        "kind": "anticoagulant",
        "substance": "apixaban",
        "effect": "anticoagulant",
        "reason": "Apixaban slows the clotting of blood. Ask, and record an alert if the patient takes it.",
        "source": "WHO ATC B01AF02, group B01A (antithrombotic agents)",
    }
    assert (Medication.objects.count(), Alert.objects.count()) == (1, 0)


def test_what_it_suggests_is_a_kind_of_alert():
    assert {suggestion_for(row["names"].split(";")[0]).kind for row in ROWS} <= set(Alert.Kind.values)
