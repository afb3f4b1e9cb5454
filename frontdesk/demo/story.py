"""The demo's ten weeks, acted out: every act is the verb that the clinic itself uses, at the hour it would be done.

What would lie after `now` does not happen, so that the day of the seeding stands as it would at that hour.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection

from appointments import attending, booking
from appointments.hours import resting
from appointments.models import Appointment
from billing import invoicing
from billing.models import Invoice
from clinic import documents
from clinic.models import User
from frontdesk.demo import book, care, claims, cover, intake, money, notes
from frontdesk.demo.acts import acts_of
from frontdesk.demo.courses import Visit, plan
from frontdesk.demo.people import Person
from frontdesk.demo.practice import PORTAL_USER, Clinic
from messaging import planning
from patients.models import Case, Patient, Payer
from treatments import charting, signing
from treatments.models import Point, Treatment

# Who is away at a course, and how many days after today.
AWAY = ("practitioner2", 17)
# Of the drafts, this one has a needle that was not counted out: something to find before it is signed.
MISCOUNTED = 2
# The latest bills to payers that nobody has looked through and issued yet.
LEFT_AS_DRAFTS = 2


@contextmanager
def _without_savepoints() -> Iterator[None]:
    """What is planned is never refused, and all of it is undone or none: no act has to be undone alone. Their
    savepoints would be a quarter of all statements."""
    connection.features.uses_savepoints = False
    try:
        yield
    finally:
        del connection.features.uses_savepoints


@dataclass
class Course:
    """A person of the demo as the clinic knows them."""

    person: Person
    patient: Patient
    case: Case | None


@dataclass
class Session:
    """A visit of the plan with the rows that stand for it."""

    visit: Visit
    course: Course | None = None
    appointment: Appointment | None = None
    treatment: Treatment | None = None


class Story:
    def __init__(self, clinic: Clinic, people: Sequence[Person], *, now: datetime) -> None:
        self.clinic, self.people, self.now = clinic, people, now
        self.zone = clinic.location.zone
        self.today = now.astimezone(self.zone).date()
        self.points: dict[str, Point] = Point.objects.in_bulk(field_name="code")
        self.courses: dict[int, Course] = {}
        self.owed: dict[tuple[int, int], list[Treatment]] = defaultdict(list)
        self.drafts = 0
        self.desk, self.biller = clinic.users["desk"], clinic.users["billing"]
        self.lots, self.harms = care.receive_boxes(today=self.today), list(care.HARMS)

    def play(self) -> None:
        who, days = AWAY
        off = self.today + timedelta(days=days)
        visits = plan(self.people, today=self.today, closed=self.clinic.closed, away={(who, off)})
        sessions = [Session(visit) for visit in visits]
        with _without_savepoints():
            for at, number, name in acts_of(visits, today=self.today, has_note=self._has_note):
                moment = at.replace(tzinfo=self.zone)
                if moment > self.now:
                    break
                if number < 0:
                    self.bill_payers(moment)
                else:
                    getattr(self, name)(sessions[number], moment)
        self._leave_some_work(who, off)

    def _has_note(self, visit: Visit) -> bool:
        return bool(self.people[visit.person].complaint)

    def book(self, session: Session, now: datetime) -> None:
        visit = session.visit
        session.course = self.courses.get(visit.person) or self._take_in(visit.person, now)
        starts = visit.moved_from or visit.starts
        session.appointment = booking.book(
            patient=session.course.patient,
            practitioner=self.clinic.practitioners[visit.practitioner],
            appointment_type=self.clinic.types[visit.kind],
            starts_at=starts.replace(tzinfo=self.zone),
            room=self.clinic.rooms[visit.room_at(starts)],
            case=session.course.case,
            by=self.desk,
            now=now,
        )
        if money.pays_a_deposit(visit.person, visit.kind):
            money.deposit(patient=session.course.patient, visit=session.appointment, by=self.desk, now=now)

    def _take_in(self, number: int, now: datetime) -> Course:
        person = self.people[number]
        # The first of the list has a portal.
        user = self.clinic.users[PORTAL_USER] if number == 0 else None
        patient = intake.register(person, number, user=user, texts=self.clinic.texts, by=self.desk, now=now)
        case = intake.open_case(person, number, patient, payers=self.clinic.payers, by=self.desk, now=now)
        if case:
            cover.follow_up(case, number, by=self.desk, opened=now, until=self.now)
        self.courses[number] = Course(person, patient, case)
        return self.courses[number]

    def move(self, session: Session, now: datetime) -> None:
        visit = session.visit
        session.appointment = booking.move(
            appointment=session.appointment,
            starts_at=visit.starts.replace(tzinfo=self.zone),
            room=self.clinic.rooms[visit.room_at(visit.starts)],
            by=self.desk,
            now=now,
        )

    def confirm(self, session: Session, now: datetime) -> None:
        self._step("confirm", session, by=None, now=now)

    def arrive(self, session: Session, now: datetime) -> None:
        self._step("arrive", session, by=self.desk, now=now)

    def start(self, session: Session, now: datetime) -> None:
        self._step("start", session, by=self.clinic.users[session.visit.practitioner], now=now)

    def complete(self, session: Session, now: datetime) -> None:
        self._step("complete", session, by=self.desk, now=now)

    def miss(self, session: Session, now: datetime) -> None:
        self._step("miss", session, by=self.desk, now=now)

    def _step(self, name: str, session: Session, *, by: User | None, now: datetime) -> None:
        session.appointment = attending.step(name, appointment=session.appointment, by=by, now=now)
        # With the segments at hand, which a note asks about.
        session.appointment.appointment_type = self.clinic.types[session.visit.kind]

    def cancel(self, session: Session, now: datetime) -> None:
        note = "Child ill" if session.visit.fate == "late" else "Away for work"
        attending.cancel(appointment=session.appointment, reason="patient", note=note, by=self.desk, now=now)

    def chart(self, session: Session, now: datetime) -> None:
        visit, course = session.visit, session.course
        fields = notes.fields_of(
            course.person, number=visit.number, kind=visit.kind, on=visit.starts.date(), points=self.points
        )
        if not visit.signs:
            self.drafts += 1
            fields["needles_out"] -= self.drafts == MISCOUNTED
        reasons = notes.reasons_for(course.patient, session.appointment, visit.starts.date(), fields)
        session.treatment = charting.begin(
            patient=course.patient,
            practitioner=self.clinic.practitioners[visit.practitioner],
            appointment=session.appointment,
            case=course.case,
            started_at=visit.starts.replace(tzinfo=self.zone),
            by=self.clinic.users[visit.practitioner],
            now=now,
            **fields,
            **({"confirmations": reasons} if reasons else {}),
        )
        self._keep_beside(session, fields, now)

    def _keep_beside(self, session: Session, fields: dict, now: datetime) -> None:
        visit, course, note = session.visit, session.course, session.treatment
        who = {"by": self.clinic.users[visit.practitioner], "now": now}
        of_visit = {"key": course.person.complaint, "number": visit.number}
        at = {"key": course.person.complaint, "on": visit.starts.date()}
        care.note_box(note, self.lots, fields=fields, **who)
        care.score(note, on=visit.starts.date(), **of_visit, **who)
        care.examine(note, **of_visit, **who)
        care.report_harm(note, self.harms, fields=fields, today=self.today, **of_visit, **who)
        if course.case and not course.case.treatment_plans.exists():
            practitioner = self.clinic.practitioners[visit.practitioner]
            care.agree(
                person=visit.person, patient=course.patient, case=course.case, practitioner=practitioner, **at, **who
            )  # fmt: skip

    def sign(self, session: Session, now: datetime) -> None:
        treatment = signing.sign(
            treatment=session.treatment, by=self.clinic.users[session.visit.practitioner], now=now
        )
        treatment.appointment, treatment.case = session.appointment, session.course.case
        session.treatment = treatment
        if session.course.person.payer:
            self.owed[session.visit.person].append(treatment)

    def bill_patient(self, session: Session, now: datetime) -> None:
        # Some payers leave nothing to the patient; what the others leave, an employer may pay.
        if session.course.case.payer not in [self.clinic.payers[key] for key in cover.IN_FULL]:
            other = session.course.case.contribution_payer
            invoice = self._bill([session.treatment], other, by=self.desk, now=now)
            money.pay_at_once(person=session.visit.person, invoice=invoice, by=self.desk, now=now)

    def bill_payers(self, now: datetime) -> None:
        owed, self.owed = self.owed, defaultdict(list)
        acc = self.clinic.payers["acc"]
        for treatments in owed.values():
            if treatments[0].case.payer != acc:
                self._bill(treatments, treatments[0].case.payer, by=self.biller, now=now)
        clock = {"by": self.biller, "now": now, "today": now.astimezone(self.zone).date()}
        claims.take_answers_in(payer=acc, **clock)
        claims.claim_what_is_ready(payer=acc, **clock)

    def _bill(self, treatments: list[Treatment], payer: Payer | None, *, by: User, now: datetime) -> Invoice:
        draft = invoicing.draft(treatments=treatments, payer=payer, by=by, now=now)
        return invoicing.issue(invoice=draft, by=by, now=now)

    def _leave_some_work(self, who: str, off: date) -> None:
        """What a clinic always has open: drafts of bills, a correction, papers asked for, a day away, newcomers."""
        for number in range(len(self.people)):
            if number not in self.courses:
                self._take_in(number, self.now)
        for treatments in list(self.owed.values())[:LEFT_AS_DRAFTS]:
            invoicing.draft(treatments=treatments, payer=treatments[0].case.payer, by=self.biller, now=self.now)
        for treatment in Treatment.objects.signed().select_related("practitioner__user").order_by("pk")[5:12:6]:
            signing.amend(
                treatment=treatment,
                reason="Left out",
                text="The patient was told of bruising and of soreness for a day or two, and agreed.",
                by=treatment.practitioner.user,
                now=self.now,
            )
        resting.take(
            practitioner=self.clinic.practitioners[who],
            starts_at=datetime.combine(off, time(9), tzinfo=self.zone),
            ends_at=datetime.combine(off, time(19), tzinfo=self.zone),
            reason="A course",
            by=self.clinic.users[who],
            now=self.now,
        )
        for invoice in Invoice.objects.filter(status=Invoice.Status.ISSUED, payer__kind="acc").order_by("pk")[:3]:
            for kind in ("invoice", "acc_schedule"):
                documents.ask(kind=kind, subject=invoice.pk, by=self.biller, now=self.now)
        for invoice in Invoice.objects.filter(status=Invoice.Status.ISSUED, payer__us_style=True).order_by("pk")[:1]:
            for kind in ("superbill", "cms1500", "cms1500_overlay"):
                documents.ask(kind=kind, subject=invoice.pk, by=self.biller, now=self.now)
        some = [self.courses[number] for number in (2, 3, 5, 8, 11, 12) if number in self.courses]
        care.ask_some([(course.patient, course.case) for course in some], by=self.clinic.users[who], now=self.now)
        care.keep_protocols(users=self.clinic.users, now=self.now)
        claims.ask_for_more(now=self.now, today=self.today)
        self._settle()
        people = [(self.courses[number].patient, self.courses[number].case) for number in sorted(self.courses)]
        book.fill(self.clinic, people, by=self.desk, now=self.now)
        planning.let_pass(now=self.now)

    def _settle(self) -> None:
        """What came in otherwise than at the desk, and who is told that they owe."""
        clock = {"by": self.biller, "now": self.now}
        people = {number: course.patient for number, course in self.courses.items()}
        money.let_payers_pay(**clock, today=self.today)
        money.let_the_bank_tell(people, **clock, today=self.today)
        money.leave_credit(patient=people[0], **clock)
        money.remind_the_latest(**clock, today=self.today)
