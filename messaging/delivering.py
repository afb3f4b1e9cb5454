"""Delivering: a worker hands claimed messages to their gateway and writes down what became of each.

Before a letter leaves, its message is marked as handed over and that is committed. A crash afterwards therefore can
leave a message whose fate is not known, never one that is sent again unnoticed.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from messaging import enclosing, gateways, timing
from messaging.gateways import Away, Gateway, Letter, NotTaken, Refused
from messaging.guarding import reasons_against
from messaging.letters import letters_for
from messaging.models import Message
from messaging.reasons import Reason
from messaging.sweeping import BATCH, skip

logger = logging.getLogger(__name__)

State = Message.State
# About a day of tries, for a message that nothing else makes pointless.
MOST_ATTEMPTS = 50


def deliver(*, message_ids: Sequence[int], clock: Callable[[], datetime]) -> None:
    """Hands over those of the messages that are still claimed. `clock` is asked anew for every letter."""
    by_channel: dict[str, list[int]] = {}
    claimed = Message.objects.filter(pk__in=message_ids, state=State.CLAIMED).order_by("due_at", "pk")
    for message_id, channel in claimed.values_list("pk", "channel"):
        by_channel.setdefault(channel, []).append(message_id)
    for channel, ids in by_channel.items():
        gateway = gateways.for_channel(channel)
        if gateway is None:
            skip(dict.fromkeys(ids, Reason.NO_GATEWAY), now=clock())
        else:
            _through(gateway, ids, clock)


def _through(gateway: Gateway, ids: list[int], clock: Callable[[], datetime]) -> None:
    """All of a channel's messages through one opened gateway. When it goes away, the rest goes back."""
    to_come, undrawn = enclosing.prepare(ids, clock=clock)
    put_back(to_come, code=Reason.NOT_DRAWN, now=clock())
    skip(dict.fromkeys(undrawn, Reason.NO_PAPER), now=clock())
    ids = [pk for pk in ids if pk not in {*to_come, *undrawn}]
    if not ids:
        return
    try:
        gateway.open()
    except NotTaken as error:
        put_back(ids, code=error.code, now=clock(), wait=error.wait)
        return
    # Where a repeat is recognised, many can be handed over at once; elsewhere each crash may cost one answer only.
    at_once = BATCH if gateway.honours_keys else 1
    try:
        while ids:
            chunk, ids = ids[:at_once], ids[at_once:]
            letters = hand_over(chunk, now=clock())
            away = [error for pk, letter in letters.items() if (error := _send(gateway, pk, letter, clock))]
            if away:
                put_back(ids, code=away[0].code, now=clock(), wait=away[0].wait)
                return
    finally:
        gateway.close()


def hand_over(ids: Sequence[int], *, now: datetime) -> dict[int, Letter]:
    """Asks once more whether each message stands, with its subject held, and marks those that do. Committed on return.

    Locks go from the subject to the message, as in the acts that change the subject.
    """
    with transaction.atomic(durable=True):
        rows = Message.objects.filter(pk__in=ids, state=State.CLAIMED)
        rows = list(rows.select_related("patient", "user", "payer", "rule", "paper"))
        reasons = reasons_against(rows, now=now, lock=True)
        letters = letters_for([row for row in rows if row.pk not in reasons])
        without = [row for row in rows if row.pk not in reasons | letters]
        skip(reasons | {row.pk: Reason.NO_PAPER if row.paper_id else Reason.NO_TEXT for row in without}, now=now)
        ours = Message.objects.filter(pk__in=letters, state=State.CLAIMED).select_for_update(of=("self",))
        handed = list(ours.order_by("pk"))
        for row in handed:
            letter = letters[row.pk]
            row.state, row.updated_at = State.HANDED_OVER, now
            row.recipient, row.subject_line, row.body = letter.recipient, letter.subject, letter.kept_text
            # The first hand-over is when the life of a gateway's key begins.
            row.handed_over_at = row.handed_over_at or now
        Message.objects.bulk_update(
            handed, ["state", "recipient", "subject_line", "body", "handed_over_at", "updated_at"]
        )
    return {row.pk: letters[row.pk] for row in handed}


def _send(gateway: Gateway, message_id: int, letter: Letter, clock: Callable[[], datetime]) -> NotTaken | None:
    """Sends one letter and notes its fate; answers why where the gateway itself is away. Errors are noted by
    their type only: their texts quote addresses."""
    mine = Message.objects.filter(pk=message_id, state__in=[State.HANDED_OVER, State.UNKNOWN])
    try:
        gateway.send(letter)
    except Refused as error:
        mine.update(state=State.FAILED, reason=error.code, handed_over_at=None, updated_at=clock())
    except NotTaken as error:
        put_back([message_id], code=error.code, now=clock(), wait=error.wait)
        return error if error.is_away else None
    except Exception as error:  # whatever an adapter raises, its letter may be on the way
        logger.error("No answer to message %d (%s)", message_id, type(error).__name__)
        if gateway.honours_keys:
            put_back([message_id], code=Reason.ANSWER_LOST, now=clock(), may_have_left=True)
        else:
            mine.update(state=State.UNKNOWN, reason=Reason.ANSWER_LOST, updated_at=clock())
        return Away(Reason.AWAY)
    else:
        now = clock()
        mine.update(state=State.SENT, reason="", sent_at=now, updated_at=now)
    return None


def put_back(
    ids: Sequence[int], *, code: str, now: datetime, wait: timedelta | None = None, may_have_left: bool = False
) -> None:
    """Plans messages that were not taken anew: later each time, not before the other side's `wait` is over, and never
    after what they are about has begun."""
    with transaction.atomic():
        rows = Message.objects.filter(pk__in=ids, state__in=[State.CLAIMED, State.HANDED_OVER])
        rows = list(rows.select_for_update(of=("self",)).order_by("pk"))
        for row in rows:
            row.attempts += 1
            row.claimed_at = None
            row.handed_over_at = row.handed_over_at if may_have_left else None
            row.updated_at = now
            next_try = timing.next_try(now=now, attempts=row.attempts, before=row.subject_starts_at, asked=wait)
            if next_try is None:
                row.state, row.reason = State.SKIPPED, Reason.TOO_LATE
            elif row.subject_starts_at is None and row.attempts >= MOST_ATTEMPTS:
                row.state, row.reason = State.FAILED, Reason.GAVE_UP
            else:
                row.state, row.reason, row.due_at = State.PLANNED, code, next_try
        Message.objects.bulk_update(
            rows, ["state", "reason", "due_at", "attempts", "claimed_at", "handed_over_at", "updated_at"]
        )
    if rows:
        logger.warning("%d messages were not taken (%s) and will be tried again", len(rows), code)
