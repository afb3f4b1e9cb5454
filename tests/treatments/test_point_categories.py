import pytest

from treatments.catalogue import read_categories, read_points
from treatments.pointcodes import SIZES

POINTS = {point.code: point for point in read_points()}
CATEGORIES = read_categories()

# Written out a second time, independently of the files: well, spring, stream, river, sea.
FIVE_SHU = {
    "LU": "LU11 LU10 LU9 LU8 LU5",
    "HT": "HT9 HT8 HT7 HT4 HT3",
    "PC": "PC9 PC8 PC7 PC5 PC3",
    "SP": "SP1 SP2 SP3 SP5 SP9",
    "LR": "LR1 LR2 LR3 LR4 LR8",
    "KI": "KI1 KI2 KI3 KI7 KI10",
    "LI": "LI1 LI2 LI3 LI5 LI11",
    "SI": "SI1 SI2 SI3 SI5 SI8",
    "TE": "TE1 TE2 TE3 TE6 TE10",
    "ST": "ST45 ST44 ST43 ST41 ST36",
    "GB": "GB44 GB43 GB41 GB38 GB34",
    "BL": "BL67 BL66 BL65 BL60 BL40",
}
YIN_CHANNELS = {"LU", "HT", "PC", "SP", "LR", "KI"}
ROLES = ("jing_well", "ying_spring", "shu_stream", "jing_river", "he_sea")

ASSIGNMENTS = {
    "yuan_source": "LU9 HT7 PC7 SP3 LR3 KI3 LI4 SI4 TE4 ST42 GB40 BL64",
    "luo_connecting": "LU7 HT5 PC6 SP4 LR5 KI4 LI6 SI7 TE5 ST40 GB37 BL58 CV15 GV1 SP21",
    "xi_cleft": "LU6 HT6 PC4 SP8 LR6 KI5 LI7 SI6 TE7 ST34 GB36 BL63 KI8 KI9 BL59 GB35",
    "back_shu": "BL13 BL14 BL15 BL18 BL19 BL20 BL21 BL22 BL23 BL25 BL27 BL28",
    "front_mu": "LU1 LR13 LR14 GB24 GB25 ST25 CV3 CV4 CV5 CV12 CV14 CV17",
    "confluent": "SP4 PC6 GB41 TE5 SI3 BL62 LU7 KI6",
    "influential": "LR13 CV12 CV17 BL17 GB34 LU9 BL11 GB39",
    "lower_he_sea": "ST36 ST37 ST39 BL39 BL40 GB34",
    "command": "ST36 BL40 LU7 LI4 PC6 GV26",
}


def codes(category, detail=None):
    return [row.code for row in CATEGORIES if row.category == category and detail in (None, row.detail)]


def test_155_special_assignments_name_existing_points_each_once():
    assert len(CATEGORIES) == 155
    assert len(set(CATEGORIES)) == 155
    assert {row.code for row in CATEGORIES} <= set(POINTS)
    assert all(row.detail for row in CATEGORIES)
    assert {row.category for row in CATEGORIES} == {*ROLES, *ASSIGNMENTS}


@pytest.mark.parametrize("channel", FIVE_SHU)
def test_the_five_shu_points_of_a_channel_follow_the_phases(channel):
    phases = ["wood", "fire", "earth", "metal", "water"]
    if channel not in YIN_CHANNELS:
        phases = ["metal", "water", "wood", "fire", "earth"]
    written = {
        row.category: (row.code, row.detail)
        for row in CATEGORIES
        if row.category in ROLES and POINTS[row.code].channel == channel
    }
    assert written == dict(zip(ROLES, zip(FIVE_SHU[channel].split(), phases, strict=True), strict=True))


def test_ki1_is_wood_and_ki2_fire():
    assert codes("jing_well", "wood").count("KI1") == 1
    assert codes("ying_spring", "fire").count("KI2") == 1


@pytest.mark.parametrize("category", ASSIGNMENTS)
def test_a_special_category_has_exactly_its_members(category):
    assert sorted(codes(category)) == sorted(ASSIGNMENTS[category].split())


def test_the_source_point_of_a_yin_channel_is_its_stream_point():
    yin = [code for code in codes("yuan_source") if POINTS[code].channel in YIN_CHANNELS]
    assert sorted(yin) == sorted(FIVE_SHU[channel].split()[2] for channel in YIN_CHANNELS)


