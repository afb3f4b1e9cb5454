"""Where things stand, as classes: a strict Content-Security-Policy lets no element carry a style of its own."""

from functools import cache

from django.http import HttpRequest, HttpResponse

from frontdesk.diary.layout import TRACKS

# A day of 25 hours, when the clocks go back.
MOST_STEPS = 25 * 12


def styles(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_rules(), content_type="text/css", headers={"Cache-Control": "private, max-age=3600"})


@cache
def _rules() -> str:
    rows = (
        f".at-{n}{{grid-row-start:{n + 1}}}.for-{n}{{grid-row-end:span {max(n, 1)}}}.steps-{n}{{--steps:{n}}}"
        for n in range(MOST_STEPS + 1)
    )
    tracks = (
        f".track-{n}{{grid-column-start:{n + 1}}}.wide-{n}{{grid-column-end:span {max(n, 1)}}}"
        for n in range(TRACKS + 1)
    )
    return "\n".join([*rows, *tracks])
