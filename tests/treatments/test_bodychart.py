import math
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from treatments.bodychart import Mark, best_views, draw, nearest, outline, places, primitives, views
from treatments.catalogue import read_auricular, read_points
from treatments.chartpaths import Circle, Stroke, Words
from treatments.pointcodes import UnknownPointCode

POINTS = {point.code: point for point in read_points()}
SVG = "{http://www.w3.org/2000/svg}"
BODY = ("front", "back", "left")
SOLE = 770  # y of the sole in the whole-body views, which are drawn 10 units a cun


def at(code, view, side="left"):
    """x and y of the only place of a point in a view."""
    [(x, y)] = [(x, y) for seen, x, y in places(code, side) if seen == view]
    return x, y


def rise(higher, lower, view):
    """How many cun (of the view) one point lies above another."""
    return round((at(lower, view)[1] - at(higher, view)[1]) / views()[view].cun, 2)


def from_axis(code, view):
    shown = views()[view]
    return round(abs(at(code, view)[0] - shown.width / 2) / shown.cun, 2)


def distance(one, other, view):
    return round(math.dist(at(one, view), at(other, view)) / views()[view].cun, 2)


def test_every_point_of_the_catalogue_has_a_place_on_the_chart():
    assert {code for code in POINTS if not places(code, "both")} == set()


def test_the_views_are_the_whole_body_and_its_crowded_parts_on_both_sides():
    assert [code for code, view in views().items() if not view.side] == [
        *("front", "back", "head_front", "head_back", "head_top", "mouth")
    ]
    assert [code for code, view in views().items() if view.side == "right"] == [
        *("right", "head_right", "ear_right", "ear_back_right", "hip_right", "hand_back_right", "hand_palm_right"),
        *("leg_inner_right", "foot_outer_right", "foot_top_right", "foot_sole_right"),
    ]


@pytest.mark.parametrize("code", POINTS)
def test_a_point_lies_inside_its_views_and_on_the_body(code):
    for view, x, y in places(code, "both"):
        shown = views()[view]
        assert 0 < x < shown.width
        assert 0 < y < shown.height
        if not view.startswith(("ear", "hip", "mouth")):
            assert on_skin(view, x, y), (view, x, y)


def on_skin(view, x, y, tolerance=3.0):
    """Inside the first line of the view, or as near to it as half a line and the mark allow."""
    ring = skin(view)
    inside = False
    for (ax, ay), (bx, by) in pairwise([*ring, ring[0]]):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside or min(math.dist((x, y), corner) for corner in ring) <= tolerance


@cache
def skin(view):
    first = next(line for line in outline(view) if line.kind == "skin")
    ring, here = [first.start], first.start
    for step in first.steps:
        a, b, end = step[0:2], step[2:4], step[4:6]
        for tenth in range(1, 21):
            t, rest = tenth / 20, 1 - tenth / 20
            ring.append(
                tuple(
                    rest**3 * here[i] + 3 * rest * rest * t * a[i] + 3 * rest * t * t * b[i] + t**3 * end[i]
                    for i in (0, 1)
                )
            )
        here = end
    if view in ("head_front", "head_back"):
        # Cut off at the shoulders: what lies below them to the edge of the picture is body too.
        bottom = views()[view].height
        ring += [(ring[-1][0], bottom), (ring[0][0], bottom)]
    return ring


def test_points_of_the_midline_lie_on_the_axis_of_every_view_that_shows_both_sides():
    off = {
        (code, view)
        for code, point in POINTS.items()
        if point.laterality == "midline"
        for view, x, _ in places(code, "midline")
        if not views()[view].side and x != views()[view].width / 2
    }
    assert off == set()


def test_points_beside_the_midline_lie_on_the_side_they_are_asked_for():
    wrong = set()
    for code, point in POINTS.items():
        if point.laterality == "midline":
            continue
        for side, in_front in (("left", 1), ("right", -1)):
            if point.laterality not in ("bilateral", side):
                continue
            for view, x, _ in places(code, side):
                shown = views()[view]
                faces_viewer = view in ("front", "head_front", "mouth")
                outward = (x - shown.width / 2) * in_front * (1 if faces_viewer else -1)
                if shown.side not in ("", side) or (not shown.side and outward <= 0 and code != "EX-HN1"):
                    wrong.add((code, side, view))
    assert wrong == set()


