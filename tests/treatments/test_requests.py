from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic import chain, documents
from clinic.errors import Conflict, NotAllowed, Refusal, refusal_for
from clinic.models import AccessEvent, Document
from patients.models import Case, PurchaseOrder
from tests.cast import Cast, api, make_case, make_patient
from tests.counting import queries_while_growing
from tests.papers import text
from tests.treatments.course import session
from tests.visits import nz
from treatments import signing
from treatments.models import RequestAnswer, TreatmentRequest
from treatments.outcomes import scoring
from treatments.requests import requesting

NOW = nz("2026-11-20 12:00")
TODAY = date(2026, 11, 20)
DOOR = "/api/v1/treatment-requests/"
ADDED = {"system": "read2", "code": "S530.", "description": "Iliofemoral sprain", "side": "right"}


@pytest.fixture
def case(cast) -> Case:
    return make_case(cast.aroha, title="Right gluteal pain")


def draft(cast: Cast, case: Case, **fields) -> TreatmentRequest:
    given = {"practitioner": cast.mere, "sessions_requested": 6, "patient_declared_on": TODAY} | fields
    return requesting.draft(case=case, by=cast.practitioner, now=NOW, **given)


def finish(cast: Cast, request: TreatmentRequest, now=NOW) -> TreatmentRequest:
    return requesting.finish(request=request, by=cast.practitioner, now=now)


def answer(cast: Cast, request: TreatmentRequest, **given) -> RequestAnswer:
    values = {"approved": True, "answered_on": TODAY, "number": "PO778812", "sessions": 6} | given
    return requesting.take_down_answer(request=request, by=cast.practitioner, now=NOW, **values)


def score(cast: Cast, case: Case, on: str, pain: int) -> None:
    scoring.enter(
        patient=case.patient, measure="nprs", answers=[pain], taken_on=date.fromisoformat(on), case=case,
        by=cast.practitioner, now=NOW,
    )  # fmt: skip


def refused(act, *arguments, **named) -> tuple[type, str, str | None]:
    with pytest.raises(Refusal) as raised:
        act(*arguments, **named)
    return type(raised.value), raised.value.code, raised.value.field


def missing(request: TreatmentRequest) -> list[str]:
    return [one.code for one in requesting.readiness(request=request, now=NOW).missing]


def test_a_standard_request_goes_without_notes_and_outcomes(cast, case):
    session(cast, nz("2026-11-02 10:00"), case=case)
    score(cast, case, "2026-11-02", 7)
    request = finish(cast, draft(cast, case))
    assert (request.status, request.standard, request.finished_by) == ("finished", True, cast.practitioner)
    assert (request.content["outcomes"], request.content["notes"]) == (None, None)
    assert request.content_hash == chain.link(request.content, previous=chain.BEGINNING)


def test_any_other_goes_with_every_signed_note_and_each_measure_of_its_case(cast, case):
    other = make_case(cast.aroha, title="Neck")
    first = session(cast, nz("2026-11-02 10:00"), case=case)
    second = session(cast, nz("2026-11-09 10:00"), case=case)
    session(cast, nz("2026-11-10 10:00"), case=case, sign=False)
    session(cast, nz("2026-11-11 10:00"), case=other)
    signing.amend(treatment=first, reason="Side", text="It was the right.", by=cast.practitioner, now=NOW)
    for on, pain in (("2026-11-02", 7), ("2026-11-09", 4)):
        score(cast, case, on, pain)
    score(cast, other, "2026-11-11", 9)
    finish(cast, draft(cast, case))
    request = finish(cast, draft(cast, case, supporting_information="Still cannot climb stairs."))
    assert request.standard is False
    assert [(note["number"], len(note["amendments"])) for note in request.content["notes"]] == [
        (f"N-{first.pk:06d}", 1),
        (f"N-{second.pk:06d}", 0),
    ]
    assert [(row["measure"], [one["score"] for one in row["scores"]]) for row in request.content["outcomes"]] == [
        ("nprs", ["7.0", "4.0"])
    ]
    assert (request.content["sessions_given"], request.content["first_session_on"]) == (2, "2026-11-02")


def test_a_second_request_is_no_standard_one_and_neither_is_that_of_another_case_of_the_claim(cast, case):
    finish(cast, draft(cast, case))
    again = draft(cast, case)
    assert [c.code for c in requesting.readiness(request=again, now=NOW).checks if not c.passed] == ["first_request"]


def test_a_request_for_a_change_of_diagnosis_is_no_earlier_request_for_treatment(cast, case, settings):
    settings.ACC_STANDARD_READ_CODES = ["S530."]
    finish(cast, draft(cast, case, reasons=["diagnosis"], sessions_requested=None, diagnoses_to_add=[ADDED]))
    assert requesting.readiness(request=draft(cast, case), now=NOW).standard


