"""The sweep, once a minute: it finds what is due and what got stuck. The rows are the queue; Celery carries ids."""

from datetime import datetime, timedelta

from django.db import transaction

from messaging import gateways
from messaging.guarding import reasons_against, superseded
from messaging.models import Channel, Message
from messaging.reasons import Reason

State = Message.State

# A worker gets this many ids at a time: Celery's price is per task.
BATCH = 50
CLAIMED_AT_ONCE = 500
# What is left for the next sweep, so that one sweep never outlasts a minute.
MOST_CLAIMED = 10_000
# A claim whose worker has not handed over by then is anybody's again.
CLAIM_LIFE = timedelta(minutes=2)
# No gateway takes as long as this to answer: whoever was waiting for the answer is dead.
ANSWER_LIFE = timedelta(minutes=5)


def sweep(*, now: datetime) -> list[list[int]]:
    """Claims what is due; answers the ids in batches for workers. Two sweeps at once never claim the same row."""
    release_stale_claims(now=now)
    settle_lost_answers(now=now)
    claimed: list[int] = []
    while len(claimed) < MOST_CLAIMED:
        looked_at, ids = claim(now=now)
        claimed += ids
        if looked_at < CLAIMED_AT_ONCE:
            break
    return [claimed[start : start + BATCH] for start in range(0, len(claimed), BATCH)]


def claim(*, now: datetime) -> tuple[int, list[int]]:
    """Takes the next due rows that nobody else holds: how many were looked at, and the ids claimed.

    Those that no longer make sense are skipped with their reason.
    """
    with transaction.atomic():
        rows = list(
            Message.objects.due(now=now)
            .select_related("patient", "user", "payer", "rule")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("due_at", "pk")[:CLAIMED_AT_ONCE]
        )
        if not rows:
            return 0, []
        reasons = superseded(rows, now=now) | reasons_against(rows, now=now)
        skip(reasons, now=now)
        claimed = [row.pk for row in rows if row.pk not in reasons]
        Message.objects.filter(pk__in=claimed).update(state=State.CLAIMED, claimed_at=now, reason="", updated_at=now)
    return len(rows), claimed


def skip(reasons: dict[int, str], *, now: datetime) -> None:
    """Settles planned or claimed messages as not sent."""
    by_reason: dict[str, list[int]] = {}
    for message_id, reason in reasons.items():
        by_reason.setdefault(reason, []).append(message_id)
    for reason, ids in by_reason.items():
        Message.objects.filter(pk__in=ids, state__in=[State.PLANNED, State.CLAIMED]).update(
            state=State.SKIPPED, reason=reason, claimed_at=None, updated_at=now
        )


def release_stale_claims(*, now: datetime) -> None:
    """A dead worker's claims, and those whose task was lost on the way, are planned again: nothing has left."""
    Message.objects.filter(state=State.CLAIMED, claimed_at__lt=now - CLAIM_LIFE).update(
        state=State.PLANNED, claimed_at=None, updated_at=now
    )


def settle_lost_answers(*, now: datetime) -> None:
    """What was handed over and never answered is unknown, and a person decides; or it is planned again, where the
    gateway would recognise a repeat."""
    silent = now - ANSWER_LIFE
    for channel in Channel.values:
        lost = Message.objects.filter(
            state=State.HANDED_OVER, channel=channel, claimed_at__lt=silent, handed_over_at__lt=silent
        )
        gateway = gateways.for_channel(channel)
        if gateway is not None and gateway.honours_keys:
            known = lost.filter(handed_over_at__gt=now - gateway.key_life)
            known.update(state=State.PLANNED, claimed_at=None, due_at=now, updated_at=now)
        lost.update(state=State.UNKNOWN, reason=Reason.ANSWER_LOST, updated_at=now)
