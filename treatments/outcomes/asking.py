"""Asking a patient by link how they are: planned as a message around a visit, looked at again before it leaves."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from appointments.models import Appointment
from appointments.reminding import FALLEN, WANTED
from appointments.statuses import EXPECTED, Status
from clinic.acting import acting
from clinic.errors import Conflict, Refusal
from clinic.models import Practice, User
from messaging import planning, wording
from messaging.models import Channel, Message, Occasion
from messaging.reasons import Reason
from messaging.timing import not_in_the_past
from patients.models import Case, Patient
from treatments.models import OutcomeRequest, OutcomeScore
from treatments.outcomes import links
from treatments.outcomes.questions import QUESTIONS

SUBJECT_KIND = "outcome_request"
Timing = OutcomeRequest.Timing
A_DAY = timedelta(days=1)
# How long somebody may take to answer a question that no visit ends.
TO_ANSWER = timedelta(days=7)


def ask(
    *,
    patient: Patient,
    measures: Sequence[str],
    timing: str = Timing.NOW,
    appointment: Appointment | None = None,
    case: Case | None = None,
    activities: Sequence[str] | None = None,
    by: User,
    now: datetime,
) -> OutcomeRequest:
    """Plans the question in the same transaction. The day before the visit, the day after it, or at once.

    Without `activities`, those of the patient's last scale are asked about again. Raises 422 `timing_does_not_fit`,
    `measure_not_askable`, `appointment_of_another_patient`, `case_of_another_patient`, `visit_has_begun`,
    `activities_do_not_fit`, `question_too_late`.
    """
    _refuse_strangers(patient, appointment, case)
    if not set(measures) <= set(QUESTIONS):
        raise Refusal(
            "measure_not_askable", "Only measures whose wording is free are asked by link.", field="measures"
        )
    with acting(by, reason="ask"):
        request = OutcomeRequest(
            patient=patient,
            measures=list(dict.fromkeys(measures)),
            timing=timing,
            appointment=appointment,
            case=case or (appointment.case if appointment else None),
            asked_by=by,
        )
        request.activities = _activities(request, activities)
        _refuse_impossible_timing(request, now)
        _reckon(request, now)
        request.save()
        planning.plan(_intents(request, now), now=now)
    return request


def withdraw(*, request: OutcomeRequest, by: User, now: datetime) -> OutcomeRequest:
    """The link stops working, and a message that has not left stays. Raises 409 `already_answered`,
    `question_withdrawn`."""
    with acting(by, reason="withdraw"):
        row = OutcomeRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if row.answered_at is not None:
            raise Conflict("already_answered", "This question was answered already.")
        if row.withdrawn_at is not None:
            raise Conflict("question_withdrawn", "This question was taken back already.")
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at", "updated_at"])
        planning.withdraw(subject_kind=SUBJECT_KIND, subject_ids=[row.pk], reason=Reason.WITHDRAWN, now=now)
    return row


def follow_visits(*, now: datetime) -> int:
    """Moves open questions with their visits and plans what came to be wanted since; answers for how many it moved."""
    moved = 0
    with acting(None, reason="follow_visits"):
        rows = OutcomeRequest.objects.open(now=now).filter(appointment__isnull=False)
        rows = rows.select_for_update(of=("self",), skip_locked=True).order_by("pk")
        intents: list[planning.Intent] = []
        for row in rows.select_related("appointment__location", "patient"):
            if row.appointment.starts_at != row.visit_starts_at and _times(row, now)[1] > now:
                _reckon(row, now)
                row.save(update_fields=["visit_starts_at", "due_at", "expires_at", "updated_at"])
                moved += 1
            intents += _intents(row, now)
        planning.plan(intents, now=now)
    return moved


def guard(messages: Sequence[Message], now: datetime, *, lock: bool = False) -> dict[int, str]:
    """A reason for each question that must not leave. With `lock`, its visit and it stay as they are until the
    transaction ends."""
    ids = {message.subject_id for message in messages}
    visits = Appointment.objects.filter(outcome_requests__in=ids).order_by("pk")
    rows = OutcomeRequest.objects.filter(pk__in=ids).order_by("pk")
    if lock:
        visits = visits.select_for_update(of=("self",), no_key=True)
        rows = rows.select_for_update(of=("self",), no_key=True)
    appointments = {visit.pk: visit for visit in visits.only("status", "starts_at")}
    requests = {row.pk: row for row in rows}
    reasons = {}
    for message in messages:
        request = requests.get(message.subject_id)
        visit = appointments.get(request.appointment_id) if request else None
        if request is None:
            reasons[message.pk] = Reason.GONE
        else:
            reasons[message.pk] = _reason_against(request, visit, message.patient, message.channel, now)
    return {message_id: reason for message_id, reason in reasons.items() if reason}


def words(messages: Sequence[Message]) -> dict[int, Mapping[str, str]]:
    """What fills the places of a question's text. Nothing clinical, and of the patient the first name only."""
    practice = Practice.objects.current()
    rows = OutcomeRequest.objects.select_related(
        "patient", "appointment__practitioner", "appointment__location"
    ).in_bulk({message.subject_id for message in messages})
    return {message.pk: _words_for(rows[message.subject_id], practice) for message in messages}


