"""Which diagnosis codes a clinic of ours meets, what is wrong with a code, and how one is found by words. Pure.

The lists are subsets: a code that is not in them is not wrong for that. Where they come from stands in
data/diagnoses/README.md.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

DATA = Path(__file__).parent / "data" / "diagnoses"
READ2, ICD10CM = "read2", "icd10cm"
SITES = [
    ("hip", "Hip, buttock, thigh"),
    ("pelvis", "Pelvis, sacroiliac joint"),
    ("back", "Back, ribs"),
    ("neck", "Neck"),
    ("shoulder", "Shoulder, upper arm"),
    ("elbow", "Elbow, forearm, wrist, hand"),
    ("knee", "Knee, lower leg"),
    ("ankle", "Ankle, foot"),
    ("head", "Head, jaw"),
    ("general", "Anywhere, or the whole person"),
]
# As database and Python both read them. All 33,880 codes of ACC's published list fit the first: five characters, and
# unused ones on the right are dots.
READ2_FORM = r"^(?=.{5}$)[0-9A-Za-z]{1,5}\.{0,4}$"
ICD10CM_FORM = r"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$"
# Chapters S and T want seven characters, but for burns by their extent, transplants and stumps.
INJURY = re.compile(r"[ST][0-9]")
WITHOUT_SEVENTH = ("T30", "T31", "T32", "T86", "T87")
ENCOUNTERS = {"A": "active treatment", "D": "later treatment", "S": "what an old injury left behind"}
NAMED = 5


@dataclass(frozen=True)
class Listed:
    """`side` is in the code itself (`left`, `right`, `both`, or empty); `sided`: one should be named beside the code.
    `heading` stands above more exact codes, `gradual` is a disease and no injury, `usual` comes first in a search."""

    system: str
    code: str
    description: str
    site: str
    words: str
    side: str = ""
    sided: bool = False
    heading: bool = False
    gradual: bool = False
    usual: bool = True

    @cached_property
    def own_words(self) -> tuple[str, ...]:
        return _words(self.description)

    @cached_property
    def other_words(self) -> tuple[str, ...]:
        return _words(self.words)

    @cached_property
    def site_words(self) -> tuple[str, ...]:
        return _words(dict(SITES)[self.site])

    @property
    def children(self) -> tuple["Listed", ...]:
        """The more exact codes below a heading of Read v2, the next level first."""
        stem = self.code.rstrip(".")
        below = (row for row in _read2() if self.heading and row.code.startswith(stem) and row != self)
        return tuple(sorted(below, key=lambda row: (len(row.code.rstrip(".")), row.code)))


@dataclass(frozen=True)
class Parent:
    """A code of ICD-10-CM that stands above others and is not billable; `complete`: `choices` are all there are."""

    code: str
    description: str
    complete: bool
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Unusable:
    """Why a code cannot be claimed with, and which of its children to choose from."""

    code: str
    detail: str
    choices: tuple[dict[str, str], ...]


@cache
def listed() -> tuple[Listed, ...]:
    return (*_read2(), *_icd10cm())


@cache
def by_code() -> dict[tuple[str, str], Listed]:
    return {(row.system, row.code): row for row in listed()}


@cache
def parents() -> dict[str, Parent]:
    return {
        row["code"]: Parent(
            code=row["code"],
            description=row["description"],
            complete=row["complete"] == "yes",
            choices=tuple(row["choices"].split(";")),
        )
        for row in _rows("icd10cm_parents")
    }


def unusable(system: str, code: str) -> Unusable | None:
    """`seventh_character_missing` or `diagnosis_not_billable`. A code that is not in our list can be used if its form
    is right, which is not looked at here."""
    if system != ICD10CM or not re.fullmatch(ICD10CM_FORM, code):
        return None
    parent = parents().get(code)
    if parent and {_stem(choice) for choice in parent.choices} != {_stem(code)}:
        sentence = f"{code} is too general to be billed. {_say(parent.choices, parent.complete)}"
        return Unusable("diagnosis_not_billable", sentence, _told(parent.choices))
    if parent is None and _is_whole(code):
        return None
    choices = parent.choices if parent else _encounters(code)
    sentence = (
        f"{code} lacks its seventh character: A for active treatment, D for later treatment, S for what is left."
    )
    return Unusable("seventh_character_missing", f"{sentence} {_say(choices)}".rstrip(), _told(choices))


def is_gradual(code: str) -> bool:
    """Chapter N of Read v2 holds diseases of muscles and joints; ACC covers injuries and what they caused."""
    return code.startswith("N")


def remarks(system: str, code: str, side: str) -> Iterator[tuple[str, str]]:
    """What a person should look at in one diagnosis though it can stand: `(code, sentence)`."""
    row = by_code().get((system, code))
    if row is None:
        meant = _of_other_letters(system, code)
        if meant:
            yield (
                "read_code_letters",
                f"{code} is not {meant.code} ({meant.description}). Read codes differ by capitals.",
            )
        return
    if row.children:
        below = ", ".join(child.code for child in row.children[:NAMED])
        yield "diagnosis_heading", f"{code} is a heading, and ACC asks for the most exact code. Below it: {below} …"
    if row.sided and side == "not_applicable":
        yield "side_missing", f"Say on which side it is: {code} {row.description}."
    if row.side and side not in {row.side, "not_applicable"}:
        yield "side_contradicts", f"{code} means {row.description}. The side named beside it is another."


def found_by(search: str = "", *, system: str = "", site: str = "") -> list[Listed]:
    """By the beginnings of words, or of a code with or without its dot; macrons and capitals make no difference. The
    best first: the code itself, then words of the description, then other words for it, then the site."""
    found = [
        (place, row)
        for row in listed()
        if (not system or row.system == system) and (not site or row.site == site)
        for place in [_place(row, search)]
        if place is not None
    ]
    return [row for _, row in sorted(found, key=lambda pair: (pair[0], not pair[1].usual))]


def _place(row: Listed, text: str) -> int | None:
    """How near a row is to what was typed: 0 the nearest, None not at all."""
    asked = _words(text)
    if not asked:
        return 0
    plain = _plain("".join(asked))
    if _plain(row.code).startswith(plain):
        return 0 if _plain(row.code) == plain else 1
    wider: tuple[str, ...] = ()
    for place, words in enumerate((row.own_words, row.other_words, row.site_words), 2):
        wider += words
        if all(_begins(word, wider) for word in asked):
            return place
    return None


def _begins(asked: str, words: tuple[str, ...]) -> bool:
    return any(word.startswith(asked) for word in words)


def _words(text: str) -> tuple[str, ...]:
    apart = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return tuple(re.findall(r"[a-z0-9]+(?:[.'][a-z0-9]+)*", bare))


def _plain(code: str) -> str:
    return code.replace(".", "").casefold()


def _stem(code: str) -> str:
    """An ICD-10-CM code without its dot, its seventh character and what fills the places before that."""
    return code.replace(".", "")[:6].rstrip("X")


def _is_whole(code: str) -> bool:
    """Of a code that is not in the list: whether it has the seventh character that its chapter wants."""
    wants_seven = INJURY.match(code) and not code.startswith(WITHOUT_SEVENTH)
    return not wants_seven or len(code.replace(".", "")) == 7


def _encounters(code: str) -> tuple[str, ...]:
    """Of a code that is not in the list. With fewer than six characters it may itself be too general: then none."""
    return tuple(code + letter for letter in ENCOUNTERS) if len(code.replace(".", "")) == 6 else ()


def _of_other_letters(system: str, code: str) -> Listed | None:
    if system != READ2:
        return None
    return next((row for row in _read2() if row.code.casefold() == code.casefold()), None)


def _say(choices: tuple[str, ...], complete: bool = True) -> str:
    if not choices:
        return ""
    some = choices[:NAMED]
    such_as = "" if complete and some == choices else "a more exact one, such as "
    return f"Choose {such_as}{' or '.join(filter(None, [', '.join(some[:-1]), some[-1]]))}."


def _told(choices: tuple[str, ...]) -> tuple[dict[str, str], ...]:
    return tuple({"code": code, "description": _description(code)} for code in choices)


def _description(code: str) -> str:
    row = by_code().get((ICD10CM, code))
    return row.description if row else ENCOUNTERS[code[-1]].capitalize()


@cache
def _read2() -> tuple[Listed, ...]:
    flags = ("sided", "heading", "gradual")
    return tuple(Listed(system=READ2, **row | {name: row[name] == "yes" for name in flags}) for row in _rows("read2"))


@cache
def _icd10cm() -> tuple[Listed, ...]:
    return tuple(Listed(system=ICD10CM, **row | {"usual": row["usual"] == "yes"}) for row in _rows("icd10cm"))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)
