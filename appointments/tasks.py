"""Edges to Celery: no rule."""

from celery import shared_task
from django.utils import timezone

from appointments import holding, reminding
from appointments.online import reserving
from appointments.waiting import offering


@shared_task
def top_up_reminders() -> None:
    reminding.top_up(now=timezone.now())


@shared_task
def expire_holds() -> None:
    holding.expire(now=timezone.now())


@shared_task
def sweep_waiting_list() -> None:
    offering.sweep(now=timezone.now())


@shared_task
def forget_online_bookings() -> None:
    reserving.forget(now=timezone.now())
