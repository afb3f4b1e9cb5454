"""The demo clinic, made once for all tests of this module and taken back at the end."""

import hashlib
import json
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse
from rest_framework.test import APIClient

from appointments import reminding
from appointments.models import Appointment, CalendarFeed, Series, WaitlistEntry, WaitlistOffer
from appointments.waiting import offering
from billing import invoicing
from billing.claiming.gathering import candidates
from billing.models import BankLine, Claim, ClaimLine, Invoice, InvoiceLine, Payment, Rate, Remittance
from billing.statements.owing import aged_debtors
from clinic.models import Document, Practitioner, User
from frontdesk.demo import people, practice, seeding
from frontdesk.demo.practice import DEMO_USERS
from frontdesk.demo.story import Story
from messaging.models import Message
from patients.models import Alert, Case, CoverDecision, Patient, Payer, PurchaseOrder
from tests.visits import AUCKLAND, nz
from treatments import verifying
from treatments.models import (
    AdverseEvent,
    LotUse,
    Moxibustion,
    NeedleLot,
    Needling,
    OutcomeRequest,
    OutcomeScore,
    Protocol,
    Treatment,
    TreatmentPlan,
    TreatmentRequest,
)

PASSWORD = "a-password-for-the-demo"
# A Tuesday afternoon with one patient on the table and others to come.
NOW = nz("2026-11-24 14:37")
LISTS = [
    "patient", "case", "payer", "appointmenttype", "workinghours", "timeoff", "closedday", "appointment", "message",
    "messagetemplate", "reminderrule", "channel", "point", "treatment", "service", "rate", "invoice", "user", "role",
    "location", "room", "device", "practitioner", "document", "claim", "claimline", "remittance",
]  # fmt: skip


