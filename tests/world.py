"""A clinic in which every route has something to answer about: made with the verbs, around the present day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

from django.utils import timezone

from appointments import booking, links
from appointments.feeds import granting
from appointments.hours import resting
from appointments.models import (
    Appointment,
    AppointmentType,
    CalendarFeed,
    ClosedDay,
    Series,
    TimeOff,
    WaitlistEntry,
    WaitlistOffer,
    WorkingHours,
)
from appointments.online import reserving
from appointments.series.repeating import repeat
from appointments.waiting import entering, offering
from appointments.waiting import links as offer_links
from billing import invoicing
from billing.adjusting import crediting, writing_off
from billing.bank import importing
from billing.claiming import channels, delivering, preparing, remitting, submitting
from billing.claiming.remittance_rows import Row
from billing.lines import Sale
from billing.models import (
    BankFormat,
    BankLine,
    BankStatement,
    Claim,
    ClaimLine,
    CreditNote,
    Invoice,
    Package,
    Payment,
    Rate,
    Remittance,
    RemittanceRow,
    Service,
    Statement,
    WriteOff,
)
from billing.payments import paying
from billing.payments.links import tokens
from billing.statements import stating
from clinic import batching, documents
from clinic.models import Document, DocumentBatch, Practice
from messaging.models import Message, MessageTemplate, ReminderRule
from patients import approving, asking, consenting
from patients.models import (
    Alert,
    Case,
    Consent,
    ConsentText,
    Contact,
    CoverDecision,
    HistoryEntry,
    Medication,
    Patient,
    PurchaseOrder,
    Screening,
)
from tests.cast import Cast, make_case, make_patient, make_type, open_hours
from tests.visits import AUCKLAND, make_visit
from treatments import charting, signing
from treatments.care import agreeing, reporting, stocking
from treatments.examination import examining
from treatments.models import (
    AdverseEvent,
    Channel,
    EarPoint,
    Examination,
    LotUse,
    NeedleLot,
    OutcomeRequest,
    OutcomeScore,
    Point,
    Protocol,
    Treatment,
    TreatmentPlan,
    TreatmentReport,
    TreatmentRequest,
)
from treatments.outcomes import asking as questioning
from treatments.outcomes import links as question_links
from treatments.outcomes import scoring
from treatments.pointcodes import fold
from treatments.reports import summarising
from treatments.requests import requesting

# In no dictionary: where it is read, a note was read.
CANARY = "Quokkaflörn"


@dataclass
class World:
    cast: Cast
    now: datetime
    stranger: Patient
    kind: AppointmentType
    hours: list[WorkingHours]
    closed_day: ClosedDay
    time_off: TimeOff
    feed: CalendarFeed
    feed_address: str
    visit: Appointment
    online_token: str
    strangers_visit: Appointment
    series: Series
    waiting: WaitlistEntry
    offer: WaitlistOffer
    case: Case
    strangers_case: Case
    cover: CoverDecision
    purchase_order: PurchaseOrder
    contact: Contact
    alert: Alert
    consent_text: ConsentText
    consent: Consent
    medication: Medication
    history_entry: HistoryEntry
    screening: Screening
    examination: Examination
    rule: ReminderRule
    template: MessageTemplate
    message: Message
    draft_note: Treatment
    signed_note: Treatment
    students_note: Treatment
    protocol: Protocol
    service: Service
    rate: Rate
    draft_invoice: Invoice
    issued_invoice: Invoice
    credit_note: CreditNote
    write_off: WriteOff
    package: Package
    payment: Payment
    statement: Statement
    claimable_note: Treatment
    draft_claim: Claim
    submitted_claim: Claim
    declined_line: ClaimLine
    remittance: Remittance
    unknown_row: RemittanceRow
    bank_format: BankFormat
    bank_statement: BankStatement
    invoice_paper: Document
    invoice_batch: DocumentBatch
    note_paper: Document
    plan: TreatmentPlan
    score: OutcomeScore
    question: OutcomeRequest
    event: AdverseEvent
    closed_event: AdverseEvent
    lot: NeedleLot
    lot_use: LotUse
    report: TreatmentReport
    request: TreatmentRequest

    @property
    def question_token(self) -> str:
        return question_links.token_for(self.question)

    @property
    def offer_token(self) -> str:
        return offer_links.token_for(self.offer)

    @property
    def bank_line(self) -> BankLine:
        return self.bank_statement.lines.get()

    @property
    def payment_token(self) -> str:
        return tokens.token_for(self.issued_invoice, now=self.now)

    @property
    def token(self) -> str:
        return links.token_for(self.visit)


def workday(days: int, now: datetime) -> date:
    """The first day from Monday to Friday that is at least so many days away, in Auckland."""
    day = timezone.localdate(now, AUCKLAND) + timedelta(days=days)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=AUCKLAND)


def make_point(code: str, **fields) -> Point:
    channel, number = code.rstrip("0123456789"), int(code.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ-"))
    row, _ = Channel.objects.get_or_create(
        code=channel, defaults={"name": channel, "position": Channel.objects.count() + 1}
    )
    return Point.objects.create(
        **{
            "code": code,
            "channel": row,
            "number": number,
            "pinyin": "Huantiao",
            "pinyin_toned": "Huántiào",
            "hanzi": "环跳",
            "hanzi_traditional": "環跳",
            "english": "Jumping circle",
            "laterality": "bilateral",
            "region": "hip",
            "location": "In the buttock.",
            "search_text": fold(code),
        }
        | fields
    )


def note_fields(word: str = "") -> dict:
    """A whole note. With a word, every text of it holds that word."""
    return {
        **{
            name: f"{name} {word}".strip()
            for name in (
                "complaint",
                "subjective",
                "objective",
                "assessment",
                "plan",
                "western_diagnosis",
                "treatment_principle",
                "style",
                "reasoning",
                "response",
                "aftercare",
            )
        },
        "tongue": {"body_colour": "pale", "note": f"tongue {word}".strip()},
        "pulse": {"rate": 72, "left": {"guan": "wiry"}, "note": f"pulse {word}".strip()},
        "marks": [{"view": "back", "x": 230.0, "y": 300.5, "text": f"mark {word}".strip()}],
        "patterns": [f"pattern {word}".strip()],
        "needles_in": 2,
        "needles_out": 2,
        "face_to_face_minutes": 30,
        "needlings": [
            {
                "point": Point.objects.get(code="GB30"),
                "side": "both",
                "gauge": "0.30x75",
                "depth_mm": 60,
                "stimulation": "twirl",
                "needle_type": f"maker {word}".strip(),
            },
            {"free_location": f"knot {word}".strip(), "side": "left", "gauge": word[:20]},
        ],
        "cuppings": [
            {
                "kind": "fire",
                "sites": f"back {word}".strip(),
                "movement": f"m {word}".strip(),
                "marks": f"n {word}".strip(),
            },
        ],
        "moxibustions": [{"kind": "stick", "site": f"hip {word}".strip(), "minutes": 5}],
        "techniques": [{"kind": "exercise", "site": f"hip {word}".strip(), "note": f"advice {word}".strip()}],
    }


def _students_note(cast: Cast, patient: Patient, now: datetime) -> Treatment:
    """Signed by Wei as a student of Mere's; no student any more since."""
    cast.wei.is_student, cast.wei.supervisor = True, cast.mere
    cast.wei.save()
    draft = charting.begin(
        patient=patient, practitioner=cast.wei, started_at=now - timedelta(hours=2), by=cast.practitioner2, now=now,
        complaint=CANARY,
    )  # fmt: skip
    signed = signing.sign(treatment=draft, by=cast.practitioner2, now=now)
    cast.wei.is_student = False
    cast.wei.save()
    return signed


