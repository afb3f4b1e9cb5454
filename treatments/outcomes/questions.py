"""The questions that a patient can be asked by link. Pure, and our own words.

Only measures whose wording may be used freely are here; the others are entered as numbers by the clinic.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """`low` and `high` say what the ends of the scale mean. `names` is asked where the patient names the items."""

    title: str
    text: str
    low: str
    high: str
    names: str = ""


QUESTIONS: dict[str, Question] = {
    "nprs": Question(
        title="Your pain",
        text="How strong was your pain over the last 24 hours, taken all together?",
        low="no pain",
        high="the worst you can imagine",
    ),
    "psfs": Question(
        title="What you can do",
        text="How well can you do each of these now?",
        low="not at all",
        high="as well as before",
        names="Name three to five things that are hard for you just now, and say how well you can do each.",
    ),
}
