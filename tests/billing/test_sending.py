"""An invoice leaves by e-mail with its PDF: once, to whoever owes it, whatever dies meanwhile."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing import invoicing, sending
from billing.adjusting import crediting
from billing.models import Invoice
from clinic import documents
from clinic.errors import Refusal
from clinic.models import Document, Practice
from messaging import reference
from messaging.delivering import deliver
from messaging.models import Message
from messaging.sweeping import CLAIM_LIFE, sweep
from patients.models import Payer
from tests import postoffice
from tests.billing.test_settling import issued
from tests.cast import Cast, api, make_case, make_patient
from tests.papers import text
from tests.rivals import at_once
from treatments import charting, signing

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/invoices/"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def post_office(settings, transactional_db):
    with postoffice.opened() as office:
        settings.EMAIL_BACKEND = "messaging.smtp.SmtpBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
        settings.EMAIL_TIMEOUT = 2
        reference.ensure()
        yield office


def run(now) -> None:
    for ids in sweep(now=now):
        deliver(message_ids=ids, clock=lambda: now)


def send(cast: Cast, invoice: Invoice, now) -> Message:
    return sending.send(invoice=invoice, by=cast.desk, now=now)


def refused(act) -> tuple[str, int]:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code, caught.value.status


def test_an_invoice_leaves_with_its_pdf_and_how_to_pay_it(cast: Cast, post_office, now):
    Practice.objects.update(bank_account="12-3456-0123456-00")
    invoice, client = issued(cast), api(cast.desk)
    said = client.post(f"{URL}{invoice.pk}/send/")
    assert (said.status_code, said.json()["sending"], said.json()["sent_at"]) == (200, "planned", None)
    run(timezone.now())
    (letter,) = post_office.letters
    assert (letter["To"], letter["Subject"]) == ("aroha@example.nz", "Invoice INV-000001 from Harakeke Acupuncture")
    body = letter.get_body(("plain",)).get_content()
    due = f"{invoice.due_on:%a %-d %b %Y}"
    assert f"Please pay $115.00 by {due} into 12-3456-0123456-00, with the reference INV-000001." in body
    (enclosed,) = letter.iter_attachments()
    assert (enclosed.get_filename(), enclosed.get_content_type()) == ("Tax invoice INV-000001.pdf", "application/pdf")
    assert "INV-000001" in text(enclosed.get_content())
    assert enclosed.get_content() == Document.objects.get().file.read()
    shown = client.get(f"{URL}{invoice.pk}/").json()
    assert (shown["sending"], shown["sent_to"]) == ("sent", "aroha@example.nz")


def test_it_is_sent_once_however_often_it_is_asked_for(cast: Cast, post_office, now):
    invoice = issued(cast)
    outcomes = at_once([lambda: send(cast, invoice, now) for _ in range(6)])
    assert len([outcome for outcome in outcomes if isinstance(outcome, Message)]) == 1
    for minutes in range(3):
        run(now + timedelta(minutes=minutes))
    assert refused(lambda: send(cast, invoice, now)) == ("already_sent", 409)
    assert len(post_office.letters) == 1


def test_a_draft_or_a_debtor_without_an_address_is_refused(cast: Cast, post_office, now):
    draft = Invoice.objects.create(patient=cast.aroha)
    assert refused(lambda: send(cast, draft, now)) == ("invoice_not_issued", 409)
    invoice = issued(cast, patient=make_patient(email=""))
    assert refused(lambda: send(cast, invoice, now)) == ("no_address", 422)
    assert (Message.objects.count(), Document.objects.count()) == (0, 0)


def test_a_payer_and_the_holder_of_an_account_get_their_own(cast: Cast, post_office, now):
    child = make_patient(account_holder=cast.aroha, email="child@example.nz")
    send(cast, issued(cast, patient=child), now)
    Payer.objects.filter(pk=cast.southern.pk).update(email="claims@southern.example")
    case = make_case(cast.aroha, kind="private", diagnoses=[], contribution_payer=cast.southern)
    note = charting.begin(
        patient=cast.aroha, practitioner=cast.mere, case=case, started_at=now, complaint="Hip", by=cast.practitioner,
        now=now,
    )  # fmt: skip
    note = signing.sign(treatment=note, by=cast.practitioner, now=now)
    draft = invoicing.draft(treatments=[note], payer=Payer.objects.get(pk=cast.southern.pk), by=cast.desk, now=now)
    send(cast, invoicing.issue(invoice=draft, by=cast.desk, now=now), now)
    run(now)
    assert post_office.recipients == ["aroha@example.nz", "claims@southern.example"]
    greetings = {letter["To"]: letter.get_body(("plain",)).get_content()[:40] for letter in post_office.letters}
    assert "Kia ora Southern Example Health" in greetings["claims@southern.example"]


def test_the_paper_is_drawn_first_and_one_that_is_being_drawn_is_waited_for(cast: Cast, post_office, now):
    message = send(cast, issued(cast), now)
    Document.objects.update(state="rendering", taken_at=now)
    run(now)
    message.refresh_from_db()
    assert (message.state, message.reason, post_office.letters) == ("planned", "not_drawn", [])
    run(now + documents.LEASE + timedelta(minutes=2))
    assert len(post_office.letters) == 1


def test_a_paper_that_cannot_be_drawn_or_found_is_said_and_can_be_sent_again(cast: Cast, post_office, now):
    invoice = issued(cast)
    message = send(cast, invoice, now)
    Document.objects.update(state="failed")
    run(now)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("skipped", "no_paper")
    Document.objects.update(state="asked")
    send(cast, invoice, now)
    documents.draw(document_id=Document.objects.get().pk, now=now)
    file = Document.objects.get().file
    kept = file.read()
    file.storage.delete(file.name)
    run(now)
    message.refresh_from_db()
    assert (message.state, message.reason, post_office.letters) == ("skipped", "no_paper", [])
    with file.storage.open(file.name, "wb") as back:
        back.write(kept)
    send(cast, invoice, now)
    run(now)
    assert len(post_office.letters) == 1


def test_an_invoice_credited_before_it_left_is_not_sent(cast: Cast, post_office, now):
    invoice = issued(cast)
    message = send(cast, invoice, now)
    crediting.credit(invoice=invoice, reason="Wrong day", by=cast.desk, now=now)
    run(now)
    message.refresh_from_db()
    assert (message.state, message.reason, post_office.letters) == ("skipped", "no_longer_so", [])


def test_a_worker_that_dies_while_it_draws_loses_nothing_and_sends_nothing_twice(cast: Cast, post_office, now):
    send(cast, issued(cast), now)
    (ids,) = sweep(now=now)
    documents.take(document_id=Document.objects.get().pk, now=now)  # and here the worker ends
    run(now + CLAIM_LIFE + timedelta(seconds=1))
    run(now + CLAIM_LIFE + timedelta(minutes=40))
    assert len(post_office.letters) == 1
    deliver(message_ids=ids, clock=lambda: now)
    assert len(post_office.letters) == 1


def test_an_answer_that_was_lost_is_not_sent_again_by_itself_but_by_a_person(cast: Cast, post_office, now):
    invoice = issued(cast)
    message = send(cast, invoice, now)
    post_office.to_content = "drop"
    run(now)
    message.refresh_from_db()
    assert message.state == "unknown"
    post_office.to_content = ""
    run(now + timedelta(minutes=30))
    assert post_office.letters == []
    send(cast, invoice, now)
    run(now)
    assert len(post_office.letters) == 1


def test_who_may_not_see_money_does_not_see_the_letter(cast: Cast, post_office, now):
    send(cast, issued(cast), now)
    run(now)
    seen = {
        user.username: len(api(user).get("/api/v1/messages/", {"occasion": "invoice"}).json()["results"])
        for user in (cast.desk, cast.billing, cast.practitioner)
    }
    assert seen == {"desk": 1, "billing": 1, "practitioner": 0}
