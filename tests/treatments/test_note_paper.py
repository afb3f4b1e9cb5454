from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.pdf import render
from clinic.typesetting import clean
from tests.papers import HOSTILE, LETTERHEAD, dangerous, fonts, invisible, same_everywhere, solid, text, texts
from treatments.pdf import aftercare, signed_note
from treatments.pdf.values import (
    Aftercare,
    NoteAmendment,
    NoteCupping,
    NoteExamination,
    NoteFinding,
    NoteLot,
    NoteMark,
    NoteMoxibustion,
    NoteNeedling,
    NotePatient,
    NoteSignature,
    NoteTechnique,
    SignedNote,
)

NAME = "王小明 Māia Tūhoe"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
OTHER_HASH = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
AT = datetime(2026, 11, 24, 9, 15, tzinfo=ZoneInfo("Pacific/Auckland"))


def a_note(**given) -> SignedNote:
    values = {
        "number": "T-000311",
        "patient": NotePatient(
            name=NAME, nhi="ZZZ0016", date_of_birth=date(1980, 3, 14), sex="female", preferred_name="Māia"
        ),
        "practitioner": "Lì Wěi 李伟",
        "started_at": AT,
        "location": "Mount Eden, room 2",
        "case_title": "Right gluteal pain",
        "claim_number": "AB12345",
        "complaint": "Pain in the right buttock since a fall.",
        "subjective": "Six of ten.\nStairs are hard.",
        "objective": "Tender over gluteus medius.",
        "assessment": "Gluteal tendinopathy.",
        "plan": "Weekly for three weeks.",
        "tongue": "Purple, thin white coat",
        "pulse": "Wiry",
        "patterns": ("Qì and blood stagnation 气滞血瘀", "Gallbladder channel"),
        "needlings": (
            NoteNeedling(
                point="GB30 Huántiào 环跳",
                side="right",
                technique="reducing",
                depth_mm=60,
                angle="perpendicular",
                gauge="0.30 × 75",
                retention_minutes=25,
                deqi=True,
                twitch=True,
                electro_hz="2–100",
                needles_in=1,
                needles_out=1,
            ),
            NoteNeedling(point="GB34 Yánglíngquán 阳陵泉", side="both", deqi=False, needles_in=2, needles_out=2),
            NoteNeedling(point="ashi, gluteus medius"),
        ),
        "cuppings": (
            NoteCupping(kind="fixed", sites="lower back", minutes=8, cups=4, movement="none", marks="light red"),
        ),
        "moxibustions": (
            NoteMoxibustion(kind="warm needle", point="GB30", site="on the handle", minutes=10, cones=2),
        ),
        "techniques": (NoteTechnique(name="Tuīná", site="gluteal", minutes=10, note="gentle"),),
        "examinations": (
            NoteExamination(name="Hip abduction strength, right", found="grade 4", note="pain goes to the thigh"),
        ),
        "lots": (NoteLot(name="Example Classic 0.25x40, lot L-1", needles=3), NoteLot(name="Other, lot 7", needles=1)),
        "face_to_face_minutes": 35,
        "needles_in": 3,
        "needles_out": 3,
        "findings": (
            NoteFinding(
                severity="common caution",
                message="Takes an anticoagulant.",
                reason="Pressure held for two minutes.",
                confirmed_by="Lì Wěi 李伟",
                confirmed_at=AT,
            ),
        ),
        "signature": NoteSignature(
            name="Lì Wěi 李伟", registration_number="CM-01234", signed_at=AT + timedelta(minutes=50), sha256=HASH
        ),
        "amendments": (
            NoteAmendment(
                author="Hana Parata",
                written_at=AT + timedelta(days=1, hours=4),
                text="One more needle was placed at BL54.",
                reason="Miscounted",
                sha256=OTHER_HASH,
            ),
            NoteAmendment(author="Lì Wěi 李伟", written_at=AT + timedelta(days=2), text="Second thoughts."),
        ),
    }
    return SignedNote(**{**values, **given})


def draw(note: SignedNote | None = None) -> bytes:
    note = note or a_note()
    return render(
        signed_note.story(note),
        letterhead=LETTERHEAD,
        title=signed_note.title(note),
        number=note.number,
        digest=note.signature.sha256,
        verify_url="https://clinic.example.nz/verify/9f86d081884c",
    )


