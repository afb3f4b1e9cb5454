"""Paying an invoice through a link: nobody is signed in, and a provider says what became of it, perhaps twice."""

from collections.abc import Mapping
from datetime import datetime

import pghistory
from django.conf import settings
from django.db import IntegrityError

from billing.models import Invoice, Payment
from billing.payments import paying
from billing.payments.links import tokens
from billing.payments.links.adapter import Outcome, adapter, adapter_in_use
from clinic.errors import Conflict, Refusal, refusal_for

VIA = "payment_link"


def asked_about(*, token: str, now: datetime) -> Invoice:
    """The invoice of a link that is still good, with `balance`. Raises `NoSuchLink` (404) and 409 `link_expired`,
    `invoice_settled`."""
    invoice_id, ends_at = tokens.read(token)
    invoice = _issued().filter(pk=invoice_id).first()
    if invoice is None:
        raise tokens.NoSuchLink
    if invoice.balance <= 0:
        raise Conflict("invoice_settled", f"{invoice.label} is paid. Thank you.")
    if ends_at <= now:
        raise Conflict("link_expired", "This link is no longer in use. Ask us for a new one, or pay by bank.")
    return invoice


def begin(*, token: str, now: datetime) -> str:
    """Where the payer goes on. Raises also 409 `no_payment_links`."""
    invoice = asked_about(token=token, now=now)
    links = adapter_in_use()
    if links is None:
        raise Conflict("no_payment_links", "Please pay by bank transfer.")
    return links.create(
        amount=invoice.balance, reference=invoice.label, return_url=f"{settings.PUBLIC_URL}/pay/{token}/"
    )


def settle(*, name: str, body: bytes, headers: Mapping[str, str], now: datetime) -> Payment | None:
    """Takes what a callback says was paid, once however often it says so; None where nothing was. What is more than
    is owed by then stays as credit. Raises 404 `provider_unknown`, 400 `callback_not_genuine`, 422 `invoice_unknown`.
    """
    links = adapter(name)
    if links is None:
        raise UnknownProvider
    outcome = links.verify(body=body, headers=headers)
    if not outcome.is_paid:
        return None
    origin = f"link:{name}:{outcome.transaction}"
    try:
        return _taken(outcome, origin, now)
    except (Conflict, IntegrityError) as error:
        refusal = refusal_for(error) if isinstance(error, IntegrityError) else error
        # Told twice, or paid at the desk, in this very moment: the second look finds which.
        if refusal is None or refusal.code not in {"already_taken", "more_than_owed"}:
            raise
    return _taken(outcome, origin, now)


class UnknownProvider(Refusal):
    status = 404

    def __init__(self) -> None:
        super().__init__("provider_unknown", "No such provider is in use here.")


def _taken(outcome: Outcome, origin: str, now: datetime) -> Payment:
    known = Payment.objects.filter(origin=origin).first()
    if known is not None:
        return known
    number = outcome.reference.removeprefix("INV-")
    invoice = _issued().filter(number=int(number)).first() if number.isascii() and number.isdigit() else None
    if invoice is None:
        raise Refusal("invoice_unknown", "There is no such invoice.")
    share = min(outcome.amount, invoice.balance)
    with pghistory.context(via=VIA):
        return paying.pay(
            patient=None if invoice.payer_id else invoice.debtor,
            payer=invoice.payer,
            amount=outcome.amount,
            method=Payment.Method.ONLINE,
            reference=outcome.transaction[:80],
            origin=origin,
            invoices=[(invoice, share)] if share > 0 else (),
            by=None,
            now=now,
        )


def _issued():
    return Invoice.objects.issued().with_balance().select_related("patient", "payer", "billed_to")
