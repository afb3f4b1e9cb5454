"""Every rule, with its source where the rule has one; the points' own cautions come from the shipped catalogue."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from patients.pregnancy import pregnancy_week
from treatments.catalogue import read_cautions, read_points
from treatments.safety import check
from treatments.safety.values import (
    AlertFact,
    Person,
    Place,
    PlannedCupping,
    PlannedMoxa,
    PlannedNeedle,
    PointCaution,
    Session,
)


@pytest.fixture(scope="module")
def points() -> dict[str, Place]:
    cautions: dict[str, list[PointCaution]] = {}
    for row in read_cautions():
        cautions.setdefault(row.code, []).append(
            PointCaution(row.caution, row.techniques, row.trimesters, row.detail, row.strength, row.source)
        )
    return {
        row.code: Place(row.code, "", row.region, row.laterality, tuple(cautions.get(row.code, ())))
        for row in read_points()
    }


def person(*alerts: str, age: int = 40, sex: str = "female", week: int | None = None, **where: str) -> Person:
    return Person(age, sex, tuple(AlertFact(kind, **where) for kind in alerts), week)


def found(session: Session, who: Person) -> dict[str, str]:
    """Code -> severity; where a code comes more than once, the most severe."""
    return {finding.code: finding.severity for finding in reversed(check(session, who))}


def needle(place: Place, side: str = "left", **more) -> Session:
    return Session(needles=(PlannedNeedle(place, side, **more),))


def test_an_ordinary_gluteal_session_of_a_healthy_person_has_nothing_serious(points):
    session = Session(
        needles=tuple(
            PlannedNeedle(points[code], "both", depth_mm=25, retention_minutes=25) for code in ("GB29", "GB30", "GB34")
        ),
        rest_minutes=25,
    )
    assert {finding.severity for finding in check(session, person())} <= {"note", "caution"}


@pytest.mark.parametrize("code", ["LI4", "SP6", "BL60", "GB21"])
def test_pregnancy_points_ask_for_a_reason(points, code):
    """acupuncture.blog.co.uk and newsletter.tcmstudy.net; Carr 2015 found no objective harm, so it is never a ban."""
    told = check(needle(points[code], "both"), person("pregnancy", week=20))
    findings = [f for f in told if "pregnancy" in f.code and f.severity != "note"]
    assert [(f.code, f.severity, f.subject) for f in findings] == [("pregnancy_point", "serious", code)]
    assert "PMC4680134" in findings[0].source
    assert "pregnancy_point" not in found(needle(points[code], "both"), person())


def test_a_pregnancy_caution_of_a_single_source_is_shown_but_asks_for_nothing(points):
    assert found(needle(points["ST12"]), person("pregnancy", week=20))["pregnancy_point"] == "caution"


@pytest.mark.parametrize(("week", "asked"), [(35, False), (34, False), (33, True), (20, True), (None, True)])
def test_moxa_at_bl67_is_the_accepted_exception_late_in_pregnancy_only(points, week, asked):
    """Facts C1: the exception is moxa for a breech lie after 34 weeks; the needle at BL67 stays on the list."""
    moxa = Session(moxas=(PlannedMoxa("stick", points["SP6"]), PlannedMoxa("stick", points["BL67"])))
    findings = check(moxa, person("pregnancy", week=week))
    assert {f.subject for f in findings if f.code == "pregnancy_point"} == ({"SP6", "BL67"} if asked else {"SP6"})
    told = [(f.subject, f.severity) for f in findings if f.code == "pregnancy_exception"]
    assert told == ([] if asked else [("BL67", "note")])
    needled = check(needle(points["BL67"]), person("pregnancy", week=week))
    assert [f.subject for f in needled if f.code == "pregnancy_point"] == ["BL67"]


def test_electro_on_the_low_back_and_cups_on_the_abdomen_in_pregnancy(points):
    """Facts C1 and C3, general knowledge: the finding says that it was not checked."""
    wired = check(needle(points["BL25"], electro=True), person("pregnancy", week=10))
    assert [(f.severity, f.strength) for f in wired if f.code == "pregnancy_electro"] == [("serious", "unverified")]
    cups = Session(cuppings=(PlannedCupping("fire", "Lower back, both sides"),))
    assert found(cups, person("pregnancy", week=10)) == {"pregnancy_cupping": "serious"}
    assert found(cups, person()) == {}


@pytest.mark.parametrize(
    "words", ["Ashi, lower abdomen left", "Abdominal scar", "Trigger point, LOW BACK", "Quadratus lumborum", "Sacrum"]
)
def test_a_place_in_words_on_belly_or_low_back_in_pregnancy(words):
    """newsletter.tcmstudy.net: lower abdomen and sacral area are always avoided; takoda.co: the lumbar points too."""
    place = Place(words=words)
    for session in (needle(place), Session(moxas=(PlannedMoxa("stick", place),))):
        assert found(session, person("pregnancy", week=20))["pregnancy_region"] == "serious"
        assert "pregnancy_region" not in found(session, person())
    assert "pregnancy_region" not in found(needle(Place(words="Ashi, gluteus medius")), person("pregnancy", week=20))


def test_what_changes_for_every_session_in_pregnancy_and_the_uterus_zone_of_the_ear(points):
    """Facts C1, general knowledge: retain shorter, side-lying, not the ear's uterus point; the findings say so."""
    findings = check(needle(points["ST44"]), person("pregnancy", week=20))
    assert [(f.code, f.severity, f.strength) for f in findings] == [("pregnancy_session", "note", "unverified")]
    ear = Session(techniques=("ear_seeds",), ear_points=("TF4", "TF2"))
    assert found(ear, person("pregnancy", week=20)) == {"pregnancy_ear": "caution"}
    assert found(ear, person()) == {}


