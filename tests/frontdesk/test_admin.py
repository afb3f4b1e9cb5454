"""Who sees which page of staff, and that no page tells what the role may not read."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments.feeds import granting
from appointments.models import Appointment, Series
from appointments.waiting import entering
from billing import invoicing
from billing.adjusting import crediting
from billing.bank import importing
from billing.claiming import remitting
from billing.claiming.remittance_rows import Row
from billing.lines import Sale
from billing.models import BankFormat, Claim, ClaimLine, Invoice, InvoiceLine, Rate, Service
from billing.payments import paying
from billing.statements import stating
from clinic import batching
from clinic.models import AccessEvent, Document
from messaging.models import Message, MessageTemplate, ReminderRule
from patients.models import Alert, Consent, Contact
from tests import cast as people
from tests.pages import browser
from treatments.care import agreeing, reporting, stocking
from treatments.models import (
    AdverseEvent,
    Amendment,
    Channel,
    Cupping,
    Moxibustion,
    NeedleLot,
    Needling,
    OutcomeScore,
    Point,
    Technique,
    Treatment,
    TreatmentPlan,
    TreatmentReport,
    TreatmentRequest,
)
from treatments.outcomes import asking, scoring
from treatments.outcomes.measures import MEASURES
from treatments.protocols import keeping

CANARY = "kererū-in-the-note"
ROLES = ["owner", "practitioner", "desk", "billing"]
# What each role may do with the rows of each page: w(rite), r(ead), or nothing (-), in the order of ROLES.
PAGES = {
    "clinic.practice": "wrrr",
    "clinic.location": "wrrr",
    "clinic.room": "wrrr",
    "clinic.device": "wrrr",
    "clinic.practitioner": "wrrr",
    "clinic.role": "w---",
    "clinic.user": "w---",
    "clinic.document": "rrrr",
    "clinic.documentbatch": "rrrr",
    "clinic.accessevent": "r---",
    "patients.patient": "wwwr",
    "patients.case": "wwwr",
    "patients.payer": "wrrr",
    "messaging.message": "rrrr",
    "messaging.messagetemplate": "wrrr",
    "messaging.reminderrule": "wrrr",
    "appointments.appointment": "wwwr",
    "appointments.appointmenttype": "wrrr",
    "appointments.workinghours": "wrrr",
    "appointments.timeoff": "rrrr",
    "appointments.closedday": "wrrr",
    "appointments.waitlistentry": "wwwr",
    "appointments.series": "rrrr",
    "appointments.calendarfeed": "rr--",
    "treatments.treatment": "ww--",
    "treatments.point": "rr--",
    "treatments.treatmentreport": "ww--",
    "treatments.treatmentrequest": "ww--",
    "treatments.treatmentplan": "ww--",
    "treatments.outcomescore": "rr--",
    "treatments.outcomerequest": "rr--",
    "treatments.adverseevent": "ww--",
    "treatments.needlelot": "ww--",
    "treatments.protocol": "ww--",
    "billing.invoice": "w-ww",
    "billing.creditnote": "r-rr",
    "billing.package": "w-ww",
    "billing.payment": "r-rr",
    "billing.statement": "r-rr",
    "billing.bankformat": "w-rr",
    "billing.bankstatement": "w-ww",
    "billing.bankline": "r-rr",
    "billing.claim": "w-ww",
    "billing.claimline": "r-rr",
    "billing.remittance": "w-ww",
    "billing.remittancerow": "r-rr",
    "billing.service": "w-rr",
    "billing.rate": "w-rr",
}
# Rows that an act makes: where there is a page to enter one, its letter says for whom.
ADDS = {
    **{name: letters.replace("r", "-") for name, letters in PAGES.items()},
    "clinic.practice": "----",
    "appointments.timeoff": "www-",
    "appointments.calendarfeed": "ww--",
    "treatments.treatmentreport": "----",
    "treatments.adverseevent": "----",
    "billing.invoice": "----",
    "billing.claim": "----",
    "billing.package": "----",
}


# Rows of the world that only who sees money finds.
OF_MONEY = {"clinic.document", "clinic.documentbatch"}


@pytest.fixture
def world(cast):
    """One row at least of everything that has a page, with the canary wherever a note holds words."""
    now = timezone.now()
    case = people.make_case(cast.aroha)
    kind = people.make_type()
    people.open_hours(cast.mere, cast.location)
    starts_at = now.replace(minute=0, second=0, microsecond=0)
    visit = Appointment.objects.create(
        patient=cast.aroha,
        practitioner=cast.mere,
        appointment_type=kind,
        location=cast.location,
        room=cast.rooms[0],
        case=case,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=50),
        status="arrived",
    )
    cast.mere.time_off.create(starts_at=now, ends_at=now + timedelta(days=1), reason="Course")
    entering.enter(patient=cast.aroha, appointment_type=kind, from_on=timezone.localdate(now), by=cast.desk, now=now)
    cast.location.closed_days.create(day=date(2026, 12, 25), name="Christmas Day")
    Series.objects.create(
        patient=cast.aroha, practitioner=cast.mere, appointment_type=kind, location=cast.location,
        rule="FREQ=WEEKLY;COUNT=3", first_on=starts_at.date(), at=starts_at.time(),
    )  # fmt: skip
    granting.grant(practitioner=cast.mere, name="Mere's phone", by=cast.practitioner, now=now)
    channel = Channel.objects.create(code="GB", name="Gallbladder", position=11)
    point = Point.objects.create(
        code="GB30",
        channel=channel,
        number=30,
        pinyin="Huantiao",
        pinyin_toned="Huántiào",
        hanzi="环跳",
        hanzi_traditional="環跳",
        english="Jumping round",
        laterality="bilateral",
        region="hip",
        location="In the buttock",
        search_text="gb30 huantiao 环跳",
    )
    note_of(cast, visit, point, now)
    words = dict.fromkeys(["recipient", "purpose", "summary", "recommendation"], CANARY)
    days = {"from_on": now.date(), "to_on": now.date()}
    TreatmentReport.objects.create(
        patient=cast.aroha, case=case, practitioner=cast.mere, audience="gp", include=["course"], **words, **days
    )
    TreatmentRequest.objects.create(
        patient=cast.aroha, case=case, practitioner=cast.mere, reasons=["diagnosis"], lodgement_errors=[CANARY],
        supporting_information=CANARY,
    )  # fmt: skip
    kept_beside(cast, case, now)
    service = Service.objects.create(code="ACU", name="Acupuncture")
    Rate.objects.create(service=service, payer=cast.acc, amount="46.50", valid_from=date(2026, 1, 1))
    draft = Invoice.objects.create(patient=cast.aroha, payer=cast.acc, case=case)
    InvoiceLine.objects.create(
        invoice=draft,
        position=1,
        service=service,
        share="payer",
        service_on=date(2026, 11, 1),
        description="Acupuncture",
        amount_excl="46.50",
        gst="6.98",
        treatment=Treatment.objects.signed().get(),
    )
    claim = Claim.objects.create(payer=cast.acc, created_by=cast.billing)
    ClaimLine.objects.create(claim=claim, invoice_line=draft.lines.get(), position=1, claimed="53.48")
    remitting.take_in(payer=cast.acc, rows=[Row(status="held", claim_number="AB1")], by=cast.billing, now=now)
    sold(cast, service, now)
    paying.pay(patient=cast.aroha, amount=Decimal("5.00"), method="cash", by=cast.desk, now=now)
    stating.state(patient=cast.aroha, from_on=now.date(), to_on=now.date(), by=cast.desk, now=now)
    bank = BankFormat.objects.create(
        name="Example Bank", date_column="Date", amount_column="Amount", reference_columns=["Reference"]
    )
    content = "Date,Amount,Reference\n2026-01-30,5.00,thanks\n"
    importing.read_in(content=content, format=bank, account="12-3456", by=cast.desk, now=now)
    rule = ReminderRule.objects.create(name="The day before", hours_before=24)
    MessageTemplate.objects.create(occasion="appointment_reminder", channel="email", subject="Visit", body="{when}")
    Message.objects.create(
        patient=cast.aroha,
        occasion="appointment_reminder",
        rule=rule,
        channel="email",
        subject_kind="appointment",
        subject_id=visit.pk,
        due_at=now,
    )
    Document.objects.create(
        kind="invoice", subject=draft.pk, patient_id=cast.aroha.pk, title="Invoice", asked_by=cast.desk
    )
    batching.ask(kind="invoice", subjects=[draft.pk], by=cast.desk, now=now)
    Document.objects.create(
        kind="signed_note", subject=1, patient_id=cast.aroha.pk, title=CANARY, asked_by=cast.practitioner
    )
    Alert.objects.create(patient=cast.aroha, kind="anticoagulant", severity="serious")
    Contact.objects.create(patient=cast.aroha, name="Hēmi Tāmati")
    Consent.objects.create(patient=cast.aroha, kind="treatment", version="1", given_at=now, manner="written")
    AccessEvent.objects.record(by=cast.owner, rows=[cast.aroha], subject_kind="patient", now=now)
    return cast


def kept_beside(cast, case, now):
    """What is kept of a course beside its notes: a plan, a score, a question, harm, a lot, a protocol."""
    today, who = timezone.localdate(now, cast.practice.zone), {"by": cast.practitioner, "now": now}
    draft = Treatment.objects.get(status="draft")
    agreeing.agree(
        patient=cast.aroha, case=case, practitioner=cast.mere, sessions=10, frequency_per_week="1.0", weeks=10,
        goals=CANARY, agreed_on=today, review_on=today, **who,
    )  # fmt: skip
    scoring.enter(
        patient=cast.aroha, case=case, measure="psfs", answers=[3, 4, 5], taken_on=today,
        labels=[f"{word} {CANARY}" for word in ("Stairs", "Sitting", "Running")], **who,
    )  # fmt: skip
    asking.ask(patient=cast.aroha, measures=["nprs"], case=case, **who)
    harm = dict.fromkeys(["description", "action", "informed"], CANARY)
    reporting.report(
        patient=cast.aroha, treatment=draft, occurred_at=now, kind="fainting", severity=3, causality="possible",
        follow_up_on=today, **harm, **who,
    )  # fmt: skip
    lot = NeedleLot.objects.create(
        maker="Example", product="Classic", lot_number="L-1", gauge="0.25x40", received_on=today
    )
    stocking.note_use(treatment=draft, lot=lot, needles=4, **who)
    # One of everybody's: a page shows nobody the own protocols of somebody else.
    keeping.keep(
        name=CANARY, indication=CANARY, owner=None, needlings=[{"free_location": CANARY, "side": "left"}], **who
    )


def sold(cast, covered, now):
    """A package, and a credit note of a cent of the invoice that sold it."""
    ten = Service.objects.create(code="TEN", name="Ten visits", kind="package", sessions=10, covers=covered)
    Rate.objects.create(service=ten, amount="700.00", valid_from=date(2026, 1, 1))
    invoice = invoicing.draft(products=[Sale(service=ten)], patient=cast.aroha, by=cast.desk, now=now)
    invoice = invoicing.issue(invoice=invoice, by=cast.desk, now=now)
    part = crediting.Part(line=invoice.lines.get(), total=Decimal("0.01"))
    crediting.credit(invoice=invoice, parts=[part], reason="A cent", by=cast.desk, now=now)


def note_of(cast, visit, point, now):
    """A draft and a signed note, each word of which is the canary."""
    words = dict.fromkeys(["complaint", "subjective", "objective", "assessment", "plan", "style", "aftercare"], CANARY)
    words |= {name: {"note": CANARY} for name in ("tongue", "pulse")}
    for appointment in (None, visit):
        note = Treatment.objects.create(
            patient=cast.aroha,
            practitioner=cast.mere,
            appointment=appointment,
            started_at=now,
            patterns=[CANARY],
            needles_in=2,
            needles_out=2,
            **words,
        )
        Needling.objects.create(
            treatment=note, position=1, point=point, side="both", free_location=CANARY, needle_type=CANARY
        )
        Cupping.objects.create(treatment=note, kind="fire", sites=CANARY, movement=CANARY, marks=CANARY)
        Moxibustion.objects.create(treatment=note, kind="needle", site=CANARY)
        Technique.objects.create(treatment=note, kind="herbs", site=CANARY, note=CANARY)
    Treatment.objects.filter(pk=note.pk).update(
        status="signed",
        signed_at=now,
        signed_by=cast.practitioner,
        sequence=1,
        content_hash="a" * 64,
        previous_hash="0" * 64,
    )
    Amendment.objects.create(
        treatment=note, author=cast.practitioner, written_at=now, reason=CANARY, text=CANARY, content_hash="b" * 64
    )


def pages() -> list[str]:
    return sorted(model._meta.label_lower for model in admin.site._registry)


def url(label: str, page: str, *args) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


def rows(label: str) -> list:
    """All of them, but of papers only those that are about money: who may read a note's paper is its own test."""
    found = apps.get_model(label)._base_manager.all()
    return list(found.filter(kind="invoice") if label == "clinic.document" else found)


