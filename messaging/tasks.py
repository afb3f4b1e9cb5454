"""Edges to Celery: ids only, no rule."""

from celery import shared_task
from django.utils import timezone

from clinic.queueing import soon
from messaging import delivering, sweeping


@shared_task
def sweep() -> None:
    for message_ids in sweeping.sweep(now=timezone.now()):
        soon(deliver, message_ids)


@shared_task
def deliver(message_ids: list[int]) -> None:
    delivering.deliver(message_ids=message_ids, clock=timezone.now)
