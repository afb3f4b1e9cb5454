import unicodedata
from collections import Counter

import pytest

from treatments.catalogue import read_auricular, read_points
from treatments.pointcodes import SIZES, fold, parse

POINTS = {point.code: point for point in read_points()}
AURICULAR = read_auricular()

REGIONS = {
    *("head", "face", "neck", "chest", "upper_back", "abdomen", "lower_abdomen", "lumbar", "sacral", "perineum"),
    *("shoulder", "arm", "elbow", "forearm", "wrist", "hand", "hip", "thigh", "knee", "leg", "ankle", "foot"),
}

VERTEBRAE = """
    BL11 T1, BL12 T2, BL13 T3, BL14 T4, BL15 T5, BL16 T6, BL17 T7, BL18 T9, BL19 T10, BL20 T11, BL21 T12,
    BL22 L1, BL23 L2, BL24 L3, BL25 L4, BL26 L5,
    BL41 T2, BL42 T3, BL43 T4, BL44 T5, BL45 T6, BL46 T7, BL47 T9, BL48 T10, BL49 T11, BL50 T12, BL51 L1, BL52 L2,
    GV3 L4, GV4 L2, GV5 L1, GV6 T11, GV7 T10, GV8 T9, GV9 T7, GV10 T6, GV11 T5, GV12 T3, GV13 T1, GV14 C7,
    EX-B1 C7, EX-B3 T8, EX-B4 L1, EX-B5 L3, EX-B6 L4, EX-B7 L4, EX-B8 L5, SI14 T1, SI15 C7
"""

MIDLINE_EXTRAS = {"EX-HN3", "EX-HN10", "EX-HN11", "EX-B5", "EX-B8", "EX-B9"}

GROUPS = {
    "EX-HN1": 4,
    "EX-B2": 34,
    "EX-UE2": 4,
    "EX-UE7": 4,
    "EX-UE9": 8,
    "EX-UE10": 8,
    "EX-UE11": 10,
    "EX-LE1": 4,
    "EX-LE5": 4,
    "EX-LE10": 8,
    "EX-LE12": 10,
}


def untoned(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).replace("'", "")


def is_hanzi(text):
    return bool(text) and all("\u4e00" <= character <= "\u9fff" for character in text)


@pytest.mark.parametrize(("channel", "size"), SIZES.items())
def test_a_channel_has_all_its_points_in_order(channel, size):
    assert [code for code in POINTS if POINTS[code].channel == channel] == [
        f"{channel}{number}" for number in range(1, size + 1)
    ]


def test_the_list_holds_409_points_each_once():
    assert len(read_points()) == 409
    assert len(POINTS) == 409


def test_every_code_is_read_as_itself():
    assert [parse(code).code for code in POINTS] == list(POINTS)


def test_the_twelve_channels_are_bilateral_and_the_two_vessels_on_the_midline():
    regular = [point for point in POINTS.values() if not point.channel.startswith("EX")]
    assert Counter(point.laterality for point in regular) == {"bilateral": 309, "midline": 52}
    assert {point.channel for point in regular if point.laterality == "midline"} == {"CV", "GV"}


def test_the_extra_points_lie_on_both_sides_but_for_eight():
    extra = {code: point.laterality for code, point in POINTS.items() if point.channel.startswith("EX")}
    assert {code for code, side in extra.items() if side == "midline"} == MIDLINE_EXTRAS
    assert (extra["EX-HN12"], extra["EX-HN13"]) == ("left", "right")
    assert Counter(extra.values()) == {"bilateral": 40, "midline": 6, "left": 1, "right": 1}


def test_groups_of_extra_points_know_their_size_and_all_others_are_single():
    assert {code: point.group_size for code, point in POINTS.items() if point.group_size != 1} == GROUPS


def test_a_name_with_its_tones_and_hanzi_belongs_to_one_point():
    names = Counter((point.pinyin_toned, point.hanzi) for point in POINTS.values())
    assert max(names.values()) == 1
    assert max(Counter(point.hanzi for point in POINTS.values()).values()) == 1
    assert max(Counter(point.hanzi_traditional for point in POINTS.values()).values()) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LI2", "EX-HN6"),
        ("LI18", "ST32"),
        ("ST3", "GB29"),
        ("SI4", "GB12"),
        ("KI15", "TE3"),
        ("GB32", "LR6"),
        ("CV7", "GV28"),
        ("CV19", "EX-CA1"),
    ],
)
def test_points_that_sound_alike_without_tones_stay_apart_by_their_hanzi(one, other):
    assert fold(POINTS[one].pinyin) == fold(POINTS[other].pinyin)
    assert POINTS[one].hanzi != POINTS[other].hanzi


def test_no_other_two_points_sound_alike_without_tones():
    sounds = Counter(fold(point.pinyin) for point in POINTS.values())
    assert sorted(sound for sound, count in sounds.items() if count > 1) == [
        "erjian",
        "futu",
        "juliao",
        "wangu",
        "yinjiao",
        "zhongdu",
        "zhongzhu",
        "zigong",
    ]


