"""What a person carries to the payer: the schedule of a whole claim, and its file."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pypdf import PdfReader

from billing.claiming import by_file, delivering, files, papers, preparing, submitting
from billing.models import Claim
from clinic import documents
from clinic.errors import Refusal
from clinic.models import AccessEvent, Document
from patients.models import Case, Payer
from tests.billing.claims import NOW, acupuncture, session
from tests.cast import Cast, api, make_case, make_patient
from tests.papers import solid, text, texts

pytestmark = pytest.mark.django_db


def claimed(cast: Cast, payer: Payer, *cases: Case) -> Claim:
    """A submitted claim with one session of each case."""
    notes = [session(cast, case, NOW - timedelta(hours=2, days=number)) for number, case in enumerate(cases)]
    claim = preparing.prepare(payer=payer, treatments=[note.pk for note in notes], by=cast.billing, now=NOW)
    return submitting.submit(claim=claim, by=cast.billing, now=NOW)


def delivered(claim: Claim) -> Claim:
    delivering.deliver(claim_id=claim.pk, clock=lambda: NOW)
    claim.refresh_from_db()
    return claim


@pytest.fixture
def to_acc(cast: Cast) -> Claim:
    acupuncture(cast.acc)
    return claimed(cast, cast.acc, make_case(cast.aroha, claim_number="AB12345"), make_case(make_patient()))


def test_a_claim_on_paper_is_sent_once_its_schedule_lies_among_the_papers(cast: Cast, to_acc: Claim):
    assert delivered(to_acc).delivery == "sent"
    paper = Document.objects.get(kind="claim_schedule")
    assert (paper.subject, paper.state, paper.asked_by, paper.patient_id) == (to_acc.pk, "ready", cast.billing, None)
    drawn = paper.file.open().read()
    said = text(drawn)
    for part in (
        "ACC treatment schedule CLM-000001",
        "Schedule number",
        "Harakeke Acupuncture Limited",
        "G99999",
        "Line Claim PO number Patient NHI, born Injury Read code, side",
        "AB12345",
        cast.aroha.nhi,
        "born 9 Mar 1984",
        "1 Sep 2026 N2152 right Gluteal tendinitis",
        "2 Nov 2026 ACU1 · flat fee × 1 Acupuncture Mere Ngata · Q12345",
        "$78.26 $11.74 $90.00",
        "Number of lines 2",
        "Total claimed including GST $180.00",
        "treated the injury the claim covers",
        "Bill Faleolo",
        "Page 1 of 1",
    ):
        assert part in said or solid(part) in solid(said), part


def test_the_schedule_stays_as_it_was_submitted_and_is_the_same_bytes_again(cast: Cast, to_acc: Claim):
    drawn = papers.schedule(to_acc.pk).draw()
    case = to_acc.lines.first().invoice_line.invoice.case
    case.claim_number = "ZZ99999"
    case.save()
    cast.acc.name = "Another"
    cast.acc.save()
    assert papers.schedule(to_acc.pk).draw() == drawn
    one, again = (documents.make(kind="claim_schedule", subject=to_acc.pk, by=cast.billing, now=NOW) for _ in range(2))
    assert (one, Document.objects.count()) == (again, 1)


def test_an_insurer_is_shown_policy_and_diagnosis_and_no_number_of_the_health_service(cast: Cast):
    acupuncture(cast.southern)
    case = make_case(
        cast.aroha, kind="insurer", payer=cast.southern, claim_number="", policy_number="SEH-778",
        diagnoses=[{"system": "icd10cm", "code": "M76.01", "description": "Gluteal tendinitis", "side": "right"}],
    )  # fmt: skip
    said = text(papers.schedule(claimed(cast, cast.southern, case).pk).draw())
    assert "Treatment schedule CLM-000001" in said
    for part in ("Policy SEH-778", "M76.01 right", "Southern Example Health"):
        assert part in said
    for part in ("ACC treatment", "Vendor ID", cast.aroha.nhi, "Q12345", "injury"):
        assert part not in said, part


def test_us_schedules_are_letter_with_the_month_first(cast: Cast, to_acc: Claim):
    said = to_acc.particulars
    said["recipient"] |= {"us_style": True, "kind": "insurer"}
    draft = Claim.objects.create(payer=cast.acc, created_by=cast.billing)
    fields = ("channel", "submitted_at", "submitted_on", "submitted_by", "content_hash", "delivery", "next_try_at")
    for name in fields:
        setattr(draft, name, getattr(to_acc, name))
    draft.particulars, draft.status, draft.number = said, "submitted", 2
    draft.save()
    drawn = papers.schedule(draft.pk).draw()
    assert [float(side) for side in PdfReader(BytesIO(drawn)).pages[0].mediabox[2:]] == [612.0, 792.0]
    assert "11/02/2026" in text(drawn)
    assert "GST" not in text(drawn)


def test_two_hundred_lines_fill_numbered_pages_and_none_is_lost(cast: Cast, to_acc: Claim):
    said = to_acc.particulars
    said["lines"] = [said["lines"][0] | {"position": n, "claim_number": f"AB{10000 + n}"} for n in range(1, 201)]
    pages = texts(_drawn_of(said))
    together = " ".join(pages)
    assert [word for word in together.split() if word.startswith("AB1")] == [f"AB{10000 + n}" for n in range(1, 201)]
    assert [page.count(f"Page {n} of {len(pages)}") for n, page in enumerate(pages, 1)] == [1] * len(pages)
    assert "Number of lines 200" in together
    assert "Total claimed including GST $18,000.00" in together


def _drawn_of(said) -> bytes:
    practice = papers.Practice.objects.current()
    module = papers.schedule_paper
    return documents.compose(
        module, papers._schedule(said), practice=practice, number="CLM-000001", patient_id=None
    ).draw()


def test_a_draft_has_no_schedule(cast: Cast):
    acupuncture(cast.acc)
    note = session(cast, make_case(cast.aroha))
    draft = preparing.prepare(payer=cast.acc, treatments=[note.pk], by=cast.billing, now=NOW)
    asked = api(cast.billing).post("/api/v1/documents/", {"kind": "claim_schedule", "subject": draft.pk})
    assert (asked.status_code, asked.json()["code"]) == (422, "claim_not_submitted")


def test_while_another_worker_draws_the_schedule_the_claim_waits(cast: Cast, to_acc: Claim):
    paper = documents.ask(kind="claim_schedule", subject=to_acc.pk, by=cast.billing, now=NOW)
    Document.objects.filter(pk=paper.pk).update(state="rendering", taken_at="2126-01-01T00:00Z")
    claim = delivered(to_acc)
    assert (claim.delivery, claim.delivery_code, claim.sent_at) == ("waiting", "being_drawn", None)


# Files


@pytest.fixture
def as_csv(cast: Cast) -> Claim:
    cast.acc.claim_channel = "csv"
    cast.acc.save()
    acupuncture(cast.acc)
    return claimed(cast, cast.acc, make_case(cast.aroha, claim_number="AB12345"), make_case(make_patient()))


def test_the_csv_file_of_a_claim_is_fetched_as_it_was_made_and_each_read_is_recorded(
    cast: Cast, as_csv: Claim, settings
):
    delivered(as_csv)
    settings.CLAIM_CSV_COLUMNS = [("Other", "label")]
    answer = api(cast.billing).get(f"/api/v1/claims/{as_csv.pk}/file/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv")
    assert answer["Content-Disposition"] == 'attachment; filename="CLM-000001.csv"'
    rows = list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode())))
    assert [(row["line"], row["amount"]) for row in rows] == [("1", "90.00"), ("2", "90.00")]
    assert {row["claim_number"] for row in rows} > {"AB12345"}
    read = AccessEvent.objects.filter(subject_kind="claim_line").order_by("subject_id")
    assert [(event.user, event.subject_id, event.patient_id) for event in read] == [
        (cast.billing, line.pk, line.invoice_line.invoice.patient_id) for line in as_csv.lines.order_by("pk")
    ]


def test_a_file_that_a_dead_worker_left_half_written_is_made_whole(as_csv: Claim):
    place = f"claims/{as_csv.key}.csv"
    default_storage.save(place, ContentFile(b"schedule_num"))
    delivered(as_csv)
    assert files.handed_out(as_csv).open().read() == by_file.csv_of(as_csv.particulars).encode()
    assert [name for name in default_storage.listdir("claims")[1] if as_csv.key in name] == [f"{as_csv.key}.csv"]


def test_there_is_no_file_of_a_draft_of_a_claim_on_paper_or_of_one_not_sent_yet(cast: Cast, as_csv: Claim):
    draft = Claim.objects.create(payer=cast.acc, created_by=cast.billing)
    cast.southern.claim_channel = "paper"
    cast.southern.save()
    acupuncture(cast.southern)
    paper = delivered(claimed(cast, cast.southern, make_case(make_patient(), kind="insurer", payer=cast.southern)))
    client = api(cast.billing)
    answers = [client.get(f"/api/v1/claims/{row.pk}/file/") for row in (draft, paper, as_csv)]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "claim_not_submitted"),
        (409, "claim_has_no_file"),
        (409, "file_not_ready"),
    ]
    assert AccessEvent.objects.filter(subject_kind="claim_line").count() == 0


def test_what_a_spreadsheet_would_calculate_is_text_in_the_file(as_csv: Claim):
    said = as_csv.particulars
    said["lines"][0]["patient"]["first_name"] = "  =1+1\x00"
    assert "'  =1+1," in by_file.csv_of(said)


def test_a_paper_is_refused_a_claim_that_is_not_there(cast: Cast):
    with pytest.raises(Refusal) as caught:
        papers.schedule(1)
    assert caught.value.code == "claim_not_submitted"
