from datetime import date, timedelta

import pytest

from clinic.pdf import render
from clinic.typesetting import clean
from tests.papers import HOSTILE, LETTERHEAD, dangerous, fonts, invisible, same_everywhere, solid, text, texts
from tests.treatments.test_note_paper import a_note
from tests.treatments.test_report_paper import HASH, SIGNED, a_report
from treatments.pdf import treatment_request
from treatments.pdf.report_values import ReportedDiagnosis, as_json, restored
from treatments.pdf.request_values import FinishedRequest, RequestCheck, RequestContent, SideChange

GLUTEAL = ReportedDiagnosis(description="Gluteal tendinitis", system="Read v2", code="N2152", side="Right")
CHECKS = (
    RequestCheck(detail="ACC accepted the claim.", passed=True, source="ACC, submit an ACC32 request"),
    RequestCheck(
        detail="The clinic asked for more treatment of this claim before.",
        passed=False,
        source="ACC, submit an ACC32 request",
    ),
)


def a_request(**given) -> RequestContent:
    values = {
        "number": "RT-000007",
        "standard": False,
        "checks": CHECKS,
        "asked_for": ("More treatment", "Add or change a diagnosis or side"),
        "sessions_requested": 8,
        "first_name": "王小明 Māia",
        "last_name": "Tūhoe",
        "date_of_birth": date(1980, 3, 14),
        "nhi": "ZZZ0016",
        "address": "4/18 Rātā Road\nMount Eden\nAuckland 1024",
        "phone": "021 555 0184",
        "claim_number": "AB12345",
        "date_of_injury": date(2026, 3, 12),
        "accident_description": "Slipped on wet stairs at home and fell on the right hip.",
        "cover_status": "Accept",
        "diagnoses": (GLUTEAL,),
        "sessions_given": 12,
        "first_session_on": date(2026, 9, 2),
        "latest_session_on": date(2026, 11, 18),
        "sessions_elsewhere": 0,
        "diagnoses_to_add": (
            ReportedDiagnosis(description="Iliofemoral sprain", system="Read v2", code="S530.", side="Right"),
        ),
        "sides_to_change": (
            SideChange(code="N2152", description="Gluteal tendinitis", side_now="Left", side="Right"),
        ),
        "lodgement_errors": ("The region was lodged as the lower back; it is the hip.",),
        "supporting_information": "Pain has fallen from 8 to 3 of 10, yet she cannot climb a flight of stairs without "
        "the rail.\nEight sessions over eight weeks with a loading programme are to return her to work.",
        "practitioner": "Lì Wěi 李伟",
        "provider_id": "J99966",
        "registration_number": "CM-01234",
        "vendor_name": "Te Rito Acupuncture Limited",
        "vendor_id": "G00036D",
        "vendor_phone": "09 555 0123",
        "vendor_email": "reception@terito.example",
        "patient_declared_on": date(2026, 11, 24),
        "finished_at": SIGNED,
        "outcomes": a_report().outcomes[:2],
        "notes": tuple(a_note(number=f"N-{n:06d}") for n in (311, 312)),
    }
    return RequestContent(**values | given)


STANDARD = {
    "standard": True,
    "checks": CHECKS[:1] * 5,
    "outcomes": None,
    "notes": None,
    "supporting_information": "",
    "diagnoses_to_add": (),
    "sides_to_change": (),
    "lodgement_errors": (),
    "asked_for": ("More treatment",),
}


def draw(content: RequestContent | None = None) -> bytes:
    request = FinishedRequest(content=content or a_request(), sha256=HASH)
    return render(
        treatment_request.story(request),
        letterhead=LETTERHEAD,
        title=treatment_request.title(request),
        number=request.content.number,
        digest=HASH,
        verify_url="https://clinic.example.nz/verify/9f86d081884c",
    )


