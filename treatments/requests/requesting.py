"""Requests to ACC for further treatment: drafted over a claim, finished, and then as they were sent.

What ACC's ACC32 asks for is in `treatments.models.request`, when it is a standard one in `treatments.requests.rules`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from clinic import chain
from clinic.acting import acting
from clinic.errors import Conflict, NotAllowed, Refusal
from clinic.models import Practice, Practitioner, User
from patients import approving
from patients.models import Case, Diagnosis
from treatments.models import RequestAnswer, TreatmentRequest
from treatments.pdf.report_values import as_json
from treatments.requests import content as request_content
from treatments.requests import rules as request_rules

Reason = TreatmentRequest.Reason


@dataclass(frozen=True, slots=True)
class Missing:
    """What stands between a draft and its finish, in plain words."""

    code: str
    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether it is one of ACC's standard requests, by which checks, and what is still missing."""

    standard: bool
    checks: list[request_rules.Check]
    missing: list[Missing]


def draft(
    *, case: Case, practitioner: Practitioner, by: User, now: datetime, reasons: list[str] | None = None, **fields: Any
) -> TreatmentRequest:
    """For more treatment, unless `reasons` say otherwise.

    Raises 409 `request_begun`, 422 `not_an_acc_case`, `diagnosis_not_on_case`, `too_many_changes`, and what a
    diagnosis is refused for."""
    if case.kind != Case.Kind.ACC:
        raise Refusal("not_an_acc_case", "ACC is asked about its own claims only.", field="case")
    request = TreatmentRequest(
        patient=case.patient,
        case=case,
        practitioner=practitioner,
        reasons=_in_order(reasons or [Reason.MORE_TREATMENT]),
        **fields,
    )
    with acting(by):
        _refuse_impossible_changes(request)
        request.save()
    return request


def revise(*, request: TreatmentRequest, by: User, now: datetime, **fields: Any) -> TreatmentRequest:
    """Raises 409 `request_finished`, 422 as `draft`."""
    with acting(by):
        request = _locked_draft(request)
        for name, value in fields.items():
            setattr(request, name, _in_order(value) if name == "reasons" else value)
        _refuse_impossible_changes(request)
        request.save(update_fields=[*fields, "updated_at"])
    return request


def readiness(*, request: TreatmentRequest, now: datetime) -> Readiness:
    """As things stand now. Runs the same few queries for every request."""
    checks = request_rules.checks(_facts(request, now))
    standard = request_rules.is_standard(checks)
    return Readiness(standard, checks, _missing(request, standard, now))


def finish(*, request: TreatmentRequest, by: User, now: datetime) -> TreatmentRequest:
    """Writes down what the request asks now, with what goes with it, and freezes it.

    Raises 403 `not_your_request`, 409 `request_finished`, 422 with the code of what is missing first; all that is
    missing is listed in the answer."""
    with acting(by, reason="finish"):
        request = _locked_draft(request)
        if request.practitioner.user_id != by.pk:
            raise NotAllowed("not_your_request", "A request is finished by the practitioner whose request it is.")
        found = readiness(request=request, now=now)
        if found.missing:
            first = found.missing[0]
            raise Refusal(
                first.code,
                first.detail,
                field=first.field,
                missing=[{"code": one.code, "field": one.field, "detail": one.detail} for one in found.missing],
            )
        request.standard, request.finished_at, request.finished_by = found.standard, now, by
        content = request_content.gather(request, checks=found.checks, zone=Practice.objects.current().zone)
        request.content = as_json(content)
        request.content_hash = chain.link(request.content, previous=chain.BEGINNING)
        request.status = TreatmentRequest.Status.FINISHED
        request.save(
            update_fields=[
                "status", "standard", "finished_at", "finished_by", "content", "content_hash", "updated_at"
            ]
        )  # fmt: skip
    return request


def discard(*, request: TreatmentRequest, by: User, now: datetime) -> None:
    """Throws a draft away; its history stays. Raises 409 `request_finished`."""
    with acting(by):
        _locked_draft(request).delete()


