from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from clinic.pdf import render
from clinic.typesetting import clean
from tests.papers import HOSTILE, LETTERHEAD, dangerous, fonts, invisible, same_everywhere, solid, text, texts
from treatments.pdf import treatment_report
from treatments.pdf.report_values import (
    ChartedPoint,
    ReportContent,
    ReportedCourse,
    ReportedDiagnosis,
    ReportedEvent,
    ReportedFinding,
    ReportedOutcome,
    ReportedPlan,
    ReportedPoint,
    ReportedScore,
    ReportedTechnique,
    SignedReport,
    as_json,
    from_json,
)

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SIGNED = datetime(2026, 11, 24, 16, 40, tzinfo=ZoneInfo("Pacific/Auckland"))
SESSIONS = tuple(date(2026, 10, 1) + timedelta(days=7 * week) for week in range(8))


def scores(*values: str) -> tuple[ReportedScore, ...]:
    return tuple(ReportedScore(on=day, score=Decimal(value)) for day, value in zip(SESSIONS, values, strict=False))


def a_report(**given) -> ReportContent:
    values = {
        "number": "R-000012",
        "audience": "acc",
        "recipient": "ACC Hamilton Service Centre\nPO Box 952\nHamilton 3240",
        "purpose": "Request for six further sessions",
        "patient": "王小明 Māia Tūhoe",
        "date_of_birth": date(1980, 3, 14),
        "nhi": "ZZZ0016",
        "case_title": "Right gluteal pain",
        "claim_number": "AB12345",
        "date_of_injury": date(2026, 9, 12),
        "payer": "ACC",
        "from_on": date(2026, 10, 1),
        "to_on": date(2026, 11, 24),
        "summary": "Fell on the right hip on 12 September. Pain at the outer hip, worse on stairs and lying on it.\n"
        "After eight sessions she sleeps through and climbs one flight without the rail.",
        "recommendation": "Six further sessions over six weeks, then discharge to the home programme.",
        "practitioner": "Lì Wěi 李伟",
        "registration_number": "CM-01234",
        "signed_at": SIGNED,
        "diagnoses": (
            ReportedDiagnosis(description="Gluteal tendinitis", system="Read v2", code="N2152", side="Right"),
            ReportedDiagnosis(description="Sprain of hip", system="ICD-10-CM", code="S73.101A"),
        ),
        "course": ReportedCourse(sessions=SESSIONS, missed=(date(2026, 10, 19),), approved_sessions=16),
        "findings": (
            ReportedFinding(
                name="Hip abduction strength, right",
                then="grade 3",
                then_on=SESSIONS[0],
                now="grade 4",
                now_on=SESSIONS[-1],
                change="better",
            ),
            ReportedFinding(
                name="Trigger point, right, gluteus medius", then="7 points; a local twitch: yes", then_on=SESSIONS[1]
            ),
        ),
        "points": (
            ReportedPoint(code="GB30", name="Huántiào 环跳", sides="right", sessions=8),
            ReportedPoint(code="GB34", name="Yánglíngquán 阳陵泉", sides="right 5, both 3", sessions=8),
            ReportedPoint(name="knot in gluteus medius", sides="right", sessions=3),
        ),
        "chart": (
            ChartedPoint(code="BL54", side="right"),
            ChartedPoint(code="GB30", side="right"),
            ChartedPoint(code="GB34", side="both"),
            ChartedPoint(code="GB41", side="right"),
        ),
        "techniques": (
            ReportedTechnique(name="Acupuncture", sessions=8),
            ReportedTechnique(name="Cupping, sliding", sessions=3),
        ),
        "outcomes": (
            ReportedOutcome(
                measure="nprs", asked="", scores=scores("8", "7", "5", "3"), sessions=SESSIONS[:4], verdict="improved"
            ),
            ReportedOutcome(
                measure="psfs",
                asked="Stairs, lying on the right, getting out of a car",
                scores=scores("3", "3.7", "3.3"),
                sessions=SESSIONS[:3],
                verdict="no_change_that_matters",
            ),
            ReportedOutcome(
                measure="visa_g", asked="", scores=scores("40", "60"), sessions=SESSIONS[:2], verdict="unrated"
            ),
            ReportedOutcome(measure="lefs", asked="", scores=scores("41")),
        ),
        "adverse_events": (
            ReportedEvent(
                on=date(2026, 10, 8),
                kind="Pain or bruising at a needle",
                description="A bruise of 2 cm at GB34.",
                severity="1, mild",
                causality="Certain",
                action="Cold pack",
                outcome="Gone after five days",
            ),
        ),
        "plan": (
            ReportedPlan(
                goals="Stairs without the rail; sleep through",
                sessions=12,
                sessions_done=8,
                weeks=12,
                frequency_per_week=Decimal("1.0"),
                agreed_on=date(2026, 10, 1),
                review_on=date(2026, 12, 1),
            ),
        ),
    }
    return ReportContent(**values | given)