def test_the_right_side_is_the_mirror_image_of_the_left():
    for code, point in POINTS.items():
        if point.laterality != "bilateral":
            continue
        mirrored = [
            (view.removesuffix("left") + "right" if shown.side else view, round(shown.width - x, 1), y)
            for view, x, y in places(code, "left")
            for shown in [views()[view]]
        ]
        assert places(code, "right") == mirrored, code


def test_both_sides_are_the_left_and_the_right():
    assert places("GB30", "both") == places("GB30", "left") + places("GB30", "right")


def test_a_point_of_two_sides_is_not_on_the_midline():
    assert places("GB30", "midline") == []


def test_a_point_of_one_side_is_there_whatever_side_is_asked():
    assert places("EX-HN12", "right") == places("EX-HN12", "left") == [("mouth", 125.0, 246.0)]
    assert places("EX-HN13", "left") == places("EX-HN13", "right") == [("mouth", 95.0, 246.0)]
    assert places("CV4", "left") == places("CV4", "midline")


def test_an_unknown_code_is_refused():
    with pytest.raises(UnknownPointCode):
        places("GB99", "left")


@pytest.mark.parametrize("code", [code for code, point in POINTS.items() if point.group_size > 1])
def test_a_group_shows_all_its_places(code):
    first = views()[places(code, "left")[0][0]]
    shown = {first.code, first.code.replace("left", "right")}
    assert len({place for place in places(code, "both") if place[0] in shown}) == POINTS[code].group_size


def test_no_two_points_coincide_but_the_eyes_of_the_knee_with_their_two_halves():
    seen = {}
    for code in POINTS:
        for place in set(places(code, "both")):
            seen.setdefault(place, []).append(code)
    assert sorted({tuple(codes) for codes in seen.values() if len(codes) > 1}) == [
        ("EX-LE4", "EX-LE5"),
        ("ST35", "EX-LE5"),
    ]


# Lowest and highest place in cun above the sole, in the views of the whole body, for all regions but those of the arm.
HEIGHTS = {
    "head": (64, 75.1),
    "face": (64.5, 72.5),
    "neck": (60, 68.5),
    "chest": (47.5, 60),
    "upper_back": (48.5, 63),
    "abdomen": (43.5, 50.5),
    "lower_abdomen": (37.9, 43.2),
    "lumbar": (41.5, 48),
    "sacral": (35.5, 41.5),
    "perineum": (34.5, 35.6),
    "shoulder": (54.5, 62.5),
    "hip": (32.5, 41),
    "thigh": (22, 37),
    "knee": (18, 21),
    "leg": (4.5, 17),
    "ankle": (0.9, 3.3),
    "foot": (-2, 2.7),
}


@pytest.mark.parametrize("code", [code for code, point in POINTS.items() if point.region in HEIGHTS])
def test_a_point_lies_at_the_height_of_its_region(code):
    lowest, highest = HEIGHTS[POINTS[code].region]
    for view, _, y in places(code, "left"):
        # EX-B2 stands under the upper back, where it begins, and runs down to L5.
        if view in BODY and code != "EX-B2":
            assert lowest <= (SOLE - y) / 10 <= highest, view


ARM_REGIONS = {"arm", "elbow", "forearm", "wrist", "hand"}


@pytest.mark.parametrize("code", [code for code, point in POINTS.items() if point.region in ARM_REGIONS])
def test_a_point_of_the_arm_lies_on_the_arm(code):
    for view, x, y in places(code, "left"):
        if view in BODY:
            # The armpit is 8 cun from the midline, and the arm hangs outward from there.
            assert abs(x - 230) > 80 + max(0.0, (y - 223) * 0.2)
        else:
            assert view in ("hand_back_left", "hand_palm_left")


CLOSE_UPS = {
    "foot": {"foot_top_left", "foot_sole_left", "foot_outer_left", "leg_inner_left"},
    "hand": {"hand_back_left", "hand_palm_left"},
    "face": {"head_front", "head_left", "mouth", "ear_left"},
    "sacral": {"hip_left"},
}


@pytest.mark.parametrize("code", [code for code, point in POINTS.items() if point.region in CLOSE_UPS])
def test_a_point_of_a_crowded_part_is_seen_in_a_close_up(code):
    assert {view for view, _, _ in places(code, "left")} & CLOSE_UPS[POINTS[code].region] != set()


