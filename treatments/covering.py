"""A note as the items of STRICTA see it."""

from treatments.models import Needling, Treatment
from treatments.stricta import Needle, Noted


def noted(treatment: Treatment) -> Noted:
    """`treatment` comes from `whole()`: no query is run here."""
    return Noted(
        style=treatment.style,
        reasoning=treatment.reasoning,
        needles_in=treatment.needles_in,
        needles=tuple(_needle(row) for row in treatment.needlings.all()),
        aftercare=treatment.aftercare,
        registration=treatment.practitioner.registration_number,
    )


def _needle(row: Needling) -> Needle:
    return Needle(
        has_place=bool(row.point_id or row.free_location),
        has_side=bool(row.side),
        has_depth=row.depth_mm is not None,
        has_response=row.deqi is not None or row.twitch is not None,
        has_stimulation=bool(row.stimulation or row.electro_hz),
        has_retention=row.retention_minutes is not None,
        has_type=bool(row.gauge or row.needle_type),
    )
