"""What a course of treatments is made of in the tests: sessions, and questions between them."""

from datetime import date, datetime

from patients.models import Case, Patient
from tests.cast import Cast
from tests.visits import nz
from treatments import asking, charting, signing
from treatments.models import NeedleLot, OutcomeRequest, Treatment


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


def ask(cast: Cast, **fields) -> OutcomeRequest:
    """Asks Aroha about her pain, at noon on 20 November 2026."""
    given = {"patient": cast.aroha, "measures": ["nprs"], "by": cast.practitioner, "now": nz("2026-11-20 12:00")}
    return asking.ask(**given | fields)


def make_lot(**fields) -> NeedleLot:
    box = {
        "maker": "Example", "product": "Classic", "lot_number": "L-1", "gauge": "0.25x40",
        "received_on": date(2026, 10, 1), "expires_on": date(2030, 1, 1),
    }  # fmt: skip
    return NeedleLot.objects.create(**box | fields)
