"""Characters on a grid of ten columns and six lines to an inch, as typewriters wrote them, for filling in forms.

Nothing else is on such a sheet, neither letterhead nor foot. The font is Courier, the one fixed-pitch face that every
PDF reader brings and whose advance, three fifths of its size, is part of the standard; so it is not embedded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from clinic.pdf import Sheet
from clinic.typesetting import MM, one_line

COLUMN, LINE = 72 / 10, 72 / 6
FONT, SIZE = "Courier", 12


@dataclass(frozen=True, slots=True)
class Put:
    """A text whose first character stands in that column of that line, both counted from 1."""

    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the grid begins, in points from the sheet's upper left corner, and how far a printer needs it moved."""

    left: float
    top: float
    right_mm: float = 0.0
    down_mm: float = 0.0


def render_grid(pages: Iterable[Iterable[Put]], *, title: str, author: str, origin: Origin, paper: Sheet) -> bytes:
    """The same bytes for the same texts, on any day. Raises ValueError for a text that is not ASCII."""
    out = BytesIO()
    canvas = Canvas(
        out,
        pagesize=(paper.width, paper.height),
        pageCompression=1,
        invariant=1,
        lang=paper.language,
        initialFontName=FONT,
        initialFontSize=SIZE,
    )
    canvas.setTitle(one_line(title))
    canvas.setAuthor(one_line(author))
    canvas.setCreator("Needlebook")
    canvas.setProducer("Needlebook")
    for page in pages:
        canvas.setFont(FONT, SIZE)
        for put in page:
            if not put.text.isascii() or not put.text.isprintable():
                raise ValueError(f"Courier has no such character: {put.text!r}")
            x = origin.left + (put.column - 1) * COLUMN + origin.right_mm * MM
            y = paper.height - origin.top - put.line * LINE - origin.down_mm * MM
            canvas.drawString(x, y, put.text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()
