"""What sessions would cost a US-style insurer, by code and unit; the choice is that of `billing.us.pricing`."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q

from billing.claiming.quoting import Problem, Quote, SessionsOfDay
from billing.claiming.readiness import Session
from billing.models import InvoiceLine, Rate, Service
from billing.pricing import line_amounts, taxed
from billing.us import cpt
from clinic.money import ZERO, cents
from patients.models import Payer
from treatments.models import Needling, Treatment

_INITIAL = frozenset(cpt.INITIAL.values())


class UsPriceBook:
    def __init__(self, payer: Payer, of_day: SessionsOfDay, *, gst_registered: bool) -> None:
        self.payer, self.gst_registered, self.of_day = payer, gst_registered, of_day
        self.services = {row.code: row for row in Service.objects.active().filter(code__in=cpt.CODES)}
        self.rates: dict[int, list[Rate]] = {}
        for rate in Rate.objects.filter(payer=payer, unit=Rate.Unit.UNIT):
            self.rates.setdefault(rate.service_id, []).append(rate)
        patients = {patient for patient, _ in of_day}
        treatments = {row.treatment for rows in of_day.values() for row in rows}
        self.initial = _initial_billed(payer, patients)
        current = Needling.objects.filter(treatment=OuterRef("pk")).filter(
            Q(technique=Needling.Technique.ELECTRO) | Q(electro_hz__gt=0)
        )
        self.known = {
            pk: cpt.Session(minutes=minutes or 0, reinsertions=again or 0, electrical=electrical)
            for pk, minutes, again, electrical in Treatment.objects.filter(pk__in=treatments).values_list(
                "pk", "face_to_face_minutes", "reinsertions", Exists(current)
            )
        }

    def quote(self, row: Any, session: Session) -> Quote | Problem:
        if not row.face_to_face_minutes:
            detail = "Units need the face-to-face minutes of the note."
            return ("minutes_missing", detail, "treatment", session.treatment)
        that_day = self.of_day[session.patient, session.service_on]
        unsigned = next((other for other in that_day if not other.is_signed), None)
        if unsigned is not None:
            detail = "Another note of that day is not signed. A day's treatments share their codes."
            return ("day_not_signed", detail, "treatment", unsigned.treatment)
        place = [other.treatment for other in that_day].index(session.treatment)
        sessions = [self.known[other.treatment] for other in that_day]
        units = cpt.units_of_day(sessions, on=session.service_on)[place]
        if not units:
            detail = f"These {row.face_to_face_minutes} minutes add no unit to the day: there is nothing to bill."
            return ("too_short_to_bill", detail, "treatment", session.treatment)
        if any(each.code in _INITIAL for each in units):
            others = self.initial.get((session.patient, session.service_on), set()) - {session.treatment}
            if others:
                detail = f"The first unit of {session.service_on:%-d %B %Y} is billed for another treatment."
                return ("initial_code_billed", detail, "treatment", min(others))
        return self._priced(units, session.service_on)

    def _priced(self, units: list[cpt.Units], on: date) -> Quote | Problem:
        excl, gst = ZERO, ZERO
        for each in units:
            service = self.services.get(each.code)
            if service is None:
                detail = f"There is no service with the code {each.code} yet. Set it up under Services."
                return ("no_service", detail, "service", None)
            rate = next((rate for rate in self.rates.get(service.pk, []) if _holds(rate, on)), None)
            if rate is None:
                detail = f"There is no rate per unit of {each.code} for {self.payer} on {on:%-d %B %Y}."
                return ("no_rate", detail, "rate", None)
            is_taxed = taxed(service, on=on, gst_registered=self.gst_registered)
            amount = cents(rate.amount * Decimal(each.units))
            part = line_amounts(amount, includes_gst=rate.includes_gst, is_taxed=is_taxed, on=on)
            excl, gst = excl + part[0], gst + part[1]
        return Quote(", ".join(each.code for each in units), excl, gst)


def _initial_billed(payer: Payer, patients: set[int]) -> dict[tuple[int, date], set[int]]:
    """The treatments that a patient's day has its initial code billed for."""
    lines = InvoiceLine.objects.filter(
        invoice__payer=payer, invoice__patient__in=patients, service__code__in=_INITIAL, billed_part__isnull=False
    )
    found: dict[tuple[int, date], set[int]] = {}
    for patient, day, treatment in lines.order_by().values_list("invoice__patient", "service_on", "treatment"):
        found.setdefault((patient, day), set()).add(treatment)
    return found


def _holds(rate: Rate, on: date) -> bool:
    return rate.valid_from <= on and (rate.valid_to is None or on <= rate.valid_to)
