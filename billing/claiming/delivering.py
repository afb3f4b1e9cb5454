"""Handing claims over: a worker marks a claim, commits, hands it to its channel, and writes down what became of it.

A crash between the hand-over and the note leaves a claim whose fate nobody knows. It is handed over again by itself
only where its channel recognises a repeat; elsewhere it waits for a person (docs/adr/0003).
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from billing.claiming import channels, stepping
from billing.claiming.channels import Batch, NotTaken, Receipt, Refused
from billing.models import Claim, ClaimLine
from clinic.acting import acting
from clinic.errors import Conflict
from clinic.models import User

logger = logging.getLogger(__name__)

Delivery = Claim.Delivery
# No channel takes as long as this to answer: whoever was waiting for the answer is dead.
ANSWER_LIFE = timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
ANSWER_LOST = ("answer_lost", "No answer came. Find out from the payer whether the claim has arrived.")


def deliver(*, claim_id: int, clock: Callable[[], datetime]) -> None:
    """Hands a waiting claim over, once. Nothing happens where another worker has it."""
    claim = _hand_over(claim_id, now=clock())
    if claim is None:
        return
    channel = channels.named(claim.channel)
    if channel is None:
        _put_back(claim, "channel_missing", "This way of sending claims is not set up here any more.", now=clock())
        return
    try:
        receipt = channel.submit(batch_of(claim))
    except Refused as error:
        refuse(claim=claim, code=error.code, detail=error.detail, now=clock())
    except NotTaken as error:
        _put_back(claim, error.code, error.detail, now=clock())
    except Exception as error:  # whatever an adapter raises, its claim may have arrived
        logger.error("No answer to claim %d (%s)", claim.pk, type(error).__name__)
        if channel.honours_keys:
            _put_back(claim, *ANSWER_LOST, now=clock())
        else:
            _mark(claim, Delivery.UNKNOWN, *ANSWER_LOST)
    else:
        _received(claim, receipt, now=clock())


def batch_of(claim: Claim) -> Batch:
    return Batch(
        claim=claim.pk,
        key=claim.key,
        label=claim.label,
        reference=claim.payer_reference,
        content=claim.particulars,
    )


def _hand_over(claim_id: int, *, now: datetime) -> Claim | None:
    """Committed on return: from here on the claim may have left."""
    with transaction.atomic(durable=True):
        rows = Claim.objects.waiting(now=now).filter(pk=claim_id)
        claim = rows.select_for_update(no_key=True, skip_locked=True).first()
        if claim is None:
            return None
        claim.delivery, claim.handed_over_at, claim.attempts = Delivery.HANDED_OVER, now, claim.attempts + 1
        claim.next_try_at = None
        claim.save(update_fields=["delivery", "handed_over_at", "attempts", "next_try_at", "updated_at"])
    return claim


def _handed_over(claim: Claim) -> Claim | None:
    """The row under its lock, if its fate is still open."""
    rows = Claim.objects.select_for_update(no_key=True).filter(delivery__in=[Delivery.HANDED_OVER, Delivery.UNKNOWN])
    return rows.filter(pk=claim.pk).first()


def _mark(claim: Claim, delivery: str, code: str, detail: str, next_try_at: datetime | None = None) -> None:
    with transaction.atomic():
        row = _handed_over(claim)
        if row is not None:
            row.delivery, row.delivery_code, row.delivery_detail = delivery, code, detail[:300]
            row.next_try_at = next_try_at
            row.save(update_fields=["delivery", "delivery_code", "delivery_detail", "next_try_at", "updated_at"])


def _put_back(claim: Claim, code: str, detail: str, *, now: datetime) -> None:
    """It waits longer each time, and for ever: a claim is not given up because a payer was away."""
    wait = min(FIRST_WAIT * 2 ** min(claim.attempts - 1, 10), LONGEST_WAIT)
    _mark(claim, Delivery.WAITING, code, detail, next_try_at=now + wait)
    logger.warning("Claim %d was not taken (%s) and will be tried again", claim.pk, code)


def _received(claim: Claim, receipt: Receipt, *, now: datetime) -> None:
    with transaction.atomic():
        row = _handed_over(claim)
        if row is None:
            return
        _note_arrival(row, receipt, now)


def _note_arrival(row: Claim, receipt: Receipt, now: datetime) -> None:
    row.delivery, row.delivery_code, row.delivery_detail = Delivery.SENT, "", ""
    row.sent_at, row.next_try_at, row.payer_reference = now, None, receipt.reference[:60]
    if receipt.is_acknowledged:
        row.status = Claim.Status.ACKNOWLEDGED
    row.save()


def refuse(*, claim: Claim, code: str, detail: str, now: datetime) -> None:
    """The payer took nothing of the claim: its lines are declined with that reason, and can be claimed again."""
    with acting(None, reason="refused"):
        row = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)
        if row.status == Claim.Status.REJECTED:
            return
        row.delivery, row.delivery_code, row.delivery_detail = Delivery.REFUSED, code, detail[:300]
        row.status, row.next_try_at = Claim.Status.REJECTED, None
        row.save()
        for line in row.lines.filter(state__in=ClaimLine.OPEN).select_for_update(no_key=True).order_by("pk"):
            stepping.step(
                line,
                ClaimLine.State.DECLINED,
                by=None,
                now=now,
                source=stepping.Source.CHANNEL,
                reason_code=code,
                reason=detail[:300],
            )


def settle_lost_answers(*, now: datetime) -> None:
    """What was handed over and never answered waits anew where its channel recognises a repeat. Elsewhere nobody knows
    what became of it, and a person decides."""
    lost = Claim.objects.filter(delivery=Delivery.HANDED_OVER, handed_over_at__lt=now - ANSWER_LIFE)
    for claim in lost.order_by("pk"):
        channel = channels.named(claim.channel)
        if channel is not None and channel.honours_keys:
            _mark(claim, Delivery.WAITING, *ANSWER_LOST, next_try_at=now)
        else:
            _mark(claim, Delivery.UNKNOWN, *ANSWER_LOST)


def waiting_ids(*, now: datetime) -> list[int]:
    settle_lost_answers(now=now)
    return list(Claim.objects.waiting(now=now).order_by("next_try_at", "pk").values_list("pk", flat=True)[:200])


def decide(*, claim: Claim, has_arrived: bool, by: User, now: datetime, reference: str = "") -> Claim:
    """What a person found out about a claim of which nobody knew: it has arrived, or it is sent again.
    Raises 409 `fate_known`."""
    with acting(by, reason="decide"):
        row = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)
        if row.delivery != Delivery.UNKNOWN:
            raise Conflict("fate_known", "What became of this claim is known.")
        if has_arrived:
            _note_arrival(row, Receipt(reference=reference), now)
        else:
            row.delivery, row.next_try_at = Delivery.WAITING, now
            row.delivery_code = row.delivery_detail = ""
            row.save()
    return row
