"""Today: who is expected, here and done, what comes next for them, and what was left lying."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments.models import Appointment
from billing.models import Invoice, Rate, Service
from clinic.models import Role, User
from frontdesk import today
from messaging.models import Message
from patients.models import Alert, Consent
from tests import cast as people
from tests.pages import browser, told
from treatments.care import agreeing, reporting
from treatments.models import Treatment

# Ten in the morning of a Tuesday in Wellington.
NOW = datetime(2026, 11, 23, 21, tzinfo=UTC)


@pytest.fixture
def kind():
    return people.make_type()


def visit(cast, kind, *, minutes=0, status="booked", patient=None, **fields) -> Appointment:
    """`minutes` after ten."""
    starts_at = fields.pop("starts_at", NOW) + timedelta(minutes=minutes)
    return Appointment.objects.create(
        **{
            "patient": patient or people.make_patient(),
            "practitioner": cast.mere,
            "appointment_type": kind,
            "location": cast.location,
            "room": cast.rooms[0],
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=50),
            "status": status,
            "cancel_reason": "patient" if status == "cancelled" else "",
            "held_until": starts_at if status == "pending" else None,
        }
        | fields
    )


def note(cast, row: Appointment, **fields) -> Treatment:
    return Treatment.objects.create(
        appointment=row, patient=row.patient, practitioner=cast.mere, started_at=row.starts_at, **fields
    )


def signed(cast, row: Appointment) -> Treatment:
    return note(
        cast, row, status="signed", signed_at=NOW, signed_by=cast.practitioner, sequence=row.pk,
        content_hash="a" * 64, previous_hash="0" * 64,
    )  # fmt: skip


def columns(user) -> dict[str, list]:
    return {title: lines for title, _, lines in today.page_for(user, now=NOW)["columns"]}


def ends(user) -> dict[str, tuple]:
    return {
        end.title: (end.count, [words for words, _ in end.lines])
        for end in today.page_for(user, now=NOW)["loose_ends"]
    }


def test_everybody_stands_in_one_column(cast, kind):
    for minutes, status in enumerate(
        ["pending", "booked", "confirmed", "arrived", "in_treatment", "completed", "missed", "cancelled"]
    ):
        visit(cast, kind, minutes=minutes, status=status)
    assert {title: [line.status for line in lines] for title, lines in columns(cast.desk).items()} == {
        "Expected": ["pending", "booked", "confirmed"],
        "Here": ["arrived", "in_treatment"],
        "Done": ["completed", "missed", "cancelled"],
    }


def test_today_is_the_day_on_the_practices_wall(cast, kind):
    """In Wellington it is Tuesday from 11:00 UTC on Monday until 11:00 UTC on Tuesday."""
    for hour in (10, 11, 34, 35):
        visit(cast, kind, starts_at=datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour))
    assert [line.at for line in columns(cast.desk)["Expected"]] == ["12:00 am", "11:00 pm"]
    assert today.page_for(cast.desk, now=NOW)["day"] == "Tuesday 24 November"


def test_a_line_says_when_who_with_whom_where_and_what_to_mind(cast, kind):
    Alert.objects.create(patient=cast.aroha, kind="anticoagulant", severity="serious")
    Alert.objects.create(patient=cast.aroha, kind="pregnancy", ends_on=NOW.date() - timedelta(days=30))
    visit(cast, kind, minutes=15, patient=cast.aroha)
    [line] = columns(cast.desk)["Expected"]
    assert (line.at, line.name, line.about, line.status_word, [str(alert) for alert in line.alerts]) == (
        "10:15 am",
        "Aroha Tāmati",
        "Mere Ngata, Kōwhai",
        "Booked",
        ["Anticoagulant"],
    )


@pytest.mark.parametrize(
    ("who", "status", "label"),
    [
        ("desk", "booked", "Arrived"),
        ("desk", "arrived", "Start"),
        ("desk", "in_treatment", "Completed"),
        ("desk", "completed", None),
        ("desk", "missed", None),
        ("practitioner", "booked", "Arrived"),
        ("practitioner", "in_treatment", "Write note"),
        ("practitioner", "completed", "Write note"),
        ("billing", "booked", None),
        ("billing", "in_treatment", None),
    ],
)
def test_the_next_step_is_the_one_of_this_person(cast, kind, who, status, label):
    visit(cast, kind, status=status)
    [line] = [line for lines in columns(getattr(cast, who)).values() for line in lines]
    assert (line.step.label if line.step else None) == label


def test_a_draft_is_finished_and_a_signed_note_needs_nothing(cast, kind):
    draft = note(cast, visit(cast, kind, status="in_treatment"))
    signed(cast, visit(cast, kind, minutes=60, status="completed"))
    [here], [done] = columns(cast.practitioner)["Here"], columns(cast.practitioner)["Done"]
    place = reverse("admin:session", args=[draft.pk])
    assert (here.missing, here.step) == ("Note not signed", today.Step(label="Finish note", place=place, posts=False))
    assert (done.missing, done.step) == ("", None)


def test_what_is_missing_is_told_only_to_who_may_know(cast, kind):
    visit(cast, kind, status="completed")
    assert [line.missing for line in columns(cast.practitioner)["Done"]] == ["No note yet"]
    assert [line.missing for line in columns(cast.desk)["Done"]] == [""]


def agree(patient, *kinds, **fields):
    for kind in kinds:
        defaults = {"version": "2026-1", "manner": "written", "given_at": NOW - timedelta(days=30)}
        Consent.objects.create(patient=patient, kind=kind, **(defaults | fields))


def test_consents_that_are_missing_are_said_of_who_is_expected_or_here_to_who_sees_patients(cast, kind):
    agree(cast.aroha, "treatment")
    agree(cast.aroha, "privacy", withdrawn_at=NOW - timedelta(days=1))
    for status in ("booked", "in_treatment", "completed"):
        visit(cast, kind, minutes=60, status=status, patient=cast.aroha, case=people.make_case(cast.aroha))
    said = {title: [line.unagreed for line in lines] for title, lines in columns(cast.desk).items()}
    missing = ["No consent: privacy, sharing with ACC"]
    assert said == {"Expected": missing, "Here": missing, "Done": [""]}
    cast.desk.roles.set([Role.objects.create(name="Book only", permissions=["see_book"])])
    assert [line.unagreed for line in columns(User.objects.get(pk=cast.desk.pk))["Expected"]] == [""]


def test_who_has_agreed_to_everything_has_a_quiet_line(cast, kind):
    agree(cast.aroha, "treatment", "privacy", "acc_sharing")
    visit(cast, kind, minutes=60, patient=cast.aroha, case=people.make_case(cast.aroha))
    assert [line.unagreed for line in columns(cast.desk)["Expected"]] == [""]


def test_who_is_late_is_said_to_be_late(cast, kind):
    visit(cast, kind, minutes=-20)
    visit(cast, kind, minutes=-180)
    assert [line.missing for line in columns(cast.desk)["Expected"]] == ["Did they come?", "20 min late"]


def test_loose_ends_are_what_was_left_lying_as_far_as_one_may_see(cast, kind):
    visit(cast, kind, minutes=-3 * 1440, status="arrived", patient=cast.aroha)
    unsigned = visit(cast, kind, minutes=-2 * 1440, status="completed", patient=cast.aroha)
    note(cast, unsigned)
    signed(cast, visit(cast, kind, minutes=-1440, status="completed", patient=cast.aroha))
    Invoice.objects.create(patient=cast.aroha, payer=cast.acc)
    Message.objects.create(
        patient=cast.aroha, occasion="appointment_reminder", channel="email", subject_kind="appointment",
        subject_id=1, due_at=NOW, state="failed", reason="refused",
    )  # fmt: skip
    all_of_them = {
        "Visits of earlier days that were never closed": (1, ["Sat 21 Nov, 10:00 am Aroha Tāmati"]),
        "Notes of earlier days that are not signed": (1, ["Sun 22 Nov, 10:00 am Aroha Tāmati"]),
        "Signed and not billed": (1, ["Mon 23 Nov, 10:00 am Aroha Tāmati"]),
        "Invoices drafted and not issued": (1, ["Aroha Tāmati, to ACC"]),
        "Messages that failed, or may not have gone out": (
            1,
            ["Aroha Tāmati: The receiving side refuses this address or message."],
        ),
    }
    money = {"Signed and not billed", "Invoices drafted and not issued"}
    notes = {"Notes of earlier days that are not signed"}
    with timezone.override(cast.practice.zone):
        assert ends(cast.owner) == all_of_them
        assert set(ends(cast.practitioner)) == set(all_of_them) - money
        assert set(ends(cast.desk)) == set(all_of_them) - notes


def test_plans_overdue_and_harm_to_follow_up_are_loose_ends_for_those_who_may_see_them(cast):
    day, who = NOW.astimezone(cast.practice.zone).date(), {"by": cast.practitioner, "now": NOW}
    for review_on in (day, day - timedelta(days=1)):
        case = people.make_case(cast.aroha)
        agreeing.agree(
            patient=cast.aroha, case=case, practitioner=cast.mere, sessions=6, frequency_per_week="1.0", weeks=6,
            goals="Stairs", agreed_on=day - timedelta(days=40), review_on=review_on, **who,
        )  # fmt: skip
    for look_again in (None, day + timedelta(days=1), day):
        reporting.report(
            patient=cast.aroha, occurred_at=NOW, kind="fainting", severity=1, causality="certain",
            description="Fainted", follow_up_on=look_again, **who,
        )  # fmt: skip
    care = {
        "Plans overdue for review": (1, ["Mon 23 Nov Aroha Tāmati"]),
        "Adverse events to follow up": (1, ["Tue 24 Nov Aroha Tāmati"]),
    }
    with timezone.override(cast.practice.zone):
        found = ends(cast.practitioner)
        assert {title: found.get(title) for title in care} == care
        assert set(ends(cast.desk)) & set(care) == set()


def test_a_click_on_the_line_takes_the_step_and_comes_back(cast, kind):
    row = visit(cast, kind, starts_at=timezone.now())
    home = reverse("admin:index")
    place = reverse("admin:appointments_appointment_act", args=[row.pk, "arrive"])
    page = browser(cast.desk).get(home).content.decode()
    assert f'action="{place}"' in page
    answer = browser(cast.desk).post(place, {"next": home}, follow=True)
    row.refresh_from_db()
    assert (row.status, answer.redirect_chain) == ("arrived", [(home, 302)])
    assert told(answer) == [f"{row.patient} is here."]


def test_an_empty_day_says_what_belongs_here(cast):
    page = browser(cast.desk).get(reverse("admin:index")).content.decode()
    assert "Nobody else is expected today." in page
    assert "Nothing was left lying." in page


def test_today_costs_the_same_whatever_the_day(cast, kind):
    client, counts, made = browser(cast.owner), [], 0
    for size in (1, 10, 60):
        while made < size:
            made += 1
            row = visit(cast, kind, starts_at=timezone.now(), status=["booked", "arrived", "completed"][made % 3])
            Alert.objects.create(patient=row.patient, kind="asthma")
            agree(row.patient, "treatment")
            note(cast, row)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse("admin:index"))
        assert sum(len(lines) for _, _, lines in page.context["columns"]) == size
        counts.append(len(captured))
    assert counts == [counts[0]] * 3


def test_today_before_the_practice_is_set_up_is_a_page_all_the_same(db):
    owner = people.make_user("owner", "Owner")
    assert browser(owner).get(reverse("admin:index")).status_code == 200


def test_a_payer_of_an_open_case_without_a_rate_is_a_loose_end_until_it_has_one(cast):
    people.make_case(cast.aroha)

    def told_to(user) -> list[tuple[str, str]]:
        ends = today.page_for(user, now=NOW)["loose_ends"]
        return [line for end in ends if end.title == "Payers of open cases without a rate" for line in end.lines]

    assert [words for words, _ in told_to(cast.desk)] == ["ACC"]
    assert told_to(cast.practitioner) == []
    service = Service.objects.create(code="ACU", name="Acupuncture")
    rate = Rate.objects.create(service=service, payer=cast.acc, amount="46.50", valid_from=NOW.date())
    assert told_to(cast.desk) == []
    Rate.objects.filter(pk=rate.pk).update(valid_from="2020-01-01", valid_to="2020-12-31")
    assert [words for words, _ in told_to(cast.desk)] == ["ACC"]
