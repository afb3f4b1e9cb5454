"""What a treatment, a product or a missed visit costs whom: by the rate of its day, split between payer and patient.

Lines round once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from appointments.models import Appointment
from billing.models import Rate, Service
from billing.us import pricing as us_pricing
from clinic.errors import Refusal
from clinic.money import GST_RATES, ZERO, cents, gst_on, split_inclusive
from patients.models import Case, Payer
from treatments.models import Treatment


@dataclass(frozen=True, kw_only=True)
class Price:
    """One line's amounts. `quantity` is hours or 15-minute units where `unit` says so, else pieces."""

    service: Service
    share: str
    description: str
    quantity: Decimal
    unit: str
    minutes: int | None
    amount_excl: Decimal
    gst: Decimal


def prices(treatment: Treatment, *, payer: Payer | None, service_on: date, gst_registered: bool) -> list[Price]:
    """The lines of a treatment that `payer` owes, or the patient where it is None; none where they owe nothing.

    A US-style insurer has one for each code. Raises 422 `no_service`, `no_rate`, `no_gst_rate`, `minutes_missing`,
    and what `billing.us.pricing` refuses.
    """
    pays = treatment.case.payer if treatment.case else None
    if payer not in debtors(treatment.case).values():
        return []
    if pays is not None and pays.us_style:
        return list(_us_prices(treatment, pays, payer, service_on, gst_registered))
    rate = _rate(_services_of(treatment), pays, service_on)
    is_taxed = taxed(rate.service, on=service_on, gst_registered=gst_registered)
    if pays is not None and payer != pays:
        return list(_contribution(treatment, rate, service_on, is_taxed))
    quantity, unit = _quantity(treatment, rate)
    excl, gst = line_amounts(rate.amount * quantity, includes_gst=rate.includes_gst, is_taxed=is_taxed, on=service_on)
    return [
        Price(
            service=rate.service,
            share="payer" if pays else "patient",
            description=rate.service.name,
            quantity=quantity,
            unit=unit,
            minutes=treatment.face_to_face_minutes,
            amount_excl=excl,
            gst=gst,
        )
    ]


def _us_prices(
    treatment: Treatment, pays: Payer, payer: Payer | None, service_on: date, gst_registered: bool
) -> Iterator[Price]:
    """The insurer's part by code and unit; the contribution once a visit, as the first code's rate says."""
    units = us_pricing.units_of(treatment, pays, service_on)
    if payer != pays:
        rate = units[0][0]
        is_taxed = taxed(rate.service, on=service_on, gst_registered=gst_registered)
        yield from _contribution(treatment, rate, service_on, is_taxed)
        return
    for rate, count in units:
        one = _flat(rate, Decimal(count), "payer", service_on, gst_registered)
        yield replace(one, unit="units", minutes=treatment.face_to_face_minutes)


def debtors(case: Case | None) -> dict[str, Payer | None]:
    """Who owes each part of a treatment; None is the patient. Where nobody else pays, all of it is the patient's part,
    and that may be paid by somebody in their place."""
    owing: dict[str, Payer | None] = {"payer": case.payer} if case and case.payer else {}
    return owing | {"patient": case.contribution_payer if case else None}


def fee_of(visit: Appointment, *, service_on: date, gst_registered: bool) -> Price:
    """The fee for missing a visit: of the service tied to its kind, or else of one tied to none.

    Raises 422 `no_fee`, `no_rate`, `no_gst_rate`.
    """
    fees = Service.objects.active().filter(kind=Service.Kind.FEE).order_by("code")
    tied = list(fees.filter(appointment_types=visit.appointment_type_id))
    services = tied or list(fees.filter(appointment_types=None))
    if not services:
        raise Refusal("no_fee", "There is no fee for missing this kind of visit. Set it up under Services.")
    rate = _rate(services, None, service_on, unit=Rate.Unit.FLAT)
    return _flat(rate, Decimal(1), "patient", service_on, gst_registered)


