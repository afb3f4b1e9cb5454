"""A signed treatment note as a paper, with its signature, its digest and every amendment written since."""

from collections.abc import Iterable, Iterator

from clinic.blocks import Block, Column, Fields, Heading, Passage, Table, Text, Together
from clinic.pdf import A4, Sheet
from clinic.typesetting import SMALL
from treatments.pdf.body_chart import body_chart, note_marks
from treatments.pdf.values import NoteAmendment, NoteCoSignature, NoteFinding, NoteLot, NoteNeedling, SignedNote

TITLE = "Treatment note"
CHART_TALLEST = 60


def title(note: SignedNote) -> str:
    return TITLE


def story(note: SignedNote, *, paper: Sheet = A4, gap: float = 0.0) -> list[Block | Together]:
    return [
        Fields(_about(note, paper), gap=gap),
        *_narrative(note),
        *_examinations(note),
        *_needlings(note),
        *_other_treatment(note),
        Fields(_count(note), gap=1),
        *_said({"Needle lots": "\n".join(_lot(lot) for lot in note.lots)}),
        *_said({"Response": note.response, "Aftercare": note.aftercare}),
        *_findings(note.findings, paper),
        _signature(note, paper),
        *_cosignature(note.cosignature, paper),
        *_amendments(note.amendments, paper),
        # All of it is in the tables above: it takes what room the last page has, and no page of its own.
        *body_chart(note_marks(note.chart), tallest=CHART_TALLEST, only_with_room=True),
    ]


def _about(note: SignedNote, paper: Sheet) -> Iterator[tuple[str, str, int]]:
    patient = note.patient
    name = f"{patient.name} ({patient.preferred_name})" if patient.preferred_name else patient.name
    yield "Patient", name, 3
    yield "NHI", patient.nhi, 1
    yield "Date of birth", paper.date(patient.date_of_birth), 1
    yield "Sex", patient.sex, 1
    late = " (late entry: signed more than 24 hours after)" if note.is_late_entry else ""
    yield "Treated", f"{paper.stamp(note.started_at)}{late}", 3
    yield "Practitioner", note.practitioner, 3
    yield "Where", note.location, 3
    yield "Case", note.case_title, 2
    yield "Claim number", note.claim_number, 1


def _narrative(note: SignedNote) -> Iterator[Block]:
    yield Passage("Complaint", note.complaint, gap=1)
    yield Passage("Subjective", note.subjective)
    yield Passage("Objective", note.objective)
    yield Passage("Tongue", note.tongue)
    yield Passage("Pulse", note.pulse)
    yield Passage("Assessment", note.assessment)
    yield from _said({"Eight principles": note.eight_principles})
    yield Passage("Patterns", "\n".join(note.patterns))
    yield from _said(
        {
            "Western diagnosis": note.western_diagnosis,
            "Principle": note.treatment_principle,
            "Style": note.style,
            "Reasoning": note.reasoning,
        }
    )
    yield Passage("Plan", note.plan)


def _said(passages: dict[str, str]) -> Iterator[Block]:
    """Those of the passages that have a text: what not every note has to say."""
    for name, words in passages.items():
        if words.strip():
            yield Passage(name, words)


def _examinations(note: SignedNote) -> Iterator[Block]:
    if note.examinations:
        yield Heading("Examination")
        rows = [[row.name, [row.found, row.note]] for row in note.examinations]
        yield Table([Column("Of", 75), Column("Found")], rows, gap=0.25)


def _lot(lot: NoteLot) -> str:
    needles = "" if lot.needles is None else f": {lot.needles} needle{'' if lot.needles == 1 else 's'}"
    return f"{lot.name}{needles}"


def _needlings(note: SignedNote) -> list[Block]:
    columns = [
        Column("Point"),
        Column("Side", 14),
        Column("Technique", 30),
        Column("Depth", 24),
        Column("Deqi", 13),
        Column("Minutes", 14, "right"),
        Column("In / out", 14, "right"),
    ]
    rows = [_needling(needling) for needling in note.needlings]
    return [Heading("Points"), Table(columns, rows, gap=0.25, empty="No needles.")]


