"""What the demo's practitioners keep beside their notes: boxes of needles, plans, scores, harm, questions, protocols.

Everybody's scores follow the figures of their complaint, so that a chart says what the notes say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from clinic.models import Practitioner, User
from frontdesk.demo.complaints import Complaint
from frontdesk.demo.notes import COMPLAINTS, GAUGE
from patients.models import Case, Patient
from treatments.care import agreeing, reporting, stocking
from treatments.examination import examining
from treatments.models import AdverseEvent, NeedleLot, Treatment
from treatments.outcomes import answering, asking, links, scoring
from treatments.outcomes.answering import Answer
from treatments.protocols import keeping

A_WEEK = timedelta(days=7)
# In weeks, by the number of the person, over and over: some reviews come late, as they do.
REVIEW_AFTER = (5, 7, 8, 6, 7)
SUPPLIER = "Example Acupuncture Supplies"
# When each box came and when it expires, in days around today; from the day it came its needles are used.
BOXES = (
    ("Kauri Example", "Classic", "KE-2411-07", GAUGE, -300, -12),
    ("Kauri Example", "Classic", "KE-2506-19", GAUGE, -60, 41),
    ("Kauri Example", "Classic", "KE-2509-02", GAUGE, -16, 780),
    ("Southern Pin", "Child", "SP-118", "0.16x15", -90, 610),
)
# What is hard for people with each complaint, as they would say it.
ACTIVITIES = {
    "hip": ("Climbing stairs", "Lying on the right side", "Running"),
    "back": ("Getting up from a chair", "Putting on socks", "Lifting at work"),
    "neck": ("Looking over the shoulder", "Working at a screen", "Sleeping through"),
    "shoulder": ("Reaching a shelf", "Putting on a coat", "Sleeping on the side"),
    "ankle": ("Walking on grass", "Going down steps", "Playing sport"),
    "knee": ("Kneeling", "Squatting", "Walking downhill"),
    "knee_worn": ("Walking to the shops", "Stairs", "Gardening"),
}
# Which visit of the course asks about activities.
ASKED_AT = (0, 3, 5)
GOALS = {
    "hip": "Stairs and a night on the right side without pain; back to running on the flat.",
    "back": "A full day of work at no more than 2/10; lifts from the floor with confidence.",
    "neck": "Drives and works at the screen for two hours without stopping for the neck.",
}
USUAL_GOALS = "Half of what it is now or less, sleep through the night, and know what to do at home."
# At each visit: seconds on the right leg, and the grade of abduction.
FOUND = {"single_leg_stance": (8, 14, 25, 30), "hip_abduction_strength": (3, 4, 4, 5)}
LEGS = ("hip", "knee", "knee_worn", "ankle")


# Complaints that are no pain are told by the symptoms that matter most to the patient.
NO_PAIN = ("sleep", "stress", "pregnancy", "hayfever", "digestion", "flushes")


@dataclass(frozen=True)
class Harm:
    """What happened once, at the first session of these ten weeks that it fits, and what was done about it by today.

    `look_again` is in days around today."""

    fits: Callable[[str, int, dict[str, Any]], bool]
    fields: dict[str, Any]
    outcome: str = ""
    look_again: int | None = None


HARMS = (
    Harm(
        lambda key, number, fields: key == "back" and number > 0,
        {"kind": AdverseEvent.Kind.PAIN_OR_BRUISING, "severity": 1, "causality": "certain",
         "description": "A bruise of 3 cm beside the needle at the left of L4, seen when it came out.",
         "action": "Pressed for two minutes; other points at the next visit.", "informed": "The patient, at once."},
        outcome="Gone after nine days.",
    ),
    Harm(
        lambda key, number, fields: key == "migraine",
        {"kind": AdverseEvent.Kind.FAINTING, "severity": 2, "causality": "probable",
         "description": "Pale and sweating four minutes after the first needles, sitting. Conscious throughout.",
         "action": "Needles out, laid flat with the legs up, water. Well after ten minutes. From now on lying down.",
         "informed": "The patient; nobody else was needed."},
        look_again=0,
    ),
    Harm(
        lambda key, number, fields: key == "shoulder" and number > 0,
        {"kind": AdverseEvent.Kind.AGGRAVATION, "severity": 1, "causality": "possible",
         "description": "The shoulder ached more for two days after the last session.",
         "action": "Told that this happens and passes; fewer needles this time."},
        look_again=3,
    ),
    Harm(
        lambda key, number, fields: number > 1 and bool(fields.get("cuppings")),
        {"kind": AdverseEvent.Kind.CUPPING_INJURY, "severity": 3, "causality": "certain",
         "description": "A blister of 2 cm under one cup after twelve minutes.",
         "action": "Dressed dry and seen again after two days. Cups stay no longer than eight minutes.",
         "informed": "The patient and the practice's owner on the day, the GP by letter."},
        look_again=-1,
    ),
)  # fmt: skip


def receive_boxes(*, today: date) -> dict[str, list[NeedleLot]]:
    """The lots of the practice by gauge, the first to come first."""
    found: dict[str, list[NeedleLot]] = {}
    for maker, product, number, gauge, came, expires in BOXES:
        lot = NeedleLot.objects.create(
            maker=maker, product=product, lot_number=number, gauge=gauge, supplier=SUPPLIER,
            received_on=today + timedelta(days=came), expires_on=today + timedelta(days=expires),
        )  # fmt: skip
        found.setdefault(gauge, []).append(lot)
    return found


def note_box(treatment: Treatment, lots: dict[str, list[NeedleLot]], *, fields: dict, by: User, now: datetime) -> None:
    """The box that is open on that day, of the gauge of the first needle."""
    if fields["needlings"]:
        came = [lot for lot in lots[fields["needlings"][0]["gauge"]] if lot.received_on <= now.date()]
        stocking.note_use(treatment=treatment, lot=came[-1], needles=fields["needles_in"], by=by, now=now)


def agree(
    *, key: str, person: int, patient: Patient, case: Case, practitioner: Practitioner, on: date, by: User,
    now: datetime,
) -> None:  # fmt: skip
    """At the first visit of a course."""
    agreeing.agree(
        patient=patient,
        case=case,
        practitioner=practitioner,
        sessions=(6, 8, 8, 10)[person % 4],
        frequency_per_week="1.0",
        weeks=(6, 8, 8, 10)[person % 4],
        goals=GOALS.get(key, USUAL_GOALS),
        agreed_on=on,
        review_on=on + REVIEW_AFTER[person % len(REVIEW_AFTER)] * A_WEEK,
        by=by,
        now=now,
    )


def score(treatment: Treatment, *, key: str, number: int, on: date, by: User, now: datetime) -> None:
    """Pain at each visit; what they can do at a few of them; the leg's own scale at the first and the fifth."""
    pain = _at(COMPLAINTS[key], number)
    of_visit = {"patient": treatment.patient, "case": treatment.case, "treatment": treatment, "taken_on": on}
    clock = {"by": by, "now": now}
    if key in NO_PAIN:
        bad = min(6, round(pain * 0.6))
        scoring.enter(measure="mymop2", answers=[bad, None, bad, max(0, bad - 1)], **of_visit, **clock)
        return
    scoring.enter(measure="nprs", answers=[pain], **of_visit, **clock)
    if number in ASKED_AT and key in ACTIVITIES:
        able = [min(10, max(0, 10 - pain + shift)) for shift in (-1, 0, 1)]
        scoring.enter(measure="psfs", answers=able, labels=ACTIVITIES[key], **of_visit, **clock)
    if number in (0, 4) and key in LEGS:
        # Twenty questions: the easy ones are answered higher than the hard ones.
        scoring.enter(
            measure="lefs", answers=[max(0, min(4, 4 - pain // 2 + (item % 3) - 1)) for item in range(20)],
            **of_visit, **clock,
        )  # fmt: skip


def examine(treatment: Treatment, *, key: str, number: int, by: User, now: datetime) -> None:
    """Of a hip, what its notes say of the single-leg stance, and the strength that goes with it."""
    if key != "hip":
        return
    for finding, values in FOUND.items():
        examining.record(
            patient=treatment.patient, case=treatment.case, treatment=treatment, finding=finding, side="right",
            value=Decimal(values[min(number, len(values) - 1)]), by=by, now=now,
        )  # fmt: skip


def _at(complaint: Complaint, number: int) -> int:
    return complaint.scores[min(number, len(complaint.scores) - 1)]


def report_harm(
    treatment: Treatment, harms: list[Harm], *, key: str, number: int, fields: dict, today: date, by: User,
    now: datetime,
) -> None:  # fmt: skip
    """Takes out of `harms` what happened in this session; closed where it ended."""
    harm = next((harm for harm in harms if harm.fits(key, number, fields)), None)
    if harm is None:
        return
    harms.remove(harm)
    again = today + timedelta(days=harm.look_again) if harm.look_again is not None else None
    event = reporting.report(
        patient=treatment.patient, treatment=treatment, occurred_at=now, follow_up_on=again, by=by, now=now,
        **harm.fields,
    )  # fmt: skip
    if harm.outcome:
        closed_on = min(now.date() + timedelta(days=9), today)
        reporting.close(event=event, closed_on=closed_on, outcome=harm.outcome, by=by, now=now)


def ask_some(people: Sequence[tuple[Patient, Case | None]], *, by: User, now: datetime) -> None:
    """Asked at once: of every three one has answered, one has not yet, and one let it pass."""
    for number, (patient, case) in enumerate(people):
        asked_at = now - (timedelta(days=2), timedelta(hours=3), timedelta(days=9))[number % 3]
        request = asking.ask(patient=patient, case=case, measures=["nprs"], by=by, now=asked_at)
        if number % 3 == 0:
            answers = {"nprs": Answer(answers=[2 + number % 2])}
            answering.answer(token=links.token_for(request), given=answers, now=asked_at + timedelta(hours=5))


def keep_protocols(*, users: dict[str, User], now: datetime) -> None:
    """One that a practitioner keeps for herself, and one that the other gave to all."""
    mine, shared = users["practitioner"], users["practitioner2"]
    keeping.keep(
        name="Tennis elbow, first visits",
        indication="Pain over the outer elbow when gripping.",
        needlings=[
            {"point": "LI11", "side": "right", "retention_minutes": 20},
            {"point": "LI10", "side": "right", "retention_minutes": 20},
            {"point": "LI4", "side": "both", "retention_minutes": 20},
            {"free_location": "Ashi, extensor origin", "side": "right", "technique": "trigger"},
        ],
        by=mine,
        now=now,
    )
    keeping.keep(
        name="Restless sleep",
        indication="Falls asleep, wakes at three, lies awake.",
        owner=None,
        needlings=[
            {"point": "HT7", "side": "both", "retention_minutes": 25},
            {"point": "SP6", "side": "both", "retention_minutes": 25},
            {"point": "EX-HN3", "side": "midline", "retention_minutes": 25},
        ],
        techniques=[{"kind": "heat_lamp", "site": "Feet", "minutes": 20}],
        by=shared,
        now=now,
    )
