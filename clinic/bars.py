"""A chart of bars as SVG, drawn by the server: no script, and its colours are the page's own. Pure.

The table beside it says the same in figures; the description says it in a sentence.
"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from html import escape

from clinic.report import Chart, Kind, shown

WIDTH, HEIGHT = 860, 250
LEFT, RIGHT, TOP, BOTTOM = 66, 10, 30, 34
# Of what bars are made where no style sheet says otherwise.
INKS = ("#2f6f5e", "#3a6ea5", "#a8701c", "#8a5a83", "#6b6b60", "#b04a3f")
LETTER = 6.5
"""The width that a letter takes, on average."""


def draw(chart: Chart) -> str:
    """An SVG with a title and a description. Without values there is a sentence in its place."""
    inside = "\n".join(_shapes(chart)) if any(any(one.values) for one in chart.series) else _nothing()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" class="nb-bars"'
        ' aria-labelledby="bars-title bars-desc" font-family="system-ui, sans-serif" font-size="11">\n'
        f'<title id="bars-title">{escape(chart.title)}</title>\n'
        f'<desc id="bars-desc">{escape(described(chart))}</desc>\n{inside}\n</svg>\n'
    )


def described(chart: Chart) -> str:
    """The largest of each series, in words."""
    told = []
    for one in chart.series:
        if any(one.values):
            most = max(range(len(one.values)), key=lambda index: one.values[index])
            told.append(f"{one.title}: most for {chart.labels[most]}, {shown(one.values[most], chart.kind)}.")
    return " ".join(told) or "Nothing in these days."


def _nothing() -> str:
    return (
        f'<text class="nb-bars-words" x="{WIDTH / 2}" y="{HEIGHT / 2}" text-anchor="middle" fill="#5c6863">'
        "Nothing in these days</text>"
    )


def _shapes(chart: Chart) -> Iterator[str]:
    least, most, step = _scale(chart)
    inner = HEIGHT - TOP - BOTTOM

    def up(value: Decimal | int) -> float:
        return TOP + float((most - value) / (most - least)) * inner

    mark = least
    while mark <= most:
        y = up(mark)
        ends = f'x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"'
        yield f'<line class="nb-bars-grid" {ends} stroke="#d8d3c6"/>'
        yield _words(LEFT - 8, y + 4, _mark(mark, chart.kind), "end")
        mark += step
    yield from _bars(chart, up)
    yield from _labels(chart)
    if len(chart.series) > 1:
        yield from _legend(chart)


def _bars(chart: Chart, up) -> Iterator[str]:
    room = (WIDTH - LEFT - RIGHT) / len(chart.labels)
    wide = min(room * 0.78 / len(chart.series), 46)
    for number, one in enumerate(chart.series):
        for index, value in enumerate(one.values):
            if not value:
                continue
            x = LEFT + room * (index + 0.5) + wide * (number - len(chart.series) / 2)
            top, base = sorted((up(value), up(0)))
            told = f"{chart.labels[index]}, {one.title}: {shown(value, chart.kind)}"
            yield (
                f'<rect class="nb-bar nb-bar-{number % len(INKS)}" x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}"'
                f' height="{max(base - top, 0.5):.1f}" fill="{INKS[number % len(INKS)]}">'
                f"<title>{escape(told)}</title></rect>"
            )


def _labels(chart: Chart) -> Iterator[str]:
    """As many as have the room, the first among them."""
    room = (WIDTH - LEFT - RIGHT) / len(chart.labels)
    longest = min(max(map(len, chart.labels)), 22) * LETTER + 8
    every = max(1, int(-(-longest // room)))
    for index, label in enumerate(chart.labels):
        if index % every == 0:
            short = label if len(label) <= 22 else f"{label[:21]}…"
            yield _words(LEFT + room * (index + 0.5), HEIGHT - BOTTOM + 18, short, "middle")


def _legend(chart: Chart) -> Iterator[str]:
    x = float(LEFT)
    for number, one in enumerate(chart.series):
        yield (
            f'<rect class="nb-bar nb-bar-{number % len(INKS)}" x="{x:.1f}" y="6" width="10" height="10"'
            f' fill="{INKS[number % len(INKS)]}"/>'
        )
        yield _words(x + 15, 15, one.title, "start")
        x += 15 + len(one.title) * LETTER + 18


def _words(x: float, y: float, text: str, anchor: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="nb-bars-words" {place} fill="#5c6863">{escape(text)}</text>'


def _mark(value: Decimal, kind: Kind) -> str:
    if kind == Kind.MONEY:
        return f"${value:,.0f}" if value >= 0 else f"−${-value:,.0f}"
    if kind == Kind.SHARE:
        return f"{value * 100:.0f} %"
    return f"{value / 60:.0f} h" if kind == Kind.MINUTES else f"{value:.0f}"


def _scale(chart: Chart) -> tuple[Decimal, Decimal, Decimal]:
    """The least and the greatest mark, and what lies between two: about four of them, in round numbers."""
    values = [Decimal(value) for one in chart.series for value in one.values]
    least, most = min(0, *values), max(0, *values)
    unit = {Kind.MINUTES: Decimal(60), Kind.SHARE: Decimal("0.01")}.get(chart.kind, Decimal(1))
    rough = (most - least) / 4
    step = next(
        size * unit * Decimal(10) ** power
        for power in range(12)
        for size in (1, 2, 5)
        if size * unit * 10**power >= rough
    )
    least, most = Decimal(least) / step, Decimal(most) / step
    return least.to_integral_value(ROUND_FLOOR) * step, most.to_integral_value(ROUND_CEILING) * step, step