# Along each channel of a limb or the trunk in one view, from top to bottom.
COURSES = """
front: LU1 LU3 LU4 LU5 LU6 LU7 LU8 LU9 LU10
front: PC2 PC3 PC4 PC5 PC6 PC7 PC8 PC9
front: HT1 HT2 HT3 HT4 HT5 HT6 HT7 HT8
back: LI14 LI13 LI12 LI11 LI10 LI9 LI8 LI7 LI6 LI5 LI4 LI3 LI2 LI1
back: TE14 TE13 TE12 TE11 TE10 TE9 TE8 TE6 TE5 TE4 TE3 TE2 TE1
back: SI8 SI7 SI6 SI5 SI4 SI3 SI2 SI1
back: BL11 BL12 BL13 BL14 BL15 BL16 BL17 BL18 BL19 BL20 BL21 BL22 BL23 BL24 BL25 BL26 BL27 BL28 BL29 BL30
back: BL41 BL42 BL43 BL44 BL45 BL46 BL47 BL48 BL49 BL50 BL51 BL52 BL53 BL54 BL36 BL37 BL38 BL40 BL55 BL56 BL57 BL60
back: GV14 GV13 GV12 GV11 GV10 GV9 GV8 GV7 GV6 GV5 GV4 GV3 GV2 GV1
front: CV22 CV21 CV20 CV19 CV18 CV17 CV16 CV15 CV14 CV13 CV12 CV11 CV10 CV9 CV8 CV7 CV6 CV5 CV4 CV3 CV2 CV1
front: KI27 KI26 KI25 KI24 KI23 KI22 KI21 KI20 KI19 KI18 KI17 KI16 KI15 KI14 KI13 KI12 KI11
front: ST12 ST13 ST14 ST15 ST16 ST17 ST18 ST19 ST20 ST21 ST22 ST23 ST24 ST25 ST26 ST27 ST28 ST29 ST30 ST31 ST32
front: ST32 ST33 ST34 ST35 ST36 ST37 ST38 ST39 ST41 ST42 ST43 ST44 ST45
front: SP20 SP19 SP18 SP17 SP16 SP15 SP14 SP13 SP12 SP11 SP10 SP9 SP8 SP7 SP6
left: GB22 GB24 GB26 GB27 GB28 GB29 GB31 GB32 GB33 GB34 GB36 GB37 GB38 GB39 GB40 GB41
leg_inner_left: LR9 LR8 LR7 LR6 LR5 LR4
leg_inner_left: KI10 KI9 KI7 KI3 KI6 KI2
leg_inner_left: SP10 SP9 SP8 SP7 SP6 SP5 SP4 SP3
hand_back_left: LI5 LI4 LI3 LI2 LI1
foot_top_left: ST41 ST42 ST43 ST44 ST45
foot_top_left: LR4 LR3 LR2 LR1
foot_top_left: GB40 GB41 GB42 GB43 GB44
"""


@pytest.mark.parametrize("course", COURSES.strip().splitlines())
def test_the_points_of_a_channel_follow_each_other_without_jumps(course):
    view, codes = course.split(": ")
    # A step is never longer than the longest way between neighbours on that channel, 13.5 cun on the thigh.
    for above, below in pairwise(codes.split()):
        assert at(above, view)[1] < at(below, view)[1], (above, below)
        assert distance(above, below, view) <= 13.5, (above, below)


CROSSWISE = """
head_left: GV24 GV23 GV22 GV21 GV20 GV19 GV18
head_left: ST8 GB4 GB5 GB6 GB7
head_left: ST4 ST5 ST6
foot_outer_left: BL67 BL66 BL65 BL64 BL63 BL62 BL61
head_left: GB1 GB3 GB2
"""


@pytest.mark.parametrize("course", CROSSWISE.strip().splitlines())
def test_points_that_run_from_front_to_back_follow_each_other(course):
    view, codes = course.split(": ")
    across = [at(code, view)[0] for code in codes.split()]
    assert across == sorted(across)


BY_THE_NAVEL = [
    (code, float(match[1]) * (1 if match[2] == "above" else -1))
    for code, point in POINTS.items()
    if (match := re.search(r"([\d.]+) cun (above|below) the (?:height of the )?navel", point.location))
]


