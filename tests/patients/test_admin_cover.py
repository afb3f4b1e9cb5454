"""A case's cover, purchase orders and policy, by hand."""

from datetime import date

import pytest
from django.urls import reverse

from patients.models import Case, Payer
from tests.cast import make_case
from tests.pages import browser, save, told


def page_of(case: Case) -> str:
    return reverse("admin:patients_case_change", args=[case.pk])


def act_of(case: Case, name: str) -> str:
    return reverse("admin:patients_case_act", args=[case.pk, name])


def test_a_cover_decision_is_taken_down_on_the_page_of_the_case(cast):
    case, client = make_case(cast.aroha, cover_status="pending_accept"), browser(cast.desk)
    typed = {"status": "accept", "decided_on": "2026-10-05", "source": "letter", "note": "Letter of 5 October"}
    answer = client.post(act_of(case, "cover-decision"), typed, follow=True)
    assert told(answer) == ["Taken down. The cover of this case is: Accept."]
    case.refresh_from_db()
    assert (case.cover_status, case.cover_decided_on) == ("accept", date(2026, 10, 5))
    page = answer.content.decode()
    assert "Letter of 5 October" in page
    assert "Pending accept" in page


def test_a_decision_of_a_day_to_come_is_refused_beside_its_field(cast):
    case = make_case(cast.aroha)
    typed = {"status": "accept", "decided_on": "2126-10-05", "source": "letter"}
    page = browser(cast.desk).post(act_of(case, "cover-decision"), typed)
    assert page.context["form"].errors == {"decided_on": ["That day of the decision has not come yet."]}


def test_a_purchase_order_is_taken_down_and_corrected_on_the_page(cast):
    case, client = make_case(cast.aroha), browser(cast.desk)
    typed = {"number": "PO-7", "sessions": "6", "approved_on": "2026-10-20"}
    answer = client.post(act_of(case, "purchase-order"), typed, follow=True)
    assert told(answer) == ["Taken down: 6 more sessions by purchase order PO-7."]
    save(client, page_of(case), "case_form", **{"purchase_orders-0-sessions": "8"})
    order = case.purchase_orders.get()
    assert (order.number, order.sessions, order.valid_from) == ("PO-7", 8, date(2026, 10, 20))
    assert order.events.latest("pgh_id").pgh_context.metadata["user"] == cast.desk.pk


@pytest.mark.parametrize("name", ["cover-decision", "purchase-order"])
def test_a_private_case_offers_no_payers_decisions(cast, name):
    case = make_case(cast.aroha, kind="private")
    assert act_of(case, name) not in browser(cast.desk).get(page_of(case)).content.decode()


@pytest.mark.parametrize("name", ["cover-decision", "purchase-order"])
def test_those_who_do_not_keep_cases_take_nothing_down(cast, name):
    case = make_case(cast.aroha)
    assert browser(cast.billing).post(act_of(case, name), {}).status_code == 403


def test_a_policy_is_typed_on_an_insurers_case(cast):
    case = make_case(cast.aroha, kind="insurer", payer=cast.southern)
    employer = Payer.objects.create(name="Example Freight", kind="employer")
    save(
        browser(cast.desk),
        page_of(case),
        "case_form",
        policy_number="M-77",
        insured_relationship="spouse",
        approved_amount="600",
        approval_required="on",
        contribution_payer=str(employer.pk),
    )
    case.refresh_from_db()
    assert (case.policy_number, case.insured_relationship, str(case.approved_amount), case.approval_required) == (
        "M-77",
        "spouse",
        "600.00",
        True,
    )
    assert case.contribution_payer == employer


def test_a_claim_number_is_counted_without_its_spaces(cast):
    case = make_case(cast.aroha)
    save(browser(cast.desk), page_of(case), "case_form", claim_number="a 123 456 7890 ")
    case.refresh_from_db()
    assert case.claim_number == "A1234567890"
