"""What sessions would cost a payer, from all its rates at once: pricing a thousand candidates asks the database twice.

The choice is that of `billing.pricing`, which writes the lines: the rate of the date of service, of the first service
tied to the kind of visit that has one.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import Rate, Service
from billing.pricing import line_amounts, taxed
from clinic.money import cents
from patients.models import Payer

# A reason's code and words, and where it is put right.
Problem = tuple[str, str, str, int | None]


@dataclass(frozen=True, slots=True)
class Quote:
    service: str
    amount_excl: Decimal
    gst: Decimal


class PriceBook:
    def __init__(self, payer: Payer, *, gst_registered: bool) -> None:
        self.payer, self.gst_registered = payer, gst_registered
        services = Service.objects.active().filter(kind=Service.Kind.TREATMENT).order_by("code")
        self.services = list(services.prefetch_related("appointment_types"))
        self.rates: dict[int, list[Rate]] = {}
        for rate in Rate.objects.filter(payer=payer).order_by("unit"):
            self.rates.setdefault(rate.service_id, []).append(rate)

    def quote(self, *, kind_of_visit: int | None, minutes: int | None, on: date) -> Quote | Problem:
        if self.payer.us_style:
            detail = "Its codes and units depend on the whole day. Draft the invoice of this treatment first."
            return ("units_not_drafted", detail, "treatment", None)
        services = [
            row
            for row in self.services
            if kind_of_visit is None or kind_of_visit in {kind.pk for kind in row.appointment_types.all()}
        ]
        if not services or (kind_of_visit is None and len(services) > 1):
            detail = "This kind of visit is not tied to a service yet. Set it up under Services."
            return ("no_service", detail, "service", None)
        found = ((service, rate) for service in services for rate in self._holding(service, on))
        service, rate = next(found, (services[0], None))
        if rate is None:
            detail = f"There is no rate of {service.name} for {self.payer} on {on:%-d %B %Y}."
            return ("no_rate", detail, "rate", None)
        if rate.unit == Rate.Unit.HOURLY and not minutes:
            return ("minutes_missing", "An hourly rate needs the face-to-face minutes of the note.", "treatment", None)
        return self._priced(service, rate, minutes, on)

    def _holding(self, service: Service, on: date) -> list[Rate]:
        rates = self.rates.get(service.pk, [])
        return [
            rate
            for rate in rates
            if rate.unit != Rate.Unit.UNIT and rate.valid_from <= on and (rate.valid_to is None or on <= rate.valid_to)
        ]

    def _priced(self, service: Service, rate: Rate, minutes: int | None, on: date) -> Quote:
        quantity = cents(Decimal(minutes) / 60) if rate.unit == Rate.Unit.HOURLY else Decimal(1)
        is_taxed = taxed(service, on=on, gst_registered=self.gst_registered)
        amount = cents(rate.amount * quantity)
        excl, gst = line_amounts(amount, includes_gst=rate.includes_gst, is_taxed=is_taxed, on=on)
        return Quote(service.code, excl, gst)
