"""Taking down what a payer decided: the cover status of a case, with its history."""

from datetime import date, datetime

from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import Practice, User
from patients.models import Case, CoverDecision, CoverStatus


def take_down(
    *,
    case: Case,
    status: CoverStatus,
    by: User | None,
    now: datetime,
    decided_on: date | None = None,
    source: CoverDecision.Source = CoverDecision.Source.TYPED,
    note: str = "",
) -> CoverDecision:
    """From now on the case is covered as `status` says. Raises `decided_in_future`."""
    with acting(by):
        case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        case.cover_status, case.cover_decided_on = status, decided_on
        decision = note_cover(case, by=by, now=now, source=source, note=note, field="decided_on")
        case.save(update_fields=["cover_status", "cover_decided_on", "updated_at"])
    return decision


def note_cover(
    case: Case,
    *,
    by: User | None,
    now: datetime,
    source: CoverDecision.Source = CoverDecision.Source.TYPED,
    note: str = "",
    field: str = "cover_decided_on",
) -> CoverDecision:
    """The status as the case has it, added to its history; for the verbs that write the case. `field` is what the day
    is called where it was asked for."""
    today = now.astimezone(Practice.objects.current().zone).date()
    if case.cover_decided_on is not None and case.cover_decided_on > today:
        raise Refusal("decided_in_future", "That day of the decision has not come yet.", field=field)
    return CoverDecision.objects.create(
        case=case,
        status=case.cover_status,
        decided_on=case.cover_decided_on,
        noted_at=now,
        noted_by=by,
        source=source,
        note=note,
    )
