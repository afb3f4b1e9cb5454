"""Writing, signing and amending a note by hand."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments.models import Appointment
from clinic.models import Document
from tests import cast as people
from tests.pages import browser, fields_of, save, told
from treatments.models import Channel, Point, Treatment


@pytest.fixture
def visit(cast) -> Appointment:
    starts_at = timezone.now() - timedelta(minutes=30)
    return Appointment.objects.create(
        patient=cast.aroha,
        practitioner=cast.mere,
        appointment_type=people.make_type(),
        location=cast.location,
        room=cast.rooms[0],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=50),
        status="in_treatment",
    )


@pytest.fixture
def point() -> Point:
    channel = Channel.objects.create(code="GB", name="Gallbladder", position=11)
    return Point.objects.create(
        code="GB30", channel=channel, number=30, pinyin="Huantiao", pinyin_toned="Huántiào", hanzi="环跳",
        hanzi_traditional="環跳", english="Jumping round", laterality="bilateral", region="hip", location="Buttock",
        search_text="gb30 huantiao 环跳",
    )  # fmt: skip


@pytest.fixture
def note(cast, visit) -> Treatment:
    browser(cast.practitioner).post(reverse("admin:appointments_appointment_act", args=[visit.pk, "write-note"]))
    return Treatment.objects.get()


def page_of(note: Treatment) -> str:
    return reverse("admin:treatments_treatment_change", args=[note.pk])


def act(note: Treatment, name: str) -> str:
    return reverse("admin:treatments_treatment_act", args=[note.pk, name])


def write(cast, note, **typed):
    needled = {
        "complaint": "Hip pain",
        "needles_in": "2",
        "needles_out": "2",
        "face_to_face_minutes": "25",
        "needlings-TOTAL_FORMS": "1",
        "needlings-0-point": "GB30",
        "needlings-0-side": "both",
        "needlings-0-technique": "even",
        "needlings-0-retention_minutes": "25",
    }
    return save(browser(cast.practitioner), page_of(note), "treatment_form", **needled | typed)


def test_a_note_is_begun_from_the_visit(cast, visit, note):
    assert (note.patient, note.practitioner, note.appointment, note.started_at, note.status) == (
        cast.aroha,
        cast.mere,
        visit,
        visit.starts_at,
        "draft",
    )


def test_the_front_desk_is_offered_no_note(cast, visit, note):
    page = browser(cast.desk).get(reverse("admin:appointments_appointment_change", args=[visit.pk]))
    assert [act["label"] for act in page.context["acts"]] == ["Completed", "Undo last step"]


def test_a_draft_is_written_with_its_needles(cast, note, point):
    write(cast, note)
    note.refresh_from_db()
    [needling] = note.needlings.all()
    assert (note.complaint, note.needles_in, note.face_to_face_minutes) == ("Hip pain", 2, 25)
    assert (needling.point, needling.side, needling.retention_minutes, needling.position) == (point, "both", 25, 1)


def test_what_the_page_does_not_show_of_a_needling_is_kept(cast, note, point):
    write(cast, note)
    note.needlings.update(electro_hz="4.0", twitch=True)
    needling = note.needlings.get()
    save(browser(cast.practitioner), page_of(note), "treatment_form", **{"needlings-0-retention_minutes": "30"})
    kept = note.needlings.get()
    assert (str(kept.electro_hz), kept.twitch, kept.retention_minutes) == ("4.0", True, 30)
    assert kept.position == needling.position


def test_a_side_that_cannot_be_is_refused_in_words_with_all_that_was_typed(cast, note, point):
    page = write(cast, note, **{"needlings-0-side": "midline"})
    assert page.context["adminform"].form.non_field_errors() == ["GB30 can be needled both or left or right only."]
    assert fields_of(page, "treatment_form")["complaint"] == "Hip pain"
    assert fields_of(page, "treatment_form")["needlings-0-point"] == "GB30"
    note.refresh_from_db()
    assert note.complaint == ""


def test_a_note_is_signed_and_its_page_then_says_why_it_stays(cast, note, point):
    write(cast, note)
    answer = browser(cast.practitioner).post(act(note, "sign"), follow=True)
    note.refresh_from_db()
    assert (note.status, note.signed_by) == ("signed", cast.practitioner)
    assert told(answer)[-1] == "Signed. From now on this note is only added to."
    assert answer.context["why_read_only"] == (
        "This note is signed, so it stays as it is. What has to be corrected is added as an amendment."
    )
    assert [act["label"] for act in answer.context["acts"]] == [
        "Amend",
        "Make the PDF",
        "Make the aftercare sheet",
        "Write a report",
        "Session page",
        "Keep as a protocol",
        "Report harm",
    ]
    assert "needlings-0-side" not in fields_of(answer, "treatment_form")


def test_a_signed_note_takes_no_post(cast, note, point):
    write(cast, note)
    client = browser(cast.practitioner)
    typed = fields_of(client.get(page_of(note)), "treatment_form") | {"complaint": "Something else"}
    client.post(act(note, "sign"))
    assert client.post(page_of(note), typed).status_code == 403
    note.refresh_from_db()
    assert note.complaint == "Hip pain"


def test_needles_that_do_not_add_up_are_refused_in_words(cast, note, point):
    write(cast, note, needles_out="1")
    answer = browser(cast.practitioner).post(act(note, "sign"), follow=True)
    assert told(answer)[-1] == "2 needles in, 1 out. Count again before signing."
    note.refresh_from_db()
    assert note.status == "draft"


def test_a_colleagues_note_is_not_signed(cast, note, point):
    write(cast, note)
    answer = browser(cast.practitioner2).post(act(note, "sign"), follow=True)
    assert told(answer)[-1] == "A note is signed by the practitioner who treated."


def test_an_amendment_stands_below_the_note(cast, note, point):
    write(cast, note)
    client = browser(cast.practitioner)
    client.post(act(note, "sign"))
    answer = client.post(act(note, "amend"), {"reason": "Wrong side", "text": "It was the left hip."}, follow=True)
    [amendment] = note.amendments.all()
    assert (amendment.author, amendment.reason, amendment.text) == (
        cast.practitioner,
        "Wrong side",
        "It was the left hip.",
    )
    assert "It was the left hip." in answer.content.decode()


def test_a_draft_is_not_amended(cast, note):
    page = browser(cast.practitioner).post(act(note, "amend"), {"reason": "Why", "text": "What"})
    assert page.context["form"].non_field_errors() == ["This note is still a draft: change it directly."]


def test_a_draft_is_thrown_away_after_a_question(cast, note):
    client = browser(cast.practitioner)
    asked = client.get(act(note, "discard"))
    assert asked.context["act"].warning == (
        "The draft and all that is written in it are thrown away. Its history stays."
    )
    assert client.post(act(note, "discard"), {"sure": "yes"}).url == reverse("admin:treatments_treatment_changelist")
    assert not Treatment.objects.exists()


def test_the_paper_of_a_signed_note_is_asked_for_once(cast, note, point):
    write(cast, note)
    client = browser(cast.practitioner)
    client.post(act(note, "sign"))
    for _ in range(2):
        client.post(act(note, "print"))
    document = Document.objects.get()
    assert (document.kind, document.subject, document.asked_by) == ("signed_note", note.pk, cast.practitioner)
    assert "Asked for" in client.get(page_of(note)).content.decode()


def test_points_are_suggested_by_any_name(cast, point):
    field = "app_label=treatments&model_name=needling&field_name=point"
    for typed in ("GB-30", "huantiao", "环跳"):
        answer = browser(cast.practitioner).get(f"{reverse('admin:autocomplete')}?{field}&term={typed}")
        assert answer.json()["results"] == [{"id": "GB30", "text": "GB30 Huántiào 环跳"}]


@pytest.mark.parametrize("who", ["desk", "billing"])
def test_points_and_notes_suggest_nothing_to_who_reads_no_notes(cast, point, who):
    field = "app_label=treatments&model_name=needling&field_name=point"
    assert browser(getattr(cast, who)).get(f"{reverse('admin:autocomplete')}?{field}&term=GB").status_code == 403


@pytest.mark.parametrize("name", ["sign", "amend", "discard", "print"])
@pytest.mark.parametrize("who", ["desk", "billing"])
def test_desk_and_billing_cannot_act_on_a_note(cast, note, who, name):
    assert browser(getattr(cast, who)).post(act(note, name)).status_code == 403


def test_tongue_and_pulse_are_read_as_words(cast):
    said = {"tongue": {"body_colour": "pale"}, "pulse": {"left": {"chi": "weak"}}}
    note = Treatment.objects.create(patient=cast.aroha, practitioner=cast.mere, started_at=timezone.now(), **said)
    place = reverse("admin:treatments_treatment_change", args=[note.pk])
    page = browser(cast.practitioner).get(place).content.decode()
    assert ("Pale body" in page or "pale body" in page, "eft chi weak" in page, "body_colour" in page) == (
        True, True, False,
    )  # fmt: skip
