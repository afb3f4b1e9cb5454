"""Paying for a visit at the desk: what the patient is to pay, and their invoice, made in the same act if needed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q

from appointments.models import Appointment
from billing import invoicing, lines
from billing.models import Counter, Invoice, Payment, Rate
from billing.payments import paying, prepaying
from clinic.acting import acting
from clinic.errors import Conflict
from clinic.models import Practice, User
from clinic.money import ZERO
from treatments.models import Treatment


@dataclass(frozen=True, kw_only=True)
class Due:
    """What the patient is to pay for a visit. `invoice` is theirs for it, a draft perhaps; None where it is still to
    be made of `treatment`."""

    amount: Decimal
    invoice: Invoice | None
    treatment: Treatment | None = None

    @property
    def is_issued(self) -> bool:
        return self.invoice is not None and self.invoice.status == Invoice.Status.ISSUED


def due_for(visit: Appointment) -> Due | None:
    """None where the patient has nothing to pay: all is settled, nothing is signed, or a payer covers it. Raises what
    pricing refuses."""
    invoice = _of_patient(visit)
    if invoice is not None:
        return Due(amount=invoice.balance, invoice=invoice) if invoice.balance > 0 else None
    treatment = _unbilled().filter(appointment=visit).select_related("patient", "case__payer", "appointment").first()
    if treatment is None or visit.appointment_type.complimentary:
        return None
    amount = _amount_of(treatment)
    return Due(amount=amount, invoice=None, treatment=treatment) if amount else None


def _amount_of(treatment: Treatment) -> Decimal:
    """What the draft of it would come to: lines as drafting makes them, a package's session among them, and none of
    them written."""
    found = list(lines.of_treatments([treatment], payer=None, practice=Practice.objects.current()))
    if not (treatment.case and treatment.case.payer):
        with acting(None):
            list(prepaying.cover(patient=treatment.patient, lines=found))
    return sum((line.total for line in found), ZERO)


def take(*, visit: Appointment, amount: Decimal, method: str, by: User, now: datetime, reference: str = "") -> Payment:
    """A payment for a visit. Its invoice to the patient is drafted and issued first where that is not done; all of it
    happens, or nothing. Raises 409 `nothing_owed`, and what drafting, issuing and paying refuse."""
    with acting(by, reason="pay"):
        # Before anything else is held: a refund that goes on at this moment holds it and wants the payment.
        Counter.objects.locked(paying.COUNTER)
        due = due_for(visit)
        if due is None:
            raise Conflict("nothing_owed", "There is nothing to pay for this visit.")
        invoice = due.invoice or invoicing.draft(treatments=[due.treatment], payer=None, by=by, now=now)
        if not due.is_issued:
            invoice = invoicing.issue(invoice=invoice, by=by, now=now)
        payer, patient = (invoice.payer, None) if invoice.payer_id else (None, invoice.debtor)
        return paying.pay(
            patient=patient,
            payer=payer,
            amount=amount,
            method=method,
            reference=reference,
            invoices=[(invoice, amount)],
            by=by,
            now=now,
        )


def visits_to_pay(visits: Iterable[int]) -> set[int]:
    """The ids of those visits for which the patient has something to pay, as far as three queries can tell: what a
    rate without a contribution leaves is found when it is asked for."""
    visits = list(visits)
    own = Invoice.objects.filter(payer__isnull=True).of_visits(visits)
    unpaid = own.with_balance().filter(Q(status=Invoice.Status.DRAFT) | Q(balance__gt=0)).values("pk")
    line_of = Treatment.objects.filter(appointment__in=visits, invoice_lines__invoice__in=unpaid)
    unbilled = _unbilled().filter(appointment__in=visits, appointment__appointment_type__complimentary=False)
    contributes = Rate.objects.filter(
        service__appointment_types=OuterRef("appointment__appointment_type"),
        payer=OuterRef("case__payer"),
        surcharge__gt=0,
        valid_from__lte=OuterRef("started_at__date"),
    )
    unbilled = unbilled.filter(Q(case__isnull=True) | Q(case__contribution_payer__isnull=True))
    pays = unbilled.filter(Q(case__isnull=True) | Q(case__payer__isnull=True) | Exists(contributes))
    return set(line_of.values_list("appointment_id", flat=True)) | set(pays.values_list("appointment_id", flat=True))


def _of_patient(visit: Appointment) -> Invoice | None:
    """The patient's invoice for a visit that is not settled, or else the last one, with `balance`."""
    rows = Invoice.objects.filter(payer__isnull=True).of_visits([visit.pk]).with_balance()
    return rows.select_related("patient", "billed_to").order_by(F("balance").desc(), "-pk").first()


def _unbilled():
    """Signed treatments of which no patient's part is billed. Nothing of what a note says is read."""
    signed = Treatment.objects.signed().exclude(billed_parts__share="patient")
    return signed.only("patient", "case", "appointment", "started_at", "status", "face_to_face_minutes")
