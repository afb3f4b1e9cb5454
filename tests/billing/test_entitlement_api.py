"""What a case still covers, gathered from the book, the notes and the invoices, and asked over HTTP."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.entitlement import gathering
from billing.models import BilledPart, Invoice, InvoiceLine, Service
from clinic.models import AccessEvent
from patients import deciding
from patients.models import PurchaseOrder
from tests.cast import api, make_case, make_patient, make_practitioner, make_type
from tests.visits import AUCKLAND, make_visit, nz
from treatments.models import Treatment

FIRST = date(2026, 9, 14)
NOW = nz("2026-11-24 09:00")


@pytest.fixture
def case(cast):
    return make_case(cast.aroha)


def treat(cast, case, started_at: datetime, **fields) -> Treatment:
    return Treatment.objects.create(
        **{"patient": case.patient, "practitioner": cast.mere, "case": case, "started_at": started_at} | fields
    )


def course(cast, case, times: int) -> list[Treatment]:
    """Weekly from Monday 14 September 2026, at ten; day 84 is 6 December."""
    return [treat(cast, case, nz("2026-09-14 10:00") + timedelta(days=7 * n)) for n in range(times)]


def answer(case, on="2026-11-24", now=NOW, **more):
    return gathering.of_case(case, on=date.fromisoformat(on), now=now, **more)


def test_treatments_signed_or_not_and_sessions_elsewhere_are_used(cast, case):
    course(cast, case, 3)
    case.sessions_elsewhere, case.first_elsewhere_on = 2, date(2026, 9, 7)
    found = answer(case)
    assert (found.decision, found.approved, found.used, found.remaining, found.window_ends_on) == (
        "covered",
        12,
        5,
        7,
        date(2026, 11, 29),
    )


def test_a_late_evening_is_of_its_day_on_the_wall(cast, case):
    """20 September 12:30 UTC is half past midnight of the 21st in Wellington, a week before the clocks change."""
    treat(cast, case, datetime.fromisoformat("2026-09-20T12:30:00+00:00"))
    assert answer(case).window_ends_on == date(2026, 9, 21) + timedelta(days=83)
    assert (answer(case, on="2026-09-20").used, answer(case, on="2026-09-21").used) == (0, 1)


@pytest.mark.parametrize(
    ("status", "starts_at", "used", "booked"),
    [
        ("completed", "2026-11-20 10:00", 1, 0),
        ("in_treatment", "2026-11-24 08:30", 1, 0),
        ("arrived", "2026-11-24 08:50", 0, 1),
        ("booked", "2026-11-24 15:00", 0, 1),
        ("pending", "2026-12-01 15:00", 0, 1),
        ("booked", "2026-11-23 15:00", 0, 0),
        ("missed", "2026-11-20 10:00", 0, 0),
        ("cancelled", "2026-12-01 10:00", 0, 0),
    ],
)
def test_a_visit_without_a_note_is_used_when_it_was_held_and_booked_when_it_is_to_come(
    cast, case, status, starts_at, used, booked
):
    make_visit(cast, nz(starts_at), case=case, status=status, cancel_reason="patient" if status == "cancelled" else "")
    found = answer(case)
    assert (found.used, found.booked) == (used, booked)


def test_a_visit_with_its_note_counts_once(cast, case):
    visit = make_visit(cast, nz("2026-11-20 10:00"), case=case, status="completed")
    treat(cast, case, visit.starts_at, appointment=visit)
    assert answer(case).used == 1


def test_a_complimentary_visit_is_nobodys_to_pay(cast, case):
    free = make_type("First talk", complimentary=True, price=0)
    held = make_visit(cast, nz("2026-11-20 10:00"), case=case, status="completed", appointment_type=free)
    make_visit(cast, nz("2026-12-01 10:00"), case=case, appointment_type=free)
    treat(cast, case, held.starts_at, appointment=held)
    found = answer(case)
    assert (found.used, found.booked, found.window_ends_on) == (0, 0, None)


def test_other_cases_of_the_patient_and_other_patients_are_not_counted(cast, case):
    course(cast, make_case(cast.aroha, title="Wrist"), 12)
    course(cast, make_case(make_patient()), 12)
    assert answer(case).used == 0


def test_a_purchase_order_carries_on(cast, case):
    course(cast, case, 12)
    assert answer(case, on="2026-12-08").decision == "not_covered"
    PurchaseOrder.objects.create(
        case=case,
        number="PO-9",
        sessions=6,
        approved_on=date(2026, 12, 1),
        valid_from=date(2026, 12, 1),
        expires_on=date(2027, 2, 28),
    )
    found = answer(case, on="2026-12-08")
    assert (found.decision, found.approved, found.remaining, found.window_ends_on, found.request) == (
        "covered",
        18,
        6,
        date(2027, 2, 28),
        "non_standard",
    )


def test_on_a_past_day_the_status_known_then_decides_and_from_today_on_the_present_one(cast):
    case = make_case(cast.aroha, cover_status="held", opened_on=date(2026, 10, 1))
    deciding.take_down(case=case, status="accept", by=cast.desk, now=nz("2026-11-10 17:00"))
    case.refresh_from_db()
    days = ["2026-09-30", "2026-11-09", "2026-11-10", "2026-11-24", "2026-12-01"]
    assert [answer(case, on=on).check("cover_accepted").passed for on in days] == [None, None, True, True, True]
    deciding.take_down(case=case, status="decline", by=cast.desk, now=nz("2026-11-20 17:00"))
    case.refresh_from_db()
    assert [answer(case, on=on).check("cover_accepted").passed for on in days] == [None, None, True, False, False]


@pytest.mark.parametrize(
    ("visits", "passed"),
    [
        ([("2026-11-24 15:00", "wei")], False),
        ([("2026-11-24 15:00", "mere"), ("2026-12-01 15:00", "wei")], True),
        ([("2026-12-01 15:00", "wei")], False),
        ([], None),
    ],
)
def test_the_certificate_is_of_whoever_treats_that_day_or_next_or_of_all_who_might(cast, case, visits, passed):
    cast.wei.practising_certificate_expires_on = date(2026, 3, 31)
    cast.wei.save()
    for starts_at, who in visits:
        make_visit(cast, nz(starts_at), case=case, practitioner=getattr(cast, who))
    assert answer(case).check("practitioner_certified").passed is passed
    assert answer(case, practitioner=cast.mere).check("practitioner_certified").passed is True


def test_who_left_the_clinic_is_not_asked_for_a_certificate(cast, case):
    make_practitioner("Gone Away", archived_at=timezone.now(), practising_certificate_expires_on=date(2020, 1, 1))
    assert answer(case).check("practitioner_certified").passed is True


def bill(cast, treatment: Treatment, *, status: str, amount="60.00") -> InvoiceLine:
    case = treatment.case
    service, _ = Service.objects.get_or_create(code="ACU", name="Acupuncture")
    invoice = Invoice.objects.create(patient=case.patient, case=case, payer=case.payer)
    line = InvoiceLine.objects.create(
        invoice=invoice,
        position=1,
        treatment=treatment,
        service=service,
        share="payer",
        service_on=FIRST,
        description="Acupuncture",
        amount_excl=amount,
        gst="9.00",
    )
    BilledPart.objects.create(line=line, treatment=treatment, share="payer", service=service)
    if status == "issued":
        Invoice.objects.filter(pk=invoice.pk).update(
            status="issued",
            number=invoice.pk,
            issued_at=NOW,
            issued_on=NOW.date(),
            issued_by=cast.owner,
            content_hash="a" * 64,
            previous_hash="0" * 64,
        )
    return line


@pytest.mark.parametrize(("status", "waits"), [("draft", True), ("issued", False)])
def test_a_session_waits_until_its_invoice_is_issued(cast, case, status, waits):
    bill(cast, course(cast, case, 1)[0], status=status)
    check = answer(case, on="2027-09-15").check("invoice_within_12_months")
    assert check.passed is not waits
    assert answer(case, on="2027-09-14").check("invoice_within_12_months").passed is True


def test_an_insurers_amount_counts_drafts_and_only_its_own_lines(cast):
    case = make_case(
        cast.aroha, kind="insurer", payer=cast.southern, approved_amount=Decimal("100.00"), date_of_injury=None
    )
    first, second = course(cast, case, 2)
    bill(cast, first, status="issued")
    assert (answer(case).decision, str(answer(case).amount_left)) == ("covered", "40.00")
    bill(cast, second, status="draft")
    assert (answer(case).decision, str(answer(case).amount_left)) == ("not_covered", "0.00")


def test_many_cases_cost_the_same_queries_as_one(cast):
    cases, counts = [], []
    for size in (1, 10, 100):
        while len(cases) < size:
            case = make_case(make_patient(), sessions_elsewhere=1)
            treat(cast, case, nz("2026-10-01 10:00"))
            make_visit(cast, nz("2026-12-01 10:00"), case=case)
            cases.append(case)
        with CaptureQueriesContext(connection) as captured:
            found = gathering.of_cases(cases, on=date(2026, 11, 23), now=NOW)
        assert [found[case.pk].used for case in cases] == [2] * size
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts


def place(case, query="") -> str:
    return f"/api/v1/cases/{case.pk}/entitlement/{query}"


def test_over_http_each_check_has_its_answer_its_sentence_and_its_source(cast):
    today = timezone.localdate(timezone=AUCKLAND)
    case = make_case(cast.aroha, date_of_injury=today - timedelta(days=30), opened_on=today)
    for days in range(10, 0, -1):
        treat(cast, case, timezone.now() - timedelta(days=days))
    found = api(cast.desk).get(place(case)).json()
    assert [check["code"] for check in found["checks"]] == [
        "case_is_acc",
        "claim_number",
        "date_of_injury",
        "diagnosis_code",
        "cover_accepted",
        "injury_within_12_months",
        "sessions_remaining",
        "within_treatment_window",
        "practitioner_certified",
        "invoice_within_12_months",
    ]
    assert all(check["passed"] and check["detail"] and check["source"] for check in found["checks"])
    assert {name: found[name] for name in ("case", "on", "decision", "payer", "approved", "used", "remaining")} == {
        "case": case.pk,
        "on": today.isoformat(),
        "decision": "covered",
        "payer": "ACC",
        "approved": 12,
        "used": 10,
        "remaining": 2,
    }
    assert found["next_step"].startswith("Two left: prepare the request for more treatment.")
    assert [warning["code"] for warning in found["warnings"]] == ["only_gradual_process_codes"]


def test_over_http_a_day_and_a_practitioner_can_be_named(cast, case):
    cast.wei.practising_certificate_expires_on = date(2026, 3, 31)
    cast.wei.save()
    found = api(cast.desk).get(place(case, f"?on=2026-10-05&practitioner={cast.wei.pk}")).json()
    assert (found["on"], found["decision"]) == ("2026-10-05", "not_covered")


@pytest.mark.parametrize("query", ["?on=tomorrow", "?on=0001-01-01", "?when=2026-01-01", "?practitioner=0"])
def test_a_question_that_makes_no_sense_is_refused(cast, case, query):
    assert api(cast.desk).get(place(case, query)).status_code == 400


def test_a_patient_asks_about_her_own_case_only_and_each_answer_is_on_record(cast, case):
    strangers = make_case(make_patient())
    patient = api(cast.patient_user)
    assert [patient.get(place(row)).status_code for row in (case, strangers)] == [200, 404]
    assert list(AccessEvent.objects.values_list("user", "subject_kind", "subject_id")) == [
        (cast.patient_user.pk, "case", case.pk)
    ]
