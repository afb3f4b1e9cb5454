"""The 837P file, read by pyx12, which knows the 005010X222A1 maps and shares no code with us."""

import io
import string
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyx12.params import ParamsBase
from pyx12.x12n_document import x12n_document

from billing.pdf.us_values import Insured, Insurer, PersonName, TooManyDiagnoses, UsDiagnosis
from billing.us.address import UsAddress
from billing.us.text import Unwritable, plain
from billing.us.x12.envelope import Envelope
from billing.us.x12.professional import claim_file
from billing.us.x12.segments import Unfit, amount, segment
from tests.billing.us_claims import AROHA, HANA, TWELVE, us_claim, us_line

ENVELOPE = Envelope(
    sender_id="TR0001",
    receiver_id="CLEAR01",
    receiver_name="Example Clearing House",
    submitter="Kōwhai Lane Acupuncture",
    contact="Filipo Leota",
    phone="503-555-0100",
    control_number=42,
    at=datetime(2026, 11, 21, 9, 15),
)
PARENT = replace(AROHA, name=PersonName(last="Tāmati", first="Rangi"), address=None, sex="M")


def accepted(file: str) -> tuple[bool, str]:
    """Whether pyx12 takes the file, and the acknowledgement (999) that it writes."""
    answer = io.StringIO()
    valid = x12n_document(ParamsBase(), io.StringIO(file), answer, None)
    return valid, answer.getvalue()


def written(*claims, **envelope) -> str:
    return claim_file(claims or [us_claim()], replace(ENVELOPE, **envelope))


def segments(file: str) -> list[list[str]]:
    return [line.rstrip("~").split("*") for line in file.splitlines()]


def of(file: str, name: str) -> list[list[str]]:
    return [row[1:] for row in segments(file) if row[0] == name]


def check(file: str) -> None:
    valid, answer = accepted(file)
    assert valid, answer
    assert "IK5*A~" in answer
    assert "AK9*A*1*1*1~" in answer


@pytest.mark.parametrize(
    "claim",
    [
        us_claim(),
        us_claim(diagnoses=TWELVE, lines=tuple(us_line(n, pointers=(0, 3, 7, 11)) for n in range(9))),
        us_claim(insured=Insured(person=PARENT, policy_number="P-1", relationship="child", plan="Choice")),
        us_claim(insured=Insured(person=PARENT, policy_number="P-1", relationship="spouse", group="G1")),
        us_claim(insured=Insured(person=PARENT, policy_number="P-1", relationship="other")),
        us_claim(accident="employment"),
        us_claim(accident="auto", accident_state="OR"),
        us_claim(accident="other"),
        us_claim(onset_on=None, referrer="", authorization="", paid=Decimal("0.00"), accident=""),
        us_claim(insurer=Insurer(name="Example Mutual", payer_code="EX001")),
        us_claim(patient=replace(AROHA, sex=""), insured=Insured(person=replace(AROHA, sex=""), policy_number="1A")),
        us_claim(accepts_assignment=False, signature_on_file=False),
        us_claim(lines=(us_line(0), us_line(1, provider=replace(HANA, npi="1245319599"), place_of_service="02"))),
    ],
)
def test_an_independent_reader_accepts_the_file(claim):
    check(written(claim))


def test_the_reader_has_teeth():
    file = written()
    for broken in (
        file.replace("HL*2*1*22*0~", "HL*2*1*22*1~\nHL*3*2*22*0~"),
        file.replace("DMG*D8*19840309*F~", "DMG*D8*19841309*F~"),
        file.replace("CLM*INV-000123*247.5*", "CLM*INV-000123**"),
        file.replace("SV1*HC:97810:GP:59*68*UN*1", "SV1*HC:97810:GP:59*68*XX*1"),
        file.replace("SE*39*", "SE*38*"),
        file.replace("HI*ABK:M7601", "HI*XXX:M7601"),
    ):
        assert broken != file
        assert "IK5*A~" not in accepted(broken)[1]


