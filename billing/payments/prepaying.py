"""Packages: sold by the issue of their invoice, used up by private treatments as they are drafted."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count

from billing.models import Invoice, InvoiceLine, Package, PackageUse, Service
from clinic.money import ZERO
from patients.models import Patient


def sell(*, invoice: Invoice, lines: Sequence[InvoiceLine], today: date) -> None:
    """Makes the packages that an invoice sells, in the transaction that issues it."""
    for line in lines:
        service = line.service
        if service is not None and service.kind == Service.Kind.PACKAGE:
            Package.objects.create(
                account=invoice.billed_to or invoice.patient,
                service_id=service.covers_id,
                line=line,
                sessions=service.sessions * int(line.quantity),
                bought_on=today,
                expires_on=today + timedelta(days=service.valid_days) if service.valid_days else None,
            )


def cover(*, patient: Patient, lines: Sequence[InvoiceLine]) -> Iterator[PackageUse]:
    """Turns those of a patient's unsaved lines that a package covers into lines of 0.00 that name it.

    The packages are locked until the caller's transaction ends, so that two drafts never take the same session.
    """
    accounts = [patient.pk, *([patient.account_holder_id] if patient.account_holder_id else [])]
    held = Package.objects.filter(account__in=accounts, service__in={line.service_id for line in lines})
    list(held.order_by("pk").select_for_update(no_key=True))
    taken: dict[int, set[int]] = {}
    for line in lines:
        for package in held.usable(on=line.service_on).select_related("line__invoice"):
            numbers = taken.setdefault(package.pk, set())
            if len(numbers) < package.left:
                used = numbers | set(package.uses.values_list("number", flat=True))
                number = next(number for number in count(1) if number not in used)
                numbers.add(number)
                line.amount_excl = line.gst = ZERO
                line.description += f", session {number} of {package.sessions} paid with {package.line.invoice.label}"
                yield PackageUse(package=package, line=line, number=number)
                break