def draw(content: ReportContent | None = None) -> bytes:
    report = SignedReport(content=content or a_report(), sha256=HASH)
    return render(
        treatment_report.story(report),
        letterhead=LETTERHEAD,
        title=treatment_report.title(report),
        number=report.content.number,
        digest=HASH,
        verify_url="https://clinic.example.nz/verify/9f86d081884c",
    )


BARE = dict.fromkeys(
    ["diagnoses", "course", "findings", "points", "chart", "techniques", "outcomes", "adverse_events", "plan"]
)


def test_a_report_says_all_that_was_gathered():
    said = text(draw())
    for part in (
        "Treatment report R-000012",
        "ACC Hamilton Service Centre PO Box 952 Hamilton 3240",
        "Request for six further sessions",
        "王小明 Māia Tūhoe",
        "14 Mar 1980",
        "ZZZ0016",
        "AB12345",
        "Right gluteal pain",
        "12 Sep 2026",
        "1 Oct 2026 to 24 Nov 2026",
        "Summary Fell on the right hip on 12 September.",
        "climbs one flight without the rail.",
        "Gluteal tendinitis Right Read v2 N2152",
        "Sprain of hip — ICD-10-CM S73.101A",
        "Treated on 1 Oct 2026, 8 Oct 2026, 15 Oct 2026, 22 Oct 2026, 29 Oct 2026, 5 Nov 2026, 12 Nov 2026,",
        "Missed on 19 Oct 2026",
        "Sessions attended 8 Visits missed 1 First 1 Oct 2026 Latest 19 Nov 2026 Sessions approved 16",
        "Hip abduction strength, right grade 3 1 Oct 2026 grade 4 19 Nov 2026 Better",
        "7 points; a local twitch: yes 8 Oct 2026 Not looked at again",
        "8 1 Oct 2026 3 22 Oct 2026 −5 Improved The least change that matters is 2.",
        "Stairs, lying on the right, getting out of a car",
        "3.3 15 Oct 2026 +0.3 No change that matters The least change that matters is 1.3.",
        "60 8 Oct 2026 +20 Not rated No least change that matters is known.",
        "41 1 Oct 2026 — — Scored once",
        "Acupuncture 8 Cupping, sliding 3",
        "GB30 Huántiào 环跳 right 8 GB34 Yánglíngquán 阳陵泉 right 5, both 3 8",
        "— knot in gluteus medius right 3",
        "8 Oct 2026 Pain or bruising at a needle A bruise of 2 cm at GB34. 1, mild caused by treatment: certain",
        "Gone after five days Cold pack",
        "Sessions 12, 8 done How often 1 a week for 12 weeks Review on 1 Dec 2026",
        "Goals Stairs without the rail; sleep through",
        "Recommendation Six further sessions over six weeks, then discharge to the home programme.",
        "Lì Wěi 李伟",
        "CM-01234",
        "Tue 24 Nov 2026, 4:40 pm",
        f"SHA-256 of the report {HASH}",
        "Digest 9f86d081884c",
    ):
        assert part in said, part


def test_the_chart_names_each_point_on_each_side_and_no_other():
    charted = text(draw(a_report(**BARE | {"chart": a_report().chart})))
    assert [charted.count(code) for code in ("BL54", "GB30", "GB34", "GB41", "ST36")] == [1, 1, 2, 1, 0]
    assert "Where the needles were Front" in charted
    assert "Back" in charted


def test_a_trend_is_drawn_for_each_measure_scored_more_than_once():
    said = text(draw(a_report(**BARE | {"outcomes": a_report().outcomes})))
    assert [said.count(name) for name in ("Pain, 0 to 10", "VISA-G, total", "Lower extremity functional scale")] == [
        2, 2, 1,
    ]  # fmt: skip
    assert said.count("is better") == 4 + 3


def test_scores_that_cannot_be_compared_are_said_to_be_so():
    first, last = scores("4", "6")
    mixed = ReportedOutcome(
        measure="psfs", asked="Stairs", scores=(replace(first, comparable=False), last), verdict="not_comparable"
    )
    said = text(draw(a_report(**BARE | {"outcomes": (mixed,)})))
    assert "— Not comparable Scored by another version, or for other activities." in said
    assert "The score of a hollow dot cannot be compared with the latest." in said


def test_what_is_not_included_is_not_spoken_of():
    said = text(draw(a_report(**BARE)))
    for word in (
        "Diagnosis", "Course", "Findings", "Points", "Where the needles were", "Techniques", "Outcome scores",
        "Adverse events", "Plan",
    ):  # fmt: skip
        assert word not in said


