"""What is known of the sessions of a payer's cases, read in a fixed number of queries however many there are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from appointments.models import Segment
from billing.claiming import readiness
from billing.claiming.quoting import PriceBook, Problem, Quote
from billing.claiming.readiness import Reason, Session, Standing
from billing.entitlement.values import Certificate, Facts, Order
from billing.models import BilledPart, ClaimLine, Invoice, InvoiceLine
from clinic.models import Practice
from patients.models import Case, Diagnosis, Payer, PurchaseOrder
from treatments.models import Treatment

# All that billing may know of a note.
_KNOWN = (
    "pk",
    "case_id",
    "case__payer_id",
    "patient_id",
    "practitioner_id",
    "started_at",
    "face_to_face_minutes",
    "status",
    "appointment__ends_at",
    "appointment__appointment_type_id",
    "patient__first_name",
    "patient__last_name",
    "practitioner__display_name",
    "practitioner__acc_provider_id",
    "practitioner__practising_certificate_expires_on",
)
# A visit that began the evening before may reach into the period.
_BESIDE = timedelta(hours=12)
_NOTHING = Decimal("0.00")


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


@dataclass
class _Books:
    """What was read, by what it is looked up by."""

    cases: dict[int, Case]
    facts: dict[int, Facts]
    sessions_of_case: dict[int, list[Session]] = field(default_factory=dict)
    beside: list[Session] = field(default_factory=list)
    parts: dict[int, list[InvoiceLine]] = field(default_factory=dict)
    claims: dict[int, ClaimLine] = field(default_factory=dict)
    declined: dict[int, ClaimLine] = field(default_factory=dict)
    credited: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    owed: dict[int, Decimal] = field(default_factory=dict)
    billed: dict[int, Decimal] = field(default_factory=dict)
    of_day: dict[tuple[int, date], list[Session]] = field(default_factory=dict)


def candidates(
    *, payer: Payer, today: date, from_on: date | None = None, to_on: date | None = None
) -> list[Candidate]:
    """The sessions of a payer's cases in a period, in the order of their days."""
    zone = Practice.objects.current().zone
    rows = Treatment.objects.filter(case__payer=payer)
    if from_on is not None:
        rows = rows.filter(started_at__gte=_midnight(from_on, zone))
    if to_on is not None:
        rows = rows.filter(started_at__lt=_midnight(to_on + timedelta(days=1), zone))
    return examine(rows, payer=payer, today=today)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def examine(
    rows: QuerySet[Treatment], *, payer: Payer, today: date, except_claim: int | None = None
) -> list[Candidate]:
    """Each of these treatments of the payer's cases with all its reasons. That a session is on the claim
    `except_claim` is none."""
    practice = Practice.objects.current()
    known = list(rows.order_by("started_at", "pk").values_list(*_KNOWN, named=True))
    if not known:
        return []
    hands_on = _hands_on_minutes()
    sessions = [_session(row, practice.zone, hands_on) for row in known]
    books = _read(sessions, payer, practice, hands_on, except_claim)
    prices = PriceBook(payer, gst_registered=practice.gst_registered)
    clashes = _clashes(sessions, books)
    return [
        _candidate(row, session, books, prices, clashes, payer, today)
        for row, session in zip(known, sessions, strict=True)
    ]


def _hands_on_minutes() -> dict[int, int]:
    """By kind of visit: what its hands-on segments add up to, for notes that do not say."""
    rows = Segment.objects.filter(kind=Segment.Kind.HANDS_ON).order_by().values("appointment_type")
    return dict(rows.annotate(_minutes=Sum("minutes")).values_list("appointment_type", "_minutes"))


def _session(row, zone: ZoneInfo, hands_on: dict[int, int]) -> Session:
    minutes = row.face_to_face_minutes or hands_on.get(row.appointment__appointment_type_id, 0)
    ends_at = row.started_at + timedelta(minutes=minutes)
    return Session(
        treatment=row.pk,
        case=row.case_id,
        patient=row.patient_id,
        patient_name=f"{row.patient__first_name} {row.patient__last_name}".strip(),
        practitioner=row.practitioner_id,
        practitioner_name=row.practitioner__display_name,
        begins_at=row.started_at,
        ends_at=max(ends_at, row.appointment__ends_at or ends_at),
        service_on=row.started_at.astimezone(zone).date(),
        hands_on=minutes,
        is_signed=row.status == Treatment.Status.SIGNED,
    )


