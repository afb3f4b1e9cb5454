"""Taking in one of the invented people: who they are, what must not be forgotten about them, and their case."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from clinic.acting import acting
from clinic.models import User
from frontdesk.demo import cover
from frontdesk.demo.notes import COMPLAINTS
from frontdesk.demo.people import Person
from patients import consenting, opening, registering
from patients.models import Alert, Case, ConsentText, Contact, Medication, Patient, Payer

# A back that hurts, as a US-style insurer has it coded.
IN_US_CODES = (
    {"code": "M54.59", "description": "Other low back pain", "side": "not_applicable", "primary": True},
    {"code": "M62.830", "description": "Muscle spasm of back", "side": "not_applicable", "primary": False},
)


def register(
    person: Person, number: int, *, user: User | None, texts: Mapping[str, ConsentText], by: User, now: datetime
) -> Patient:
    """With alerts, consents and, for some, somebody to call. Every fifth came with a number of an older program."""
    legacy_id = f"K-{1000 + 7 * number}" if number % 5 == 0 else ""
    patient = registering.register(by=by, now=now, user=user, legacy_id=legacy_id, **person.fields)
    with acting(by):
        Alert.objects.bulk_create(_alert(patient, kind, note, now) for kind, note in person.alerts)
        Medication.objects.bulk_create(
            Medication(patient=patient, name=name)
            for kind, note in person.alerts
            if kind == "anticoagulant"
            for name in note.partition(" since ")[0].split(" and ")
        )
        if number % 3 == 0:
            Contact.objects.create(
                patient=patient, name=f"A relative of {person.fields['first_name']}", relationship="Family",
                phone=f"021 555 9{number:03}",
            )  # fmt: skip
    _agree(patient, person, texts, by=by, now=now)
    return patient


def _alert(patient: Patient, kind: str, note: str, now: datetime) -> Alert:
    alert = Alert(patient=patient, kind=kind, note=note)
    if kind == "pregnancy":
        alert.begins_on = now.date() - timedelta(days=50)
        alert.due_on = alert.begins_on + timedelta(days=280)
        alert.ends_on = alert.due_on + timedelta(days=14)
    return alert


def _agree(patient: Patient, person: Person, texts: Mapping[str, ConsentText], *, by: User, now: datetime) -> None:
    """To the shipped texts, where they were in use already, else to a form of the practice's own."""
    kinds = ["treatment", "privacy", "messages"]
    if person.payer == "acc":
        kinds.append("acc_sharing")
    complaint = COMPLAINTS.get(person.complaint)
    if complaint and complaint.moxa:
        kinds.append("moxibustion")
    if complaint and complaint.cups:
        kinds.append("cupping_marks")
    is_child = (now.date() - person.born).days < 16 * 365
    given_by = f"Mother of {person.fields['first_name']}" if is_child else ""
    for kind in kinds:
        is_in_use = texts[kind].valid_from < now.date()
        consenting.give(
            patient=patient, kind=kind, manner="written", given_by=given_by, by=by, now=now,
            text=texts[kind] if is_in_use else None, version="" if is_in_use else "Paper form",
        )  # fmt: skip


def open_case(
    person: Person, number: int, patient: Patient, *, payers: dict[str, Payer], by: User, now: datetime
) -> Case | None:
    """The case of the complaint, if there is one."""
    if not person.complaint:
        return None
    complaint = COMPLAINTS[person.complaint]
    diagnoses = [
        {"system": "read2", "code": code, "description": description, "side": side, "primary": place == 0}
        for place, (code, description, side) in enumerate(complaint.diagnoses)
    ]
    claim = cover.claim_of(person, number, payers=payers, now=now)
    if person.payer == "oregon":
        diagnoses = [{"system": "icd10cm", **diagnosis} for diagnosis in IN_US_CODES]
    if claim["kind"] == Case.Kind.ACC:
        claim["accident_description"] = complaint.injury
    return opening.open_case(patient=patient, diagnoses=diagnoses, title=complaint.title, by=by, now=now, **claim)
