"""A request to ACC for further treatment, with the fields of its ACC32 form.

Boxes on the grid for what is filled in, tables for what is listed. One that is no standard request has the outcome
measures and the notes behind it, each note as its own paper has it.
"""

from collections.abc import Iterator

from clinic.blocks import Block, Column, Heading, Passage, Signature, Table, Text, Together
from clinic.boxes import Box, Boxes
from clinic.drawing import Drawing
from clinic.pdf import A4, Sheet
from clinic.rows import Value
from clinic.typesetting import SMALL
from treatments.pdf import signed_note
from treatments.pdf.outcome_scores import outcome_scores
from treatments.pdf.report_values import ReportedDiagnosis
from treatments.pdf.request_values import FinishedRequest, RequestContent

TITLE = "Request for further treatment"

Story = Iterator[Block | Boxes | Together | Drawing]


def title(request: FinishedRequest) -> str:
    return TITLE


def story(request: FinishedRequest, *, paper: Sheet = A4) -> list[Block | Boxes | Together | Drawing]:
    content = request.content
    return [
        Together(Heading("What is asked for"), Boxes(_asked(content), gap=0.25)),
        _kind(content),
        *_changes(content),
        Together(Heading("Patient and claim"), Boxes(_claim(content, paper), gap=0.25)),
        Passage("Address", ", ".join(filter(None, map(str.strip, content.address.split("\n"))))),
        Passage("Accident", content.accident_description),
        *_diagnoses(content),
        Together(Heading("Treatment so far"), Boxes(_treatment(content, paper), gap=0.25)),
        *_supporting(content),
        Together(Heading("Provider"), Boxes(_provider(content), gap=0.25)),
        *_declarations(request, paper),
        *_attached(content, paper),
    ]


def _asked(content: RequestContent) -> Iterator[Box]:
    yield "Asked of", "ACC", 1
    yield "Request", content.number, 1
    yield "Kind", "Standard" if content.standard else "Not standard", 1
    yield "Treatments asked for", "" if content.sessions_requested is None else str(content.sessions_requested), 1
    yield "Reason", ", ".join(content.asked_for), 2


def _claim(content: RequestContent, paper: Sheet) -> Iterator[Box]:
    yield "Claim number", content.claim_number, 1
    yield "Date of accident", paper.date(content.date_of_injury), 1
    yield "Cover", content.cover_status, 1
    yield "Date of birth", paper.date(content.date_of_birth), 1
    yield "NHI", content.nhi, 1
    yield "After surgery", "Yes" if content.after_surgery else "No", 1
    yield "First name", content.first_name, 2
    yield "Last name", content.last_name, 2
    yield "Phone", content.phone, 2


def _treatment(content: RequestContent, paper: Sheet) -> Iterator[Box]:
    yield "Given here", str(content.sessions_given), 1
    yield "Given elsewhere", str(content.sessions_elsewhere), 1
    yield "First here", paper.date(content.first_session_on), 2
    yield "Latest here", paper.date(content.latest_session_on), 2


def _provider(content: RequestContent) -> Iterator[Box]:
    yield "Provider", content.practitioner, 2
    yield "Kind of provider", "Acupuncturist", 1
    yield "Provider number", content.provider_id, 1
    yield "Registration", content.registration_number, 2
    yield "Vendor", content.vendor_name, 2
    yield "Vendor ID", content.vendor_id, 1
    yield "Phone", content.vendor_phone, 1
    yield "E-mail", content.vendor_email, 2


def _diagnoses(content: RequestContent) -> Story:
    yield Heading("Diagnoses as ACC has them")
    yield Table(DIAGNOSIS, [_diagnosis(one) for one in content.diagnoses], gap=0.25, empty="None is on the case.")


DIAGNOSIS = (Column("Code", 30), Column("Diagnosis"), Column("Side", 28), Column("Coded in", 30))


def _diagnosis(one: ReportedDiagnosis) -> list[Value]:
    return [one.code, one.description, one.side, one.system]


def _changes(content: RequestContent) -> Story:
    if content.diagnoses_to_add:
        yield Heading("Diagnoses to add")
        yield Table(DIAGNOSIS, [_diagnosis(one) for one in content.diagnoses_to_add], gap=0.25)
    if content.sides_to_change:
        columns = [Column("Code", 30), Column("Diagnosis"), Column("Side as ACC has it", 34), Column("Right side", 30)]
        rows = [[one.code, one.description, one.side_now, one.side] for one in content.sides_to_change]
        yield Heading("Sides to change")
        yield Table(columns, rows, gap=0.25)
    if content.lodgement_errors:
        yield Heading("Lodged wrongly")
        yield Table([Column("What is wrong")], [[one] for one in content.lodgement_errors], gap=0.25)


def _supporting(content: RequestContent) -> Story:
    if content.supporting_information.strip() or not content.standard:
        yield Heading("Supporting information")
        yield Text(content.supporting_information, gap=0.25)


def _kind(content: RequestContent) -> Passage:
    if content.standard:
        return Passage("Standard, for", " ".join(check.detail for check in content.checks))
    return Passage("Not standard", "\n".join(check.detail for check in content.checks if not check.passed))


def _declarations(request: FinishedRequest, paper: Sheet) -> Story:
    content = request.content
    yield Together(
        Heading("Declarations"),
        Text(content.patient_declaration, gap=0.25),
        Signature(
            [("Patient", content.name, 4), ("Agreed on", paper.date(content.patient_declared_on), 2)],
            gap=0.25,
        ),
    )
    yield Together(
        Text(content.provider_declaration, gap=0.5),
        Signature(
            [
                ("Provider", content.practitioner, 2),
                ("Provider number", content.provider_id, 1),
                ("Finished", paper.stamp(content.finished_at), 3),
            ],
            gap=0.25,
        ),
        Text(f"SHA-256 of the request {request.sha256}", SMALL, gap=0.25),
    )


def _attached(content: RequestContent, paper: Sheet) -> Story:
    yield from outcome_scores(content.outcomes, paper)
    for number, note in enumerate(content.notes or (), start=1):
        yield Heading(f"Note {number} of {len(content.notes)}: {note.number}", gap=2)
        yield from signed_note.story(note, paper=paper, gap=0.25)
