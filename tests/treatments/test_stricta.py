"""What STRICTA 2010 (MacPherson et al., PMC2882429) asks, item by item, and how the answer shows what is missing."""

from dataclasses import replace

import pytest

from tests.cast import Cast, api
from tests.visits import nz
from tests.world import make_point
from treatments import charting
from treatments.stricta import ITEMS, Needle, Noted, missing

WHOLE_NEEDLE = Needle(
    has_place=True, has_side=True, has_depth=True, has_response=True, has_stimulation=True, has_retention=True,
    has_type=True,
)  # fmt: skip
WHOLE = Noted(
    style="Chinese medicine", reasoning="Channel", needles_in=2, needles=(WHOLE_NEEDLE,) * 2, aftercare="Rest",
    registration="CM-1",
)  # fmt: skip


def test_a_note_that_says_all_misses_nothing():
    assert missing(WHOLE) == []


@pytest.mark.parametrize(
    ("change", "items"),
    [
        ({"style": " "}, ["1a"]),
        ({"reasoning": ""}, ["1b"]),
        ({"needles_in": 0}, ["2a"]),
        ({"aftercare": ""}, ["4b"]),
        ({"registration": ""}, ["5"]),
    ],
)
def test_each_item_of_the_note(change: dict, items: list[str]):
    assert missing(replace(WHOLE, **change)) == items


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("has_place", "2b"),
        ("has_side", "2b"),
        ("has_depth", "2c"),
        ("has_response", "2d"),
        ("has_stimulation", "2e"),
        ("has_retention", "2f"),
        ("has_type", "2g"),
    ],
)
def test_each_item_of_a_needle_is_asked_of_every_needle(name: str, item: str):
    assert missing(replace(WHOLE, needles=(WHOLE_NEEDLE, replace(WHOLE_NEEDLE, **{name: False})))) == [item]


def test_a_session_without_needles_has_nothing_to_say_of_them():
    assert missing(Noted()) == ["1a", "1b", "4b", "5"]


def test_the_answer_names_what_a_note_leaves_open(cast: Cast):
    make_point("GB30")
    cast.mere.registration_number = "CM-01234"
    cast.mere.save()
    now = nz("2026-11-02 12:00")
    note = charting.begin(patient=cast.aroha, practitioner=cast.mere, started_at=now, by=cast.practitioner, now=now)
    url = f"/api/v1/treatments/{note.pk}/"
    client = api(cast.practitioner)
    assert client.get(url).json()["stricta"] == {"missing": ["1a", "1b", "4b"]}
    needle = {"point": "GB30", "side": "left"}
    said = client.patch(url, {"needlings": [needle], "style": "Chinese medicine"}).json()
    assert said["stricta"] == {"missing": ["1b", "2a", "2c", "2d", "2e", "2f", "2g", "4b"]}
    whole = needle | {
        "depth_mm": 40, "deqi": True, "stimulation": "none", "retention_minutes": 20, "needle_type": "Steel",
    }  # fmt: skip
    rest = {"needles_in": 1, "needles_out": 1, "reasoning": "Channel", "aftercare": "Rest"}
    assert client.patch(url, {"needlings": [whole], **rest}).json()["stricta"] == {"missing": []}
    assert set(said["stricta"]["missing"]) <= set(ITEMS)
