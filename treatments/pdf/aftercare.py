"""The aftercare sheet: one page to take home, in plain words, with what to do if something is wrong."""

from collections.abc import Iterator

from clinic.blocks import Block, Fields, Heading, Text, Together
from clinic.pdf import A4, Sheet
from clinic.typesetting import STRONG
from treatments.pdf.values import Aftercare

TITLE = "After your treatment"

EVERYONE = (
    "Take the rest of the day gently. Drink water, eat something light, and leave hard training, alcohol and very hot "
    "baths for tomorrow. If you feel sleepy or light-headed, sit down and do not drive until it has passed."
)
NEEDLED = (
    "A small bruise, a drop of blood or a dull ache where a needle was is common and goes in a day or two. Old pain "
    "may stir for a day before it eases. If you find a needle still in your skin or your clothes, do not throw it in "
    "the rubbish: call us."
)
CUPPED = (
    "The round marks are not painful and fade within about ten days. Keep the skin warm and covered today. Do not "
    "scratch or scrub it. A blister is kept clean and dry, and left closed; call us about it."
)
WARMED = (
    "Some redness and warmth is expected and goes within a day. If a blister comes up, leave it closed, cover it with "
    "a clean dry dressing and call us."
)
CALL_US = (
    "Call us if you are worried, if a mark grows hot, swollen or sore, or if your pain is much worse after two days."
)


def title(sheet: Aftercare) -> str:
    return TITLE


def story(sheet: Aftercare, *, paper: Sheet = A4) -> list[Block | Together]:
    blocks: list[Block | Together] = [Fields(_about(sheet, paper))]
    if sheet.advice.strip():
        blocks += [Heading("For you"), Text(sheet.advice)]
    blocks += [Together(Heading(heading), Text(text)) for heading, text in _advice(sheet)]
    blocks.append(Together(Heading("When to call"), Text(CALL_US), Text(_urgent(sheet), STRONG, gap=0.5)))
    return blocks


def _about(sheet: Aftercare, paper: Sheet) -> Iterator[tuple[str, str, int]]:
    yield "For", sheet.patient_name, 3
    yield "Treated", paper.date(sheet.treated_on), 1
    yield "By", sheet.practitioner, 2
    if sheet.next_visit_at is not None:
        yield "Next visit", paper.stamp(sheet.next_visit_at), 3
    if sheet.phone:
        yield "Our phone", sheet.phone, 3


def _advice(sheet: Aftercare) -> Iterator[tuple[str, str]]:
    yield "Today", EVERYONE
    if sheet.needled:
        yield "Where the needles were", NEEDLED
    if sheet.cupped:
        yield "Where the cups were", CUPPED
    if sheet.warmed:
        yield "Where you were warmed", WARMED


def _urgent(sheet: Aftercare) -> str:
    return (
        f"Call {sheet.emergency_number} at once for sudden shortness of breath, chest pain, fainting that does not "
        "pass, or new weakness or numbness in an arm or a leg. Say that you have had acupuncture."
    )
