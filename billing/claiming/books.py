"""What is on record about the sessions of a payer's cases: the same number of queries for one and for thousands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from appointments.models import Segment
from billing.claiming.readiness import Session
from billing.entitlement import gathering as entitlement
from billing.entitlement.values import Facts
from billing.models import BilledPart, ClaimLine, Invoice, InvoiceLine
from clinic.models import Practice
from patients.models import Case, Payer
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
    "practitioner__npi",
    "practitioner__practising_certificate_expires_on",
)
# Whoever asks about one session needs the others of its day, and one that began the evening before.
_BESIDE = timedelta(days=1)
_NOTHING = Decimal("0.00")


@dataclass
class Books:
    """`rows` are the notes asked about, `sessions` the same as plain values; everything else by what it is looked up
    by: a case, a treatment, an invoice or its line, a patient and a day."""

    rows: list[Any]
    sessions: list[Session]
    cases: dict[int, Case] = field(default_factory=dict)
    facts: dict[int, Facts] = field(default_factory=dict)
    beside: list[Session] = field(default_factory=list)
    of_day: dict[tuple[int, date], list[Session]] = field(default_factory=dict)
    parts: dict[int, list[InvoiceLine]] = field(default_factory=dict)
    credited: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    owed: dict[int, Decimal] = field(default_factory=dict)
    claims: dict[int, ClaimLine] = field(default_factory=dict)
    declined: dict[int, ClaimLine] = field(default_factory=dict)

    def comes_first(self, row: Session, session: Session) -> bool:
        """Of two that cannot both be claimed: what is claimed already, or else what began earlier."""
        if session.treatment in self.claims or row.treatment == session.treatment:
            return False
        if row.treatment in self.claims:
            return True
        return (row.begins_at, row.treatment) < (session.begins_at, session.treatment)


def read(rows: QuerySet[Treatment], *, payer: Payer, now: datetime, except_claim: int | None = None) -> Books:
    """A complimentary visit is nobody's to pay, and not here. Lines of the claim `except_claim` are not read."""
    practice = Practice.objects.current()
    paid_for = rows.exclude(appointment__appointment_type__complimentary=True)
    known = list(paid_for.order_by("started_at", "pk").values_list(*_KNOWN, named=True))
    if not known:
        return Books(rows=[], sessions=[])
    hands_on = _hands_on_minutes()
    books = Books(rows=known, sessions=[_session(row, practice.zone, hands_on) for row in known])
    books.cases = Case.objects.in_bulk({row.case for row in books.sessions})
    books.facts = entitlement.facts_of(books.cases.values(), now=now)
    _read_sessions(books, payer, practice.zone, hands_on)
    treatments = [row.treatment for row in books.sessions]
    _read_claims(books, treatments, except_claim)
    _read_invoices(books, treatments)
    return books


def _hands_on_minutes() -> dict[int, int]:
    """By kind of visit: what its hands-on segments add up to, for notes that do not say."""
    rows = Segment.objects.filter(kind=Segment.Kind.HANDS_ON).order_by().values("appointment_type")
    return dict(rows.annotate(_minutes=Sum("minutes")).values_list("appointment_type", "_minutes"))


def _session(row: Any, zone: ZoneInfo, hands_on: dict[int, int]) -> Session:
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


def _read_sessions(books: Books, payer: Payer, zone: ZoneInfo, hands_on: dict[int, int]) -> None:
    """Whatever else these practitioners and patients had in that time."""
    begins, ends = books.sessions[0].begins_at - _BESIDE, max(row.ends_at for row in books.sessions) + _BESIDE
    practitioners = {row.practitioner for row in books.sessions}
    people = Q(practitioner__in=practitioners) | Q(patient__in={row.patient for row in books.sessions})
    others = Treatment.objects.filter(people, started_at__gte=begins, started_at__lt=ends)
    for row in others.order_by("started_at", "pk").values_list(*_KNOWN, named=True):
        session = _session(row, zone, hands_on)
        books.beside.append(session)
        if row.case__payer_id == payer.pk:
            books.of_day.setdefault((session.patient, session.service_on), []).append(session)


def _read_claims(books: Books, treatments: Sequence[int], except_claim: int | None) -> None:
    """The live claim line of each treatment, and the last that was declined or taken back."""
    lines = ClaimLine.objects.filter(invoice_line__treatment__in=treatments).exclude(claim=except_claim)
    for line in lines.select_related("claim").annotate(treatment_id=F("invoice_line__treatment")).order_by("pk"):
        (books.claims if line.is_live else books.declined)[line.treatment_id] = line


def _read_invoices(books: Books, treatments: Sequence[int]) -> None:
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
