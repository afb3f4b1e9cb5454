"""Today as the desk sees it: who is expected, who is here, who is done, and what was left lying.

One line for each person, with the next thing to do for them. The number of queries does not depend on the day.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone

from appointments import standing
from appointments.models import Appointment
from appointments.statuses import EXPECTED, LIVE, Status
from billing.entitlement import advice, gathering, running_out
from billing.models import Invoice, Rate
from billing.payments.visit_paying import visits_to_pay
from clinic import showing
from clinic.models import Practice, Practitioner, User
from clinic.permissions import Permission
from clinic.wall import on_the_wall
from messaging import reasons
from messaging.models import Message
from patients.agreements import missing_consents
from patients.models import Alert, Case, Payer
from patients.models.consent import ConsentKind, consents_standing
from patients.showing import alerts_of_today
from treatments.models import AdverseEvent, Treatment, TreatmentPlan

HERE = frozenset({Status.ARRIVED, Status.IN_TREATMENT})
# Enough to see what kind of thing was left; the list behind it has them all.
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Step:
    """The one primary action of a line: a post to an act, or a way to a page."""

    label: str
    place: str
    posts: bool = True


@dataclass(frozen=True, kw_only=True)
class Line:
    at: str
    name: str
    place: str
    about: str
    status: str
    status_word: str
    alerts: list[Alert] = field(default_factory=list)
    missing: str = ""
    unagreed: str = ""
    cover: str = ""
    step: Step | None = None


@dataclass(frozen=True, kw_only=True)
class LooseEnd:
    title: str
    count: int
    lines: list[tuple[str, str]]
    place: str


def page_for(user: User, *, now: datetime | None = None) -> dict[str, Any]:
    """The three columns and the loose ends, as far as this person may see them."""
    now = now or timezone.now()
    practice = Practice.objects.first()
    zone = practice.zone if practice else timezone.get_current_timezone()
    day = now.astimezone(zone).date()
    begins, ends = (on_the_wall(on, time.min, zone) for on in (day, day + timedelta(days=1)))
    appointments = list(_of_day(user, begins, ends, now)) if user.may(Permission.SEE_BOOK) else []
    to_pay = visits_to_pay(row.pk for row in appointments) if user.may(Permission.KEEP_MONEY) else set()
    cover = _cover(appointments, day, now) if user.may(Permission.SEE_PATIENTS) else {}
    lines = [(row.status, _line(row, user, now, to_pay, cover.get(row.pk, ""))) for row in appointments]
    return {
        "day": f"{day:%A %-d %B}",
        "may_see_book": user.may(Permission.SEE_BOOK),
        "may_book": user.may(Permission.KEEP_BOOK),
        "columns": [
            ("Expected", "Nobody else is expected today.", [line for status, line in lines if status in EXPECTED]),
            ("Here", "Nobody is here just now.", [line for status, line in lines if status in HERE]),
            (
                "Done",
                "Visits move here when they are completed.",
                [line for status, line in lines if status not in EXPECTED | HERE],
            ),
        ],
        "loose_ends": [end for end in _loose_ends(user, begins, day, now) if end.count],
    }


def _of_day(user: User, begins: datetime, ends: datetime, now: datetime) -> QuerySet:
    rows = Appointment.objects.visible_to(user).filter(starts_at__gte=begins, starts_at__lt=ends)
    return (
        rows.select_related("patient", "practitioner", "room", "location", "case")
        .prefetch_related(alerts_of_today("patient__alerts"), consents_standing("patient__consents", at=now))
        .annotate(note_id=F("treatment__pk"), note_status=F("treatment__status"))
        .order_by("starts_at", "pk")
    )


def _cover(rows: list[Appointment], day: date, now: datetime) -> dict[int, str]:
    """What stands in the way of each visit's cover, in a word or two, by visit. Asked of all their cases at once."""
    of_visit = {row.pk: row.case for row in rows if row.case and row.status in LIVE}
    found = gathering.of_cases({case.pk: case for case in of_visit.values()}.values(), on=day, now=now)
    given = {row.pk for row in rows if row.note_id or row.status in gathering.HELD}
    return {
        visit_id: advice.in_short(found[case.pk], is_given=visit_id in given) for visit_id, case in of_visit.items()
    }