def _read(
    sessions: Sequence[Session], payer: Payer, practice: Practice, hands_on: dict[int, int], except_claim: int | None
) -> _Books:
    cases = {row.pk: row for row in Case.objects.filter(pk__in={row.case for row in sessions})}
    books = _Books(cases=cases, facts=_facts(cases.values(), payer))
    _read_sessions(books, sessions, payer, practice, hands_on)
    treatments = [row.treatment for row in sessions]
    _read_claims(books, treatments, except_claim)
    _read_invoices(books, treatments)
    return books


def _read_sessions(
    books: _Books, sessions: Sequence[Session], payer: Payer, practice: Practice, hands_on: dict[int, int]
) -> None:
    """Every session of these cases, and whatever else their practitioners and patients had in that time."""
    begins, ends = sessions[0].begins_at - _BESIDE, max(row.ends_at for row in sessions) + _BESIDE
    people = Q(practitioner__in={row.practitioner for row in sessions}) | Q(
        patient__in={row.patient for row in sessions}
    )
    others = Treatment.objects.filter(Q(case__in=books.cases) | Q(people, started_at__gte=begins, started_at__lt=ends))
    for row in others.order_by("started_at", "pk").values_list(*_KNOWN, named=True):
        session = _session(row, practice.zone, hands_on)
        books.beside.append(session)
        if session.case in books.cases:
            books.sessions_of_case.setdefault(session.case, []).append(session)
        if row.case__payer_id == payer.pk:
            books.of_day.setdefault((session.patient, session.service_on), []).append(session)


def _read_claims(books: _Books, treatments: Sequence[int], except_claim: int | None) -> None:
    """The live claim line of each treatment, and of those without, the last that was declined or taken back."""
    lines = ClaimLine.objects.filter(invoice_line__treatment__in=treatments).exclude(claim=except_claim)
    for line in lines.select_related("claim").annotate(treatment_id=F("invoice_line__treatment")).order_by("pk"):
        (books.claims if line.is_live else books.declined)[line.treatment_id] = line


def _read_invoices(books: _Books, treatments: Sequence[int]) -> None:
    parts = BilledPart.objects.filter(treatment__in=treatments, share="payer").select_related("line__invoice__payer")
    for part in parts.order_by("line_id"):
        books.parts.setdefault(part.treatment_id, []).append(part.line)
    lines = InvoiceLine.objects.filter(treatment__in=treatments, share="payer").order_by()
    credited = lines.values("pk").annotate(
        _excl=Coalesce(Sum("credits__amount_excl"), _NOTHING), _gst=Coalesce(Sum("credits__gst"), _NOTHING)
    )
    books.credited = {pk: (excl, gst) for pk, excl, gst in credited.values_list("pk", "_excl", "_gst")}
    invoices = {line.invoice_id for lines in books.parts.values() for line in lines}
    issued = Invoice.objects.issued().filter(pk__in=invoices).order_by().with_balance()
    books.owed = dict(issued.values_list("pk", "balance"))
    parts_of_cases = BilledPart.objects.filter(share="payer", treatment__case__in=books.cases).order_by()
    billed = parts_of_cases.values("treatment__case").annotate(_billed=Sum("line__amount_excl"))
    books.billed = dict(billed.values_list("treatment__case", "_billed"))


def _facts(cases: Iterable[Case], payer: Payer) -> dict[int, Facts]:
    ids = [case.pk for case in cases]
    codes: dict[int, list[tuple[str, str]]] = {}
    for case, system, code in Diagnosis.objects.filter(case__in=ids).values_list("case_id", "system", "code"):
        codes.setdefault(case, []).append((system, code))
    orders: dict[int, list[Order]] = {}
    for row in PurchaseOrder.objects.filter(case__in=ids):
        order = Order(
            number=row.number,
            sessions=row.sessions,
            approved_on=row.approved_on,
            valid_from=row.valid_from,
            expires_on=row.expires_on,
        )
        orders.setdefault(row.case_id, []).append(order)
    return {
        case.pk: Facts(
            kind=case.kind,
            payer=payer.name,
            payer_kind=payer.kind,
            employer=case.employer,
            claim_number=case.claim_number,
            date_of_injury=case.date_of_injury,
            diagnoses=tuple(codes.get(case.pk, ())),
            cover_status=case.cover_status,
            approved_sessions=case.approved_sessions,
            orders=tuple(orders.get(case.pk, ())),
            sessions_elsewhere=case.sessions_elsewhere,
            policy_number=case.policy_number,
            policy_expires_on=case.policy_expires_on,
            approved_amount=case.approved_amount,
            approval_required=case.approval_required,
            approval_number=case.approval_number,
            closed_on=case.closed_on,
        )
        for case in cases
    }