def expected(letter: str) -> int:
    return 403 if letter == "-" else 200


def test_the_table_names_every_page():
    assert pages() == sorted(PAGES)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_its_pages(world, role):
    client = browser(getattr(world, role))
    found, wanted = {}, {}
    for label in pages():
        letter, adds = PAGES[label][ROLES.index(role)], ADDS[label][ROLES.index(role)]
        if label in OF_MONEY and role == "practitioner":
            continue
        [row, *_] = rows(label)
        wanted[label] = (expected(letter), expected(letter), expected(adds))
        found[label] = tuple(
            client.get(url(label, *page)).status_code for page in [("changelist",), ("change", row.pk), ("add",)]
        )
    assert found == wanted


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_only_reads_it_cannot_post(world, role):
    client = browser(getattr(world, role))
    refused = {
        label: client.post(url(label, "change", rows(label)[0].pk), {}).status_code
        for label in pages()
        if PAGES[label][ROLES.index(role)] in "r-" and not (label in OF_MONEY and role == "practitioner")
    }
    assert refused == dict.fromkeys(refused, 403)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_deletes_a_row_by_its_page(world, role):
    client = browser(getattr(world, role))
    for label in pages():
        for row in rows(label):
            gone = url(label, "delete", row.pk)
            assert client.post(gone, {"post": "yes"}).status_code in {302, 403}
            assert type(row)._base_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("who", [None, "patient_user"])
