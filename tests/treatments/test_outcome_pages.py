"""A patient's scores on the staff pages: looked at, entered by hand, asked for by link, voided."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.models import AccessEvent
from messaging.models import Message
from tests.cast import Cast, make_case, make_patient
from tests.pages import browser, told
from tests.treatments.course import session
from tests.visits import AUCKLAND
from treatments.examination import examining
from treatments.models import OutcomeRequest, OutcomeScore
from treatments.outcomes import answering, asking, links, scoring
from treatments.outcomes.answering import Answer

pytestmark = pytest.mark.django_db


def today() -> date:
    """On the wall of the practice."""
    return timezone.localdate(timezone=AUCKLAND)


def place(name: str, *args) -> str:
    return reverse(f"admin:treatments_outcomescore_{name}", args=args)


def entered(cast: Cast, answer: int, *, days_ago: int = 0, **fields) -> OutcomeScore:
    taken_on = today() - timedelta(days=days_ago)
    given = {"patient": cast.aroha, "measure": "nprs", "answers": [answer]} | fields
    return scoring.enter(taken_on=taken_on, by=cast.practitioner, now=timezone.now(), **given)


def test_the_page_shows_how_a_measure_went_and_whether_the_change_matters(cast: Cast):
    case = make_case(cast.aroha, opened_on=today() - timedelta(days=60))
    entered(cast, 7, days_ago=14, case=case)
    session(cast, timezone.now() - timedelta(days=7), case=case)
    entered(cast, 3, case=case)
    shown = browser(cast.practitioner).get(place("patient", cast.aroha.pk)).content.decode()
    told_here = [
        "Pain, 0 to 10",
        "Improved",
        "−4 since",
        "The least change that matters is 2.",
        'id="trend-nprs-title"',
    ]
    assert [words for words in told_here if words not in shown] == []
    assert AccessEvent.objects.filter(subject_kind="outcome_score", patient_id=cast.aroha.pk).count() == 2


def test_what_was_found_is_followed_beside_the_scores(cast: Cast):
    for days_ago, grade in ((14, "3"), (0, "5")):
        at = timezone.now() - timedelta(days=days_ago)
        examining.record(
            patient=cast.aroha, finding="hip_abduction_strength", side="right", value=Decimal(grade),
            by=cast.practitioner, now=at,
        )  # fmt: skip
    answer = browser(cast.practitioner).get(place("patient", cast.aroha.pk))
    [found] = answer.context["findings"]
    assert (found["name"], found["then"], found["now"], found["direction"]) == (
        "Hip abduction strength, right", "grade 3", "grade 5", "Better",
    )  # fmt: skip
    assert AccessEvent.objects.filter(subject_kind="examination", patient_id=cast.aroha.pk).count() == 2


def test_a_patient_without_scores_says_how_to_begin(cast: Cast):
    shown = browser(cast.practitioner).get(place("patient", cast.aroha.pk)).content.decode()
    assert "No score yet. Ask by link how they are, or enter what they filled in on paper." in shown


def test_several_charts_on_one_page_have_names_of_their_own(cast: Cast):
    entered(cast, 7)
    entered(cast, 0, measure="psfs", answers=[3, 4, 5], labels=["Stairs", "Sitting", "Running"])
    shown = browser(cast.practitioner).get(place("patient", cast.aroha.pk)).content.decode()
    assert [shown.count(f'id="trend-{code}-title"') for code in ("nprs", "psfs")] == [1, 1]


@pytest.mark.parametrize(
    ("code", "answers", "score"),
    [
        ("nprs", [6], "6.0"),
        ("lefs", [3] * 20, "60.0"),
        # One section left out: 16 of 45, after the rule of the ODI.
        ("odi", [2, 2, 2, 2, 2, 2, 2, 1, 1, None], "35.6"),
        ("mymop2", [4, None, 3, 2], "3.0"),
    ],
)
def test_a_score_is_entered_by_hand_as_its_form_was_answered(cast: Cast, code, answers, score):
    typed = {f"answer_{number}": "" if answer is None else answer for number, answer in enumerate(answers)}
    way = place("enter", cast.aroha.pk, code)
    answer = browser(cast.practitioner).post(way, {**typed, "taken_on": today(), "case": ""}, follow=True)
    row = OutcomeScore.objects.get()
    assert (str(row.score), row.answers, row.entered_by) == (score, answers, cast.practitioner)
    assert answer.redirect_chain[-1][0] == place("patient", cast.aroha.pk)


def test_activities_are_entered_with_their_names_and_offered_again_the_next_time(cast: Cast):
    client, way = browser(cast.practitioner), place("enter", cast.aroha.pk, "psfs")
    named = {
        "label_0": "Stairs",
        "answer_0": 3,
        "label_1": "Sitting",
        "answer_1": 4,
        "label_2": "Running",
        "answer_2": 5,
    }
    client.post(way, {**named, "taken_on": today()})
    row = OutcomeScore.objects.get()
    assert (row.labels, row.answers, str(row.score)) == (["Stairs", "Sitting", "Running"], [3, 4, 5], "4.0")
    assert client.get(way).context["form"].initial["label_1"] == "Sitting"


def test_answers_that_make_no_score_are_refused_in_words_with_all_that_was_typed(cast: Cast):
    client, day = browser(cast.practitioner), {"taken_on": today()}
    short = client.post(place("enter", cast.aroha.pk, "lefs"), {"answer_0": 3, **day})
    assert short.context["form"].non_field_errors() == [
        "Every question needs an answer: no rule for missing ones was found for this measure."
    ]
    assert short.context["form"]["answer_0"].value() == "3"
    unnamed = client.post(place("enter", cast.aroha.pk, "psfs"), {"answer_0": 3, "answer_1": 3, "answer_2": 3, **day})
    assert unnamed.context["form"].non_field_errors() == ["Name each activity that is scored."]
    beyond = client.post(place("enter", cast.aroha.pk, "nprs"), {"answer_0": 11, **day})
    assert "answer_0" in beyond.context["form"].errors
    late = {"answer_0": 3, "taken_on": today() + timedelta(days=1)}
    future = client.post(place("enter", cast.aroha.pk, "nprs"), late)
    assert future.context["form"].errors["taken_on"] == ["A score is entered when it has been taken."]
    assert OutcomeScore.objects.count() == 0


def test_a_score_for_another_patients_case_is_not_taken(cast: Cast):
    other = make_case(make_patient())
    shown = browser(cast.practitioner).post(
        place("enter", cast.aroha.pk, "nprs"), {"answer_0": 3, "taken_on": today(), "case": other.pk}
    )
    assert "case" in shown.context["form"].errors


def test_protected_wording_is_not_on_the_page_and_it_says_so(cast: Cast):
    shown = browser(cast.practitioner).get(place("enter", cast.aroha.pk, "odi")).content.decode()
    assert "The wording is protected and is not shown here" in shown


def test_a_mistaken_score_is_voided_with_a_reason_and_counts_no_more(cast: Cast):
    row, client = entered(cast, 9), browser(cast.practitioner)
    way = reverse("admin:treatments_outcomescore_act", args=[row.pk, "void"])
    client.post(way, {"reason": "Of somebody else"})
    row.refresh_from_db()
    assert (row.void_reason, row.voided_by) == ("Of somebody else", cast.practitioner)
    shown = client.get(place("patient", cast.aroha.pk)).content.decode()
    assert ("Does not count: Of somebody else" in shown, "None of these counts" in shown) == (True, True)
    assert "This score was voided already." in client.post(way, {"reason": "Again"}).content.decode()


def test_a_patient_is_asked_by_link_and_the_page_says_what_becomes_of_it(cast: Cast):
    client = browser(cast.practitioner)
    typed = {"measures": ["nprs"], "timing": "now", "appointment": "", "case": "", "activities": ""}
    answer = client.post(place("ask", cast.aroha.pk), typed, follow=True)
    asked = OutcomeRequest.objects.get()
    assert (asked.patient, asked.measures, asked.asked_by) == (cast.aroha, ["nprs"], cast.practitioner)
    assert Message.objects.filter(subject_kind="outcome_request", subject_id=asked.pk).count() == 1
    assert told(answer) == ["Asked. Below it says what becomes of it."]
    given = {"nprs": Answer(answers=[2])}
    answering.answer(token=links.token_for(asked), given=given, now=timezone.now())
    shown = client.get(reverse("admin:treatments_outcomerequest_change", args=[asked.pk])).content.decode()
    assert "Answered" in shown
    kinds = AccessEvent.objects.filter(user=cast.practitioner).values_list("subject_kind", flat=True)
    assert sorted(set(kinds)) == ["outcome_request", "outcome_score"]
    assert "The patient, by link" in client.get(place("patient", cast.aroha.pk)).content.decode()


def test_a_question_before_a_visit_needs_the_visit_and_a_few_activities_too_few_are_refused(cast: Cast):
    client = browser(cast.practitioner)
    without = client.post(place("ask", cast.aroha.pk), {"measures": ["nprs"], "timing": "before"})
    assert without.context["form"].errors["appointment"] == ["Before or after needs the visit; at once needs none."]
    few = client.post(place("ask", cast.aroha.pk), {"measures": ["psfs"], "timing": "now", "activities": "Stairs"})
    assert few.context["form"].errors["activities"] == ["Name three to five activities, or none."]
    protected = client.post(place("ask", cast.aroha.pk), {"measures": ["odi"], "timing": "now"})
    assert "measures" in protected.context["form"].errors
    assert OutcomeRequest.objects.count() == 0


def test_a_question_is_taken_back_once(cast: Cast):
    asked = asking.ask(patient=cast.aroha, measures=["nprs"], by=cast.practitioner, now=timezone.now())
    client = browser(cast.practitioner)
    way = reverse("admin:treatments_outcomerequest_act", args=[asked.pk, "withdraw"])
    assert told(client.post(way, follow=True))[0].startswith("Taken back.")
    assert told(client.post(way, follow=True))[0] == "This question was taken back already."


@pytest.mark.parametrize("role", ["desk", "billing"])
def test_scores_are_for_those_who_read_notes(cast: Cast, role):
    client, patient = browser(getattr(cast, role)), cast.aroha.pk
    ways = [place("patient", patient), place("ask", patient), place("enter", patient, "nprs")]
    assert [client.get(way).status_code for way in ways] == [403] * 3
    assert [client.post(way, {}).status_code for way in ways[1:]] == [403] * 2


def test_a_measure_or_a_patient_that_is_not_there_is_not_found(cast: Cast):
    client = browser(cast.practitioner)
    ways = [place("enter", cast.aroha.pk, "nothing"), place("patient", 987654), place("ask", 987654)]
    assert [client.get(way).status_code for way in ways] == [404] * 3


def test_the_page_of_many_scores_costs_the_queries_of_one_with_few(cast: Cast):
    client, counts, made = browser(cast.practitioner), [], 0
    case = make_case(cast.aroha)
    for size in (1, 10, 100):
        while made < size:
            made += 1
            entered(cast, made % 10, days_ago=made, case=case)
            asking.ask(patient=cast.aroha, measures=["nprs"], case=case, by=cast.practitioner, now=timezone.now())
        client.get(place("patient", cast.aroha.pk))
        with CaptureQueriesContext(connection) as captured:
            client.get(place("patient", cast.aroha.pk))
        counts.append(len(captured))
    assert counts == [counts[0]] * 3