def take_down_answer(
    *,
    request: TreatmentRequest,
    approved: bool,
    answered_on: date,
    by: User,
    now: datetime,
    number: str = "",
    sessions: int | None = None,
    valid_from: date | None = None,
    expires_on: date | None = None,
    note: str = "",
) -> RequestAnswer:
    """An approval of sessions becomes a purchase order of the case.

    Raises 409 `request_not_finished`, `purchase_order_exists`, 422 `answered_in_future`, `answered_before_asked`,
    `purchase_order_missing`, `declined_with_order`, `ends_before_it_begins`."""
    zone = Practice.objects.current().zone
    with acting(by, reason="answer"):
        request = TreatmentRequest.objects.select_for_update(of=("self",)).select_related("case").get(pk=request.pk)
        if not request.is_finished:
            raise Conflict("request_not_finished", "This request is not finished, so nobody can have answered it.")
        if answered_on > now.astimezone(zone).date():
            raise Refusal("answered_in_future", "That day has not come yet.", field="answered_on")
        if answered_on < request.finished_at.astimezone(zone).date():
            raise Refusal(
                "answered_before_asked", "That day lies before the request was finished.", field="answered_on"
            )
        _refuse_unclear_order(request, approved, number, sessions)
        order = None
        if approved and number:
            order = approving.take_down_order(
                case=request.case, number=number, sessions=sessions, approved_on=answered_on, valid_from=valid_from,
                expires_on=expires_on, note=note, by=by, now=now,
            )  # fmt: skip
        return RequestAnswer.objects.create(
            request=request,
            approved=approved,
            answered_on=answered_on,
            purchase_order=order,
            note=note,
            taken_down_at=now,
            taken_down_by=by,
        )


def _refuse_unclear_order(request: TreatmentRequest, approved: bool, number: str, sessions: int | None) -> None:
    if not approved and (number or sessions):
        raise Refusal("declined_with_order", "A declined request comes with no purchase order.", field="number")
    if not approved:
        return
    if Reason.MORE_TREATMENT in request.reasons and not (number and sessions):
        raise Refusal(
            "purchase_order_missing",
            "Write the purchase order's number, and how many sessions it is for.",
            field="sessions" if number else "number",
        )
    if bool(number) != bool(sessions):
        raise Refusal(
            "purchase_order_missing",
            "A purchase order has a number and is for so many sessions.",
            field="sessions" if number else "number",
        )


def _facts(request: TreatmentRequest, now: datetime) -> request_rules.Facts:
    case, added = request.case, request.diagnoses_to_add
    of_claim = models.Q(case=case)
    if case.claim_number:
        of_claim |= models.Q(case__claim_number=case.claim_number, patient=request.patient_id)
    earlier = (
        TreatmentRequest.objects.finished()
        .filter(of_claim, reasons__contains=[Reason.MORE_TREATMENT])
        .exclude(pk=request.pk)
    )
    read = [row["code"] for row in added if row["system"] == Diagnosis.System.READ2]
    return request_rules.Facts(
        cover_accepted=case.cover_status in request_rules.ACCEPTED,
        date_of_injury=case.date_of_injury,
        requested_on=now.astimezone(Practice.objects.current().zone).date(),
        earlier_requests=earlier.count(),
        after_surgery=request.after_surgery,
        changed_codes=(*read, *(row["code"] for row in request.sides_to_change)),
        other_changes=bool(request.lodgement_errors) or len(read) < len(added),
        listed_codes=frozenset(settings.ACC_STANDARD_READ_CODES),
    )