def test_strangers_and_patients_are_led_to_the_sign_in(world, who):
    client = browser(getattr(world, who) if who else None)
    answers = {
        path: client.get(path).status_code
        for label in pages()
        for path in [url(label, "changelist"), url(label, "change", rows(label)[0].pk), url(label, "add")]
    }
    answers[reverse("admin:index")] = client.get(reverse("admin:index")).status_code
    assert answers == dict.fromkeys(answers, 302)


def pages_of_their_own(world) -> list[str]:
    """Those that are neither a list nor a row."""
    scores = [url("treatments.outcomescore", name, world.aroha.pk) for name in ("patient", "ask")]
    people = url("treatments.needlelot", "patients", NeedleLot.objects.get().pk)
    entering = [url("treatments.outcomescore", "enter", world.aroha.pk, code) for code in MEASURES]
    visits = [reverse("admin:diary_visit", args=[row.pk]) for row in Appointment.objects.all()]
    whole = [reverse(f"admin:{name}") for name in ("reports", "banking", "diary")]
    return [*scores, *entering, people, f"{people}?as=csv", *whole, *visits]


def every_page(world, client) -> dict[str, str]:
    """What this client can open, whole: lists, rows, their histories, suggestions, the first page and the search."""
    paths = [reverse("admin:index"), f"{reverse('admin:search')}?s=treat"]
    for model, page in admin.site._registry.items():
        label = model._meta.label_lower
        paths += [url(label, "changelist"), f"{url(label, 'changelist')}?q=ker", url(label, "add")]
        asking_first = [act.name for act in page.all_acts() if act.form is not None]
        for row in model._base_manager.all():
            paths += [url(label, "change", row.pk), url(label, "history", row.pk)]
            paths += [url(label, "act", row.pk, name) for name in asking_first]
        for owner in [page, *(inline(model, admin.site) for inline in page.inlines)]:
            for name in owner.autocomplete_fields:
                target = f"app_label={owner.opts.app_label}&model_name={owner.opts.model_name}&field_name={name}"
                paths.append(f"{reverse('admin:autocomplete')}?{target}&term=")
    paths += pages_of_their_own(world)
    answers = {path: client.get(path, follow=True) for path in paths}
    return {path: answer.content.decode() for path, answer in answers.items() if answer.status_code == 200}