def a_sheet(**given) -> Aftercare:
    values = {
        "patient_name": NAME,
        "practitioner": "Lì Wěi 李伟",
        "treated_on": date(2026, 11, 24),
        "phone": "09 555 0123",
    }
    return Aftercare(**{**values, **given})


def draw_sheet(sheet: Aftercare | None = None) -> bytes:
    sheet = sheet or a_sheet()
    return render(aftercare.story(sheet), letterhead=LETTERHEAD, title=aftercare.title(sheet))


def test_a_note_shows_all_that_was_signed():
    said = text(draw())
    for part in (
        "Treatment note T-000311",
        f"{NAME} (Māia)",
        "ZZZ0016",
        "14 Mar 1980",
        "Tue 24 Nov 2026, 9:15 am",
        "Mount Eden, room 2",
        "Right gluteal pain",
        "AB12345",
        "Complaint Pain in the right buttock since a fall.",
        "Subjective Six of ten. Stairs are hard.",
        "Objective Tender over gluteus medius.",
        "Tongue Purple, thin white coat",
        "Pulse Wiry",
        "Assessment Gluteal tendinopathy.",
        "Patterns Qì and blood stagnation 气滞血瘀 Gallbladder channel",
        "Plan Weekly for three weeks.",
        "GB30 Huántiào 环跳 right reducing 2–100 Hz 0.30 × 75 60 mm perpendicular yes twitch 25 1 / 1",
        "GB34 Yánglíngquán 阳陵泉 both — — no — 2 / 2",
        "ashi, gluteus medius — — — — — —",
        "fixed lower back none light red 4 8",
        "warm needle GB30 on the handle 2 10",
        "Tuīná gluteal gentle 10",
        "35 minutes",
        "Takes an anticoagulant. common caution Pressure held for two minutes. Lì Wěi 李伟",
        "CM-01234",
        "Tue 24 Nov 2026, 10:05 am",
        HASH,
        "Digest 9f86d081884c",
    ):
        assert part in said


def test_amendments_come_after_the_signature_each_with_author_time_and_hash():
    said = text(draw())
    signed = said.index(HASH)
    first, second = said.index("One more needle was placed at BL54."), said.index("Second thoughts.")
    assert signed < said.index("Amendments") < first < second
    between = said[signed:first]
    assert "Amendment 1, by" in between
    assert "Hana Parata" in between
    assert "Wed 25 Nov 2026, 1:15 pm" in between
    assert "Miscounted" in between
    assert OTHER_HASH in said[first:second]
    assert "Amendment 2, by" in said[first:second]
    assert "Thu 26 Nov 2026, 9:15 am" in said[first:second]


def test_a_note_without_amendments_or_findings_does_not_speak_of_them():
    said = text(draw(a_note(amendments=(), findings=(), cuppings=(), moxibustions=(), techniques=())))
    for word in ("Amendment", "Safety findings", "Cupping", "Moxibustion", "Other techniques"):
        assert word not in said


def test_a_bare_note_prints_dashes_where_nothing_was_recorded():
    bare = SignedNote(
        number="T-1",
        patient=NotePatient(name=NAME),
        practitioner="Lì Wěi 李伟",
        started_at=AT,
        signature=NoteSignature(name="Lì Wěi 李伟", signed_at=AT, sha256=HASH),
    )
    said = text(draw(bare))
    assert "Complaint — Subjective — Objective — Tongue — Pulse — Assessment — Patterns — Plan —" in said
    assert "No needles." in said


@pytest.mark.parametrize("lines", range(0, 60, 3))
def test_the_signature_is_never_parted_from_its_hash(lines):
    note = a_note(plan="\n".join(f"step {n}" for n in range(lines + 1)), amendments=())
    assert sum("CM-01234" in page and HASH in page for page in texts(draw(note))) == 1


def test_a_note_over_several_pages_loses_no_word_and_names_each_page():
    plan = " ".join(f"w{n}." for n in range(3000))
    pages = texts(draw(a_note(plan=plan)))
    assert [word for word in " ".join(pages).split() if word[0] == "w" and word[1:-1].isdigit()] == plan.split()
    assert [f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, start=1)] == [True] * len(pages)
    assert ["Te Rito Acupuncture" in page and "T-000311" in page for page in pages] == [True] * len(pages)


