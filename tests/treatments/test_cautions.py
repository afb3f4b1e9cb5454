from collections import Counter

import pytest

from treatments.catalogue import CautionRow, read_cautions, read_points

POINTS = {point.code: point for point in read_points()}
CAUTIONS = read_cautions()

KINDS = {
    "pregnancy",
    "pregnancy_exception",
    "pneumothorax",
    "organ",
    "sternal_foramen",
    "airway",
    "vessel",
    "eye",
    "spinal_cord",
    "nerve",
    "infant_fontanelle",
    "needle_forbidden",
    "moxa_forbidden",
    "moxa_caution",
}


def span(channel: str, first: int, last: int) -> set[str]:
    return {f"{channel}{number}" for number in range(first, last + 1)}


def cautioned(caution: str) -> set[str]:
    return {row.code for row in CAUTIONS if row.caution == caution}


def of(code: str, caution: str) -> list[CautionRow]:
    return [row for row in CAUTIONS if (row.code, row.caution) == (code, caution)]


def test_a_caution_names_a_point_a_strength_and_a_source():
    for row in CAUTIONS:
        assert row.code in POINTS
        assert row.strength in {"consensus", "common", "single_source", "traditional", "unverified"}
        assert row.source
        assert row.detail.endswith(".")


def test_the_kinds_of_caution_are_the_documented_ones():
    assert {row.caution for row in CAUTIONS} == KINDS


def test_techniques_are_any_or_a_list_of_known_ones():
    for row in CAUTIONS:
        assert row.techniques == ("any",) or set(row.techniques) <= {"needle", "electro", "moxa"}
        assert row.techniques


def test_a_trimester_is_named_for_pregnancy_only():
    for row in CAUTIONS:
        assert set(row.trimesters) <= {1, 2, 3}
        assert not row.trimesters or row.caution.startswith("pregnancy")


def test_what_was_not_checked_says_so():
    for row in CAUTIONS:
        if row.strength == "unverified":
            assert row.source == "textbook consensus, not checked against a source"
        if row.strength == "traditional":
            assert "not checked against a source" in row.source


def test_a_point_has_one_row_for_each_caution_and_set_of_techniques():
    assert max(Counter((row.code, row.caution, row.techniques) for row in CAUTIONS).values()) == 1


def test_cautions_stand_in_the_order_of_the_points():
    order = list(POINTS)
    places = [order.index(row.code) for row in CAUTIONS]
    assert places == sorted(places)


def test_pregnancy_covers_every_point_of_the_gathered_lists():
    """facts: three web lists, 2011 and later, and Carr 2015 (PMC4680134) for the context."""
    lists = {"LI4", "SP6", "BL60", "BL67", "GB21", "SP1", "SP2", "SP5", "BL62", "ST12", "LR3", "ST36"}
    lumbosacral = span("BL", 22, 35) | span("BL", 51, 54) | span("GV", 1, 5)
    belly = span("KI", 11, 21) | span("ST", 19, 30) | span("CV", 1, 15)
    assert lists | lumbosacral | belly <= cautioned("pregnancy")


@pytest.mark.parametrize("code", ["LI4", "SP6", "BL60", "GB21", "CV4", "ST25"])
def test_the_points_that_sources_agree_on_are_consensus(code):
    assert [row.strength for row in of(code, "pregnancy")] == ["consensus"]


def test_every_sourced_caution_of_pregnancy_names_the_review_that_found_no_harm():
    for row in CAUTIONS:
        if row.caution == "pregnancy" and row.strength != "unverified":
            assert "Carr 2015, PMC4680134" in row.source


def test_moxa_on_bl67_for_breech_late_in_pregnancy_is_an_accepted_exception():
    (exception,) = of("BL67", "pregnancy_exception")
    assert (exception.techniques, exception.trimesters) == (("moxa",), (3,))
    assert "34 weeks" in exception.detail
    assert cautioned("pregnancy_exception") == {"BL67"}


def test_the_exception_on_bl67_stands_against_a_caution_for_every_technique():
    """acupuncture.blog.co.uk names BL67 without a technique, as it names moxa for SP2, BL62 and CV11."""
    assert [row.techniques for row in of("BL67", "pregnancy")] == [("any",)]


def test_every_point_of_a_region_that_is_avoided_in_pregnancy_says_so():
    """newsletter.tcmstudy.net for the lower abdomen and the sacrum, takoda.co for the lumbar points and CV1."""
    regions = {"lower_abdomen", "lumbar", "sacral", "perineum"}
    assert {code for code, point in POINTS.items() if point.region in regions} <= cautioned("pregnancy")


@pytest.mark.parametrize("code", ["SP2", "BL62", "CV11"])
def test_moxa_in_pregnancy_is_named_apart_where_the_source_does(code):
    assert ("moxa",) in [row.techniques for row in of(code, "pregnancy")]


def test_pneumothorax_covers_the_whole_chest_back_and_shoulder():
    trunk = {"LU1", "LU2", "PC1", "GV14", "EX-B1", "EX-B2"} | span("LR", 13, 14)
    front = span("ST", 11, 18) | span("KI", 22, 27) | span("SP", 17, 21) | span("GB", 21, 25) | span("CV", 16, 21)
    back = span("BL", 11, 21) | span("BL", 41, 50) | span("SI", 9, 15)
    assert cautioned("pneumothorax") == trunk | front | back | {"TE15", "EX-B3", "LI16"}


def test_every_point_of_the_chest_but_none_of_the_limbs_beyond_the_shoulder_warns_of_the_lung():
    warned = {POINTS[code].region for code in cautioned("pneumothorax")}
    assert warned == {"chest", "upper_back", "shoulder", "neck", "abdomen"}
    chest = {code for code, point in POINTS.items() if point.region == "chest"}
    assert chest <= cautioned("pneumothorax")


def test_gb21_says_how_near_the_pleura_is():
    (row,) = of("GB21", "pneumothorax")
    assert row.strength == "common"
    assert "17.4 mm in men and 14.6 mm in women" in row.detail


@pytest.mark.parametrize(
    ("caution", "codes"),
    [
        ("airway", {"CV22"}),
        ("sternal_foramen", {"CV17"}),
        ("eye", {"BL1", "ST1", "EX-HN7"}),
        ("needle_forbidden", {"CV8", "ST17"}),
        ("infant_fontanelle", {"GV20", "GV21", "GV22", "EX-HN1"}),
    ],
)
def test_a_danger_is_named_at_exactly_its_points(caution, codes):
    assert cautioned(caution) == codes


@pytest.mark.parametrize(
    ("caution", "codes"),
    [
        ("vessel", {"ST9", "CV22", "LR12", "BL40", "HT1", "LU9"}),
        ("spinal_cord", {"GV15", "GV16", "GB20"}),
        ("organ", {"CV14", "CV15", "LR13", "LR14", "GB24", "GB25", "EX-B4"}),
    ],
)
def test_a_danger_covers_the_points_of_the_gathered_list(caution, codes):
    assert codes <= cautioned(caution)


def test_moxa_is_closed_on_eye_mucosa_nipple_and_large_vessels():
    assert {"BL1", "ST1", "GV28", "ST17", "ST9"} <= cautioned("moxa_forbidden")
    assert cautioned("moxa_forbidden") & cautioned("moxa_caution") == set()
    assert {row.techniques for row in CAUTIONS if row.caution.startswith("moxa")} == {("moxa",)}


def test_the_traditional_list_of_points_closed_to_moxa_is_marked_as_such():
    assert {row.strength for row in CAUTIONS if row.caution == "moxa_caution"} == {"traditional"}
