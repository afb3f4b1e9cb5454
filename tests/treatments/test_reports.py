from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from clinic import chain, documents
from clinic.errors import Conflict, NotAllowed, Refusal, refusal_for
from clinic.models import AccessEvent, Document
from patients import consenting
from patients.models import Case, Diagnosis
from tests.cast import Cast, api, make_case, make_patient
from tests.counting import queries_while_growing
from tests.papers import text
from tests.treatments.course import session
from tests.visits import AUCKLAND, make_visit, nz
from tests.world import make_point
from treatments import charting, signing
from treatments.care import agreeing, reporting
from treatments.examination import examining
from treatments.models import TreatmentReport
from treatments.outcomes import scoring
from treatments.pdf import report_values
from treatments.reports import content as report_content
from treatments.reports import summarising

NOW = nz("2026-11-20 12:00")
DOOR = "/api/v1/treatment-reports/"
WORDS = {
    "purpose": "Request for six further sessions",
    "summary": "Fell on the right hip; sleeps through again.",
    "recommendation": "Six further sessions.",
}
EVERYTHING = [*TreatmentReport.Part]


def treat(cast: Cast, case: Case, at: str, *, sign: bool = True, **parts):
    treatment = charting.begin(
        patient=case.patient, practitioner=cast.mere, case=case, started_at=nz(at), complaint="Hip",
        by=cast.practitioner, now=nz(at), **parts,
    )  # fmt: skip
    return signing.sign(treatment=treatment, by=cast.practitioner, now=nz(at)) if sign else treatment


def needles(*rows) -> dict:
    return {
        "needlings": [{"point": point, "side": side, **more} for point, side, more in rows],
        "needles_in": 2,
        "needles_out": 2,
    }


@pytest.fixture
def case(cast) -> Case:
    case = make_case(cast.aroha, title="Right gluteal pain", approved_sessions=16)
    Diagnosis.objects.create(case=case, system="icd10cm", code="S73.101A", description="Sprain of hip")
    return case


def draft(cast, case, **fields) -> TreatmentReport:
    given = {"audience": "acc", "practitioner": cast.mere, "include": EVERYTHING} | WORDS | fields
    return summarising.draft(case=case, by=cast.practitioner, now=NOW, **given)


def said_by(report: TreatmentReport) -> report_values.ReportContent:
    return report_content.gather(report, zone=AUCKLAND)


@pytest.fixture
def report(cast, case) -> TreatmentReport:
    session(cast, nz("2026-11-02 10:00"), case=case)
    return draft(cast, case)


def sign(cast, report) -> TreatmentReport:
    return summarising.sign(report=report, by=cast.practitioner, now=NOW)


def printed(cast, kind: str, subject: int, by=None) -> Document:
    document = documents.ask(kind=kind, subject=subject, by=by or cast.practitioner, now=NOW)
    documents.draw(document_id=document.pk, now=NOW)
    document.refresh_from_db()
    return document


def test_a_report_begins_with_what_its_reader_usually_needs(cast, case):
    """Health Information Privacy Code 2020, rules 10 and 11 (general knowledge)."""
    cast.aroha.gp_name, cast.aroha.gp_practice = "Dr Ana Patel", "Newtown Example Medical"
    cast.aroha.save()
    made = {
        audience: summarising.draft(
            case=Case.objects.get(pk=case.pk), practitioner=cast.mere, audience=audience, by=cast.practitioner, now=NOW
        )
        for audience in ("gp", "acc", "insurer")
    }
    assert {audience: row.include for audience, row in made.items()} == {
        "gp": ["diagnoses", "course", "findings", "outcomes", "adverse_events", "plan"],
        "acc": ["diagnoses", "course", "findings", "techniques", "outcomes", "plan"],
        "insurer": ["diagnoses", "course", "outcomes"],
    }
    assert made["gp"].recipient == "Dr Ana Patel\nNewtown Example Medical"
    assert made["acc"].recipient == "ACC"
    assert {(row.patient, row.from_on, row.to_on, row.status) for row in made.values()} == {
        (cast.aroha, date(2026, 10, 1), date(2026, 11, 20), "draft")
    }