def test_forty_points_repeat_their_header():
    needlings = tuple(NoteNeedling(point=f"BL{n} ", needles_in=2, needles_out=2) for n in range(1, 68))
    pages = [page for page in texts(draw(a_note(needlings=needlings))) if "2 / 2" in page]
    assert len(pages) > 1
    assert [page.count("Point Side Technique Depth Deqi Minutes In / out") for page in pages] == [1] * len(pages)
    assert sum(page.count("2 / 2") for page in pages) == 67


CHARTED = (
    NoteMark(code="GB30", side="right"),
    NoteMark(code="BL23", state="moxa"),
    NoteMark(view="back", x=275, y=395, text="knot", state="free"),
    NoteMark(code="XX99"),
)


def test_a_note_shows_where_the_needles_were():
    said = text(draw(a_note(needlings=(), moxibustions=(), chart=CHARTED)))
    assert [said.count(word) for word in ("GB30", "BL23", "knot", "XX99", "Back")] == [1, 2, 1, 0, 1]
    assert "Disc: needle, triangle: moxa, cross: other place." in said


def test_the_chart_never_takes_a_page_of_its_own():
    for lines in range(1, 60):
        plan = "\n".join(f"step {n}" for n in range(lines))
        assert len(texts(draw(a_note(plan=plan, chart=CHARTED)))) == len(texts(draw(a_note(plan=plan))))


def test_a_text_of_any_length_finds_its_page_break():
    for lines in range(1, 120):
        words = [f"x{n}." for n in range(lines)]
        said = text(draw(a_note(plan="\n".join(words))))
        assert [word for word in said.split() if word in set(words)] == words


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="needs its zone"):
        draw(a_note(started_at=datetime(2026, 11, 24, 9, 15)))


def test_the_same_note_is_the_same_bytes_in_every_process():
    assert same_everywhere("draw()", module="tests.treatments.test_note_paper") == {draw()}


def test_every_font_of_a_note_is_embedded():
    assert fonts(draw()) == {"SourceSansPro-Regular": True, "SourceSansPro-Semibold": True, "NotoSansSC-400": True}


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_any_field_of_a_note_is_only_text(attack):
    plain = a_note()
    note = a_note(
        patient=replace(plain.patient, name=attack, sex=attack),
        complaint=attack,
        subjective=attack,
        plan=attack,
        tongue=attack,
        patterns=(attack,),
        needlings=(NoteNeedling(point=attack, technique=attack),),
        cuppings=(NoteCupping(kind=attack, sites=attack),),
        findings=(NoteFinding(severity=attack, message=attack, reason=attack),),
        signature=replace(plain.signature, name=attack),
        amendments=(NoteAmendment(author=attack, written_at=AT, text=attack, reason=attack),),
    )
    document = draw(note)
    said = solid(text(document))
    assert said.count(solid(clean(attack))) >= 15
    assert invisible(said) == set()
    assert dangerous(document) == set()


def test_an_aftercare_sheet_speaks_only_of_what_was_done():
    needled = text(draw_sheet())
    assert "Where the needles were" in needled
    assert "Where the cups were" not in needled
    assert "Where you were warmed" not in needled
    all_three = text(draw_sheet(a_sheet(needled=False, cupped=True, warmed=True)))
    assert "Where the needles were" not in all_three
    assert "Where the cups were" in all_three
    assert "Where you were warmed" in all_three


def test_an_aftercare_sheet_says_when_to_call_whom_and_fits_one_page():
    sheet = a_sheet(cupped=True, warmed=True, advice="Walk every day.\nRest on Sunday.", next_visit_at=AT)
    (said,) = texts(draw_sheet(sheet))
    for part in (NAME, "24 Nov 2026", "Tue 24 Nov 2026, 9:15 am", "09 555 0123", "Walk every day. Rest on Sunday."):
        assert part in said
    assert "Call 111 at once for sudden shortness of breath" in said
    assert "Call 911 at once" in text(draw_sheet(a_sheet(emergency_number="911")))


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_hostile_advice_is_only_text(attack):
    document = draw_sheet(a_sheet(patient_name=attack, practitioner=attack, advice=attack))
    assert solid(text(document)).count(solid(clean(attack))) >= 3
    assert dangerous(document) == set()