@contextmanager
def taken_back():
    """What is done inside was never done."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def digest() -> str:
    """Of everything that the demo says, without the numbers that the database gives and the hashes over them."""
    notes = Treatment.objects.order_by("started_at", "practitioner_id")
    said = [
        list(Patient.objects.order_by("phone").values_list("first_name", "last_name", "nhi", "legacy_id", "address")),
        list(Case.objects.order_by("patient__phone").values_list("title", "claim_number", "date_of_injury")),
        list(Appointment.objects.order_by("starts_at", "room__name").values_list(
            "patient__phone", "starts_at", "room__name", "appointment_type__name", "status", "cancel_reason")),
        list(notes.values_list("patient__phone", "subjective", "status", "signed_at", "sequence", "needles_out")),
        list(Needling.objects.order_by("treatment__started_at", "treatment__patient__phone", "position").values_list(
            "point", "free_location", "side", "depth_mm")),
        list(Invoice.objects.order_by("number", "patient__phone").values_list("number", "issued_at", "payer__name")),
        list(InvoiceLine.objects.order_by("invoice__number", "position", "treatment__started_at").values_list(
            "description", "amount_excl", "gst")),
        list(Message.objects.order_by("patient__phone", "subject_starts_at", "channel").values_list(
            "due_at", "state", "reason")),
        list(Series.objects.order_by("is_course").values_list("patient__phone", "rule", "first_on", "at")),
        list(WaitlistEntry.objects.order_by("waiting_since").values_list(
            "patient__phone", "weekdays", "parts", "note")),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()


def a_thousand_reads() -> float:
    """The processor's time of a thousand single rows read by their key, at the machine's best of three."""

    def read() -> float:
        began = time.process_time()
        for _ in range(1000):
            ContentType.objects.filter(pk=1).first()
        return time.process_time() - began

    return min(read() for _ in range(3))


@pytest.fixture(scope="module")
def reads(django_db_setup, django_db_blocker):
    """What making the demo costs, in thousands of reads of a row; it then stands for the tests."""
    with django_db_blocker.unblock(), taken_back():
        before, began = a_thousand_reads(), time.process_time()
        seeding.seed(password=PASSWORD, now=NOW)
        took = time.process_time() - began
        yield took / ((before + a_thousand_reads()) / 2)


@pytest.fixture
def story(reads) -> None:
    """The demo stands."""


def test_making_the_demo_costs_no_more_than_sixty_thousand_reads(reads):
    """Seconds of the same demo differ by half from machine to machine and hour to hour; 46 to 50 thousand reads were
    measured for what takes 15 to 19 seconds of a processor."""
    assert reads < 60


def test_ten_weeks_lie_around_today(story):
    days = Counter(at.astimezone(AUCKLAND).date() for at in Appointment.objects.values_list("starts_at", flat=True))
    assert [min(days) >= NOW.date() - timedelta(days=42), max(days) <= NOW.date() + timedelta(days=28)] == [True, True]
    assert Patient.objects.count() == 60
    assert Practitioner.objects.count() == 2
    assert sum(days.values()) > 240
    assert {day.weekday() for day in days} == {0, 1, 2, 3, 4, 5}
    assert Counter(Case.objects.values_list("kind", flat=True)) == {"acc": 21, "insurer": 8, "private": 27}
    assert set(Appointment.objects.values_list("status", flat=True)) >= {
        "booked", "confirmed", "in_treatment", "completed", "missed", "cancelled",
    }  # fmt: skip
    assert Appointment.objects.filter(cancel_reason="late").exists()


def test_what_goes_with_a_course_is_kept_beside_its_notes(story):
    """Plans that are due among those that are not, harm open and closed, boxes old and new, questions with and
    without an answer, and scores that follow the notes."""
    today = NOW.astimezone(AUCKLAND).date()
    assert TreatmentPlan.objects.count() > 30
    overdue = TreatmentPlan.objects.open().filter(review_on__lt=today).count()
    assert 0 < overdue < 12
    assert {event.closed_on is None for event in AdverseEvent.objects.all()} == {True, False}
    assert LotUse.objects.count() == Treatment.objects.filter(needles_in__gt=0).count()
    assert sorted(lot.expires_on < today for lot in NeedleLot.objects.all()) == [False, False, False, True]
    assert {row.answered_at is None for row in OutcomeRequest.objects.all()} == {True, False}
    assert set(OutcomeScore.objects.values_list("measure", flat=True)) == {"nprs", "psfs", "lefs", "mymop2"}
    assert Protocol.objects.filter(shipped_as=None).count() == 2


def test_the_cases_tell_what_payers_decided(story):
    statuses = Counter(Case.objects.filter(kind="acc").values_list("cover_status", flat=True))
    assert set(statuses) == {
        "accept", "unknown", "pending_accept", "accredited_employer", "interim_accept", "pending_held",
        "investigating_gradual_process", "decline",
    }  # fmt: skip
    newest = CoverDecision.objects.known_on(NOW.date(), AUCKLAND)
    assert {row.case_id: row.status for row in newest} == dict(Case.objects.values_list("pk", "cover_status"))
    assert CoverDecision.objects.filter(case__kind="acc").count() > 35
    assert PurchaseOrder.objects.count() >= 2
    assert Case.objects.filter(kind="insurer", policy_number="").count() == 0
    assert [str(case.payer) for case in Case.objects.filter(cover_status="accredited_employer")] == [
        "Harbour Example Ferries"
    ]
    assert Case.objects.exclude(contribution_payer=None).count() == 1
    assert {warning["code"] for case in Case.objects.all() for warning in case.warnings()} <= {
        "diagnoses_without_injury"
    }


def test_the_book_holds_what_a_desk_meets_besides_single_visits(story):
    """A course and a series that go on, people who wait, one who was squeezed in, one who thinks about it, a feed."""
    by_course = {series.is_course: series for series in Series.objects.with_visits(now=NOW)}
    assert {is_course: series.visits_to_come >= 2 for is_course, series in by_course.items()} == {
        True: True,
        False: True,
    }
    assert TreatmentPlan.objects.open().filter(case=by_course[True].case_id).exists()
    squeezed = Appointment.objects.exclude(overlap_reason="").get()
    assert squeezed.practitioner.appointments.live().filter(starts_at=squeezed.starts_at).count() == 2
    offer = WaitlistOffer.objects.get()
    held = Appointment.objects.filter(status="pending", held_until__gt=NOW)
    assert (offer.state, offer.expires_at > NOW, held.count(), held.filter(pk=offer.appointment_id).exists()) == (
        "open", True, 2, True,
    )  # fmt: skip
    assert CalendarFeed.objects.filter(revoked_at=None).count() == 1


def test_who_waits_in_the_demo_goes_on_waiting_until_somebody_looks(story):
    """The others wish for times that nobody has, or are reached by no message: the sweep has nothing for them."""
    assert WaitlistEntry.objects.waiting().count() == 4
    assert {entry.urgency for entry in WaitlistEntry.objects.waiting()} == {1, 2}
    with taken_back():
        assert offering.sweep(now=NOW + timedelta(minutes=5)) == 0


def test_today_stands_as_it_would_at_this_hour(story):
    visits = Appointment.objects.filter(starts_at__date=NOW.date()).order_by("starts_at")
    assert len(visits) > 8
    for visit in visits:
        if visit.ends_at <= NOW:
            assert visit.status == "completed"
        elif visit.starts_at <= NOW:
            assert visit.status == "in_treatment"
        else:
            assert visit.status in {"booked", "confirmed", "arrived"}
    assert visits.filter(status="in_treatment").exists()
    assert not Appointment.objects.filter(starts_at__gt=NOW + timedelta(hours=1), status="completed").exists()


def test_notes_are_signed_and_billed_but_for_what_a_clinic_always_has_open(story):
    states = Counter(Treatment.objects.values_list("status", flat=True))
    assert states["signed"] > 120
    assert 3 <= states["draft"] <= 20
    assert sum(note.needles_in != note.needles_out for note in Treatment.objects.filter(status="draft")) == 1
    assert Treatment.objects.filter(amendments__isnull=False).count() == 2
    unbilled = Treatment.objects.signed().filter(case__payer__isnull=False).exclude(billed_parts__share="payer")
    assert unbilled.exclude(case__payer__kind="acc").count() == 1
    invoices = Counter(Invoice.objects.values_list("payer__kind", "status"))
    assert {("acc", "issued"), (None, "issued"), ("insurer", "issued")} <= set(invoices)
    assert sum(count for (_, status), count in invoices.items() if status == "draft") == 2
    numbers = list(Invoice.objects.filter(status="issued").order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_is_signed_and_issued_verifies(story):
    notes, invoices = Treatment.objects.signed().order_by("sequence"), Invoice.objects.exclude(number=None)
    assert [note.pk for note in [notes.first(), *notes[5:60:9], notes.last()]
            if not verifying.verify(note)["verified"]] == []  # fmt: skip
    assert [row.pk for row in invoices.order_by("number")[::25] if not invoicing.verify(row)["verified"]] == []


def test_the_notes_heed_what_is_known_of_the_patients(story):
    def patients(*kinds):
        return Patient.objects.filter(alerts__kind__in=kinds)

    in_pregnancy = Needling.objects.filter(treatment__patient__in=patients(Alert.Kind.PREGNANCY))
    assert {row.point_id for row in in_pregnancy} == {"PC6", "ST36", "GV20"}
    electro = Needling.objects.filter(technique="electro")
    assert electro.exists()
    assert not electro.filter(treatment__patient__in=patients("pacemaker", "pregnancy")).exists()
    assert not Moxibustion.objects.filter(treatment__patient__in=patients("asthma", "diabetes_neuropathy")).exists()
    assert not Moxibustion.objects.exclude(treatment__patient__consents__kind="moxibustion").exists()


def test_no_message_is_due_and_none_becomes_so_before_its_hour(story):
    assert not Message.objects.due(now=NOW).exists()
    with taken_back():
        reminding.top_up(now=NOW + timedelta(minutes=10))
        assert not Message.objects.due(now=NOW + timedelta(minutes=10)).exists()
    states = Counter(Message.objects.values_list("state", "reason"))
    assert {state for state, _ in states} == {"planned", "skipped"}
    assert states["skipped", "let_pass"] > 0
    assert Message.objects.due(now=NOW + timedelta(days=1)).exists()


def test_all_amounts_say_that_they_are_invented(story):
    assert [rate for rate in Rate.objects.all() if "Invented for the demo" not in rate.source] == []
    assert {code[:8] for code in Practitioner.objects.values_list("acc_provider_id", flat=True)} == {"INVENTED"}


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_something(story, name):
    client = APIClient()
    client.force_authenticate(User.objects.get(username="owner"))
    with taken_back():
        answer = client.get(reverse(f"{name}-list"))
    assert answer.status_code == 200
    assert answer.json()["count"] > 0


def test_money_came_in_every_way_and_not_all_of_it(story):
    methods = Counter(Payment.objects.filter(refund_of=None).values_list("method", flat=True))
    assert {"cash", "card", "bank_transfer", "insurer"} == set(methods)
    aged = [name for debtor in aged_debtors(on=NOW.date()) for name, owed in debtor.aged.items() if owed]
    assert {"not_due", "days_1_30"} <= set(aged)
    assert Payment.objects.filter(amount__lt=0).count() == 1
    assert Payment.objects.with_remaining().filter(remaining__gt=0).exists()
    assert Payment.objects.filter(appointment__isnull=False).exists()
    waiting = Counter(BankLine.objects.exclude(state="accepted").values_list("state", flat=True))
    assert (waiting["exact"] > 0, waiting["unknown"], waiting["out"]) == (True, 1, 1)


def test_the_users_enter_where_they_should(story):
    users = {user.username: user for user in User.objects.prefetch_related("roles")}
    assert set(users) == set(DEMO_USERS)
    assert {name: user.is_staff for name, user in users.items()} == dict.fromkeys(users, True) | {"patient": False}
    assert [name for name, user in users.items() if user.is_superuser] == []
    assert {name: [role.name for role in user.roles.all()] for name, user in users.items()} == {
        "owner": ["Owner"],
        "desk": ["Front desk"],
        "billing": ["Billing"],
        "practitioner": ["Practitioner"],
        "practitioner2": ["Practitioner"],
        "patient": ["Patient"],
    }
    assert str(users["patient"].patient) == "Aroha Tāmati"
    assert users["desk"].check_password(PASSWORD)


def test_papers_of_the_demo_wait_for_a_worker(story):
    assert Counter(Document.objects.values_list("kind", "state")) == {
        ("invoice", "asked"): 3, ("acc_schedule", "asked"): 3, ("receipt", "asked"): 1, ("statement", "asked"): 2,
        ("superbill", "asked"): 1, ("cms1500", "asked"): 1, ("cms1500_overlay", "asked"): 1,
        ("acc32_request", "asked"): 1,
    }  # fmt: skip


def test_acc_is_claimed_from_and_answers_not_always_as_it_was_claimed(story):
    claims = Claim.objects.with_sums().order_by("number")
    assert {claim.status for claim in claims} == {"settled", "acknowledged", "submitted"}
    first = claims.first()
    assert (first.status, first.undecided_count, first.awarded < first.claimed) == ("settled", 0, True)
    declined = ClaimLine.objects.get(state="declined")
    assert (declined.claim, declined.resolution) == (first, "billed_to_patient")
    assert [line.state for line in ClaimLine.objects.undecided()] == ["partial"]
    assert claims.last().open_count == claims.last().line_count > 0
    assert ClaimLine.objects.filter(state="held").exists()
    assert {row.source for row in Remittance.objects.all()} == {"desk"}
    assert not Payment.objects.filter(payer__kind="acc").exclude(origin__startswith="remittance:").exists()


def test_the_claims_desk_has_something_ready_and_something_to_put_right(story):
    rows = candidates(payer=Payer.objects.get(kind="acc"), now=NOW)
    reasons = Counter(reason.code for row in rows for reason in row.reasons)
    assert sum(row.is_ready for row in rows) > 2
    assert set(reasons) >= {"already_claimed", "cover_not_accepted", "note_not_signed"}


def test_acc_is_asked_for_more_treatment_once_and_has_not_answered(story):
    [request] = TreatmentRequest.objects.all()
    assert (request.status, request.standard, request.answers.exists()) == ("finished", True, False)


def test_where_there_is_a_practice_the_command_changes_nothing_but_the_passwords_of_the_demo(cast, monkeypatch):
    others = User.objects.create_user("guest", password="a-password-of-their-own")
    monkeypatch.setenv("DEMO_PASSWORD", "another-password-for-the-demo")
    call_command("seed_demo")
    assert (Patient.objects.count(), Appointment.objects.count()) == (1, 0)
    demo_users = User.objects.filter(username__in=DEMO_USERS)
    assert {user.check_password("another-password-for-the-demo") for user in demo_users} == {True}
    others.refresh_from_db()
    assert others.check_password("a-password-of-their-own")
    before = User.objects.get(username="desk").password
    call_command("seed_demo")
    assert User.objects.get(username="desk").password == before


@pytest.mark.django_db
def test_two_runs_of_the_same_day_say_the_same():
    """With a fifth of the people, which takes a fifth of the time."""
    digests = []
    for _ in range(2):
        with taken_back():
            Story(practice.set_up(password=PASSWORD, now=NOW), people.read()[:12], now=NOW).play()
            digests.append(digest())
    assert digests[0] == digests[1]


@pytest.mark.django_db
def test_a_seeding_that_breaks_off_leaves_nothing(monkeypatch):
    monkeypatch.setattr(practice, "SERVICES", {"ACU60": ("Acupuncture", ["no such kind"])})
    with pytest.raises(KeyError):
        seeding.seed(password=PASSWORD, now=NOW)
    assert (User.objects.count(), Practitioner.objects.count(), Patient.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_without_a_password_the_command_refuses_in_one_sentence(monkeypatch):
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    with pytest.raises(CommandError, match=r"^The environment variable DEMO_PASSWORD is missing: .*\.$"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_one_patient_has_a_us_style_insurer_whose_papers_can_be_looked_at(story):
    invoices = Invoice.objects.filter(payer__us_style=True, status="issued")
    assert invoices.exists()
    codes = set(InvoiceLine.objects.filter(invoice__in=invoices).values_list("service__code", flat=True))
    assert codes <= {"97810", "97811", "97813", "97814"}
    assert {"97811", "97814"} & codes
    asked = set(Document.objects.filter(subject__in=invoices.values("pk")).values_list("kind", flat=True))
    assert asked >= {"superbill", "cms1500", "cms1500_overlay"}
