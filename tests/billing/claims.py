"""Sessions that can be claimed, and claims made of them, around a fixed day: 2 November 2026, noon in Auckland."""

from datetime import date, datetime, timedelta

from appointments.models import AppointmentType
from billing.claiming import delivering, preparing, submitting
from billing.models import Claim, ClaimLine, Rate, Service
from clinic.models import User
from patients.models import Case, Payer
from tests.cast import Cast, make_case, make_type
from tests.visits import make_visit, nz
from treatments import charting, signing
from treatments.models import Treatment

NOW = nz("2026-11-02 12:00")


def acupuncture(payer: Payer, amount: str = "78.26", **fields) -> Service:
    """A service of the first kind of visit, with a rate for the payer: $90.00 with GST, if not said otherwise."""
    service, _ = Service.objects.get_or_create(code="ACU1", defaults={"name": "Acupuncture"})
    service.appointment_types.add(AppointmentType.objects.first() or make_type())
    Rate.objects.create(service=service, payer=payer, amount=amount, **({"valid_from": date(2024, 1, 1)} | fields))
    return service


def session(cast: Cast, case: Case, started_at: datetime | None = None, *, sign: bool = True, **fields) -> Treatment:
    """A visit with its note; of the morning of 2 November, if not said otherwise."""
    started_at = started_at or NOW - timedelta(hours=2)
    practitioner = fields.pop("practitioner", cast.mere)
    by = cast.practitioner if practitioner == cast.mere else cast.practitioner2
    visit = make_visit(cast, started_at, patient=case.patient, practitioner=practitioner, case=case)
    note = charting.begin(
        patient=case.patient, practitioner=practitioner, appointment=visit, case=case, started_at=started_at,
        complaint="Hip", by=by, now=max(NOW, started_at), **fields,
    )  # fmt: skip
    return signing.sign(treatment=note, by=by, now=max(NOW, started_at)) if sign else note


def several(cast: Cast, count: int, case: Case | None = None) -> list[Treatment]:
    """Sessions of one case, a week apart, the last of them this morning."""
    case = case or make_case(cast.aroha)
    return [session(cast, case, NOW - timedelta(hours=2, weeks=weeks)) for weeks in reversed(range(count))]


def prepared(cast: Cast, *treatments: Treatment, payer: Payer | None = None, by: User | None = None) -> Claim:
    return preparing.prepare(
        payer=payer or cast.acc, treatments=[row.pk for row in treatments], by=by or cast.billing, now=NOW
    )


def submitted(cast: Cast, *treatments: Treatment, now: datetime = NOW) -> Claim:
    return submitting.submit(claim=prepared(cast, *treatments), by=cast.billing, now=now)


def sent(cast: Cast, *treatments: Treatment) -> Claim:
    claim = submitted(cast, *treatments)
    delivering.deliver(claim_id=claim.pk, clock=lambda: NOW)
    claim.refresh_from_db()
    return claim


def states(claim: Claim) -> list[str]:
    return [line.state for line in ClaimLine.objects.filter(claim=claim).order_by("position")]
