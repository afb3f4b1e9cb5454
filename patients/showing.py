"""How a patient's alerts are written on staff pages."""

from collections.abc import Iterable

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from patients.models import Alert


def marks(alerts: Iterable[Alert]) -> SafeString:
    """A mark and a word for each alert; red only for what can hurt."""
    return format_html_join(
        " ", '<span class="nb-mark" data-severity="{}">{}</span>', ((alert.severity, str(alert)) for alert in alerts)
    )


def alerts_of_today(path: str = "alerts") -> Prefetch:
    """Those that hold today, serious ones first, as `alerts_now` of the patient at `path`."""
    return Prefetch(path, Alert.objects.holding(timezone.localdate()).gravest_first(), to_attr="alerts_now")
