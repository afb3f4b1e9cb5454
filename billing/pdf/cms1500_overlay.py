"""The CMS-1500's data alone, to be printed on the original form, whose red ink the readers of payers look through."""

from collections.abc import Iterator

from billing.pdf.us_values import UsClaim
from billing.us.cms1500 import FIRST_SERVICE_LINE, MARKS, PLACES, SERVICE, Form, Place, forms
from clinic.grid import Origin, Put, render_grid
from clinic.pdf import LETTER

TITLE = "CMS-1500, data for the form"
# Where the first column and line of the form lie; a printer that feeds otherwise is set right in the settings.
LEFT, TOP = 24.0, 20.0


def draw(claim: UsClaim, *, right_mm: float = 0.0, down_mm: float = 0.0) -> bytes:
    """Raises what `billing.us.cms1500.forms` raises."""
    return render_grid(
        [_sheet(form) for form in forms(claim)],
        title=f"{TITLE} {claim.number}",
        author=claim.billing.name,
        origin=Origin(LEFT, TOP, right_mm, down_mm),
        paper=LETTER,
    )


def _sheet(form: Form) -> Iterator[Put]:
    for item, text in form.texts.items():
        yield _put(PLACES[item], text)
    for item, chosen in form.marks.items():
        yield Put(*MARKS[item][chosen], "X")
    for number, service in enumerate(form.services):
        for item, text in service.items():
            yield _put(SERVICE[item], text, below=FIRST_SERVICE_LINE + 2 * number)


def _put(place: Place, text: str, *, below: int = 0) -> Put:
    column = place.column + (place.length - len(text) if place.right else 0)
    return Put(place.line + below, column, text)