def test_only_signed_sessions_of_the_case_in_its_days_are_told(cast, case):
    other = make_case(cast.aroha, kind="private")
    gb30 = make_point("GB30")
    treat(cast, case, "2026-11-01 23:59", **needles((gb30, "left", {})))
    treat(cast, case, "2026-11-02 00:00", **needles((gb30, "right", {})))
    treat(cast, case, "2026-11-09 10:00", **needles((gb30, "right", {})))
    treat(cast, case, "2026-11-10 10:00", sign=False, **needles((gb30, "both", {})))
    treat(cast, other, "2026-11-10 11:00", **needles((gb30, "both", {})))
    session(cast, nz("2026-11-11 10:00"))
    said = said_by(draft(cast, case, from_on=date(2026, 11, 2)))
    assert said.course.sessions == (date(2026, 11, 2), date(2026, 11, 9))
    assert [(row.code, row.sides, row.sessions) for row in said.points] == [("GB30", "right", 2)]
    assert [(row.name, row.sessions) for row in said.techniques] == [("Acupuncture", 2)]


def test_points_are_counted_by_session_the_most_used_first(cast, case):
    gb30, gb34 = make_point("GB30"), make_point("GB34", pinyin_toned="Yánglíngquán", hanzi="阳陵泉")
    knot = {"free_location": "Knot in gluteus medius"}
    treat(cast, case, "2026-11-02 10:00", **needles((gb34, "both", {}), (None, "right", knot)))
    treat(
        cast, case, "2026-11-03 10:00",
        **needles(
            (gb30, "right", {}), (gb34, "right", {}), (None, "right", {"free_location": "knot in GLUTEUS medius "})
        ),
    )  # fmt: skip
    treat(cast, case, "2026-11-04 10:00", **needles((gb34, "both", {})))
    said = said_by(draft(cast, case))
    assert [(row.code, row.name, row.sides, row.sessions) for row in said.points] == [
        ("GB34", "Yánglíngquán 阳陵泉", "both 2, right 1", 3),
        ("", "Knot in gluteus medius", "right", 2),
        ("GB30", "Huántiào 环跳", "right", 1),
    ]
    assert [(row.code, row.side) for row in said.chart] == [("GB30", "right"), ("GB34", "both")]


def test_a_technique_is_counted_once_a_session(cast, case):
    gb30 = make_point("GB30")
    electro = {"technique": "electro", "electro_hz": Decimal(2)}
    treat(
        cast, case, "2026-11-02 10:00", **needles((gb30, "left", electro), (gb30, "right", electro)),
        cuppings=[{"kind": "fire", "sites": "back"}, {"kind": "fire", "sites": "hip"}],
        moxibustions=[{"kind": "stick", "site": "hip"}], techniques=[{"kind": "tui_na"}, {"kind": "tui_na"}],
    )  # fmt: skip
    treat(cast, case, "2026-11-03 10:00", **needles((gb30, "left", {})), cuppings=[{"kind": "fire", "sites": "back"}])
    assert [(row.name, row.sessions) for row in said_by(draft(cast, case)).techniques] == [
        ("Acupuncture", 2), ("Cupping, fire", 2), ("Electro-acupuncture", 1), ("Moxibustion, stick", 1), ("Tui na", 1),
    ]  # fmt: skip


def test_missed_visits_of_the_case_are_told_and_no_others(cast, case):
    other = make_case(cast.aroha, kind="private")
    for at, status, of in (
        ("2026-11-05 10:00", "missed", case),
        ("2026-11-06 10:00", "completed", case),
        ("2026-11-07 10:00", "cancelled", case),
        ("2026-11-08 10:00", "missed", other),
        ("2026-09-08 10:00", "missed", case),
    ):
        reason = {"cancel_reason": "patient"} if status == "cancelled" else {}
        make_visit(cast, nz(at), status=status, case=of, **reason)
    said = said_by(draft(cast, case))
    assert (said.course.missed, said.course.approved_sessions) == ((date(2026, 11, 5),), 16)


