"""Papers: geometry, letterhead, foot, and the one function that turns a story into a PDF.

Knows no model and runs no query. The same story gives the same bytes on any day and in any process: no time, no
random id, nothing of the machine.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from threading import Lock

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus.flowables import Flowable

from clinic.blocks import Together
from clinic.money import format_money
from clinic.rows import HAIRLINE, RULE_GREY, Cell, Row, span
from clinic.typesetting import BODY, FOOT, HEADING, MM, REGULAR, SMALL, TITLE, UNIT, Pen, Style, broken, face, one_line

MARGIN = 20 * MM
BOTTOM = 27 * MM
"""Where the text ends; the foot lies below."""
QR_SIZE = 14 * MM
DIGEST_LENGTH = 12

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

# Content as bytes, not as letters: a fifth smaller, and the letters took a third of the time of a page.
rl_config.useA85 = 0

# ReportLab's fonts keep their place while a document is written; two threads would mix them up.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A size of paper and the way dates are written where it is used."""

    width: float
    height: float
    month_first: bool
    language: str

    def date(self, day: date | None) -> str:
        """`24 Nov 2026`, or `11/24/2026` in the US; empty for None."""
        if day is None:
            return ""
        if self.month_first:
            return f"{day.month:02}/{day.day:02}/{day.year}"
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"

    def stamp(self, moment: datetime | None) -> str:
        """`Tue 24 Nov 2026, 9:15 am`, by the wall clock of the datetime's own zone. Raises ValueError without one."""
        if moment is None:
            return ""
        if moment.utcoffset() is None:
            raise ValueError("A time on a paper needs its zone.")
        clock = f"{moment.hour % 12 or 12}:{moment.minute:02} {'am' if moment.hour < 12 else 'pm'}"
        return f"{WEEKDAYS[moment.weekday()]} {self.date(moment.date())}, {clock}"


A4 = Sheet(210 * MM, 297 * MM, month_first=False, language="en-NZ")
LETTER = Sheet(612, 792, month_first=True, language="en-US")


@dataclass(frozen=True, slots=True)
class Letterhead:
    practice: str
    address: tuple[str, ...] = ()
    gst_number: str = ""
    phone: str = ""
    email: str = ""
    tax_label: str = "GST number"


def money(amount: Decimal | int | str) -> str:
    """As `clinic.money.format_money`, with a true minus sign, as wide as a figure."""
    return format_money(amount).replace("-", "−")


def render(
    story: Iterable[Flowable | Together],
    *,
    letterhead: Letterhead,
    title: str,
    number: str = "",
    digest: str = "",
    verify_url: str = "",
    paper: Sheet = A4,
) -> bytes:
    """The paper as PDF. `digest` is cut to 12 characters; without `verify_url` there is no QR code.

    Raises ValueError when a block can neither fit on a page nor be divided.
    """
    with _ONE_AT_A_TIME:
        out = BytesIO()
        canvas = _Canvas(
            out,
            pagesize=(paper.width, paper.height),
            pageCompression=1,
            invariant=1,
            lang=paper.language,
            initialFontName=face(REGULAR).name,
        )
        canvas.setTitle(one_line(f"{title} {number}".strip()))
        canvas.setAuthor(one_line(letterhead.practice))
        canvas.setCreator("Needlebook")
        canvas.setProducer("Needlebook")
        canvas.setViewerPreference("DisplayDocTitle", "true")
        first = _full_head(letterhead, title, number, paper)
        later = _short_head(letterhead, title, number, paper)
        pages = _paginated(story, paper, first.height + UNIT, later.height + UNIT)
        foot = _Foot(paper, len(pages), digest[:DIGEST_LENGTH], verify_url)
        for index, page in enumerate(pages):
            _draw_head(canvas, first if index == 0 else later, paper)
            for block, y in page:
                block.drawOn(canvas, MARGIN, y)
            foot.draw(canvas, index + 1)
            canvas.showPage()
        canvas.save()
        return out.getvalue()


def _full_head(letterhead: Letterhead, title: str, number: str, paper: Sheet) -> Row:
    contact = [
        f"{letterhead.tax_label} {letterhead.gst_number}" if letterhead.gst_number else "",
        f"Phone {letterhead.phone}" if letterhead.phone else "",
        letterhead.email,
    ]
    width = paper.width - 2 * MARGIN
    half = span(width, 3)
    left = _set(letterhead.practice, Style(HEADING.size, TITLE.leading, HEADING.weight), half)
    for line in (*letterhead.address, *contact):
        left += _set(line, SMALL, half)
    right = _set(title, TITLE, half) + _set(number, BODY, half)
    return Row([Cell(0, half, "left", left), Cell(width - half, half, "right", right)], pad=UNIT / 2)


def _short_head(letterhead: Letterhead, title: str, number: str, paper: Sheet) -> Row:
    width = paper.width - 2 * MARGIN
    half = span(width, 3)
    left = _set(letterhead.practice, SMALL, half)
    right = _set(f"{title} {number}".strip(), SMALL, half)
    return Row([Cell(0, half, "left", left), Cell(width - half, half, "right", right)], pad=UNIT / 5)


