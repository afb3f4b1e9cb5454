"""Whether a planned message still makes sense: asked when it is claimed, and once more before it leaves."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from messaging.models import Message, MessageTemplate
from messaging.planning import obstacle
from messaging.reasons import Reason

State = Message.State
# On its way or there: another reminder of the same time may then be one too many.
GOING = frozenset({State.CLAIMED, State.HANDED_OVER, State.SENT, State.DELIVERED, State.UNKNOWN})


def reasons_against(messages: Sequence[Message], *, now: datetime, lock: bool = False) -> dict[int, str]:
    """A reason code for each message that must not leave; the others are not mentioned.

    The floor a subject belongs to is asked through `settings.MESSAGE_GUARDS`. With `lock`, it holds its rows until
    the caller's transaction ends, so that the answer is still true at the commit.
    """
    reasons: dict[int, str] = {}
    for kind in {message.subject_kind for message in messages}:
        guard = import_string(settings.MESSAGE_GUARDS[kind])
        reasons |= guard([message for message in messages if message.subject_kind == kind], now, lock=lock)
    texts = set(MessageTemplate.objects.values_list("occasion", "channel"))
    for message in messages:
        if message.subject_starts_at is not None and message.subject_starts_at <= now:
            reasons.setdefault(message.pk, Reason.TOO_LATE)
        elif reason := obstacle(message.person, message.channel, message.address):
            reasons.setdefault(message.pk, reason)
        elif (message.occasion, message.channel) not in texts:
            reasons.setdefault(message.pk, Reason.NO_TEXT)
    return reasons


def superseded(messages: Sequence[Message], *, now: datetime) -> dict[int, str]:
    """Those that a later message of the same subject, time and channel has overtaken.

    After a silence, or for a late booking, several rules can be due together: one reminder is enough.
    """
    rivals: dict[tuple, list[Message]] = {}
    ids = {message.subject_id for message in messages}
    kinds = {message.subject_kind for message in messages}
    due = Message.objects.filter(subject_kind__in=kinds, subject_id__in=ids, due_at__lte=now)
    for rival in due.filter(state__in=[State.PLANNED, *GOING]).only(
        "occasion", "channel", "subject_kind", "subject_id", "subject_starts_at", "due_at", "state"
    ):
        rivals.setdefault(_same(rival), []).append(rival)
    return {
        message.pk: Reason.SUPERSEDED
        for message in messages
        if any(_overtakes(rival, message) for rival in rivals.get(_same(message), []))
    }


def _same(message: Message) -> tuple:
    return (
        message.occasion,
        message.channel,
        message.subject_kind,
        message.subject_id,
        message.subject_starts_at,
    )


def _overtakes(rival: Message, message: Message) -> bool:
    if rival.pk == message.pk:
        return False
    # A message that is being tried again has a new due time, which says nothing about its rule.
    if rival.state in GOING and message.attempts:
        return True
    return (rival.due_at, rival.pk) > (message.due_at, message.pk)