def test_anticoagulants_and_cups(points):
    """Facts C3: not with anticoagulants; wet cupping is blood exposure."""
    for kind, severity in [("wet", "serious"), ("fire", "serious"), ("silicone", "caution"), ("flash", "caution")]:
        cups = Session(cuppings=(PlannedCupping(kind, "Upper back"),))
        assert found(cups, person("anticoagulant")) == {"bleeding_cupping": severity}
        assert found(cups, person()) == {}


def test_any_needle_with_an_anticoagulant_says_to_ask_first(points):
    """medscape 501973_6, stason.org: bleeding risk, ask first. A bleeding disorder has its own, graver finding."""
    assert found(needle(points["LI11"]), person("anticoagulant")) == {"anticoagulant": "caution"}
    assert "anticoagulant" not in found(needle(points["LI11"]), person("bleeding_disorder"))


def test_needles_and_cups_with_a_skin_condition():
    """medscape 501973_6, stason.org: not into infected, burnt or ulcerated skin; acumed.com.au for the cups."""
    eczema = person("skin_condition", site="both forearms")
    findings = check(needle(Place(words="Ashi, gluteus medius")), eczema)
    assert [(f.code, f.severity, f.subject) for f in findings] == [("skin_needles", "caution", "both forearms")]
    assert found(Session(cuppings=(PlannedCupping("fire", "Upper back"),)), eczema) == {"skin_cupping": "caution"}


def test_deep_needles_with_anticoagulants(points):
    """medscape 501973_6: anticoagulants bleed, ask first."""
    assert found(needle(points["GB30"], depth_mm=50), person("anticoagulant"))["bleeding_depth"] == "caution"
    assert "bleeding_depth" not in found(needle(points["GB30"], depth_mm=20), person("anticoagulant"))


def test_a_bleeding_disorder_is_serious_for_any_needle(points):
    """medscape 501973_6, stason.org: exclude."""
    assert found(needle(points["LI11"]), person("bleeding_disorder"))["bleeding_disorder"] == "serious"


def test_electro_with_a_pacemaker_and_with_epilepsy(points):
    """medscape 501973_6 for devices; acumed.com.au for epilepsy."""
    wired = needle(points["ST36"], electro=True)
    assert found(wired, person("pacemaker"))["electro_pacemaker"] == "serious"
    assert found(wired, person("epilepsy"))["electro_epilepsy"] == "caution"
    assert "electro_pacemaker" not in found(needle(points["ST36"]), person("pacemaker"))


def test_electro_over_heart_and_brain_and_across_the_chest(points):
    """medscape 501973_6: not over heart or brain."""
    assert found(needle(points["CV17"], "midline", electro=True), person())["electro_chest"] == "serious"
    assert found(needle(points["GB8"], electro=True), person())["electro_head"] == "serious"
    assert "electro_head" not in found(needle(points["GB8"]), person())
    both_arms = Session(
        needles=(
            PlannedNeedle(points["LI11"], "left", electro=True),
            PlannedNeedle(points["LI10"], "right", electro=True),
        )
    )
    assert found(both_arms, person())["electro_across_chest"] == "serious"
    one_arm = Session(
        needles=(
            PlannedNeedle(points["LI11"], "left", electro=True),
            PlannedNeedle(points["LI10"], "left", electro=True),
        )
    )
    assert "electro_across_chest" not in found(one_arm, person())


