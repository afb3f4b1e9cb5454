"""A patient's own room: what I am asked, my answer, my scores, and nobody else's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.models import AccessEvent
from messaging.models import Message
from tests.cast import Cast, api, make_patient, make_user
from tests.counting import queries_while_growing
from tests.messaging.conftest import texts
from treatments.models import OutcomeRequest, OutcomeScore
from treatments.outcomes import answering, asking, scoring

__all__ = ["texts"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
SCORES, QUESTIONS = "/api/v1/me/outcomes/", "/api/v1/me/outcomes/questions/"
FOUR = {"answers": [{"measure": "nprs", "answers": [4]}]}


def asked(cast: Cast, patient=None, **fields) -> OutcomeRequest:
    given = {"patient": patient or cast.aroha, "measures": ["nprs"], "by": cast.practitioner, "now": timezone.now()}
    return asking.ask(**given | fields)


def scored(cast: Cast, patient=None, value: int = 6) -> OutcomeScore:
    return scoring.enter(
        patient=patient or cast.aroha, measure="nprs", answers=[value], taken_on=timezone.localdate(),
        by=cast.practitioner, now=timezone.now(),
    )  # fmt: skip


def listed(client, url: str) -> list[int]:
    return [row["id"] for row in client.get(url).json()["results"]]


def test_i_see_what_i_am_asked_and_answer_it_once_in_my_own_name(cast: Cast):
    question, client = asked(cast), api(cast.patient_user)
    [shown] = client.get(QUESTIONS).json()["results"]
    assert (shown["id"], [entry["measure"] for entry in shown["questions"]]) == (question.pk, ["nprs"])
    answer = client.post(f"{QUESTIONS}{question.pk}/answers/", FOUR)
    assert answer.status_code == 201
    [score] = answer.json()
    assert (score["score"], score["measure_name"], score["better"], score["request"]) == (
        "4.0", OutcomeScore(measure="nprs").get_measure_display(), "lower", question.pk,
    )  # fmt: skip
    assert (listed(client, QUESTIONS), listed(client, SCORES)) == ([], [score["id"]])
    again = client.post(f"{QUESTIONS}{question.pk}/answers/", FOUR)
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    assert Message.objects.get(subject_id=question.pk).reason == "answered"
    change = OutcomeRequest.pgh_event_model.objects.filter(pgh_obj_id=question.pk).latest("pgh_id")
    assert change.pgh_context.metadata["user"] == cast.patient_user.pk


def test_nobody_elses_questions_and_scores_are_mine(cast: Cast):
    stranger = make_patient(user=make_user("stranger", "Patient"))
    theirs, score, client = asked(cast, stranger), scored(cast, stranger), api(cast.patient_user)
    assert (listed(client, QUESTIONS), listed(client, SCORES)) == ([], [])
    refused = client.post(f"{QUESTIONS}{theirs.pk}/answers/", FOUR)
    missing = client.post(f"{QUESTIONS}999999/answers/", FOUR)
    assert (refused.status_code, refused.json()["code"], refused.json()["detail"]) == (
        404, missing.json()["code"], missing.json()["detail"],
    )  # fmt: skip
    assert (listed(api(stranger.user), QUESTIONS), listed(api(stranger.user), SCORES)) == ([theirs.pk], [score.pk])


def test_a_voided_score_is_none_of_mine(cast: Cast):
    kept, mistaken = scored(cast), scored(cast, value=9)
    scoring.void(score=mistaken, reason="Typed wrongly", by=cast.practitioner, now=timezone.now())
    assert listed(api(cast.patient_user), SCORES) == [kept.pk]


@pytest.mark.parametrize("changes", [{"expires": True}, {"withdrawn": True}, {"not_yet": True}])
def test_what_cannot_be_answered_is_not_put_to_me(cast: Cast, changes):
    question, now = asked(cast), timezone.now()
    stands = {
        "expires": {"due_at": now - timedelta(days=8), "expires_at": now - timedelta(days=1)},
        "withdrawn": {"withdrawn_at": now},
        "not_yet": {"due_at": now + timedelta(days=1)},
    }
    [name] = changes
    OutcomeRequest.objects.filter(pk=question.pk).update(**stands[name])
    client = api(cast.patient_user)
    assert listed(client, QUESTIONS) == []
    answer = client.post(f"{QUESTIONS}{question.pk}/answers/", FOUR)
    code = {"expires": (409, "link_expired"), "withdrawn": (409, "question_withdrawn"), "not_yet": (404, "not_found")}
    assert (answer.status_code, answer.json()["code"]) == code[name]
    assert OutcomeScore.objects.count() == 0


def test_half_an_answer_is_refused_and_writes_nothing(cast: Cast):
    question = asked(cast, measures=["nprs", "psfs"])
    answer = api(cast.patient_user).post(f"{QUESTIONS}{question.pk}/answers/", FOUR)
    assert (answer.status_code, answer.json()["code"], OutcomeScore.objects.count()) == (422, "answer_incomplete", 0)


def test_what_was_answered_by_the_link_is_answered_here_too(cast: Cast):
    question = asked(cast)
    token = answering.links.token_for(question)
    answering.answer(token=token, given={"nprs": answering.Answer(answers=[2])}, now=timezone.now())
    client = api(cast.patient_user)
    assert (listed(client, QUESTIONS), [row["score"] for row in client.get(SCORES).json()["results"]]) == ([], ["2.0"])


def test_my_own_looks_are_recorded_as_well(cast: Cast):
    score, question, client = scored(cast), asked(cast), api(cast.patient_user)
    client.get(SCORES)
    client.get(QUESTIONS)
    seen = AccessEvent.objects.filter(user=cast.patient_user).values_list("subject_kind", "subject_id")
    assert sorted(seen) == [("outcome_request", question.pk), ("outcome_score", score.pk)]


@pytest.mark.parametrize(("url", "make"), [(SCORES, scored), (QUESTIONS, asked)])
def test_my_lists_cost_the_same_whatever_they_hold(cast: Cast, url, make):
    client = api(cast.patient_user)
    counts = queries_while_growing(client, f"{url}?page_size=200", lambda number: make(cast))
    assert counts == [counts[0]] * 3
