"""Type for the papers: the fonts, what a text may contain, how wide it is, where it breaks, how it is drawn.

Text is drawn as it is, never parsed: there is no markup here, so none can be slipped in.
Source Sans keeps its figures tabular by default (each is 497/1000 em in Regular), so columns of money line up.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from clinic.hanzi import noto_for

MM = 72 / 25.4
UNIT = 5 * MM
"""The baseline: everything on a paper is a whole or a half of it apart."""

REPLACEMENT = "◊"
"""Stands, visibly, for each character that is a control, turns text around, is no character, or has no font."""

REGULAR, SEMIBOLD = 400, 600
INK, MUTED = 0.1, 0.38

_FILES = {REGULAR: "SourceSansPro-Regular.ttf", SEMIBOLD: "SourceSansPro-Semibold.ttf"}


@dataclass(frozen=True, slots=True)
class Style:
    size: float
    leading: float = UNIT
    weight: int = REGULAR
    grey: float = INK


BODY = Style(9.5)
STRONG = Style(9.5, weight=SEMIBOLD)
SMALL = Style(8, 0.8 * UNIT, grey=MUTED)
LABEL = Style(7.5, 0.7 * UNIT, SEMIBOLD, MUTED)
FOOT = Style(7.5, 0.7 * UNIT, grey=MUTED)
HEADING = Style(11, weight=SEMIBOLD)
TITLE = Style(14, 1.3 * UNIT, SEMIBOLD)


class Face(dict):
    """One weight: the advance of each character in thousandths of an em, filled in as characters turn up."""

    def __init__(self, weight: int):
        super().__init__()
        self.weight = weight
        self.latin = TTFont(
            f"SourceSans-{weight}",
            str(files("font_source_sans_pro") / "files" / _FILES[weight]),
            asciiReadable=False,
            shapable=False,
        )
        pdfmetrics.registerFont(self.latin)
        self.name = self.latin.fontName
        self._fonts: dict[str, str] = {}

    def __missing__(self, char: str) -> float:
        font = self._drawing(ord(char)) or self.latin
        self._fonts[char] = font.fontName
        self[char] = advance = font.face.getCharWidth(ord(char))
        return advance

    def has(self, code: int) -> bool:
        return self._drawing(code) is not None

    def runs(self, text: str) -> list[tuple[str, str]]:
        """`[(font name, text)]`, in order."""
        if text.isascii():
            return [(self.name, text)]
        for char in text:
            self[char]
        return [(font, "".join(run)) for font, run in groupby(text, self._fonts.__getitem__)]

    def _drawing(self, code: int) -> TTFont | None:
        if code in self.latin.face.charToGlyph:
            return self.latin
        font = noto_for(code, weight=self.weight)
        if font is not None:
            pdfmetrics.registerFont(font)
        return font


@cache
def face(weight: int) -> Face:
    """Opened and parsed once per process."""
    return Face(weight)


class _Cleaner(dict):
    """For `str.translate`: what each character may become on paper."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kind = unicodedata.category(char)
        if char == "\n" or kind in {"Zl", "Zp"}:
            clean = "\n"
        elif char == "\t" or kind == "Zs":
            clean = " "
        elif kind in {"Cc", "Cf", "Cs", "Co", "Cn"} or not face(REGULAR).has(code):
            clean = REPLACEMENT
        else:
            clean = char
        self[code] = clean
        return clean


_CLEANER = _Cleaner()


def clean(text: str) -> str:
    """`text` as it may be printed: composed (NFC), nothing invisible, nothing that could steer the reader or the file.

    Only line breaks survive of the controls; every other offender becomes `REPLACEMENT`, one for one.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text).translate(_CLEANER)


def one_line(text: str) -> str:
    """Clean, with its line breaks as spaces."""
    return clean(text).replace("\n", " ")


def width_of(text: str, style: Style) -> float:
    """Points; `text` must be clean."""
    return sum(map(face(style.weight).__getitem__, text)) * style.size / 1000


# One character of a script that breaks anywhere, or a word (up to a hyphen before a letter), with the space after it.
_ANYWHERE = "⺀-鿿豈-﫿＀-￯"
_WORDS = re.compile(rf"[{_ANYWHERE}]\s*|[^\s{_ANYWHERE}]+?(?:-(?=[^\W\d_])|(?=[\s{_ANYWHERE}])|$)\s*|\s+")


def broken(text: str, style: Style, width: float) -> list[str]:
    """The lines of `text` in a column `width` points wide. Words wrap; a longer word is divided; nothing is cut."""
    text = clean(text).strip()
    if not text:
        return []
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if width_of(paragraph, style) <= width:
            lines.append(paragraph)
        else:
            lines.extend(_wrapped(paragraph, style, width))
    return lines


def _wrapped(paragraph: str, style: Style, width: float) -> list[str]:
    lines, line, used = [], "", 0.0
    for word in _WORDS.findall(paragraph):
        needed = width_of(word.rstrip(), style)
        if used + needed > width and line:
            lines.append(line.rstrip())
            line, used = "", 0.0
        if needed > width:
            *full, word = _divided(word, style, width)
            lines.extend(full)
        line += word
        used += width_of(word, style)
    return [*lines, line.rstrip()] if line.strip() else lines


def _divided(word: str, style: Style, width: float) -> list[str]:
    advances, scale = face(style.weight), style.size / 1000
    parts, start, used = [], 0, 0.0
    for index, char in enumerate(word):
        advance = advances[char] * scale
        if used + advance > width and index > start:
            parts.append(word[start:index])
            start, used = index, 0.0
        used += advance
    return [*parts, word[start:]]


class _Lines(PDFTextObject):
    """A text object that is told where each line begins, and so need not measure where the last one ended."""

    def put(self, x: float, y: float, text: str) -> None:
        self._code.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm")
        self.go_on(text)

    def go_on(self, text: str) -> None:
        self._code.append(self._formatText(text))


class Pen:
    """Sets clean lines into a canvas: one text object for many lines, state written only where it changes."""

    def __init__(self, canvas: Canvas):
        self._canvas = canvas
        self._lines = _Lines(canvas)
        self._font: tuple[str, float] | None = None
        self._grey: float | None = None

    def left(self, x: float, y: float, text: str, style: Style) -> None:
        lines = self._lines
        if style.grey != self._grey:
            self._grey = style.grey
            lines.setFillGray(style.grey)
        for index, (font, run) in enumerate(face(style.weight).runs(text)):
            if self._font != (font, style.size):
                self._font = (font, style.size)
                lines.setFont(font, style.size)
            if index == 0:
                lines.put(x, y, run)
            else:
                lines.go_on(run)

    def right(self, x: float, y: float, text: str, style: Style) -> None:
        self.left(x - width_of(text, style), y, text, style)

    def money(self, x: float, y: float, text: str, style: Style) -> None:
        """Right-aligned so that the decimal point lies where that of a regular figure would, whatever the weight."""
        whole, point, fraction = text.partition(".")
        point_at = x - width_of(point + fraction, Style(style.size))
        self.left(point_at - width_of(whole, style), y, text, style)

    def done(self) -> None:
        self._canvas.drawText(self._lines)
