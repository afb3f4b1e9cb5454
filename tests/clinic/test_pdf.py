import re
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from fontTools.pens.areaPen import AreaPen
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.graphics.barcode import qrencoder
from reportlab.platypus.flowables import Flowable

from clinic import pdf
from clinic.blocks import Column, Fields, Heading, Passage, Signature, Table, Text, Together, Totals
from clinic.pdf import A4, LETTER, Letterhead, money, render
from clinic.rows import DASH
from clinic.typesetting import BODY, MM, REPLACEMENT, SMALL, STRONG, broken, clean, width_of
from tests.papers import HOSTILE, LETTERHEAD, dangerous, fonts, invisible, same_everywhere, solid, text, texts

VERIFY = "https://clinic.example.nz/verify/9f86d081884c"
NAME = "王小明 Māia Tūhoe"
anything = st.text(st.characters(exclude_categories=()), max_size=200)


def draw(*story, **given) -> bytes:
    return render(story, **{"letterhead": LETTERHEAD, "title": "Paper", **given})


def mixed() -> bytes:
    """Every block, both weights, three scripts, several pages."""
    table = Table(
        [Column("Name"), Column("Amount", 30, "money")], [[f"{NAME} {n}", money(n)] for n in range(80)], dense=True
    )
    fields = Fields([("Name", NAME, 3), ("Nothing", "", 3)])
    end = Together(Totals([("Total", "$9.00", True)]), Signature([("Signature", "김민수", 3)]))
    return draw(fields, Passage("Note", NAME), Heading(NAME), table, end, digest="0123456789abcdef", verify_url=VERIFY)


def starts(document: bytes) -> set[str]:
    """Where, from its block's left edge, each line of the first page begins."""
    content = PdfReader(BytesIO(document)).pages[0].get_contents().get_data().decode("latin-1")
    return set(re.findall(r"1 0 0 1 (\S+) \S+ Tm", content))


@pytest.mark.parametrize(
    "name", [NAME, "Ngāti Whātua", "Lì Wěi 李伟", "足三里 Zúsānlǐ", "김민수", "Łukasz Žižek", "Nguyễn Ðỗ"]
)
def test_names_print_and_copy_right_in_every_script_of_the_clinic(name):
    assert name in text(draw(Text(name)))
    assert name in text(draw(Text(name, STRONG)))


def test_a_decomposed_macron_prints_as_the_composed_letter():
    assert "Māia" in text(draw(Text("Ma\u0304ia")))


def test_every_font_is_embedded_and_none_is_a_standard_one():
    assert fonts(mixed()) == {
        "SourceSansPro-Regular": True,
        "SourceSansPro-Semibold": True,
        "NotoSansSC-400": True,
        "NotoSansSC-600": True,
        "NotoSansKR-400": True,
    }


def test_hanzi_fonts_are_not_in_a_paper_without_hanzi():
    assert set(fonts(draw(Text("Māia")))) == {"SourceSansPro-Regular", "SourceSansPro-Semibold"}


def test_a_paper_with_hanzi_stays_small():
    assert len(draw(Text(NAME))) - len(draw(Text("Māia"))) < 8_000


def test_hanzi_have_the_weight_of_the_letters_beside_them():
    def ink(outlines: TTFont, glyph: str) -> float:
        pen = AreaPen()
        outlines.getGlyphSet()[glyph].draw(pen)
        return abs(pen.value)

    def printed(style) -> float:
        (page,) = PdfReader(BytesIO(draw(Text("王", style)))).pages
        (font,) = [f for f in page["/Resources"]["/Font"].values() if "Noto" in f["/BaseFont"]]
        outlines = TTFont(BytesIO(font["/FontDescriptor"]["/FontFile2"].get_data()))
        return sum(ink(outlines, glyph) for glyph in outlines.getGlyphOrder()[1:])

    lying = TTFont(str(files("justmytype_intl_cjk") / "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"), lazy=True)
    thinnest = ink(lying, lying.getBestCmap()[ord("王")])
    assert printed(BODY) > 2 * thinnest
    assert printed(STRONG) > 1.2 * printed(BODY)


def test_two_processes_years_and_zones_apart_draw_the_same_bytes():
    assert same_everywhere("mixed()", module="tests.clinic.test_pdf") == {mixed()}


def test_what_was_drawn_before_changes_nothing():
    before = mixed()
    draw(Text("陽陵泉環跳 " + "".join(map(chr, range(0x4E00, 0x4E60)))), Heading("居髎 Žluťoučký"))
    assert mixed() == before


def test_more_hanzi_than_one_subset_holds_all_copy_right():
    many = "".join(map(chr, range(0x4E00, 0x4E00 + 600)))
    assert many in solid(text(draw(Text(many))))


def test_the_file_says_what_it_is_and_nothing_of_when_or_where():
    document = draw(Text("x"), title="Tax invoice", number="INV-1")
    reader = PdfReader(BytesIO(document))
    assert reader.metadata.title == "Tax invoice INV-1"
    assert reader.metadata.author == "Te Rito Acupuncture"
    assert reader.metadata.producer == "Needlebook"
    assert reader.trailer["/Root"]["/Lang"] == "en-NZ"
    assert reader.metadata.creation_date.year == 2000