def test_findings_are_told_as_they_were_first_and_last(cast, case):
    def found(on: int, **fields):
        given = {"finding": "hip_abduction_strength", "side": "right", "case": case} | fields
        examining.record(
            patient=cast.aroha, examined_on=date(2026, 11, on), by=cast.practitioner, now=NOW, **given
        )  # fmt: skip

    found(2, value=Decimal(3))
    found(9, value=Decimal("3.5"))
    found(16, value=Decimal(4))
    found(2, value=Decimal(5), side="left")
    found(3, finding="gait", side="", answer="antalgic")
    found(4, finding="single_leg_stance", value=Decimal(12), sign_seen=True)
    found(4, case=None, value=Decimal(1))
    unsigned = treat(cast, case, "2026-11-18 10:00", sign=False)
    found(18, value=Decimal(1), treatment=unsigned)
    told = [(row.name, row.then, row.then_on.day, row.now, row.change) for row in said_by(draft(cast, case)).findings]
    assert told == [
        ("Gait", "antalgic", 3, "", ""),
        ("Hip abduction strength, left", "grade 5", 2, "", ""),
        ("Hip abduction strength, right", "grade 3", 2, "grade 4", "better"),
        ("Single-leg stance, right", "12 seconds; the pelvis drops on the other side: yes", 4, "", ""),
    ]


def test_scores_are_those_of_the_case_in_its_days_that_stand(cast, case):
    def score(month: int, on: int, value: int, of=case):
        return scoring.enter(
            patient=cast.aroha, measure="nprs", answers=[value], taken_on=date(2026, month, on), case=of,
            by=cast.practitioner, now=NOW,
        )  # fmt: skip

    for month, day, value in ((9, 1, 10), (11, 2, 8), (11, 16, 5)):
        score(month, day, value)
    scoring.void(score=score(11, 18, 9), reason="Typing", by=cast.practitioner, now=NOW)
    score(11, 17, 1, of=None)
    session(cast, nz("2026-11-09 10:00"), case=case)
    (told,) = said_by(draft(cast, case)).outcomes
    assert (told.measure, [str(row.score) for row in told.scores], told.verdict) == (
        "nprs",
        ["8.0", "5.0"],
        "improved",
    )
    assert told.sessions == (date(2026, 11, 9),)


def test_harm_after_a_session_of_the_case_is_told_whether_its_note_is_signed_or_not(cast, case):
    unsigned = treat(cast, case, "2026-11-09 10:00", sign=False)
    elsewhere = session(cast, nz("2026-11-09 12:00"))
    for treatment, description in ((unsigned, "Bruise"), (elsewhere, "Dizzy"), (None, "Tired")):
        reporting.report(
            patient=cast.aroha, occurred_at=nz("2026-11-10 09:00"), treatment=treatment, kind="pain_or_bruising",
            severity=1, causality="certain", description=description, by=cast.practitioner, now=NOW,
        )  # fmt: skip
    (told,) = said_by(draft(cast, case)).adverse_events
    assert (told.on, told.kind, told.description, told.severity, told.causality) == (
        date(2026, 11, 10), "Pain or bruising at a needle", "Bruise", "1, mild", "Certain",
    )  # fmt: skip


def test_the_plan_agreed_on_last_is_told_with_what_is_done(cast, case):
    agreed = {
        "sessions": 6,
        "frequency_per_week": "1.0",
        "weeks": 6,
        "goals": "Stairs",
        "review_on": date(2026, 12, 1),
    }
    agreeing.agree(
        patient=cast.aroha, case=case, practitioner=cast.mere, agreed_on=date(2026, 11, 1), by=cast.practitioner,
        now=NOW, **agreed,
    )  # fmt: skip
    session(cast, nz("2026-11-02 10:00"), case=case)
    (told,) = said_by(draft(cast, case)).plan
    assert (told.goals, told.sessions, told.sessions_done, told.agreed_on) == ("Stairs", 6, 1, date(2026, 11, 1))
    assert said_by(draft(cast, case, to_on=date(2026, 10, 31))).plan == ()