def test_a_change_on_the_clinics_copy_of_the_list_is_standard_and_another_is_not(cast, case, settings):
    settings.ACC_STANDARD_READ_CODES = ["S530."]
    fields = {"reasons": ["more_treatment", "diagnosis"], "diagnoses_to_add": [ADDED]}
    request = draft(cast, case, **fields)
    assert requesting.readiness(request=request, now=NOW).standard
    snomed = {**ADDED, "system": "snomed", "code": "239735007"}
    requesting.revise(request=request, diagnoses_to_add=[ADDED, snomed], by=cast.practitioner, now=NOW)
    assert not requesting.readiness(request=TreatmentRequest.objects.get(), now=NOW).standard


def test_what_is_missing_is_listed_in_plain_words(cast):
    bare = make_case(cast.aroha, claim_number="", diagnoses=[], date_of_injury=date(2025, 1, 1))
    cast.mere.acc_provider_id = ""
    cast.mere.save()
    request = draft(
        cast, bare, reasons=["more_treatment", "diagnosis"], sessions_requested=None, patient_declared_on=None
    )
    assert missing(request) == [
        "claim_number_missing",
        "diagnosis_missing",
        "provider_id_missing",
        "sessions_missing",
        "changes_missing",
        "supporting_information_missing",
        "notes_missing",
        "outcomes_missing",
        "patient_declaration_missing",
    ]


def test_changes_without_their_reason_and_a_day_to_come_are_missing_something(cast, case):
    request = draft(cast, case, lodgement_errors=["Wrong region"], patient_declared_on=TODAY + timedelta(days=1))
    assert missing(request)[0] == "reason_missing"
    assert missing(request)[-1] == "declared_in_future"


def test_an_unfinished_request_is_refused_with_all_that_is_missing(cast, case):
    request = draft(cast, case, sessions_requested=None, patient_declared_on=None)
    with pytest.raises(Refusal) as raised:
        finish(cast, request)
    assert (raised.value.code, raised.value.field) == ("sessions_missing", "sessions_requested")
    assert [row["code"] for row in raised.value.extra["missing"]] == [
        "sessions_missing",
        "patient_declaration_missing",
    ]


def test_nobody_finishes_the_request_of_another(cast, case):
    request = draft(cast, case)
    with pytest.raises(NotAllowed) as raised:
        requesting.finish(request=request, by=cast.practitioner2, now=NOW)
    assert raised.value.code == "not_your_request"


def test_acc_is_not_asked_about_a_private_case(cast):
    assert refused(draft, cast, make_case(cast.aroha, kind="private")) == (Refusal, "not_an_acc_case", "case")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"diagnoses_to_add": [{**ADDED, "code": "S53"}]}, "read_code_malformed", "diagnoses_to_add"),
        (
            {"sides_to_change": [{"code": "N2152", "side_now": "left", "side": "right"}]},
            "diagnosis_not_on_case",
            "sides_to_change",
        ),
        (
            {"sides_to_change": [{"code": "N2152", "side_now": "right", "side": "right"}]},
            "side_unchanged",
            "sides_to_change",
        ),
    ],
)
def test_a_change_that_cannot_be_is_refused(cast, case, change, code, field):
    assert refused(draft, cast, case, **change) == (Refusal, code, field)
    request = draft(cast, case)
    assert refused(requesting.revise, request=request, by=cast.practitioner, now=NOW, **change) == (
        Refusal,
        code,
        field,
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"diagnoses_to_add": [{**ADDED, "code": f"S53{n}."} for n in range(7)]}, "too_many_changes"),
        ({"lodgement_errors": ["One", "Two", "Three", "Four"]}, "too_many_changes"),
        ({"sessions_requested": 0}, "sessions_missing"),
        ({"reasons": ["money"]}, "reasons_missing"),
    ],
)
def test_the_database_refuses_what_the_form_has_no_room_for(cast, case, change, code):
    request = draft(cast, case)
    for name, value in change.items():
        setattr(request, name, value)
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        request.save()
    assert refusal_for(raised.value).code == code


def test_a_case_has_one_draft_at_a_time(cast, case):
    draft(cast, case)
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        draft(cast, case)
    assert refusal_for(raised.value).code == "request_begun"


def test_a_finished_request_is_incomplete_without_what_it_said(cast, case):
    request = draft(cast, case)
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        TreatmentRequest.objects.filter(pk=request.pk).update(status="finished")
    assert refusal_for(raised.value).code == "request_incomplete"


