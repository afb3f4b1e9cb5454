"""The session page as a practitioner uses it: with the patient in the room, quickly, and without losing a word."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from appointments.models import Appointment
from patients.models import Alert
from tests.e2e.conftest import DESK, TABLET, Hands
from treatments import bodychart
from treatments.models import Treatment

pytestmark = pytest.mark.e2e

ENTRY = "[data-point-entry]"


def page_of(note: Treatment) -> str:
    return f"/admin/session/{note.pk}/"


def chips(page: Page) -> list[str]:
    return [" ".join(text.split()) for text in page.locator(".ns-chips .ns-chip").all_inner_texts()]


def is_saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_contain_text("Saved")


def is_ready(page: Page) -> Hands:
    expect(page.locator("[data-field=complaint]")).to_be_focused()
    return Hands(page)


def needled(note: Treatment) -> list[tuple]:
    return [
        (row.point_id or row.free_location, row.side, row.retention_minutes)
        for row in note.needlings.order_by("position")
    ]


def test_a_usual_return_visit_is_signed_within_a_minute_and_forty_keystrokes(returning: Appointment, clinic, opens):
    began = time.monotonic()
    page = opens(clinic.practitioner, f"/admin/session/new/?appointment={returning.pk}")
    hands = is_ready(page)
    hands.type("Stairs easier, 3/10")
    hands.press("Alt+r", "Alt+n")
    hands.type("4")
    hands.press("Tab")
    hands.type("25")
    hands.press("Control+Enter")
    page.wait_for_selector("text=This note is signed")
    took = time.monotonic() - began
    note = Treatment.objects.get(appointment=returning)
    assert (note.status, note.complaint, note.needles_in, note.needles_out, note.face_to_face_minutes) == (
        "signed", "Stairs easier, 3/10", 4, 4, 25,
    )  # fmt: skip
    assert needled(note) == [("GB30", "right", 25), ("GB34", "both", 25), ("gluteus medius", "right", None)]
    assert note.patterns == ["Qi and blood stagnation"]
    # What was seen then was seen then.
    assert note.needlings.filter(twitch=True).count() == 0
    returning.refresh_from_db()
    assert returning.status == "completed"
    print(f"\na return visit: {hands.keys} keys, {hands.clicks} clicks, {took:.1f} s")
    assert (hands.keys < 40, hands.clicks, took < 60) == (True, 0, True)


def test_a_point_is_named_in_any_way_and_side_and_minutes_are_remembered(draft: Treatment, clinic, opens):
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    hands.press("Alt+p")
    for typed, chip in {
        "gb30 b 25": "GB30 B 25′",
        "gb34 l": "GB34 L 25′",
        "cv4": "CV4 25′",
        "sj5 b": "TE5 B 25′",
        "zusanli 20": "ST36 B 20′",
        "阳陵泉 r": "GB34 B 25′",
        "ashi gluteus medius r": "ashi gluteus medius R 20′",
        "tp piriformis l 1": "piriformis L 1′ TP",
        "ex-hn 3": "EX-HN3 1′",
        "bl23 b 15 40mm 4hz": "BL23 B 15′ 4 Hz",
    }.items():
        hands.type(typed)
        hands.press("Enter")
        expect(page.locator(ENTRY)).to_have_value("")
        assert chip in chips(page), typed
    is_saved(page)
    hands.press("Backspace")
    assert "BL23 B 15′ 4 Hz" not in chips(page)
    is_saved(page)
    assert needled(draft) == [
        ("GB30", "both", 25), ("GB34", "both", 25), ("CV4", "midline", 25), ("TE5", "both", 25), ("ST36", "both", 20),
        ("ashi gluteus medius", "right", 20), ("piriformis", "left", 1), ("EX-HN3", "midline", 1),
    ]  # fmt: skip


def test_what_cannot_be_read_is_said_and_nothing_is_added(draft: Treatment, clinic, opens):
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    hands.press("Alt+p")
    for typed, sentence in {
        "gb45": "There is no point GB45.",
        "gb30 x": "“x” says nothing here",
        "p6": "Which one?",
        "erjian": "Which one?",
        "no such point": "No point is called “no such point”.",
    }.items():
        hands.type(typed)
        hands.press("Enter")
        expect(page.locator("[data-point-hint]")).to_contain_text(sentence)
        page.fill(ENTRY, "")
    assert chips(page) == []
    hands.type("p6 l")
    hands.press("ArrowDown", "Enter")
    assert chips(page) == ["PC6 L"]


def test_a_name_entered_before_the_catalogue_answered_waits_for_the_answer(draft: Treatment, clinic, opens):
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    hands.press("Alt+p")

    def late(route):
        time.sleep(0.5)
        route.continue_()

    page.route("**/api/v1/points/?*", late)
    hands.type("zusanli l")
    hands.press("Enter")
    expect(page.locator(ENTRY)).to_have_value("")
    assert chips(page) == ["ST36 L"]


def test_a_serious_finding_waits_for_its_reason(draft: Treatment, clinic, opens):
    due_on = timezone.localdate() + timedelta(days=90)
    Alert.objects.create(patient=clinic.aroha, kind="pregnancy", due_on=due_on)
    page = opens(clinic.practitioner, page_of(draft))
    expect(page.locator(".ns-alerts")).to_contain_text("Pregnancy")
    hands = is_ready(page)
    hands.press("Alt+p")
    hands.type("sp6 b")
    hands.press("Enter")
    finding = page.locator(".ns-finding[data-severity=serious]")
    expect(finding).to_contain_text("▲ Serious SP6")
    finding.locator("summary").click()
    expect(finding.locator("details p")).not_to_be_empty()
    hands.press("Alt+n")
    hands.type("2")
    hands.press("Control+Enter")
    expect(page.locator("[data-notice]")).to_have_text("Give a reason for each serious finding before you sign.")
    draft.refresh_from_db()
    assert draft.status == "draft"
    hands.type("Week 38, her midwife agrees")
    hands.press("Enter", "Control+Enter")
    page.wait_for_selector("text=This note is signed")
    assert [(row.severity, row.reason) for row in draft.confirmations.all()] == [
        ("serious", "Week 38, her midwife agrees")
    ]
    expect(page.locator(".ns-findings")).to_contain_text("Confirmed: Week 38, her midwife agrees")


def test_needles_that_are_not_accounted_for_keep_a_note_open(draft: Treatment, clinic, opens):
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    hands.press("Alt+r")
    expect(page.locator("[data-tally]")).to_have_text("4 still in")
    hands.press("Alt+n")
    hands.type("3")
    hands.press("Control+Enter")
    expect(page.locator("[data-notice]")).to_have_text("4 needles in, 3 out. Count again before signing.")
    expect(page.locator("[data-count=needles_out]")).to_be_focused()
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_what_is_typed_without_a_connection_is_saved_when_it_is_back(draft: Treatment, clinic, opens, watch):
    watch.expected = ["ERR_INTERNET_DISCONNECTED"]
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    page.context.set_offline(True)
    hands.type("Said in a dead spot")
    hands.press("Alt+p")
    hands.type("gb30 r")
    hands.press("Enter")
    expect(page.locator("[data-saved]")).to_have_text("No connection. Kept on this device, trying again.")
    expect(page.locator("[data-finding-standing]")).to_contain_text("Not checked just now")
    page.context.set_offline(False)
    is_saved(page)
    draft.refresh_from_db()
    assert (draft.complaint, needled(draft)) == ("Said in a dead spot", [("GB30", "right", None)])
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('needlebook.note'))") == []


def test_what_a_closed_page_could_not_save_is_there_when_it_is_opened_again(draft: Treatment, clinic, opens, watch):
    watch.expected = ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED"]
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    page.context.set_offline(True)
    hands.type("The tablet was closed")
    expect(page.locator("[data-saved]")).to_contain_text("Kept on this device")
    page.close()
    draft.refresh_from_db()
    assert draft.complaint == ""
    context = hands.page.context
    context.set_offline(False)
    again = opens(clinic.practitioner, page_of(draft))
    expect(again.locator("[data-field=complaint]")).to_have_value("The tablet was closed")
    # Sent by this page, or by the last word of the one that was closed: then there is nothing left to say "Saved" of.
    for _ in range(100):
        draft.refresh_from_db()
        if draft.complaint:
            break
        again.wait_for_timeout(100)
    assert draft.complaint == "The tablet was closed"


def test_nobodys_words_are_written_over(draft: Treatment, clinic, opens, watch):
    watch.expected = ["412"]
    one = opens(clinic.practitioner, page_of(draft))
    two = opens(clinic.practitioner, page_of(draft))
    one.fill("[data-field=complaint]", "From the desk")
    is_saved(one)
    two.fill("[data-field=response]", "From the tablet")
    is_saved(two)
    expect(two.locator("[data-field=complaint]")).to_have_value("From the desk")
    one.fill("[data-field=response]", "From the desk as well")
    expect(one.locator("[data-notice]")).to_contain_text("Someone changed the same words")
    draft.refresh_from_db()
    assert (draft.complaint, draft.response) == ("From the desk", "From the tablet")
    one.click("text=Take theirs")
    expect(one.locator("[data-field=response]")).to_have_value("From the tablet")
    is_saved(one)


def test_a_whole_note_is_written_with_the_keyboard_alone_and_the_focus_is_always_seen(draft: Treatment, clinic, opens):
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    hands.type("Hip sore at night")
    hands.press("Tab", "Enter")  # the tongue opens
    hands.press("Space", "Tab", "Space", "Escape")
    expect(page.locator("[data-panel=tongue] [data-sentence]")).to_have_text("pink, normal body")
    hands.press("Tab", "Enter")  # the pulse
    hands.type("72")
    hands.press("Escape", "/")
    hands.type("gb30 r 25")
    hands.press("Enter", "Tab", "Tab", "Tab", "Enter")  # past the buttons, to the chip, which opens
    expect(page.locator("[data-chip-panel]")).to_be_visible()
    hands.press("Tab")
    hands.type("30")
    hands.press("Escape")
    expect(page.locator("[data-chip-panel]")).to_be_hidden()
    assert chips(page) == ["GB30 R 30′"]
    hands.press("Alt+n")
    hands.type("1")
    for _ in range(60):  # once around the page
        hands.press("Tab")
        assert page.evaluate(FOCUS_IS_SEEN), page.evaluate("document.activeElement.outerHTML")
    hands.press("Control+Enter")
    page.wait_for_selector("text=This note is signed")
    draft.refresh_from_db()
    assert (draft.tongue, draft.pulse) == ({"body_colour": "pink", "body_shape": "normal"}, {"rate": 72})
    assert (needled(draft), hands.clicks) == ([("GB30", "right", 30)], 0)


FOCUS_IS_SEEN = """() => {
    const focused = document.activeElement;
    if (focused === document.body) return true;
    const shown = focused.matches(".ns-pill input") ? focused.nextElementSibling : focused;
    const style = getComputedStyle(shown);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


def test_needle_and_stimulation_are_typed_with_the_point_and_the_needle_is_remembered(draft, clinic, opens):
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    hands.press("Alt+p")
    for typed in ("gb30 r 25 0.30x75 twirl", "gb34 b", "bl23 b 4hz"):
        hands.type(typed)
        hands.press("Enter")
    hands.press("Tab", "Tab", "Tab", "Enter")  # past the buttons, to the last chip, which opens
    hands.press("Shift+Tab")  # out of it, to the chip again
    page.get_by_label("Maker, material").focus()
    hands.type("Example, steel")
    hands.press("Tab", "s", "c", "Escape")
    is_saved(page)
    said = [(row.point_id, row.gauge, row.stimulation, row.needle_type) for row in draft.needlings.all()]
    assert said == [
        ("GB30", "0.30x75", "twirl", ""),
        ("GB34", "0.30x75", "", ""),
        ("BL23", "0.30x75", "scrape", "Example, steel"),
    ]
    assert hands.clicks == 0


def test_points_of_the_ear_are_found_by_name_code_or_hanzi_with_the_keyboard_alone(draft, clinic, opens):
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    page.locator("[data-add=techniques]").focus()
    hands.press("Enter")
    hands.type("Ear seeds")  # in the list of kinds, which has the focus
    field = page.get_by_role("combobox", name="Other: add an ear point")
    expect(field).to_be_visible()
    hands.press("Tab")
    expect(field).to_be_focused()
    for typed in ("shenmen", "HX1", "直肠", "no such point"):
        hands.type(typed)
        hands.press("Enter")
        if typed.startswith("no"):
            hands.press("Escape")
        expect(field).to_have_value("")
    chips = page.locator(".ns-ears .ns-chip strong")
    expect(chips).to_have_text(["Shenmen (spirit gate)", "Ear centre", "Rectum"])
    hands.press("Backspace")
    expect(chips).to_have_text(["Shenmen (spirit gate)", "Ear centre"])
    is_saved(page)
    [row] = draft.techniques.all()
    assert (row.kind, row.ear_points, hands.clicks) == ("ear_seeds", ["TF4", "HX1"], 0)
    page.get_by_label("Other: kind").select_option("herbs")
    is_saved(page)
    [row] = draft.techniques.all()
    assert (row.kind, row.ear_points) == ("herbs", [])


def test_the_chart_adds_the_nearest_point_and_shows_what_is_needled(draft: Treatment, clinic, opens):
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    hands.press("Alt+p")
    hands.type("st36 r")
    hands.press("Enter")
    drawing = page.locator("[data-drawing] svg")
    expect(drawing).to_have_attribute("data-view", "front")
    expect(drawing.locator("[data-code=ST36][data-side=right]")).to_have_count(1)
    page.click("[data-view=back]")
    expect(drawing).to_have_attribute("data-view", "back")
    [x, y] = next((x, y) for view, x, y in bodychart.places("BL23", "left") if view == "back")
    place = page.evaluate(PLACE_ON_SCREEN, [x, y])
    page.mouse.click(*place)
    expect(page.locator("[data-chart-said]")).to_contain_text("BL23 added.")
    assert chips(page) == ["ST36 R", "BL23 L"]
    page.click("[data-mark]")
    page.mouse.click(*place)
    hands.type("scar")
    hands.press("Enter")
    expect(page.locator("[data-marks]")).to_contain_text("scar")
    is_saved(page)
    draft.refresh_from_db()
    assert [(mark["view"], mark["text"]) for mark in draft.marks] == [("back", "scar")]


PLACE_ON_SCREEN = """([x, y]) => {
    const svg = document.querySelector("[data-drawing] svg");
    const place = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
    return [place.x, place.y];
}"""


def test_a_protocol_is_added_for_one_side(draft: Treatment, clinic, opens):
    page = opens(clinic.practitioner, page_of(draft))
    is_ready(page)
    page.click("[data-protocols] summary")
    page.select_option("[data-protocol-side]", "right")
    page.click("[data-protocol-list] button:has-text('distal')")
    expect(page.locator(".ns-chips .ns-chip").first).to_be_visible()
    sides = set(draft.needlings.values_list("side", flat=True))
    assert sides <= {"right", "midline"}
    assert len(chips(page)) == draft.needlings.count()


@pytest.mark.parametrize(("viewport", "touch"), [(DESK, False), (TABLET, True)], ids=["desk", "tablet"])
def test_nothing_has_to_be_scrolled_for_and_a_finger_finds_every_button(draft, clinic, opens, viewport, touch):
    page = opens(clinic.practitioner, page_of(draft), viewport=viewport, touch=touch)
    is_ready(page)
    page.keyboard.press("Alt+r")
    page.wait_for_selector("[data-drawing] svg")
    is_saved(page)
    hidden = page.evaluate(
        """() => [document.documentElement, document.querySelector(".ns-note")]
            .map((box) => [box.scrollHeight - box.clientHeight, box.scrollWidth - box.clientWidth])"""
    )
    assert hidden == [[0, 0], [0, 0]]
    small = page.evaluate(
        """() => [...document.querySelectorAll(".ns :is(button, input, select, textarea, summary, .ns-pill)")]
            .filter((it) => it.checkVisibility() && !it.closest("[data-finding-list], .ns-pill > *"))
            .filter((it) => it.getBoundingClientRect().height < 43.5).map((it) => it.outerHTML)"""
    )
    assert small == []


@pytest.mark.parametrize("viewport", [{"width": 1024, "height": 768}, {"width": 768, "height": 1024}], ids=str)
def test_a_small_tablet_shows_the_whole_width_either_way(draft: Treatment, clinic, opens, viewport):
    page = opens(clinic.practitioner, page_of(draft), viewport=viewport, touch=True)
    is_ready(page)
    page.keyboard.press("Alt+r")
    page.locator("[data-add=techniques]").click()
    page.get_by_label("Other: kind").select_option("ear_seeds")
    is_saved(page)
    beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(beyond) == 0
    right = page.evaluate("document.querySelector('.ns-bar > :last-child').getBoundingClientRect().right")
    assert right <= viewport["width"]


def test_a_signed_note_is_read_and_only_added_to(draft: Treatment, clinic, opens):
    page = opens(clinic.practitioner, page_of(draft))
    hands = is_ready(page)
    hands.type("Hip better")
    hands.press("Control+Enter")
    page.wait_for_selector("text=This note is signed")
    assert page.locator("[data-field], [data-count], [data-sign]").count() == 0
    page.fill("[name=reason]", "Side")
    page.fill("[name=text]", "It was the left hip.")
    page.click("text=Add amendment")
    expect(page.locator(".ns-amendments li")).to_contain_text("It was the left hip.")
    assert [(row.reason, row.text) for row in draft.amendments.all()] == [("Side", "It was the left hip.")]


def test_the_front_desk_is_let_into_no_session(draft: Treatment, clinic, opens, watch):
    draft.complaint = "kererū-in-the-note"
    draft.save()
    watch.expected = ["403"]
    page = opens(clinic.desk, page_of(draft))
    expect(page.locator("h1")).to_have_text("Your role does not include this.")
    assert "kererū" not in page.content()