def test_every_page_says_its_number_and_how_many_there_are():
    pages = texts(mixed())
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert page.count(f"Page {number} of {len(pages)}") == 1


def test_every_page_names_the_practice_and_the_digest_in_twelve_characters():
    for page in texts(mixed()):
        assert page.count("Te Rito Acupuncture") == 1
        assert page.count("Digest 0123456789ab") == 1
        assert "0123456789abc" not in page


def test_the_letterhead_gives_address_number_and_phone_once():
    document = text(mixed())
    for part in ("12 Kōwhai Street", "GST number 123-456-789", "Phone 09 555 0123"):
        assert document.count(part) == 1


def test_an_empty_story_is_one_page():
    assert len(texts(draw())) == 1


def test_the_verify_code_is_the_one_an_independent_encoder_makes():
    other = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    other.addData(VERIFY)
    other.version = other.calculate_version()
    other.makeImpl(False, 0)
    size, runs = pdf._qr_runs(VERIFY)
    ours = [[False] * size for _ in range(size)]
    for row, column, length in runs:
        ours[row][column : column + length] = [True] * length
    assert ours == [[bool(dark) for dark in row] for row in other.modules]


def test_without_an_address_there_is_no_verify_code():
    assert "Scan to verify" in text(draw(verify_url=VERIFY))
    assert "Scan to verify" not in text(draw())


@pytest.mark.parametrize("value", ["", None, "   ", "\n\t"])
def test_an_empty_value_prints_a_dash(value):
    assert f"Referrer {DASH}" in text(draw(Fields([("Referrer", value, 3)])))
    assert f"Referrer {DASH}" in text(draw(Table([Column("Referrer")], [[value]])))
    assert f"Plan {DASH}" in text(draw(Passage("Plan", value)))


def test_a_table_without_rows_says_so():
    assert "Nothing to list." in text(draw(Table([Column("Date")], [])))


def test_a_table_repeats_its_header_on_each_page_and_loses_no_row():
    rows = [[f"row-{n}-", "$1.00"] for n in range(200)]
    pages = texts(draw(Table([Column("Patient"), Column("Owed", 30, "money")], rows)))
    assert len(pages) > 3
    assert [page.count("Patient Owed") for page in pages] == [1] * len(pages)
    together = " ".join(pages)
    assert [together.count(f"row-{n}-") for n in range(200)] == [1] * 200
    assert together.count("$1.00") == 200


def test_decimal_points_stand_in_one_line_whatever_the_size_sign_or_weight():
    amounts = [money(amount) for amount in ("5", "-3.50", "1250", "99999.99")]
    table = Table([Column("Amount", None, "money")], [[amount] for amount in amounts])
    document = draw(table, Totals([("Sum", "$101,251.49", False), ("Due", "$7.77", True)]))
    point = A4.width - 40 * MM - width_of(".00", BODY)
    for amount, style in [*((amount, BODY) for amount in amounts), ("$101,251.49", BODY), ("$7.77", STRONG)]:
        assert f"{point - width_of(amount[:-3], style):.2f}" in starts(document)


def test_figures_are_as_wide_as_each_other():
    for style in (BODY, STRONG, SMALL):
        assert len({round(width_of(figure, style), 6) for figure in "0123456789$−"}) == 1


def test_a_long_name_wraps_and_is_never_cut():
    name = "Te Whare Wānanga o te Hauora Taiao me te Oranga Tangata " * 3 + "Hippopotomonstrosesquippedaliophobia" * 2
    for block in (
        Fields([("Name", name, 1)]),
        Table([Column("Name", 20)], [[name]]),
        Totals([(name, "$1.00", False)]),
    ):
        assert solid(name) in solid(text(draw(block)))
    head = text(draw(letterhead=Letterhead(practice=name), title=name))
    assert solid(head).count(solid(name)) == 2


def test_a_name_with_a_hyphen_breaks_after_it():
    width = width_of("Westhuizen-Mont", BODY)
    assert broken("Westhuizen-Montgomery", BODY, width) == ["Westhuizen-", "Montgomery"]
    assert broken("12-3456-789", BODY, width_of("12-3456-7", BODY)) == ["12-3456-7", "89"]


def test_a_cell_longer_than_a_page_goes_on_without_losing_a_word():
    story = " ".join(f"w{n}" for n in range(6000))
    for block in (Table([Column("Note"), Column("Who", 20)], [[story, "Li"]]), Text(story), Passage("Note", story)):
        pages = texts(draw(block))
        assert len(pages) > 2
        words = " ".join(pages).split()
        assert [word for word in words if word[0] == "w" and word[1:].isdigit()] == story.split()


def test_no_single_line_of_a_paragraph_is_left_alone_at_a_page_break():
    for filler in range(30, 50):
        pages = texts(draw(*[Text("filler") for _ in range(filler)], Text("\n".join(f"line-{n}." for n in range(6)))))
        assert 1 not in [page.count("line-") for page in pages]


