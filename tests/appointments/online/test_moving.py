"""A visit moved by its patient through the link, over the API and on the page; and all that is refused."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from appointments import answering, booking, links
from appointments.models import Appointment, AppointmentType, Occupancy, WorkingHours
from appointments.online import moving
from clinic.errors import Refusal
from clinic.models import Practice
from messaging.models import Message
from tests.appointments.online.conftest import deliver_all
from tests.appointments.test_races import overlaps
from tests.cast import Cast, api, make_patient, make_practitioner, make_type, open_hours
from tests.visits import AUCKLAND

pytestmark = pytest.mark.django_db
NO_WORD_OF_IT = """
    CREATE FUNCTION no_word_of_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not planned'; END $$;
    CREATE TRIGGER no_word_of_it BEFORE INSERT ON messaging_message FOR EACH ROW
    WHEN (NEW.occasion = 'booked_online') EXECUTE FUNCTION no_word_of_it();
"""


@pytest.fixture
def visit(clinic: Cast, kind, ten) -> Appointment:
    """Aroha's with Mere at ten, three working days from now; the practice lets her cancel until a day before."""
    Practice.objects.update(patients_may_cancel=True, late_cancel_hours=24)
    return booked(clinic, kind, ten)


def booked(clinic: Cast, kind, starts_at, **fields) -> Appointment:
    wish = {"patient": clinic.aroha, "practitioner": clinic.mere, "appointment_type": kind, "starts_at": starts_at}
    return booking.book(**wish | fields, by=clinic.desk, now=timezone.now())


def door(visit: Appointment, what: str = "") -> str:
    return f"/api/v1/public/reminders/{links.token_for(visit)}/{what}"


def page(visit: Appointment) -> str:
    return f"/r/{links.token_for(visit)}/times/"


def starts(visit: Appointment, **query) -> list[str]:
    day = visit.starts_at.astimezone(AUCKLAND).date().isoformat()
    answer = api().get(door(visit, "times/"), {"from": day} | query)
    assert answer.status_code == 200, answer.json()
    return [slot["starts_at"][11:16] for slot in answer.json()["slots"]]


def as_it_stands() -> tuple:
    times = Occupancy.objects.order_by("pk").values_list("resource_kind", "resource_id", "during")
    return list(Appointment.objects.order_by("pk").values()), list(times), list(Message.objects.values())


def test_the_visit_moves_keeps_its_id_and_its_link_and_the_new_time_is_told(clinic, visit, ten, post_office):
    Appointment.objects.update(cancel_asked_at=timezone.now())
    link, later = door(visit), ten + timedelta(days=1, hours=4)
    answer = api().post(f"{link}move/", {"starts_at": later.isoformat()})
    assert (answer.status_code, answer.json()["starts_at"], answer.json()["cancel_asked_at"]) == (
        200,
        later.isoformat(),
        None,
    )
    moved = Appointment.objects.get()
    assert (moved.pk, moved.starts_at, moved.practitioner, moved.status) == (visit.pk, later, clinic.mere, "booked")
    assert {row.during.lower for row in Occupancy.objects.filter(resource_kind="patient")} == {later}
    context = moved.events.order_by("-pgh_id").first().pgh_context.metadata
    assert (context["user"], context["reason"], context["via"]) == (None, "move", "reminder_link")
    deliver_all()
    letter = post_office.letters[0]
    assert (letter["To"], letter["Subject"][:19]) == ("aroha@example.nz", "You are booked for ")
    assert "2:00 pm" in letter["Subject"]
    assert links.token_for(moved) in letter.get_body(("plain",)).get_content()
    planned = Message.objects.filter(occasion="appointment_reminder", state="planned")
    assert list(planned.values_list("subject_starts_at", flat=True)) == [later]
    # The link of the letter that they have still is the visit's.
    assert api().get(link).json()["starts_at"] == later.isoformat()
    assert api().post(link, {"action": "confirm"}).json()["status"] == "confirmed"


def test_what_is_offered_can_be_had_and_what_the_visit_takes_now_is_not_in_its_way(clinic, visit, ten):
    found = starts(visit)
    assert "10:00" not in found
    assert {"09:45", "10:15", "16:00"} <= set(found)
    answer = api().post(door(visit, "move/"), {"starts_at": (ten + timedelta(minutes=15)).isoformat()})
    assert answer.status_code == 200, answer.json()


