"""The fixed words of a note: tongue, pulse, the eight principles and how a needle is worked, each with its label.

Pure. A code is what is stored; a label is what is shown. What a code cannot say has a free note beside it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Words = dict[str, str]

TONGUE: dict[str, Words] = {
    "body_colour": {
        "pink": "Pink",
        "pale": "Pale",
        "red": "Red",
        "red_tip": "Red tip",
        "red_sides": "Red sides",
        "dark_red": "Dark red",
        "dusky": "Dusky",
        "purple": "Purple",
        "bluish": "Bluish",
    },
    "body_shape": {
        "normal": "Normal",
        "swollen": "Swollen",
        "teeth_marked": "Teeth-marked",
        "swollen_teeth_marked": "Swollen and teeth-marked",
        "thin": "Thin",
        "cracked": "Cracked",
        "stiff": "Stiff",
        "flaccid": "Flaccid",
        "deviated": "Deviated",
        "quivering": "Quivering",
        "short": "Short",
    },
    "coat_colour": {"white": "White", "yellow": "Yellow", "grey": "Grey", "black": "Black"},
    "coat": {
        "thin": "Thin",
        "thick": "Thick",
        "greasy": "Greasy",
        "rough": "Rough",
        "peeled": "Peeled",
        "rootless": "Rootless",
        "little": "Little",
        "none": "None",
    },
    "moisture": {"normal": "Normal", "dry": "Dry", "wet": "Wet", "slippery": "Slippery"},
}
PULSE: Words = {
    "even": "Even",
    "floating": "Floating",
    "deep": "Deep",
    "slow": "Slow",
    "rapid": "Rapid",
    "wiry": "Wiry",
    "tight": "Tight",
    "slippery": "Slippery",
    "choppy": "Choppy",
    "thin": "Thin",
    "weak": "Weak",
    "empty": "Empty",
    "full": "Full",
    "flooding": "Flooding",
    "soggy": "Soggy",
    "short": "Short",
    "long": "Long",
    "hollow": "Hollow",
    "leathery": "Leathery",
    "hidden": "Hidden",
    "moving": "Moving",
    "scattered": "Scattered",
    "knotted": "Knotted",
    "hasty": "Hasty",
    "intermittent": "Intermittent",
}
POSITIONS: Words = {"cun": "Cun", "guan": "Guan", "chi": "Chi"}
PRINCIPLES: Words = {
    "yin": "Yin",
    "yang": "Yang",
    "interior": "Interior",
    "exterior": "Exterior",
    "cold": "Cold",
    "heat": "Heat",
    "deficiency": "Deficiency",
    "excess": "Excess",
}
STIMULATION: Words = {
    "none": "None",
    "lift_thrust": "Lifting and thrusting",
    "twirl": "Twirling",
    "scrape": "Scraping",
    "flick": "Flicking",
    "tremble": "Trembling",
    "electrical": "Electrical",
    "warmed": "Warmed",
}


def principles_words(codes: Iterable[str]) -> str:
    """`interior, deficiency, cold`"""
    return ", ".join(PRINCIPLES[code].lower() for code in codes)


def tongue_sentence(tongue: Mapping[str, Any]) -> str:
    """`Pale, swollen body; thin white coat; wet. Worse than last week.`; empty where nothing was written down."""

    def word(name: str) -> str:
        return TONGUE[name].get(tongue.get(name, ""), "").lower()

    body = ", ".join(filter(None, [word("body_colour"), word("body_shape")]))
    coat = " ".join(filter(None, [word("coat"), word("coat_colour")]))
    moisture = "normal moisture" if tongue.get("moisture") == "normal" else word("moisture")
    return _sentence([f"{body} body" if body else "", _coat(coat), moisture], tongue.get("note", ""))


def _coat(coat: str) -> str:
    if not coat:
        return ""
    return "no coat" if coat == "none" else f"{coat} coat"


def pulse_sentence(pulse: Mapping[str, Any]) -> str:
    """`72 a minute; wiry, thin; left guan wiry, chi weak; right chi weak. Firmer after the needles.`"""
    rate = pulse.get("rate")
    parts = [f"{rate} a minute" if rate else "", ", ".join(PULSE[code].lower() for code in pulse.get("qualities", []))]
    for side in ("left", "right"):
        felt = pulse.get(side, {})
        words = [f"{name} {PULSE[felt[name]].lower()}" for name in POSITIONS if felt.get(name)]
        parts.append(f"{side} {', '.join(words)}" if words else "")
    return _sentence(parts, pulse.get("note", ""))


def _sentence(parts: Iterable[str], note: str) -> str:
    said = "; ".join(filter(None, parts))
    said = f"{said[0].upper()}{said[1:]}." if said else ""
    return " ".join(filter(None, [said, note.strip()]))
