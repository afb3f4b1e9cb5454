"""Issued invoices of the tests of money, as the verbs make them."""

from datetime import datetime

from appointments.models import Appointment, AppointmentType
from billing import invoicing
from billing.models import Invoice, Rate, Service
from patients.models import Case, Patient, Payer
from tests.cast import Cast, make_type
from tests.visits import make_visit, nz
from treatments import charting, signing
from treatments.models import Treatment

NOW = nz("2026-11-02 12:00")


def price(amount: str = "100.00", *, payer: Payer | None = None, surcharge: str = "0.00") -> Service:
    """The one service of these tests, at this rate without GST."""
    service, made = Service.objects.get_or_create(code="ACU1", defaults={"name": "Acupuncture"})
    if made:
        service.appointment_types.add(AppointmentType.objects.first() or make_type())
    Rate.objects.update_or_create(
        service=service, payer=payer, defaults={"amount": amount, "surcharge": surcharge, "valid_from": "2020-01-01"}
    )
    return service


def visited(cast: Cast, *, patient: Patient | None = None, case: Case | None = None, at: datetime = NOW) -> Treatment:
    """A signed treatment."""
    visit = make_visit(cast, at, patient=patient or cast.aroha, case=case)
    return treated(cast, visit)


def treated(cast: Cast, visit: Appointment) -> Treatment:
    note = charting.begin(
        patient=visit.patient, practitioner=cast.mere, appointment=visit, case=visit.case, started_at=visit.starts_at,
        complaint="Hip", face_to_face_minutes=30, by=cast.practitioner, now=visit.starts_at,
    )  # fmt: skip
    return signing.sign(treatment=note, by=cast.practitioner, now=visit.starts_at)


def bill(cast: Cast, treatment: Treatment, *, payer: Payer | None = None, now: datetime = NOW) -> Invoice:
    drafted = invoicing.draft(treatments=[treatment], payer=payer, by=cast.desk, now=now)
    return invoicing.issue(invoice=drafted, by=cast.desk, now=now)


def issued(cast: Cast, *, patient: Patient | None = None, now: datetime = NOW) -> Invoice:
    """An invoice of $115.00 to a patient, due 14 days after `now`."""
    price()
    return bill(cast, visited(cast, patient=patient, at=now), now=now)


def balance(invoice: Invoice) -> str:
    return str(Invoice.objects.with_balance().get(pk=invoice.pk).balance)