@pytest.mark.parametrize(("code", "cun"), BY_THE_NAVEL)
def test_a_point_is_as_far_above_or_below_the_navel_as_its_location_says(code, cun):
    assert rise(code, "CV8", "front") == cun


BY_THE_MIDLINE = [
    (code, float(match[1]))
    for code, point in POINTS.items()
    if (match := re.search(r"([\d.]+) cun from the front midline", point.location))
]


@pytest.mark.parametrize(("code", "cun"), BY_THE_MIDLINE)
def test_a_point_is_as_far_from_the_front_midline_as_its_location_says(code, cun):
    assert from_axis(code, "front") == cun


def test_the_two_readings_of_locations_above_found_their_points():
    assert (len(BY_THE_NAVEL), len(BY_THE_MIDLINE)) == (36, 47)


GOVERNOR = {
    **{"C7": "GV14", "T1": "GV13", "T3": "GV12", "T5": "GV11", "T6": "GV10", "T7": "GV9", "T9": "GV8"},
    **{"T10": "GV7", "T11": "GV6", "L1": "GV5", "L2": "GV4", "L3": "EX-B5", "L4": "GV3", "L5": "EX-B8"},
    # Where the governor vessel has no point, the first row of the bladder channel gives the level.
    **{"T2": "BL12", "T4": "BL14", "T8": "EX-B3", "T12": "BL21"},
}
BESIDE_A_VERTEBRA = [
    (code, float(match[1]), match[2])
    for code, point in POINTS.items()
    if point.group_size == 1
    and (match := re.search(r"([\d.]+) cun to the side of the .*spinous process of ([CTL]\d+)", point.location))
]


@pytest.mark.parametrize(("code", "cun", "vertebra"), BESIDE_A_VERTEBRA)
def test_a_point_of_the_back_lies_beside_its_vertebra(code, cun, vertebra):
    assert from_axis(code, "back") == cun
    assert rise(code, GOVERNOR[vertebra], "back") == 0


def test_the_reading_of_vertebrae_found_its_points():
    assert len(BESIDE_A_VERTEBRA) == 35


# Higher, lower, view, cun between their heights, as the location of one of them says.
VERTICAL = [
    ("ST35", "ST36", "front", 3),
    ("ST35", "ST37", "front", 6),
    ("ST35", "ST38", "front", 8),
    ("ST35", "ST39", "front", 9),
    ("ST40", "EX-LE9", "left", 8),
    ("ST38", "ST40", "front", 0),
    ("ST33", "EX-LE2", "front", 3),
    ("ST33", "ST34", "front", 1),
    ("EX-LE3", "SP10", "front", 1),
    ("SP6", "EX-LE8", "leg_inner_left", 3),
    ("SP7", "EX-LE8", "leg_inner_left", 6),
    ("SP9", "SP8", "leg_inner_left", 3),
    ("SP9", "EX-LE8", "leg_inner_left", 13),
    ("SP9", "LR7", "leg_inner_left", 0),
    ("LR5", "EX-LE8", "leg_inner_left", 5),
    ("LR6", "EX-LE8", "leg_inner_left", 7),
    ("KI7", "EX-LE8", "leg_inner_left", 2),
    ("KI8", "EX-LE8", "leg_inner_left", 2),
    ("KI9", "EX-LE8", "leg_inner_left", 5),
    ("KI3", "EX-LE8", "leg_inner_left", 0),
    ("KI3", "KI5", "leg_inner_left", 1),
    ("EX-LE8", "KI6", "leg_inner_left", 1),
    ("GB35", "EX-LE9", "left", 7),
    ("GB36", "EX-LE9", "left", 7),
    ("GB37", "EX-LE9", "foot_outer_left", 5),
    ("GB38", "EX-LE9", "foot_outer_left", 4),
    ("GB39", "EX-LE9", "foot_outer_left", 3),
    ("GB32", "BL39", "left", 7),
    ("BL58", "BL60", "back", 7),
    ("BL59", "BL60", "back", 3),
    ("BL60", "EX-LE9", "foot_outer_left", 0),
    ("BL36", "BL37", "back", 6),
    ("BL38", "BL39", "back", 1),
    ("BL39", "BL40", "back", 0),
    ("BL40", "BL55", "back", 2),
    ("BL40", "BL56", "back", 5),
    ("BL40", "BL57", "back", 8),
    ("BL36", "BL40", "back", 14),
    ("BL28", "BL53", "back", 0),
    ("BL30", "BL54", "back", 0),
    ("BL28", "BL32", "back", 0),
    ("BL30", "BL34", "back", 0),
    ("BL23", "GV4", "back", 0),
    ("CV8", "CV4", "front", 3),
    ("CV8", "CV2", "front", 5),
    ("CV22", "CV16", "front", 9),
    ("CV16", "CV8", "front", 8),
    ("CV22", "CV21", "front", 1),
    ("CV16", "CV15", "front", 1),
    ("CV17", "ST17", "front", 0),
    ("CV17", "PC1", "front", 0),
    ("CV20", "LU1", "front", 0),
    ("KI23", "SP18", "front", 0),
    ("ST30", "CV2", "front", 0),
    ("ST30", "LR10", "front", 3),
    ("ST30", "LR11", "front", 2),
    ("ST30", "LR12", "front", 0),
    ("EX-CA1", "CV3", "front", 0),
    ("EX-HN15", "GV14", "head_back", 2),
    ("EX-B9", "BL35", "back", 2),
    ("GV17", "BL9", "head_back", 0),
    ("GV17", "GB19", "head_back", 0),
    ("GV16", "GB20", "head_back", 0),
    ("ST9", "LI18", "head_left", 0),
    ("LI18", "SI16", "head_left", 0),
    ("ST10", "LI17", "head_left", 0),
]