def test_times_in_which_the_patient_is_elsewhere_are_not_offered(clinic, kind, visit, ten):
    booked(clinic, kind, ten + timedelta(hours=4), practitioner=clinic.wei)
    assert "14:00" not in starts(visit)
    taken = api().post(door(visit, "move/"), {"starts_at": (ten + timedelta(hours=4)).isoformat()})
    assert (taken.status_code, taken.json()["code"]) == (409, "slot_taken")


def test_with_another_who_offers_it_where_the_patient_says_so(clinic, kind, visit, ten):
    assert "10:00" in starts(visit, practitioner=clinic.wei.pk)
    wish = {"starts_at": ten.isoformat(), "practitioner": clinic.wei.pk}
    assert api().post(door(visit, "move/"), wish).json()["practitioner"] == "Wei Chen"
    kind.practitioners.set([clinic.mere])
    assert starts(visit, practitioner=clinic.wei.pk) == []
    other = make_practitioner("Somebody")
    open_hours(other, clinic.location)
    refused = api().post(door(visit, "move/"), wish | {"practitioner": other.pk})
    assert refused.json()["code"] == "type_not_offered"


def late(practice, kind) -> None:
    Practice.objects.update(late_cancel_hours=24 * 7)


def asked_first(practice, kind) -> None:
    Practice.objects.update(patients_may_cancel=False)


def offline(practice, kind) -> None:
    Practice.objects.update(books_online=False)


def not_online(practice, kind) -> None:
    AppointmentType.objects.update(bookable_online=False)


def no_longer_offered(practice, kind) -> None:
    AppointmentType.objects.update(archived_at=timezone.now())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (late, "too_late_to_move"),
        (asked_first, "move_by_asking"),
        (offline, "move_by_asking"),
        (not_online, "move_by_asking"),
        (no_longer_offered, "move_by_asking"),
    ],
)
def test_who_may_not_cancel_by_themselves_or_online_does_not_move(clinic, kind, visit, ten, change, code):
    change(clinic, kind)
    before = as_it_stands()
    wish = {"starts_at": (ten + timedelta(hours=2)).isoformat()}
    day = {"from": ten.date().isoformat()}
    for answer in (api().post(door(visit, "move/"), wish), api().get(door(visit, "times/"), day)):
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    for shown in (Client().get(page(visit)), Client().post(page(visit), {"at": wish["starts_at"]})):
        assert (shown.status_code, "Give us a call" in shown.content.decode()) == (409, True)
    assert ">Another time</button>" not in Client().get(f"/r/{links.token_for(visit)}/").content.decode()
    assert as_it_stands() == before