def test_a_point_is_written_fully_and_in_form():
    for point in POINTS.values():
        assert point.pinyin == untoned(point.pinyin_toned)
        assert point.pinyin.isalpha()
        assert point.pinyin == point.pinyin.capitalize()
        assert is_hanzi(point.hanzi)
        assert is_hanzi(point.hanzi_traditional)
        assert len(point.hanzi) == len(point.hanzi_traditional)
        assert point.english
        assert point.region in REGIONS
        assert point.location.endswith(".")
        assert "  " not in point.location
        assert len(point.location) > 20


def test_tone_marks_stand_on_vowels_and_there_is_one_for_each_hanzi():
    tones = {"\u0304", "\u0301", "\u030c", "\u0300"}
    for row in [*POINTS.values(), *AURICULAR]:
        marks = 0
        vowel = ""
        for character in unicodedata.normalize("NFD", row.pinyin_toned):
            if character in tones:
                marks += 1
                assert vowel in set("aeiouAEIOU")
            elif character != "\u0308":
                vowel = character
        assert marks == len(row.hanzi)


def test_every_region_is_used():
    assert {point.region for point in POINTS.values()} == REGIONS


def test_no_two_points_share_a_location():
    assert max(Counter(point.location for point in POINTS.values()).values()) == 1


def test_who_gives_a_second_place_for_six_points():
    second = {code: point.alternative_location for code, point in POINTS.items() if point.alternative_location}
    assert set(second) == {"LI19", "LI20", "PC8", "PC9", "GB30", "GV26"}
    assert all(POINTS[code].location != text for code, text in second.items())


def test_aliases_are_other_names_each_given_once():
    for point in POINTS.values():
        assert len(set(point.aliases)) == len(point.aliases)
        assert not set(point.aliases) & {point.pinyin, point.pinyin_toned, point.hanzi, point.hanzi_traditional, ""}
        for alias in point.aliases:
            assert is_hanzi(alias) or alias.isascii() or "ü" in alias


@pytest.mark.parametrize(
    ("code", "alias"),
    [
        ("BL2", "Zanzhu"),
        ("BL4", "Quchai"),
        ("BL43", "Gaohuangshu"),
        ("BL58", "飞阳"),
        ("BL61", "Pushen"),
        ("TE18", "Qimai"),
        ("GB22", "渊液"),
        ("BL29", "Zhonglüshu"),
        ("TE11", "清泠渊"),
        ("LR3", "太沖"),
        ("KI4", "大鐘"),
        ("CV17", "Shanzhong"),
        ("CV17", "Tanzhong"),
        ("GV15", "瘂门"),
        ("GV22", "顖会"),
        ("GV26", "Renzhong"),
        ("GV26", "人中"),
        ("EX-B2", "Huatuojiaji"),
        ("EX-HN3", "GV29"),
    ],
)
def test_a_customary_other_spelling_is_an_alias(code, alias):
    assert alias in POINTS[code].aliases


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("BL2", ("Cuanzhu", "Cuánzhú", "攒竹", "攢竹")),
        ("BL4", ("Qucha", "Qūchā", "曲差", "曲差")),
        ("BL13", ("Feishu", "Fèishū", "肺俞", "肺俞")),
        ("BL29", ("Zhonglushu", "Zhōnglǚshū", "中膂俞", "中膂俞")),
        ("BL38", ("Fuxi", "Fúxì", "浮郄", "浮郄")),
        ("BL53", ("Baohuang", "Bāohuāng", "胞肓", "胞肓")),
        ("BL60", ("Kunlun", "Kūnlún", "昆仑", "崑崙")),
        ("CV17", ("Danzhong", "Dànzhōng", "膻中", "膻中")),
        ("GB30", ("Huantiao", "Huántiào", "环跳", "環跳")),
        ("GB8", ("Shuaigu", "Shuàigǔ", "率谷", "率谷")),
        ("GV14", ("Dazhui", "Dàzhuī", "大椎", "大椎")),
        ("GV26", ("Shuigou", "Shuǐgōu", "水沟", "水溝")),
        ("KI3", ("Taixi", "Tàixī", "太溪", "太谿")),
        ("KI27", ("Shufu", "Shūfǔ", "俞府", "俞府")),
        ("LI10", ("Shousanli", "Shǒusānlǐ", "手三里", "手三里")),
        ("LI19", ("Kouheliao", "Kǒuhéliáo", "口禾髎", "口禾髎")),
        ("LI2", ("Erjian", "Èrjiān", "二间", "二間")),
        ("LR3", ("Taichong", "Tàichōng", "太冲", "太衝")),
        ("LU7", ("Lieque", "Lièquē", "列缺", "列缺")),
        ("PC4", ("Ximen", "Xìmén", "郄门", "郄門")),
        ("SI3", ("Houxi", "Hòuxī", "后溪", "後谿")),
        ("SP16", ("Fuai", "Fù'āi", "腹哀", "腹哀")),
        ("ST36", ("Zusanli", "Zúsānlǐ", "足三里", "足三里")),
        ("ST40", ("Fenglong", "Fēnglóng", "丰隆", "豐隆")),
        ("TE11", ("Qinglengyuan", "Qīnglěngyuān", "清冷渊", "清冷淵")),
        ("TE22", ("Erheliao", "Ěrhéliáo", "耳和髎", "耳和髎")),
        ("TE5", ("Waiguan", "Wàiguān", "外关", "外關")),
    ],
)
def test_names_that_are_often_written_wrong_are_right(code, name):
    point = POINTS[code]
    assert (point.pinyin, point.pinyin_toned, point.hanzi, point.hanzi_traditional) == name


