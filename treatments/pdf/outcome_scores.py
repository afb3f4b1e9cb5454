"""Outcome scores on a paper: first and latest, whether the change matters, and how each measure went."""

from collections.abc import Iterator, Sequence

from clinic.blocks import Block, Column, Heading, Table, Text
from clinic.drawing import Drawing
from clinic.pdf import Sheet
from clinic.rows import Value
from clinic.typesetting import SMALL
from treatments.outcomes import trend
from treatments.outcomes.measures import MEASURES, Measure
from treatments.pdf import trend_chart
from treatments.pdf.report_values import ReportedOutcome

VERDICTS = {
    "improved": "Improved",
    "worse": "Worse",
    "no_change_that_matters": "No change that matters",
    "unrated": "Not rated",
    "not_comparable": "Not comparable",
    "": "Scored once",
}


def outcome_scores(outcomes: Sequence[ReportedOutcome] | None, paper: Sheet) -> Iterator[Block | Drawing]:
    """A table, and a chart of each measure that was scored more than once. Nothing at all for None."""
    if outcomes is None:
        return
    columns = [
        Column("Measure"), Column("First", 22, "right"), Column("Latest", 22, "right"), Column("Change", 16, "right"),
        Column("", 1), Column("Verdict", 47),
    ]  # fmt: skip
    yield Heading("Outcome scores")
    yield Table(
        columns,
        [_outcome(one, paper) for one in outcomes],
        gap=0.25,
        empty="No outcome was scored in these days.",
    )
    followed = [one for one in outcomes if len(one.scores) > 1]
    yield from trend_chart.in_pairs([(MEASURES[one.measure], _points_of(one), one.sessions) for one in followed])
    if any(not score.comparable for one in followed for score in one.scores):
        yield Text("The score of a hollow dot cannot be compared with the latest.", SMALL, gap=0.25)


def _points_of(one: ReportedOutcome) -> list[trend.Point]:
    return [trend.Point(score.on, score.score, score.comparable) for score in one.scores]


def _outcome(one: ReportedOutcome, paper: Sheet) -> list[Value]:
    measure, first, latest = MEASURES[one.measure], one.scores[0], one.scores[-1]
    least, most = measure.scale
    described = f"{least} to {most}, {measure.better} is better"
    change = latest.score - first.score
    more = len(one.scores) > 1 and one.verdict != "not_comparable"
    return [
        [measure.name, described, one.asked],
        [trend.short(first.score), paper.date(first.on)],
        [trend.short(latest.score), paper.date(latest.on)] if len(one.scores) > 1 else "",
        _signed(trend.short(change)) if more else "",
        (),
        [VERDICTS[one.verdict], _why(measure, one.verdict)],
    ]


def _signed(change: str) -> str:
    """With a true minus sign, as wide as a figure, or a plus."""
    return change.replace("-", "−") if change.startswith("-") else f"+{change}" if change != "0" else "0"


def _why(measure: Measure, verdict: str) -> str:
    if verdict == "unrated":
        return "No least change that matters is known."
    if verdict == "not_comparable":
        return "Scored by another version, or for other activities."
    if verdict and measure.minimal_change is not None:
        return f"The least change that matters is {trend.short(measure.minimal_change)}."
    return ""
