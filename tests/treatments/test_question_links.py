"""What a patient answers by link, and what the link is good for."""

from datetime import timedelta

import pytest
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from appointments import links as reminder_links
from clinic.errors import Conflict, Refusal
from clinic.models import AccessEvent
from messaging.models import Message
from tests.cast import api, make_case, make_patient
from tests.counting import queries_while_growing
from tests.messaging.conftest import texts
from tests.treatments.course import ask
from tests.visits import AUCKLAND, make_visit, nz
from treatments.models import OutcomeRequest, OutcomeScore
from treatments.outcomes import answering, links, scoring
from treatments.outcomes.answering import Answer

__all__ = ["texts"]

NOW = nz("2026-11-20 12:00")
START = nz("2026-11-24 09:15")
PAST = timezone.now() - timedelta(days=8)
DOOR = "/api/v1/outcome-requests/"
STAIRS = ["Stairs", "Sitting", "Running"]
PAIN = {"nprs": Answer(answers=[4])}
ANSWERED = {"answers": [{"measure": "nprs", "answers": [4]}]}


@pytest.fixture(autouse=True)
def fresh_throttle():
    cache.clear()


def test_answering_scores_closes_the_link_and_stops_other_messages(cast, texts):
    request = ask(cast, measures=["nprs", "psfs"], activities=STAIRS)
    given = {"nprs": Answer(answers=[4]), "psfs": Answer(answers=[1, 5, 6], labels=["a", "b", "c"])}
    answering.answer(token=links.token_for(request), given=given, now=NOW)
    rows = OutcomeScore.objects.order_by("measure").values_list(
        "measure", "answers", "labels", "score", "entered_by", "request", "taken_on"
    )
    day = NOW.date()
    assert list(rows) == [
        ("nprs", [4], [], 4, None, request.pk, day),
        ("psfs", [1, 5, 6], STAIRS, 4, None, request.pk, day),
    ]
    assert list(Message.objects.values_list("state", "reason")) == [("skipped", "answered")]
    context = OutcomeScore.objects.first().events.get().pgh_context.metadata
    assert (context["user"], context["reason"], context["via"]) == (None, "answer", "outcome_link")


def test_a_question_is_answered_once(cast, texts):
    token = links.token_for(ask(cast))
    answering.answer(token=token, given=PAIN, now=NOW)
    with pytest.raises(Conflict) as refusal:
        answering.answer(token=token, given=PAIN, now=NOW)
    assert (refusal.value.code, OutcomeScore.objects.count()) == ("already_answered", 1)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "answer_incomplete"),
        (PAIN, "answer_incomplete"),
        (PAIN | {"psfs": Answer(answers=[1, 2, 3])}, "labels_do_not_fit"),
        (PAIN | {"psfs": Answer(answers=[1, 2], labels=["a", "b"])}, "answers_make_no_score"),
        (PAIN | {"psfs": Answer(answers=[1, 2, 11], labels=["a", "b", "c"])}, "answers_make_no_score"),
        (PAIN | {"psfs": Answer(answers=[1], labels=["a"]), "odi": Answer(answers=[1])}, "answer_incomplete"),
    ],
)
def test_an_answer_that_lacks_something_is_refused_whole(cast, texts, given, code):
    request = ask(cast, measures=["nprs", "psfs"])
    with pytest.raises(Refusal) as refusal:
        answering.answer(token=links.token_for(request), given=given, now=NOW)
    request.refresh_from_db()
    assert (refusal.value.code, OutcomeScore.objects.count(), request.answered_at) == (code, 0, None)


def test_a_link_ends_when_the_question_does(cast, texts):
    request = ask(cast, timing="before", appointment=make_visit(cast, START))
    token = links.token_for(request)
    assert answering.asked_about(token=token, now=START - timedelta(seconds=1)) == request
    for act in (answering.asked_about, lambda **given: answering.answer(given=PAIN, **given)):
        with pytest.raises(Conflict) as refusal:
            act(token=token, now=START)
        assert refusal.value.code == "link_expired"


def test_a_day_is_the_practices_own(cast, texts):
    now = nz("2026-11-21 00:30")
    request = ask(cast, now=now)
    [row] = answering.answer(token=links.token_for(request), given=PAIN, now=now)
    assert str(row.taken_on) == "2026-11-21"


