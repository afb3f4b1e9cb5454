"""Protocols on the staff pages: the gluteal set, one's own, copied, shared, kept from a note, written in lines."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cast import Cast
from tests.pages import browser, fields_of, save, told
from tests.world import make_point
from treatments import charting
from treatments.models import Protocol
from treatments.protocols import keeping
from treatments.protocols.lines import NeedlingLines

pytestmark = pytest.mark.django_db
NEEDLES = [{"point": "GB30", "side": "right", "technique": "reducing", "depth_mm": 60, "retention_minutes": 25}]


@pytest.fixture
def own(cast: Cast) -> Protocol:
    make_point("GB30")
    return keeping.keep(name="Hip, mine", needlings=NEEDLES, by=cast.practitioner, now=timezone.now())


def page(protocol: Protocol) -> str:
    return reverse("admin:treatments_protocol_change", args=[protocol.pk])


def act(row, name: str) -> str:
    return reverse(f"admin:treatments_{row._meta.model_name}_act", args=[row.pk, name])


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("gb-30", {"point": "GB30", "side": "both"}),
        ("GB30, r, 25", {"point": "GB30", "side": "right", "retention_minutes": 25}),
        ("Ashi, gluteus medius, left, trigger point", {
            "free_location": "Ashi, gluteus medius", "side": "left", "technique": "trigger",
        }),
        ("UB40, both, 20 min", {"point": "BL40", "side": "both", "retention_minutes": 20}),
    ],
)  # fmt: skip
def test_a_line_is_read_as_somebody_would_say_it(line, row):
    assert NeedlingLines().read(line) == row


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("GB99", "There is no point GB99."),
        ("C7", "C7 can mean HT7 or CV7. Write which."),
        ("GB30, midline", "GB30 can be needled both or left or right only."),
    ],
)
def test_a_line_that_names_no_point_or_a_side_that_cannot_be_is_refused_in_words(cast: Cast, own, typed, sentence):
    shown = save(browser(cast.practitioner), page(own), "protocol_form", needlings=typed)
    assert sentence in shown.content.decode()
    assert fields_of(shown, "protocol_form")["needlings"] == typed
    own.refresh_from_db()
    assert own.needlings == NEEDLES


def test_a_line_that_is_left_as_it_stood_keeps_its_depth(cast: Cast, own):
    client = browser(cast.practitioner)
    stood = fields_of(client.get(page(own)), "protocol_form")["needlings"]
    assert stood == "GB30, right, 25 min, reducing"
    make_point("GB34")
    save(client, page(own), "protocol_form", needlings=f"{stood}\nGB34, both, 20")
    own.refresh_from_db()
    assert [(row["point"], row.get("depth_mm")) for row in own.needlings] == [("GB30", 60), ("GB34", None)]


def test_a_protocol_is_begun_on_its_own_page(cast: Cast):
    make_point("GB30")
    typed = {"name": "Hip", "needlings": "GB30, both, 25"}
    save(browser(cast.practitioner), reverse("admin:treatments_protocol_add"), "protocol_form", **typed)
    row = Protocol.objects.get()
    assert (row.owner, [one["point"] for one in row.needlings]) == (cast.practitioner, ["GB30"])


def test_a_colleagues_own_protocol_is_not_there_until_it_is_shared(cast: Cast, own):
    colleague = browser(cast.practitioner2)
    assert colleague.get(page(own)).status_code == 302
    assert told(browser(cast.practitioner).post(act(own, "share"), {}, follow=True)) == [
        "Everybody who writes notes can use it now."
    ]
    assert colleague.get(page(own)).status_code == 200
    shown = [one["label"] for one in colleague.get(page(own)).context["acts"]]
    assert shown == ["Make a copy of my own", "Archive"]


def test_a_copy_is_ones_own_with_all_that_it_held_and_a_second_of_the_name_is_refused(cast: Cast, own):
    keeping.revise(protocol=own, owner=None, by=cast.practitioner, now=timezone.now())
    client = browser(cast.practitioner2)
    client.post(act(own, "copy"), {"name": "Hip, Wei's", "indication": ""})
    copied = Protocol.objects.get(owner=cast.practitioner2)
    assert (copied.name, copied.needlings) == ("Hip, Wei's", own.needlings)
    again = client.post(act(own, "copy"), {"name": "Hip, Wei's", "indication": ""})
    assert "There is a protocol of this name already." in again.content.decode()


def test_a_note_is_kept_as_a_protocol_without_what_was_seen_then(cast: Cast):
    point, now = make_point("GB30"), timezone.now()
    needle = {
        "point": point,
        "side": "right",
        "retention_minutes": 25,
        "deqi": True,
        "needles_in": 1,
        "needles_out": 1,
    }
    note = charting.begin(
        patient=cast.aroha, practitioner=cast.mere, started_at=now, by=cast.practitioner, now=now, needles_in=1,
        needlings=[needle], cuppings=[{"kind": "fire", "sites": "Low back", "marks": "Purple"}],
    )  # fmt: skip
    browser(cast.practitioner).post(act(note, "keep-protocol"), {"name": "Hip", "indication": "After a fall"})
    row = Protocol.objects.get()
    assert row.needlings == [{"point": "GB30", "side": "right", "technique": "even", "retention_minutes": 25}]
    assert row.cuppings == [{"kind": "fire", "sites": "Low back"}]


def test_an_archived_protocol_is_restored(cast: Cast, own):
    client = browser(cast.practitioner)
    client.post(act(own, "archive"))
    own.refresh_from_db()
    assert own.archived_at is not None
    client.post(act(own, "restore"))
    own.refresh_from_db()
    assert own.archived_at is None