@pytest.mark.parametrize(("higher", "lower", "view", "cun"), VERTICAL)
def test_two_points_are_as_far_apart_in_height_as_their_locations_say(higher, lower, view, cun):
    assert rise(higher, lower, view) == cun


# Along the arm, which hangs outward: straight distances between points of one line, to the nearest tenth of a cun.
ALONG_THE_ARM = [
    ("PC7", "PC6", "front", 2.0),
    ("PC7", "PC5", "front", 3.0),
    ("PC7", "PC4", "front", 5.0),
    ("HT7", "HT4", "front", 1.5),
    ("HT7", "HT5", "front", 1.0),
    ("HT7", "HT6", "front", 0.5),
    ("HT3", "HT2", "front", 3.0),
    ("LU3", "LU4", "front", 1.0),
    ("PC7", "PC3", "front", 12.0),
    ("LU9", "LU6", "front", 7.0),
    ("LU9", "LU8", "front", 1.0),
    ("TE6", "TE5", "back", 1.0),
    ("TE6", "TE8", "back", 1.0),
    ("EX-UE1", "TE9", "back", 5.0),
    ("EX-UE1", "TE10", "back", 1.0),
    ("EX-UE1", "TE11", "back", 2.0),
    ("EX-UE1", "TE12", "back", 5.0),
    ("LI11", "LI13", "back", 3.0),
    ("LI11", "LI14", "back", 7.0),
    ("LI11", "LI10", "back", 2.0),
    ("LI11", "LI9", "back", 3.0),
    ("LI11", "LI8", "back", 4.0),
]


@pytest.mark.parametrize(("one", "other", "view", "cun"), ALONG_THE_ARM)
def test_two_points_of_the_arm_are_as_far_apart_as_their_locations_say(one, other, view, cun):
    assert round(distance(one, other, view), 1) == cun


def test_gb30_divides_the_line_from_trochanter_to_sacral_hiatus_at_a_third():
    hiatus, gb30, gb29 = (at(code, "hip_left") for code in ("GV2", "GB30", "GB29"))
    trochanter = tuple(gb30[i] + (gb30[i] - hiatus[i]) / 2 for i in (0, 1))
    trochanter_lines = [line for line in outline("hip_left") if line.kind == "bone" and on_ring(line, trochanter)]
    assert len(trochanter_lines) == 1
    # GB29 halves the way from there to the anterior superior iliac spine, which the iliac crest ends at.
    spine = tuple(2 * gb29[i] - trochanter[i] for i in (0, 1))
    crest = next(line for line in outline("hip_left") if line.kind == "bone")
    assert min(math.dist(spine, step[4:6]) for step in crest.steps) < 1


def on_ring(line, place):
    ends = [line.start, *(step[4:6] for step in line.steps)]
    across, down = [x for x, _ in ends], [y for _, y in ends]
    return max(across) - min(across) < 60 and min(across) < place[0] < max(across) and min(down) < place[1] < max(down)


