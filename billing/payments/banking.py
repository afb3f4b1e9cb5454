"""What goes to the bank of a day: money in and out, by how it came."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from billing.models import Payment
from clinic.money import ZERO


@dataclass(frozen=True, kw_only=True)
class MethodTotal:
    """`refunded` is not positive; `total` is what there has to be in the till or on the terminal's slip."""

    method: str
    label: str
    payments: int
    refunds: int
    taken: Decimal
    refunded: Decimal

    @property
    def total(self) -> Decimal:
        return self.taken + self.refunded


@dataclass(frozen=True, kw_only=True)
class Banking:
    from_on: date
    to_on: date
    methods: list[MethodTotal]

    @property
    def taken(self) -> Decimal:
        return sum((row.taken for row in self.methods), ZERO)

    @property
    def refunded(self) -> Decimal:
        return sum((row.refunded for row in self.methods), ZERO)

    @property
    def total(self) -> Decimal:
        return self.taken + self.refunded


def banking(*, from_on: date, to_on: date) -> Banking:
    """The totals of the days from one to the other, both included, by the day money moved: one query. All methods, in
    the order in which they are declared, those without a payment as nothing."""
    sums = {row["method"]: row for row in _sums(from_on, to_on)}
    methods = [
        MethodTotal(
            method=value,
            label=label,
            payments=sums.get(value, {}).get("payments", 0),
            refunds=sums.get(value, {}).get("refunds", 0),
            taken=sums.get(value, {}).get("taken") or ZERO,
            refunded=sums.get(value, {}).get("refunded") or ZERO,
        )
        for value, label in Payment.Method.choices
    ]
    return Banking(from_on=from_on, to_on=to_on, methods=methods)


def _sums(from_on: date, to_on: date):
    is_refund = Q(refund_of__isnull=False)
    return (
        Payment.objects.filter(received_on__gte=from_on, received_on__lte=to_on)
        .order_by()
        .values("method")
        .annotate(
            payments=Count("pk", filter=~is_refund),
            refunds=Count("pk", filter=is_refund),
            taken=Sum("amount", filter=~is_refund),
            refunded=Sum("amount", filter=is_refund),
        )
    )
