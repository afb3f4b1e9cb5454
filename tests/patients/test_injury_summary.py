from datetime import date

import pytest

from clinic.pdf import render
from clinic.typesetting import clean
from patients.pdf import injury_summary
from patients.pdf.claim_values import ClaimedDiagnosis, ClaimOrder, InjuryClaim
from tests.papers import HOSTILE, LETTERHEAD, dangerous, fonts, invisible, same_everywhere, solid, text, texts


def a_claim(**given) -> InjuryClaim:
    values = {
        "claim_number": "AB12345",
        "patient": "王小明 Māia Tūhoe",
        "preferred_name": "Māia",
        "date_of_birth": date(1980, 3, 14),
        "nhi": "ZZZ0016",
        "address": "4/18 Rātā Road\nMount Eden\nAuckland 1024",
        "phone": "021 555 0184",
        "email": "maia@example.nz",
        "ethnicities": "Māori, Chinese",
        "occupation": "Baker",
        "employer": "Pōneke Example Bakery",
        "date_of_injury": date(2026, 3, 12),
        "accident_description": "Slipped on wet stairs at home.\nFell on the right hip.",
        "cover_status": "Accept",
        "cover_decided_on": date(2026, 3, 20),
        "diagnoses": (
            ClaimedDiagnosis(
                code="N2152", description="Gluteal tendinitis", system="Read v2", side="Right", primary=True
            ),
            ClaimedDiagnosis(code="S572.", description="Lumbar sprain", system="Read v2"),
        ),
        "gp": "Dr Ana Patel, Newtown Example Medical",
        "referrer": "Dr Ana Patel",
        "other_providers": ("Physio Example",),
        "sessions_elsewhere": 2,
        "approved_sessions": 12,
        "opened_on": date(2026, 9, 2),
        "closed_on": None,
        "orders": (
            ClaimOrder(number="PO778812", sessions=6, approved_on=date(2026, 11, 20), valid_from=date(2026, 11, 20)),
            ClaimOrder(
                number="PO778813",
                sessions=4,
                approved_on=date(2026, 12, 1),
                valid_from=date(2026, 12, 2),
                expires_on=date(2027, 2, 1),
            ),
        ),
    }
    return InjuryClaim(**values | given)


EMPTY = {
    "preferred_name": "", "nhi": "", "address": "", "phone": "", "email": "", "ethnicities": "", "occupation": "",
    "employer": "", "accident_description": "", "cover_decided_on": None, "diagnoses": (), "gp": "", "referrer": "",
    "other_providers": (), "approved_sessions": None, "orders": (), "claim_number": "",
}  # fmt: skip


def draw(claim: InjuryClaim | None = None) -> bytes:
    claim = claim or a_claim()
    return render(
        injury_summary.story(claim),
        letterhead=LETTERHEAD,
        title=injury_summary.title(claim),
        number=claim.claim_number,
        digest="9f86d081884c7d65",
        verify_url="https://clinic.example.nz/verify/9f86d081884c",
    )


def test_a_summary_is_one_page_with_what_is_known_of_the_claim():
    (said,) = texts(draw())
    for part in (
        "Injury claim summary AB12345",
        "ACC45 number AB12345",
        "Date of accident 12 Mar 2026",
        "Cover Accept",
        "Decided on 20 Mar 2026",
        "王小明 Māia Tūhoe (Māia)",
        "14 Mar 1980",
        "ZZZ0016",
        "4/18 Rātā Road",
        "Māori, Chinese",
        "Occupation Baker",
        "Employer Pōneke Example Bakery",
        "Slipped on wet stairs at home. Fell on the right hip.",
        "N2152 Gluteal tendinitis Primary Right Read v2",
        "S572. Lumbar sprain — Read v2",
        "GP Dr Ana Patel, Newtown Example Medical",
        "Others treating Physio Example",
        "Sessions elsewhere 2",
        "Case closed —",
        "PO778812 6 20 Nov 2026 from 20 Nov 2026",
        "PO778813 4 1 Dec 2026 2 Dec 2026 to 1 Feb 2027",
        "It is no claim itself and lodges none.",
        "Page 1 of 1",
        "Digest 9f86d081884c",
    ):
        assert part in said, part


def test_what_is_not_known_prints_a_dash():
    (said,) = texts(draw(a_claim(**EMPTY)))
    for label in ("ACC45 number —", "NHI —", "Address —", "Accident —", "Employer —", "Referred by —", "GP —"):
        assert label in said
    assert "No diagnosis is recorded." in said
    assert "Purchase orders" not in said


def test_long_names_and_stories_wrap_and_lose_nothing():
    name, told = "Te Whare Wānanga o Awanuiārangi " * 4, " ".join(f"w{n}" for n in range(1500))
    pages = texts(draw(a_claim(patient=name, employer=name, accident_description=told, address=told)))
    said = " ".join(pages)
    assert solid(said).count(solid(name)) == 2
    assert [said.count(f"w{n} ") for n in (0, 750, 1499)] == [2, 2, 2]
    assert [f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, start=1)] == [True] * len(pages)


def test_the_same_summary_is_the_same_bytes_in_every_process():
    assert same_everywhere("draw()", module="tests.patients.test_injury_summary") == {draw()}


def test_every_font_of_a_summary_is_embedded():
    assert set(fonts(draw()).values()) == {True}


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_any_field_of_a_summary_is_only_text(attack):
    document = draw(
        a_claim(
            patient=attack,
            address=attack,
            occupation=attack,
            employer=attack,
            accident_description=attack,
            gp=attack,
            referrer=attack,
            other_providers=(attack,),
            diagnoses=(ClaimedDiagnosis(code="N2152", description=attack, system="Read v2"),),
        )
    )
    said = solid(text(document))
    assert said.count(solid(clean(attack))) >= 9
    assert invisible(said) == set()
    assert dangerous(document) == set()
