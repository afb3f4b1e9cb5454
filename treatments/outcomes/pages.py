"""The page behind the link in a question to a patient."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.pages import PublicPage
from treatments.models import OutcomeRequest
from treatments.outcomes import answering
from treatments.outcomes.answering import Answer
from treatments.outcomes.measures import MEASURES
from treatments.outcomes.questions import QUESTIONS


class OutcomePage(PublicPage):
    """GET shows the questions; POST answers them all at once, and shows them again with a sentence where it cannot."""

    template = "treatments/outcome.html"
    heading = "How are you?"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            asked = answering.asked_about(token=token, now=timezone.now())
        except Refusal as refusal:
            return self._closed(refusal)
        return self._questions(asked, {})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        now = timezone.now()
        try:
            asked = answering.asked_about(token=token, now=now)
        except Refusal as refusal:
            return self._closed(refusal)
        try:
            answering.answer(token=token, given=_given(asked, request.POST), now=now)
        except Conflict as conflict:
            return self._closed(conflict)
        except Refusal as refusal:
            return self._questions(asked, request.POST, complaint=refusal.detail, status=refusal.status)
        return redirect("outcome-page", token=token)

    def _closed(self, refusal: Refusal) -> HttpResponse:
        """Having answered is nothing to be sorry for."""
        if refusal.code == "already_answered":
            return self.page({"sentence": refusal.detail, "mood": "confirmed"})
        return self.sorry(refusal.detail, status=refusal.status)

    def _questions(
        self, asked: OutcomeRequest, typed: Mapping[str, str], *, complaint: str = "", status: int = 200
    ) -> HttpResponse:
        patient = asked.patient
        context = {
            "first_name": patient.preferred_name or patient.first_name,
            "questions": [_question(asked, code, typed) for code in asked.measures],
            "complaint": complaint,
        }
        return self.page(context, status=status)


def _question(asked: OutcomeRequest, code: str, typed: Mapping[str, str]) -> dict[str, Any]:
    question, measure = QUESTIONS[code], MEASURES[code]
    return {
        "title": question.title,
        "text": question.text,
        "names": question.names,
        "is_named_here": _is_named_here(asked, code),
        "least": measure.items[0],
        "low": measure.low,
        "high": measure.high,
        "low_means": question.low,
        "high_means": question.high,
        "values": [str(value) for value in range(measure.low, measure.high + 1)],
        "items": list(_items(asked, code, typed)),
    }


def _is_named_here(asked: OutcomeRequest, code: str) -> bool:
    return bool(QUESTIONS[code].names) and not asked.activities


def _items(asked: OutcomeRequest, code: str, typed: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """A row of the page for each answer: its field names, and what was typed where it comes back."""
    named_here = _is_named_here(asked, code)
    activities = asked.activities if QUESTIONS[code].names else []
    for index in range(len(activities) or MEASURES[code].items[1]):
        name, label_name = f"{code}_{index}", f"{code}_{index}_name"
        yield {
            "name": name,
            "value": typed.get(name, ""),
            "label_name": label_name,
            "label": typed.get(label_name, "") if named_here else "".join(activities[index : index + 1]),
            "is_needed": not named_here,
        }


def _given(asked: OutcomeRequest, typed: Mapping[str, str]) -> dict[str, Answer]:
    """What the form says. A row without a name, where names are asked, was left out; one without a mark is refused
    with the rest of the question. Raises 422 `answer_incomplete`."""
    given = {}
    for code in asked.measures:
        named_here = _is_named_here(asked, code)
        rows = [row for row in _items(asked, code, typed) if row["value"] or row["label"].strip() or not named_here]
        if not all(_is_number(row["value"]) for row in rows):
            raise Refusal("answer_incomplete", "Something is still missing: choose a number in each row.")
        if named_here and not all(row["label"].strip() for row in rows):
            raise Refusal("answer_incomplete", "A row has a number and no name: say what it is about.")
        labels = [row["label"].strip()[:80] for row in rows] if named_here else []
        given[code] = Answer(answers=[int(row["value"]) for row in rows], labels=labels)
    return given


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3


urlpatterns = [path("o/<str:token>/", OutcomePage.as_view(), name="outcome-page")]