def _missing(request: TreatmentRequest, standard: bool, now: datetime) -> list[Missing]:
    found = [*_missing_of_the_record(request), *_missing_of_the_request(request)]
    if not standard:
        found += _missing_of_a_full_request(request)
    today = now.astimezone(Practice.objects.current().zone).date()
    if request.patient_declared_on is None:
        sentence = "Ask the patient whether this may be sent, and write down the day."
        found.append(Missing("patient_declaration_missing", "patient_declared_on", sentence))
    elif request.patient_declared_on > today:
        found.append(Missing("declared_in_future", "patient_declared_on", "That day has not come yet."))
    return found


def _missing_of_the_record(request: TreatmentRequest) -> list[Missing]:
    case, found = request.case, []
    if not case.claim_number:
        found.append(Missing("claim_number_missing", "case", "The case has no claim number."))
    if not case.diagnoses.exists():
        found.append(Missing("diagnosis_missing", "case", "The case has no diagnosis."))
    if not request.practitioner.acc_provider_id:
        sentence = f"{request.practitioner.display_name} has no ACC provider number."
        found.append(Missing("provider_id_missing", "practitioner", sentence))
    return found


def _missing_of_the_request(request: TreatmentRequest) -> list[Missing]:
    found = []
    if Reason.MORE_TREATMENT in request.reasons and not request.sessions_requested:
        found.append(Missing("sessions_missing", "sessions_requested", "Say how many more sessions are asked for."))
    changes = (request.diagnoses_to_add, request.sides_to_change, request.lodgement_errors)
    if Reason.DIAGNOSIS in request.reasons and not any(changes):
        sentence = "Say which diagnosis is added, which side changes, or what was lodged wrongly."
        found.append(Missing("changes_missing", "diagnoses_to_add", sentence))
    if Reason.DIAGNOSIS not in request.reasons and any(changes):
        sentence = "Diagnoses are to change, but only more treatment is asked for."
        found.append(Missing("reason_missing", "reasons", sentence))
    return found


def _missing_of_a_full_request(request: TreatmentRequest) -> list[Missing]:
    """Not a standard one: the whole form, the clinical notes and outcome measures."""
    found = []
    if not request.supporting_information.strip():
        sentence = "This is no standard request: write how the condition comes from the injury and what is planned."
        found.append(Missing("supporting_information_missing", "supporting_information", sentence))
    if not request_content.notes_of(request).exists():
        sentence = "This is no standard request: it goes with the notes, and none of this case is signed."
        found.append(Missing("notes_missing", "case", sentence))
    if not request_content.scores_of(request).exists():
        sentence = "This is no standard request: it goes with outcome measures, and none of this case is scored."
        found.append(Missing("outcomes_missing", "case", sentence))
    return found


def _in_order(reasons: list[str]) -> list[str]:
    return [reason for reason in Reason.values if reason in reasons]


def _locked_draft(request: TreatmentRequest) -> TreatmentRequest:
    row = (
        TreatmentRequest.objects.select_for_update(of=("self",))
        .select_related("patient", "case", "practitioner")
        .get(pk=request.pk)
    )
    if row.is_finished:
        raise Conflict("request_finished", "This request is finished and stays as it was sent. Write a new one.")
    return row


def _refuse_impossible_changes(request: TreatmentRequest) -> None:
    """The rules of a diagnosis on a case hold for one that is to come; a side changes of one that is there."""
    for row in request.diagnoses_to_add:
        _refuse_malformed(row)
    on_case = {(row.code, row.side) for row in request.case.diagnoses.all()}
    for row in request.sides_to_change:
        if (row["code"], row["side_now"]) not in on_case:
            raise Refusal(
                "diagnosis_not_on_case", f"The case has no {row['code']} of that side.", field="sides_to_change"
            )
        if row["side"] == row["side_now"]:
            raise Refusal("side_unchanged", f"The side of {row['code']} is that already.", field="sides_to_change")


def _refuse_malformed(row: dict[str, str]) -> None:
    diagnosis = Diagnosis(**row)
    for constraint in Diagnosis._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            try:
                constraint.validate(Diagnosis, diagnosis)
            except ValidationError as error:
                raise Refusal(error.code, error.message, field="diagnoses_to_add") from error