def test_the_door_says_until_when(clinic, visit, ten):
    until = (ten - timedelta(hours=24)).isoformat()
    assert api().get(door(visit)).json()["may_move_until"] == until
    not_online(None, None)
    assert api().get(door(visit)).json()["may_move_until"] is None


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        (timedelta(0), "same_time"),
        (timedelta(hours=4), "slot_taken"),
        (timedelta(hours=10), "outside_hours"),
        (timedelta(minutes=3), "off_the_grid"),
        (timedelta(days=90), "past_horizon"),
        (timedelta(days=-30), "notice_too_short"),
    ],
)
def test_a_time_that_cannot_be_had_leaves_the_visit_where_it_is(clinic, kind, visit, ten, shift, code):
    booked(clinic, kind, ten + timedelta(hours=4), patient=make_patient())
    before = as_it_stands()
    answer = api().post(door(visit, "move/"), {"starts_at": (ten + shift).isoformat()})
    assert (answer.status_code in {409, 422}, answer.json()["code"]) == (True, code)
    assert as_it_stands() == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"status": "cancelled", "cancel_reason": "clinic"}, "appointment_cancelled"), ({"status": "arrived"}, None)],
)
def test_a_visit_that_is_over_or_begun_does_not_move(clinic, visit, ten, changes, code):
    Appointment.objects.update(**changes)
    answer = api().post(door(visit, "move/"), {"starts_at": (ten + timedelta(hours=2)).isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (409, code or "appointment_begun")


def test_what_the_front_desk_moves_is_answered_for_by_the_link_of_its_own_message(clinic, visit, ten):
    first = door(visit)
    moving.move(token=links.token_for(visit), starts_at=ten + timedelta(hours=2), now=timezone.now())
    assert api().get(first).status_code == 200
    visit.refresh_from_db()
    second = door(visit)
    booking.move(appointment=visit, starts_at=ten + timedelta(hours=4), by=clinic.desk, now=timezone.now())
    for link in (first, second):
        assert api().get(link).json()["code"] == "appointment_moved"
        wish = {"starts_at": (ten + timedelta(hours=3)).isoformat()}
        assert api().post(f"{link}move/", wish).json()["code"] == "appointment_moved"
    visit.refresh_from_db()
    assert api().get(door(visit)).status_code == 200


def test_there_and_back_is_told_again(clinic, visit, ten, post_office):
    for hours in (2, 0, 2):
        moving.move(token=links.token_for(visit), starts_at=ten + timedelta(hours=hours), now=timezone.now())
        visit.refresh_from_db()
        deliver_all()
    assert [re.search(r"\d+:\d\d", letter["Subject"])[0] for letter in post_office.letters] == [
        "12:00",
        "10:00",
        "12:00",
    ]


def test_a_visit_is_moved_so_many_times_a_day_and_no_more(clinic, visit, ten):
    for hours in (1, 2, 3):
        visit.refresh_from_db()
        assert api().post(door(visit, "move/"), {"starts_at": (ten + timedelta(hours=hours)).isoformat()}).status_code
    visit.refresh_from_db()
    wish = {"starts_at": (ten + timedelta(hours=4)).isoformat()}
    refused = api().post(door(visit, "move/"), wish)
    assert (refused.status_code, refused.json()["code"]) == (429, "moved_too_often")
    assert 86_000 < int(refused["Retry-After"]) <= 86_402
    moving.move(
        token=links.token_for(visit), starts_at=ten + timedelta(hours=4), now=timezone.now() + timedelta(days=1)
    )


def test_confirming_is_no_move(clinic, visit, ten):
    for _ in range(4):
        answering.confirm(token=links.token_for(visit), now=timezone.now())
        Appointment.objects.update(status="booked")
    moving.move(token=links.token_for(visit), starts_at=ten + timedelta(hours=1), now=timezone.now())


def test_a_confirmed_visit_stays_confirmed(clinic, visit, ten):
    answering.confirm(token=links.token_for(visit), now=timezone.now())
    moved = moving.move(token=links.token_for(visit), starts_at=ten + timedelta(hours=1), now=timezone.now())
    assert moved.status == "confirmed"


def test_whoever_wants_no_reminders_is_told_by_email_all_the_same(clinic, visit, ten, post_office):
    clinic.aroha.reminder_channel = "none"
    clinic.aroha.save()
    moving.move(token=links.token_for(visit), starts_at=ten + timedelta(hours=1), now=timezone.now())
    deliver_all()
    assert post_office.recipients == ["aroha@example.nz"]


def test_a_lost_answer_is_asked_for_again_and_moves_once(clinic, visit, ten):
    wish = {"starts_at": (ten + timedelta(hours=1)).isoformat()}
    answers = [api().post(door(visit, "move/"), wish, HTTP_IDEMPOTENCY_KEY="one-tap") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert answers[0].json() == answers[1].json()


def test_when_the_message_cannot_be_planned_nothing_has_moved(clinic, visit, ten):
    """One transaction: the new time without word of it would be worse than the old one."""
    with connection.cursor() as cursor:
        cursor.execute(NO_WORD_OF_IT)
    before = as_it_stands()
    with pytest.raises(DatabaseError), transaction.atomic():
        moving.move(token=links.token_for(visit), starts_at=ten + timedelta(hours=1), now=timezone.now())
    assert as_it_stands() == before


# The page


def words(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))).strip()


def places(response, text: str) -> list[str]:
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', response.content.decode(), re.S)
    return [unescape(place) for place, inner in found if text in unescape(re.sub(r"<[^>]+>", " ", inner))]


def send(browser: Client, place: str, shown, **fields):
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.content.decode())[1]
    return browser.post(place, {"csrfmiddlewaretoken": token} | fields)


