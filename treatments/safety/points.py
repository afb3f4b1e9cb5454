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
    PlannedNeedle,
    PointCaution,
    Session,
    mentions,
)

# Mean depth from skin to pleura at GB21, in mm (koreascience.kr JAKO201834753619773).
PLEURA_AT_GB21_MM = {"male": 17.4, "female": 14.6}
LESSER_PLEURA_MM = min(PLEURA_AT_GB21_MM.values())
# Beginnings of words by which a place without a code is known.
OVER_THE_LUNG = (
    "trapezius", "rhomboid", "supraspinatus", "infraspinatus", "scapula", "upper back", "thorac",
    "pectoral", "intercostal", "ribs", "chest", "serratus", "latissimus",
)  # fmt: skip
BELLY_AND_LOW_BACK = (
    "abdom", "belly", "groin", "inguinal", "low back", "lower back", "lumb", "sacr", "coccyx", "perine",
)  # fmt: skip
# Moxa at BL67 for a breech lie is accepted after 34 weeks (textbook consensus, not checked against a source).
EXCEPTIONS_FROM_WEEK = 34
UTERUS_OF_THE_EAR = "TF2"


def pregnancy_points(session: Session, person: Person) -> Iterator[Finding]:
    """Carr 2015 found no objective evidence of harm; the lists stand, so the practitioner notes the reason."""
    if not person.is_pregnant:
        return
    for place, technique in session.applications():
        cautions = [caution for caution in place.cautions if caution.covers(technique)]
        exceptions = [c for c in cautions if c.kind == "pregnancy_exception"] if _is_late(person) else []
        for caution in exceptions:
            yield Finding("pregnancy_exception", NOTE, str(place), caution.detail, caution.source, caution.strength)
        for caution in [] if exceptions else cautions:
            if caution.kind == "pregnancy" and _in_trimester(caution, person):
                severity = SERIOUS if caution.strength in {"consensus", "common"} else CAUTION
                yield Finding(
                    "pregnancy_point", severity, str(place), caution.detail, caution.source, caution.strength
                )


def _is_late(person: Person) -> bool:
    return person.pregnancy_week is not None and person.pregnancy_week >= EXCEPTIONS_FROM_WEEK


def _in_trimester(caution: PointCaution, person: Person) -> bool:
    """An unknown week counts as every trimester."""
    return not caution.trimesters or person.trimester is None or person.trimester in caution.trimesters


def pregnancy_regions(session: Session, person: Person) -> Iterator[Finding]:
    if not person.is_pregnant:
        return
    for place, _ in session.applications():
        if not place.code and mentions(place.words, *BELLY_AND_LOW_BACK):
            yield Finding(
                "pregnancy_region",
                SERIOUS,
                str(place),
                "The abdomen, the low back and the sacral area are avoided as a whole in pregnancy.",
                "newsletter.tcmstudy.net, forbidden points in pregnancy; takoda.co, points to avoid in pregnancy; "
                "context: Carr 2015, PMC4680134, found no objective evidence of harm",
                "common",
            )
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
        if mentions(cupping.sites, *BELLY_AND_LOW_BACK):
            yield Finding(
                "pregnancy_cupping",
                SERIOUS,
                cupping.sites,
                "Cups on the abdomen or low back in pregnancy.",
                UNCHECKED,
            )


def pregnancy_session(session: Session, person: Person) -> Iterator[Finding]:
    """What changes for every session in pregnancy, and the one zone of the ear."""
    if not person.is_pregnant:
        return
    if session.needles:
        yield Finding(
            "pregnancy_session",
            NOTE,
            "patient",
            "In pregnancy: needles in for less long, lying on the side.",
            UNCHECKED,
        )
    if UTERUS_OF_THE_EAR in session.ear_points:
        yield Finding(
            "pregnancy_ear", CAUTION, UTERUS_OF_THE_EAR,
            "The uterus zone of the ear: by custom left out in pregnancy.", UNCHECKED,
        )  # fmt: skip


def thorax(session: Session, person: Person) -> Iterator[Finding]:
    """GB21 by measured depth; elsewhere over the lung by the catalogue's cautions, or the words of a free place."""
    for needle in session.needles:
        if not needle.place.code and mentions(needle.place.words, *OVER_THE_LUNG):
            yield _over_the_lung_in_words(needle)
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


def _over_the_lung_in_words(needle: PlannedNeedle) -> Finding:
    deep = needle.depth_mm is not None and needle.depth_mm >= LESSER_PLEURA_MM
    straight = needle.angle == "perpendicular"
    return Finding(
        "thorax_free",
        SERIOUS if deep and straight else CAUTION if deep or straight else NOTE,
        str(needle.place),
        f"The lung may lie beneath: at GB21 the pleura is {LESSER_PLEURA_MM} mm deep in women on average, less in the "
        "thin. Shallow and oblique, along the ribs or with the muscle lifted off.",
        "koreascience.kr JAKO201834753619773 for the depth; elsewhere: " + UNCHECKED,
    )


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
