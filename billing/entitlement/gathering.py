"""What is known of cases, gathered in a fixed number of queries, however many they are.

A session counts when it was given: a treatment, signed or drafted, or a visit that was held and has no note yet. A
complimentary visit is nobody's to pay and counts nowhere. Days are those of the practice's wall, as on invoices.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Sum

from appointments.models import Appointment
from appointments.statuses import Status
from billing.entitlement.assessing import assess
from billing.entitlement.values import Asked, Certificate, Entitlement, Facts, Order
from billing.models import BilledPart, CreditLine, Invoice, InvoiceLine
from clinic.models import Practice, Practitioner
from patients.models import Case, CoverDecision, Diagnosis, Payer, PurchaseOrder
from treatments.models import Treatment, TreatmentRequest

# The patient was treated, whether or not anybody wrote it down.
HELD = frozenset({Status.IN_TREATMENT, Status.COMPLETED})
TO_COME = frozenset({Status.PENDING, Status.BOOKED, Status.CONFIRMED, Status.ARRIVED})


def of_case(case: Case, *, on: date, now: datetime, practitioner: Practitioner | None = None) -> Entitlement:
    return of_cases([case], on=on, now=now, practitioner=practitioner)[case.pk]


def of_cases(
    cases: Iterable[Case], *, on: date, now: datetime, practitioner: Practitioner | None = None
) -> dict[int, Entitlement]:
    """The answers by case id. `practitioner` is the one who would treat; without one, those of that day's visits, else
    of the next, else of the last treatment, else everybody who might."""
    cases = list(cases)
    if not cases:
        return {}
    known = _Known(ids=[case.pk for case in cases], on=on, now=now, zone=Practice.objects.current().zone)
    known.gather({case.payer_id for case in cases} - {None})
    return {case.pk: assess(known.facts_of(case, practitioner), on=on) for case in cases}


def today_of(now: datetime) -> date:
    return now.astimezone(Practice.objects.current().zone).date()


def facts_of(cases: Iterable[Case], *, now: datetime) -> dict[int, Facts]:
    """What is known of cases today, by case id: for whoever asks about each of their sessions."""
    cases, zone = list(cases), Practice.objects.current().zone
    known = _Known(ids=[case.pk for case in cases], on=now.astimezone(zone).date(), now=now, zone=zone)
    known.gather({case.payer_id for case in cases} - {None})
    return {case.pk: known.facts_of(case, None) for case in cases}


@dataclass
class _Known:
    """Everything about some cases, by case id."""

    ids: list[int]
    on: date
    now: datetime
    zone: ZoneInfo
    payers: dict[int, Payer] = field(default_factory=dict)
    practitioners: dict[int, Practitioner] = field(default_factory=dict)
    diagnoses: dict[int, list] = field(default_factory=lambda: defaultdict(list))
    orders: dict[int, list] = field(default_factory=lambda: defaultdict(list))
    asked: dict[int, list] = field(default_factory=lambda: defaultdict(list))
    given: dict[int, list] = field(default_factory=lambda: defaultdict(list))
    expected: dict[int, list] = field(default_factory=lambda: defaultdict(list))
    not_invoiced: dict[int, list] = field(default_factory=lambda: defaultdict(list))
    treaters: dict[int, list] = field(default_factory=lambda: defaultdict(list))
    billed: dict[int, Decimal] = field(default_factory=dict)
    cover: dict[int, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.local(self.now)

    def local(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def gather(self, payer_ids: Collection[int]) -> None:
        self.payers = Payer.objects.in_bulk(payer_ids)
        self.practitioners = Practitioner.objects.in_bulk()
        rows = Diagnosis.objects.filter(case__in=self.ids).order_by("-primary", "id")
        for case_id, *coded in rows.values_list("case", "system", "code"):
            self.diagnoses[case_id].append(tuple(coded))
        for order in PurchaseOrder.objects.filter(case__in=self.ids):
            self.orders[order.case_id].append(order)
        self._gather_requests()
        self._gather_treatments()
        self._gather_visits()
        self._gather_money()
        if self.on < self.today:
            decisions = CoverDecision.objects.known_on(self.on, self.zone).filter(case__in=self.ids)
            self.cover = {row.case_id: row.status for row in decisions}

    def _gather_requests(self) -> None:
        rows = TreatmentRequest.objects.finished().filter(case__in=self.ids)
        rows = rows.filter(reasons__contains=[TreatmentRequest.Reason.MORE_TREATMENT]).with_answer()
        for case_id, finished_at, approved in rows.values_list("case", "finished_at", "approved"):
            self.asked[case_id].append(Asked(on=self.local(finished_at), is_answered=approved is not None))

    def _gather_treatments(self) -> None:
        parts = BilledPart.objects.filter(
            treatment=OuterRef("pk"),
            share="payer",
            line__invoice__payer=OuterRef("case__payer"),
            line__invoice__status=Invoice.Status.ISSUED,
        )
        rows = Treatment.objects.filter(case__in=self.ids).exclude(appointment__appointment_type__complimentary=True)
        rows = rows.annotate(is_invoiced=Exists(parts)).order_by("started_at")
        for case_id, started_at, treater, is_invoiced in rows.values_list(
            "case", "started_at", "practitioner", "is_invoiced"
        ):
            day = self.local(started_at)
            self.given[case_id].append(day)
            self.treaters[case_id].append((day, treater))
            if not is_invoiced:
                self.not_invoiced[case_id].append(day)

    def _gather_visits(self) -> None:
        """Those that have no note: held ones were given, the others of today and later are still to come."""
        rows = Appointment.objects.filter(case__in=self.ids, treatment=None, status__in=HELD | TO_COME)
        rows = rows.exclude(appointment_type__complimentary=True).order_by("starts_at")
        for case_id, starts_at, treater, status in rows.values_list("case", "starts_at", "practitioner", "status"):
            day = self.local(starts_at)
            if status in HELD:
                self.given[case_id].append(day)
            elif day >= self.today:
                self.expected[case_id].append(day)
            else:
                continue
            self.treaters[case_id].append((day, treater))

    def _gather_money(self) -> None:
        """What each case's payer was billed without GST, drafts included, less what was credited."""
        lines = InvoiceLine.objects.filter(invoice__case__in=self.ids, invoice__payer=F("invoice__case__payer"))
        credited = CreditLine.objects.filter(line__in=lines)
        billed = lines.order_by().values_list("invoice__case").annotate(Sum("amount_excl"))
        less = dict(credited.order_by().values_list("line__invoice__case").annotate(Sum("amount_excl")))
        self.billed = {case_id: amount - less.get(case_id, 0) for case_id, amount in billed}

    def facts_of(self, case: Case, practitioner: Practitioner | None) -> Facts:
        payer = self.payers.get(case.payer_id)
        return Facts(
            kind=case.kind,
            payer=payer.name if payer else "",
            payer_kind=payer.kind if payer else "",
            employer=case.employer,
            claim_number=case.claim_number,
            date_of_injury=case.date_of_injury,
            diagnoses=tuple(self.diagnoses[case.pk]),
            cover_status=case.cover_status if self.on >= self.today else self.cover.get(case.pk, "unknown"),
            approved_sessions=case.approved_sessions,
            orders=tuple(_order(row) for row in self.orders[case.pk]),
            asked=tuple(self.asked[case.pk]),
            sessions_elsewhere=case.sessions_elsewhere,
            first_elsewhere_on=case.first_elsewhere_on,
            given=tuple(self.given[case.pk]),
            expected=tuple(self.expected[case.pk]),
            certificates=tuple(_certificate(row) for row in self._treating(case, practitioner)),
            not_invoiced=tuple(self.not_invoiced[case.pk]),
            policy_number=case.policy_number,
            policy_expires_on=case.policy_expires_on,
            approved_amount=case.approved_amount,
            approval_required=case.approval_required,
            approval_number=case.approval_number,
            billed=self.billed.get(case.pk, Decimal(0)),
            closed_on=case.closed_on,
        )

    def _treating(self, case: Case, practitioner: Practitioner | None) -> list[Practitioner]:
        if practitioner is not None:
            return [practitioner]
        days = sorted(self.treaters[case.pk])
        of_day = {treater for day, treater in days if day == self.on}
        coming = [treater for day, treater in days if day > self.on][:1]
        last = [treater for day, treater in days if day < self.on][-1:]
        chosen = of_day or coming or last
        if chosen:
            return [self.practitioners[treater] for treater in sorted(chosen)]
        return [row for row in self.practitioners.values() if row.archived_at is None]


def _order(row: PurchaseOrder) -> Order:
    return Order(
        number=row.number,
        sessions=row.sessions,
        approved_on=row.approved_on,
        valid_from=row.valid_from,
        expires_on=row.expires_on,
    )


def _certificate(row: Practitioner) -> Certificate:
    return Certificate(practitioner=row.display_name, expires_on=row.practising_certificate_expires_on)
