"""What a treatment is billed as to a US-style insurer: codes and units by its minutes, at a rate for each unit.

Of the notes of the day only this is read: when they began, whether they are signed, their minutes and re-insertions,
and whether any needle carried a current.
"""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q

from billing.models import InvoiceLine, Rate, Service
from billing.us import cpt
from clinic.errors import Refusal
from clinic.models import Practice
from patients.models import Payer
from treatments.models import Needling, Treatment


def units_of(treatment: Treatment, payer: Payer, service_on: date) -> list[tuple[Rate, int]]:
    """The rates of the codes that this treatment adds to its day, and the units of each; the initial code first.

    Raises 422 `minutes_missing`, `day_not_signed`, `too_short_to_bill`, `initial_code_billed`, `no_service` and
    `no_rate`.
    """
    if not treatment.face_to_face_minutes:
        raise Refusal("minutes_missing", "Units need the face-to-face minutes of the note.")
    notes = _notes_of_day(treatment, payer, service_on)
    if any(status != Treatment.Status.SIGNED for _, status, *_ in notes):
        raise Refusal(
            "day_not_signed", "Another note of that day is not signed. A day's treatments share their codes."
        )
    sessions = [
        cpt.Session(minutes=minutes or 0, reinsertions=reinsertions or 0, electrical=electrical)
        for _, _, minutes, reinsertions, electrical in notes
    ]
    place = [pk for pk, *_ in notes].index(treatment.pk)
    units = cpt.units_of_day(sessions, on=service_on)[place]
    if not units:
        minutes = treatment.face_to_face_minutes
        raise Refusal(
            "too_short_to_bill", f"These {minutes} minutes add no unit to the day: there is nothing to bill."
        )
    _refuse_second_initial(treatment, payer, service_on, units)
    return [(_rate(each.code, payer, service_on), each.units) for each in units]


def _notes_of_day(treatment: Treatment, payer: Payer, day: date) -> list[tuple]:
    """`(id, status, minutes, reinsertions, electrical)` of the patient's notes of that local day for that payer."""
    zone = Practice.objects.current().zone
    current = Needling.objects.filter(treatment=OuterRef("pk")).filter(
        Q(technique=Needling.Technique.ELECTRO) | Q(electro_hz__gt=0)
    )
    rows = (
        Treatment.objects.filter(
            patient=treatment.patient_id,
            case__payer=payer,
            started_at__gt=treatment.started_at - timedelta(days=1),
            started_at__lt=treatment.started_at + timedelta(days=1),
        )
        .order_by("started_at", "pk")
        .values_list("started_at", "pk", "status", "face_to_face_minutes", "reinsertions", Exists(current))
    )
    return [row[1:] for row in rows if row[0].astimezone(zone).date() == day]


def _refuse_second_initial(treatment: Treatment, payer: Payer, day: date, units: list[cpt.Units]) -> None:
    """A note that was written after another of that day was billed may come before it."""
    initial = set(cpt.INITIAL.values())
    if not any(each.code in initial for each in units):
        return
    others = InvoiceLine.objects.filter(
        invoice__patient=treatment.patient_id,
        invoice__payer=payer,
        service_on=day,
        service__code__in=initial,
        billed_part__isnull=False,
    )
    if others.exclude(treatment=treatment).exists():
        raise Refusal(
            "initial_code_billed",
            f"The first unit of {day:%-d %B %Y} is billed for another treatment. Credit that line or drop its draft.",
        )


def _rate(code: str, payer: Payer, day: date) -> Rate:
    service = Service.objects.active().filter(code=code).first()
    if service is None:
        raise Refusal("no_service", f"There is no service with the code {code} yet. Set it up under Services.")
    rates = Rate.objects.on(day).filter(service=service, payer=payer, unit=Rate.Unit.UNIT)
    rate = rates.select_related("service").first()
    if rate is None:
        raise Refusal("no_rate", f"There is no rate per unit of {code} for {payer.name} on {day:%-d %B %Y}.")
    return rate