def test_what_is_included_and_empty_is_said_to_be_empty():
    empty = {name: () for name in BARE if name != "course"} | {"course": ReportedCourse(sessions=())}
    said = text(draw(a_report(**empty)))
    for sentence in (
        "No coded diagnosis is on record.",
        "No findings are recorded in these days.",
        "No outcome was scored in these days.",
        "None recorded.",
        "No needles.",
        "None is recorded in these days.",
        "No plan is on record.",
    ):
        assert sentence in said
    assert "Where the needles were" not in said


@pytest.mark.parametrize(("audience", "shown"), [("gp", True), ("acc", True), ("insurer", False)])
def test_the_nhi_number_stays_within_the_health_system(audience, shown):
    """Health Information Privacy Code 2020, rule 13 (general knowledge)."""
    said = text(draw(a_report(audience=audience, nhi="ZZZ0016" if shown else "")))
    assert ("NHI" in said, "ZZZ0016" in said) == (shown, shown)


def test_who_pays_is_named_where_it_is_not_the_reader():
    assert "Paid by" not in text(draw())
    assert "Paid by Southern Example Health" in text(
        draw(a_report(audience="insurer", payer="Southern Example Health"))
    )
    assert "Paid by" not in text(draw(a_report(audience="gp", payer="Southern Example Health")))


def test_sixty_sessions_and_their_points_lose_nothing_at_the_page_breaks():
    days = tuple(date(2026, 1, 1) + timedelta(days=3 * n) for n in range(60))
    points = tuple(
        ReportedPoint(code=f"BL{n}", name="Wěizhōng 委中", sides="both", sessions=61 - n) for n in range(1, 61)
    )
    pages = texts(draw(a_report(course=ReportedCourse(sessions=days, missed=days), points=points)))
    said = " ".join(pages)
    assert len(pages) >= 4
    written = said[said.index("Treated on") : said.index("Missed on")]
    assert written.count(" 2026") == 60
    held = [page for page in pages if "Wěizhōng" in page]
    assert len(held) > 1
    assert [page.count("Code Point Side Sessions") for page in held] == [1] * len(held)
    assert sum(page.count("Wěizhōng") for page in pages) == 60
    assert [f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, start=1)] == [True] * len(pages)


@pytest.mark.parametrize("lines", range(0, 48, 3))
def test_a_chart_and_a_signature_are_never_parted(lines):
    pages = texts(draw(a_report(summary="\n".join(f"line {n}" for n in range(lines + 1)))))
    assert sum("Where the needles were" in page and "BL54" in page for page in pages) == 1
    assert sum("CM-01234" in page and HASH in page for page in pages) == 1
    headings = ("Summary", "Diagnosis", "Course", "Findings", "Outcome scores", "Techniques", "Points", "Plan")
    for page in pages:
        body = page[: page.rindex("Page ")].strip()
        assert not body.endswith(headings), page


def test_the_same_report_is_the_same_bytes_in_every_process():
    assert same_everywhere("draw()", module="tests.treatments.test_report_paper") == {draw()}


def test_every_font_of_a_report_is_embedded():
    assert fonts(draw()) == {"SourceSansPro-Regular": True, "SourceSansPro-Semibold": True, "NotoSansSC-400": True}


def test_a_report_comes_back_from_json_as_it_went():
    content = a_report()
    assert from_json(as_json(content)) == content
    assert from_json(as_json(a_report(**BARE, signed_at=None, date_of_injury=None))) == a_report(
        **BARE, signed_at=None, date_of_injury=None
    )
    assert as_json(content)["outcomes"][0]["scores"][0] == {"on": "2026-10-01", "score": "8", "comparable": True}


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_any_field_of_a_report_is_only_text(attack):
    plain = a_report()
    content = a_report(
        recipient=attack,
        purpose=attack,
        patient=attack,
        case_title=attack,
        summary=attack,
        recommendation=attack,
        practitioner=attack,
        diagnoses=(ReportedDiagnosis(description=attack, system=attack, code="N2152"),),
        findings=(ReportedFinding(name=attack, then=attack, then_on=SESSIONS[0]),),
        points=(ReportedPoint(name=attack, sides="right", sessions=1),),
        outcomes=(replace(plain.outcomes[0], asked=attack),),
        adverse_events=(replace(plain.adverse_events[0], description=attack, outcome=attack),),
        plan=(replace(plain.plan[0], goals=attack),),
    )
    document = draw(content)
    said = solid(text(document))
    assert said.count(solid(clean(attack))) >= 13
    assert invisible(said) == set()
    assert dangerous(document) == set()