def test_from_the_letter_to_another_time_without_a_script(clinic, visit, ten):
    browser = Client(enforce_csrf_checks=True)
    reminder = browser.get(f"/r/{links.token_for(visit)}/")
    assert f'action="{page(visit)}"' in reminder.content.decode()
    times = browser.get(page(visit))
    assert "Your visit stays where it is until you have chosen." in words(times)
    assert "default-src 'none'" in times["Content-Security-Policy"]
    asked = browser.get(next(place for place in places(times, "2:00") if "T14:00" in place))
    assert Appointment.objects.get().starts_at == ten
    moved = send(browser, page(visit), asked, at=re.search(r'name="at" value="([^"]+)"', asked.content.decode())[1])
    assert moved.status_code == 302
    done = browser.get(moved.url)
    assert "Moved. A message with the new time is on its way." in words(done)
    assert Appointment.objects.get().starts_at.astimezone(AUCKLAND).hour == 14
    # Whoever goes back to the address of their letter finds the visit where it is now.
    assert browser.get(f"/r/{links.token_for(visit)}/").status_code == 200


def test_with_somebody_else_is_a_link_away(clinic, visit, ten):
    shown = Client().get(page(visit))
    others = places(shown, "Times with Wei Chen")
    assert len(others) == 1
    asked = Client().get(f"{others[0]}&at={ten.isoformat().replace('+', '%2B')}")
    assert "with Mere Ngata" in words(asked)
    Client().post(page(visit), {"with": str(clinic.wei.pk), "at": ten.isoformat()})
    moved = Appointment.objects.get()
    assert (moved.practitioner, moved.starts_at) == (clinic.wei, ten)


def test_a_time_that_was_taken_meanwhile_is_told_in_place_and_others_are_offered(clinic, kind, visit, ten):
    later = ten + timedelta(hours=4)
    booked(clinic, kind, later, patient=make_patient())
    answer = Client().post(page(visit), {"at": later.isoformat()})
    assert answer.status_code == 409
    assert "That time has just been taken. You keep the one you have: choose another." in words(answer)
    others = re.findall(r'type="radio" name="at" value="([^"]+)"', answer.content.decode())
    assert others
    assert later.isoformat() not in others
    assert Client().post(page(visit), {"at": others[0]}).status_code == 302
    assert overlaps() == 0


def test_where_nothing_is_free_it_says_so(clinic, visit):
    WorkingHours.objects.all().delete()
    assert "Nothing is free in these two weeks." in words(Client().get(page(visit)))


@pytest.mark.parametrize(
    "query", ["?at=soon", "?at=0001-01-01T00:00:00%2B14:00", "?with=999999&from=never", "?from=9999-12-31", "?at="]
)
def test_an_address_that_says_it_wrongly_shows_the_times(clinic, visit, query):
    shown = Client().get(page(visit) + query)
    assert (shown.status_code, "Another time" in words(shown)) == (200, True)


def test_a_link_that_is_none_of_ours_moves_nothing(clinic, visit, ten):
    for token in ("nonsense", links.token_for(visit)[:-1]):
        assert Client().get(f"/r/{token}/times/").status_code == 404
        answer = api().post(f"/api/v1/public/reminders/{token}/move/", {"starts_at": ten.isoformat()})
        assert answer.json()["code"] == "link_unknown"


def test_a_form_of_another_site_is_refused(clinic, visit, ten):
    answer = Client(enforce_csrf_checks=True).post(page(visit), {"at": (ten + timedelta(hours=1)).isoformat()})
    assert answer.status_code == 403
    assert Appointment.objects.get().starts_at == ten


def test_a_hold_of_the_front_desk_is_not_moved_by_a_link(clinic, visit):
    Appointment.objects.update(status="pending", held_until=timezone.now() + timedelta(minutes=5))
    visit.refresh_from_db()
    with pytest.raises(Refusal) as refused:
        moving.movable(token=links.token_for(visit), now=timezone.now())
    assert refused.value.code == "move_by_asking"


def test_a_kind_for_new_patients_can_be_moved_although_its_patient_is_in_the_book(clinic, ten):
    Practice.objects.update(patients_may_cancel=True)
    first = make_type("First of all", bookable_online=True, horizon_days=60, open_to="new")
    theirs = booked(clinic, first, ten, patient=make_patient())
    assert "14:00" in starts(theirs)
    moving.move(token=links.token_for(theirs), starts_at=ten + timedelta(hours=4), now=timezone.now())
