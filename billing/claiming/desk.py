"""The claims desk: what of a payer can be claimed now, what cannot and why, and what it comes to."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.claiming.gathering import Candidate, candidates
from clinic.errors import Refusal
from clinic.money import ZERO
from clinic.months import months_after
from patients.models import Payer

# A year to claim in, and a quarter in which what has just become too old is still seen.
MONTHS_SHOWN = 15


@dataclass(frozen=True, kw_only=True)
class Period:
    """Both days are inside."""

    from_on: date
    to_on: date

    @classmethod
    def asked(cls, from_on: date | None, to_on: date | None, *, today: date) -> "Period":
        """Raises 422 `ends_before_it_begins`."""
        to_on = to_on or today
        from_on = from_on or months_after(to_on, -MONTHS_SHOWN)
        if from_on > to_on:
            raise Refusal("ends_before_it_begins", "The last day lies before the first.", field="to")
        return cls(from_on=from_on, to_on=to_on)


@dataclass(frozen=True, kw_only=True)
class Desk:
    payer: Payer
    period: Period
    ready: tuple[Candidate, ...]
    not_ready: tuple[Candidate, ...]

    @property
    def ready_total(self) -> Decimal:
        return sum((row.total for row in self.ready), ZERO)

    def by_reason(self) -> list[tuple[str, int]]:
        """The most frequent first: mending one of those helps most."""
        counts = Counter(code for row in self.not_ready for code in {reason.code for reason in row.reasons})
        return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))

    def as_answer(self) -> dict[str, Any]:
        return {
            "payer": self.payer.pk,
            "from": self.period.from_on,
            "to": self.period.to_on,
            "ready_count": len(self.ready),
            "ready_total": self.ready_total,
            "not_ready_count": len(self.not_ready),
            "by_reason": [{"code": code, "count": count} for code, count in self.by_reason()],
            "ready": self.ready,
            "not_ready": self.not_ready,
        }


def on_the_desk(*, payer: Payer, period: Period, now: datetime) -> Desk:
    found = candidates(payer=payer, now=now, from_on=period.from_on, to_on=period.to_on)
    return Desk(
        payer=payer,
        period=period,
        ready=tuple(row for row in found if row.is_ready),
        not_ready=tuple(row for row in found if not row.is_ready),
    )