def test_the_file_says_what_the_claim_says():
    file = written()
    assert of(file, "CLM") == [["INV-000123", "247.5", "", "", "11:B:1", "Y", "A", "Y", "Y"]]
    assert of(file, "HI") == [["ABK:M7601", "ABF:S76011A", "ABF:M5450"]]
    assert of(file, "SV1") == [
        ["HC:97810:GP:59", "68", "UN", "1", "", "", "1:2"],
        ["HC:97811", "104", "UN", "2", "", "", "1:2"],
        ["HC:97813", "75.5", "UN", "1", "", "", "1:2"],
    ]
    assert of(file, "N4")[0] == ["PORTLAND", "OR", "972051234"]
    assert of(file, "REF") == [
        ["EI", "123456789"],
        ["G1", "AUTH-778812"],
        *(["6R", f"INV-000123-{number}"] for number in (1, 2, 3)),
    ]
    assert of(file, "DMG") == [["D8", "19840309", "F"]]


def test_a_claim_is_the_sum_of_its_lines():
    file = written(us_claim(lines=tuple(us_line(n) for n in range(7))))
    assert Decimal(of(file, "CLM")[0][1]) == sum(Decimal(row[1]) for row in of(file, "SV1"))


def test_counts_and_control_numbers_agree_with_each_other():
    file = written(us_claim(), us_claim(number="INV-000124"), control_number=1_000_000_007)
    rows = segments(file)
    inside = rows[[row[0] for row in rows].index("ST") : [row[0] for row in rows].index("SE") + 1]
    assert of(file, "SE") == [[str(len(inside)), "0001"]]
    assert of(file, "ISA")[0][12] == of(file, "IEA")[0][1] == "000000007"
    assert of(file, "GS")[0][5] == of(file, "GE")[0][1] == "7"
    assert len(file.splitlines()[0]) == 106
    check(file)


def test_levels_are_numbered_through_and_hang_on_their_parents():
    child = us_claim(number="INV-000124", insured=Insured(person=PARENT, policy_number="P-1", relationship="child"))
    file = written(us_claim(), child, us_claim(number="INV-000125"))
    assert of(file, "HL") == [
        ["1", "", "20", "1"],
        ["2", "1", "22", "0"],
        ["3", "1", "22", "1"],
        ["4", "3", "23", "0"],
        ["5", "1", "22", "0"],
    ]
    check(file)


def test_over_fifty_lines_go_as_a_further_claim():
    file = written(us_claim(lines=tuple(us_line(n) for n in range(51))))
    assert [row[0] for row in of(file, "CLM")] == ["INV-000123", "INV-000123P2"]
    assert len(of(file, "SV1")) == 51
    check(file)


def test_a_trial_is_marked_as_one_and_the_real_thing_is_not():
    assert of(written(), "ISA")[0][14] == "T"
    assert of(written(test=False), "ISA")[0][14] == "P"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"billing": replace(us_claim().billing, npi="")}, "npi_missing"),
        ({"billing": replace(us_claim().billing, tax_id="")}, "tax_id_missing"),
        ({"billing": replace(us_claim().billing, address=None)}, "us_zip_short"),
        (
            {"billing": replace(us_claim().billing, address=UsAddress(("1 A St",), "Salem", "OR", "97301"))},
            "us_zip_short",
        ),
        ({"lines": (us_line(provider=replace(HANA, npi="")),)}, "npi_missing"),
        ({"lines": ()}, "x12_missing"),
        ({"diagnoses": (), "lines": (us_line(pointers=()),)}, "x12_missing"),
        ({"insured": None}, "x12_missing"),
        ({"insured": Insured(person=AROHA, policy_number=" ~ ")}, "x12_missing"),
        ({"insured": Insured(person=replace(AROHA, address=None), policy_number="1")}, "us_address_unclear"),
        ({"insured": Insured(person=replace(AROHA, date_of_birth=None), policy_number="1")}, "x12_missing"),
        ({"insurer": Insurer(name="Example Mutual")}, "x12_missing"),
        ({"accident": "auto"}, "x12_missing"),
        ({"insured": Insured(person=AROHA, policy_number="9" * 81)}, "x12_too_long"),
        ({"number": "INV-0000000000000001X"}, "x12_too_long"),
        (
            {"insurer": Insurer(name="E", payer_code="1", address=UsAddress(("a", "b", "c"), "Salem", "OR", "97301"))},
            "x12_too_long",
        ),
    ],
)
def test_what_an_insurers_file_cannot_do_without_is_refused_with_its_code(change, code):
    with pytest.raises(Unfit) as caught:
        written(us_claim(**change))
    assert caught.value.code == code
    assert caught.value.detail.endswith(".")


