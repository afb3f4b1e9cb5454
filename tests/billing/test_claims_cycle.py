"""From the visit to the reconciled remittance with one declined line, over HTTP, by those who do it in a clinic."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing.claiming import delivering
from billing.models import Claim
from tests.billing.claims import acupuncture
from tests.cast import Cast, api, make_case, make_patient, make_type
from tests.visits import AUCKLAND, make_visit

pytestmark = pytest.mark.django_db
API = "/api/v1/"


class Person:
    """Somebody at the API, who expects what is asked to work."""

    def __init__(self, user) -> None:
        self.http = api(user)

    def get(self, path: str, **query) -> Any:
        answer = self.http.get(API + path, query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str, status: int = 200, **body) -> Any:
        answer = self.http.post(API + path, body, format="json")
        assert answer.status_code == status, answer.content
        return answer.json()


@pytest.fixture
def billing(cast: Cast) -> Person:
    return Person(cast.billing)


def treated(cast: Cast, case, days_ago: int) -> int:
    """A visit that was held, charted and signed over HTTP."""
    begins = (timezone.now() - timedelta(days=days_ago)).replace(microsecond=0)
    visit = make_visit(cast, begins, patient=case.patient, case=case, status="in_treatment")
    practitioner = Person(cast.practitioner)
    note = practitioner.post(
        "treatments/", 201, appointment=visit.pk, patient=case.patient.pk, practitioner=cast.mere.pk, case=case.pk,
        started_at=begins.isoformat(), complaint="Hip", face_to_face_minutes=25,
    )  # fmt: skip
    return practitioner.post(f"treatments/{note['id']}/sign/")["id"]


def test_a_visit_is_claimed_answered_paid_and_its_declined_line_decided(cast: Cast, billing: Person):
    make_type()
    acupuncture(cast.acc, surcharge="25.00")
    injured_on = timezone.localdate(timezone.now(), AUCKLAND) - timedelta(days=40)
    mine = make_case(cast.aroha, date_of_injury=injured_on, opened_on=injured_on)
    theirs = make_case(make_patient(last_name="Faleolo"), date_of_injury=injured_on, opened_on=injured_on)
    first, second, third = treated(cast, mine, 14), treated(cast, mine, 7), treated(cast, theirs, 7)
    today = timezone.localdate(timezone.now(), AUCKLAND)

    # What can be claimed, and the batch of it.
    desk = billing.get("claims/candidates/", payer=cast.acc.pk)
    assert [row["treatment"] for row in desk["ready"]] == [first, second, third]
    assert (desk["ready_total"], desk["not_ready"]) == ("270.00", [])
    claim = billing.post(
        "claims/", 201, payer=cast.acc.pk, treatments=[row["treatment"] for row in desk["ready"]], note="November"
    )
    assert billing.get("claims/candidates/", payer=cast.acc.pk)["by_reason"] == [
        {"code": "already_claimed", "count": 3}
    ]
    claim = billing.post(f"claims/{claim['id']}/submit/")
    assert (claim["label"], claim["status"], claim["claimed"]) == ("CLM-000001", "submitted", "270.00")
    delivering.deliver(claim_id=claim["id"], clock=timezone.now)
    assert billing.get(f"claims/{claim['id']}/")["delivery"] == "sent"

    # What came back: accepted, then two paid and one declined.
    rows = [{"line_number": number, "status": "accepted"} for number in (1, 2, 3)]
    billing.post(f"claims/{claim['id']}/remittance/", 201, rows=rows)
    assert billing.get(f"claims/{claim['id']}/")["status"] == "acknowledged"
    payment = {"payment_reference": "ACC-778", "paid_on": str(today)}
    csv = (
        "Schedule,Line ID,Payment status,Amount awarded,Reason code,Reason,Payment reference,Payment date\r\n"
        f"{claim['label']},1,Paid,90.00,,,ACC-778,{today}\r\n"
        f"{claim['label']},2,Declined,0.00,D12,Not covered for this injury,ACC-778,{today}\r\n"
        f"{claim['label']},3,Paid,90.00,,,ACC-778,{today}\r\n"
    )
    [taken] = billing.post("remittances/", 201, payer=cast.acc.pk, csv=csv)["remittances"]
    assert (taken["amount"], taken["payment_reference"], taken["unknown_count"]) == ("180.00", "ACC-778", 0)
    paid = billing.get(f"payments/{taken['payment']}/")
    assert (paid["method"], paid["payer"], paid["remaining"]) == ("insurer", cast.acc.pk, "0.00")

    # Taken in a second time nothing happens twice.
    row = {"line_number": 1, "status": "paid", "awarded": "90.00"} | payment
    [again] = billing.post(f"claims/{claim['id']}/remittance/", 201, rows=[row])["remittances"]
    assert (again["payment"], [row["outcome"] for row in again["rows"]]) == (None, ["duplicate"])
    assert billing.get("payments/")["count"] == 1

    # The declined line is owed by ACC until somebody decides.
    claim = billing.get(f"claims/{claim['id']}/")
    assert (claim["status"], claim["awarded"], claim["undecided_count"]) == ("acknowledged", "180.00", 1)
    [declined] = billing.get("claim-lines/", state="declined", patient=cast.aroha.pk)["results"]
    assert (declined["treatment"], declined["reason_code"]) == (second, "D12")
    assert [row["state"] for row in declined["history"]] == ["selected", "submitted", "accepted", "declined"]
    assert billing.get(f"invoices/{declined['invoice']}/")["balance"] == "90.00"
    declined = billing.post(f"claim-lines/{declined['id']}/bill-to-patient/", reason="ACC does not cover it")
    assert declined["resolution"] == "billed_to_patient"
    assert billing.get(f"claims/{claim['id']}/")["status"] == "settled"
    assert billing.get(f"invoices/{declined['invoice']}/")["balance"] == "0.00"
    [own] = [row for row in billing.get("invoices/", patient=cast.aroha.pk)["results"] if row["payer"] is None]
    assert (own["status"], own["total"], own["lines"][0]["description"]) == (
        "draft",
        "90.00",
        "Acupuncture, not paid by ACC",
    )
    own = billing.post(f"invoices/{own['id']}/issue/")
    assert own["balance"] == "90.00"
    assert Claim.objects.count() == 1
