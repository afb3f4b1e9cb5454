"""Late or in time: by the practice's rule, to the minute, at the desk and through a patient's own link."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments import answering, attending, lateness, links, reminding
from appointments.models import Appointment
from billing import lines
from clinic.errors import Conflict, refusal_for
from clinic.models import Practice, User
from messaging.models import Message, ReminderRule
from tests.cast import api
from tests.pages import browser, save, told
from tests.visits import AUCKLAND, make_visit, nz

VISIT = nz("2026-11-24 10:00")
IN_TIME = nz("2026-11-23 10:00")
TOO_LATE = IN_TIME + timedelta(minutes=1)


@pytest.fixture
def visit(cast, texts):
    cache.clear()
    rule(hours=24)
    return make_visit(cast, VISIT)


@pytest.fixture
def soon(cast, texts):
    """In three hours from now, whenever that is."""
    cache.clear()
    rule(hours=24)
    return make_visit(cast, timezone.now().replace(second=0, microsecond=0) + timedelta(hours=3, minutes=1))


def rule(*, hours: int | None, patients_may_cancel: bool = False) -> None:
    Practice.objects.update(late_cancel_hours=hours, patients_may_cancel=patients_may_cancel)


def cancelled(visit: Appointment, *, now: datetime, **asked) -> tuple[str, str]:
    done = attending.cancel(appointment=visit, by=None, now=now, **({"reason": "patient"} | asked))
    return done.cancel_reason, done.cancel_note


def act(visit: Appointment) -> str:
    return reverse("admin:appointments_appointment_act", args=[visit.pk, "cancel"])


def page(visit: Appointment) -> str:
    return f"/r/{links.token_for(visit)}/"


def door(visit: Appointment) -> str:
    return f"/api/v1/public/reminders/{links.token_for(visit)}/"


# The edge


@pytest.mark.parametrize(
    ("now", "recorded"),
    [
        (IN_TIME - timedelta(minutes=1), ("patient", "")),
        (IN_TIME, ("patient", "")),
        (TOO_LATE, ("late", "Late: 23 hours 59 minutes before; the practice asks for 24 hours")),
        (nz("2026-11-24 09:59"), ("late", "Late: 1 minute before; the practice asks for 24 hours")),
        (nz("2026-11-24 10:05"), ("late", "Late: once it was due; the practice asks for 24 hours")),
    ],
)
def test_a_patient_who_cancels_inside_the_hours_is_late_to_the_minute(visit, now, recorded):
    assert cancelled(visit, now=now) == recorded


@pytest.mark.parametrize(
    ("starts_at", "edge"),
    [
        # Clocks go forward on 27 September 2026 at 2 am: 24 hours that pass are 23 on the wall, and 25 back in April.
        ("2026-09-27 10:00", "2026-09-26 09:00"),
        ("2027-04-04 10:00", "2027-04-03 11:00"),
        ("2026-09-28 01:00", "2026-09-27 00:00"),
    ],
)
def test_the_hours_are_hours_that_pass_when_the_clocks_change(starts_at, edge):
    last = lateness.last_moment(starts_at=nz(starts_at), hours=24)
    assert last.astimezone(AUCKLAND) == nz(edge)
    assert f"{last.astimezone(AUCKLAND):%Y-%m-%d %H:%M}" == edge
    for seconds, is_late in [(-60, False), (0, False), (60, True)]:
        told_at = (last + timedelta(seconds=seconds)).astimezone(AUCKLAND)
        assert lateness.is_late(starts_at=nz(starts_at), hours=24, told_at=told_at) is is_late


def test_the_second_half_past_two_of_an_april_night_is_an_hour_after_the_first():
    """Read off the wall alone, the two are one moment, and the second would pass as in time."""
    starts_at = nz("2027-04-05 02:30")
    first = datetime(2027, 4, 4, 2, 30, tzinfo=AUCKLAND)
    second = first.replace(fold=1)
    assert lateness.last_moment(starts_at=starts_at, hours=24) == second.astimezone(UTC)
    found = [lateness.is_late(starts_at=starts_at, hours=25, told_at=moment) for moment in (first, second)]
    assert found == [False, True]


@pytest.mark.parametrize("now", [IN_TIME, TOO_LATE, VISIT])
def test_without_a_rule_nothing_is_late(visit, now):
    rule(hours=None)
    assert cancelled(visit, now=now) == ("patient", "")


@pytest.mark.parametrize("reason", ["practitioner", "clinic", "mistake", "late"])
def test_what_is_not_the_patients_doing_is_recorded_as_it_is_said(visit, reason):
    assert cancelled(visit, now=TOO_LATE, reason=reason, note="As told") == (reason, "As told")


def test_who_asked_in_time_is_not_late_because_the_desk_answers_late(visit):
    answering.ask_to_cancel(token=links.token_for(visit), now=IN_TIME)
    assert cancelled(visit, now=TOO_LATE + timedelta(hours=5)) == ("patient", "")


def test_who_asked_too_late_is_late_by_the_time_they_asked(visit):
    answering.ask_to_cancel(token=links.token_for(visit), now=VISIT - timedelta(hours=3))
    recorded = cancelled(visit, now=VISIT - timedelta(hours=1), note="Rang.")
    assert recorded == ("late", "Rang. Late: 3 hours before; the practice asks for 24 hours")


@pytest.mark.parametrize("hours", [0, 337])
def test_a_rule_of_no_hours_or_of_more_than_two_weeks_is_refused(cast, hours):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        rule(hours=hours)
    assert refusal_for(refused.value).code == "late_cancel_hours"


# At the desk


def acts_of(visit: Appointment, user: User) -> list[str]:
    page = browser(user).get(reverse("admin:appointments_appointment_change", args=[visit.pk]))
    return [entry["label"] for entry in page.context["acts"]]


def test_the_form_tells_before_it_is_sent_that_this_would_be_late(cast, soon):
    form = browser(cast.desk).get(act(soon)).context["form"]
    assert form.fields["late"].help_text == "It would be cancelled 3 hours before; the practice asks for 24 hours."
    rule(hours=2)
    assert list(browser(cast.desk).get(act(soon)).context["form"].fields) == ["reason", "note"]


def test_a_late_cancellation_at_the_desk_is_recorded_and_has_a_fee(cast, soon):
    done = browser(cast.desk).post(act(soon), {"reason": "patient", "note": "Car", "late": "late"}, follow=True)
    soon.refresh_from_db()
    assert (soon.cancel_reason, lines.has_fee(soon)) == ("late", True)
    assert told(done)[0].startswith("Cancelled late. ")
    assert "Charge the fee" in acts_of(soon, cast.owner)


def test_the_desk_waives_it_with_a_reason_that_is_kept_and_no_fee(cast, soon):
    asked = {"reason": "patient", "note": "Rang", "late": "waived", "waive_late": "The road is closed"}
    done = browser(cast.desk).post(act(soon), asked, follow=True)
    soon.refresh_from_db()
    assert told(done)[0].startswith("Cancelled. ")
    assert (soon.cancel_reason, soon.cancel_note) == ("patient", "Rang. Not counted as late: The road is closed")
    assert "Charge the fee" not in acts_of(soon, cast.owner)


def test_waiving_without_a_reason_is_refused_beside_its_field(cast, soon):
    page = browser(cast.desk).post(act(soon), {"reason": "patient", "note": "", "late": "waived", "waive_late": " "})
    assert page.context["form"].errors == {"waive_late": ["Say why: it is kept with the visit."]}
    soon.refresh_from_db()
    assert soon.status == "booked"


def test_lateness_that_set_in_since_the_page_was_opened_is_told_first(cast, soon):
    page = browser(cast.desk).post(act(soon), {"reason": "patient", "note": "Car"})
    assert page.context["form"].errors == {"late": ["This field is required."]}
    assert "the practice asks for 24 hours" in page.content.decode()


def test_through_the_api_it_is_late_unless_waived(cast, soon):
    where = f"/api/v1/appointments/{soon.pk}"
    desk = api(cast.desk)
    answer = desk.post(f"{where}/cancel/", {"reason": "patient"}).json()
    assert (answer["cancel_reason"], answer["cancel_note"][:15]) == ("late", "Late: 3 hours b")
    desk.post(f"{where}/undo/")
    answer = desk.post(f"{where}/cancel/", {"reason": "patient", "waive_late": "First time"}).json()
    assert (answer["cancel_reason"], answer["cancel_note"]) == ("patient", "Not counted as late: First time")


def test_the_rule_is_set_on_the_practices_page_and_told_by_the_api(cast):
    page = reverse("admin:clinic_practice_change", args=[cast.practice.pk])
    save(browser(cast.owner), page, "practice_form", late_cancel_hours="48", patients_may_cancel="on")
    answer = api(cast.desk).get("/api/v1/practice/").json()
    assert (answer["late_cancel_hours"], answer["patients_may_cancel"]) == (48, True)


# Through the link


def test_in_time_the_patient_cancels_at_once_where_the_practice_lets_them(visit):
    rule(hours=24, patients_may_cancel=True)
    done = answering.cancel(token=links.token_for(visit), now=IN_TIME)
    assert (done.status, done.cancel_reason, done.cancel_note) == ("cancelled", "patient", "Through the link")
    context = visit.events.order_by("-pgh_id").first().pgh_context.metadata
    assert (context["user"], context["reason"], context["via"]) == (None, "cancel", "reminder_link")


@pytest.mark.parametrize(
    ("may", "now", "code"), [(True, TOO_LATE, "too_late_to_cancel"), (False, IN_TIME, "cancel_by_asking")]
)
def test_too_late_or_not_allowed_the_patient_can_only_ask(visit, may, now, code):
    rule(hours=24, patients_may_cancel=may)
    with pytest.raises(Conflict) as refused:
        answering.cancel(token=links.token_for(visit), now=now)
    assert refused.value.code == code
    assert answering.ask_to_cancel(token=links.token_for(visit), now=now).status == "booked"


def test_without_a_rule_the_patient_may_cancel_until_the_visit(visit):
    rule(hours=None, patients_may_cancel=True)
    assert answering.may_cancel_until(visit) == VISIT
    done = answering.cancel(token=links.token_for(visit), now=VISIT - timedelta(minutes=1))
    assert done.status == "cancelled"


def test_the_door_says_until_when(soon):
    rule(hours=2, patients_may_cancel=True)
    answer = api().get(door(soon)).json()
    assert answer["may_cancel_until"] == (soon.starts_at - timedelta(hours=2)).astimezone(AUCKLAND).isoformat()
    assert api().post(door(soon), {"action": "cancel"}).json()["status"] == "cancelled"


def test_the_page_cancels_with_one_more_tap_and_says_thanks_however_often_it_is_sent(soon):
    rule(hours=2, patients_may_cancel=True)
    shown = Client().get(page(soon)).content.decode()
    assert ("I cannot come" in shown, "You can do that here until" in shown, "Ask to cancel" in shown) == (
        True,
        True,
        False,
    )
    for _ in range(2):
        done = Client().post(page(soon), {"action": "cancel"})
        assert (done.status_code, "Your appointment is cancelled" in done.content.decode()) == (200, True)
    soon.refresh_from_db()
    assert (soon.status, soon.cancel_reason) == ("cancelled", "patient")


def test_the_page_of_a_late_patient_says_so_and_lets_them_ask(soon):
    rule(hours=24, patients_may_cancel=True)
    shown = Client().get(page(soon)).content.decode()
    assert "It is less than 24 hours until your appointment, so cancelling now counts as late." in shown
    assert ("Ask to cancel" in shown, "I cannot come" in shown) == (True, False)
    assert Client().post(page(soon), {"action": "cancel"}).status_code == 409


@pytest.mark.parametrize(
    ("may", "hours", "words"),
    [
        (False, None, "Confirm or ask to cancel"),
        (True, 12, "Confirm or cancel"),
        # The rule of the tests reminds a day before: by then it is too late to cancel.
        (True, 36, "Confirm or ask to cancel"),
    ],
)
def test_the_reminder_promises_only_what_the_page_keeps(visit, may, hours, words):
    rule(hours=hours, patients_may_cancel=may)
    ReminderRule.objects.all().delete()
    ReminderRule.objects.create(name="The day before", hours_before=24)
    reminding.plan_for(visit, now=VISIT - timedelta(days=5))
    message = Message.objects.get()
    assert reminding.words([message])[message.pk]["link_words"] == words
