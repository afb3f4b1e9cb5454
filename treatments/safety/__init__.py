"""What could hurt: rules over the note so far and what is known of the patient. Pure.

A rule advises; it never decides. `serious` findings have to be confirmed with a reason before a note is signed, and
the reason stays in the note; `caution` and `note` are shown. Every finding names its source, and says where that
source is only textbook knowledge which nobody checked.
"""

from collections.abc import Callable, Iterator

from treatments.safety import patient, points, slips
from treatments.safety.values import CAUTION, NOTE, SERIOUS, Finding, Person, Session

Rule = Callable[[Session, Person], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    slips.bookkeeping,
    points.pregnancy_points,
    points.pregnancy_regions,
    points.pregnancy_session,
    patient.bleeding,
    patient.electro,
    points.thorax,
    patient.limbs,
    patient.skin,
    patient.moxa,
    points.point_cautions,
    patient.sensitivities,
)


def check(session: Session, person: Person) -> list[Finding]:
    """All findings, each once, the serious ones first; within one severity in the order of the rules."""
    order = [SERIOUS, CAUTION, NOTE]
    first: dict[str, Finding] = {}
    for finding in sorted(
        (finding for rule in RULES for finding in rule(session, person)),
        key=lambda finding: order.index(finding.severity),
    ):
        first.setdefault(finding.key, finding)
    return list(first.values())
