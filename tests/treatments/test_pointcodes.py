import pytest

from treatments.pointcodes import (
    CHANNEL_ALIASES,
    CHANNEL_SIZES,
    EXTRA_SIZES,
    SIZES,
    AmbiguousPointCode,
    UnknownPointCode,
    fold,
    parse,
)


def test_the_channels_hold_361_points_and_the_extra_regions_48():
    assert sum(CHANNEL_SIZES.values()) == 361
    assert sum(EXTRA_SIZES.values()) == 48


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LI4", "LI4"),
        ("LI-4", "LI4"),
        ("LI 4", "LI4"),
        ("li4", "LI4"),
        (" li.04 ", "LI4"),
        ("LI\u20134", "LI4"),
        ("\uff2c\uff29\uff14", "LI4"),
        ("GB-30", "GB30"),
        ("BL09", "BL9"),
        ("EX-HN3", "EX-HN3"),
        ("Ex-HN-3", "EX-HN3"),
        ("exhn3", "EX-HN3"),
        ("Extra HN 3", "EX-HN3"),
        ("HN3", "EX-HN3"),
        ("UE9", "EX-UE9"),
        ("EX-LE5", "EX-LE5"),
        ("EX-B2", "EX-B2"),
        ("EXCA1", "EX-CA1"),
        ("SJ5", "TE5"),
        ("TB5", "TE5"),
        ("TW-5", "TE5"),
        ("TH5", "TE5"),
        ("3E5", "TE5"),
        ("REN 12", "CV12"),
        ("RN12", "CV12"),
        ("DU20", "GV20"),
        ("DM20", "GV20"),
        ("UB40", "BL40"),
        ("B40", "BL40"),
        ("ST-36", "ST36"),
        ("S36", "ST36"),
        ("L7", "LU7"),
        ("CO4", "LI4"),
        ("SPL6", "SP6"),
        ("HE7", "HT7"),
        ("KID3", "KI3"),
        ("KD3", "KI3"),
        ("K3", "KI3"),
        ("HC6", "PC6"),
        ("LIV3", "LR3"),
        ("LV3", "LR3"),
        ("G34", "GB34"),
        ("VB34", "GB34"),
        ("G30", "GB30"),
        ("Gb 30", "GB30"),
        ("Ren 6", "CV6"),
        ("Du 20", "GV20"),
        ("Mi 6", "SP6"),
        ("Pe 6", "PC6"),
    ],
)
def test_a_code_in_any_style_becomes_the_canonical_one(text, code):
    assert parse(text).code == code


@pytest.mark.parametrize("channel", SIZES)
def test_every_channel_ends_at_its_last_point(channel):
    last = SIZES[channel]
    assert parse(f"{channel}{last}").number == last
    with pytest.raises(UnknownPointCode):
        parse(f"{channel}{last + 1}" if channel != "GV" else "GV30")


@pytest.mark.parametrize(
    "text",
    ["", "LI", "4", "LI0", "LI-", "XX4", "LI 4 4", "GB300", "M-HN-9", "Zusanli", "LI4+", "GB24.5", "EX-LI4", "EX4"],
)
def test_a_text_that_names_no_point_is_refused(text):
    with pytest.raises(UnknownPointCode) as refused:
        parse(text)
    assert refused.value.text == text


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("P6", ("PC6", "LU6")),
        ("P-11", ("LU11",)),
        ("C7", ("HT7", "CV7")),
        ("H3", ("HT3", "LR3")),
        ("IG4", ("LI4", "SI4")),
        ("M6", ("ST6", "SP6", "PC6")),
        ("M36", ("ST36",)),
        ("R3", ("KI3", "CV3")),
        ("T5", ("TE5", "GV5")),
        ("LE3", ("LR3", "EX-LE3")),
        ("Dü3", ("SI3", "GV3")),
    ],
)
def test_letters_with_several_meanings_are_answered_with_candidates_and_never_guessed(text, candidates):
    with pytest.raises(AmbiguousPointCode) as refused:
        parse(text)
    assert refused.value.candidates == candidates


def test_an_ambiguous_prefix_with_a_number_that_no_channel_reaches_is_unknown():
    with pytest.raises(UnknownPointCode):
        parse("P12")


def test_every_alias_leads_to_a_channel_and_hides_none():
    assert set(CHANNEL_ALIASES.values()) <= set(SIZES)
    assert set(CHANNEL_ALIASES) & set(SIZES) == set()


@pytest.mark.parametrize("text", ["GV29", "DU-29", "GV24+", "GV24.5", "Du 24.5"])
def test_yintang_under_its_chinese_code_is_answered_with_whos_code_and_a_reason(text):
    assert parse(text).code == "EX-HN3"
    assert "Yintang" in parse(text).note


@pytest.mark.parametrize(("code", "warned"), [("BL35", False), ("BL36", True), ("UB54", True), ("BL55", False)])
def test_the_bladder_points_that_older_books_number_otherwise_carry_a_note(code, warned):
    assert ("Weizhong, now BL40" in parse(code).note) is warned


@pytest.mark.parametrize(
    ("code", "warned"), [("EX-HN2", False), ("EX-HN3", True), ("EX-HN15", True), ("EX-B3", False)]
)
def test_the_head_points_that_a_newer_standard_shifts_carry_a_note(code, warned):
    assert ("one lower" in parse(code).note) is warned


def test_a_code_prints_as_itself():
    assert str(parse("ex-hn-3")) == "EX-HN3"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Zúsānlǐ", "zusanli"),
        ("zu san li", "zusanli"),
        ("Fù'āi", "fuai"),
        ("Fù’āi", "fuai"),
        ("Zhōnglǚshū", "zhonglushu"),
        ("Zhonglüshu", "zhonglushu"),
        ("zhonglvshu", "zhonglushu"),
        ("nv", "nu"),
        ("SP-6", "sp6"),
        ("足三里", "足三里"),
        ("肺兪", "肺俞"),
    ],
)
def test_folding_drops_tones_spaces_and_apostrophes(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(("text", "folded"), [("CV 12", "cv12"), ("LV3", "lv3")])
def test_folding_leaves_the_v_of_a_code_alone(text, folded):
    assert fold(text) == folded
