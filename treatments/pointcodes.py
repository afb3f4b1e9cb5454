"""Codes of acupuncture points: any customary spelling in, the WHO code out.

Pure: plain strings only. The canonical form is the channel's WHO abbreviation and the number without padding
("GB30"), or for WHO's extra points "EX-HN3". Letters that mean different channels in different countries are never
guessed: they raise AmbiguousPointCode with the candidates.
"""

import re
import unicodedata
from dataclasses import dataclass

CHANNEL_SIZES: dict[str, int] = {
    "LU": 11,
    "LI": 20,
    "ST": 45,
    "SP": 21,
    "HT": 9,
    "SI": 19,
    "BL": 67,
    "KI": 27,
    "PC": 9,
    "TE": 23,
    "GB": 44,
    "LR": 14,
    "CV": 24,
    "GV": 28,
}

EXTRA_SIZES: dict[str, int] = {"EX-HN": 15, "EX-B": 9, "EX-CA": 1, "EX-UE": 11, "EX-LE": 12}

SIZES: dict[str, int] = CHANNEL_SIZES | EXTRA_SIZES

CHANNEL_ALIASES: dict[str, str] = {
    "L": "LU",
    "CO": "LI",
    "S": "ST",
    "SPL": "SP",
    "HE": "HT",
    "UB": "BL",
    "B": "BL",
    "K": "KI",
    "KD": "KI",
    "KID": "KI",
    "HC": "PC",
    "SJ": "TE",
    "TB": "TE",
    "TW": "TE",
    "TH": "TE",
    "G": "GB",
    "LV": "LR",
    "LIV": "LR",
    "REN": "CV",
    "RN": "CV",
    "DU": "GV",
    "DM": "GV",
    "HN": "EX-HN",
    "UE": "EX-UE",
    # French, Spanish, Portuguese and German letters that clash with no other language's.
    "E": "ST",
    "V": "BL",
    "F": "LR",
    "VB": "GB",
    "VC": "CV",
    "VG": "GV",
    "MC": "PC",
    "TR": "TE",
    "3E": "TE",
    "RP": "SP",
    "BP": "SP",
    "MP": "SP",
    "GI": "LI",
    "DI": "LI",
    "ID": "SI",
    "NI": "KI",
    "MA": "ST",
    "KS": "PC",
    "KG": "CV",
    "MI": "SP",
    "PE": "PC",
    "LG": "GV",
}

AMBIGUOUS_PREFIXES: dict[str, tuple[str, ...]] = {
    "P": ("PC", "LU"),  # pericardium; poumon, pulmón
    "C": ("HT", "CV"),  # coeur, corazón; conception vessel
    "H": ("HT", "LR"),  # heart, Herz; hígado
    "IG": ("LI", "SI"),  # intestino grueso; intestin grêle
    "M": ("ST", "SP", "PC"),  # Magen; Milz; maître du coeur
    "R": ("KI", "CV"),  # rein, riñón; ren mai
    "T": ("TE", "GV"),  # triple; tou mo
    "LE": ("LR", "EX-LE"),  # Leber; lower extremity
    "DÜ": ("SI", "GV"),  # Dünndarm; a mistyped du mai
}

# Codes of Yintang in Chinese national standards, which count it to the Governor Vessel; American books write GV24.5.
YINTANG_ALIASES = frozenset({"GV29", "GV24+"})
YINTANG_NOTE = "Chinese national standards count Yintang to the Governor Vessel; WHO's code is EX-HN3."

OLD_BLADDER_NOTE = (
    "Older books number BL36 to BL54 in another order (their BL54 is Weizhong, now BL40): compare the name."
)
SHIFTED_HEAD_NOTE = (
    "The newer Chinese standard leaves Yintang out of the head points and counts those after it one lower:"
    " compare the name."
)

# Forms in which WHO's own book prints three characters of its names.
_OLD_FORMS = str.maketrans("兪靑淸", "俞青清")
_DASHES = str.maketrans("‐‑‒–—−－_.·:/", "------------")
_CODE = re.compile(
    r"(?P<extra>EX(?:TRA)?)?[-\s]*(?P<prefix>3E|[A-ZÜ]{1,4})[-\s]*0*(?P<number>[1-9][0-9]?)(?P<plus>\+?)"
)


class UnknownPointCode(ValueError):
    """No point of the WHO list can be meant by the text; `text` is what was given."""

    def __init__(self, text: str) -> None:
        super().__init__(f"There is no acupuncture point {text!r}.")
        self.text = text


class AmbiguousPointCode(ValueError):
    """The letters mean different channels in different countries; `candidates` are existing canonical codes."""

    def __init__(self, text: str, candidates: tuple[str, ...]) -> None:
        super().__init__(f"{text!r} can mean {' or '.join(candidates)}.")
        self.text = text
        self.candidates = candidates


@dataclass(frozen=True)
class PointCode:
    """A point of the WHO list. `note` is a sentence on a numbering trap that the reader should know, or empty."""

    channel: str
    number: int
    note: str = ""

    @property
    def code(self) -> str:
        return f"{self.channel}{self.number}"

    def __str__(self) -> str:
        return self.code


def parse(text: str) -> PointCode:
    """The point meant by `text` in any customary style: LI4, li-4, "REN 12", SJ5, UB40, BL09, Ex-HN-3, GV24.5.

    Raises UnknownPointCode, or AmbiguousPointCode where the prefix has several meanings (P, C, H, IG, M ...), even
    when only one of them reaches the number.
    """
    plain = unicodedata.normalize("NFKC", text).replace("24.5", "24+")
    match = _CODE.fullmatch(plain.translate(_DASHES).strip().upper())
    if match is None:
        raise UnknownPointCode(text)
    prefix, number = match["prefix"], int(match["number"])
    if match["extra"]:
        return _existing(text, f"EX-{prefix}", number, match["plus"])
    if prefix in AMBIGUOUS_PREFIXES and not match["plus"]:
        found = tuple(f"{channel}{number}" for channel in AMBIGUOUS_PREFIXES[prefix] if number <= SIZES[channel])
        if found:
            raise AmbiguousPointCode(text, found)
        raise UnknownPointCode(text)
    return _existing(text, CHANNEL_ALIASES.get(prefix, prefix), number, match["plus"])


def _existing(text: str, channel: str, number: int, plus: str) -> PointCode:
    if f"{channel}{number}{plus}" in YINTANG_ALIASES:
        return PointCode("EX-HN", 3, YINTANG_NOTE)
    if plus or number > SIZES.get(channel, 0):
        raise UnknownPointCode(text)
    note = ""
    if channel == "BL" and 36 <= number <= 54:
        note = OLD_BLADDER_NOTE
    elif channel == "EX-HN" and number >= 3:
        note = SHIFTED_HEAD_NOTE
    return PointCode(channel, number, note)


def fold(text: str) -> str:
    """The text as a search compares it: lower case, no tones, spaces or apostrophes; ü and its stand-in v become u.

    Hanzi and digits stay, so one folded column serves pinyin, names and codes; the v of "LV3" is left alone.
    """
    decomposed = unicodedata.normalize("NFKD", text).translate(_OLD_FORMS).casefold()
    kept = "".join(c for c in decomposed if c.isalnum())
    return re.sub(r"(?<=[ln])v(?![0-9])", "u", kept)
