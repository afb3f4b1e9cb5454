"""Which invoice a line of a bank's file pays: by the numbers somebody typed, and by the amount. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# However it was typed: INV-000123, inv 123, Inv000123, INV.123. A number alone could be anything.
_NUMBER = re.compile(r"(?<![a-z])i\s*n\s*v(?:oice)?[\s\-_.:#/]*(?:no?[\s.:#]*)?0*(\d{1,12})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Owed:
    """What is owed on one invoice, and by whose account."""

    id: int
    account: Any
    balance: Decimal


def numbers_in(text: str) -> list[int]:
    """The numbers of invoices in the order they are named, each once."""
    return list(dict.fromkeys(int(number) for number in _NUMBER.findall(text)))


def propose(text: str, amount: Decimal, invoices: Mapping[int, Owed]) -> tuple[str, list[int]]:
    """The state of a line, and the ids of the invoices it seems to pay. `invoices` are the issued ones by number.

    Several of one account fit where the amount is their sum; else a person chooses among them.
    """
    named = [invoices[number] for number in numbers_in(text) if number in invoices]
    owed = [invoice for invoice in named if invoice.balance > 0]
    if not owed:
        return "unknown", [invoice.id for invoice in named]
    total = sum(invoice.balance for invoice in owed)
    ids = [invoice.id for invoice in owed]
    if len(owed) > 1:
        fits = total == amount and len({invoice.account for invoice in owed}) == 1
        return ("exact" if fits else "several"), ids
    if amount == total:
        return "exact", ids
    return ("part" if amount < total else "over"), ids
