"""Rules about the patient: what an alert makes of needles, wires, cups and heat."""

from collections.abc import Iterator

from treatments.safety.values import (
    ARM,
    CAUTION,
    LEG,
    LIMBS,
    NOTE,
    SERIOUS,
    UNCHECKED,
    Finding,
    Person,
    PlannedNeedle,
    Session,
    mentions,
)

DEEP_MM = 25


def bleeding(session: Session, person: Person) -> Iterator[Finding]:
    if person.of("bleeding_disorder") and session.needles:
        yield Finding(
            "bleeding_disorder",
            SERIOUS,
            "needles",
            "Bleeding disorder: patients with one are excluded from needling by the guidance cited.",
            "medscape 501973_6; stason.org, Acupuncture-Cautions",
            "common",
        )
    if person.of("anticoagulant") and session.needles:
        yield Finding(
            "anticoagulant", CAUTION, "needles",
            "Anticoagulant: bleeding risk, so ask first. Thin and shallow, press for two minutes; put it off with an "
            "INR over 4 or fewer than 50 x 10^9 platelets a litre.",
            "medscape 501973_6 and stason.org, Acupuncture-Cautions (ask first); how and the limits: " + UNCHECKED,
        )  # fmt: skip
    if person.of("anticoagulant", "bleeding_disorder"):
        yield from _deep_or_strong(session)


def _deep_or_strong(session: Session) -> Iterator[Finding]:
    """What bleeds or bruises in one who bleeds easily."""
    for cupping in session.cuppings:
        wet = cupping.kind == "wet"
        yield Finding(
            "bleeding_cupping",
            SERIOUS if wet or cupping.kind in {"fire", "pump", "sliding"} else CAUTION,
            f"{cupping.kind} cups {cupping.sites}",
            "Wet cupping draws blood, and this patient bleeds easily."
            if wet
            else "Strong suction bruises, and this patient bleeds easily.",
            UNCHECKED,
        )
    for needle in session.needles:
        if needle.depth_mm is not None and needle.depth_mm > DEEP_MM:
            yield Finding(
                "bleeding_depth",
                CAUTION,
                str(needle.place),
                f"{needle.depth_mm} mm is deep for one who bleeds easily: shallow and thin, press for two minutes.",
                "medscape 501973_6 (ask first); depth: " + UNCHECKED,
            )


def electro(session: Session, person: Person) -> Iterator[Finding]:
    """Not over heart or brain nor near a pacemaker or pump; caution with epilepsy."""
    wired = [needle for needle in session.needles if needle.electro]
    guidance = "medscape 501973_6; stason.org, Acupuncture-Cautions"
    if wired and person.of("pacemaker"):
        yield Finding(
            "electro_pacemaker", SERIOUS, "electro", "Electro-acupuncture with a pacemaker or implanted device.",
            guidance, "common",
        )  # fmt: skip
    if wired and person.of("epilepsy"):
        yield Finding(
            "electro_epilepsy", CAUTION, "electro", "Electro-acupuncture with epilepsy.",
            "acumed.com.au, contraindications", "single_source",
        )  # fmt: skip
    for needle in wired:
        if needle.place.region == "chest":
            yield Finding(
                "electro_chest", SERIOUS, str(needle.place), "Electro-acupuncture over the heart.", guidance, "common"
            )
        if needle.place.region == "head":
            yield Finding(
                "electro_head", SERIOUS, str(needle.place), "Electro-acupuncture over the brain.", guidance, "common"
            )
    if any({"left", "right"} <= sides for sides in _sides_by_lead(wired)):
        yield Finding(
            "electro_across_chest",
            SERIOUS,
            "electro",
            "Left and right arm or upper back are both wired: a pair across the chest would pass the heart. "
            "Pair the leads on one side.",
            guidance,
            "common",
        )


def _sides_by_lead(wired: list[PlannedNeedle]) -> list[frozenset[str]]:
    """The sides of arms and upper back that each lead joins. Needles without a lead could hang on any one."""
    upper = [needle for needle in wired if needle.place.region in ARM | {"upper_back"}]
    leads = {needle.pair for needle in upper if needle.pair is not None}
    return [
        frozenset().union(*(needle.sides for needle in upper if needle.pair in {lead, None}))
        for lead in leads or {None}
    ]