def _set(text: str, style: Style, width: float) -> list[tuple[Style, str]]:
    return [(style, line) for line in broken(text, style, width)]


def _draw_head(canvas: Canvas, row: Row, paper: Sheet) -> None:
    top = paper.height - MARGIN
    canvas.saveState()
    canvas.translate(MARGIN, 0)
    pen = Pen(canvas)
    row.draw(pen, top)
    pen.done()
    canvas.setLineWidth(HAIRLINE)
    canvas.setStrokeGray(RULE_GREY)
    canvas.line(0, top - row.height, paper.width - 2 * MARGIN, top - row.height)
    canvas.restoreState()


class _Canvas(Canvas):
    def fill_runs(self, runs: list[tuple[int, int, int]]) -> None:
        """One path of `(row, column, length)` in whole units: a QR code has 300 of them on every page."""
        path = " ".join(f"{column} {row} {length} 1 re" for row, column, length in runs)
        self._code.append(f"{path} f")


class _Foot:
    def __init__(self, paper: Sheet, pages: int, digest: str, verify_url: str):
        self._paper, self._pages = paper, pages
        self._line = f"Digest {one_line(digest)}" if digest else ""
        self._dark = _qr_runs(verify_url) if verify_url else None
        self._hint = "Scan to verify" if verify_url else ""

    def draw(self, canvas: _Canvas, page: int) -> None:
        right = self._paper.width - MARGIN
        baseline = MARGIN - 4 * MM
        pen = Pen(canvas)
        pen.left(MARGIN, baseline, f"Page {page} of {self._pages}", FOOT)
        text_right = right - QR_SIZE - 3 * MM if self._dark else right
        if self._line:
            pen.right(text_right, baseline, self._line, FOOT)
        if self._hint:
            pen.right(text_right, baseline - FOOT.leading, self._hint, FOOT)
        pen.done()
        if self._dark:
            self._draw_qr(canvas, right - QR_SIZE, 8 * MM)

    def _draw_qr(self, canvas: _Canvas, x: float, y: float) -> None:
        size, runs = self._dark
        canvas.saveState()
        canvas.translate(x, y + QR_SIZE)
        canvas.scale(QR_SIZE / size, -QR_SIZE / size)
        canvas.setFillGray(0)
        canvas.fill_runs(runs)
        canvas.restoreState()


def _qr_runs(url: str) -> tuple[int, list[tuple[int, int, int]]]:
    """`(modules a side, [(row, first column, length)])` of the dark modules.

    The mask is fixed: every reader takes any of the eight, and trying them all costs more than the rest of a page.
    """
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=0)
    code.add_data(url.encode())
    code.make(fit=True)
    runs = []
    for row, modules in enumerate(code.modules):
        start = None
        for column, dark in enumerate([*modules, False]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                runs.append((row, start, column - start))
                start = None
    return len(code.modules), runs


Page = list[tuple[Flowable, float]]


def _paginated(story: Iterable[Flowable | Together], paper: Sheet, first_head: float, later_head: float) -> list[Page]:
    """Each page's blocks with the y of their lower edge. There is always one page."""
    queue = deque(story)
    pages: list[Page] = [[]]
    width, ceiling = paper.width - 2 * MARGIN, paper.height - MARGIN
    y = ceiling - first_head
    roomiest = ceiling - later_head - BOTTOM
    while queue:
        item = queue.popleft()
        if isinstance(item, Together):
            height = _height(item.blocks, width)
            fits = height + (item.blocks[0].getSpaceBefore() if pages[-1] else 0) <= y - BOTTOM + 0.01
            if fits or height > roomiest:
                queue.extendleft(reversed(item.blocks))
                continue
        else:
            gap = item.getSpaceBefore() if pages[-1] else 0.0
            _, height = item.wrap(width, y - BOTTOM)
            if height + gap <= y - BOTTOM + 0.01:
                y -= gap + height
                pages[-1].append((item, y))
                continue
            parts = item.split(width, y - BOTTOM - gap)
            if parts:
                queue.extendleft(reversed(parts))
                continue
        if not pages[-1] and len(pages) > 1:
            raise ValueError(f"{type(item).__name__} fits on no page and cannot be divided.")
        queue.appendleft(item)
        queue.extendleft(_stranded(pages[-1]))
        pages.append([])
        y = ceiling - later_head
    return pages


def _height(blocks: tuple[Flowable, ...], width: float) -> float:
    return sum(block.wrap(width, 0)[1] + (block.getSpaceBefore() if n else 0) for n, block in enumerate(blocks))


def _stranded(page: Page) -> list[Flowable]:
    """Takes headings off the end of a page, last first, unless they are all it has."""
    taken = []
    while len(page) > 1 and page[-1][0].keepWithNext:
        taken.append(page.pop()[0])
    return taken
