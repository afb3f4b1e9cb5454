"""What goes to the bank of a day: sums by method and each payment, on one page that is made to be printed."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from billing.models import Payment
from billing.payments.banking import banking
from clinic.permissions import Permission


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    if not request.user.may(Permission.SEE_MONEY):
        raise PermissionDenied
    on = _day_asked(request)
    payments = Payment.objects.visible_to(request.user).filter(received_on=on).select_related("patient", "payer")
    return TemplateResponse(
        request,
        "frontdesk/banking.html",
        {
            **context,
            "title": "Banking",
            "on": on,
            "before": on - timedelta(days=1),
            "after": on + timedelta(days=1),
            "banking": banking(from_on=on, to_on=on),
            "payments": payments.order_by("method", "number"),
        },
    )


def _day_asked(request: HttpRequest) -> date:
    """The day of the query, or today, also where what is asked is no day."""
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate()
