"""How a patient's alerts are written on staff pages."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Model, Prefetch
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clinic.models import User
from clinic.permissions import Permission
from patients.models import Alert, Patient


def marks(alerts: Iterable[Alert]) -> SafeString:
    """A mark and a word for each alert; red only for what can hurt."""
    return format_html_join(
        " ", '<span class="nb-mark" data-severity="{}">{}</span>', ((alert.severity, str(alert)) for alert in alerts)
    )


def banner(*, row: Model, user: User, now: datetime, request_id: str) -> SafeString | str:
    """The alerts of today in whole, the gravest first, above the page of a patient or of what belongs to one."""
    if not user.may(Permission.SEE_PATIENTS):
        return ""
    patient, today = row.pk if isinstance(row, Patient) else row.patient_id, timezone.localdate(now)
    alerts = Alert.objects.filter(patient=patient).holding(today).gravest_first()
    lines = format_html_join(
        "",
        '<li data-severity="{}"><strong>{}</strong> {}</li>',
        ((alert.severity, alert.get_severity_display(), alert.banner(today)) for alert in alerts),
    )
    return format_html('<ul class="nb-alerts" aria-label="Alerts">{}</ul>', lines) if lines else ""


def alerts_of_today(path: str = "alerts") -> Prefetch:
    """Those that hold today, serious ones first, as `alerts_now` of the patient at `path`."""
    return Prefetch(path, Alert.objects.holding(timezone.localdate()).gravest_first(), to_attr="alerts_now")
