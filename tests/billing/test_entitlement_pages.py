"""What a case covers where staff see it: on its page, while a visit is booked, and in the answer to a booking."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from appointments.models import Appointment
from clinic.models import AccessEvent, Role, User
from clinic.permissions import Permission
from tests.cast import api, make_case, make_patient, make_type, open_hours
from tests.pages import browser
from tests.visits import AUCKLAND
from tests.world import at, workday
from treatments.models import Treatment

HINTS = "/admin/appointments/appointment/case-hints/"
BOOKING = "/admin/appointments/appointment/add/"


@pytest.fixture
def today() -> date:
    return timezone.localdate(timezone=AUCKLAND)


@pytest.fixture
def case(cast, today):
    """Accepted, injured a month ago, ten sessions given."""
    case = make_case(cast.aroha, date_of_injury=today - timedelta(days=30), opened_on=today - timedelta(days=30))
    for days in range(10, 0, -1):
        treat(cast, case, days)
    return case


def treat(cast, case, days_ago: int) -> None:
    Treatment.objects.create(
        patient=case.patient,
        practitioner=cast.mere,
        case=case,
        started_at=timezone.now() - timedelta(days=days_ago),
    )


def page_of(user, case) -> str:
    return browser(user).get(reverse("admin:patients_case_change", args=[case.pk])).content.decode()


def test_the_page_of_a_case_says_what_is_covered_and_each_check_with_its_source(cast, case):
    page = page_of(cast.desk, case)
    assert '<span class="nb-state" data-state="covered">Covered</span>' in page
    assert "Two left: prepare the request for more treatment." in page
    assert page.count('<span class="nb-answer" data-answer="yes">✓ Yes</span>') == 10
    assert "ACC newsroom, changes to acupuncture treatment" in page
    assert "<style" not in page.partition('class="nb-panel"')[2].partition("</section>")[0]


def test_what_stands_in_the_way_is_open_on_the_page(cast, case):
    type(case).objects.update(cover_status="decline")
    page = page_of(cast.desk, case)
    assert '<span class="nb-state" data-state="not_covered">Not covered</span>' in page
    assert '<span class="nb-answer" data-answer="no">✕ No</span>' in page
    assert "<details open>" in page


def test_a_private_case_says_who_pays_and_has_no_checks(cast):
    page = page_of(cast.desk, make_case(cast.aroha, kind="private"))
    assert "The patient: 0 used, 0 booked." in page
    assert "nb-answer" not in page


def test_a_new_case_has_no_panel(cast):
    assert b"nb-panel" not in browser(cast.desk).get("/admin/patients/case/add/").content


def hints(user, **asked) -> str:
    answer = browser(user).get(HINTS, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_while_booking_the_chosen_case_is_told_for_the_chosen_day_and_the_look_is_on_record(cast, case, today):
    told = hints(cast.desk, case=case.pk, starts_at_0=today.isoformat(), starts_at_1="10:00")
    assert "Covered on" in told
    assert "ACC: 10 used of 12 approved, 2 left, 0 booked" in told
    late = today + timedelta(days=80)
    told = hints(cast.desk, case=case.pk, starts_at_0=late.isoformat(), starts_at_1="10:00")
    assert "Not covered on" in told
    assert "The 84 days ended on" in told
    assert (
        list(AccessEvent.objects.values_list("user", "subject_kind", "subject_id"))
        == [(cast.desk.pk, "case", case.pk)] * 2
    )


def test_without_a_day_the_case_is_told_for_today(cast, case):
    assert "Covered on" in hints(cast.desk, case=case.pk)


@pytest.mark.parametrize("asked", [{}, {"case": ""}, {"case": "x"}, {"case": "0"}, {"case": "9" * 30}])
def test_without_a_case_there_is_nothing_to_tell(cast, case, asked):
    assert hints(cast.desk, **asked).strip() == ""


def test_who_may_not_book_is_not_told_and_who_may_not_see_cases_is_told_nothing(cast, case):
    assert browser(cast.billing).get(HINTS, {"case": case.pk}).status_code == 403
    clerk = User.objects.create_user("clerk", email="clerk@harakeke.example")
    clerk.roles.add(Role.objects.create(name="Clerk", permissions=[Permission.KEEP_BOOK, Permission.SEE_BOOK]))
    assert hints(clerk, case=case.pk).strip() == ""


def test_the_booking_page_tells_it_without_a_script_where_the_case_came_with_the_address(cast, case):
    page = browser(cast.desk).get(BOOKING, {"case": case.pk, "patient": case.patient_id}).content.decode()
    assert f'data-place="{HINTS}"' in page
    assert "2 left" in page
    assert '<script src="/static/appointments/case_hints.js" type="module"></script>' in page


def test_one_visit_more_than_is_left_is_told_before_it_is_booked(cast, case):
    for days in (20, 21):
        _visit(cast, case, days)
    assert "With this visit more are booked than the 2 left." in hints(cast.desk, case=case.pk)


def _visit(cast, case, days: int) -> Appointment:
    kind = make_type(f"Follow-up {days}")
    starts_at = timezone.now() + timedelta(days=days)
    return Appointment.objects.create(
        patient=case.patient,
        practitioner=cast.mere,
        appointment_type=kind,
        location=cast.location,
        room=cast.rooms[0],
        case=case,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=50),
    )


def book(cast, **more) -> dict:
    open_hours(cast.mere, cast.location)
    wanted = {
        "practitioner": cast.mere.pk,
        "appointment_type": make_type().pk,
        "starts_at": at(workday(3, timezone.now()), 11).isoformat(),
    }
    answer = api(cast.desk).post("/api/v1/appointments/", wanted | more)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_a_booking_that_the_case_does_not_cover_is_booked_and_says_so(cast, case):
    for days in (0, 0):
        treat(cast, case, days)
    warnings = book(cast, patient=case.patient_id, case=case.pk)["warnings"]
    assert [warning["code"] for warning in warnings] == [
        "not_covered",
        "only_gradual_process_codes",
        "booked_beyond_remaining",
    ]
    assert "12 used, 0 of 12 left" in warnings[0]["detail"]
    assert Appointment.objects.count() == 1


def test_a_covered_booking_warns_of_nothing(cast, today):
    sprain = {"system": "read2", "code": "S572.", "description": "Lumbar sprain"}
    case = make_case(cast.aroha, date_of_injury=today, opened_on=today, diagnoses=[sprain])
    assert book(cast, patient=case.patient_id, case=case.pk)["warnings"] == []


def test_a_booking_without_a_case_warns_of_nothing(cast):
    assert book(cast, patient=make_patient().pk)["warnings"] == []
