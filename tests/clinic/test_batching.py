"""Many papers at once: asked for over HTTP, refused, drawn, and how far they are."""

import pytest

from billing.models import Claim
from clinic import batching, documents
from clinic.errors import Refusal
from clinic.models import Document, DocumentBatch, DocumentBatchItem
from tests.billing.claims import NOW, acupuncture, session, submitted
from tests.cast import Cast, api, make_case, make_patient
from tests.counting import queries_while_growing
from tests.pages import browser, told

pytestmark = pytest.mark.django_db
URL = "/api/v1/document-batches/"


def many_claims(cast: Cast, count: int) -> list[Claim]:
    """Claims that say almost the same: the first is submitted, the others are copies of it with their own numbers."""
    acupuncture(cast.acc)
    first = submitted(cast, session(cast, make_case(make_patient())))
    names = (
        "payer",
        "status",
        "channel",
        "created_by",
        "submitted_at",
        "submitted_on",
        "submitted_by",
        "content_hash",
    )
    same = {name: getattr(first, name) for name in names} | {"delivery": "sent"}
    copies = [
        Claim(**same, number=number, particulars=first.particulars | {"label": f"CLM-{number:06d}"})
        for number in range(2, count + 1)
    ]
    Claim.objects.bulk_create(copies)
    return list(Claim.objects.order_by("number"))


def asked(cast: Cast, claims: list[Claim]) -> DocumentBatch:
    return batching.ask(kind="claim_schedule", subjects=[row.pk for row in claims], by=cast.billing, now=NOW)


def progress(batch: DocumentBatch) -> tuple[int, int, int, int]:
    row = DocumentBatch.objects.with_progress().get(pk=batch.pk)
    return row.total, row.ready, row.failed, row.waiting


def test_many_papers_are_asked_for_at_once_and_counted_as_they_are_drawn(cast: Cast):
    claims = many_claims(cast, 3)
    draft = Claim.objects.create(payer=cast.acc, created_by=cast.billing)
    client = api(cast.billing)
    body = {"kind": "claim_schedule", "subjects": [row.pk for row in [*claims, draft, claims[0]]]}
    answer = client.post(URL, body, format="json")
    batch = answer.json()
    assert (answer.status_code, answer["Location"]) == (202, f"http://testserver{URL}{batch['id']}/")
    assert [batch[name] for name in ("total", "ready", "failed", "waiting", "problems")] == [4, 0, 0, 4, []]
    batching.draw(item_ids=batching.ids_of(DocumentBatch.objects.get())[:2], clock=lambda: NOW)
    assert client.get(f"{URL}{batch['id']}/").json()["ready"] == 2
    batching.draw(item_ids=batching.ids_of(DocumentBatch.objects.get()), clock=lambda: NOW)
    batch = client.get(f"{URL}{batch['id']}/").json()
    assert [batch[name] for name in ("total", "ready", "failed", "waiting")] == [4, 3, 1, 0]
    assert batch["problems"] == [
        {"subject": draft.pk, "code": "claim_not_submitted", "detail": "Only a submitted claim can be printed."}
    ]
    papers = client.get("/api/v1/documents/", {"batch": batch["id"]}).json()["results"]
    assert {row["subject"] for row in papers} == {row.pk for row in claims}
    assert {row["state"] for row in papers} == {"ready"}


def test_what_is_drawn_already_is_not_drawn_again(cast: Cast):
    claims = many_claims(cast, 2)
    one = documents.make(kind="claim_schedule", subject=claims[0].pk, by=cast.billing, now=NOW)
    batch = asked(cast, claims)
    for _ in range(2):
        batching.draw(item_ids=[item.pk for item in batch.items.all()], clock=lambda: NOW)
    assert (progress(batch), Document.objects.count()) == ((2, 2, 0, 0), 2)
    assert batch.items.get(subject=claims[0].pk).document == one