@pytest.mark.parametrize("field", ["sender_id", "receiver_id", "receiver_name", "phone", "submitter"])
def test_an_envelope_without_its_addresses_is_refused(field):
    with pytest.raises(Unfit):
        written(**{field: ""})


def test_a_name_that_no_latin_letter_can_write_is_refused_and_not_dropped():
    with pytest.raises(Unwritable):
        written(us_claim(insured=Insured(person=replace(AROHA, name=PersonName(last="王")), policy_number="1")))


def test_thirteen_diagnoses_that_no_line_needs_are_refused():
    with pytest.raises(TooManyDiagnoses):
        written(us_claim(diagnoses=(*TWELVE, UsDiagnosis(code="R51.9")), lines=(us_line(pointers=(0,)),)))


@pytest.mark.parametrize(
    ("text", "written_as"),
    [
        ("Tāmati", "TAMATI"),
        ("Ngāti Whātua", "NGATI WHATUA"),
        ("Fa’asavalu", "FA'ASAVALU"),
        ("Müller-Weiß", "MULLER-WEISS"),
        ("Łukasz Ørsted", "LUKASZ ORSTED"),
        ("  two\n words ", "TWO WORDS"),
    ],
)
def test_names_are_written_in_plain_capitals(text, written_as):
    assert plain(text) == written_as


def test_empty_elements_at_the_end_are_left_out_and_amounts_say_no_more_than_they_must():
    assert segment("NM1", "IL", ("A", "", ""), "", "") == "NM1*IL*A~"
    assert [amount(Decimal(value)) for value in ("68.00", "75.50", "0.00", "100.00")] == ["68", "75.5", "0", "100"]


latin = st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F, exclude_characters="µ")
names = st.text(st.one_of(latin, st.sampled_from(" -'.,*~:^|<>\\#&\n")), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(last=names, first=names, street=names, plan=names, units=st.integers(1, 99), cents=st.integers(1, 999_999))
def test_whatever_people_are_called_the_file_keeps_its_form(last, first, street, plan, units, cents):
    charge = Decimal(cents) / 100
    person = replace(
        AROHA,
        name=PersonName(last=f"A{last}", first=first),
        address=UsAddress((f"1 {street}",), "Portland", "OR", "97215"),
    )
    insured = Insured(person=person, policy_number="XYZ1", plan=plan)
    claim = us_claim(insured=insured, lines=(us_line(charge=charge, units=units),), paid=Decimal(0))
    file = written(claim)
    assert Counter(row[0] for row in segments(file))["SV1"] == 1
    assert Decimal(of(file, "CLM")[0][1]) == charge
    assert set(file) <= set(string.printable)
    check(file)


def test_a_clock_and_a_day_are_written_as_the_sender_sees_them():
    file = written()
    assert of(file, "BHT") == [["0019", "00", "42", "20261121", "0915", "CH"]]
    assert of(file, "GS")[0][3:5] == ["20261121", "0915"]
    assert of(written(us_claim(onset_on=date(2026, 2, 28))), "DTP")[0] == ["431", "D8", "20260228"]
