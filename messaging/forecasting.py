"""What a day's messages will be: who gets what when, who does not and why. Nothing is written."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.wall import on_the_wall
from messaging.guarding import reasons_against
from messaging.models import Message
from messaging.reasons import in_words

State = Message.State
# Still to be decided: asked as if they left now.
OPEN = frozenset({State.PLANNED, State.CLAIMED})
NOT_SENT = frozenset({State.SKIPPED, State.FAILED})


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A message of the day. `reason` is empty where it leaves or has left."""

    message: Message
    reason: str

    @property
    def reason_text(self) -> str:
        return in_words(self.reason) if self.reason else ""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    on: date
    will: list[Entry]
    will_not: list[Entry]


def forecast(*, on: date, zone: ZoneInfo, now: datetime) -> Forecast:
    """The messages that are due on that day on the wall of `zone`, in the order of their times."""
    begins = on_the_wall(on, time(0), zone)
    ends = on_the_wall(on + timedelta(days=1), time(0), zone)
    messages = list(
        Message.objects.filter(due_at__gte=begins, due_at__lt=ends)
        .select_related("patient", "user", "payer", "rule")
        .order_by("due_at", "pk")
    )
    reasons = reasons_against([message for message in messages if message.state in OPEN], now=now)
    entries = [Entry(message=message, reason=_reason(message, reasons)) for message in messages]
    return Forecast(
        on=on,
        will=[entry for entry in entries if not entry.reason],
        will_not=[entry for entry in entries if entry.reason],
    )


def _reason(message: Message, reasons: dict[int, str]) -> str:
    if message.state in OPEN:
        return reasons.get(message.pk, "")
    return message.reason if message.state in NOT_SENT else ""