def test_midpoints_and_thirds_of_the_head_are_where_their_locations_put_them():
    def arc(code):
        return at(code, "head_front")[0] - 200

    assert at("GB15", "head_front")[0] == at("GB14", "head_front")[0] == at("EX-HN4", "head_front")[0] == 254
    assert at("ST1", "head_front")[0] == at("ST2", "head_front")[0] == at("ST3", "head_front")[0] == 254
    assert abs(arc("GB15") - arc("ST8") / 2) <= 5
    assert abs(arc("GB13") - arc("ST8") * 2 / 3) <= 8
    assert at("EX-HN3", "head_front")[0] == 200


@pytest.mark.parametrize("code", POINTS)
def test_a_point_is_found_from_its_own_place(code):
    for side in ("left", "right"):
        for view, x, y in places(code, side):
            found = [(name, away) for name, _, away in nearest(view, x, y, limit=2)]
            assert (code, 0.0) in found


def test_every_zone_of_the_ear_lies_on_the_ear_and_is_found_there():
    """On the auricle, or at its root, which is half a line before it."""
    for zone in read_auricular():
        [(view, x, y)] = places(zone.code, "left")
        assert view == ("ear_back_left" if zone.area == "posterior" or zone.code == "R2" else "ear_left")
        assert on_skin(view, x, y, tolerance=8), zone.code
        assert nearest(view, x, y, limit=1) == [(zone.code, "left", 0.0)]


def test_the_nearest_points_come_with_side_and_distance_in_order():
    x, y = at("ST36", "front", side="right")
    assert nearest("front", x, y + 2, limit=3)[0] == ("ST36", "right", 2.0)
    distances = [away for _, _, away in nearest("front", x, y, limit=20)]
    assert distances == sorted(distances)
    assert len(distances) == 20


def test_a_group_is_named_once_among_the_nearest():
    view, x, y = places("EX-UE11", "left")[0]
    assert Counter(code for code, _, _ in nearest(view, x, y, limit=40))["EX-UE11"] == 1


MARKS = [
    Mark(code="GB30", side="left"),
    Mark(code="GB34", side="both"),
    Mark(code="CV4", side="midline", state="moxa"),
    Mark(code="BL23", side="both", state="cup"),
    Mark(view="back", x=190, y=400, state="free", text="taut band"),
]


def drawn(view, marks=()):
    return ElementTree.fromstring(draw(view, marks))


@pytest.mark.parametrize("view", views())
def test_a_drawing_is_an_image_with_a_title_a_description_and_no_style_of_its_own(view):
    chart = drawn(view, MARKS)
    assert chart.get("role") == "img"
    assert chart[0].tag == f"{SVG}title"
    assert chart[0].text == views()[view].title
    assert chart[1].tag == f"{SVG}desc"
    names = {name for element in chart.iter() for name in element.attrib}
    assert {name for name in names if name in ("style", "id", "href") or name.startswith("on")} == set()
    colours = {element.get(name) for element in chart.iter() for name in ("fill", "stroke")}
    assert colours == {None, "none", "currentColor"}
    assert {element.tag.removeprefix(SVG) for element in chart.iter()} <= {
        *("svg", "title", "desc", "g", "path", "circle", "text")
    }


def test_a_drawing_shows_the_marks_of_its_view_alone():
    shown = [(mark.get("class"), mark.get("data-code"), mark.get("data-side")) for mark in drawn("back", MARKS)[3]]
    assert shown == [
        ("chart-needle", "GB30", "left"),
        ("chart-cup", "BL23", "left"),
        ("chart-cup", "BL23", "right"),
        ("chart-free", "", ""),
    ]


def test_a_drawing_says_its_marks_in_words():
    assert drawn("back", MARKS)[1].text == "GB30, left, needle; BL23, left and right, cup; taut band, free"
    assert drawn("front", MARKS)[1].text == "GB34, left and right, needle; CV4, moxa"
    assert drawn("mouth", MARKS)[1].text == "No marks."


def test_the_same_marks_give_the_same_drawing():
    assert draw("back", MARKS) == draw("back", list(MARKS))