def _words_for(request: OutcomeRequest, practice: Practice) -> Mapping[str, str]:
    visit = request.appointment
    location = visit.location if visit else None
    address = wording.one_line(((location.address if location else "") or practice.address).replace("\n", ", "))
    return {
        "first_name": request.patient.preferred_name or request.patient.first_name,
        "when": wording.spoken(visit.starts_at.astimezone(location.zone)) if visit else "",
        "practitioner": visit.practitioner.display_name if visit else "",
        "place": f"{location.name}, {address}" if location else address,
        "link": links.address_for(request),
        "link_words": "Answer the question",
        "practice": practice.name,
        "phone": (location.phone if location else "") or practice.phone,
    }


def _refuse_strangers(patient: Patient, appointment: Appointment | None, case: Case | None) -> None:
    if appointment is not None and appointment.patient_id != patient.pk:
        raise Refusal("appointment_of_another_patient", "That visit belongs to another patient.", field="appointment")
    if case is not None and case.patient_id != patient.pk:
        raise Refusal("case_of_another_patient", "That case belongs to another patient.", field="case")


def _activities(request: OutcomeRequest, given: Sequence[str] | None) -> list[str]:
    if "psfs" not in request.measures:
        if given:
            raise Refusal(
                "activities_do_not_fit", "Activities belong to the patient-specific scale.", field="activities"
            )
        return []
    if given is None:
        last = OutcomeScore.objects.standing().filter(patient=request.patient, measure="psfs", case=request.case)
        return last.order_by("-taken_on", "-id").values_list("labels", flat=True).first() or []
    named = list(dict.fromkeys(name.strip() for name in given if name.strip()))
    if named and not 3 <= len(named) <= 5:
        raise Refusal("activities_do_not_fit", "Name three to five activities, or none.", field="activities")
    return named


def _refuse_impossible_timing(request: OutcomeRequest, now: datetime) -> None:
    visit = request.appointment
    if (visit is None) != (request.timing == Timing.NOW):
        raise Refusal(
            "timing_does_not_fit", "Before or after needs the visit; at once needs none.", field="appointment"
        )
    if request.timing == Timing.BEFORE and (visit.starts_at <= now or visit.status not in EXPECTED):
        raise Refusal("visit_has_begun", "That visit is no longer to come.", field="appointment")
    if request.timing == Timing.AFTER and _times(request, now)[1] <= now:
        raise Refusal("question_too_late", "That visit was too long ago. Ask at once instead.", field="appointment")


def _times(request: OutcomeRequest, now: datetime) -> tuple[datetime, datetime]:
    """When the question is due and when it expires."""
    visit = request.appointment
    if request.timing == Timing.BEFORE:
        return min(not_in_the_past(visit.starts_at - A_DAY, now=now), visit.starts_at), visit.starts_at
    if request.timing == Timing.AFTER:
        return not_in_the_past(visit.ends_at + A_DAY, now=now), visit.ends_at + A_DAY + TO_ANSWER
    return now, now + TO_ANSWER


def _reckon(request: OutcomeRequest, now: datetime) -> None:
    request.due_at, request.expires_at = _times(request, now)
    request.visit_starts_at = request.appointment.starts_at if request.appointment else None


def _intents(request: OutcomeRequest, now: datetime) -> Iterator[planning.Intent]:
    """One message for each channel; somebody who wants none gets a skipped one with the reason."""
    patient = request.patient
    for channel in WANTED[patient.reminder_channel] or (Channel.EMAIL,):
        yield planning.Intent(
            person=patient,
            occasion=Occasion.OUTCOME_QUESTION,
            rule=None,
            channel=channel,
            subject_kind=SUBJECT_KIND,
            subject_id=request.pk,
            subject_starts_at=None,
            due_at=not_in_the_past(request.due_at, now=now),
            reason=_reason_against(request, request.appointment, patient, channel, now),
        )


def _reason_against(
    request: OutcomeRequest, visit: Appointment | None, patient: Patient, channel: str, now: datetime
) -> str:
    if request.answered_at is not None:
        return Reason.ANSWERED
    if request.withdrawn_at is not None:
        return Reason.WITHDRAWN
    if request.expires_at <= now:
        return Reason.EXPIRED
    if patient.archived_at is not None:
        return Reason.ARCHIVED
    if channel not in WANTED[patient.reminder_channel]:
        return Reason.NOT_WANTED
    return _reason_of_visit(request, visit, now) if request.timing != Timing.NOW else ""


def _reason_of_visit(request: OutcomeRequest, visit: Appointment | None, now: datetime) -> str:
    if visit is None:
        return Reason.GONE
    if visit.status in {Status.CANCELLED, Status.MISSED}:
        return FALLEN[visit.status]
    if visit.starts_at != request.visit_starts_at:
        return Reason.MOVED
    if request.timing == Timing.BEFORE:
        return "" if visit.status in EXPECTED else FALLEN.get(visit.status, Reason.GONE)
    return Reason.NOT_SEEN if visit.status in EXPECTED and request.due_at <= now else ""
