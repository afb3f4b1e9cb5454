"""How many parts a text message takes. Pure.

A part is 140 bytes. Where every sign is in the alphabet of GSM 03.38 that is 160 signs of seven bits, and one sign
outside of it, such as a macron, a Hanzi or a curly quote, makes the whole text UCS-2: 70 signs. A text of several
parts spends some of each on saying which it is.
"""

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each is an escape and a second sign.
_EXTENDED = frozenset("\f^{}\\[~]|€")
_ONE, _OF_SEVERAL = {True: 160, False: 70}, {True: 153, False: 67}
_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-", "…": "..."}
    | dict.fromkeys("\u00a0\u2007\u2009\u202f", " ")
)


@dataclass(frozen=True, kw_only=True)
class Length:
    """`signs` as they are counted, of which one part of this alphabet holds `fit`; `outside` are the signs, each once,
    that keep a text from the alphabet of 160."""

    parts: int
    signs: int
    fit: int
    outside: str


def plain(text: str) -> str:
    """Typographic quotes, dashes and spaces as the keyboard has them. Letters stay: names are spelt with macrons."""
    return text.translate(_PLAIN)


def length(text: str) -> Length:
    """A sign that takes two units is never parted, so that parts may hold one unit less than they could."""
    outside = "".join(dict.fromkeys(sign for sign in text if sign not in _BASIC and sign not in _EXTENDED))
    is_short = not outside
    sizes = [2 if (sign in _EXTENDED if is_short else ord(sign) > 0xFFFF) else 1 for sign in text]
    parts = 1 if sum(sizes) <= _ONE[is_short] else _filled(sizes, _OF_SEVERAL[is_short])
    return Length(parts=parts, signs=sum(sizes), fit=_ONE[is_short], outside=outside)


def _filled(sizes: list[int], room: int) -> int:
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts
