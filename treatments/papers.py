"""Gathers what the clinical papers show. The drawing is in `treatments/pdf/` and runs no query."""

from collections.abc import Iterator
from typing import Any

from clinic import documents
from clinic.errors import Refusal
from clinic.models import Practice
from treatments import vocabulary
from treatments.bodychart import views
from treatments.examination import conditions, finding_trend
from treatments.models import (
    Amendment,
    Confirmation,
    Cupping,
    EarPoint,
    Examination,
    Moxibustion,
    Needling,
    Technique,
    Treatment,
)
from treatments.pdf import signed_note as paper
from treatments.pdf import values


def signed_note(subject: int) -> documents.Paper:
    """Raises 422 `note_not_signed`: a draft is no record yet."""
    treatment = Treatment.objects.under_signature().filter(pk=subject).first()
    if treatment is None or not treatment.is_signed:
        raise Refusal("note_not_signed", "Only a signed note can be printed.", field="subject")
    practice = Practice.objects.current()
    return documents.compose(
        paper, note_values(treatment, practice), practice=practice, number=f"N-{treatment.pk:06d}",
        patient_id=treatment.patient_id,
    )  # fmt: skip


def note_values(treatment: Treatment, practice: Practice) -> values.SignedNote:
    """What the paper of a signed note says; `treatment` is one of `under_signature()`."""
    patient, case, ear = treatment.patient, treatment.case, _ear_points(treatment)
    return values.SignedNote(
        number=f"N-{treatment.pk:06d}",
        patient=values.NotePatient(
            name=str(patient),
            nhi=patient.nhi or "",
            date_of_birth=patient.date_of_birth,
            sex=patient.get_sex_display(),
            preferred_name=patient.preferred_name,
        ),
        practitioner=str(treatment.practitioner),
        started_at=treatment.started_at.astimezone(practice.zone),
        signature=values.NoteSignature(
            name=str(treatment.practitioner),
            signed_at=treatment.signed_at.astimezone(practice.zone),
            sha256=treatment.content_hash,
            registration_number=treatment.practitioner.registration_number,
        ),
        location=treatment.place,
        case_title=case.title if case else "",
        claim_number=case.claim_number if case else "",
        complaint=treatment.complaint,
        subjective=treatment.subjective,
        objective=treatment.objective,
        assessment=treatment.assessment,
        plan=treatment.plan,
        tongue=vocabulary.tongue_sentence(treatment.tongue),
        pulse=vocabulary.pulse_sentence(treatment.pulse),
        eight_principles=vocabulary.principles_words(treatment.eight_principles),
        patterns=tuple(treatment.patterns),
        western_diagnosis=treatment.western_diagnosis,
        treatment_principle=treatment.treatment_principle,
        style=treatment.style,
        reasoning=treatment.reasoning,
        marks=tuple(_mark(mark) for mark in treatment.marks),
        chart=tuple(_charted(treatment)),
        response=treatment.response,
        aftercare=treatment.aftercare,
        examinations=tuple(_examination(row) for row in treatment.examinations.all()),
        lots=tuple(values.NoteLot(name=str(row.lot), needles=row.needles) for row in treatment.lot_uses.all()),
        needlings=tuple(_needling(row) for row in treatment.needlings.all()),
        cuppings=tuple(_cupping(row) for row in treatment.cuppings.all()),
        moxibustions=tuple(_moxibustion(row) for row in treatment.moxibustions.all()),
        techniques=tuple(_technique(row, ear) for row in treatment.techniques.all()),
        face_to_face_minutes=treatment.face_to_face_minutes,
        reinsertions=treatment.reinsertions,
        needles_in=treatment.needles_in,
        needles_out=treatment.needles_out,
        is_late_entry=treatment.is_late_entry(treatment.signed_at),
        cosignature=_cosignature(treatment, practice),
        findings=tuple(_finding(row, practice) for row in treatment.confirmations.all()),
        amendments=tuple(_amendment(row, practice) for row in treatment.amendments.all()),
    )


