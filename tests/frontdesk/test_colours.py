"""Each ink is readable on its ground, light and dark: at least 4.5 to 1, as WCAG 2.2 asks (1.4.3)."""

import math
import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = (Path(settings.BASE_DIR) / "frontdesk/static/frontdesk/needlebook.css").read_text()
THEME = settings.UNFOLD["COLORS"]


def block(selector: str) -> dict[str, str]:
    body = re.search(rf"^{re.escape(selector)} {{(.*?)^}}", CSS, re.MULTILINE | re.DOTALL)[1]
    return dict(re.findall(r"(--nb-[a-z-]+): ([^;]+);", body))


LIGHT = block(":root")
DARK = LIGHT | block("html.dark")


def linear(colour: str, palette: dict[str, str]) -> list[float]:
    """Linear sRGB of `#rgb`, `#rrggbb`, `oklch(l c h)` or a property that names one of these."""
    colour = colour.strip()
    if colour.startswith("var(--nb-"):
        return linear(palette[colour[4:-1]], palette)
    if colour.startswith("var(--color-"):
        name, step = re.match(r"var\(--color-([a-z]+)-(\d+)\)", colour).groups()
        return linear(THEME[name][step], palette)
    if colour.startswith("oklch"):
        lightness, chroma, hue = re.match(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", colour).groups()
        return _from_oklch(float(lightness) / 100, float(chroma), math.radians(float(hue)))
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]


def _from_oklch(lightness: float, chroma: float, hue: float) -> list[float]:
    """Björn Ottosson's OKLab, https://bottosson.github.io/posts/oklab/ (matrices as published there)."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return [
        min(max(value, 0), 1)
        for value in (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        )
    ]


def contrast(ink: str, ground: str, palette: dict[str, str]) -> float:
    def luminance(colour: str) -> float:
        red, green, blue = linear(colour, palette)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted([luminance(ink), luminance(ground)])
    return (lighter + 0.05) / (darker + 0.05)


PAIRS = [
    *((f"var(--nb-{name})", f"var(--nb-{name}-ground)") for name in ("green", "blue", "amber", "red", "grey")),
    *((f"var(--nb-{name})", "var(--nb-paper)") for name in ("ink", "quiet", "link", "green", "red")),
    ("var(--nb-ink)", "var(--nb-shade)"),
    ("var(--nb-ink)", "var(--nb-grey-ground)"),
    ("var(--nb-on-accent)", "var(--nb-accent)"),
]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_our_own_colours_are_readable(ink, ground, palette):
    assert contrast(ink, ground, palette) >= 4.5


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("#fff", "primary-600"),
        ("primary-600", "#fff"),
        ("primary-600", "base-100"),
        ("primary-500", "base-900"),
        ("base-500", "#fff"),
        ("base-600", "base-50"),
        ("base-400", "base-900"),
        ("base-300", "base-900"),
    ],
)
def test_the_colours_given_to_the_theme_are_readable(ink, ground):
    ink, ground = (name if name.startswith("#") else f"var(--color-{name})" for name in (ink, ground))
    assert contrast(ink, ground, LIGHT) >= 4.5


def test_black_on_white_is_as_far_apart_as_can_be():
    assert round(contrast("#000", "#ffffff", LIGHT), 2) == 21
    assert round(contrast("oklch(0% 0 0)", "oklch(100% 0 0)", LIGHT), 1) == 21