@pytest.mark.parametrize("statement", ["UPDATE {} SET sessions_requested = 99", "DELETE FROM {}"])
def test_a_finished_request_can_neither_change_nor_go_by_raw_sql(cast, case, statement):
    finish(cast, draft(cast, case))
    with pytest.raises(IntegrityError) as raised, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("treatments_treatmentrequest"))
    assert refusal_for(raised.value).code == "request_finished"


def test_a_finished_request_is_neither_revised_nor_discarded_nor_finished_again(cast, case):
    request = finish(cast, draft(cast, case))
    for act, named in (
        (requesting.revise, {"sessions_requested": 9}),
        (requesting.discard, {}),
        (requesting.finish, {}),
    ):
        assert refused(act, request=request, by=cast.practitioner, now=NOW, **named) == (
            Conflict,
            "request_finished",
            None,
        )


def test_an_approval_becomes_a_purchase_order_of_the_case(cast, case):
    given = answer(cast, finish(cast, draft(cast, case)), expires_on=date(2027, 2, 12), note="By phone")
    order = PurchaseOrder.objects.get()
    assert given.purchase_order == order
    assert (order.case, order.number, order.sessions, order.approved_on, order.valid_from, order.expires_on) == (
        case,
        "PO778812",
        6,
        TODAY,
        TODAY,
        date(2027, 2, 12),
    )


