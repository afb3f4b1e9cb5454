"""What a treatment costs whom: the rate of the date of service, split between payer and patient. Lines round once."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import Rate, Service
from clinic.errors import Refusal
from clinic.money import GST_RATES, cents, gst_on, split_inclusive
from patients.models import Payer
from treatments.models import Treatment


@dataclass(frozen=True, kw_only=True)
class Price:
    """One line's amounts. `quantity` is hours where `unit` is `hours`, else 1."""

    service: Service
    share: str
    description: str
    quantity: Decimal
    unit: str
    minutes: int | None
    amount_excl: Decimal
    gst: Decimal


def price(treatment: Treatment, *, payer: Payer | None, service_on: date, gst_registered: bool) -> Price | None:
    """The payer's part (`payer` given) or the patient's part of a treatment; None where the patient owes nothing.

    Raises 422 `no_service`, `no_rate`, `no_gst_rate`, `minutes_missing`.
    """
    pays = treatment.case.payer if treatment.case else None
    rate = _rate(_services_of(treatment), pays, service_on)
    service = rate.service
    if gst_registered and service_on < GST_RATES[0].valid_from:
        raise Refusal("no_gst_rate", f"There was no GST on {service_on:%-d %B %Y}.")
    if payer is None and pays is not None:
        excl, gst = split_inclusive(rate.surcharge, on=service_on) if gst_registered else (rate.surcharge, Decimal(0))
        if not rate.surcharge:
            return None
        share, description = "patient", f"{service.name}, patient's contribution"
        quantity, unit = Decimal(1), ""
    else:
        quantity, unit = _quantity(treatment, rate)
        excl = cents(rate.amount * quantity)
        gst = gst_on(excl, on=service_on) if gst_registered else Decimal(0)
        share, description = ("patient" if payer is None else "payer"), service.name
    return Price(
        service=service,
        share=share,
        description=description,
        quantity=quantity,
        unit=unit,
        minutes=treatment.face_to_face_minutes,
        amount_excl=excl,
        gst=gst,
    )


def _services_of(treatment: Treatment) -> list[Service]:
    """What a visit of this kind is billed as. A note without a visit says nothing of its kind: it is billed only
    where there is one service, for nobody wants the first of several."""
    services = Service.objects.active().order_by("code")
    if treatment.appointment_id:
        services = services.filter(appointment_types=treatment.appointment.appointment_type_id)
    found = list(services)
    if not found or (len(found) > 1 and not treatment.appointment_id):
        raise Refusal("no_service", "This kind of visit is not tied to a service yet. Set it up under Services.")
    return found


def _rate(services: list[Service], payer: Payer | None, day: date) -> Rate:
    """The rate that holds on the date of service, of the first service that has one for whoever pays."""
    rates = Rate.objects.on(day).filter(service__in=services, payer=payer).select_related("service")
    rate = rates.order_by("service__code", "unit").first()
    if rate is None:
        whom = payer.name if payer else "private patients"
        raise Refusal("no_rate", f"There is no rate of {services[0].name} for {whom} on {day:%-d %B %Y}.")
    return rate


def _quantity(treatment: Treatment, rate: Rate) -> tuple[Decimal, str]:
    if rate.unit == Rate.Unit.FLAT:
        return Decimal(1), ""
    if not treatment.face_to_face_minutes:
        raise Refusal("minutes_missing", "An hourly rate needs the face-to-face minutes of the note.")
    return cents(Decimal(treatment.face_to_face_minutes) / 60), "hours"