def _waiting(cast: Cast, stranger: Patient, kind: AppointmentType, now: datetime) -> dict[str, object]:
    """Aroha waits, and so does a stranger, to whom a time is offered."""
    wanted = {"appointment_type": kind, "from_on": workday(1, now), "by": cast.desk, "now": now}
    offered = entering.enter(patient=stranger, **wanted)
    return {
        "waiting": entering.enter(patient=cast.aroha, practitioners=[cast.mere], **wanted),
        "offer": offering.offer(
            entry=offered, starts_at=at(workday(20, now), 9), practitioner=cast.wei, by=cast.desk, now=now
        ),
    }


def _package(cast: Cast, covered: Service, now: datetime) -> Package:
    service = Service.objects.create(code="TEN", name="Ten visits", kind="package", sessions=10, covers=covered)
    Rate.objects.create(service=service, amount="700.00", includes_gst=True, valid_from=date(2020, 1, 1))
    draft = invoicing.draft(products=[Sale(service=service)], patient=cast.aroha, by=cast.desk, now=now)
    invoicing.issue(invoice=draft, by=cast.desk, now=now)
    return Package.objects.get()


def build(cast: Cast) -> World:
    now = timezone.now()
    desk, mere, practitioner = cast.desk, cast.mere, cast.practitioner
    stranger = make_patient(first_name="Sione", last_name="Faleolo")
    kind = make_type(bookable_online=True)
    hours = open_hours(mere, cast.location) + open_hours(cast.wei, cast.location)
    case, strangers_case = make_case(cast.aroha), make_case(stranger)
    rule = ReminderRule.objects.create(name="The day before", hours_before=24)
    template = MessageTemplate.objects.create(
        occasion="appointment_reminder",
        channel="email",
        subject="Your appointment",
        body="{first_name}, {when}. {link}",
    )
    visit = booking.book(
        patient=cast.aroha, practitioner=mere, appointment_type=kind, starts_at=at(workday(3, now), 10), case=case,
        by=desk, now=now,
    )  # fmt: skip
    strangers_visit = booking.book(
        patient=stranger, practitioner=cast.wei, appointment_type=kind, starts_at=at(workday(3, now), 10),
        by=desk, now=now,
    )  # fmt: skip
    off_day = workday(30, now)
    time_off = resting.take(
        practitioner=mere, starts_at=at(off_day, 9), ends_at=at(off_day, 17), reason="Hui", by=desk, now=now
    )
    make_point("GB30")
    EarPoint.objects.create(
        code="TF4", english="Shenmen", pinyin="Shenmen", pinyin_toned="Shénmén", hanzi="神门",
        hanzi_traditional="神門", area="triangular_fossa", location="In the fossa.", position=1,
        search_text=fold("TF4 Shenmen"),
    )  # fmt: skip
    make_point("TE5", pinyin="Waiguan", pinyin_toned="Wàiguān", hanzi="外关", english="Outer pass", region="arm")

    def note(hours_ago: int, patient: Patient, of_case: Case, sign: bool) -> Treatment:
        starts_at = now - timedelta(hours=hours_ago)
        past = make_visit(cast, starts_at, patient=patient, status="in_treatment", case=of_case)
        treatment = charting.begin(
            patient=patient, practitioner=mere, appointment=past, case=of_case, started_at=starts_at,
            by=practitioner, now=now, **note_fields(CANARY),
        )  # fmt: skip
        return signing.sign(treatment=treatment, by=practitioner, now=now) if sign else treatment

    signed = note(40, cast.aroha, case, sign=True)
    signing.amend(
        treatment=signed, text=f"Left, not right {CANARY}", reason=f"Slip {CANARY}", by=practitioner, now=now
    )
    service = Service.objects.create(code="ACU1", name="Acupuncture")
    service.appointment_types.add(kind)
    for payer, amount, surcharge in ((cast.acc, "78.26", "25.00"), (None, "82.61", "0.00")):
        rate = Rate.objects.create(
            service=service, payer=payer, amount=amount, surcharge=surcharge, valid_from=date(2020, 1, 1)
        )
    issued = invoicing.draft(treatments=[signed], payer=None, by=desk, now=now)
    issued = invoicing.issue(invoice=issued, by=desk, now=now)
    papers = [
        documents.ask(kind="invoice", subject=issued.pk, by=desk, now=now),
        documents.ask(kind="signed_note", subject=signed.pk, by=practitioner, now=now),
    ]
    for paper in papers:
        documents.draw(document_id=paper.pk, now=now)
        paper.refresh_from_db()
    consent_text = ConsentText.objects.create(
        kind="treatment", version="2026-1", title="Consent", text="I agree.", valid_from=date(2026, 1, 1)
    )
    bank = BankFormat.objects.create(
        name="Example Bank", date_column="Date", amount_column="Amount", reference_columns=["Reference"]
    )
    feed, feed_address = granting.grant(practitioner=mere, name="Mere's phone", by=practitioner, now=now)
    Practice.objects.update(books_online=True)
    _, online_token = reserving.reserve(
        appointment_type=kind, starts_at=at(workday(6, now), 13), first_name="Ngaio", last_name="Example",
        date_of_birth=date(1990, 5, 4), email="ngaio@example.nz", phone="021 555 0199", asker="192.0.2.1", now=now,
    )  # fmt: skip
    return World(
        cast=cast,
        feed=feed,
        feed_address=feed_address,
        now=now,
        stranger=stranger,
        kind=kind,
        hours=hours,
        closed_day=ClosedDay.objects.create(location=cast.location, day=workday(60, now), name="Matariki"),
        time_off=time_off,
        visit=visit,
        strangers_visit=strangers_visit,
        series=repeat(
            patient=cast.aroha,
            practitioner=mere,
            appointment_type=kind,
            starts_at=at(workday(10, now), 16),
            rule="FREQ=WEEKLY;COUNT=2",
            by=desk,
            now=now,
        ).series,
        **_waiting(cast, stranger, kind, now),
        case=case,
        strangers_case=strangers_case,
        cover=case.cover_decisions.get(),
        purchase_order=approving.take_down_order(
            case=case, number="PO-1", sessions=6, approved_on=date(2026, 10, 20), by=desk, now=now
        ),
        contact=Contact.objects.create(patient=cast.aroha, name="Hemi Tāmati", phone="021 555 0185"),
        alert=Alert.objects.create(patient=cast.aroha, kind="pacemaker", severity="serious"),
        consent_text=consent_text,
        consent=consenting.give(patient=cast.aroha, kind="treatment", manner="written", by=desk, now=now),
        medication=Medication.objects.create(patient=cast.aroha, name=f"Warfarin {CANARY}", dose=CANARY, note=CANARY),
        history_entry=HistoryEntry.objects.create(
            patient=cast.aroha, kind="family", name=f"Gout {CANARY}", relative=CANARY, note=CANARY
        ),
        screening=asking.screen(patient=cast.aroha, answers={"night_pain": True}, case=case, by=practitioner, now=now),
        examination=examining.record(
            patient=cast.aroha,
            finding="trigger_point",
            side="left",
            muscle="gluteus_medius",
            value=7,
            referral=f"leg {CANARY}",
            note=CANARY,
            by=practitioner,
            now=now,
        ),
        rule=rule,
        template=template,
        message=Message.objects.get(subject_kind="appointment", subject_id=visit.pk),
        online_token=online_token,
        draft_note=note(20, stranger, strangers_case, sign=False),
        signed_note=signed,
        students_note=_students_note(cast, stranger, now),
        protocol=Protocol.objects.create(
            name=f"Hip {CANARY}",
            indication=CANARY,
            needlings=[{"point": "TE5", "side": "both"}, {"free_location": f"knot {CANARY}", "side": "left"}],
        ),
        service=service,
        rate=rate,
        draft_invoice=invoicing.draft(treatments=[signed], payer=cast.acc, by=desk, now=now),
        issued_invoice=issued,
        package=_package(cast, service, now),
        credit_note=crediting.credit(
            invoice=issued,
            parts=[crediting.Part(line=issued.lines.get(), total=Decimal("1.15"))],
            reason="Parking",
            by=desk,
            now=now,
        ),
        write_off=writing_off.write_off(invoice=issued, amount=Decimal("1.00"), reason="Change", by=desk, now=now),
        bank_format=bank,
        bank_statement=importing.read_in(
            content="Date,Amount,Reference\n2026-01-30,5.00,thanks\n", format=bank, account="12-3456", by=desk, now=now
        ),
        statement=stating.state(patient=cast.aroha, from_on=now.date(), to_on=now.date(), by=desk, now=now),
        payment=paying.pay(
            patient=cast.aroha,
            method="card",
            amount=Decimal("15.00"),
            invoices=[(issued, Decimal("5.00"))],
            by=desk,
            now=now,
        ),
        invoice_paper=papers[0],
        invoice_batch=batching.ask(kind="invoice", subjects=[issued.pk], by=desk, now=now),
        note_paper=papers[1],
        **claims_of(cast, note, now),
        **course_of(cast, case, signed, now),
    )


