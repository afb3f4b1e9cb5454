"""The page that the QR code of a paper leads to."""

import hashlib
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from clinic.models import Document
from tests.visits import AUCKLAND, nz

DRAWN = nz("2026-11-20 09:05")


@pytest.fixture(autouse=True)
def fresh_throttle():
    cache.clear()


def make_paper(cast, content: str = "what it says", **fields) -> Document:
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Document.objects.create(
        **{
            "kind": "signed_note",
            "subject": 1,
            "patient_id": cast.aroha.pk,
            "title": "Treatment note N-000001",
            "content_digest": digest,
            "state": "ready",
            "rendered_at": DRAWN,
            "file": "documents/2026/x.pdf",
            "sha256": hashlib.sha256(digest.encode()).hexdigest(),
            "size": 1234,
            "pages": 2,
            "asked_by": cast.owner,
        }
        | fields
    )


def shown(digest: str) -> tuple[int, str]:
    answer = Client().get(f"/verify/{digest}/")
    return answer.status_code, answer.content.decode()


def test_a_paper_of_ours_is_known_by_the_code_at_its_foot(cast):
    paper = make_paper(cast)
    status, page = shown(paper.content_digest[:12])
    assert status == 200
    for words in (
        "Yes. Harakeke Acupuncture has drawn this paper.",
        "Treatment note N-000001",
        "Friday 20 November 2026, 9:05&nbsp;am",
        "<dd>2</dd>",
        paper.content_digest[:12],
        paper.sha256,
    ):
        assert words in page, words


def test_it_names_nobody(cast):
    _, page = shown(make_paper(cast).content_digest[:12])
    for word in ("Aroha", "Tāmati", cast.aroha.nhi, "Olive", "documents/2026"):
        assert word not in page, word


@pytest.mark.parametrize("state", ["asked", "rendering", "failed"])
def test_a_paper_that_was_never_drawn_is_unknown(cast, state):
    assert shown(make_paper(cast, state=state).content_digest[:12])[0] == 404


def test_a_paper_drawn_again_with_other_content_says_so(cast):
    old = make_paper(cast)
    new = make_paper(cast, "with an amendment", rendered_at=DRAWN + timedelta(days=1))
    make_paper(cast, "of another", subject=2, rendered_at=DRAWN + timedelta(days=2))
    said = "It has been drawn again since, with other content."
    assert [said in shown(paper.content_digest[:12])[1] for paper in (old, new)] == [True, False]


def test_an_unknown_code_is_a_sentence_and_404(cast):
    paper = make_paper(cast)
    digest = paper.content_digest
    wrong = ["0" * 12, digest[:11], digest[:12].upper(), digest + "0", "%25", "x" * 12, "٣" * 12, digest[1:13]]
    for code in wrong:
        status, page = shown(code)
        assert (status, "We have drawn no paper with this code." in page) == (404, True), code
    assert shown(digest)[0] == 200


def test_the_page_is_read_only_kept_by_nobody_and_without_script(cast):
    where = f"/verify/{make_paper(cast).content_digest[:12]}/"
    answer = Client().get(where)
    page = answer.content.decode()
    assert ("style=" in page, "<style" in page, "<script" in page) == (False, False, False)
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex")
    assert Client().post(where).status_code == 405


def test_guessing_codes_is_limited(cast):
    statuses = [shown(f"{number:012x}")[0] for number in range(61)]
    assert statuses == [404] * 60 + [429]


def test_a_hostile_title_is_text(cast):
    assert "<img" not in shown(make_paper(cast, title="<img src=x>").content_digest[:12])[1]


def test_the_time_is_the_practices_own(cast):
    paper = make_paper(cast, rendered_at=timezone.datetime(2026, 11, 20, 23, 30, tzinfo=AUCKLAND))
    assert "20 November 2026, 11:30&nbsp;pm" in shown(paper.content_digest[:12])[1]
