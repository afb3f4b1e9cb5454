"""Unsigned notes older than a day surface, late entries are marked wherever a note is read, and a student's note waits
for the second signature."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cast import Cast, api
from tests.pages import browser, told
from tests.papers import text
from treatments import charting, papers, signing
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


def begun(cast: Cast, ago: timedelta) -> Treatment:
    now = timezone.now()
    return charting.begin(
        patient=cast.aroha,
        practitioner=cast.mere,
        started_at=now - ago,
        by=cast.practitioner,
        now=now,
        complaint="Hip",
    )


def page_of(note: Treatment) -> str:
    return reverse("admin:treatments_treatment_change", args=[note.pk])


def test_a_draft_is_overdue_once_a_day_has_passed_since_the_session_began(cast: Cast):
    draft = begun(cast, DAY)
    began = draft.started_at
    assert [*Treatment.objects.overdue(began + DAY)] == []
    assert [*Treatment.objects.overdue(began + DAY + SECOND)] == [draft]
    signing.sign(treatment=draft, by=cast.practitioner, now=began + DAY)
    assert [*Treatment.objects.overdue(began + DAY + SECOND)] == []


def test_overdue_drafts_are_listed_and_the_others_left_out(cast: Cast):
    old, fresh = begun(cast, DAY + SECOND), begun(cast, DAY / 2)
    client = api(cast.practitioner)
    listed = {
        asked: [row["id"] for row in client.get(f"/api/v1/treatments/?overdue={asked}").json()["results"]]
        for asked in ("true", "false")
    }
    assert listed == {"true": [old.pk], "false": [fresh.pk]}


@pytest.mark.parametrize(("after", "late"), [(DAY, False), (DAY + SECOND, True)])
def test_a_signature_a_day_after_the_session_is_marked_late_on_paper_page_and_over_the_api(cast: Cast, after, late):
    draft = begun(cast, 2 * DAY)
    note = signing.sign(treatment=draft, by=cast.practitioner, now=draft.started_at + after)
    client = browser(cast.practitioner)
    assert api(cast.practitioner).get(f"/api/v1/treatments/{note.pk}/").json()["is_late_entry"] is late
    assert ("Late entry" in client.get(reverse("admin:session", args=[note.pk])).content.decode()) is late
    assert ("Late entry" in client.get(page_of(note)).content.decode()) is late
    assert ("late entry: signed more than 24 hours after" in text(papers.signed_note(note.pk).draw())) is late


@pytest.mark.parametrize(("ago", "late"), [(DAY / 2, False), (DAY + SECOND, True)])
def test_a_draft_says_that_it_will_be_a_late_entry(cast: Cast, ago, late):
    note = begun(cast, ago)
    client = browser(cast.practitioner)
    for place in (
        reverse("admin:session", args=[note.pk]),
        reverse("admin:treatments_treatment_change", args=[note.pk]),
    ):
        assert ("Late entry" in client.get(place).content.decode()) is late


def test_the_supervisor_signs_beside_the_student_on_the_notes_page(cast: Cast):
    cast.mere.is_student, cast.mere.supervisor = True, cast.wei
    cast.mere.save()
    draft = begun(cast, DAY / 2)
    place = reverse("admin:treatments_treatment_act", args=[draft.pk, "cosign"])
    assert place not in browser(cast.practitioner2).get(page_of(draft)).content.decode()
    note = signing.sign(treatment=draft, by=cast.practitioner, now=timezone.now())
    assert "the supervisor has still to sign beside" in browser(cast.practitioner2).get(page_of(note)).content.decode()
    refused = browser(cast.practitioner).post(place, follow=True)
    assert told(refused) == ["A student's note is signed beside by the student's supervisor."]
    answer = browser(cast.practitioner2).post(place, follow=True)
    assert told(answer) == ["Signed beside the student."]
    assert re.search(rf"; beside, [^<;]*, {cast.practitioner2}", answer.content.decode())