@pytest.mark.parametrize(("code", "vertebra"), [pair.split() for pair in VERTEBRAE.split(",")])
def test_a_point_of_the_back_lies_by_its_vertebra(code, vertebra):
    words = POINTS[code].location.rstrip(".").replace(",", " ").split()
    assert [word for word in words if word[0] in "CTL" and word[1:].isdigit()] == [vertebra]


@pytest.mark.parametrize(
    ("code", "ordinal"),
    [
        ("BL27", "first"),
        ("BL28", "second"),
        ("BL29", "third"),
        ("BL30", "fourth"),
        ("BL53", "second"),
        ("BL54", "fourth"),
    ],
)
def test_a_point_of_the_sacrum_lies_level_with_its_foramen(code, ordinal):
    assert f"level with the {ordinal} posterior sacral foramen" in POINTS[code].location


@pytest.mark.parametrize(
    ("code", "distance"),
    [
        ("LU6", "7 cun above"),
        ("LU7", "1.5 cun above"),
        ("LI10", "2 cun below"),
        ("ST25", "2 cun to the side"),
        ("ST36", "3 cun below ST35"),
        ("ST37", "6 cun below ST35"),
        ("ST38", "8 cun below ST35"),
        ("ST39", "9 cun below ST35"),
        ("ST40", "8 cun above"),
        ("SP6", "3 cun above"),
        ("SP10", "2 cun above"),
        ("SP15", "4 cun to the side"),
        ("HT5", "1 cun above"),
        ("BL57", "8 cun below"),
        ("BL58", "7 cun straight above BL60"),
        ("KI7", "2 cun above"),
        ("KI9", "5 cun above"),
        ("PC6", "2 cun above"),
        ("TE5", "2 cun above"),
        ("TE6", "3 cun above"),
        ("GB14", "1 cun above"),
        ("GB35", "7 cun above"),
        ("GB37", "5 cun above"),
        ("GB39", "3 cun above"),
        ("LR5", "5 cun above"),
        ("LR12", "level with the upper edge of the pubic symphysis, 2.5 cun"),
        ("CV4", "3 cun below"),
        ("CV6", "1.5 cun below"),
        ("CV12", "4 cun above"),
        ("GV20", "5 cun behind"),
    ],
)
def test_a_distance_is_the_standard_one(code, distance):
    assert distance in POINTS[code].location


AREAS = {
    "helix": 13,
    "scapha": 6,
    "antihelix": 14,
    "triangular_fossa": 5,
    "tragus": 9,
    "antitragus": 8,
    "concha": 21,
    "lobe": 8,
    "posterior": 6,
    "root": 3,
}


def test_the_ear_has_the_93_points_of_its_standard():
    assert Counter(row.area for row in AURICULAR) == AREAS
    assert len({row.code for row in AURICULAR}) == 93
    assert len({row.location for row in AURICULAR}) == 93


def test_an_ear_point_is_named_fully():
    for row in AURICULAR:
        assert row.pinyin == untoned(row.pinyin_toned)
        assert is_hanzi(row.hanzi.translate(str.maketrans("1234", "一二三四")))
        assert len(row.hanzi_traditional) == len(row.hanzi)
        assert row.english
        assert row.location.endswith(".")


@pytest.mark.parametrize(
    ("code", "hanzi", "english"),
    [
        ("HX1", "耳中", "Ear centre"),
        ("HX6,7i", "耳尖", "Ear apex"),
        ("SF1,2i", "风溪", "Wind stream"),
        ("AH6a", "交感", "Sympathetic"),
        ("AH6", "坐骨神经", "Sciatic nerve"),
        ("TF2", "内生殖器", "Internal genitals"),
        ("TF4", "神门", "Shenmen (spirit gate)"),
        ("TG2p", "肾上腺", "Adrenal gland"),
        ("AT4", "皮质下", "Subcortex"),
        ("CO15", "心", "Heart"),
        ("CO18", "内分泌", "Endocrine"),
        ("LO5", "眼", "Eye"),
    ],
)
def test_a_zone_of_the_ear_has_its_name(code, hanzi, english):
    assert [(row.hanzi, row.english) for row in AURICULAR if row.code == code] == [(hanzi, english)]


def test_only_the_uterus_zone_of_the_ear_carries_a_caution():
    assert [row.code for row in AURICULAR if row.caution] == ["TF2"]