def _needling(needling: NoteNeedling) -> list[str | list[str]]:
    depth = f"{needling.depth_mm} mm" if needling.depth_mm is not None else ""
    hertz = f"{needling.electro_hz} Hz" if needling.electro_hz else ""
    lead = f"lead {needling.electro_pair}" if needling.electro_pair else ""
    electro = ", ".join(filter(None, [hertz, lead]))
    inserted = (
        f"{_number(needling.needles_in)} / {_number(needling.needles_out)}"
        if (needling.needles_in, needling.needles_out) != (None, None)
        else ""
    )
    return [
        needling.point,
        needling.side,
        [needling.technique, electro, needling.stimulation, needling.gauge, needling.needle_type],
        [depth, needling.angle],
        [_yes_no(needling.deqi), "twitch" if needling.twitch else ""],
        _number(needling.retention_minutes),
        inserted,
    ]


def _other_treatment(note: SignedNote) -> Iterator[Block]:
    yield from _said({"Marked": "\n".join(note.marks)})
    if note.cuppings:
        yield Heading("Cupping")
        yield Table(
            [
                Column("Kind", 30),
                Column("Sites"),
                Column("Movement", 28),
                Column("Marks", 28),
                Column("Cups", 12, "right"),
                Column("Minutes", 14, "right"),
            ],
            [[c.kind, c.sites, c.movement, c.marks, _number(c.cups), _number(c.minutes)] for c in note.cuppings],
            gap=0.25,
        )
    if note.moxibustions:
        yield Heading("Moxibustion")
        yield Table(
            [
                Column("Kind", 45),
                Column("Point or site"),
                Column("Cones", 14, "right"),
                Column("Minutes", 14, "right"),
            ],
            [
                [m.kind, [m.point or m.site, m.site if m.point else ""], _number(m.cones), _number(m.minutes)]
                for m in note.moxibustions
            ],
            gap=0.25,
        )
    if note.techniques:
        yield Heading("Other techniques")
        yield Table(
            [Column("Technique", 45), Column("Site"), Column("Minutes", 14, "right")],
            [[t.name, [t.site, t.ear_points, t.note], _number(t.minutes)] for t in note.techniques],
            gap=0.25,
        )


def _count(note: SignedNote) -> Iterator[tuple[str, str, int]]:
    yield "Needles in", _number(note.needles_in), 1
    yield "Needles out", _number(note.needles_out), 1
    minutes = f"{note.face_to_face_minutes} minutes" if note.face_to_face_minutes is not None else ""
    yield "Face to face", minutes, 2
    yield "Inserted again", _number(note.reinsertions), 2


def _findings(findings: Iterable[NoteFinding], paper: Sheet) -> Iterator[Block]:
    findings = list(findings)
    if not findings:
        return
    yield Heading("Safety findings, confirmed")
    yield Table(
        [Column("Finding"), Column("Reason given"), Column("Confirmed by", 40)],
        [
            [[f.message, f.severity, f.source], f.reason, [f.confirmed_by, paper.stamp(f.confirmed_at)]]
            for f in findings
        ],
        gap=0.25,
    )


def _signature(note: SignedNote, paper: Sheet) -> Together:
    signature = note.signature
    return Together(
        Heading("Signed", gap=1.5),
        Fields(
            [
                ("By", signature.name, 2),
                ("Registration", signature.registration_number, 1),
                ("At", paper.stamp(signature.signed_at), 3),
                ("SHA-256 of the note", signature.sha256, 6),
            ],
            gap=0.25,
        ),
    )


def _cosignature(second: NoteCoSignature | None, paper: Sheet) -> Iterator[Together]:
    if second is not None:
        about = [
            ("By", second.name, 3),
            ("At", paper.stamp(second.signed_at), 3),
            ("SHA-256 of the co-signature", second.sha256, 6),
        ]
        yield Together(Heading("Signed by the supervisor"), Fields(about, gap=0.25))


def _amendments(amendments: Iterable[NoteAmendment], paper: Sheet) -> Iterator[Block | Together]:
    amendments = list(amendments)
    if not amendments:
        return
    yield Heading("Amendments", gap=1.5)
    yield Text("Written after signing. The note above stands as it was signed.", SMALL)
    for number, amendment in enumerate(amendments, start=1):
        about = [
            (f"Amendment {number}, by", amendment.author, 3),
            ("Written", paper.stamp(amendment.written_at), 3),
        ]
        if amendment.reason:
            about.append(("Reason", amendment.reason, 6))
        yield Together(Fields(about, gap=0.5), Text(amendment.text))
        if amendment.sha256:
            yield Text(f"SHA-256 {amendment.sha256}", SMALL)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _yes_no(value: bool | None) -> str:
    return "" if value is None else ("yes" if value else "no")
