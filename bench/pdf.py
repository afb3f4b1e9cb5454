"""A one-page invoice, and a statement full of figures, against the same page on a bare ReportLab canvas.
`python -m bench.pdf [rounds]`

The bare side knows every string and every coordinate beforehand (they are recorded from our own page): it wraps
nothing, measures nothing, formats nothing, and embeds the same fonts with the same settings. So the ratio is what
laying out costs. The two pages are compared before anything is timed.
"""

import sys
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from statistics import median
from time import perf_counter
from types import ModuleType
from unittest.mock import patch

from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from billing.pdf import invoice, statement
from billing.pdf.values import Invoice, InvoiceLine, Party, PaymentLine, Statement, StatementEntry
from clinic import pdf, typesetting
from clinic.money import gst_on

PAGES_PER_ROUND = 40
GOAL = 0.6
NUMBER = "INV-000123"
VERIFY_URL = "https://clinic.example.nz/verify/9f86d081884c"
LETTERHEAD = pdf.Letterhead("Te Rito Acupuncture", ("12 Kōwhai Street", "Auckland 1024"), "123-456-789", "09 555 0123")


def subject(recipient: str) -> Invoice:
    first = date(2026, 11, 2)
    lines = tuple(
        InvoiceLine(
            service_on=first + timedelta(days=3 * n),
            description="Acupuncture, follow-up",
            service_code="ACU1",
            practitioner="Hana Parata",
            amount_excl=Decimal("48.70") + n,
            gst=gst_on(Decimal("48.70") + n, on=first),
        )
        for n in range(6)
    )
    return Invoice(
        number="INV-000123",
        issued_on=date(2026, 11, 21),
        due_on=date(2026, 12, 5),
        recipient=Party(name=recipient, address=("4/18 Rātā Road", "Auckland 1021")),
        patient_name=recipient,
        claim_number="AB12345",
        date_of_injury=date(2026, 9, 14),
        gst_registered=True,
        lines=lines,
        payments=(PaymentLine(paid_on=date(2026, 11, 21), method="Card terminal", amount=Decimal("100.00")),),
        bank_account="12-3456-7890123-00",
        payment_reference="INV000123",
    )


def full_of_figures(account: str) -> Statement:
    """A page with a table of five columns and twenty-two rows."""
    first = date(2026, 10, 1)
    entries = tuple(
        StatementEntry(
            entered_on=first + timedelta(days=2 * n),
            kind="Payment" if n % 2 else "Invoice",
            number=f"{'RCT' if n % 2 else 'INV'}-{n:06}",
            amount=Decimal("-56.01") if n % 2 else Decimal("56.01") + n,
        )
        for n in range(21)
    )
    return Statement(
        account=Party(name=account, address=("4/18 Rātā Road", "Auckland 1021")),
        issued_on=date(2026, 11, 21),
        from_on=first,
        to_on=date(2026, 11, 20),
        opening_balance=Decimal("112.02"),
        entries=entries,
        ageing=(("Not yet due", Decimal("66.01")), ("1 to 30 days", Decimal("112.02"))),
    )


def ours(module: ModuleType, values: Invoice | Statement, verify_url: str) -> bytes:
    return pdf.render(
        module.story(values),
        letterhead=LETTERHEAD,
        title=module.title(values),
        number=NUMBER,
        digest="9f86d081884c",
        verify_url=verify_url,
    )


class Recording:
    """Every string, hairline and QR module of our page, in absolute coordinates."""

    def __init__(self, module: ModuleType, values: Invoice | Statement, verify_url: str):
        self.strings: list[tuple[float, float, str, float, float, str]] = []
        self.lines: list[tuple[float, float, float, float, float]] = []
        self.code = pdf._qr_runs(verify_url) if verify_url else None
        left, line, lines = typesetting.Pen.left, Canvas.line, Canvas.lines

        def note_left(pen, x, y, text, style):
            across, up = pen._canvas.absolutePosition(x, y)
            for font, run in typesetting.face(style.weight).runs(text):
                self.strings.append((across, up, font, style.size, style.grey, run))
                across += typesetting.width_of(run, style)
            left(pen, x, y, text, style)

        def note_line(canvas, *ends):
            start, end = canvas.absolutePosition(*ends[:2]), canvas.absolutePosition(*ends[2:])
            self.lines.append((*start, *end, canvas._strokeColorObj[0]))
            line(canvas, *ends)

        def note_lines(canvas, many):
            for ends in many:
                start, end = canvas.absolutePosition(*ends[:2]), canvas.absolutePosition(*ends[2:])
                self.lines.append((*start, *end, canvas._strokeColorObj[0]))
            lines(canvas, many)

        with (
            patch.object(typesetting.Pen, "left", note_left),
            patch.object(Canvas, "line", note_line),
            patch.object(Canvas, "lines", note_lines),
        ):
            ours(module, values, verify_url)
        self.title = module.title(values)


