"""What a course of treatments is made of in the tests: sessions, and questions between them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from patients.models import Case, Patient
from tests.cast import Cast
from tests.visits import nz
from tests.world import make_point
from treatments import charting, signing
from treatments.examination import examining
from treatments.models import NeedleLot, OutcomeRequest, Point, Treatment
from treatments.outcomes import asking, scoring


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


def make_course(cast: Cast, case: Case, sessions: int) -> Treatment:
    """So many signed sessions of a case, each with a needle, a finding and a score, and the draft after them."""
    point = Point.objects.filter(code="GB30").first() or make_point("GB30")
    now = timezone.now()
    for number in range(sessions):
        at = now - timedelta(hours=12 * (sessions - number) + 12)
        note = charting.begin(
            patient=case.patient, practitioner=cast.mere, started_at=at, case=case, complaint="Hip",
            by=cast.practitioner, now=at, needles_in=2, needles_out=2,
            needlings=[{"point": point, "side": "both", "retention_minutes": 25}],
            cuppings=[{"kind": "fire", "sites": "Low back"}],
        )  # fmt: skip
        examining.record(
            patient=case.patient, case=case, treatment=note, finding="hip_abduction_strength", side="right",
            value=Decimal(3 + number % 3), by=cast.practitioner, now=at,
        )  # fmt: skip
        signing.sign(treatment=note, by=cast.practitioner, now=at)
        scoring.enter(
            patient=case.patient, case=case, measure="nprs", answers=[9 - number % 9], taken_on=at.date(),
            by=cast.practitioner, now=now,
        )  # fmt: skip
    return session(cast, now, case=case, sign=False)


def opening() -> dict[str, tuple[str, Callable[[Treatment], str]]]:
    """What is opened when a patient comes in: who asks, a page or a program, and for what."""

    def page(name: str, pick: Callable[[Treatment], int]) -> Callable[[Treatment], str]:
        return lambda note: reverse(f"admin:{name}", args=[pick(note)])

    return {
        "the patient's page": ("page", page("patients_patient_change", lambda note: note.patient_id)),
        "the case's page": ("page", page("patients_case_change", lambda note: note.case_id)),
        "the session page": ("page", page("session", lambda note: note.pk)),
        "the note's page": ("page", page("treatments_treatment_change", lambda note: note.pk)),
        "the list of notes": (
            "page",
            lambda note: f"{reverse('admin:treatments_treatment_changelist')}?patient__id__exact={note.patient_id}",
        ),
        "the patient over the API": ("api", lambda note: f"/api/v1/patients/{note.patient_id}/"),
        "the notes over the API": ("api", lambda note: f"/api/v1/treatments/?patient={note.patient_id}&page_size=5"),
        "the findings over the API": (
            "api", lambda note: f"/api/v1/examinations/?patient={note.patient_id}&page_size=5"
        ),
        "the scores over the API": (
            "api", lambda note: f"/api/v1/outcome-scores/?patient={note.patient_id}&page_size=5"
        ),
    }  # fmt: skip
