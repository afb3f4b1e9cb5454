"""Rules about the points themselves: pregnancy, the lung, vessels, organs, forbidden needles and moxa."""

from collections.abc import Iterator

from treatments.safety.values import (
    CAUTION,
    NOTE,
    SERIOUS,
    TRUNK_BELOW,
    UNCHECKED,
    Finding,
    Person,
    PointCaution,
    Session,
    mentions,
)

# Mean depth from skin to pleura at GB21, in mm (koreascience.kr JAKO201834753619773).
PLEURA_AT_GB21_MM = {"male": 17.4, "female": 14.6}
LESSER_PLEURA_MM = min(PLEURA_AT_GB21_MM.values())


def pregnancy_points(session: Session, person: Person) -> Iterator[Finding]:
    """Carr 2015 found no objective evidence of harm; the lists stand, so the practitioner notes the reason."""
    if not person.is_pregnant:
        return
    for place, technique in session.applications():
        cautions = [caution for caution in place.cautions if caution.covers(technique)]
        if any(c.kind == "pregnancy_exception" and _in_trimester(c, person) for c in cautions):
            continue
        for caution in cautions:
            if caution.kind == "pregnancy" and _in_trimester(caution, person):
                severity = SERIOUS if caution.strength in {"consensus", "common"} else CAUTION
                yield Finding(
                    "pregnancy_point", severity, str(place), caution.detail, caution.source, caution.strength
                )


def _in_trimester(caution: PointCaution, person: Person) -> bool:
    """An unknown week counts as every trimester for a caution, and as none for an exception."""
    if not caution.trimesters:
        return True
    if person.trimester is None:
        return caution.kind == "pregnancy"
    return person.trimester in caution.trimesters


def pregnancy_regions(session: Session, person: Person) -> Iterator[Finding]:
    if not person.is_pregnant:
        return
    for needle in session.needles:
        if needle.electro and needle.place.region in TRUNK_BELOW:
            yield Finding(
                "pregnancy_electro",
                SERIOUS,
                str(needle.place),
                "Electro-acupuncture on the abdomen or low back in pregnancy.",
                UNCHECKED,
            )
    for cupping in session.cuppings:
        if mentions(cupping.sites, "abdomen", "low back", "lower back", "lumbar", "sacr"):
            yield Finding(
                "pregnancy_cupping",
                SERIOUS,
                cupping.sites,
                "Cups on the abdomen or low back in pregnancy.",
                UNCHECKED,
            )


def thorax(session: Session, person: Person) -> Iterator[Finding]:
    """GB21 by measured depth; elsewhere over the lung by the catalogue's cautions."""
    for needle in session.needles:
        for caution in needle.place.cautions:
            if caution.kind != "pneumothorax" or not caution.covers(needle.technique):
                continue
            limit = PLEURA_AT_GB21_MM.get(person.sex, LESSER_PLEURA_MM)
            deep = needle.depth_mm is not None and needle.depth_mm >= limit
            straight = needle.angle == "perpendicular"
            if deep and needle.place.code == "GB21":
                message = f"{needle.depth_mm} mm at GB21: the pleura lies at {limit} mm on average, less in the thin."
                yield Finding("thorax_depth", SERIOUS, "GB21", message, caution.source, caution.strength)
            elif deep or straight:
                yield Finding(
                    "thorax_depth", SERIOUS if deep and straight else CAUTION, str(needle.place), caution.detail,
                    caution.source, caution.strength,
                )  # fmt: skip
            else:
                yield Finding("thorax", NOTE, str(needle.place), caution.detail, caution.source, caution.strength)


def point_cautions(session: Session, person: Person) -> Iterator[Finding]:
    """What the catalogue says of a point for everybody: organs, vessels, the eye, forbidden needles, moxa."""
    severity = {
        "needle_forbidden": SERIOUS,
        "eye": CAUTION,
        "spinal_cord": CAUTION,
        "airway": CAUTION,
        "sternal_foramen": CAUTION,
        "organ": NOTE,
        "vessel": NOTE,
        "nerve": NOTE,
        "moxa_forbidden": CAUTION,
        "moxa_caution": NOTE,
    }
    for place, technique in session.applications():
        for caution in place.cautions:
            if caution.kind in severity and caution.covers(technique):
                yield Finding(
                    caution.kind, severity[caution.kind], str(place), caution.detail, caution.source, caution.strength
                )
            elif caution.kind == "infant_fontanelle" and person.age < 2:
                yield Finding(caution.kind, SERIOUS, str(place), caution.detail, caution.source, caution.strength)