def price_of(
    service: Service, quantity: Decimal, *, payer: Payer | None, share: str, on: date, gst_registered: bool
) -> Price:
    """A product or a package at the flat rate of whoever it is sold to. Raises 422 `no_rate`, `no_gst_rate`."""
    return _flat(_rate([service], payer, on, unit=Rate.Unit.FLAT), quantity, share, on, gst_registered)


def price_of_code(service: Service, units: int, *, payer: Payer, on: date, gst_registered: bool) -> Price:
    """A code that a person adds, a unit of it at the insurer's rate per unit or flat. Raises 422 `no_rate`."""
    held = Rate.objects.on(on).filter(service=service, payer=payer).values_list("unit", flat=True)
    unit = Rate.Unit.UNIT if Rate.Unit.UNIT in held else Rate.Unit.FLAT
    rate = _rate([service], payer, on, unit=unit)
    return replace(_flat(rate, Decimal(units), "payer", on, gst_registered), unit="units")


def _flat(rate: Rate, quantity: Decimal, share: str, on: date, gst_registered: bool) -> Price:
    is_taxed = taxed(rate.service, on=on, gst_registered=gst_registered)
    excl, gst = line_amounts(rate.amount * quantity, includes_gst=rate.includes_gst, is_taxed=is_taxed, on=on)
    return Price(
        service=rate.service,
        share=share,
        description=rate.service.name,
        quantity=quantity,
        unit="",
        minutes=None,
        amount_excl=excl,
        gst=gst,
    )


def _contribution(treatment: Treatment, rate: Rate, service_on: date, is_taxed: bool) -> Iterator[Price]:
    """What the patient adds to what the payer of the case pays."""
    if rate.surcharge:
        excl, gst = line_amounts(rate.surcharge, includes_gst=True, is_taxed=is_taxed, on=service_on)
        yield Price(
            service=rate.service,
            share="patient",
            description=f"{rate.service.name}, patient's contribution",
            quantity=Decimal(1),
            unit="",
            minutes=treatment.face_to_face_minutes,
            amount_excl=excl,
            gst=gst,
        )


def line_amounts(amount: Decimal, *, includes_gst: bool, is_taxed: bool, on: date) -> tuple[Decimal, Decimal]:
    """`(excl, gst)` of a line. Where no tax is charged, the amount is the price as it stands, however it is quoted."""
    amount = cents(amount)
    if not is_taxed:
        return amount, ZERO
    return split_inclusive(amount, on=on) if includes_gst else (amount, gst_on(amount, on=on))


def taxed(service: Service, *, on: date, gst_registered: bool) -> bool:
    """Whether a line of this service has GST on it. Raises 422 `no_gst_rate` before there was any."""
    if not (gst_registered and service.taxable):
        return False
    if on < GST_RATES[0].valid_from:
        raise Refusal("no_gst_rate", f"There was no GST on {on:%-d %B %Y}.")
    return True


def _services_of(treatment: Treatment) -> list[Service]:
    """What a visit of this kind is billed as. A note without a visit says nothing of its kind: it is billed only
    where there is one service, for nobody wants the first of several."""
    services = Service.objects.active().filter(kind=Service.Kind.TREATMENT).order_by("code")
    if treatment.appointment_id:
        services = services.filter(appointment_types=treatment.appointment.appointment_type_id)
    found = list(services)
    if not found or (len(found) > 1 and not treatment.appointment_id):
        raise Refusal("no_service", "This kind of visit is not tied to a service yet. Set it up under Services.")
    return found


def _rate(services: list[Service], payer: Payer | None, day: date, unit: str = "") -> Rate:
    """The rate that holds on the date of service, of the first service that has one for whoever pays."""
    rates = Rate.objects.on(day).filter(service__in=services, payer=payer).select_related("service")
    rates = rates.filter(unit=unit) if unit else rates.exclude(unit=Rate.Unit.UNIT)
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
