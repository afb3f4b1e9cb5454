"""Money in, and money that goes back: payments under numbers without gaps, on the account of a patient or a payer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from appointments.models import Appointment
from billing.models import Counter, Payment
from billing.payments import allocating
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from clinic.money import format_money
from patients.models import Patient, Payer

COUNTER = "payment"


def pay(
    *,
    amount: Decimal,
    method: str,
    by: User | None,
    now: datetime,
    received_on: date | None = None,
    patient: Patient | None = None,
    payer: Payer | None = None,
    invoices: allocating.Shares | Literal["oldest"] = (),
    reference: str = "",
    note: str = "",
    appointment: Appointment | None = None,
    origin: str = "",
) -> Payment:
    """Takes a payment onto one account, today unless another day is said. `patient` is whoever the invoices go to: of
    a family its account holder.

    `invoices` are what it pays, as pairs of an invoice and an amount; with "oldest" it goes to what is due longest.
    The rest stays on the account as credit. Money for an `appointment` still to come is a deposit, which its own
    invoice takes when it is issued. `by` is None where nobody took it: a payment link.

    Raises 422 `account_unclear`, `amount_does_not_fit`, `received_in_future`, `appointment_of_another_patient`,
    409 `already_taken` where `origin` has come in already, and what `allocating.allocate` raises.
    """
    received_on = received_on or today(now)
    _refuse_impossible(patient, payer, appointment, received_on, now)
    with acting(by, reason="pay"):
        payment = Payment.objects.create(
            number=_next_number(),
            patient=patient,
            payer=payer,
            method=method,
            amount=amount,
            received_on=received_on,
            taken_at=now,
            taken_by=by,
            reference=reference,
            note=note,
            appointment=appointment,
            origin=origin,
        )
        if invoices:
            allocating.allocate(payment=payment, invoices=invoices, by=by, now=now)
    return payment


def refund(
    *,
    payment: Payment,
    amount: Decimal,
    method: str,
    reason: str,
    by: User,
    now: datetime,
    refunded_on: date | None = None,
    reference: str = "",
) -> Payment:
    """Gives back what is left of a payment, today unless another day is said. What is set against an invoice is taken
    back first. Raises 422 `amount_does_not_fit`, `reason_missing`, `received_in_future`, 409 `refund_of_refund`,
    `refund_too_large`."""
    refunded_on = refunded_on or today(now)
    if amount <= 0:
        raise Refusal("amount_does_not_fit", "Say how much is given back.", field="amount")
    if not reason.strip():
        raise Refusal("reason_missing", "Say why this is given back.", field="reason")
    if payment.refund_of_id:
        raise Conflict("refund_of_refund", f"{payment.label} is a refund itself.")
    _refuse_future(refunded_on, now, field="refunded_on")
    with acting(by, reason="refund"):
        number = _next_number()
        Payment.objects.select_for_update(no_key=True).only("pk").get(pk=payment.pk)
        left = Payment.objects.with_remaining().get(pk=payment.pk).remaining
        if amount > left:
            said = f"Only {format_money(left)}" if left else "Nothing"
            sentence = f"{said} of {payment.label} is left to give back. Take it back from its invoice first."
            raise Conflict("refund_too_large", sentence)
        return Payment.objects.create(
            number=number,
            refund_of=payment,
            patient_id=payment.patient_id,
            payer_id=payment.payer_id,
            method=method,
            amount=-amount,
            received_on=refunded_on,
            taken_at=now,
            taken_by=by,
            reference=reference,
            note=reason.strip(),
        )


def _next_number() -> int:
    """From the locked counter: taken in the transaction that writes the payment, so that none is left out."""
    return Counter.objects.locked(COUNTER).advance()


def _refuse_impossible(
    patient: Patient | None, payer: Payer | None, appointment: Appointment | None, received_on: date, now: datetime
) -> None:
    if (patient is None) == (payer is None):
        raise Refusal("account_unclear", "A payment is on the account of a patient or of a payer.", field="patient")
    _refuse_future(received_on, now, field="received_on")
    if appointment is None:
        return
    whose = appointment.patient
    if patient is None or whose is None or patient.pk not in {whose.pk, whose.account_holder_id}:
        raise Refusal("appointment_of_another_patient", "That visit belongs to another patient.", field="appointment")


def _refuse_future(day: date, now: datetime, *, field: str) -> None:
    if day > today(now):
        raise Refusal("received_in_future", "Money is taken down on the day it moves, not before.", field=field)


def today(now: datetime) -> date:
    """By the clinic's own clock."""
    return now.astimezone(Practice.objects.current().zone).date()
