"""The lines of a draft, not yet stored: treatments, products and packages, fees for missed visits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from appointments.models import Appointment
from appointments.statuses import Status
from billing import pricing
from billing.models import InvoiceLine, Service
from billing.pricing import Price
from clinic.errors import Refusal
from clinic.models import Practice
from patients.models import Case, Payer
from treatments.models import Treatment


@dataclass(frozen=True, kw_only=True)
class Sale:
    """A product or a package, and how many."""

    service: Service
    quantity: Decimal = Decimal(1)


def of_treatments(
    treatments: Sequence[Treatment], *, payer: Payer | None, practice: Practice
) -> Iterator[InvoiceLine]:
    """What `payer`, or the patient, owes of each, by its local date. Raises what `pricing.prices` raises."""
    for treatment in sorted(treatments, key=lambda treatment: treatment.started_at):
        service_on = treatment.started_at.astimezone(practice.zone).date()
        for price in pricing.prices(
            treatment, payer=payer, service_on=service_on, gst_registered=practice.gst_registered
        ):
            yield _line(price, service_on, treatment=treatment)


def of_missed(visits: Sequence[Appointment], *, practice: Practice) -> Iterator[InvoiceLine]:
    """The fee of each. Raises 422 `visit_not_missed`, `no_fee`, `no_rate`, `no_gst_rate`."""
    for visit in sorted(visits, key=lambda visit: visit.starts_at):
        if not has_fee(visit):
            raise Refusal(
                "visit_not_missed", "Only a visit that was missed or cancelled late has a fee.", field="missed"
            )
        service_on = visit.starts_at.astimezone(practice.zone).date()
        price = pricing.fee_of(visit, service_on=service_on, gst_registered=practice.gst_registered)
        yield _line(price, service_on, appointment=visit)


def has_fee(visit: Appointment) -> bool:
    is_late = visit.status == Status.CANCELLED and visit.cancel_reason == Appointment.CancelReason.LATE
    return visit.status == Status.MISSED or is_late


def of_products(
    sales: Sequence[Sale], *, payer: Payer | None, case: Case | None, practice: Practice, today: date
) -> Iterator[InvoiceLine]:
    """Raises 422 `not_a_product`, `package_in_parts`, `package_to_payer`, `no_rate`, `no_gst_rate`."""
    share = "payer" if payer is not None and case is not None and case.payer_id == payer.pk else "patient"
    for sale in sales:
        service = sale.service
        if service.kind not in {Service.Kind.PRODUCT, Service.Kind.PACKAGE}:
            raise Refusal("not_a_product", f"{service.name} is neither a product nor a package.", field="products")
        if service.kind == Service.Kind.PACKAGE and sale.quantity % 1:
            raise Refusal("package_in_parts", "Packages are sold whole.", field="products")
        if service.kind == Service.Kind.PACKAGE and payer is not None:
            raise Refusal("package_to_payer", "A package is sold to a patient.", field="products")
        price = pricing.price_of(
            service, sale.quantity, payer=payer, share=share, on=today, gst_registered=practice.gst_registered
        )
        yield _line(price, today)


def _line(price: Price, service_on: date, **of: Treatment | Appointment) -> InvoiceLine:
    return InvoiceLine(
        service_on=service_on,
        service=price.service,
        share=price.share,
        description=price.description,
        quantity=price.quantity,
        unit=price.unit,
        minutes=price.minutes,
        amount_excl=price.amount_excl,
        gst=price.gst,
        **of,
    )