def now_asked(cast, **fields) -> tuple[OutcomeRequest, str, str]:
    """A question of this moment, its door and its page."""
    request = ask(cast, **({"now": timezone.now()} | fields))
    token = links.token_for(request)
    return request, f"/api/v1/public/outcomes/{token}/", f"/o/{token}/"


def test_a_link_that_is_none_of_ours_is_not_found(cast, texts):
    visit = make_visit(cast, timezone.now() + timedelta(days=1))
    for token in (
        "nonsense",
        "a.b",
        reminder_links.token_for(visit),
        signing.dumps([1], salt="treatments.links"),
        links._signer.sign_object([10**9]),
        links._signer.sign_object([10**30]),
        links._signer.sign_object([1, 2]),
        links._signer.sign_object(["x"]),
        links._signer.sign_object({}),
        links._signer.sign_object(7),
    ):
        answers = [api().get(f"/api/v1/public/outcomes/{token}/"), Client().get(f"/o/{token}/")]
        answers += [api().post(f"/api/v1/public/outcomes/{token}/", ANSWERED)]
        assert [answer.status_code for answer in answers] == [404] * 3, token
        assert answers[0].json()["code"] == "link_unknown"


def test_a_link_to_a_question_opens_no_visit_and_one_changed_letter_breaks_it(cast, texts):
    _, door, page = now_asked(cast)
    token = door.split("/")[-2]
    assert Client().get(f"/r/{token}/").status_code == 404
    for index in range(0, len(token), 5):
        other = "A" if token[index] != "A" else "B"
        assert Client().get(page.replace(token, token[:index] + other + token[index + 1 :])).status_code == 404, index


def test_the_door_tells_the_questions_and_nothing_else(cast, texts):
    request, door, _ = now_asked(cast, measures=["nprs", "psfs"], activities=STAIRS)
    answer = api().get(door).json()
    assert (answer["first_name"], [question["measure"] for question in answer["questions"]]) == (
        "Aroha", ["nprs", "psfs"],
    )  # fmt: skip
    assert set(answer) == {"first_name", "expires_at", "questions"}
    assert (answer["questions"][1]["activities"], answer["questions"][1]["names"]) == (STAIRS, "")
    assert answer["expires_at"] == request.expires_at.astimezone(AUCKLAND).isoformat()


def test_the_door_takes_the_answer_once(cast, texts):
    _, door, _ = now_asked(cast)
    body = ANSWERED
    assert (api().post(door, body).status_code, OutcomeScore.objects.get().score) == (201, 4)
    again = api().post(door, body)
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    assert (api().get(door).status_code, OutcomeScore.objects.count()) == (409, 1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"answers": []},
        {"answers": [{"measure": "odi", "answers": [1]}]},
        {"answers": [{"measure": "nprs", "answers": ["<b>"]}]},
        {"answers": [{"measure": "nprs", "answers": [1], "labels": ["x" * 81]}]},
        {"answers": [{"measure": "nprs", "answers": [1]}] * 3},
    ],
)
def test_an_answer_of_no_shape_is_malformed(cast, texts, body):
    _, door, _ = now_asked(cast)
    assert (api().post(door, body).status_code, OutcomeScore.objects.count()) == (400, 0)


def test_the_links_are_limited(cast, texts):
    _, door, page = now_asked(cast)
    assert [api().get(door).status_code for _ in range(61)] == [200] * 60 + [429]
    limited = Client().get(page)
    assert (limited.status_code, int(limited["Retry-After"]) > 0) == (429, True)


@pytest.mark.parametrize("measures", [["nprs"], ["nprs", "psfs"]])
def test_the_page_asks_and_takes_the_answer_without_any_script(cast, texts, measures):
    _, _, page = now_asked(cast, measures=measures)
    client = Client(enforce_csrf_checks=True)
    shown = client.get(page)
    content = shown.content.decode()
    assert ("<script" in content, "style=" in content, "<style" in content) == (False, False, False)
    assert (shown["Cache-Control"], shown["Referrer-Policy"], shown["X-Robots-Tag"]) == (
        "no-store", "same-origin", "noindex",
    )  # fmt: skip
    form = {"nprs_0": "6", "csrfmiddlewaretoken": shown.cookies["csrftoken"].value}
    if "psfs" in measures:
        form |= {f"psfs_{index}_name": name for index, name in enumerate(STAIRS)}
        form |= {f"psfs_{index}": str(index) for index in range(3)}
    done = client.post(page, form, follow=True)
    assert done.redirect_chain == [(page, 302)]
    assert (done.status_code, "Thank you, nothing else is needed." in done.content.decode()) == (200, True)
    assert sorted(OutcomeScore.objects.values_list("measure", flat=True)) == measures