@pytest.mark.parametrize(
    ("sex", "depth", "severity"),
    [("female", 14, "note"), ("female", 15, "serious"), ("male", 17, "note"), ("male", 18, "serious"),
     ("unknown", 15, "serious")],
)  # fmt: skip
def test_depth_at_gb21_against_the_measured_pleura(points, sex, depth, severity):
    """koreascience.kr JAKO201834753619773: 17.4 mm in men, 14.6 mm in women."""
    findings = check(needle(points["GB21"], depth_mm=depth), person(sex=sex))
    assert [f.severity for f in findings if f.code.startswith("thorax")] == [severity]


def test_a_straight_needle_over_the_lung_is_a_caution(points):
    """Facts C2: a perpendicular insertion raises the risk."""
    assert found(needle(points["BL13"], angle="perpendicular"), person())["thorax_depth"] == "caution"
    assert found(needle(points["BL13"], angle="oblique"), person())["thorax"] == "note"


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({}, "note"),
        ({"depth_mm": 14}, "note"),
        ({"depth_mm": 15}, "caution"),
        ({"angle": "perpendicular"}, "caution"),
        ({"depth_mm": 15, "angle": "perpendicular"}, "serious"),
    ],
)
def test_a_trigger_point_over_the_lung_is_told_of_by_its_words(more, severity):
    """koreascience.kr JAKO201834753619773 for the depth at GB21; facts C2 for chest and back."""
    for words in ("Trigger point, upper trapezius", "Ashi between the ribs", "Rhomboids left"):
        assert found(needle(Place(words=words), **more), person()) == {"thorax_free": severity}
    assert found(needle(Place(words="Ashi, gluteus minimus"), **more), person()) == {}


@pytest.mark.parametrize("code", ["CV8", "ST17"])
def test_points_that_are_not_needled(points, code):
    """Facts C2 for CV8; ST17 by textbook consensus."""
    side = "midline" if code == "CV8" else "left"
    assert found(needle(points[code], side), person())["needle_forbidden"] == "serious"


def test_the_eye_the_vessels_and_the_fontanelle(points):
    """journalofchinesemedicine.com, difficult and dangerous points; facts C2 for GV20 in infants."""
    assert found(needle(points["BL1"]), person())["eye"] == "caution"
    assert found(needle(points["ST9"]), person())["vessel"] == "note"
    assert found(needle(points["GV20"], "midline"), person(age=1))["infant_fontanelle"] == "serious"
    assert "infant_fontanelle" not in found(needle(points["GV20"], "midline"), person(age=30))


def test_moxa_with_asthma_on_insensate_and_on_broken_skin(points):
    """acumed.com.au for smoke and heat; MacPherson 2001 for the burn."""
    session = Session(moxas=(PlannedMoxa("stick", points["ST36"]),))
    assert found(session, person("asthma"))["moxa_smoke"] == "caution"
    assert found(session, person("diabetes_neuropathy"))["moxa_insensate"] == "serious"
    assert found(session, person("skin_condition"))["moxa_broken_skin"] == "serious"
    assert found(session, person()) == {}


def test_lymphoedema_reaches_its_own_limb_and_side_only(points):
    """Facts C3, general knowledge: not in the limb with lymphoedema; the finding says that it is unchecked."""
    arm = person("lymphoedema", side="left", site="left arm")
    assert found(needle(points["LI11"], "left"), arm)["lymphoedema_limb"] == "serious"
    assert found(needle(points["LI11"], "both"), arm)["lymphoedema_limb"] == "serious"
    assert "lymphoedema_limb" not in found(needle(points["LI11"], "right"), arm)
    assert "lymphoedema_limb" not in found(needle(points["ST36"], "left"), arm)


def test_a_prosthesis_reaches_its_own_joint_and_side_only(points):
    """Facts C3, general knowledge: prosthetic joints; the finding says that it is unchecked."""
    hip = person("implant", side="right", site="hip replacement")
    assert found(needle(points["GB30"], "right"), hip)["implant_same_side"] == "serious"
    assert "implant_same_side" not in found(needle(points["GB30"], "left"), hip)
    assert "implant_same_side" not in found(needle(points["SP9"], "right"), hip)


@pytest.mark.parametrize(
    ("code", "side", "kind", "severity"),
    [("CV22", "midline", "airway", "caution"), ("BL20", "left", "organ", "note"), ("SI8", "left", "nerve", "note"),
     ("CV17", "midline", "sternal_foramen", "caution"), ("GB20", "left", "spinal_cord", "caution")],
)  # fmt: skip
def test_what_lies_under_a_point_is_told_to_everybody(points, code, side, kind, severity):
    """Facts C2, textbook consensus: trachea, organs, nerves, the foramen in the sternum, the medulla."""
    assert found(needle(points[code], side), person())[kind] == severity