def test_each_state_has_a_shape_of_its_own():
    def shape(state):
        mark = primitives("front", [Mark(code="CV4", side="midline", state=state)])[len(outline("front")) :]
        return [type(part).__name__ + ("+" if getattr(part, "filled", False) else "") for part in mark]

    assert [shape(state) for state in ("needle", "cup", "moxa", "free")] == [
        ["Circle+", "Words"],
        ["Circle", "Words"],
        ["Stroke+", "Words"],
        ["Stroke", "Stroke", "Words"],
    ]


def test_a_hostile_label_stays_text():
    hostile = '</text><script>alert(1)</script><b onclick="x">&amp;'
    chart = drawn("front", [Mark(view="front", x=230, y=400, state="free", text=hostile)])
    [label] = list(chart.iter(f"{SVG}text"))
    assert label.text == "</text><script>alert(1)…"
    assert chart[1].text == hostile + ", free"
    assert [element.tag for element in chart.iter() if "script" in element.tag] == []


def test_characters_that_are_not_seen_are_left_out_of_a_label():
    mark = Mark(view="front", x=230, y=400, state="free", text="a\x00b\u202ec\nd")
    assert mark.label == "abcd"
    assert drawn("front", [mark])[1].text == "abcd, free"


def test_a_paper_draws_the_same_pieces_as_a_page():
    pieces = primitives("back", MARKS)
    chart = drawn("back", MARKS)
    counted = Counter(type(piece) for piece in pieces)
    tags = Counter(element.tag.removeprefix(SVG) for element in chart.iter())
    assert counted == {Stroke: tags["path"], Circle: tags["circle"], Words: tags["text"]}
    assert {len(step) for piece in pieces if isinstance(piece, Stroke) for step in piece.steps} == {2, 6}


def test_a_right_view_is_the_mirror_image_of_the_left():
    left, right = outline("hip_left"), outline("hip_right")
    width = views()["hip_left"].width
    for one, other in zip(left, right, strict=True):
        if isinstance(one, Words):
            assert (other.x, other.y, other.text) == (width - one.x, one.y, one.text)
        else:
            assert other.start == (round(width - one.start[0], 2), one.start[1])


def test_the_labels_of_a_full_treatment_cover_neither_each_other_nor_a_mark():
    gluteal = "GB29 GB30 BL53 BL54 BL36 EX-B7 BL25 BL26 BL28 GV3 GV4 BL40 BL57 BL60 BL23"
    chart = drawn("back", [Mark(code=code) for code in gluteal.split()])
    boxes = []
    for text in chart.iter(f"{SVG}text"):
        width, x, y = len(text.text) * 7.2, float(text.get("x")), float(text.get("y"))
        left = x - {"start": 0, "middle": width / 2, "end": width}[text.get("text-anchor")]
        boxes.append((left, y - 10, left + width, y))
    for circle in chart.iter(f"{SVG}circle"):
        x, y, r = (float(circle.get(name)) for name in ("cx", "cy", "r"))
        boxes.append((x - r, y - r, x + r, y + r))
    overlapping = [
        (a, b)
        for i, a in enumerate(boxes)
        for b in boxes[i + 1 :]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    assert overlapping == []


def test_the_views_a_note_needs_are_those_that_show_its_marks_best():
    assert best_views(MARKS) == ["front", "back", "left", "right", "hip_left"]
    assert best_views([Mark(code="LI4"), Mark(code="EX-HN3", side="midline")]) == [
        "head_front",
        "hand_back_left",
        "hand_back_right",
    ]
    assert best_views([]) == []


def test_the_fewest_views_for_a_paper_are_those_of_the_whole_body_with_close_ups_for_what_they_hide():
    assert best_views(MARKS, whole_body=True) == ["front", "back"]
    assert best_views([Mark(code="LI4"), Mark(code="KI1", side="left")], whole_body=True) == ["back", "foot_sole_left"]


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "GB30", "state": "laser"},
        {"code": "GB30", "side": "up"},
        {},
        {"code": "GB30", "view": "back", "x": 1, "y": 1},
        {"view": "back"},
        {"view": "back", "x": 1},
        {"view": "moon", "x": 1, "y": 1},
        {"view": "back", "x": -1, "y": 1},
        {"view": "back", "x": 1, "y": 801},
        {"view": "back", "x": math.nan, "y": 1},
    ],
)
def test_a_mark_without_sense_is_refused(fields):
    with pytest.raises(ValueError, match=r"none of|either"):
        Mark(**fields)