def test_what_was_typed_comes_back_where_something_is_missing(cast, texts):
    _, _, page = now_asked(cast, measures=["nprs", "psfs"])
    shown = Client().post(page, {"nprs_0": "6", "psfs_0_name": 'Stairs "up" <b>', "psfs_0": "3", "psfs_1_name": "Sit"})
    content = shown.content.decode()
    assert shown.status_code == 422
    assert 'name="nprs_0" value="6" checked' in content
    assert 'value="Stairs &quot;up&quot; &lt;b&gt;"' in content
    assert OutcomeScore.objects.count() == 0


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"nprs_0": ""},
        {"nprs_0": "11"},
        {"nprs_0": "-1"},
        {"nprs_0": "x"},
        {"nprs_0": "٣"},
        {"nprs_0": "9" * 400},
        {"nprs_0": "\x00"},
    ],
)
def test_the_page_refuses_what_is_no_answer_kindly(cast, texts, form):
    _, _, page = now_asked(cast)
    shown = Client().post(page, form)
    assert (shown.status_code, 'role="alert"' in shown.content.decode()) == (422, True)
    assert OutcomeScore.objects.count() == 0


def test_opening_the_page_changes_nothing_and_another_site_cannot_answer(cast, texts):
    _, _, page = now_asked(cast)
    before = OutcomeRequest.objects.values().get()
    for _ in range(3):
        assert (Client().get(page).status_code, Client().head(page).status_code) == (200, 200)
    assert OutcomeRequest.objects.values().get() == before
    assert Client(enforce_csrf_checks=True).post(page, {"nprs_0": "1"}).status_code == 403
    assert OutcomeScore.objects.count() == 0


def test_no_last_name_and_nothing_of_the_record_shows(cast, texts):
    cast.aroha.preferred_name = "<img src=x onerror=alert(1)>"
    cast.aroha.save()
    case = make_case(cast.aroha, title="Right hip")
    scoring.enter(
        patient=cast.aroha,
        measure="nprs",
        answers=[9],
        taken_on=timezone.now().date() - timedelta(days=30),
        by=cast.practitioner,
        now=timezone.now(),
    )
    _, door, page = now_asked(cast, case=case)
    for where in (door, page):
        content = Client().get(where).content.decode()
        for word in ("Tāmati", "Right hip", cast.aroha.nhi, cast.aroha.email, case.claim_number):
            assert word not in content, word
    assert "<img" not in Client().get(page).content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"withdrawn_at": PAST}, "We no longer need an answer to this."),
        (
            {"due_at": PAST - timedelta(days=1), "expires_at": PAST},
            "This question is closed by now.",
        ),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_of_a_closed_question_says_so(cast, texts, changes, sentence, method):
    _, _, page = now_asked(cast)
    OutcomeRequest.objects.update(**changes)
    shown = getattr(Client(), method)(page, {"nprs_0": "1"})
    assert (shown.status_code, sentence in shown.content.decode()) == (409, True)


def test_staff_ask_see_and_take_back_over_http_and_reading_is_recorded(cast, texts):
    client = api(cast.practitioner)
    made = client.post(DOOR, {"patient": cast.aroha.pk, "measures": ["nprs"]})
    assert (made.status_code, made.json()["asked_by"], made.json()["timing"]) == (201, cast.practitioner.pk, "now")
    place = f"{DOOR}{made.json()['id']}/"
    assert client.get(f"{DOOR}?answered_at__isnull=true").json()["count"] == 1
    assert client.post(f"{place}withdraw/").json()["withdrawn_at"] is not None
    again = client.post(f"{place}withdraw/")
    assert (again.status_code, again.json()["code"]) == (409, "question_withdrawn")
    assert AccessEvent.objects.filter(subject_kind="outcome_request").count() == 3
    token = links.token_for(OutcomeRequest.objects.get())
    assert token not in made.content.decode()


def test_requests_cost_the_same_queries_for_one_ten_and_a_hundred(cast, texts):
    counts = queries_while_growing(
        api(cast.practitioner), f"{DOOR}?page_size=200", lambda number: ask(cast, patient=make_patient())
    )
    assert counts == [counts[0]] * 3