def test_moxa_where_it_is_traditionally_not_burnt_and_on_the_face(points):
    """Facts C3 for the face; the traditional song of points closed to moxa, and textbook consensus, for the points."""
    told = {code: found(Session(moxas=(PlannedMoxa("stick", points[code]),)), person()) for code in ("LU8", "LU3")}
    assert (told["LU8"]["moxa_forbidden"], told["LU3"]["moxa_caution"]) == ("caution", "note")
    face = Session(moxas=(PlannedMoxa("stick", points["ST6"]),))
    assert found(face, person())["moxa_face"] == "caution"


def test_neuropathy_allergies_fear_and_immunity(points):
    """stason.org for neuropathy and immunosuppression; the rest textbook."""
    session = needle(points["ST36"])
    assert found(session, person("diabetes_neuropathy"))["neuropathy_limb"] == "caution"
    assert found(session, person("immunosuppression"))["immunosuppression"] == "note"
    assert found(session, person("allergy_metal"))["allergy_metal"] == "caution"
    assert found(session, person("needle_fear"))["needle_fear"] == "note"
    assert found(session, person("fainting"))["fainting"] == "note"
    seeds = Session(techniques=("ear_seeds",))
    assert found(seeds, person("allergy_adhesive")) == {"allergy_adhesive": "caution"}


def test_a_point_twice_on_one_side(points):
    """Of the note itself: STRICTA 2010, 2b, points with their sides, each once."""
    twice = Session(needles=(PlannedNeedle(points["GB34"], "both"), PlannedNeedle(points["GB34"], "left")))
    assert found(twice, person())["point_twice"] == "caution"
    pair = Session(needles=(PlannedNeedle(points["GB34"], "right"), PlannedNeedle(points["GB34"], "left")))
    assert "point_twice" not in found(pair, person())


@pytest.mark.parametrize(
    ("code", "side", "wrong"),
    [("CV4", "left", True), ("CV4", "midline", False), ("GB30", "midline", True), ("GB30", "both", False),
     ("EX-HN12", "right", True), ("EX-HN12", "left", False)],
)  # fmt: skip
def test_a_side_that_the_point_does_not_have(points, code, side, wrong):
    """WHO standard 2008 for laterality."""
    assert ("side_impossible" in found(needle(points[code], side), person())) is wrong


def test_needles_in_for_longer_than_the_booked_rest(points):
    """Of the note and its booking: the room is booked for the rest segment, and the needles have to be out then."""
    needles = (PlannedNeedle(points["GB34"], "left", retention_minutes=30),)
    assert found(Session(needles, rest_minutes=25), person())["retention_beyond_rest"] == "caution"
    assert "retention_beyond_rest" not in found(Session(needles, rest_minutes=30), person())
    assert "retention_beyond_rest" not in found(Session(needles, rest_minutes=None), person())


def test_every_finding_names_a_source_and_the_serious_come_first(points):
    kinds = ("pregnancy", "anticoagulant", "pacemaker", "asthma", "lymphoedema", "implant")
    everybody = Person(70, "female", tuple(AlertFact(kind) for kind in kinds), 12)
    session = Session(
        needles=tuple(
            PlannedNeedle(place, "midline" if place.laterality == "midline" else "left", electro=True, depth_mm=30)
            for place in points.values()
        ),
        moxas=tuple(PlannedMoxa("stick", place) for place in points.values()),
    )
    findings = check(session, everybody)
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities, key=["serious", "caution", "note"].index)
    assert all(finding.source and finding.message and finding.strength for finding in findings)
    assert len({finding.key for finding in findings}) == len(findings)


@pytest.mark.parametrize(
    ("due_on", "day", "week"),
    [(date(2026, 11, 21), date(2026, 11, 21), 40), (date(2026, 11, 28), date(2026, 11, 21), 39),
     (date(2026, 11, 27), date(2026, 11, 21), 39), (date(2027, 7, 31), date(2026, 11, 21), 4)],
)  # fmt: skip
def test_completed_weeks_of_pregnancy(due_on, day, week):
    assert pregnancy_week(due_on, day) == week


def test_each_rule_is_tested_here():
    """Each code that a rule can raise stands in a test of this file."""
    folder = Path(settings.BASE_DIR) / "treatments" / "safety"
    text = "".join((folder / f"{name}.py").read_text() for name in ("patient", "points", "slips"))
    raised = set(re.findall(r'Finding\(\s*"(\w+)"', text))
    raised |= set(re.findall(r'^        \(?"(\w+)"(?:: |, (?:needles|bool))', text, re.M)) - {"hip", "breast"}
    tested = Path(__file__).read_text().partition("def test_each_rule_is_tested_here")[0]
    assert sorted(code for code in raised if f'"{code}"' not in tested) == []
    assert len(raised) >= 30