def test_the_canary_sings_for_who_may_read_notes(world):
    found = every_page(world, browser(world.practitioner))
    assert CANARY in found[url("treatments.treatment", "change", Treatment.objects.signed().get().pk)]


@pytest.mark.parametrize("role", ["desk", "billing"])
def test_no_word_of_a_note_is_on_any_page_of_desk_or_billing(world, role):
    found = every_page(world, browser(getattr(world, role)))
    assert len(found) > 50
    assert [path for path, page in found.items() if CANARY in page] == []
    assert [path for path in found if "/treatments/" in path] == []


@pytest.mark.parametrize("role", ["desk", "billing"])
def test_the_navigation_offers_desk_and_billing_no_notes(world, role):
    page = browser(getattr(world, role)).get(reverse("admin:index")).content.decode()
    assert reverse("admin:treatments_treatment_changelist") not in page
    assert reverse("admin:patients_patient_changelist") in page


@pytest.mark.parametrize("role", ROLES)
def test_every_way_that_the_navigation_offers_is_open(world, role):
    client = browser(getattr(world, role))
    page = client.get(reverse("admin:index")).content.decode()
    sidebar = page[page.index("nav-sidebar-apps") : page.index('id="main"')]
    ways = re.findall(r'<a href="(/admin/[^"]*)"', sidebar)
    assert len(ways) >= 7
    assert {way: client.get(way).status_code for way in ways} == dict.fromkeys(ways, 200)


