"""A clinic in which every route has something to answer about: made with the verbs, around the present day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from appointments import booking, links, resting
from appointments.models import Appointment, AppointmentType, ClosedDay, TimeOff, WorkingHours
from billing import invoicing
from billing.models import Invoice, Rate, Service
from clinic import documents
from clinic.models import Document
from messaging.models import Message, MessageTemplate, ReminderRule
from patients.models import Alert, Case, Consent, Contact, Patient
from tests.cast import Cast, make_case, make_patient, make_type, open_hours
from tests.visits import AUCKLAND, make_visit
from treatments import charting, signing
from treatments.models import Channel, Point, Treatment
from treatments.pointcodes import fold

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
    visit: Appointment
    strangers_visit: Appointment
    case: Case
    strangers_case: Case
    contact: Contact
    alert: Alert
    consent: Consent
    rule: ReminderRule
    template: MessageTemplate
    message: Message
    draft_note: Treatment
    signed_note: Treatment
    service: Service
    rate: Rate
    draft_invoice: Invoice
    issued_invoice: Invoice
    invoice_paper: Document
    note_paper: Document

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
            for name in ("complaint", "subjective", "objective", "assessment", "plan", "tongue", "pulse")
        },
        "patterns": [f"pattern {word}".strip()],
        "needles_in": 2,
        "needles_out": 2,
        "face_to_face_minutes": 30,
        "needlings": [
            {"point": Point.objects.get(code="GB30"), "side": "both", "gauge": "0.30x75", "depth_mm": 60},
            {"free_location": f"knot {word}".strip(), "side": "left", "gauge": word[:20]},
        ],
        "cuppings": [
            {"kind": "fire", "sites": f"back {word}".strip(), "movement": f"m {word}", "marks": f"n {word}"},
        ],
        "moxibustions": [{"kind": "stick", "site": f"hip {word}".strip(), "minutes": 5}],
        "techniques": [{"kind": "exercise", "site": f"hip {word}", "note": f"advice {word}".strip()}],
    }


def build(cast: Cast) -> World:
    now = timezone.now()
    desk, mere, practitioner = cast.desk, cast.mere, cast.practitioner
    stranger = make_patient(first_name="Sione", last_name="Faleolo")
    kind = make_type()
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
    return World(
        cast=cast,
        now=now,
        stranger=stranger,
        kind=kind,
        hours=hours,
        closed_day=ClosedDay.objects.create(location=cast.location, day=workday(60, now), name="Matariki"),
        time_off=time_off,
        visit=visit,
        strangers_visit=strangers_visit,
        case=case,
        strangers_case=strangers_case,
        contact=Contact.objects.create(patient=cast.aroha, name="Hemi Tāmati", phone="021 555 0185"),
        alert=Alert.objects.create(patient=cast.aroha, kind="pacemaker", severity="serious"),
        consent=Consent.objects.create(
            patient=cast.aroha, kind="treatment", version="2026-1", given_at=now, manner="written"
        ),
        rule=rule,
        template=template,
        message=Message.objects.get(subject_id=visit.pk),
        draft_note=note(20, stranger, strangers_case, sign=False),
        signed_note=signed,
        service=service,
        rate=rate,
        draft_invoice=invoicing.draft(treatments=[signed], payer=cast.acc, by=desk, now=now),
        issued_invoice=issued,
        invoice_paper=papers[0],
        note_paper=papers[1],
    )
