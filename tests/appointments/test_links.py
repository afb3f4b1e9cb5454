from datetime import timedelta

import pytest
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from appointments import links, reminding
from appointments.models import Appointment
from tests.cast import api
from tests.visits import AUCKLAND, make_visit

WORDS_THAT_MUST_NOT_SHOW = ("Tāmati", "Follow-up", "Electro", "NHI", "note for the desk")


@pytest.fixture
def visit(cast, texts):
    cache.clear()
    start = timezone.localtime(timezone.now(), AUCKLAND).replace(minute=15, second=0, microsecond=0)
    return make_visit(cast, start + timedelta(days=2), note="note for the desk")


def door(visit) -> str:
    return f"/api/v1/public/reminders/{links.token_for(visit)}/"


def page(visit) -> str:
    return f"/r/{links.token_for(visit)}/"


def fell(visit, **changes) -> None:
    Appointment.objects.filter(pk=visit.pk).update(**changes)


def test_the_link_of_the_letter_is_the_page(visit):
    assert links.address_for(visit) == f"http://127.0.0.1:8000{page(visit)}"


def test_the_door_says_what_when_where_and_with_whom(visit, cast):
    answer = api().get(door(visit))
    starts_at = visit.starts_at.astimezone(AUCKLAND)
    assert answer.json() == {
        "first_name": "Aroha",
        "practitioner": "Mere Ngata",
        "location": "Te Aro",
        "address": cast.location.address,
        "phone": "",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(minutes=50)).isoformat(),
        "status": "booked",
        "cancel_asked_at": None,
        "may_cancel_until": None,
        "may_move_until": None,
    }


@pytest.mark.parametrize("where", [door, page])
def test_nothing_clinical_and_no_last_name_shows(visit, cast, where):
    content = Client().get(where(visit)).content.decode()
    for word in (*WORDS_THAT_MUST_NOT_SHOW, cast.aroha.nhi, "aroha@example.nz"):
        assert word not in content, word


def test_the_patient_confirms_and_nobody_is_named_as_having_done_it(visit):
    answer = api().post(door(visit), {"action": "confirm"})
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")
    context = visit.events.order_by("-pgh_id").first().pgh_context.metadata
    assert (context["user"], context["reason"], context["via"]) == (None, "confirm", "reminder_link")


def test_a_wish_to_cancel_is_noted_and_cancels_nothing(visit, cast):
    answer = api().post(door(visit), {"action": "ask_to_cancel"})
    assert answer.json()["status"] == "booked"
    asked = api(cast.desk).get("/api/v1/appointments/?cancel_asked_at__isnull=false").json()["results"]
    assert [(row["id"], row["status"], row["cancel_asked_at"]) for row in asked] == [
        (visit.pk, "booked", answer.json()["cancel_asked_at"])
    ]


def test_confirming_takes_the_wish_to_cancel_back(visit):
    for before in ("booked", "confirmed"):
        fell(visit, status=before, cancel_asked_at=timezone.now())
        answer = api().post(door(visit), {"action": "confirm"}).json()
        assert (answer["status"], answer["cancel_asked_at"]) == ("confirmed", None)


@pytest.mark.parametrize(("action", "code"), [("confirm", "already_confirmed"), ("ask_to_cancel", "already_asked")])
def test_an_answer_given_twice_is_said_to_be_given(visit, action, code):
    api().post(door(visit), {"action": action})
    again = api().post(door(visit), {"action": action})
    assert (again.status_code, again.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (
            {"starts_at": timezone.now() + timedelta(days=9), "ends_at": timezone.now() + timedelta(days=10)},
            "appointment_moved",
        ),
        ({"status": "cancelled", "cancel_reason": "clinic"}, "appointment_cancelled"),
        ({"status": "arrived"}, "appointment_begun"),
    ],
)
@pytest.mark.parametrize("method", ["get", "confirm", "ask_to_cancel"])
def test_a_link_to_what_no_longer_is_says_so_and_does_nothing(visit, changes, code, method):
    where = door(visit)
    fell(visit, **changes)
    before = Appointment.objects.values().get(pk=visit.pk)
    answer = api().get(where) if method == "get" else api().post(where, {"action": method})
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert Appointment.objects.values().get(pk=visit.pk) == before


def test_a_link_ends_when_its_time_has_come(visit):
    begun = timezone.now() - timedelta(seconds=1)
    fell(visit, starts_at=begun.replace(microsecond=0))
    visit.refresh_from_db()
    answer = api().post(door(visit), {"action": "confirm"})
    assert (answer.status_code, answer.json()["code"]) == (409, "link_expired")


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        "a.b",
        signing.Signer(salt="elsewhere", sep=".").sign_object([1, 2]),
        signing.dumps([1, 2], salt="appointments.links"),
        links._signer.sign_object([10**9, 1_900_000_000]),
        links._signer.sign_object("neither"),
        links._signer.sign_object([1, "x"]),
        links._signer.sign_object({"a": 1}),
    ],
    # Named, because one of them holds the second it was made in.
    ids=["nonsense", "unsigned", "other-salt", "other-kind", "nobody", "a-word", "no-time", "no-pair"],
)
def test_a_link_that_is_none_of_ours_is_not_found(visit, token):
    for answer in (api().get(f"/api/v1/public/reminders/{token}/"), Client().get(f"/r/{token}/")):
        assert answer.status_code == 404
    assert api().get(f"/api/v1/public/reminders/{token}/").json()["code"] == "link_unknown"


