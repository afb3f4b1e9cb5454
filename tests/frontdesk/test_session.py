"""The session page from the server's side: whom it lets in, what it records, and what it hands to the browser."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments.models import Appointment
from clinic.models import AccessEvent
from patients.models import Alert
from tests import cast as people
from tests.pages import browser
from tests.world import make_point
from treatments import bodychart, charting, signing
from treatments.models import Amendment, Treatment

CANARY = "kererū-in-the-note"


@pytest.fixture
def visit(cast) -> Appointment:
    now = timezone.now()
    return Appointment.objects.create(
        patient=cast.aroha,
        practitioner=cast.mere,
        appointment_type=people.make_type(),
        location=cast.location,
        room=cast.rooms[0],
        starts_at=now - timedelta(minutes=30),
        ends_at=now + timedelta(minutes=20),
        status="in_treatment",
    )


def begun(cast, *, hours_ago: float = 1, **fields) -> Treatment:
    now = timezone.now()
    return charting.begin(
        patient=cast.aroha, practitioner=cast.mere, started_at=now - timedelta(hours=hours_ago), by=cast.practitioner,
        now=now, **fields,
    )  # fmt: skip


def signed(cast, **fields) -> Treatment:
    note = begun(cast, **fields)
    return signing.sign(treatment=note, by=cast.practitioner, now=timezone.now())


def page_of(note: Treatment) -> str:
    return reverse("admin:session", args=[note.pk])


def new(visit: Appointment) -> str:
    return f"{reverse('admin:session_new')}?appointment={visit.pk}"


def data_of(page: str) -> dict:
    return json.loads(re.search(r'<script id="ns-data" type="application/json">(.*?)</script>', page, re.S)[1])


@pytest.mark.parametrize("role", ["desk", "billing"])
def test_who_writes_no_notes_is_not_let_in_and_reads_no_word(cast, visit, role):
    note = begun(cast, complaint=CANARY)
    client = browser(getattr(cast, role))
    place = {"view": "front", "x": 1, "y": 1, "marks": []}
    answers = [
        client.get(page_of(note)),
        client.get(new(visit)),
        client.post(reverse("admin:session_chart"), place, content_type="application/json"),
        client.post(reverse("admin:session_nearest"), place, content_type="application/json"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert [answer for answer in answers if CANARY in answer.content.decode()] == []
    assert not Treatment.objects.filter(appointment=visit).exists()


def test_nobody_and_patients_are_led_to_the_sign_in(cast):
    note = begun(cast)
    for client in (browser(), browser(cast.patient_user)):
        assert client.get(page_of(note)).status_code == 302


def test_a_note_that_is_not_there_is_not_found(cast):
    client = browser(cast.practitioner)
    assert client.get(reverse("admin:session", args=[10**18])).status_code == 404
    for asked in ("", "x", "-1", "²", "9" * 40):
        assert client.get(f"{reverse('admin:session_new')}?appointment={asked}").status_code == 404


def test_the_note_of_a_visit_is_begun_once(cast, visit):
    client = browser(cast.practitioner)
    first, again = client.get(new(visit)), client.get(new(visit))
    note = Treatment.objects.get(appointment=visit)
    assert (first.url, again.url) == (page_of(note), page_of(note))
    assert (note.status, note.patient, note.practitioner, note.started_at) == (
        "draft", cast.aroha, cast.mere, visit.starts_at,
    )  # fmt: skip


def test_a_link_on_another_site_begins_nothing(cast, visit):
    answer = browser(cast.practitioner).get(new(visit), headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert not Treatment.objects.exists()


def test_the_page_of_a_visit_leads_to_the_session_page(cast, visit):
    client = browser(cast.practitioner)
    act = reverse("admin:appointments_appointment_act", args=[visit.pk, "write-note"])
    answer = client.post(act)
    note = Treatment.objects.get(appointment=visit)
    assert answer.url == page_of(note)
    of_visit = client.get(reverse("admin:appointments_appointment_change", args=[visit.pk])).content.decode()
    of_note = client.get(reverse("admin:treatments_treatment_change", args=[note.pk])).content.decode()
    assert f'href="{page_of(note)}"' in of_visit
    assert f'href="{page_of(note)}"' in of_note


def test_the_reading_of_the_note_and_of_those_beside_it_is_recorded(cast):
    past = [signed(cast, hours_ago=hours, complaint=f"Visit {hours}") for hours in (400, 300, 200, 100)]
    note = begun(cast)
    before = AccessEvent.objects.count()
    browser(cast.practitioner).get(page_of(note))
    read = [(event.subject_kind, event.subject_id) for event in AccessEvent.objects.order_by("pk")[before:]]
    assert read == [("treatment", row.pk) for row in [note, past[3], past[2], past[1]]]


def test_the_last_three_visits_stand_beside_the_note(cast):
    for hours in (400, 300, 200, 100):
        signed(cast, hours_ago=hours, complaint=f"Visit {hours}")
    page = browser(cast.practitioner).get(page_of(begun(cast))).content.decode()
    gists = re.findall(r'<span class="ns-gist">(.*?)</span>', page)
    assert gists == ["Visit 100", "Visit 200", "Visit 300"]


def test_alerts_stand_above_the_note_the_gravest_first_and_the_past_ones_not(cast):
    today = timezone.localdate()
    Alert.objects.create(patient=cast.aroha, kind="asthma", severity="caution")
    Alert.objects.create(patient=cast.aroha, kind="anticoagulant", severity="serious", note="Warfarin")
    Alert.objects.create(patient=cast.aroha, kind="fainting", ends_on=today - timedelta(days=9))
    page = browser(cast.practitioner).get(page_of(begun(cast))).content.decode()
    banner = page[page.index('class="ns-alerts"') : page.index('class="ns-columns"')]
    assert re.findall(r'data-severity="(\w+)"', banner) == ["serious", "caution"]
    assert "Anticoagulant: Warfarin" in banner


def test_the_page_costs_the_same_after_five_visits_and_after_fifty(cast):
    note, client, counts, made = begun(cast), browser(cast.practitioner), [], 0
    for size in (5, 50):
        while made < size:
            made += 1
            Treatment.objects.create(
                patient=cast.aroha, practitioner=cast.mere, started_at=note.started_at - timedelta(days=made)
            )
        client.get(page_of(note))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page_of(note)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_what_was_done_last_time_is_ready_to_be_repeated_and_nothing_that_was_seen(cast):
    make_point("GB30")
    signed(
        cast, hours_ago=100, complaint=CANARY, response=CANARY, patterns=["Qi stagnation"],
        needles_in=2, needles_out=2,
        needlings=[{"free_location": "gluteus medius", "side": "both", "twitch": True, "retention_minutes": 20}],
    )  # fmt: skip
    again = data_of(browser(cast.practitioner).get(page_of(begun(cast))).content.decode())["again"]
    [needling] = again["parts"]["needlings"]
    assert (needling["free_location"], needling["side"], needling["retention_minutes"]) == (
        "gluteus medius",
        "both",
        20,
    )
    assert "twitch" not in needling
    assert again["words"] == {"patterns": ["Qi stagnation"], "treatment_principle": "", "style": ""}
    assert CANARY not in json.dumps(again)


def test_words_of_people_stay_words(cast):
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    signed(cast, hours_ago=100, complaint=hostile)
    for note in (begun(cast, complaint=hostile), signed(cast, hours_ago=1, complaint=hostile)):
        page = browser(cast.practitioner).get(page_of(note)).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_the_page_brings_no_script_or_style_of_its_own_in_itself(cast):
    for note in (begun(cast), signed(cast, complaint="Hip")):
        page = browser(cast.practitioner).get(page_of(note)).content.decode()
        ours = page[page.index('<div class="ns"') : page.index('<p id="ns-said"')]
        inline = re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(?:src=|application/json))", ours)
        assert inline == []


def test_a_signed_note_is_shown_to_read_with_its_amendments(cast):
    note = signed(cast, complaint="Right hip")
    Amendment.objects.create(
        treatment=note, author=cast.practitioner, written_at=timezone.now(), reason="Side", text="The left hip.",
        content_hash="a" * 64,
    )  # fmt: skip
    page = browser(cast.practitioner).get(page_of(note)).content.decode()
    assert "Right hip" in page
    assert "The left hip." in page
    assert "data-sign" not in page
    assert "ns-data" not in page


def test_only_who_treated_is_offered_to_sign(cast):
    note = begun(cast)
    assert "data-sign" in browser(cast.practitioner).get(page_of(note)).content.decode()
    theirs = browser(cast.practitioner2).get(page_of(note)).content.decode()
    assert "data-sign" not in theirs
    assert "Mere Ngata signs this note." in theirs


def chart(cast, name: str, **asked):
    return browser(cast.practitioner).post(reverse(f"admin:{name}"), asked, content_type="application/json")


def test_the_chart_turns_to_what_was_written_down_last(cast):
    asked = {"view": "front", "marks": [{"code": "BL23", "side": "both"}], "follow": {"code": "BL23", "side": "both"}}
    answer = chart(cast, "session_chart", **asked).json()
    assert answer["view"] == "back"
    assert answer["counts"]["back"] == 1
    assert 'data-code="BL23"' in answer["svg"]
    assert "style=" not in answer["svg"]


def test_the_chart_stays_where_it_shows_the_point(cast):
    asked = {"view": "left", "marks": [], "follow": {"code": "GB34", "side": "left"}}
    assert chart(cast, "session_chart", **asked).json()["view"] == "left"


def test_a_place_on_the_chart_is_its_nearest_point_or_none(cast):
    [x, y] = next((x, y) for view, x, y in bodychart.places("BL23", "left") if view == "back")
    assert chart(cast, "session_nearest", view="back", x=x, y=y).json()["points"][0] == {
        "code": "BL23",
        "side": "left",
    }
    assert chart(cast, "session_nearest", view="back", x=1, y=1).json() == {"points": []}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"view": "nowhere", "marks": []},
        {"view": "front", "marks": [{"code": "XX1"}]},
        {"view": "front", "marks": [{"view": "front", "x": 9999, "y": 1}]},
        {"view": "front", "marks": [{}]},
        {"view": "front", "marks": [{"code": "GB30"}] * 201},
        {"view": "front", "marks": [], "follow": {"code": "XX1"}},
    ],
)
def test_what_the_chart_cannot_show_is_refused(cast, asked):
    assert chart(cast, "session_chart", **asked).status_code == 400


def test_a_post_with_a_session_can_be_repeated_as_one_with_a_key(cast):
    """The check of the session's token reads the body before anybody keeps it."""
    note = signed(cast, complaint="Hip")
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.practitioner, backend="django.contrib.auth.backends.ModelBackend")
    client.get(page_of(note))
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value, "Idempotency-Key": "amend-once"}
    path, body = f"/api/v1/treatments/{note.pk}/amendments/", {"reason": "Side", "text": "The left hip."}
    answers = [client.post(path, body, content_type="application/json", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert (answers[1]["Idempotency-Replayed"], note.amendments.count()) == ("true", 1)
