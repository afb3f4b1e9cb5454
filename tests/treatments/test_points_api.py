"""The catalogue over HTTP, as loaded by the command that ships it."""

import pytest

from tests.cast import Cast, api
from treatments import reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue(cast: Cast):
    reference.ensure()
    return api(cast.practitioner)


@pytest.mark.parametrize(("asked", "code"), [("SJ5", "TE5"), ("te-5", "TE5"), ("UB40", "BL40"), ("ex-hn-3", "EX-HN3")])
def test_a_point_is_answered_by_any_customary_code(catalogue, asked, code):
    response = catalogue.get(f"/api/v1/points/{asked}/")
    assert (response.status_code, response.data["code"]) == (200, code)


def test_letters_that_mean_two_channels_are_answered_with_the_candidates(catalogue):
    response = catalogue.get("/api/v1/points/P3/")
    assert (response.status_code, response.data["code"]) == (409, "point_ambiguous")
    assert "PC3" in response.data["candidates"]


def test_a_point_that_does_not_exist_is_not_found(catalogue):
    assert catalogue.get("/api/v1/points/LU12/").status_code == 404


@pytest.mark.parametrize("text", ["zusanli", "Zúsānlǐ", "足三里", "ST-36", "st 36"])
def test_search_takes_pinyin_hanzi_and_codes(catalogue, text):
    codes = [row["code"] for row in catalogue.get("/api/v1/points/", {"search": text}).data["results"]]
    assert "ST36" in codes


def test_a_sound_that_two_points_share_finds_both(catalogue):
    codes = [row["code"] for row in catalogue.get("/api/v1/points/", {"search": "juliao"}).data["results"]]
    assert {"ST3", "GB29"} <= set(codes)


def test_the_whole_catalogue_is_there(catalogue):
    assert catalogue.get("/api/v1/points/").data["count"] == 409
    assert catalogue.get("/api/v1/points/", {"channel": "GB"}).data["count"] == 44
