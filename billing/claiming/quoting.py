"""What sessions would cost a payer, from all its rates at once: pricing a thousand candidates asks the database twice.

The choice is that of `billing.pricing`, which writes the lines: the rate of the date of service, of the first service
tied to the kind of visit that has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from billing.claiming.readiness import Session
from billing.models import Rate, Service
from billing.pricing import line_amounts, taxed
from clinic.money import cents
from patients.models import Payer

# A reason's code and words, and where it is put right.
Problem = tuple[str, str, str, int | None]
SessionsOfDay = Mapping[tuple[int, date], list[Session]]


@dataclass(frozen=True, slots=True)
class Quote:
    service: str
    amount_excl: Decimal
    gst: Decimal


class PriceBook:
    def __init__(self, payer: Payer, of_day: SessionsOfDay, *, gst_registered: bool) -> None:
        self.payer, self.gst_registered = payer, gst_registered
        services = Service.objects.active().filter(kind=Service.Kind.TREATMENT).order_by("code")
        self.services = [
            (row, {kind.pk for kind in row.appointment_types.all()})
            for row in services.prefetch_related("appointment_types")
        ]
        self.rates: dict[int, list[Rate]] = {}
        for rate in Rate.objects.filter(payer=payer).order_by("unit"):
            self.rates.setdefault(rate.service_id, []).append(rate)

    def quote(self, row: Any, session: Session) -> Quote | Problem:
        kind, on = row.appointment__appointment_type_id, session.service_on
        services = [service for service, kinds in self.services if kind is None or kind in kinds]
        if not services or (kind is None and len(services) > 1):
            detail = "This kind of visit is not tied to a service yet. Set it up under Services."
            return ("no_service", detail, "service", None)
        found = ((service, rate) for service in services for rate in self._holding(service, on))
        service, rate = next(found, (services[0], None))
        if rate is None:
            detail = f"There is no rate of {service.name} for {self.payer} on {on:%-d %B %Y}."
            return ("no_rate", detail, "rate", None)
        minutes = row.face_to_face_minutes
        if rate.unit == Rate.Unit.HOURLY and not minutes:
            detail = "An hourly rate needs the face-to-face minutes of the note."
            return ("minutes_missing", detail, "treatment", session.treatment)
        quantity = cents(Decimal(minutes) / 60) if rate.unit == Rate.Unit.HOURLY else Decimal(1)
        is_taxed = taxed(service, on=on, gst_registered=self.gst_registered)
        amount = cents(rate.amount * quantity)
        excl, gst = line_amounts(amount, includes_gst=rate.includes_gst, is_taxed=is_taxed, on=on)
        return Quote(service.code, excl, gst)

    def _holding(self, service: Service, on: date) -> list[Rate]:
        rates = self.rates.get(service.pk, [])
        return [rate for rate in rates if rate.valid_from <= on and (rate.valid_to is None or on <= rate.valid_to)]
