"""Signed sessions, made without the acts that lead to them: what a plan and a trend count."""

from datetime import datetime

from patients.models import Case, Patient
from tests.cast import Cast
from treatments import charting, signing
from treatments.models import Treatment


def session(
    cast: Cast, started_at: datetime, *, patient: Patient | None = None, case: Case | None = None, sign: bool = True
) -> Treatment:
    """A note of Mere's about Aroha, or about `patient`."""
    treatment = charting.begin(
        patient=patient or (case.patient if case else cast.aroha),
        practitioner=cast.mere,
        started_at=started_at,
        case=case,
        complaint="Hip",
        by=cast.practitioner,
        now=started_at,
    )
    return signing.sign(treatment=treatment, by=cast.practitioner, now=started_at) if sign else treatment
