from time import process_time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from treatments import catalogue, reference
from treatments.models import Caution, Channel, Point
from treatments.pointcodes import EXTRA_SIZES, SIZES

pytestmark = pytest.mark.django_db


@pytest.fixture
def points(db):
    reference.ensure()


def everything() -> tuple[list, list, list]:
    return list(Channel.objects.values()), list(Point.objects.values()), list(Caution.objects.values())


def test_all_channels_points_and_cautions_of_the_catalogue_are_there(points):
    assert (Channel.objects.count(), Point.objects.count()) == (19, 409)
    assert Point.objects.exclude(channel_id__in=EXTRA_SIZES).count() == 361
    assert Caution.objects.count() == len(set(catalogue.read_cautions()))
    assert list(Channel.objects.values_list("code", flat=True)) == list(SIZES)
    assert list(Channel.objects.filter(midline=True).values_list("code", flat=True)) == ["CV", "GV"]


def test_a_point_holds_what_its_row_says(points):
    point, row = Point.objects.get(code="GB30"), next(r for r in catalogue.read_points() if r.code == "GB30")
    assert (point.channel_id, point.number, point.pinyin_toned, point.hanzi) == ("GB", 30, "Huántiào", "环跳")
    assert (point.laterality, point.group_size, point.region) == ("bilateral", 1, "hip")
    assert (point.location, point.alternative_location) == (row.location, row.alternative_location)
    assert point.alternative_location != ""
    assert Point.objects.get(code="GB34").categories == [
        {"category": "he_sea", "detail": "earth"},
        {"category": "influential", "detail": "sinews"},
        {"category": "lower_he_sea", "detail": "gallbladder"},
    ]


def test_points_stand_in_the_order_of_the_books(points):
    assert list(Point.objects.values_list("code", flat=True)) == [row.code for row in catalogue.read_points()]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("zusanli", ["ST36"]),
        ("Zú Sān Lǐ", ["ST36"]),
        ("足三里", ["ST36"]),
        ("ST-36", ["ST36"]),
        ("SJ 5", ["TE5"]),
        ("UB40", ["BL40"]),
        ("環跳", ["GB30"]),
        ("Renzhong", ["GV26"]),
        ("Erjian", ["LI2", "EX-HN6"]),
        ("bright eyes", ["BL1"]),
        ("Yintang", ["EX-HN3"]),
        ("zu san li", ["ST36"]),
        ("顴髎", ["SI18"]),
        ("颧髎", ["SI18"]),
        ("肺兪", ["BL13"]),
        ("華佗夾脊", ["EX-B2"]),
        ("鬼枕", ["GV16"]),
        ("gb30", ["GB30"]),
        ("GB-30", ["GB30"]),
        ("Gb 30", ["GB30"]),
        ("G30", ["GB30"]),
        ("B40", ["BL40"]),
        ("BL 40", ["BL40"]),
        ("SJ5", ["TE5"]),
        ("TB5", ["TE5"]),
        ("TE5", ["TE5"]),
        ("Ren 6", ["CV6"]),
        ("Du 20", ["GV20"]),
        ("L7", ["LU7"]),
        ("P6", ["LU6", "PC6"]),
        ("GV24.5", ["EX-HN3"]),
        ("P12", []),
        ("GB45", []),
        ("no such point", []),
    ],
)
def test_a_point_is_found_by_any_of_its_names(points, typed, found):
    assert list(Point.objects.matching(typed).values_list("code", flat=True)) == found


def test_a_code_half_typed_finds_what_it_can_become_and_nothing_that_only_contains_it(points):
    assert list(Point.objects.matching("b6").values_list("code", flat=True)) == [
        *("BL6", "BL60", "BL61", "BL62", "BL63", "BL64", "BL65", "BL66", "BL67")
    ]
    assert [point.code for point in Point.objects.matching("l1")] == ["LU1", "LU10", "LU11"]


def test_a_second_run_changes_nothing_and_writes_no_point(points):
    before = everything()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        reference.ensure()
    assert everything() == before
    assert [q["sql"] for q in queries if "INTO" in q["sql"] and "treatments_channel" not in q["sql"]] == []


def test_a_point_that_differs_from_the_catalogue_is_brought_back_and_keeps_its_id(points):
    before = everything()
    touched = Point.objects.get(code="ST36")
    Point.objects.filter(pk=touched.pk).update(location="Somewhere else.")
    Channel.objects.filter(code="ST").update(name="Another name")
    Caution.objects.filter(point=touched).delete()
    Caution.objects.create(point=touched, caution="needle_forbidden", detail="Made up.", strength="x", source="nobody")
    reference.ensure()
    channels, points, cautions = everything()
    assert channels == before[0]
    now = Point.objects.get(code="ST36")
    assert (now.pk, now.location, now.created_at) == (touched.pk, touched.location, touched.created_at)
    assert now.updated_at > touched.updated_at
    assert [p for p in points if p["id"] != now.pk] == [p for p in before[1] if p["id"] != now.pk]
    said = [[{k: v for k, v in c.items() if k != "id"} for c in rows] for rows in (cautions, before[2])]
    assert sorted(said[0], key=str) == sorted(said[1], key=str)


def test_loading_everything_takes_less_than_two_seconds_of_work():
    began = process_time()
    reference.ensure()
    assert process_time() - began < 2