def test_a_request_says_all_that_the_form_asks():
    said = text(draw())
    for part in (
        "Request for further treatment RT-000007",
        "Kind Not standard",
        "Treatments asked for 8",
        "Reason More treatment, Add or change a diagnosis or side",
        "S530. Iliofemoral sprain Right Read v2",
        "N2152 Gluteal tendinitis Left Right",
        "The region was lodged as the lower back; it is the hip.",
        "Claim number AB12345",
        "Date of accident 12 Mar 2026",
        "Date of birth 14 Mar 1980",
        "First name 王小明 Māia",
        "Last name Tūhoe",
        "Address 4/18 Rātā Road",
        "Slipped on wet stairs",
        "N2152 Gluteal tendinitis Right Read v2",
        "Given here 12",
        "First here 2 Sep 2026",
        "Supporting information Pain has fallen from 8 to 3",
        "Provider number J99966",
        "Vendor ID G00036D",
        "Not standard The clinic asked for more treatment of this claim before.",
        "I agree that the clinic sends it to ACC",
        "I treated the person named",
        "24 Nov 2026",
        "Tue 24 Nov 2026, 4:40 pm",
        f"SHA-256 of the request {HASH}",
        "Outcome scores",
        "Note 1 of 2: N-000311",
        "Note 2 of 2: N-000312",
        "Huántiào 环跳",
        "Digest 9f86d081884c",
    ):
        assert part in said, part


def test_a_standard_request_is_one_page_and_speaks_of_no_notes():
    pages = texts(draw(a_request(**STANDARD)))
    assert len(pages) == 1
    for word in ("Note 1", "Outcome scores", "Supporting information", "Diagnoses to add", "Lodged wrongly"):
        assert word not in pages[0]
    assert "Standard, for ACC accepted the claim." in pages[0]


def test_what_is_not_known_prints_a_dash():
    said = text(
        draw(
            a_request(
                **STANDARD | {"nhi": "", "phone": "", "address": "", "sessions_requested": None, "vendor_id": ""}
            )
        )
    )
    for label in ("NHI —", "Phone —", "Address —", "Treatments asked for —", "Vendor ID —"):
        assert label in said


@pytest.mark.parametrize("words", [300, 700, 1100, 1500])
def test_notes_of_any_length_lose_nothing_and_strand_no_heading_at_a_page_break(words):
    told = " ".join(f"w{n}" for n in range(words))
    pages = texts(draw(a_request(notes=tuple(a_note(number=f"N-{n}", subjective=told) for n in range(3)))))
    said = " ".join(pages)
    assert [said.count(f"w{n} ") for n in (0, words // 2, words - 1)] == [3, 3, 3]
    for number, page in enumerate(pages, start=1):
        body = page[: page.rindex("Page ")].strip()
        assert f"Page {number} of {len(pages)}" in page
        assert not body.endswith(("Points", "Cupping", "Signed", "Amendments", "of 3: N-0", "of 3: N-1", "of 3: N-2"))


def test_a_declaration_is_never_parted_from_its_signature():
    for lines in range(0, 40, 4):
        told = "\n".join(f"line {n}" for n in range(lines + 1))
        pages = texts(draw(a_request(supporting_information=told)))
        assert sum("I treated the person named" in page and HASH in page for page in pages) == 1
        assert sum("I have been told what this request says" in page and "Agreed on" in page for page in pages) == 1


def test_twelve_long_names_wrap_and_are_never_cut():
    name = "Te Whare Wānanga o Awanuiārangi " * 5
    said = solid(text(draw(a_request(first_name=name, practitioner=name, vendor_name=name))))
    assert said.count(solid(name)) >= 4


def test_the_same_request_is_the_same_bytes_in_every_process():
    assert same_everywhere("draw()", module="tests.treatments.test_request_paper") == {draw()}


def test_every_font_of_a_request_is_embedded():
    assert set(fonts(draw()).values()) == {True}


def test_a_request_comes_back_from_json_as_it_went():
    for content in (a_request(), a_request(**STANDARD), a_request(finished_at=None, patient_declared_on=None)):
        assert restored(RequestContent, as_json(content)) == content


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_any_field_of_a_request_is_only_text(attack):
    document = draw(
        a_request(
            first_name=attack,
            last_name=attack,
            address=attack,
            accident_description=attack,
            supporting_information=attack,
            practitioner=attack,
            vendor_name=attack,
            lodgement_errors=(attack,),
            diagnoses_to_add=(ReportedDiagnosis(description=attack, system="Read v2", code="S530."),),
            notes=(a_note(complaint=attack, plan=attack),),
        )
    )
    said = solid(text(document))
    assert said.count(solid(clean(attack))) >= 10
    assert invisible(said) == set()
    assert dangerous(document) == set()


def test_two_days_change_nothing_but_what_is_said():
    later = a_request(finished_at=SIGNED + timedelta(days=1))
    assert draw() == draw()
    assert draw(later) != draw()