def bare(page: Recording, verify_url: str) -> bytes:
    out = BytesIO()
    canvas = Canvas(
        out,
        pagesize=(pdf.A4.width, pdf.A4.height),
        pageCompression=1,
        invariant=1,
        lang="en-NZ",
        initialFontName=typesetting.face(typesetting.REGULAR).name,
    )
    canvas.setTitle(f"{page.title} {NUMBER}")
    canvas.setAuthor(LETTERHEAD.practice)
    used = grey_used = None
    for x, y, font, size, grey, text in page.strings:
        if (font, size) != used:
            used = (font, size)
            canvas.setFont(font, size)
        if grey != grey_used:
            grey_used = grey
            canvas.setFillGray(grey)
        canvas.drawString(x, y, text)
    canvas.setLineWidth(0.35)
    for *ends, grey in page.lines:
        canvas.setStrokeGray(grey)
        canvas.line(*ends)
    if verify_url:
        draw_code(canvas, *pdf._qr_runs(verify_url))
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def draw_code(canvas: Canvas, size: int, runs: list[tuple[int, int, int]]) -> None:
    module = pdf.QR_SIZE / size
    left, bottom = pdf.A4.width - pdf.MARGIN - pdf.QR_SIZE, 8 * typesetting.MM
    path = canvas.beginPath()
    for row, column, length in runs:
        path.rect(left + column * module, bottom + (size - 1 - row) * module, length * module, module)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def words(document: bytes) -> list[str]:
    (page,) = PdfReader(BytesIO(document)).pages
    return sorted(page.extract_text().split())


def timed(draw: Callable[[], bytes]) -> float:
    start = perf_counter()
    for _ in range(PAGES_PER_ROUND):
        draw()
    return (perf_counter() - start) / PAGES_PER_ROUND * 1000


def compare(name: str, module: ModuleType, values: Invoice | Statement, verify_url: str, rounds: int) -> float:
    """Prints the medians in milliseconds and answers the median of the rounds' ratios."""
    page = Recording(module, values, verify_url)
    assert words(ours(module, values, verify_url)) == words(bare(page, verify_url)), "the two pages differ"
    pairs = []
    for number in range(rounds):
        sides = [lambda: ours(module, values, verify_url), lambda: bare(page, verify_url)]
        first, second = (timed(side) for side in (sides if number % 2 == 0 else reversed(sides)))
        pairs.append((first, second) if number % 2 == 0 else (second, first))
    ratio = median(theirs / mine for mine, theirs in pairs)
    mine, theirs = (median(side) for side in zip(*pairs, strict=True))
    print(f"{name:<28} ours {mine:6.2f} ms   bare {theirs:6.2f} ms   ratio {ratio:.2f}")
    return ratio


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    ratios = [
        compare("invoice", invoice, subject("Māia Tūhoe"), "", rounds),
        compare("invoice with QR code", invoice, subject("Māia Tūhoe"), VERIFY_URL, rounds),
        compare("invoice with QR and Hanzi", invoice, subject("王小明 Māia Tūhoe"), VERIFY_URL, rounds),
        compare("statement of 22 rows", statement, full_of_figures("Māia Tūhoe"), VERIFY_URL, rounds),
    ]
    print(f"worst {min(ratios):.2f}, goal {GOAL}")
    return 0 if min(ratios) >= GOAL else 1


if __name__ == "__main__":
    raise SystemExit(main())