def test_a_heading_is_never_the_last_thing_on_a_page():
    for filler in range(30, 50):
        pages = texts(draw(*[Text("filler") for _ in range(filler)], Heading("Findings"), Text("first\nsecond")))
        (where,) = [n for n, page in enumerate(pages) if "Findings" in page]
        assert "Findings first second" in pages[where]


def test_what_belongs_together_is_not_parted():
    for filler in range(25, 50):
        block = Together(Text("Total"), Text("of it all"), Signature([("Signature", "Hana Parata", 3)]))
        pages = texts(draw(*[Text("filler") for _ in range(filler)], block))
        assert sum("Total" in page and "Hana Parata" in page for page in pages) == 1


def test_what_belongs_together_but_fills_more_than_a_page_is_parted_after_all():
    block = Together(*[Text(f"part-{n}.") for n in range(120)])
    together = text(draw(Text("before"), block))
    assert [together.count(f"part-{n}.") for n in range(120)] == [1] * 120


def test_what_fits_on_no_page_and_cannot_be_divided_is_an_error_and_not_a_cut():
    class Tall(Flowable):
        keepWithNext = 0

        def wrap(self, width, height):
            return width, 10_000

    with pytest.raises(ValueError, match="Tall fits on no page"):
        draw(Text("x"), Tall())


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_printed_as_text(attack):
    document = draw(
        Text(attack),
        Heading(attack),
        Passage(attack, attack),
        Fields([(attack, attack, 3)]),
        Table([Column(attack)], [[[attack, attack]]]),
        Totals([(attack, "$1.00", True)]),
        letterhead=Letterhead(practice=attack, address=(attack,)),
        title=attack,
        number=attack,
        digest=attack,
        verify_url=VERIFY,
    )
    said = solid(text(document))
    assert said.count(solid(clean(attack))) >= 11
    assert invisible(said) == set()
    assert dangerous(document) == set()
    assert all(fonts(document).values())


def test_the_check_for_dangerous_keys_has_teeth():
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out)
    canvas.linkURL("https://evil.example", (0, 0, 10, 10))
    canvas.showPage()
    canvas.save()
    assert {"/Annots", "/URI"} <= dangerous(out.getvalue())


@pytest.mark.parametrize(
    ("hostile", "printed"),
    [
        ("a\x00b", f"a{REPLACEMENT}b"),
        ("a\ud800b", f"a{REPLACEMENT}b"),
        ("x\u202ey", f"x{REPLACEMENT}y"),
        ("😀", REPLACEMENT),
        ("\u0645", REPLACEMENT),
        ("a\tb\u3000c", "a b c"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("<b>&amp;", "<b>&amp;"),
    ],
)
def test_what_cannot_be_printed_shows_that_it_is_missing(hostile, printed):
    assert clean(hostile) == printed


@given(anything)
def test_clean_text_has_nothing_invisible_and_is_clean_at_once(value):
    cleaned = clean(value)
    assert invisible(cleaned) <= {"\n"}
    assert clean(cleaned) == cleaned


@given(anything, st.floats(min_value=30, max_value=300))
def test_no_line_is_too_wide_and_no_character_is_lost(value, width):
    lines = broken(value, BODY, width)
    assert all(width_of(line, BODY) <= width + 1e-6 for line in lines)
    assert solid("".join(lines)) == solid(clean(value))


@settings(max_examples=25, deadline=None)
@given(anything, anything)
def test_any_text_at_all_makes_a_readable_file(one, two):
    document = draw(Text(one), Table([Column("x"), Column(one)], [[two, one]]), title=two)
    assert text(document)


def test_dates_are_written_as_the_country_of_the_paper_writes_them():
    assert A4.date(date(2026, 11, 4)) == "4 Nov 2026"
    assert LETTER.date(date(2026, 11, 4)) == "11/04/2026"
    assert A4.date(None) == ""


@pytest.mark.parametrize(
    ("hour", "minute", "clock"),
    [(0, 5, "12:05 am"), (9, 15, "9:15 am"), (12, 0, "12:00 pm"), (23, 59, "11:59 pm")],
)
def test_a_time_is_that_on_the_wall_of_its_own_zone(hour, minute, clock):
    moment = datetime(2026, 11, 24, hour, minute, tzinfo=ZoneInfo("Pacific/Auckland"))
    assert A4.stamp(moment) == f"Tue 24 Nov 2026, {clock}"
    assert LETTER.stamp(moment) == f"Tue 11/24/2026, {clock}"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="needs its zone"):
        A4.stamp(datetime(2026, 11, 24, 9, 15))
    assert A4.stamp(datetime(2026, 11, 24, 9, 15, tzinfo=UTC)) == "Tue 24 Nov 2026, 9:15 am"


def test_money_on_paper_has_a_true_minus():
    assert money(Decimal("-1250")) == "−$1,250.00"
    assert money("45") == "$45.00"


def test_papers_have_the_size_they_claim():
    for sheet, size in ((A4, (595.28, 841.89)), (LETTER, (612, 792))):
        box = PdfReader(BytesIO(draw(paper=sheet))).pages[0].mediabox
        assert (round(float(box.width), 2), round(float(box.height), 2)) == size