class Addresses(HTMLParser):
    """Where a page would reach for something, and the scripts and styles that stand in the page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.reached: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.reached += [value for name, value in attrs if name in {"src", "href", "action", "srcset"} and value]


def test_no_page_reaches_for_anything_outside(world):
    client = browser(world.owner)
    found = every_page(world, client)
    found["sign-in"] = browser().get(reverse("admin:login")).content.decode()
    outside = {}
    for path, page in found.items():
        addresses = Addresses()
        addresses.feed(page)
        outside[path] = [way for way in addresses.reached if re.match(r"(?i)(https?:)?//", way)]
    assert [path for path, ways in outside.items() if ways] == []


def test_our_own_templates_hold_no_script_and_no_style():
    """So that a strict Content-Security-Policy has nothing of ours to forbid."""
    ours = [path for path in Path(settings.BASE_DIR).glob("*/templates/**/*.html") if "unfold" not in path.parts]
    assert len(ours) >= 6
    inline = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    # Letters have no style sheet: mail programs read nothing but what stands in the letter itself.
    found = [path.name for path in ours if inline.search(path.read_text()) and path.name != "letter.html"]
    assert found == []


def test_opening_a_note_a_case_or_a_patient_is_recorded(world):
    before = AccessEvent.objects.count()
    client = browser(world.practitioner)
    note = Treatment.objects.signed().get()
    client.get(url("treatments.treatment", "change", note.pk))
    client.get(url("treatments.treatment", "history", note.pk))
    client.get(url("patients.patient", "change", world.aroha.pk))
    client.get(url("patients.case", "changelist"))
    events = AccessEvent.objects.order_by("pk")[before:]
    case, her = world.aroha.cases.get(), world.aroha.pk
    course = [
        (world.practitioner, "treatment_plan", TreatmentPlan.objects.get().pk, her),
        (world.practitioner, "outcome_score", OutcomeScore.objects.get().pk, her),
        (world.practitioner, "adverse_event", AdverseEvent.objects.get().pk, her),
    ]
    assert [(event.user, event.subject_kind, event.subject_id, event.patient_id) for event in events] == [
        (world.practitioner, "treatment", note.pk, world.aroha.pk),
        (world.practitioner, "treatment", note.pk, world.aroha.pk),
        (world.practitioner, "patient", world.aroha.pk, world.aroha.pk),
        *course,
        (world.practitioner, "case", case.pk, world.aroha.pk),
    ]


def test_a_way_back_to_another_site_is_not_taken(world):
    visit = Appointment.objects.get()
    place = reverse("admin:appointments_appointment_act", args=[visit.pk, "start"])
    answer = browser(world.desk).post(place, {"next": "https://elsewhere.example/"})
    assert answer.url == url("appointments.appointment", "change", visit.pk)


def test_an_act_is_a_post_with_a_token(world):
    visit = Appointment.objects.get()
    place = reverse("admin:appointments_appointment_act", args=[visit.pk, "start"])
    client = browser(world.desk)
    assert client.get(place).status_code == 405
    client.handler.enforce_csrf_checks = True
    assert client.post(place).status_code == 403
    visit.refresh_from_db()
    assert visit.status == "arrived"


def many(world) -> dict[str, object]:
    """For each list with rows of daily work, what makes the n-th row."""
    kind, note_at = people.make_type("Short", segments=(("hands_on", 10),)), datetime(2026, 11, 20, tzinfo=UTC)
    who = {"by": world.practitioner, "now": timezone.now()}

    def visit(n):
        at = timezone.now() + timedelta(days=1, minutes=n)
        return Appointment.objects.create(
            patient=people.make_patient(),
            practitioner=people.make_practitioner(f"Practitioner {n}"),
            appointment_type=kind,
            location=world.location,
            room=world.rooms[0],
            starts_at=at,
            ends_at=at + timedelta(minutes=10),
        )

    return {
        "patients.patient": lambda n: Alert.objects.create(patient=people.make_patient(), kind="asthma"),
        "patients.case": lambda n: people.make_case(people.make_patient()),
        "appointments.appointment": visit,
        "appointments.series": lambda n: Series.objects.create(
            patient=people.make_patient(),
            practitioner=people.make_practitioner(f"S{n}"),
            appointment_type=people.make_type(f"Kind {n}"),
            location=world.location,
            rule="FREQ=WEEKLY;COUNT=3",
            first_on=note_at.date(),
            at=note_at.time(),
        ),
        "treatments.treatment": lambda n: Treatment.objects.create(
            patient=people.make_patient(), practitioner=people.make_practitioner(f"P{n}"), started_at=note_at
        ),
        "treatments.treatmentplan": lambda n: TreatmentPlan.objects.create(
            patient=(case := people.make_case(people.make_patient())).patient,
            case=case,
            practitioner=people.make_practitioner(f"Q{n}"),
            sessions=10,
            frequency_per_week=1,
            weeks=10,
            goals="Stairs",
            agreed_on=note_at,
            review_on=note_at,
        ),
        "treatments.outcomescore": lambda n: scoring.enter(
            patient=people.make_patient(), measure="nprs", answers=[4], taken_on=note_at.date(), **who
        ),
        "treatments.outcomerequest": lambda n: asking.ask(patient=people.make_patient(), measures=["nprs"], **who),
        "treatments.adverseevent": lambda n: reporting.report(
            patient=people.make_patient(),
            occurred_at=note_at,
            kind="burn",
            severity=1,
            causality="certain",
            description="Pink",
            **who,
        ),
        "treatments.needlelot": lambda n: NeedleLot.objects.create(
            maker=f"Maker {n}", product="Classic", lot_number=f"M-{n}", gauge="0.25x40", received_on=note_at
        ),
        "treatments.protocol": lambda n: keeping.keep(name=f"Protocol {n}", owner=None, **who),
        "billing.invoice": lambda n: Invoice.objects.create(patient=people.make_patient(), payer=world.acc),
        "clinic.user": lambda n: people.make_user(f"user{n}", "Front desk"),
        "messaging.message": lambda n: Message.objects.create(
            patient=people.make_patient(),
            occasion="appointment_reminder",
            channel="email",
            subject_kind="appointment",
            subject_id=1000 + n,
            due_at=note_at,
        ),
        "clinic.document": lambda n: Document.objects.create(
            kind="invoice",
            subject=n,
            content_digest=str(n),
            title="Invoice",
            asked_by=people.make_user(f"u{n}", "Owner"),
        ),
    }


@pytest.mark.parametrize(
    "label",
    [
        "patients.patient",
        "patients.case",
        "appointments.appointment",
        "treatments.treatment",
        "treatments.treatmentplan",
        "treatments.outcomescore",
        "treatments.outcomerequest",
        "treatments.adverseevent",
        "treatments.needlelot",
        "treatments.protocol",
        "billing.invoice",
        "clinic.user",
        "messaging.message",
        "clinic.document",
    ],
)
def test_a_list_costs_the_same_whatever_its_length(world, label):
    make, client, counts, made = many(world)[label], browser(world.owner), [], 0
    for size in (1, 10, 100):
        while made < size:
            made += 1
            make(made)
        client.get(url(label, "changelist"))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(label, "changelist")).status_code == 200
        counts.append(len(captured))
    assert counts == [counts[0]] * 3
