"""The sessions of a payer's cases as candidates for a claim: what each would cost, and all that keeps it back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from billing.claiming import books, readiness
from billing.claiming.books import Books
from billing.claiming.quoting import PriceBook, Problem, Quote
from billing.claiming.quoting_us import UsPriceBook
from billing.claiming.readiness import Reason, Session, Standing
from billing.entitlement.values import Certificate, Facts
from billing.models import ClaimLine, InvoiceLine
from clinic.models import Practice
from clinic.money import ZERO
from patients.models import Payer
from treatments.models import Treatment

Quoting = Callable[[Any, Session], Quote | Problem]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A session of one of the payer's cases, with its amounts as they would be claimed, and all that keeps it back."""

    session: Session
    claim_number: str
    service: str
    amount_excl: Decimal | None
    gst: Decimal | None
    invoice: int | None
    order_number: str
    declined: ClaimLine | None = None
    reasons: tuple[Reason, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        return not self.reasons

    @property
    def total(self) -> Decimal | None:
        return None if self.amount_excl is None else self.amount_excl + self.gst


def candidates(
    *, payer: Payer, now: datetime, from_on: date | None = None, to_on: date | None = None
) -> list[Candidate]:
    """The sessions of a payer's cases in a period, in the order of their days."""
    zone = Practice.objects.current().zone
    rows = Treatment.objects.filter(case__payer=payer)
    if from_on is not None:
        rows = rows.filter(started_at__gte=_midnight(from_on, zone))
    if to_on is not None:
        rows = rows.filter(started_at__lt=_midnight(to_on + timedelta(days=1), zone))
    return examine(rows, payer=payer, now=now)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def examine(
    rows: QuerySet[Treatment], *, payer: Payer, now: datetime, except_claim: int | None = None
) -> list[Candidate]:
    """Each of these treatments of the payer's cases with all its reasons. That a session is on the claim
    `except_claim` is none."""
    practice = Practice.objects.current()
    known = books.read(rows, payer=payer, now=now, except_claim=except_claim)
    if not known.rows:
        return []
    book = UsPriceBook if payer.us_style else PriceBook
    quote = book(payer, known.of_day, gst_registered=practice.gst_registered).quote
    clashes = _clashes(known)
    today = now.astimezone(practice.zone).date()
    return [
        _candidate(row, session, known, quote, clashes.get(session.treatment, ()), payer, today)
        for row, session in zip(known.rows, known.sessions, strict=True)
    ]


def _clashes(known: Books) -> dict[int, tuple[Session, ...]]:
    of_practitioner: dict[int, list[Session]] = {row.practitioner: [] for row in known.sessions}
    for row in known.beside:
        if row.practitioner in of_practitioner:
            of_practitioner[row.practitioner].append(row)
    found: dict[int, tuple[Session, ...]] = {}
    for rows in of_practitioner.values():
        found |= readiness.impossible_days(rows)
    return found


def _candidate(
    row: Any,
    session: Session,
    known: Books,
    quote: Quoting,
    clashes: tuple[Session, ...],
    payer: Payer,
    today: date,
) -> Candidate:
    case, lines = known.cases[session.case], known.parts.get(session.treatment, [])
    facts = _facts_before(row, session, known, lines)
    price, problem = _priced(row, session, lines, known, quote)
    live = known.claims.get(session.treatment)
    same_day = known.of_day[session.patient, session.service_on]
    standing = Standing(
        price_problem=problem,
        claim=live.claim_id if live else None,
        claim_name=live.claim.name if live else "",
        billed_elsewhere=_billed_elsewhere(lines, known, payer),
        provider_id=row.practitioner__npi if payer.us_style else row.practitioner__acc_provider_id,
        provider_id_name="NPI" if payer.us_style else "provider ID for ACC" if case.kind == "acc" else "",
        order_number=readiness.order_number(session, facts, on_case=case.purchase_order_number),
        us_style=payer.us_style,
        same_day=next((other.treatment for other in same_day if known.comes_first(other, session)), None),
        overlapping=tuple(other for other in clashes if known.comes_first(other, session)),
    )
    return Candidate(
        session=session,
        claim_number=case.claim_number,
        service=price.service if price else "",
        amount_excl=price.amount_excl if price else None,
        gst=price.gst if price else None,
        invoice=lines[0].invoice_id if lines else None,
        order_number=standing.order_number,
        declined=None if live else known.declined.get(session.treatment),
        reasons=tuple(readiness.reasons(session, facts, standing, today=today)),
        remarks=tuple(readiness.remarks(session, facts)),
    )


def _facts_before(row: Any, session: Session, known: Books, lines: list[InvoiceLine]) -> Facts:
    """The facts as they were for this session: of the sessions given, those that came before it."""
    facts = known.facts[session.case]
    that_day = known.of_day[session.patient, session.service_on]
    earlier = [other for other in that_day if other.case == session.case and _began_before(other, session)]
    certificate = Certificate(
        practitioner=session.practitioner_name, expires_on=row.practitioner__practising_certificate_expires_on
    )
    return replace(
        facts,
        given=(*(day for day in facts.given if day < session.service_on), *(other.service_on for other in earlier)),
        expected=(),
        not_invoiced=(),
        certificates=(certificate,),
        billed=facts.billed - sum((line.amount_excl for line in lines), ZERO),
    )


def _began_before(other: Session, session: Session) -> bool:
    return (other.begins_at, other.treatment) < (session.begins_at, session.treatment)


def _priced(
    row: Any, session: Session, lines: list[InvoiceLine], known: Books, quote: Quoting
) -> tuple[Quote | None, Problem | None]:
    """What stands on the invoice less what was credited of it; where it is on none yet, what it would be."""
    if lines:
        credited = [known.credited.get(line.pk, (ZERO, ZERO)) for line in lines]
        excl = sum((line.amount_excl for line in lines), ZERO) - sum((part[0] for part in credited), ZERO)
        gst = sum((line.gst for line in lines), ZERO) - sum((part[1] for part in credited), ZERO)
        return Quote(service="", amount_excl=excl, gst=gst), None
    found = quote(row, session)
    return (found, None) if isinstance(found, Quote) else (None, found)


def _billed_elsewhere(lines: list[InvoiceLine], known: Books, payer: Payer) -> str:
    for line in lines:
        if line.invoice.payer_id != payer.pk:
            return f"It is on {line.invoice.label}, which does not go to {payer}."
        if line.invoice_id in known.owed and known.owed[line.invoice_id] <= 0:
            return f"{line.invoice.label} is settled: nothing is owed for it any more."
    return ""