@pytest.mark.parametrize("category", ["yuan_source", "luo_connecting", "xi_cleft"])
def test_a_point_is_the_source_connection_or_cleft_of_the_channel_it_lies_on(category):
    for row in CATEGORIES:
        if row.category == category and row.detail in SIZES:
            assert POINTS[row.code].channel == row.detail


@pytest.mark.parametrize("category", ["back_shu", "front_mu"])
def test_each_of_the_twelve_organs_has_one_back_and_one_front_point(category):
    organs = [row.detail for row in CATEGORIES if row.category == category]
    assert sorted(organs) == sorted(
        [
            *("lung", "large intestine", "stomach", "spleen", "heart", "small intestine"),
            *("bladder", "kidney", "pericardium", "triple energizer", "gallbladder", "liver"),
        ]
    )


def test_the_back_point_of_an_organ_bears_its_name():
    hanzi = {row.detail: POINTS[row.code].hanzi for row in CATEGORIES if row.category == "back_shu"}
    assert hanzi == {
        "lung": "肺俞",
        "pericardium": "厥阴俞",
        "heart": "心俞",
        "liver": "肝俞",
        "gallbladder": "胆俞",
        "spleen": "脾俞",
        "stomach": "胃俞",
        "triple energizer": "三焦俞",
        "kidney": "肾俞",
        "large intestine": "大肠俞",
        "small intestine": "小肠俞",
        "bladder": "膀胱俞",
    }


@pytest.mark.parametrize(
    ("category", "detail", "code"),
    [
        ("front_mu", "lung", "LU1"),
        ("front_mu", "spleen", "LR13"),
        ("front_mu", "kidney", "GB25"),
        ("front_mu", "large intestine", "ST25"),
        ("front_mu", "pericardium", "CV17"),
        ("front_mu", "heart", "CV14"),
        ("front_mu", "stomach", "CV12"),
        ("front_mu", "triple energizer", "CV5"),
        ("front_mu", "small intestine", "CV4"),
        ("front_mu", "bladder", "CV3"),
        ("front_mu", "gallbladder", "GB24"),
        ("front_mu", "liver", "LR14"),
        ("confluent", "thoroughfare vessel", "SP4"),
        ("confluent", "yin linking vessel", "PC6"),
        ("confluent", "governor vessel", "SI3"),
        ("confluent", "yang heel vessel", "BL62"),
        ("confluent", "belt vessel", "GB41"),
        ("confluent", "yang linking vessel", "TE5"),
        ("confluent", "conception vessel", "LU7"),
        ("confluent", "yin heel vessel", "KI6"),
        ("influential", "zang organs", "LR13"),
        ("influential", "fu organs", "CV12"),
        ("influential", "qi", "CV17"),
        ("influential", "blood", "BL17"),
        ("influential", "sinews", "GB34"),
        ("influential", "vessels", "LU9"),
        ("influential", "bones", "BL11"),
        ("influential", "marrow", "GB39"),
        ("lower_he_sea", "stomach", "ST36"),
        ("lower_he_sea", "large intestine", "ST37"),
        ("lower_he_sea", "small intestine", "ST39"),
        ("lower_he_sea", "triple energizer", "BL39"),
        ("lower_he_sea", "bladder", "BL40"),
        ("lower_he_sea", "gallbladder", "GB34"),
        ("xi_cleft", "yin heel vessel", "KI8"),
        ("xi_cleft", "yin linking vessel", "KI9"),
        ("xi_cleft", "yang heel vessel", "BL59"),
        ("xi_cleft", "yang linking vessel", "GB35"),
        ("luo_connecting", "great luo of the spleen", "SP21"),
        ("command", "lower back", "BL40"),
    ],
)
def test_an_assignment_belongs_to_its_point(category, detail, code):
    assert codes(category, detail) == [code]


def test_a_point_carries_its_own_categories():
    assert {(row.category, row.detail) for row in POINTS["ST36"].categories} == {
        ("he_sea", "earth"),
        ("lower_he_sea", "stomach"),
        ("command", "abdomen"),
    }
    assert POINTS["EX-HN3"].categories == ()
