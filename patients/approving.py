"""Taking down that a payer approved more sessions of a case."""

from datetime import date, datetime

from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import User
from patients.models import Case, PurchaseOrder


def take_down_order(
    *,
    case: Case,
    number: str,
    sessions: int,
    approved_on: date,
    by: User,
    now: datetime,
    valid_from: date | None = None,
    expires_on: date | None = None,
    note: str = "",
) -> PurchaseOrder:
    """Valid from the day of approval unless `valid_from` says otherwise. The first order's number becomes that of the
    case, where none is written there. Raises `nobody_to_approve`."""
    with acting(by):
        case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        if case.kind == Case.Kind.PRIVATE:
            raise Refusal("nobody_to_approve", "In a private case there is nobody who approves sessions.")
        order = PurchaseOrder.objects.create(
            case=case,
            number=number,
            sessions=sessions,
            approved_on=approved_on,
            valid_from=valid_from or approved_on,
            expires_on=expires_on,
            note=note,
        )
        if not case.purchase_order_number:
            case.purchase_order_number = number
            case.save(update_fields=["purchase_order_number", "updated_at"])
    return order
