"""Embedding of Noto Sans for Hanzi, kana and Hangul, glyph by glyph, at the weight of the text around it.

The package ships variable fonts whose outlines, read as they lie, are the thinnest weight. Each glyph that a paper
uses is therefore instanced at its weight and put into a small TrueType font made for that paper alone. A font is
opened once per process, when the first such character turns up, and each glyph is instanced once.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO
from weakref import WeakKeyDictionary

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont as FontFile
from reportlab.pdfbase.pdfmetrics import TypeFace
from reportlab.pdfbase.ttfonts import FF_SYMBOLIC, TTEncoding, TTFont, TTFontFace, TTFontFile

_FILES = {"NotoSansSC": "notosanssc/NotoSansSC[wght].ttf", "NotoSansKR": "notosanskr/NotoSansKR[wght].ttf"}

# Only the Basic Multilingual Plane: ReportLab writes a wrong ToUnicode entry for a character beyond it, and a name
# that prints right but copies wrong is worse than one that shows the replacement.
_BLOCKS = (
    (0x1100, 0x11FF, "NotoSansKR"),
    (0x2E80, 0x312F, "NotoSansSC"),
    (0x3130, 0x318F, "NotoSansKR"),
    (0x31A0, 0x9FFF, "NotoSansSC"),
    (0xA960, 0xA97F, "NotoSansKR"),
    (0xAC00, 0xD7FF, "NotoSansKR"),
    (0xF900, 0xFAFF, "NotoSansSC"),
    (0xFE30, 0xFE4F, "NotoSansSC"),
    (0xFF00, 0xFFEF, "NotoSansSC"),
)

_NO_DAY = 3_029_529_600
"""1 January 2000 in a font's seconds since 1904: the same in every paper, and what ReportLab's `invariant` says."""


def noto_for(code: int, *, weight: int) -> TTFont | None:
    """The font that draws the character `code` at `weight`; None if there is none."""
    for first, last, family in _BLOCKS:
        if first <= code <= last:
            font = _font(family, weight)
            return font if code in font.face.charToGlyph else None
    return None


@cache
def _opened(family: str) -> tuple[FontFile, dict[int, str]]:
    path = files("justmytype_intl_cjk") / "fonts" / "ofl" / _FILES[family]
    source = FontFile(str(path), lazy=True)
    return source, source.getBestCmap()


@cache
def _font(family: str, weight: int) -> TTFont:
    return _NotoFont(family, weight)


class _NotoFont(TTFont):
    def __init__(self, family: str, weight: int):
        self.fontName = f"{family}-{weight}"
        self.face = _NotoFace(family, weight)
        self.encoding = TTEncoding()
        self.state = WeakKeyDictionary()
        self._asciiReadable = False
        self.shapable = False


class _NotoFace(TTFontFace):
    """A face that answers what ReportLab asks of one, from the variable font at one weight."""

    def __init__(self, family: str, weight: int):
        TypeFace.__init__(self, f"{family}-{weight}".encode())
        source, self.charToGlyph = _opened(family)
        self._glyphs = source.getGlyphSet(location={"wght": weight})
        self._drawn = {}
        self.charWidths: dict[int, float] = {}  # only of characters met so far: they are asked for before drawn
        self._family, self._style = family, str(weight)
        self.filename, self.subfontNameX = f"{family}-{weight}", b""
        head, os2 = source["head"], source["OS/2"]
        self.unitsPerEm = head.unitsPerEm
        self.ascent, self.descent = self._em(os2.sTypoAscender), self._em(os2.sTypoDescender)
        self.capHeight = self._em(os2.sCapHeight)
        self.bbox = [self._em(edge) for edge in (head.xMin, head.yMin, head.xMax, head.yMax)]
        self.flags, self.italicAngle, self.stemV, self.defaultWidth = FF_SYMBOLIC, 0, 50 + (weight // 65) ** 2, 1000
        self._full_font = False

    def _em(self, units: float) -> float:
        return units * 1000 / self.unitsPerEm

    def getCharWidth(self, code: int) -> float:
        if code not in self.charWidths:
            name = self.charToGlyph.get(code)
            self.charWidths[code] = self._em(self._glyphs[name].width) if name else self.defaultWidth
        return self.charWidths[code]

    def makeSubset(self, subset: list[int]) -> bytes:
        """A TrueType font of exactly these characters; the same bytes for the same list."""
        names = {code: self.charToGlyph[code] for code in subset if code in self.charToGlyph}
        order = list(dict.fromkeys([".notdef", *names.values()]))
        builder = FontBuilder(self.unitsPerEm, isTTF=True)
        builder.setupGlyphOrder(order)
        builder.setupCharacterMap(names)
        builder.setupGlyf({name: self._outline(name) for name in order})
        glyf = builder.font["glyf"]
        builder.setupHorizontalMetrics(
            {name: (round(self._glyphs[name].width), getattr(glyf[name], "xMin", 0)) for name in order}
        )
        builder.setupHorizontalHeader(ascent=round(self.ascent), descent=round(self.descent))
        builder.setupNameTable({"familyName": self._family, "styleName": self._style, "psName": self.filename})
        builder.setupOS2()
        builder.setupPost(keepGlyphNames=False)
        builder.updateHead(created=_NO_DAY, modified=_NO_DAY)
        builder.font.recalcTimestamp = False
        whole = BytesIO()
        builder.save(whole)
        whole.seek(0)
        return TTFontFile(whole).makeSubset(subset)

    def _outline(self, name: str):
        if name not in self._drawn:
            recorded, pen = DecomposingRecordingPen(self._glyphs), TTGlyphPen(None)
            self._glyphs[name].draw(recorded)
            recorded.replay(pen)
            self._drawn[name] = pen.glyph()
        return self._drawn[name]