def _clashes(sessions: Sequence[Session], books: _Books) -> dict[int, tuple[Session, ...]]:
    of_practitioner: dict[int, list[Session]] = {}
    for row in books.beside:
        of_practitioner.setdefault(row.practitioner, []).append(row)
    wanted = {row.practitioner for row in sessions}
    found: dict[int, tuple[Session, ...]] = {}
    for practitioner, rows in of_practitioner.items():
        if practitioner in wanted:
            found |= readiness.impossible_days(rows)
    return found


def _candidate(
    row: Any,
    session: Session,
    books: _Books,
    prices: PriceBook,
    clashes: dict[int, tuple[Session, ...]],
    payer: Payer,
    today: date,
) -> Candidate:
    case = books.cases[session.case]
    lines = books.parts.get(session.treatment, [])
    facts = replace(
        readiness.before(session, books.facts[case.pk], books.sessions_of_case[case.pk]),
        certificates=(
            Certificate(
                practitioner=session.practitioner_name,
                expires_on=row.practitioner__practising_certificate_expires_on,
            ),
        ),
        billed=books.billed.get(case.pk, _NOTHING) - sum((line.amount_excl for line in lines), _NOTHING),
    )
    quote, problem = _priced(row, session, lines, books, prices)
    order_number = readiness.order_number(session, facts, on_case=case.purchase_order_number)
    standing = Standing(
        price_problem=problem,
        claim=_claim_of(books, session),
        claim_name=books.claims[session.treatment].claim.name if session.treatment in books.claims else "",
        billed_elsewhere=_billed_elsewhere(lines, books, payer),
        provider_id=row.practitioner__acc_provider_id,
        order_number=order_number,
        several_a_day=payer.us_style,
        same_day=_same_day(session, books),
        overlapping=tuple(_standing_in_the_way(session, clashes, books)),
    )
    return Candidate(
        session=session,
        claim_number=case.claim_number,
        service=quote.service if quote else "",
        amount_excl=quote.amount_excl if quote else None,
        gst=quote.gst if quote else None,
        invoice=lines[0].invoice_id if lines else None,
        order_number=order_number,
        declined=books.declined.get(session.treatment) if session.treatment not in books.claims else None,
        reasons=tuple(readiness.reasons(session, facts, standing, today=today)),
        remarks=tuple(readiness.remarks(session, facts)),
    )


def _claim_of(books: _Books, session: Session) -> int | None:
    line = books.claims.get(session.treatment)
    return line.claim_id if line else None


def _priced(
    row: Any, session: Session, lines: Sequence[InvoiceLine], books: _Books, prices: PriceBook
) -> tuple[Quote | None, Problem | None]:
    """What stands on the invoice less what was credited of it; where it is on none yet, what it would be."""
    if lines:
        credited = [books.credited.get(line.pk, (_NOTHING, _NOTHING)) for line in lines]
        excl = sum((line.amount_excl for line in lines), _NOTHING) - sum((row[0] for row in credited), _NOTHING)
        gst = sum((line.gst for line in lines), _NOTHING) - sum((row[1] for row in credited), _NOTHING)
        return Quote(service="", amount_excl=excl, gst=gst), None
    found = prices.quote(
        kind_of_visit=row.appointment__appointment_type_id, minutes=row.face_to_face_minutes, on=session.service_on
    )
    return (found, None) if isinstance(found, Quote) else (None, found)


def _billed_elsewhere(lines: Sequence[InvoiceLine], books: _Books, payer: Payer) -> str:
    for line in lines:
        if line.invoice.payer_id != payer.pk:
            return f"It is on {line.invoice.label}, which does not go to {payer}."
        if books.owed.get(line.invoice_id, _NOTHING + 1) <= 0:
            return f"{line.invoice.label} is settled: nothing is owed for it any more."
    return ""


def _same_day(session: Session, books: _Books) -> int | None:
    """The visit that comes first on that day, or is claimed for it: of two, one can be claimed."""
    others = [row for row in books.of_day[session.patient, session.service_on] if row is not session]
    return next((row.treatment for row in others if _comes_first(row, session, books)), None)


def _standing_in_the_way(
    session: Session, clashes: dict[int, tuple[Session, ...]], books: _Books
) -> Iterator[Session]:
    """Of visits that cannot all be true, those before this one or claimed already: the first can be claimed."""
    yield from (row for row in clashes.get(session.treatment, ()) if _comes_first(row, session, books))


def _comes_first(row: Session, session: Session, books: _Books) -> bool:
    if session.treatment in books.claims or row.treatment == session.treatment:
        return False
    if row.treatment in books.claims:
        return True
    return (row.begins_at, row.treatment) < (session.begins_at, session.treatment)