def test_a_part_that_is_not_included_is_not_gathered(cast, report):
    summarising.revise(report=report, include=["course"], by=cast.practitioner, now=NOW)
    with CaptureQueriesContext(connection) as queries:
        said = said_by(TreatmentReport.objects.get(pk=report.pk))
    parts = ["diagnoses", "findings", "points", "chart", "techniques", "outcomes", "adverse_events", "plan"]
    assert [getattr(said, part) for part in parts] == [None] * 8
    asked = "".join(query["sql"] for query in queries)
    for table in ("needling", "examination", "outcomescore", "adverseevent", "treatmentplan", "diagnosis", "cupping"):
        assert table not in asked


def test_an_insurer_is_not_told_the_nhi_number(cast, case):
    assert said_by(draft(cast, case, audience="gp")).nhi == cast.aroha.nhi
    assert said_by(draft(cast, case, audience="insurer")).nhi == ""


def test_gathering_costs_the_same_queries_for_one_session_and_for_forty(cast, case):
    gb30, counts = make_point("GB30"), []
    parts = needles((gb30, "right", {}), (None, "left", {"free_location": "knot"})) | {
        "cuppings": [{"kind": "fire", "sites": "back"}]
    }
    for number in range(40):
        treat(cast, case, f"2026-10-{1 + number % 28:02} {9 + number // 28:02}:00", **parts)
        if number in {0, 39}:
            row = TreatmentReport.objects.get(pk=draft(cast, case).pk)
            with CaptureQueriesContext(connection) as queries:
                said = said_by(row)
            counts.append(len(queries))
    assert said.points[0].sessions == 40
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"audience": "press"}, "audience_unknown"),
        ({"to_on": date(2026, 9, 30)}, "to_before_from"),
        ({"include": ["course", "address"]}, "part_unknown"),
        ({"status": "signed"}, "report_incomplete"),
        ({"content": {}}, "report_incomplete"),
        ({"signed_at": NOW}, "report_incomplete"),
    ],
)
def test_the_database_refuses_a_report_that_cannot_be(cast, report, changes, code):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        TreatmentReport.objects.filter(pk=report.pk).update(**changes)
    assert (refusal_for(error.value).code, refusal_for(error.value).status) == (code, 422)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"recipient": " "}, "recipient_missing"),
        ({"purpose": ""}, "purpose_missing"),
        ({"summary": "\n"}, "summary_missing"),
        ({"to_on": date(2026, 11, 21)}, "period_not_over"),
        ({"from_on": date(2026, 11, 3)}, "no_signed_sessions"),
    ],
)
def test_an_unfinished_report_is_not_signed(cast, report, changes, code):
    summarising.revise(report=report, by=cast.practitioner, now=NOW, **changes)
    with pytest.raises(Refusal) as refusal:
        sign(cast, report)
    assert refusal.value.code == code
    report.refresh_from_db()
    assert (report.status, report.content) == ("draft", None)


def test_a_report_is_signed_by_whose_it_is(cast, report):
    for by in (cast.owner, cast.practitioner2):
        with pytest.raises(NotAllowed) as refusal:
            summarising.sign(report=report, by=by, now=NOW)
        assert refusal.value.code == "not_your_report"


def test_a_student_signs_no_report(cast, report):
    cast.mere.is_student, cast.mere.supervisor = True, cast.wei
    cast.mere.save()
    with pytest.raises(NotAllowed) as refusal:
        sign(cast, report)
    assert refusal.value.code == "student_cannot_sign"


def test_a_signed_report_holds_what_it_said_whatever_comes_later(cast, case, report):
    signed = sign(cast, report)
    before = report_values.from_json(signed.content)
    assert (before.course.sessions, before.patient, before.signed_at) == ((date(2026, 11, 2),), "Aroha Tāmati", NOW)
    assert signed.content_hash == chain.link(signed.content, previous=chain.BEGINNING)
    first = printed(cast, "treatment_report", signed.pk)
    session(cast, nz("2026-11-19 10:00"), case=case)
    Diagnosis.objects.filter(case=case).delete()
    cast.aroha.last_name = "Ngata"
    cast.aroha.save()
    second = documents.ask(kind="treatment_report", subject=signed.pk, by=cast.practitioner, now=NOW)
    assert second == first
    with first.file.open() as file:
        assert "Aroha Tāmati" in text(file.read())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE treatments_treatmentreport SET summary = 'x' WHERE id = %s",
        "UPDATE treatments_treatmentreport SET content = '{}' WHERE id = %s",
        "UPDATE treatments_treatmentreport SET status = 'draft' WHERE id = %s",
        "DELETE FROM treatments_treatmentreport WHERE id = %s",
    ],
)
def test_raw_sql_cannot_change_a_signed_report(cast, report, statement):
    sign(cast, report)
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [report.pk])
    assert (refusal_for(error.value).code, refusal_for(error.value).status) == ("report_signed", 409)


