"""Which claimed line a row of a remittance is about: by the claim's number and the line's, else by injury and day."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from billing.claiming.remittance_rows import Row
from billing.models import Claim, ClaimLine
from patients import acc_numbers
from patients.models import Payer

NO_SUCH_LINE = "No claimed line fits: neither its number, nor its claim number and day."
SEVERAL = "Several claimed lines fit. Say which one is meant."


class Lines:
    """The submitted lines of a payer that some rows may be about, read at once. Where they came for a claim, only its
    own are looked at by number."""

    def __init__(self, payer: Payer, rows: Iterable[Row], claim: Claim | None) -> None:
        rows = list(rows)
        self.claim = claim
        numbers = {number for row in rows if (number := number_of(row.schedule_number)) is not None}
        injuries = {acc_numbers.normalised(row.claim_number) for row in rows if row.claim_number}
        days = {row.service_on for row in rows if row.service_on}
        by_number = Q(claim__number__in=numbers) | (Q(claim=claim) if claim else Q())
        by_injury = Q(invoice_line__invoice__case__claim_number__in=injuries - {""}, invoice_line__service_on__in=days)
        self.by_number: dict[tuple[int, int], ClaimLine] = {}
        self.by_injury: dict[tuple[str, Any], list[ClaimLine]] = {}
        lines = _submitted(payer).filter(by_number | by_injury)
        # Claims before their lines, as in the verbs that send them.
        claims = Claim.objects.filter(pk__in=lines.order_by().values("claim"))
        list(claims.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        for line in lines.select_for_update(of=("self",), no_key=True):
            self.by_number[line.claim.number, line.position] = line
            key = (line.invoice_line.invoice.case.claim_number, line.invoice_line.service_on)
            self.by_injury.setdefault(key, []).append(line)

    def of(self, row: Row) -> tuple[ClaimLine | None, str]:
        """The line, or why there is none."""
        number = self.claim.number if self.claim else number_of(row.schedule_number)
        if number is not None and row.line_number is not None:
            line = self.by_number.get((number, row.line_number))
            if line is not None:
                return line, ""
        if row.claim_number and row.service_on:
            return self._by_injury(row)
        return None, NO_SUCH_LINE

    def _by_injury(self, row: Row) -> tuple[ClaimLine | None, str]:
        """Claimed again, a session has two lines: what is live is meant, or the last of them."""
        found = self.by_injury.get((acc_numbers.normalised(row.claim_number), row.service_on), [])
        if row.service_code:
            found = [line for line in found if line.invoice_line.service.code == row.service_code]
        live = [line for line in found if line.is_live] or found[-1:]
        if len(live) > 1:
            return None, SEVERAL
        return (live[0], "") if live else (None, NO_SUCH_LINE)


def _submitted(payer: Payer) -> QuerySet[ClaimLine]:
    rows = ClaimLine.objects.filter(claim__payer=payer).exclude(state=ClaimLine.State.SELECTED)
    return rows.select_related(
        "claim", "invoice_line__service", "invoice_line__invoice__case", "resubmitted_as__claim"
    ).order_by("pk")


def number_of(text: str) -> int | None:
    """`CLM-000012`, `000012` and `12` are the claim of number 12."""
    digits = text.strip().upper().removeprefix("CLM-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else None