def _line(row: Appointment, user: User, now: datetime, to_pay: set[int], cover: str) -> Line:
    return Line(
        at=showing.clock(row.starts_at, row.location.zone),
        name=row.who,
        place=reverse("admin:appointments_appointment_change", args=[row.pk]),
        about=f"{row.practitioner}, {row.room}",
        status=row.status,
        status_word=standing.in_words(row, now=now),
        alerts=row.patient.alerts_now if row.patient_id and user.may(Permission.SEE_PATIENTS) else [],
        missing=_missing(row, user, now),
        unagreed=_unagreed(row) if row.patient_id and user.may(Permission.SEE_PATIENTS) else "",
        cover=cover,
        step=_step(row, user, to_pay),
    )


def _missing(row: Appointment, user: User, now: datetime) -> str:
    if row.status in EXPECTED and row.starts_at < now:
        minutes = int((now - row.starts_at).total_seconds() // 60)
        return f"{minutes} min late" if minutes < 120 else "Did they come?"
    if row.status in HERE | {Status.COMPLETED} and user.may(Permission.READ_NOTES):
        if row.note_id is None:
            return "No note yet"
        if row.note_status == Treatment.Status.DRAFT:
            return "Note not signed"
    return ""


def _unagreed(row: Appointment) -> str:
    """Consents to ask for while the patient is here, or before."""
    if row.status not in EXPECTED | HERE:
        return ""
    kinds = missing_consents(row.patient, kind_of_case=row.case.kind if row.case else None)
    words = [f"{label[0].lower()}{label[1:]}" for label in (ConsentKind(kind).label for kind in kinds)]
    return f"No consent: {', '.join(words)}" if words else ""


def _step(row: Appointment, user: User, to_pay: set[int]) -> Step | None:
    """What comes next in this person's day, for the one who looks."""
    if user.may(Permission.KEEP_BOOK):
        if row.status in EXPECTED:
            return _post("Arrived", row, "arrive")
        if row.status == Status.ARRIVED:
            return _post("Start", row, "start")
    if user.may(Permission.WRITE_NOTES) and row.status in {Status.IN_TREATMENT, Status.COMPLETED}:
        if row.note_id is None:
            return _post("Write note", row, "write-note")
        if row.note_status == Treatment.Status.DRAFT:
            place = reverse("admin:session", args=[row.note_id])
            return Step(label="Finish note", place=place, posts=False)
    if row.status == Status.IN_TREATMENT and user.may(Permission.KEEP_BOOK):
        return _post("Completed", row, "complete")
    if row.status == Status.COMPLETED and row.pk in to_pay:
        return Step(label="Take payment", place=_act(row, "take-payment"), posts=False)
    return None


def _post(label: str, row: Appointment, act: str) -> Step:
    return Step(label=label, place=_act(row, act))


def _act(row: Appointment, act: str) -> str:
    return reverse("admin:appointments_appointment_act", args=[row.pk, act])


def _loose_ends(user: User, begins: datetime, day: date, now: datetime) -> Iterable[LooseEnd]:
    if user.may(Permission.SEE_BOOK):
        yield _still_open(user, begins)
    if user.may(Permission.READ_NOTES):
        yield _unsigned(user, begins)
        yield _to_review(user, day)
    if user.may(Permission.READ_NOTES) or user.may(Permission.MANAGE_USERS):
        yield _to_follow_up(user, day)
    if user.may(Permission.SEE_PATIENTS) and hasattr(user, "practitioner"):
        yield _running_out(user.practitioner, now)
    if user.may(Permission.SEE_MONEY):
        yield _unbilled(user)
        yield _not_issued(user)
        yield _without_rate(user, begins)
    if user.may(Permission.SEE_MESSAGES):
        yield _undelivered(user)


def _end(title: str, rows: QuerySet, place: str, write) -> LooseEnd:
    return LooseEnd(title=title, count=rows.count(), lines=[write(row) for row in rows[:SHOWN]], place=place)


def _visit(row: Appointment) -> tuple[str, str]:
    words = f"{showing.when(row.starts_at, row.location.zone)} {row.who}"
    return words, reverse("admin:appointments_appointment_change", args=[row.pk])


def _still_open(user: User, begins: datetime) -> LooseEnd:
    rows = Appointment.objects.visible_to(user).filter(starts_at__lt=begins, status__in=LIVE - {Status.COMPLETED})
    rows = rows.select_related("patient", "location").order_by("-starts_at")
    return _end(
        "Visits of earlier days that were never closed",
        rows,
        f"{reverse('admin:appointments_appointment_changelist')}?days=past",
        _visit,
    )


def _unsigned(user: User, begins: datetime) -> LooseEnd:
    rows = Treatment.objects.visible_to(user).filter(status=Treatment.Status.DRAFT, started_at__lt=begins)
    rows = rows.select_related("patient").only("started_at", "patient").order_by("started_at")
    return _end(
        "Notes of earlier days that are not signed",
        rows,
        f"{reverse('admin:treatments_treatment_changelist')}?status__exact=draft",
        lambda row: (
            f"{showing.when(row.started_at)} {row.patient}",
            reverse("admin:treatments_treatment_change", args=[row.pk]),
        ),
    )


def _to_review(user: User, day: date) -> LooseEnd:
    """Whose plan it is and no more: what was agreed is read on its page."""
    rows = TreatmentPlan.objects.visible_to(user).open().filter(review_on__lt=day)
    return _end(
        "Plans overdue for review",
        rows.select_related("patient").order_by("review_on", "pk"),
        f"{reverse('admin:treatments_treatmentplan_changelist')}?standing=overdue",
        lambda row: (
            f"{showing.day(row.review_on)} {row.patient}",
            reverse("admin:treatments_treatmentplan_change", args=[row.pk]),
        ),
    )


def _to_follow_up(user: User, day: date) -> LooseEnd:
    rows = AdverseEvent.objects.visible_to(user).follow_up_due(on=day)
    return _end(
        "Adverse events to follow up",
        rows.select_related("patient").order_by("follow_up_on", "pk"),
        f"{reverse('admin:treatments_adverseevent_changelist')}?follow_up=due",
        lambda row: (
            f"{showing.day(row.follow_up_on)} {row.patient}",
            reverse("admin:treatments_adverseevent_change", args=[row.pk]),
        ),
    )


def _running_out(practitioner: Practitioner, now: datetime) -> LooseEnd:
    """Of those whom this practitioner treats: asking for more takes days."""
    cases = running_out.under_treatment(now=now, practitioner=practitioner)
    found = running_out.running_out(cases, now=now)
    return LooseEnd(
        title="Cases with one or two sessions left",
        count=len(found),
        lines=[
            (f"{answer.remaining} left: {case.patient}", reverse("admin:patients_case_change", args=[case.pk]))
            for case, answer in found[:SHOWN]
        ],
        place=f"{reverse('admin:patients_case_changelist')}?closed_on__isempty=1",
    )


def _unbilled(user: User) -> LooseEnd:
    rows = Appointment.objects.visible_to(user).filter(
        treatment__status=Treatment.Status.SIGNED,
        treatment__billed_parts=None,
        appointment_type__complimentary=False,
    )
    rows = rows.select_related("patient", "location").order_by("starts_at")
    return _end(
        "Signed and not billed",
        rows,
        f"{reverse('admin:appointments_appointment_changelist')}?days=past&status__exact=completed",
        _visit,
    )


def _without_rate(user: User, begins: datetime) -> LooseEnd:
    """No amount of ACC's or an insurer's is built in: until it is entered, their treatments cannot be billed."""
    priced = Rate.objects.on(begins.date()).filter(payer__isnull=False).values("payer")
    rows = Payer.objects.visible_to(user).filter(archived_at=None, pk__in=Case.objects.open().values("payer"))
    return _end(
        "Payers of open cases without a rate",
        rows.exclude(pk__in=priced).order_by("name"),
        reverse("admin:billing_rate_changelist"),
        lambda row: (str(row), reverse("admin:patients_payer_change", args=[row.pk])),
    )


def _not_issued(user: User) -> LooseEnd:
    rows = Invoice.objects.visible_to(user).filter(status=Invoice.Status.DRAFT).select_related("patient", "payer")
    return _end(
        "Invoices drafted and not issued",
        rows.order_by("pk"),
        f"{reverse('admin:billing_invoice_changelist')}?status__exact=draft",
        lambda row: (
            f"{row.patient}, to {row.payer or 'the patient'}",
            reverse("admin:billing_invoice_change", args=[row.pk]),
        ),
    )


def _undelivered(user: User) -> LooseEnd:
    states = [Message.State.FAILED, Message.State.UNKNOWN]
    rows = (
        Message.objects.visible_to(user)
        .filter(state__in=states)
        .select_related("patient", "user", "payer")
        .order_by("-due_at")
    )
    return _end(
        "Messages that failed, or may not have gone out",
        rows,
        f"{reverse('admin:messaging_message_changelist')}?state__exact=failed",
        lambda row: (
            f"{row.person}: {reasons.in_words(row.reason)}",
            reverse("admin:messaging_message_change", args=[row.pk]),
        ),
    )