def test_a_review_is_the_next_answer_and_the_last_one_holds(cast, case):
    request = finish(cast, draft(cast, case))
    answer(cast, request, approved=False, number="", sessions=None, note="No link to the injury")
    assert TreatmentRequest.objects.with_answer().get().approved is False
    answer(cast, request)
    assert TreatmentRequest.objects.with_answer().get().approved is True
    assert [str(row) for row in request.answers.all()] == ["Declined", "Approved"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"number": ""}, "purchase_order_missing"),
        ({"sessions": None}, "purchase_order_missing"),
        ({"approved": False}, "declined_with_order"),
        ({"answered_on": TODAY + timedelta(days=1)}, "answered_in_future"),
        ({"answered_on": TODAY - timedelta(days=1)}, "answered_before_asked"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_and_orders_nothing(cast, case, given, code):
    request = finish(cast, draft(cast, case))
    assert refused(answer, cast, request, **given)[1] == code
    assert (PurchaseOrder.objects.count(), RequestAnswer.objects.count()) == (0, 0)


def test_half_an_order_is_refused_also_where_no_sessions_were_asked_for(cast, case, settings):
    settings.ACC_STANDARD_READ_CODES = ["S530."]
    fields = {"reasons": ["diagnosis"], "sessions_requested": None, "diagnoses_to_add": [ADDED]}
    request = finish(cast, draft(cast, case, **fields))
    assert refused(answer, cast, request, number="")[1] == "purchase_order_missing"
    assert answer(cast, request, number="", sessions=None).purchase_order is None


def test_a_draft_cannot_have_been_answered(cast, case):
    assert refused(answer, cast, draft(cast, case))[:2] == (Conflict, "request_not_finished")


def test_the_same_purchase_order_is_not_taken_down_twice(cast, case):
    request = finish(cast, draft(cast, case))
    answer(cast, request)
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        answer(cast, request)
    assert refusal_for(raised.value).code == "purchase_order_exists"
    assert RequestAnswer.objects.count() == 1


def test_the_database_refuses_an_order_with_a_declined_answer_and_keeps_answers(cast, case):
    given = answer(cast, finish(cast, draft(cast, case)))
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        RequestAnswer.objects.create(
            request=given.request, approved=False, answered_on=TODAY, taken_down_at=NOW, taken_down_by=cast.owner,
            purchase_order=PurchaseOrder.objects.create(
                case=case, number="X", sessions=1, approved_on=TODAY, valid_from=TODAY
            ),
        )  # fmt: skip
    assert refusal_for(raised.value).code == "declined_with_order"
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        RequestAnswer.objects.update(approved=False)
    assert refusal_for(raised.value).code == "answer_stays"


def test_the_course_over_http_from_draft_to_purchase_order(cast, case):
    client = api(cast.practitioner)
    made = client.post(DOOR, {"case": case.pk, "practitioner": cast.mere.pk})
    assert (made.status_code, made.data["reasons"], made.data["status"]) == (201, ["more_treatment"], "draft")
    place = f"{DOOR}{made.data['id']}/"
    refusal = client.post(f"{place}finish/")
    assert (refusal.status_code, refusal.data["code"]) == (422, "sessions_missing")
    assert [row["field"] for row in refusal.data["missing"]] == ["sessions_requested", "patient_declared_on"]
    changed = client.patch(place, {"sessions_requested": 6, "patient_declared_on": "2026-10-05"})
    assert changed.status_code == 200
    ready = client.get(f"{place}readiness/").data
    assert (ready["standard"], ready["missing"]) == (True, [])
    finished = client.post(f"{place}finish/")
    assert (finished.status_code, finished.data["standard"]) == (200, True)
    on = finished.data["finished_at"][:10]
    answered = client.post(f"{place}answer/", {"approved": True, "answered_on": on, "number": "PO1", "sessions": 6})
    assert answered.status_code == 200
    (row,) = answered.data["answers"]
    assert (row["approved"], row["purchase_order_number"], row["sessions"]) == (True, "PO1", 6)
    assert client.delete(place).status_code == 409


def test_seven_diagnoses_are_refused_at_the_door(cast, case):
    body = {"case": case.pk, "practitioner": cast.mere.pk, "diagnoses_to_add": [ADDED] * 7}
    response = api(cast.practitioner).post(DOOR, body)
    assert (response.status_code, response.data["errors"][0]["field"]) == (400, "diagnoses_to_add")


def test_the_content_of_a_draft_is_as_the_record_stands_and_of_a_finished_one_as_it_was(cast, case):
    request = draft(cast, case)
    client = api(cast.practitioner)
    place = f"{DOOR}{request.pk}/content/"
    Case.objects.filter(pk=case.pk).update(accident_description="Fell off a ladder.")
    assert client.get(place).data["accident_description"] == "Fell off a ladder."
    finish(cast, TreatmentRequest.objects.select_related("case", "patient", "practitioner").get())
    Case.objects.filter(pk=case.pk).update(accident_description="Fell off a roof.")
    assert client.get(place).data["accident_description"] == "Fell off a ladder."


def test_every_read_of_a_request_is_recorded(cast, case):
    request = draft(cast, case)
    client = api(cast.practitioner)
    for path in ("", f"{request.pk}/", f"{request.pk}/content/", f"{request.pk}/readiness/"):
        before = AccessEvent.objects.filter(subject_kind="treatment_request").count()
        assert client.get(f"{DOOR}{path}").status_code == 200
        assert AccessEvent.objects.filter(subject_kind="treatment_request").count() == before + 1


def test_the_list_takes_the_same_queries_for_every_length(cast):
    def make(number: int) -> None:
        request = finish(cast, draft(cast, make_case(make_patient(), title="Hip")))
        answer(cast, request, number=f"PO{number}")

    assert len(set(queries_while_growing(api(cast.practitioner), f"{DOOR}?page_size=200", make))) == 1


def test_finishing_takes_the_same_queries_for_every_number_of_notes(cast):
    def queries(sessions: int) -> int:
        case = make_case(make_patient(), date_of_injury=date(2024, 1, 1))
        for n in range(sessions):
            session(cast, nz("2026-10-02 10:00") + timedelta(days=n), case=case)
        score(cast, case, "2026-11-02", 5)
        request = draft(cast, case, supporting_information="Cannot climb stairs.")
        with CaptureQueriesContext(connection) as captured:
            finish(cast, request)
        return len(captured)

    assert queries(2) == queries(12)


def printed(cast: Cast, request: TreatmentRequest) -> Document:
    document = documents.ask(kind="acc32_request", subject=request.pk, by=cast.practitioner, now=NOW)
    documents.draw(document_id=document.pk, now=NOW)
    document.refresh_from_db()
    return document


def test_only_a_finished_request_is_printed(cast, case):
    request = draft(cast, case)
    assert refused(printed, cast, request)[1] == "request_not_finished"


def test_a_finished_request_prints_the_same_bytes_whatever_the_record_says_later(cast, case):
    session(cast, nz("2026-11-02 10:00"), case=case)
    score(cast, case, "2026-11-02", 7)
    finish(cast, draft(cast, case))
    request = finish(cast, draft(cast, case, supporting_information="Cannot climb stairs."))
    first = printed(cast, request)
    words = text(first.file.read())
    assert "Cannot climb stairs." in words
    assert "Note 1 of 1" in words
    session(cast, nz("2026-11-18 10:00"), case=case)
    Case.objects.filter(pk=case.pk).update(accident_description="Something else.")
    assert printed(cast, request).pk == first.pk


def test_the_desk_asks_for_no_paper_with_notes_behind_it(cast, case):
    request = finish(cast, draft(cast, case))
    response = api(cast.desk).post("/api/v1/documents/", {"kind": "acc32_request", "subject": request.pk})
    assert (response.status_code, response.data["code"]) == (403, "permission_denied")
