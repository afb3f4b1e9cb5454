from datetime import date

import pytest

from clinic import documents
from clinic.errors import Refusal
from clinic.models import Document
from patients.models import PurchaseOrder
from tests.cast import api, make_case
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