def sent(claim: Claim) -> Claim:
    """Handed over, within the transaction of a test."""
    channels.named(claim.channel).submit(delivering.batch_of(claim))
    Claim.objects.filter(pk=claim.pk).update(delivery="sent", next_try_at=None)
    claim.refresh_from_db()
    return claim


def claims_of(cast: Cast, note: Callable[..., Treatment], now: datetime) -> dict[str, object]:
    """A claim that is being prepared and one that is submitted as a file, of an injury of last month."""
    cast.acc.claim_channel = "csv"
    cast.acc.save()
    today = timezone.localdate(now, AUCKLAND)
    case = make_case(cast.aroha, date_of_injury=today - timedelta(days=30), opened_on=today - timedelta(days=29))
    to_decline, to_submit, claimable = (note(hours, cast.aroha, case, sign=True) for hours in (130, 100, 72))

    def claim(treatment: Treatment) -> Claim:
        return preparing.prepare(payer=cast.acc, treatments=[treatment.pk], by=cast.billing, now=now)

    answered = submitting.submit(claim=claim(to_decline), by=cast.billing, now=now)
    rows = [
        Row(status="declined", line_number=1, reason="Not covered"),
        Row(status="paid", line_number=9, awarded=Decimal("12.00"), payment_reference="P1", paid_on=today),
    ]
    _, paid = remitting.take_in(payer=cast.acc, claim=answered, rows=rows, by=cast.billing, now=now)
    return {
        "declined_line": answered.lines.get(),
        "remittance": paid,
        "unknown_row": paid.rows.get(),
        "submitted_claim": sent(submitting.submit(claim=claim(to_submit), by=cast.billing, now=now)),
        "claimable_note": claimable,
        "draft_claim": claim(claimable),
    }