def _examination(row: Examination) -> values.NoteExamination:
    kind = conditions.finding_kinds().get(row.finding)
    words = [f"pain goes to {row.referral}" if row.referral else "", row.note]
    return values.NoteExamination(
        name=finding_trend.called(row.finding_name, row),
        found=finding_trend.seen(kind, row) if kind else row.answer,
        note="; ".join(filter(None, words)),
    )


def _needling(row: Needling) -> values.NoteNeedling:
    named = f"{row.point.code} {row.point.pinyin_toned} {row.point.hanzi}" if row.point else ""
    return values.NoteNeedling(
        point=", ".join(part for part in (named, row.free_location) if part),
        side=row.get_side_display(),
        technique=row.get_technique_display(),
        depth_mm=row.depth_mm,
        angle=row.get_angle_display(),
        gauge=row.gauge,
        retention_minutes=row.retention_minutes,
        deqi=row.deqi,
        twitch=row.twitch,
        stimulation=row.get_stimulation_display(),
        needle_type=row.needle_type,
        electro_hz=f"{row.electro_hz.normalize():f}" if row.electro_hz else "",
        electro_pair=row.electro_pair,
        needles_in=row.needles_in,
        needles_out=row.needles_out,
    )


def _cupping(row: Cupping) -> values.NoteCupping:
    return values.NoteCupping(
        kind=row.get_kind_display(), sites=row.sites, minutes=row.minutes, cups=row.cups, movement=row.movement,
        marks=row.marks,
    )  # fmt: skip


def _moxibustion(row: Moxibustion) -> values.NoteMoxibustion:
    return values.NoteMoxibustion(
        kind=row.get_kind_display(), point=row.point_id or "", site=row.site, minutes=row.minutes, cones=row.cones
    )


def _ear_points(treatment: Treatment) -> dict[str, str]:
    codes = {code for row in treatment.techniques.all() for code in row.ear_points}
    found = EarPoint.objects.filter(code__in=codes) if codes else []
    return {point.code: f"{point.english} ({point.code})" for point in found}


def _technique(row: Technique, ear: dict[str, str]) -> values.NoteTechnique:
    return values.NoteTechnique(
        name=row.get_kind_display(),
        site=row.site,
        ear_points=", ".join(ear.get(code, code) for code in row.ear_points),
        minutes=row.minutes,
        note=row.note,
    )


def _mark(mark: dict[str, Any]) -> str:
    view = views().get(mark["view"])
    return ": ".join(filter(None, [view.title if view else mark["view"], mark.get("text", "")]))


def _charted(treatment: Treatment) -> Iterator[values.NoteMark]:
    for row in treatment.needlings.all():
        if row.point_id:
            yield values.NoteMark(code=row.point_id, side=row.side)
    for row in treatment.moxibustions.all():
        if row.point_id:
            yield values.NoteMark(code=row.point_id, state="moxa")
    for mark in treatment.marks:
        yield values.NoteMark(
            view=mark["view"], x=mark["x"], y=mark["y"], text=mark.get("text", ""), state="free"
        )  # fmt: skip


def _finding(row: Confirmation, practice: Practice) -> values.NoteFinding:
    return values.NoteFinding(
        severity=row.severity,
        message=row.message,
        source=row.source,
        reason=row.reason,
        confirmed_by=str(row.confirmed_by),
        confirmed_at=row.confirmed_at.astimezone(practice.zone),
    )


def _cosignature(treatment: Treatment, practice: Practice) -> values.NoteCoSignature | None:
    given = getattr(treatment, "cosignature", None)
    if given is None:
        return None
    return values.NoteCoSignature(
        name=str(given.signed_by), signed_at=given.signed_at.astimezone(practice.zone), sha256=given.content_hash
    )


def _amendment(row: Amendment, practice: Practice) -> values.NoteAmendment:
    return values.NoteAmendment(
        author=str(row.author),
        written_at=row.written_at.astimezone(practice.zone),
        text=row.text,
        reason=row.reason,
        sha256=row.content_hash,
    )
