"""Edges to Celery: no rule."""

from celery import shared_task
from django.utils import timezone

from treatments.outcomes import asking


@shared_task
def follow_visits() -> None:
    asking.follow_visits(now=timezone.now())