def course_of(cast: Cast, case: Case, signed: Treatment, now: datetime) -> dict[str, object]:
    """What is kept of a course of treatments beside its notes. Every text of it holds the canary."""
    by, patient, today = cast.practitioner, cast.aroha, timezone.localdate(now, AUCKLAND)
    lot = NeedleLot.objects.create(
        maker="Example", product="Classic", lot_number="L-1", gauge="0.25x40", received_on=today - timedelta(days=30)
    )
    draft = charting.begin(patient=patient, practitioner=cast.mere, started_at=now, by=by, now=now)
    harm = {"kind": "other", "severity": 3, "causality": "possible", "description": CANARY, "action": CANARY}
    report = partial(reporting.report, patient=patient, treatment=signed, occurred_at=now, by=by, now=now, **harm)
    closed = reporting.close(event=report(informed=CANARY), closed_on=today, outcome=CANARY, by=by, now=now)
    activities = [f"{word} {CANARY}" for word in ("Stairs", "Sitting", "Running")]
    return {
        "plan": agreeing.agree(
            patient=patient, case=case, practitioner=cast.mere, sessions=12, frequency_per_week="1.0", weeks=12,
            goals=f"Walk {CANARY}", agreed_on=today - timedelta(days=7), review_on=today, by=by, now=now,
        ),
        "score": scoring.enter(
            patient=patient, measure="psfs", answers=[3, 4, 5], labels=activities, taken_on=today, case=case,
            treatment=signed, by=by, now=now,
        ),
        "question": questioning.ask(patient=patient, measures=["nprs"], by=by, now=now),
        "event": report(follow_up_on=today),
        "closed_event": closed,
        "lot": lot,
        "lot_use": stocking.note_use(treatment=draft, lot=lot, needles=4, by=by, now=now),
        "report": summarising.draft(
            case=case, practitioner=cast.mere, audience="acc", include=[*TreatmentReport.Part], by=by, now=now,
            from_on=today - timedelta(days=30), summary=f"Better {CANARY}", recommendation=CANARY, purpose=CANARY,
        ),
        "request": requesting.draft(
            case=case, practitioner=cast.mere, reasons=["more_treatment", "diagnosis"], sessions_requested=6,
            lodgement_errors=[CANARY], supporting_information=CANARY, patient_declared_on=today, by=by, now=now,
        ),
    }  # fmt: skip