def test_a_signed_report_is_neither_revised_nor_signed_again_nor_discarded(cast, report):
    sign(cast, report)
    for act in (
        lambda: summarising.revise(report=report, summary="x", by=cast.practitioner, now=NOW),
        lambda: sign(cast, report),
        lambda: summarising.discard(report=report, by=cast.practitioner, now=NOW),
    ):
        with pytest.raises(Conflict) as refusal:
            act()
        assert refusal.value.code == "report_signed"


def test_a_draft_has_no_paper(cast, report):
    with pytest.raises(Refusal) as refusal:
        documents.ask(kind="treatment_report", subject=report.pk, by=cast.practitioner, now=NOW)
    assert refusal.value.code == "report_not_signed"


def test_a_report_over_http_from_drafted_to_printed(cast, case):
    session(cast, nz("2026-10-20 10:00"), case=case)
    client = api(cast.practitioner)
    body = {"case": case.pk, "practitioner": cast.mere.pk, "audience": "acc", "to_on": "2026-11-20", **WORDS}
    made = client.post(DOOR, body)
    assert (made.status_code, made.json()["patient"], made.json()["include"][:2], made.json()["status"]) == (
        201, cast.aroha.pk, ["diagnoses", "course"], "draft",
    )  # fmt: skip
    place = f"{DOOR}{made.json()['id']}/"
    changed = client.patch(place, {"include": ["plan", "course"], "case": make_case(cast.aroha).pk})
    assert (changed.json()["include"], changed.json()["case"]) == (["course", "plan"], case.pk)
    stale = client.patch(place, {"summary": "x"}, headers={"If-Match": made["ETag"]})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_edit")
    before = client.get(f"{place}content/").json()
    assert (before["course"]["sessions"], before["points"], before["signed_at"]) == (["2026-10-20"], None, None)
    signed = client.post(f"{place}sign/")
    assert (signed.status_code, signed.json()["status"], len(signed.json()["content_hash"])) == (200, "signed", 64)
    assert client.get(f"{place}content/").json()["course"] == before["course"]
    again = client.patch(place, {"summary": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "report_signed")
    gone = client.delete(place)
    assert (gone.status_code, gone.json()["code"]) == (409, "report_signed")


@pytest.mark.parametrize(
    ("body", "field"), [({"include": ["address"]}, "include"), ({"audience": "press"}, "audience"), ({}, None)]
)
def test_a_report_asked_for_wrongly_is_refused(cast, case, body, field):
    asked = {"case": case.pk, "practitioner": cast.mere.pk, "audience": "gp"} | body
    answer = api(cast.practitioner).post(DOOR, asked)
    assert (answer.status_code, [entry["field"].split(".")[0] for entry in answer.json().get("errors", [])]) == (
        (400, [field]) if field else (201, [])
    )


def test_sharing_with_acc_without_consent_is_warned_of_until_it_is_given(cast, case):
    client = api(cast.practitioner)
    row = draft(cast, case)

    def warned() -> list[str]:
        return [warning["code"] for warning in client.get(f"{DOOR}{row.pk}/").json()["warnings"]]

    assert warned() == ["consent_to_sharing_missing"]
    consent = consenting.give(
        patient=cast.aroha, kind="acc_sharing", manner="verbal", version="1", by=cast.desk, now=NOW
    )  # fmt: skip
    assert warned() == []
    consenting.withdraw(consent=consent, by=cast.desk, now=NOW + timedelta(hours=1), withdrawn_at=NOW)
    assert warned() == ["consent_to_sharing_missing"]
    assert client.get(f"{DOOR}{draft(cast, case, audience='gp').pk}/").json()["warnings"] == []


def test_reading_reports_is_recorded_each(cast, case):
    first, second = draft(cast, case), draft(cast, case)
    client = api(cast.practitioner)
    client.get(DOOR)
    client.get(f"{DOOR}{first.pk}/")
    client.get(f"{DOOR}{first.pk}/content/")
    read = AccessEvent.objects.filter(subject_kind="treatment_report").values_list("subject_id", flat=True)
    assert sorted(read) == sorted([first.pk] * 3 + [second.pk])


def test_reports_cost_the_same_queries_for_one_ten_and_a_hundred(cast):
    def make(number: int) -> None:
        draft(cast, make_case(make_patient()))

    counts = queries_while_growing(api(cast.practitioner), f"{DOOR}?page_size=200", make)
    assert counts == [counts[0]] * 3


@pytest.mark.parametrize("kind", ["signed_note", "aftercare", "treatment_report"])
def test_the_front_desk_gets_no_clinical_paper_and_each_download_is_recorded(cast, report, kind):
    note = report.case.treatments.get()
    subject = sign(cast, report).pk if kind == "treatment_report" else note.pk
    document = printed(cast, kind, subject)
    for user in (cast.desk, cast.billing):
        client = api(user)
        asked = client.post("/api/v1/documents/", {"kind": kind, "subject": subject})
        assert (asked.status_code, asked.json()["code"]) == (403, "permission_denied")
        assert client.get(f"/api/v1/documents/{document.pk}/file/").status_code == 404
        assert [client.get(f"{DOOR}{report.pk}/{page}").status_code for page in ("", "content/")] == [403, 403]
        assert client.get("/api/v1/documents/").json()["results"] == []
    assert AccessEvent.objects.filter(subject_kind="document").count() == 0
    answer = api(cast.practitioner).get(f"/api/v1/documents/{document.pk}/file/")
    assert len(PdfReader(BytesIO(b"".join(answer.streaming_content))).pages) == document.pages
    event = AccessEvent.objects.get(subject_kind="document")
    assert (event.user, event.subject_id, event.patient_id) == (cast.practitioner, document.pk, cast.aroha.pk)


def test_the_aftercare_sheet_says_what_the_note_and_the_book_say(cast, case):
    cast.location.phone = "04 555 0111"
    cast.location.save()
    past = make_visit(cast, nz("2026-11-09 10:00"), status="in_treatment", case=case)
    note = treat(
        cast, case, "2026-11-09 10:00", appointment=past, aftercare="Walk every day.\nKia kaha, Māia 走路.",
        cuppings=[{"kind": "fire", "sites": "back"}], techniques=[{"kind": "heat_lamp"}],
    )  # fmt: skip
    far = NOW.replace(year=2099)
    make_visit(cast, far.replace(month=3, day=4), status="cancelled", cancel_reason="patient")
    make_visit(cast, far.replace(month=6, day=1))
    make_visit(cast, far.replace(month=5, day=4, hour=9, minute=15), status="confirmed")
    make_visit(cast, far.replace(month=4, day=1), patient=make_patient())
    with printed(cast, "aftercare", note.pk).file.open() as file:
        said = text(file.read())
    for part in (
        "For Aroha Tāmati", "9 Nov 2026", "Mere Ngata", "04 555 0111", "Walk every day. Kia kaha, Māia 走路.",
        "Mon 4 May 2099", "Where the cups were", "Where you were warmed",
    ):  # fmt: skip
        assert part in said, part
    assert "Where the needles were" not in said
    assert "Page 1 of 1" in said
    for word in ("Hip", "Right gluteal pain", case.claim_number):
        assert word not in said


def test_a_draft_has_no_aftercare_sheet(cast, case):
    note = treat(cast, case, "2026-11-09 10:00", sign=False)
    with pytest.raises(Refusal) as refusal:
        documents.ask(kind="aftercare", subject=note.pk, by=cast.practitioner, now=NOW)
    assert refusal.value.code == "note_not_signed"