def test_one_paper_that_cannot_be_drawn_keeps_none_of_the_others_back(cast: Cast, monkeypatch):
    claims = many_claims(cast, 3)
    batch, real = asked(cast, claims), documents.store
    broken = claims[1].pk

    def store(*, document, content, now):
        if document.subject == broken:
            raise OSError("The disk is full.")
        real(document=document, content=content, now=now)

    monkeypatch.setattr(documents, "store", store)
    batching.draw(item_ids=batching.ids_of(batch), clock=lambda: NOW)
    assert progress(batch) == (3, 2, 0, 1)
    assert documents.waiting_ids(now=NOW) == [Document.objects.get(subject=broken).pk]


@pytest.mark.parametrize(
    ("kind", "count", "code"),
    [
        ("poem", 1, "paper_unknown"),
        ("claim_schedule", 0, "no_subjects"),
        ("claim_schedule", 1001, "too_many_subjects"),
    ],
)
def test_a_batch_of_nothing_of_too_many_or_of_no_known_kind_is_refused(cast: Cast, kind: str, count: int, code: str):
    with pytest.raises(Refusal) as caught:
        batching.ask(kind=kind, subjects=range(1, count + 1), by=cast.billing, now=NOW)
    assert (caught.value.code, DocumentBatch.objects.count()) == (code, 0)


def test_who_may_not_read_a_kind_of_paper_cannot_ask_for_a_batch_of_it_nor_see_one(cast: Cast):
    batch = asked(cast, many_claims(cast, 1))
    client = api(cast.practitioner)
    refused = client.post(URL, {"kind": "claim_schedule", "subjects": [1]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert client.get(f"{URL}{batch.pk}/").status_code == 404


def test_items_that_nobody_drew_are_found_by_the_sweep(cast: Cast):
    batch = asked(cast, many_claims(cast, 2))
    began = DocumentBatch.objects.get().created_at
    assert batching.waiting_ids(now=began) == []
    assert batching.waiting_ids(now=began + batching.PATIENCE * 2) == batching.ids_of(batch)
    batching.draw(item_ids=batching.ids_of(batch), clock=lambda: NOW)
    assert batching.waiting_ids(now=began + batching.PATIENCE * 2) == []


def test_the_list_of_batches_costs_the_same_queries_however_many_there_are(cast: Cast):
    claims = many_claims(cast, 2)
    draft = Claim.objects.create(payer=cast.acc, created_by=cast.billing)

    def make(_):
        batch = asked(cast, [*claims, draft])
        batching.draw(item_ids=batching.ids_of(batch), clock=lambda: NOW)

    counts = queries_while_growing(api(cast.billing), URL, make, sizes=(1, 10))
    assert counts[0] == counts[1]


# In the admin


def test_ticked_claims_lead_to_the_progress_of_their_papers(cast: Cast):
    claims = many_claims(cast, 3)
    client = browser(cast.billing)
    ticked = {"action": "draw_claim_schedule", "_selected_action": [row.pk for row in claims[:2]]}
    answer = client.post("/admin/billing/claim/", ticked, follow=True)
    batch = DocumentBatch.objects.get()
    assert answer.redirect_chain == [(f"/admin/clinic/documentbatch/{batch.pk}/change/", 302)]
    said = answer.content.decode()
    assert f'data-progress="{URL}{batch.pk}/"' in said
    assert '<progress max="2" value="0"' in said
    batching.draw(item_ids=batching.ids_of(batch), clock=lambda: NOW)
    said = client.get(answer.redirect_chain[0][0]).content.decode()
    assert '<progress max="2" value="2"' in said
    assert ("data-progress" in said, said.count("Open PDF")) == (False, 2)


def test_too_many_ticked_rows_are_refused_in_words(cast: Cast, monkeypatch):
    monkeypatch.setattr(batching, "MOST", 1)
    claims = many_claims(cast, 2)
    ticked = {"action": "draw_claim_schedule", "_selected_action": [row.pk for row in claims]}
    answer = browser(cast.billing).post("/admin/billing/claim/", ticked, follow=True)
    assert told(answer) == ["Ask for 1 papers at most at a time."]
    assert DocumentBatchItem.objects.count() == 0
