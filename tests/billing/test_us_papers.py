"""Superbill and CMS-1500, the patient's copy and the data for the original form, as a reader and a ruler find them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader

from billing.pdf import cms1500, cms1500_overlay, superbill
from billing.pdf.us_values import NOTHING, Person, PersonName, TooManyDiagnoses, UsDiagnosis
from billing.us import cms1500 as form
from billing.us.address import UsAddress
from billing.us.cms1500 import TooLong, forms
from billing.us.text import Unwritable
from clinic.grid import COLUMN, LINE
from clinic.pdf import LETTER, render
from clinic.typesetting import clean
from tests.billing.us_claims import AROHA, HANA, TWELVE, us_claim, us_line
from tests.papers import HOSTILE, LETTERHEAD, dangerous, fonts, invisible, same_everywhere, solid, text, texts

PAPERS = {"superbill": superbill, "cms1500": cms1500}


def draw(kind: str, claim=None) -> bytes:
    claim = claim or us_claim()
    if kind == "overlay":
        return cms1500_overlay.draw(claim)
    module = PAPERS[kind]
    return render(
        module.story(claim),
        letterhead=replace(LETTERHEAD, gst_number=""),
        title=module.title(claim),
        number=claim.number,
        digest="9f86d081884c7d65",
        verify_url="https://clinic.example.nz/verify/9f86d081884c",
        paper=LETTER,
    )


def says(kind: str, claim=None) -> str:
    return text(draw(kind, claim))


def printed(claim, page: int = 0) -> dict[tuple[int, int], str]:
    """What the overlay prints, by line and column of the form."""
    found = {}

    def note(said, _, matrix, __, ___):
        if said.strip():
            line = (LETTER.height - cms1500_overlay.TOP - matrix[5]) / LINE
            column = (matrix[4] - cms1500_overlay.LEFT) / COLUMN + 1
            assert abs(line - round(line)) < 0.001
            assert abs(column - round(column)) < 0.001
            found[round(line), round(column)] = said.strip()

    PdfReader(BytesIO(draw("overlay", claim))).pages[page].extract_text(visitor_text=note)
    return found


def test_a_superbill_shows_who_treated_whom_where_when_what_for_and_at_what_charge():
    said = says("superbill")
    for part in (
        "Superbill INV-000123",
        "Aroha Ngaire Tāmati 4418 SE Example Ave Apt 12 Portland OR 97215",
        "03/09/1984",
        "Kōwhai Lane Acupuncture 1200 NW Sample Street Portland OR 97205-1234 503-555-0100",
        "12-3456789 EIN",
        "Example Mutual of Oregon PO Box 4000 Salem OR 97301",
        "Member or policy XYZ900123456 Group G-4477 Plan Choice PPO",
        "Hana Tamihana · licence AC-00000 · NPI 1234567893",
        "A M76.01 Gluteal tendinitis, right hip",
        "11/02/2026 11 97810 GP 59 Acupuncture A B 1 $68.00",
        "11/03/2026 11 97811 Acupuncture A B 2 $104.00",
        "Total charge $247.50 Paid $20.00 Balance $227.50",
        "Provider's signature",
    ):
        assert part in said
    assert "GST" not in said


def test_a_superbill_that_is_paid_says_so():
    assert "Paid in full $0.00" in says("superbill", us_claim(paid=Decimal("247.50")))
    assert "Paid in full" not in says("superbill", us_claim(lines=(), paid=NOTHING))


def test_a_provider_without_npi_is_called_a_foreign_one_instead_of_being_given_a_number():
    foreign = replace(HANA, npi="")
    claim = us_claim(billing=replace(us_claim().billing, npi=""), lines=(us_line(provider=foreign),))
    assert "None: foreign provider" in says("superbill", claim)
    assert "no NPI: foreign provider" in says("superbill", claim)
    assert "No NPI: foreign provider" in says("cms1500", claim)
    assert "32a" not in forms(claim)[0].texts


def test_several_providers_are_named_beside_their_lines():
    other = replace(HANA, name=PersonName(last="Zhao", first="Lin"), display_name="Lin Zhao", npi="1234567893")
    said = says("superbill", us_claim(lines=(us_line(0), us_line(1, provider=other))))
    assert "97811 Acupuncture Lin Zhao" in said
    assert "97810 Acupuncture Hana Tamihana" in said


@pytest.mark.parametrize("kind", PAPERS)
def test_us_papers_are_letter_with_the_month_first(kind):
    page = PdfReader(BytesIO(draw(kind))).pages[0]
    assert [float(edge) for edge in page.mediabox] == [0, 0, 612, 792]
    assert "03/09/1984" in says(kind)


def test_the_patients_copy_says_all_items_under_labels_of_our_own():
    said = says("cms1500")
    for part in (
        "A copy for the patient's files.",
        "1a Insured's ID",
        "XYZ900123456",
        "TAMATI, AROHA, N",
        "4418 SE EXAMPLE AVE APT 12 PORTLAND OR 97215 503 5550184",
        "A M7601 B S76011A C M5450",
        "09/01/2026 431",
        "AUTH778812",
        "11/02/26 11 97810 GP 59 AB $68.00 1 1234567893",
        "28 Total charge",
        "$247.50",
        "123456789 EIN",
        "HANA TAMIHANA LAC 11/21/2026",
    ):
        assert part in said


def test_the_overlay_prints_each_item_in_its_line_and_column():
    found = printed(us_claim())
    assert found[2, 41] == "EXAMPLE MUTUAL OF OREGON"
    assert found[8, 31] == "X"  # a group plan
    assert found[8, 50] == "XYZ900123456"
    assert found[10, 1] == "TAMATI, AROHA, N"
    assert (found[10, 31], found[10, 34], found[10, 37], found[10, 47]) == ("03", "09", "1984", "X")
    assert (found[12, 1], found[12, 33]) == ("4418 SE EXAMPLE AVE APT 12", "X")
    assert (found[20, 41], found[22, 41], found[24, 41]) == ("X", "X", "X")
    assert (found[32, 2], found[32, 5], found[32, 8], found[32, 16]) == ("09", "01", "2026", "431")
    assert (found[37, 42], found[38, 3], found[38, 16], found[38, 29]) == ("0", "M7601", "S76011A", "M5450")
    assert (found[44, 1], found[44, 10], found[44, 19]) == ("11 02 26", "11 02 26", "11")
    assert (found[44, 25], found[44, 33], found[44, 45]) == ("97810", "GP 59", "AB")
    assert (found[44, 53], found[44, 56], found[44, 61], found[44, 68]) == ("68", "00", "1", "1234567893")
    assert (found[46, 25], found[46, 52], found[46, 56]) == ("97811", "104", "00")
    assert (found[56, 1], found[56, 19], found[56, 23]) == ("123456789", "X", "INV000123")
    assert (found[56, 54], found[56, 58]) == ("247", "50")
    assert (found[56, 65], found[56, 68]) == ("20", "00")
    assert (found[57, 66], found[57, 70]) == ("503", "5550100")
    assert found[61, 50] == "1234567893"


def test_no_two_items_of_a_full_form_touch_each_other():
    full = us_claim(lines=tuple(us_line(n, pointers=(0, 3, 7, 11)) for n in range(6)), diagnoses=TWELVE)
    rows: dict[int, list[tuple[int, int]]] = {}
    for (line, column), said in printed(full).items():
        rows.setdefault(line, []).append((column, column + len(said)))
    for spans in rows.values():
        spans.sort()
        assert all(ends <= begins for (_, ends), (begins, _) in pairwise(spans))
        assert spans[-1][1] <= 80


def test_the_overlay_is_data_only_and_moves_as_the_printer_needs_it():
    plain = draw("overlay")
    assert len(texts(plain)) == 1
    assert [*fonts(plain)] == ["/Courier"]
    assert cms1500_overlay.draw(us_claim(), right_mm=1.5, down_mm=-2) != plain
    assert "Page 1" not in text(plain)


@pytest.mark.parametrize(
    ("accident", "marks"),
    [
        ("none", {"10a": "no", "10b": "no", "10c": "no"}),
        ("employment", {"10a": "yes", "10b": "no", "10c": "no"}),
        ("auto", {"10a": "no", "10b": "yes", "10c": "no"}),
        ("other", {"10a": "no", "10b": "no", "10c": "yes"}),
        ("", {}),
    ],
)
def test_what_the_condition_is_due_to_is_marked_as_said_and_never_guessed(accident, marks):
    found = forms(us_claim(accident=accident))[0].marks
    assert {item: mark for item, mark in found.items() if item.startswith("10")} == marks


def test_more_than_six_lines_make_further_forms_each_with_its_own_total():
    claim = us_claim(lines=tuple(us_line(number) for number in range(13)))
    sheets = forms(claim)
    assert [len(sheet.services) for sheet in sheets] == [6, 6, 1]
    totals = [Decimal(f"{sheet.texts['28 dollars']}.{sheet.texts['28 cents']}") for sheet in sheets]
    assert sum(totals) == claim.total
    assert [sheet.texts["29 dollars"] for sheet in sheets] == ["20", "0", "0"]
    assert [sheet.texts["26"] for sheet in sheets] == ["INV000123", "INV000123P2", "INV000123P3"]
    assert len(texts(draw("overlay", claim))) == 3
    assert ["Form 2 of 3" in page for page in texts(draw("cms1500", claim))] == [False, True, False]


def test_a_form_with_six_lines_and_twelve_diagnoses_stays_on_one_page():
    claim = us_claim(lines=tuple(us_line(n, pointers=(0, 3, 7, 11)) for n in range(6)), diagnoses=TWELVE)
    (page,) = texts(draw("cms1500", claim))
    assert "I M7918 J G8929 K M533 L M1611" in page
    assert "ADHL" in page


def test_more_than_twelve_diagnoses_go_with_the_lines_that_need_them():
    diagnoses = (*TWELVE, UsDiagnosis(code="R51.9"), UsDiagnosis(code="G44.209"))
    claim = us_claim(diagnoses=diagnoses, lines=(us_line(0, pointers=(0, 1)), us_line(1, pointers=(12, 13))))
    with pytest.raises(TooManyDiagnoses):
        forms(claim)
    lines = tuple(us_line(n, pointers=tuple(range(3 * n, 3 * n + 3))) for n in range(4))
    sheets = forms(us_claim(diagnoses=diagnoses, lines=(*lines, us_line(4, pointers=(12, 13, 0)))))
    assert [len(sheet.services) for sheet in sheets] == [4, 1]
    assert sheets[0].texts["21 A"] == "M7601"
    assert sheets[1].services[0]["24E"] == "KLA"
    assert (sheets[1].texts["21 K"], sheets[1].texts["21 L"]) == ("R519", "G44209")


def test_a_diagnosis_that_no_line_points_to_and_that_finds_no_room_is_refused():
    diagnoses = (*TWELVE, UsDiagnosis(code="R51.9"))
    with pytest.raises(TooManyDiagnoses):
        forms(us_claim(diagnoses=diagnoses, lines=(us_line(0, pointers=(0,)),)))


@pytest.mark.parametrize(
    ("change", "item", "length", "most"),
    [
        ({"patient": replace(AROHA, name=PersonName(last="Montgomery-Featherstonehaugh", first="A"))}, "2", 31, 28),
        ({"patient": replace(AROHA, address=UsAddress(("1" * 29,), "X", "OR", "97215"))}, "5 street", 29, 28),
        ({"number": "INV-000000000000"}, "26", 15, 14),
        ({"authorization": "9" * 30}, "23", 30, 29),
        ({"lines": (us_line(charge=Decimal("1000000.00")),)}, "24F dollars", 7, 6),
        ({"lines": (us_line(units=1000),)}, "24G", 4, 3),
        ({"referrer": "Dr " + "A" * 22}, "17", 25, 24),
        ({"signed_by": "A" * 22}, "31", 22, 21),
    ],
)
def test_what_does_not_fit_an_item_is_refused_by_its_number_and_never_cut(change, item, length, most):
    with pytest.raises(TooLong) as caught:
        forms(us_claim(**change))
    assert (caught.value.item, caught.value.length, caught.value.most) == (item, length, most)


def test_a_name_without_latin_letters_cannot_be_put_on_the_form():
    with pytest.raises(Unwritable) as caught:
        forms(us_claim(patient=Person(name=PersonName(last="王", first="小明"))))
    assert caught.value.char in "王小明"


def test_no_line_and_no_diagnosis_is_an_empty_form():
    (sheet,) = forms(us_claim(lines=(), diagnoses=()))
    assert sheet.services == ()
    assert sheet.texts["28 dollars"] == "0"
    assert "No services." in says("cms1500", us_claim(lines=(), diagnoses=()))
    assert "No diagnoses." in says("superbill", us_claim(lines=(), diagnoses=()))


def test_the_phone_of_another_country_is_written_whole():
    claim = us_claim(billing=replace(us_claim().billing, phone="04 555 0100"))
    assert forms(claim)[0].texts["33 phone"] == "045550100"
    assert "33 area code" not in forms(claim)[0].texts


def test_every_item_lies_on_the_form():
    places = [*form.PLACES.values(), *form.SERVICE.values()]
    assert all(place.column + place.length <= 80 for place in places)
    assert all(1 <= place.line <= 64 for place in form.PLACES.values())


@pytest.mark.parametrize("kind", [*PAPERS, "overlay"])
def test_the_same_paper_is_the_same_bytes_in_every_process(kind):
    assert same_everywhere(f"draw({kind!r})", module="tests.billing.test_us_papers") == {draw(kind)}


@pytest.mark.parametrize("kind", PAPERS)
def test_every_font_of_the_letter_papers_is_embedded(kind):
    assert all(fonts(draw(kind)).values())


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_on_a_superbill_is_only_text(attack):
    person = Person(name=PersonName(last=attack), date_of_birth=date(1984, 3, 9))
    claim = us_claim(
        patient=person,
        patient_lines=(attack,),
        referrer=attack,
        authorization=attack,
        signed_by=attack,
        lines=(us_line(description=attack, provider=replace(HANA, display_name=attack, licence=attack)),),
        diagnoses=(UsDiagnosis(code="M76.01", description=attack),),
        notes=(attack,),
    )
    document = draw("superbill", claim)
    assert solid(text(document)).count(solid(clean(attack))) >= 6
    assert invisible(text(document)) == set()
    assert dangerous(document) == set()
