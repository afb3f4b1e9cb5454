"""A request to ACC on its page: begun on the case, completed, finished, answered."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import Case, PurchaseOrder
from tests.cast import make_case
from tests.pages import browser, fields_of, save, told
from tests.treatments.course import session
from tests.visits import AUCKLAND, nz
from treatments.models import TreatmentRequest


@pytest.fixture
def case(cast) -> Case:
    case = make_case(cast.aroha, title="Right gluteal pain", date_of_injury=date(2026, 9, 1))
    session(cast, nz("2026-11-02 10:00"), case=case)
    return case


def begin(cast, case: Case, **asked):
    place = reverse("admin:patients_case_act", args=[case.pk, "request-treatment"])
    asked = {"practitioner": cast.mere.pk, "sessions_requested": "6"} | asked
    return browser(cast.practitioner).post(place, asked, follow=True)


@pytest.fixture
def request_(cast, case) -> TreatmentRequest:
    begin(cast, case)
    return TreatmentRequest.objects.get()


def page_of(row: TreatmentRequest) -> str:
    return reverse("admin:treatments_treatmentrequest_change", args=[row.pk])


def act(row: TreatmentRequest, name: str) -> str:
    return reverse("admin:treatments_treatmentrequest_act", args=[row.pk, name])


def test_a_request_is_begun_on_the_page_of_an_acc_case_and_says_what_is_missing(cast, case):
    answer = begin(cast, case)
    assert told(answer) == ["The request is begun. What is still missing is listed on its page."]
    page = answer.content.decode()
    assert "Ask the patient whether this may be sent, and write down the day." in page
    assert "The diagnosis stays as ACC has it." in page


def test_the_one_who_treated_last_is_chosen_already(cast, case):
    place = reverse("admin:patients_case_act", args=[case.pk, "request-treatment"])
    page = browser(cast.practitioner).get(place).content.decode()
    assert f'<option value="{cast.mere.pk}" selected>' in page


@pytest.mark.parametrize("change", [{"kind": "private", "payer": None}, {"closed_on": date(2026, 11, 3)}])
def test_a_private_or_closed_case_offers_no_request(cast, case, change):
    Case.objects.filter(pk=case.pk).update(**change)
    page = browser(cast.practitioner).get(reverse("admin:patients_case_change", args=[case.pk])).content.decode()
    assert "Request more treatment" not in page


def test_the_desk_is_offered_no_request_and_sees_none(cast, case, request_):
    desk = browser(cast.desk)
    page = desk.get(reverse("admin:patients_case_change", args=[case.pk])).content.decode()
    assert "Request more treatment" not in page
    assert "Requests to ACC" not in page
    assert desk.get(page_of(request_)).status_code == 403
    assert desk.get(reverse("admin:treatments_treatmentrequest_changelist")).status_code == 403


def test_changes_are_written_a_line_each_and_stand_there_again(cast, request_):
    answer = save(
        browser(cast.practitioner),
        page_of(request_),
        "treatmentrequest_form",
        reasons=["more_treatment", "diagnosis"],
        diagnoses_to_add="S530. Iliofemoral sprain, right\nS572. Lumbar sprain\n",
        sides_to_change="N2152 right, both",
        lodgement_errors="Wrong region",
        supporting_information="Cannot climb stairs.",
    )
    assert answer.status_code == 302
    request_.refresh_from_db()
    assert request_.diagnoses_to_add == [
        {"system": "read2", "code": "S530.", "description": "Iliofemoral sprain", "side": "right"},
        {"system": "read2", "code": "S572.", "description": "Lumbar sprain", "side": "not_applicable"},
    ]
    assert request_.sides_to_change == [{"code": "N2152", "side_now": "right", "side": "both"}]
    standing = fields_of(browser(cast.practitioner).get(page_of(request_)), "treatmentrequest_form")
    assert standing["diagnoses_to_add"].strip().split("\n") == [
        "S530. Iliofemoral sprain, right",
        "S572. Lumbar sprain",
    ]
    assert standing["sides_to_change"].strip() == "N2152 right, both"
    page = browser(cast.practitioner).get(page_of(request_)).content.decode()
    assert "Not a standard request: notes and outcomes go with it." in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"diagnoses_to_add": "S530."}, "Write the code, then what it stands for: S530."),
        ({"diagnoses_to_add": "S530. Sprain, upper"}, "Write left, right, both or nothing after the comma"),
        ({"diagnoses_to_add": "S53 Sprain"}, "A Read code has five characters"),
        ({"sides_to_change": "N2152 right"}, "Write the code, the side now, a comma, and the right side"),
        ({"sides_to_change": "N2152 left, right"}, "The case has no N2152 of that side."),
        (
            {"lodgement_errors": "a\nb\nc\nd"},
            "The form has room for six diagnoses, six sides and three lodgement errors.",
        ),
    ],
)
def test_a_line_that_cannot_be_is_told_in_plain_words_and_stays_as_typed(cast, request_, typed, sentence):
    answer = save(browser(cast.practitioner), page_of(request_), "treatmentrequest_form", **typed)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert sentence in page
    (value,) = typed.values()
    assert value in page


def test_an_unfinished_request_is_told_what_is_missing_first(cast, request_):
    answer = browser(cast.practitioner).post(act(request_, "finish"), follow=True)
    assert told(answer) == ["Ask the patient whether this may be sent, and write down the day."]


def test_from_the_case_to_the_purchase_order(cast, case, request_):
    mere = browser(cast.practitioner)
    today = timezone.localdate(timezone=AUCKLAND)
    save(mere, page_of(request_), "treatmentrequest_form", patient_declared_on="2026-11-02")
    answer = mere.post(act(request_, "finish"), follow=True)
    assert told(answer)[-1:] == ["Finished. Make the PDF, send it to ACC, and take down the answer here."]
    assert "This request is finished, so it stays as it was sent." in answer.content.decode()
    assert "Waiting for ACC" in answer.content.decode()
    answered = mere.post(
        act(request_, "answer"),
        {"approved": "yes", "answered_on": today.isoformat(), "number": "PO778812", "sessions": "6"},
        follow=True,
    )
    assert told(answered)[-1:] == ["Taken down: 6 more sessions by purchase order PO778812."]
    assert PurchaseOrder.objects.get().case == case
    page = answered.content.decode()
    assert "Approved" in page
    assert "PO778812" in page


def test_a_declined_request_orders_nothing_though_the_form_proposed_sessions(cast, request_):
    mere = browser(cast.practitioner)
    save(mere, page_of(request_), "treatmentrequest_form", patient_declared_on="2026-11-02")
    mere.post(act(request_, "finish"))
    assert 'name="sessions" value="6"' in mere.get(act(request_, "answer")).content.decode()
    today = timezone.localdate(timezone=AUCKLAND).isoformat()
    answered = mere.post(
        act(request_, "answer"), {"approved": "no", "answered_on": today, "sessions": "6"}, follow=True
    )
    assert told(answered)[-1:] == ["Taken down: declined."]
    assert PurchaseOrder.objects.count() == 0


def test_the_paper_is_asked_for_on_the_page(cast, request_):
    mere = browser(cast.practitioner)
    save(mere, page_of(request_), "treatmentrequest_form", patient_declared_on="2026-11-02")
    mere.post(act(request_, "finish"))
    answer = mere.post(act(request_, "print"), follow=True)
    assert told(answer)[-1] == "The paper is being drawn. It appears under Papers below."
    assert "Request for further treatment RT-" in answer.content.decode()


def test_a_draft_is_thrown_away_and_the_case_may_have_another(cast, case, request_):
    answer = browser(cast.practitioner).post(act(request_, "discard"), {"sure": "yes"}, follow=True)
    assert told(answer) == ["The draft is thrown away."]
    assert told(begin(cast, case)) == ["The request is begun. What is still missing is listed on its page."]


def test_the_list_says_how_each_stands(cast, request_):
    page = browser(cast.practitioner).get(reverse("admin:treatments_treatmentrequest_changelist")).content.decode()
    assert request_.label in page
    assert "Draft" in page
