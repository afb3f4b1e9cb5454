"""Text for US claims, whose forms and files know unaccented Latin capitals, figures and some signs.

Accents and macrons go, letters with no such base are written out. What has no Latin letter cannot be written: the name
of a person must be given in Latin letters, and nothing is left out in silence.
"""

import unicodedata

_WRITTEN_OUT = str.maketrans(
    {
        "‘": "'", "’": "'", "ʻ": "'", "ʼ": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "–": "-", "—": "-", "…": "...",
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d",
        "Ð": "D", "ł": "l", "Ł": "L", "þ": "th", "Þ": "TH", "ı": "i", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T",
        "ŋ": "ng", "Ŋ": "NG", "ĸ": "k", "·": "",
    }
)  # fmt: skip


class Unwritable(ValueError):
    """`text` holds `char`, for which there is no Latin letter."""

    def __init__(self, text: str, char: str):
        super().__init__(f"{char!r} in {text!r}")
        self.text, self.char = text, char


def plain(text: str) -> str:
    """One line of printable ASCII, capitals, single spaces. Raises `Unwritable`."""
    decomposed = unicodedata.normalize("NFKD", text).translate(_WRITTEN_OUT)
    letters = []
    for char in decomposed:
        if unicodedata.category(char) == "Mn":
            continue
        if char.isspace():
            letters.append(" ")
        elif char.isascii() and char.isprintable():
            letters.append(char)
        else:
            raise Unwritable(text, char)
    return " ".join("".join(letters).upper().split())
