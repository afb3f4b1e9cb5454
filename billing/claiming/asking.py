"""Asking payers what became of claims, where their channel can be asked."""

from datetime import datetime

from django.db.models import F, Q

from billing.claiming import channels, delivering, remittance_rows, remitting, stepping
from billing.claiming.channels import Answer, NotTaken
from billing.models import Claim, Remittance
from clinic.acting import acting

# What is settled or refused has nothing more to say; and of what was never answered the payer may know more than we.
ASKABLE = Q(delivery__in=[Claim.Delivery.SENT, Claim.Delivery.UNKNOWN]) & ~Q(
    status__in=[Claim.Status.SETTLED, Claim.Status.REJECTED]
)


def due_ids(*, now: datetime) -> list[int]:
    """Claims whose channel says that it is time to ask again, those that waited longest first."""
    found = []
    for name in Claim.objects.filter(ASKABLE).order_by().values_list("channel", flat=True).distinct():
        channel = channels.named(name)
        if channel is not None and channel.asks_every is not None:
            due = Q(asked_at=None) | Q(asked_at__lte=now - channel.asks_every)
            rows = Claim.objects.filter(ASKABLE & due, channel=name).order_by(
                F("asked_at").asc(nulls_first=True), "pk"
            )
            found += rows.values_list("pk", flat=True)[:200]
    return found


def ask(*, claim_id: int, now: datetime) -> None:
    """Asks about one claim and notes what the payer says. A payer that is away is asked another time."""
    claim = Claim.objects.select_related("payer").filter(ASKABLE).filter(pk=claim_id).first()
    channel = channels.named(claim.channel) if claim else None
    if channel is None or channel.asks_every is None:
        return
    try:
        answer = channel.status(delivering.batch_of(claim))
    except NotTaken:
        answer = None
    Claim.objects.filter(pk=claim_id).update(asked_at=now, updated_at=now)
    if answer is not None:
        _note(claim, answer, now)


def _note(claim: Claim, answer: Answer, now: datetime) -> None:
    if answer.refusal is not None:
        delivering.refuse(claim=claim, code=answer.refusal[0], detail=answer.refusal[1], now=now)
        return
    if answer.is_acknowledged:
        _acknowledge(claim, now)
    rows = remittance_rows.from_mappings(answer.rows) if answer.rows else []
    if news := remitting.news(payer=claim.payer, rows=rows, claim=claim):
        remitting.take_in(
            payer=claim.payer, claim=claim, rows=news, by=None, now=now, source=Remittance.Source.CHANNEL
        )


def _acknowledge(claim: Claim, now: datetime) -> None:
    with acting(None, reason="acknowledged"):
        row = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)
        if row.status == Claim.Status.SUBMITTED:
            row.status, row.delivery = Claim.Status.ACKNOWLEDGED, Claim.Delivery.SENT
            row.delivery_code = row.delivery_detail = ""
            row.sent_at = row.sent_at or now
            row.save()
        stepping.settle(row)