def test_one_changed_letter_breaks_a_link(visit):
    token = links.token_for(visit)
    for index in range(0, len(token), 5):
        other = "A" if token[index] != "A" else "B"
        answer = api().get(f"/api/v1/public/reminders/{token[:index]}{other}{token[index + 1 :]}/")
        assert answer.status_code == 404, index


@pytest.mark.parametrize("body", [{}, {"action": "move"}, {"action": ["confirm"]}, []])
def test_an_answer_that_is_none_is_malformed(visit, body):
    assert api().post(door(visit), body).status_code == 400


def test_the_public_doors_are_limited(visit):
    answers = [api().get(door(visit)).status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]
    limited = Client().get(page(visit))
    assert (limited.status_code, int(limited["Retry-After"]) > 0) == (429, True)
    cache.clear()


def test_the_page_asks_and_the_answer_shows(visit):
    client = Client(enforce_csrf_checks=True)
    asked = client.get(page(visit))
    assert "Are you coming?" in asked.content.decode()
    token = asked.cookies["csrftoken"].value
    done = client.post(page(visit), {"action": "confirm", "csrfmiddlewaretoken": token}, follow=True)
    assert done.redirect_chain == [(page(visit), 302)]
    assert "Confirmed. We look forward to seeing you." in done.content.decode()
    done = client.post(page(visit), {"action": "ask_to_cancel", "csrfmiddlewaretoken": token}, follow=True)
    assert "You have asked us to cancel." in done.content.decode()
    visit.refresh_from_db()
    assert (visit.status, visit.cancel_asked_at is not None) == ("confirmed", True)


def test_opening_the_page_changes_nothing(visit):
    """Mail programs and their scanners open links before people do."""
    before = Appointment.objects.values().get(pk=visit.pk)
    for _ in range(3):
        assert Client().get(page(visit)).status_code == 200
        assert Client().head(page(visit)).status_code == 200
    assert Appointment.objects.values().get(pk=visit.pk) == before


def test_another_site_cannot_answer_for_somebody(visit):
    assert Client(enforce_csrf_checks=True).post(page(visit), {"action": "confirm"}).status_code == 403
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_saying_yes_twice_on_the_page_is_no_mistake(visit):
    for _ in range(2):
        done = Client().post(page(visit), {"action": "confirm"}, follow=True)
        assert (done.status_code, "Confirmed." in done.content.decode()) == (200, True)


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_of_a_moved_appointment_says_so_kindly(visit, method):
    where = page(visit)
    fell(visit, starts_at=visit.starts_at - timedelta(hours=1))
    answer = getattr(Client(), method)(where, {"action": "confirm"})
    assert answer.status_code == 409
    assert "This appointment was moved. Use the link in our newest message." in answer.content.decode()
    assert "04 555 0100" in answer.content.decode()


def test_the_page_shows_the_wall_clock_of_the_location(visit, cast):
    cast.location.timezone = "Pacific/Chatham"
    cast.location.save()
    local = visit.starts_at.astimezone(cast.location.zone)
    shown = Client().get(page(visit)).content.decode()
    assert f"{local.hour % 12 or 12}:{local.minute:02}&nbsp;{'am' if local.hour < 12 else 'pm'}" in shown


def test_the_page_carries_no_inline_style_or_script_and_is_kept_by_nobody(visit):
    answer = Client().get(page(visit))
    content = answer.content.decode()
    assert ("style=" in content, "<style" in content, "<script" in content) == (False, False, False)
    assert (answer["Cache-Control"], answer["X-Robots-Tag"], answer["Referrer-Policy"]) == (
        "no-store",
        "noindex",
        "same-origin",
    )


def test_a_hostile_name_is_text_on_the_page(visit, cast):
    cast.aroha.preferred_name = "<img src=x onerror=alert(1)>"
    cast.aroha.save()
    assert "<img" not in Client().get(page(visit)).content.decode()


def test_the_message_of_a_reminder_leads_to_a_page_that_answers(visit, post_office):
    """From the letter as it arrived."""
    from messaging.delivering import deliver
    from messaging.sweeping import sweep

    now = timezone.now()
    reminding.plan_for(visit, now=now)
    due = visit.starts_at - timedelta(hours=1)
    [ids] = sweep(now=due)
    deliver(message_ids=ids, clock=lambda: due)
    text = post_office.letters[0].get_body(("plain",)).get_content()
    [address] = [line.strip() for line in text.splitlines() if line.startswith("http")]
    done = Client().post(address.removeprefix("http://127.0.0.1:8000"), {"action": "confirm"})
    visit.refresh_from_db()
    assert (done.status_code, visit.status) == (302, "confirmed")