def moxa(session: Session, person: Person) -> Iterator[Finding]:
    if not session.moxas:
        return
    if person.of("asthma"):
        yield Finding(
            "moxa_smoke", CAUTION, "moxa", "Moxa smoke with asthma: smokeless moxa, or another warmth.",
            "acumed.com.au, contraindications", "single_source",
        )  # fmt: skip
    for one in session.moxas:
        if person.of("diabetes_neuropathy") and (one.place.region in LIMBS or not one.place.region):
            yield Finding(
                "moxa_insensate", SERIOUS, str(one.place), "Heat on skin that may not feel it: test sensation first.",
                "BMJ 2001, MacPherson: a moxa burn among the avoidable errors; neuropathy: " + UNCHECKED,
            )  # fmt: skip
        if person.of("skin_condition"):
            yield Finding(
                "moxa_broken_skin", SERIOUS, str(one.place), "Not over broken, scarred or diseased skin.", UNCHECKED
            )
        if one.place.region == "face":
            yield Finding("moxa_face", CAUTION, str(one.place), "Moxa on the face.", UNCHECKED)


def skin(session: Session, person: Person) -> Iterator[Finding]:
    """The alert says where in words at most, so the finding names the site and leaves the place to the hand."""
    for alert in person.of("skin_condition"):
        where = alert.site or "skin condition"
        if session.needles:
            yield Finding(
                "skin_needles", CAUTION, where, "No needle into skin that is infected, burnt or ulcerated.",
                "medscape 501973_6; stason.org, Acupuncture-Cautions", "common",
            )  # fmt: skip
        if session.cuppings:
            yield Finding(
                "skin_cupping", CAUTION, where, "No cups on fragile or diseased skin.",
                "acumed.com.au, contraindications", "single_source",
            )  # fmt: skip


def limbs(session: Session, person: Person) -> Iterator[Finding]:
    for needle in session.needles:
        for alert in person.of("lymphoedema"):
            if alert.reaches(needle) and needle.place.region in _limb_of(alert.site):
                yield Finding(
                    "lymphoedema_limb", SERIOUS, str(needle.place), "A needle in the limb with lymphoedema.", UNCHECKED
                )
        for alert in person.of("implant"):
            if alert.reaches(needle) and needle.place.region in _joint_of(alert.site):
                yield Finding(
                    "implant_same_side", SERIOUS, str(needle.place),
                    "A needle at the joint that was replaced or holds an implant.", UNCHECKED,
                )  # fmt: skip
    if person.of("diabetes_neuropathy") and any(n.place.region in LIMBS for n in session.needles):
        yield Finding(
            "neuropathy_limb", CAUTION, "limbs", "Needles in limbs with diabetic neuropathy: extreme caution.",
            "stason.org, Acupuncture-Cautions", "single_source",
        )  # fmt: skip


def _limb_of(site: str) -> frozenset[str]:
    if mentions(site, "arm", "hand", "breast", "axilla", "shoulder"):
        return ARM
    return LEG if mentions(site, "leg", "foot", "groin", "thigh") else LIMBS


def _joint_of(site: str) -> frozenset[str]:
    joints = {
        "hip": {"hip", "thigh"}, "knee": {"knee"}, "shoulder": {"shoulder"}, "elbow": {"elbow"}, "ankle": {"ankle"},
        "breast": {"chest"}, "spine": {"lumbar", "sacral", "upper_back", "neck"},
    }  # fmt: skip
    found = {region for word, regions in joints.items() if mentions(site, word) for region in regions}
    return frozenset(found)


def sensitivities(session: Session, person: Person) -> Iterator[Finding]:
    needles = bool(session.needles)
    taped = {"ear_seeds", "ear_needles"}.intersection(session.techniques)
    asked = [
        ("allergy_metal", needles, CAUTION, "Metal allergy: coated or gold needles, short retention."),
        ("allergy_adhesive", bool(taped), CAUTION, "Adhesive allergy: what stays on the ear is taped on."),
        ("needle_fear", needles, NOTE, "Fear of needles: lying down, few and thin, in view only if wanted."),
        ("fainting", needles, NOTE, "Has fainted before: treat lying down, after a meal, and watch."),
    ]
    for kind, applies, severity, message in asked:
        if applies and person.of(kind):
            yield Finding(kind, severity, "patient", message, UNCHECKED)
    if (needles or "ear_needles" in session.techniques) and person.of("immunosuppression"):
        yield Finding(
            "immunosuppression", NOTE, "patient", "Immunosuppression: asepsis, no retained needles.",
            "stason.org, Acupuncture-Cautions", "single_source",
        )  # fmt: skip
