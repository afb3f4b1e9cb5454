"""A treatment report for a GP, ACC or an insurer: what was done, how it went, and what is recommended.

It holds what the practitioner chose to tell for one purpose (see `treatments.reports.summarising`) and says so.
"""

from collections.abc import Iterator

from clinic.blocks import Block, Column, Fields, Heading, Passage, Signature, Table, Text, Together
from clinic.drawing import Drawing
from clinic.pdf import A4, Sheet
from clinic.rows import Value
from clinic.typesetting import SMALL
from treatments.pdf.body_chart import body_chart, known_marks
from treatments.pdf.outcome_scores import outcome_scores
from treatments.pdf.report_values import (
    ReportContent,
    ReportedCourse,
    ReportedFinding,
    ReportedPlan,
    SignedReport,
)

TITLE = "Treatment report"
CHART_TALLEST = 85
CHANGES = {"better": "Better", "worse": "Worse", "same": "The same"}

Story = Iterator[Block | Together | Drawing]


def title(report: SignedReport) -> str:
    return TITLE


def story(report: SignedReport, *, paper: Sheet = A4) -> list[Block | Together | Drawing]:
    content = report.content
    return [
        Fields(_about(content, paper)),
        Heading("Summary"),
        Text(content.summary, gap=0.25),
        *_diagnoses(content),
        *_course(content, paper),
        *_findings(content, paper),
        *outcome_scores(content.outcomes, paper),
        *_techniques(content),
        *_points(content),
        *_adverse_events(content, paper),
        *_plan(content, paper),
        *_recommendation(content),
        _signature(report, paper),
    ]


def _about(content: ReportContent, paper: Sheet) -> Iterator[tuple[str, str, int]]:
    yield "To", content.recipient, 3
    yield "For", content.purpose, 3
    yield "Patient", content.patient, 3
    yield "Date of birth", paper.date(content.date_of_birth), 1
    if content.audience != "insurer":
        yield "NHI", content.nhi, 1
    yield "Claim number", content.claim_number, 1
    yield "Case", content.case_title, 3
    yield "Date of injury", paper.date(content.date_of_injury), 1
    yield "Covering", f"{paper.date(content.from_on)} to {paper.date(content.to_on)}", 2
    if content.audience != "gp" and content.payer and content.payer not in content.recipient:
        yield "Paid by", content.payer, 3


def _diagnoses(content: ReportContent) -> Story:
    if content.diagnoses is None:
        return
    columns = [Column("Diagnosis"), Column("Side", 20), Column("Coded in", 30), Column("Code", 30)]
    rows = [[one.description, one.side, one.system, one.code] for one in content.diagnoses]
    yield Heading("Diagnosis")
    yield Table(columns, rows, gap=0.25, empty="No coded diagnosis is on record.")


def _course(content: ReportContent, paper: Sheet) -> Story:
    if content.course is None:
        return
    yield Heading("Course")
    yield Fields(_counts(content.course, paper), gap=0.25)
    if content.course.sessions:
        yield Passage("Treated on", ", ".join(map(paper.date, content.course.sessions)))
    if content.course.missed:
        yield Passage("Missed on", ", ".join(map(paper.date, content.course.missed)))


def _counts(course: ReportedCourse, paper: Sheet) -> Iterator[tuple[str, str, int]]:
    days = course.sessions
    yield "Sessions attended", str(len(days)), 1
    yield "Visits missed", str(len(course.missed)), 1
    yield "First", paper.date(days[0] if days else None), 1
    yield "Latest", paper.date(days[-1] if days else None), 1
    if course.approved_sessions is not None:
        yield "Sessions approved", str(course.approved_sessions), 2


def _findings(content: ReportContent, paper: Sheet) -> Story:
    if content.findings is None:
        return
    columns = [Column("Found"), Column("At the start", 48), Column("Now", 48), Column("Change", 20)]
    yield Heading("Findings")
    yield Table(
        columns,
        [_finding(one, paper) for one in content.findings],
        gap=0.25,
        empty="No findings are recorded in these days.",
    )


def _finding(one: ReportedFinding, paper: Sheet) -> list[Value]:
    now = [one.now, paper.date(one.now_on)] if one.now_on else "Not looked at again"
    return [one.name, [one.then, paper.date(one.then_on)], now, CHANGES.get(one.change, "")]


def _techniques(content: ReportContent) -> Story:
    if content.techniques is None:
        return
    rows = [[one.name, str(one.sessions)] for one in content.techniques]
    yield Heading("Techniques")
    yield Table([Column("Technique"), Column("Sessions", 24, "right")], rows, gap=0.25, empty="None recorded.")


def _points(content: ReportContent) -> Story:
    if content.points is not None:
        columns = [Column("Code", 20), Column("Point"), Column("Side", 55), Column("Sessions", 20, "right")]
        rows = [[one.code, one.name, one.sides, str(one.sessions)] for one in content.points]
        yield Heading("Points")
        yield Table(columns, rows, gap=0.25, empty="No needles.")
    drawn = body_chart(
        [*known_marks((one.code, one.side) for one in content.chart or ())], tallest=CHART_TALLEST
    )  # fmt: skip
    if drawn:
        yield Together(Heading("Where the needles were"), drawn[0])
        yield from drawn[1:]


def _adverse_events(content: ReportContent, paper: Sheet) -> Story:
    if content.adverse_events is None:
        return
    columns = [
        Column("Day", 24),
        Column("What happened"),
        Column("Severity and cause", 36),
        Column("How it ended", 45),
    ]
    rows = [
        [
            paper.date(one.on),
            [one.kind, one.description],
            [one.severity, f"caused by treatment: {one.causality.lower()}"],
            [one.outcome, one.action],
        ]
        for one in content.adverse_events
    ]
    yield Heading("Adverse events")
    yield Table(columns, rows, gap=0.25, empty="None is recorded in these days.")


def _plan(content: ReportContent, paper: Sheet) -> Story:
    if content.plan is None:
        return
    yield Heading("Plan")
    if not content.plan:
        yield Text("No plan is on record.", gap=0.25)
    for one in content.plan:
        yield Fields(_agreed(one, paper), gap=0.25)
        yield Passage("Goals", one.goals)


def _agreed(plan: ReportedPlan, paper: Sheet) -> Iterator[tuple[str, str, int]]:
    yield "Agreed on", paper.date(plan.agreed_on), 1
    yield "Sessions", f"{plan.sessions}, {plan.sessions_done} done", 1
    weeks = "week" if plan.weeks == 1 else "weeks"
    yield "How often", f"{plan.frequency_per_week.normalize():f} a week for {plan.weeks} {weeks}", 2
    yield "Review on", paper.date(plan.review_on), 1


def _recommendation(content: ReportContent) -> Story:
    if content.recommendation.strip():
        yield Heading("Recommendation")
        yield Text(content.recommendation, gap=0.25)


def _signature(report: SignedReport, paper: Sheet) -> Together:
    content = report.content
    return Together(
        Signature(
            [
                ("Practitioner", content.practitioner, 2),
                ("Registration", content.registration_number, 1),
                ("Signed", paper.stamp(content.signed_at), 3),
            ],
            gap=0.5,
        ),
        Text(f"SHA-256 of the report {report.sha256}", SMALL, gap=0.25),
        Text("This report tells what its purpose needs. The record holds more.", SMALL),
    )
