"""What a patient answers to a question: once, all of it, and before it expires.

Through the link nobody is signed in: the rows carry no user, and `via` says how they came. Who is signed in as the
patient answers in their own name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pghistory

from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from messaging import planning
from messaging.reasons import Reason
from treatments.models import OutcomeRequest, OutcomeScore
from treatments.outcomes import links, scoring
from treatments.outcomes.asking import SUBJECT_KIND

VIA = "outcome_link"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answers to one measure. `labels` are the activities that the patient named, where none were asked about."""

    answers: Sequence[int | None]
    labels: Sequence[str] = field(default=())


def asked_about(*, token: str, now: datetime) -> OutcomeRequest:
    """The request of a link that is still good. Raises `NoSuchLink` (404) and 409 `already_answered`,
    `question_withdrawn`, `link_expired`."""
    request = OutcomeRequest.objects.select_related("patient").filter(pk=links.read(token)).first()
    return _still_open(request, now)


def answer(*, token: str, given: Mapping[str, Answer], now: datetime) -> list[OutcomeScore]:
    """Writes a score for each measure that was asked about. Raises also 422 `answer_incomplete`,
    `answers_make_no_score`, `labels_do_not_fit`."""
    request_id = links.read(token)
    with pghistory.context(via=VIA), acting(None, reason="answer"):
        return _written(request_id, given, now)


def answer_own(*, request: OutcomeRequest, given: Mapping[str, Answer], by: User, now: datetime) -> list[OutcomeScore]:
    """The same of somebody who is signed in as the patient who was asked; whose request it is, the door has seen to.
    Raises 409 and 422 as `answer`."""
    with acting(by, reason="answer"):
        return _written(request.pk, given, now)


def _written(request_id: int, given: Mapping[str, Answer], now: datetime) -> list[OutcomeScore]:
    rows = OutcomeRequest.objects.select_related("patient", "case").select_for_update(of=("self",))
    request = _still_open(rows.filter(pk=request_id).first(), now)
    if set(given) != set(request.measures):
        raise Refusal("answer_incomplete", "Please answer each of the questions.", field="answers")
    today = now.astimezone(Practice.objects.current().zone).date()
    scores = [
        scoring.taken_from(
            request,
            measure=measure,
            answers=given[measure].answers,
            labels=_labels(request, measure, given[measure]),
            taken_on=today,
        )
        for measure in request.measures
    ]
    request.answered_at = now
    request.save(update_fields=["answered_at", "updated_at"])
    planning.withdraw(subject_kind=SUBJECT_KIND, subject_ids=[request.pk], reason=Reason.ANSWERED, now=now)
    return scores


def _labels(request: OutcomeRequest, measure: str, given: Answer) -> Sequence[str]:
    """What was asked about is what was answered: names sent along do not replace it."""
    return request.activities if measure == "psfs" and request.activities else given.labels


def _still_open(request: OutcomeRequest | None, now: datetime) -> OutcomeRequest:
    if request is None:
        raise links.NoSuchLink
    if request.answered_at is not None:
        raise Conflict("already_answered", "You have answered already. Thank you, nothing else is needed.")
    if request.withdrawn_at is not None:
        raise Conflict("question_withdrawn", "We no longer need an answer to this. Thank you all the same.")
    if request.expires_at <= now:
        raise Conflict("link_expired", "This question is closed by now. Tell us at your next visit how you are.")
    return request
