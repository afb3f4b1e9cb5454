"""A claim to a US insurer from the candidates to the file in the storage, which an independent reader accepts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage

from billing import invoicing
from billing.adjusting import crediting
from billing.claiming import by_x12, delivering, files, preparing, submitting
from billing.claiming.channels import Batch, Refused
from billing.claiming.gathering import candidates
from billing.models import Claim, Counter, Rate, Service
from clinic.errors import Refusal
from clinic.models import Practice, Practitioner
from patients.models import Case, Payer
from tests.billing.claims import NOW, session
from tests.billing.test_us_invoicing import ICD10, RATES
from tests.billing.test_x12 import check, of
from tests.cast import api, make_case, make_patient
from tests.counting import queries_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def insurer(cast, settings, tmp_path) -> Payer:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.X12_SENDER_ID, settings.X12_RECEIVER_ID, settings.X12_RECEIVER_NAME = "TR0001", "CLEAR01", "Example House"
    payer = Payer.objects.create(
        name="Example Mutual", kind="insurer", us_style=True, claim_channel="x12", payer_code="EX001",
        address="PO Box 4000\nSalem OR 97301",
    )  # fmt: skip
    for code, amount in RATES.items():
        service = Service.objects.create(code=code, name=f"Code {code}", taxable=False)
        Rate.objects.create(service=service, payer=payer, unit="unit", amount=amount, valid_from=date(2020, 1, 1))
    practice = cast.practice
    practice.npi, practice.tax_id, practice.tax_id_kind = "1234567893", "123456789", "ein"
    practice.us_address = "1 Sample St\nPortland OR 97205-1234"
    practice.save()
    cast.mere.npi = "1234567893"
    cast.mere.save()
    return payer


@pytest.fixture
def treatment(cast, insurer):
    patient = make_patient(first_name="Ana", last_name="Māhina", address="4418 SE Example Ave\nPortland OR 97215")
    case = make_case(
        patient, kind="insurer", payer=insurer, claim_number="", diagnoses=ICD10, policy_number="XYZ9001",
        approved_sessions=12, caused_by="none", opened_on=date(2026, 9, 1),
    )  # fmt: skip
    return session(cast, case, face_to_face_minutes=38, reinsertions=2)


def drafted(cast, treatment, insurer):
    return invoicing.draft(treatments=[treatment], payer=insurer, by=cast.billing, now=NOW)


def submitted(cast, treatment, insurer) -> Claim:
    claim = preparing.prepare(payer=insurer, treatments=[treatment.pk], by=cast.billing, now=NOW)
    return submitting.submit(claim=claim, by=cast.billing, now=NOW)


def deliver(claim: Claim) -> Claim:
    delivering.deliver(claim_id=claim.pk, clock=lambda: NOW)
    claim.refresh_from_db()
    return claim


def refused(act) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


@pytest.mark.django_db(transaction=True)
def test_a_claim_becomes_a_file_in_the_storage_that_an_independent_reader_accepts(cast, treatment, insurer):
    drafted(cast, treatment, insurer)
    claim = deliver(submitted(cast, treatment, insurer))
    assert (claim.delivery, claim.channel, claim.payer_reference) == ("sent", "x12", "1")
    kept = files.handed_out(claim)
    assert (kept.name, kept.content_type) == ("CLM-000001.x12", "application/edi-x12")
    file = kept.open().read().decode()
    check(file)
    assert of(file, "CLM")[0][:2] == ["INV-000001", "172"]
    assert of(file, "SV1") == [
        ["HC:97810", "68", "UN", "1", "", "", "1:2"],
        ["HC:97811", "104", "UN", "2", "", "", "1:2"],
    ]
    assert of(file, "NM1")[3][2:4] == ["MAHINA", "ANA"]
    assert of(file, "ISA")[0][14] == "T"
    assert of(file, "GS")[0][3:5] == ["20261102", "1200"]


def test_a_second_try_writes_the_same_file_once(cast, treatment, insurer):
    drafted(cast, treatment, insurer)
    claim = submitted(cast, treatment, insurer)
    channel, batch = by_x12.X12File(), delivering.batch_of(claim)
    assert channel.submit(batch) == channel.submit(batch)
    assert [name for name in default_storage.listdir("claims")[1] if claim.key in name] == [f"{claim.key}.x12"]
    assert channel.status(batch) is None


def test_what_was_credited_is_not_claimed(cast, treatment, insurer):
    draft = drafted(cast, treatment, insurer)
    invoice = invoicing.issue(invoice=draft, by=cast.billing, now=NOW)
    line = invoice.lines.get(position=2)
    part = crediting.Part(line=line, amount_excl=Decimal("52.00"))
    crediting.credit(invoice=invoice, parts=[part], reason="One unit too many", by=cast.billing, now=NOW)
    claim = submitted(cast, treatment, insurer)
    file = by_x12.file_of(claim.particulars).decode()
    assert [row[1] for row in of(file, "SV1")] == ["68", "52"]
    assert of(file, "CLM")[0][1] == "120"


def test_control_numbers_follow_each_other_and_a_refused_claim_takes_none(cast, treatment, insurer):
    drafted(cast, treatment, insurer)
    Practice.objects.update(tax_id="", tax_id_kind="")
    assert refused(lambda: submitted(cast, treatment, insurer)) == "tax_id_missing"
    assert not Counter.objects.filter(name="x12", last__gt=0).exists()
    Claim.objects.all().delete()
    Practice.objects.update(tax_id="123456789", tax_id_kind="ein")
    assert submitted(cast, treatment, insurer).particulars["x12"]["control_number"] == 1
    other = session(cast, treatment.case, NOW - timedelta(days=1, hours=2), face_to_face_minutes=15)
    drafted(cast, other, insurer)
    assert submitted(cast, other, insurer).particulars["x12"]["control_number"] == 2


def test_without_a_clearing_house_no_file_is_made(cast, treatment, insurer, settings):
    drafted(cast, treatment, insurer)
    settings.X12_SENDER_ID = ""
    assert refused(lambda: submitted(cast, treatment, insurer)) == "clearing_house_missing"


def test_a_claim_that_was_made_for_another_way_is_refused_for_good(insurer):
    with pytest.raises(Refused) as caught:
        by_x12.X12File().submit(Batch(claim=1, key="k", label="CLM-1", reference="", content={"lines": []}))
    assert caught.value.code == "channel_changed"


def reasons(insurer) -> list[list[str]]:
    return [[reason.code for reason in row.reasons] for row in candidates(payer=insurer, now=NOW)]


def test_what_is_on_no_invoice_yet_is_quoted_by_code_and_unit_as_its_lines_will_be(cast, treatment, insurer):
    (quoted,) = candidates(payer=insurer, now=NOW)
    assert (quoted.reasons, quoted.service, quoted.total) == ((), "97810, 97811", Decimal("172.00"))
    drafted(cast, treatment, insurer)
    (billed,) = candidates(payer=insurer, now=NOW)
    assert (billed.reasons, billed.total) == ((), quoted.total)


def test_two_sessions_of_a_day_share_its_initial_code(cast, treatment, insurer):
    session(cast, treatment.case, NOW + timedelta(hours=3), face_to_face_minutes=23)
    assert [(row.service, row.total) for row in candidates(payer=insurer, now=NOW)] == [
        ("97810, 97811", Decimal("172.00")),
        ("97811", Decimal("52.00")),
    ]


def test_a_second_initial_code_of_a_day_is_refused_where_the_first_is_billed(cast, treatment, insurer):
    drafted(cast, treatment, insurer)
    session(cast, treatment.case, NOW - timedelta(hours=4), face_to_face_minutes=15)
    assert reasons(insurer) == [["initial_code_billed"], []]


def test_what_keeps_a_us_line_back_is_told_at_once(cast, treatment, insurer):
    Case.objects.update(policy_number="")
    treatment.case.diagnoses.all().delete()
    Practitioner.objects.filter(pk=cast.mere.pk).update(npi="", practising_certificate_expires_on=date(2020, 1, 1))
    Rate.objects.all().delete()
    session(cast, treatment.case, NOW - timedelta(days=1), sign=False)
    common = ["practitioner_not_certified", "policy_number_missing", "diagnosis_code_missing"]
    assert reasons(insurer) == [
        ["note_not_signed", *common, "minutes_missing", "provider_id_missing"],
        [*common, "no_rate", "provider_id_missing"],
    ]


def test_minutes_that_add_no_unit_are_nothing_to_claim(cast, treatment, insurer):
    session(cast, treatment.case, NOW - timedelta(days=1), face_to_face_minutes=7)
    assert reasons(insurer)[0] == ["too_short_to_bill"]


def test_us_candidates_take_the_same_queries_for_1_and_for_20(cast, treatment, insurer):
    client, url = api(cast.billing), f"/api/v1/claims/candidates/?payer={insurer.pk}&to=2026-11-30"
    for_one = queries_for(client, url)
    for days in range(1, 20):
        session(cast, treatment.case, NOW - timedelta(days=days), face_to_face_minutes=15)
    assert (len(candidates(payer=insurer, now=NOW)), queries_for(client, url)) == (20, for_one)
