"""Writing a note: a draft is begun at the visit and revised until it is signed."""

from datetime import datetime
from typing import Any

from appointments.models import Appointment
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practitioner, User
from patients.models import Case, Patient
from treatments import checking, confirming
from treatments.models import Cupping, Moxibustion, Needling, Point, Side, Technique, Treatment

PARTS = {"needlings": Needling, "cuppings": Cupping, "moxibustions": Moxibustion, "techniques": Technique}


def begin(
    *,
    patient: Patient,
    practitioner: Practitioner,
    started_at: datetime,
    appointment: Appointment | None = None,
    case: Case | None = None,
    by: User,
    now: datetime,
    **fields: Any,
) -> Treatment:
    """Opens a draft. `fields` may hold the four lists of parts, and `confirmations` of the findings they cause.

    Raises 409 `note_exists` for a visit that has one, 422 where the parts do not fit together."""
    if appointment is not None and appointment.patient_id != patient.pk:
        raise Refusal("appointment_of_another_patient", "That visit belongs to another patient.", field="appointment")
    if case is not None and case.patient_id != patient.pk:
        raise Refusal("case_of_another_patient", "That case belongs to another patient.", field="case")
    _refuse_future(started_at, now)
    parts, reasons = _parts_of(fields), fields.pop("confirmations", None)
    with acting(by):
        if appointment is not None:
            # Held, so that of two who begin the same note at once the second is told of the first.
            Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
            if Treatment.objects.filter(appointment=appointment).exists():
                raise Conflict("note_exists", "This visit has its note already. Open that one.")
        treatment = Treatment.objects.create(
            patient=patient,
            practitioner=practitioner,
            started_at=started_at,
            appointment=appointment,
            case=case,
            **fields,
        )
        _write_parts(treatment, parts)
        _confirm(treatment, reasons, by, now)
    return treatment


def revise(*, treatment: Treatment, by: User, now: datetime, **fields: Any) -> Treatment:
    """Changes a draft; a list of parts replaces the one that stands. Raises 409 `note_signed`."""
    _refuse_future(fields.get("started_at", now), now)
    parts, reasons = _parts_of(fields), fields.pop("confirmations", None)
    with acting(by):
        treatment = locked_draft(treatment)
        case = fields.get("case", treatment.case)
        if case is not None and case.patient_id != treatment.patient_id:
            raise Refusal("case_of_another_patient", "That case belongs to another patient.", field="case")
        for field, value in fields.items():
            setattr(treatment, field, value)
        treatment.save(update_fields=[*fields, "updated_at"])
        _write_parts(treatment, parts)
        _confirm(treatment, reasons, by, now)
    return treatment


def _refuse_future(started_at: datetime, now: datetime) -> None:
    if started_at > now:
        raise Refusal("in_the_future", "A session is written down when it has begun.", field="started_at")


def locked_draft(treatment: Treatment) -> Treatment:
    """The draft as it stands now, held until the transaction ends. Raises 409 `note_signed`."""
    row = Treatment.objects.select_for_update(of=("self",)).get(pk=treatment.pk)
    if row.is_signed:
        raise Conflict("note_signed", "This note is signed. Add an amendment instead.")
    return row


def discard(*, treatment: Treatment, by: User, now: datetime) -> None:
    """Throws a draft away; its history stays. Raises 409 `note_signed`."""
    with acting(by):
        locked_draft(treatment).delete()


def _parts_of(fields: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {name: fields.pop(name) for name in PARTS if name in fields}


def refuse_impossible_side(point: Point | None, side: str) -> None:
    """CV and GV run in the middle and have no side; a point of a pair has one. WHO Standard (2008), laterality."""
    if point is None:
        return
    possible = {
        Point.Laterality.MIDLINE: {Side.MIDLINE},
        Point.Laterality.LEFT: {Side.LEFT},
        Point.Laterality.RIGHT: {Side.RIGHT},
        Point.Laterality.BILATERAL: {Side.LEFT, Side.RIGHT, Side.BOTH},
    }[Point.Laterality(point.laterality)]
    if side not in possible:
        words = " or ".join(sorted(Side(value).label.lower() for value in possible))
        raise Refusal("side_impossible", f"{point.code} can be needled {words} only.", field="needlings")


def _write_parts(treatment: Treatment, parts: dict[str, list[dict[str, Any]]]) -> None:
    for name, rows in parts.items():
        PARTS[name].objects.filter(treatment=treatment).delete()
        add_parts(treatment, name, rows)


def add_parts(treatment: Treatment, name: str, rows: list[dict[str, Any]], *, after: int = 0) -> None:
    """Rows of one list of a draft that is locked, behind the `after` that stand. Raises 422 `side_impossible`."""
    model = PARTS[name]
    if model is Needling:
        for row in rows:
            refuse_impossible_side(row.get("point"), row["side"])
        rows = [{"position": position, **row} for position, row in enumerate(rows, after + 1)]
    model.objects.bulk_create(model(treatment=treatment, **row) for row in rows)


def _confirm(treatment: Treatment, reasons: list[dict[str, str]] | None, by: User, now: datetime) -> None:
    """Of the note as it stands now, with its parts written."""
    if reasons is not None:
        whole = Treatment.objects.whole().get(pk=treatment.pk)
        findings = checking.findings_of(whole)
        confirming.confirm(treatment=whole, findings=findings, reasons=reasons, by=by, now=now)
