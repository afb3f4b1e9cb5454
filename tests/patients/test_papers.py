from datetime import date

import pytest
from django.urls import reverse

from clinic import documents
from clinic.errors import Refusal
from clinic.models import Document
from patients.models import PurchaseOrder
from tests.cast import api, make_case
from tests.pages import browser, told
from tests.papers import text
from tests.visits import nz

NOW = nz("2026-11-20 12:00")


def test_the_desk_makes_one_from_the_record_and_a_private_case_has_none(cast):
    case = make_case(cast.aroha, employer="Pōneke Example Bakery", claim_number="AB12345")
    PurchaseOrder.objects.create(
        case=case, number="PO1", sessions=6, approved_on=date(2026, 11, 20), valid_from=date(2026, 11, 20)
    )
    document = documents.ask(kind="acc45_summary", subject=case.pk, by=cast.desk, now=NOW)
    documents.draw(document_id=document.pk, now=NOW)
    document.refresh_from_db()
    said = text(document.file.read())
    assert (document.state, document.patient_id) == (Document.State.READY, cast.aroha.pk)
    for part in (
        "Aroha Tāmati",
        "Pōneke Example Bakery",
        "N2152 Gluteal tendinitis Primary Right",
        "PO1 6 20 Nov 2026",
    ):
        assert part in said
    private = make_case(cast.aroha, kind="private")
    with pytest.raises(Refusal) as raised:
        documents.ask(kind="acc45_summary", subject=private.pk, by=cast.desk, now=NOW)
    assert (raised.value.code, raised.value.field) == ("not_an_acc_case", "subject")


def test_a_patient_asks_for_no_summary(cast):
    case = make_case(cast.aroha)
    response = api(cast.patient_user).post("/api/v1/documents/", {"kind": "acc45_summary", "subject": case.pk})
    assert (response.status_code, response.data["code"]) == (403, "permission_denied")


def test_the_summary_is_asked_for_on_the_page_of_an_acc_case_only(cast):
    case, private = make_case(cast.aroha), make_case(cast.aroha, kind="private")
    desk = browser(cast.desk)
    answer = desk.post(reverse("admin:patients_case_act", args=[case.pk, "print-summary"]), follow=True)
    assert told(answer) == ["The summary of the claim is being drawn. It appears under Papers below."]
    assert "Injury claim summary" in answer.content.decode()
    page = desk.get(reverse("admin:patients_case_change", args=[private.pk])).content.decode()
    assert "Make the claim summary" not in page
