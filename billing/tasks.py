"""Edges to Celery: ids only, no rule."""

from celery import shared_task
from django.utils import timezone

from billing.claiming import asking, delivering
from billing.entitlement import running_out
from clinic.queueing import soon


@shared_task
def deliver_claim(claim_id: int) -> None:
    delivering.deliver(claim_id=claim_id, clock=timezone.now)


@shared_task
def sweep_claims() -> None:
    for claim_id in delivering.waiting_ids(now=timezone.now()):
        soon(deliver_claim, claim_id)


@shared_task
def tell_of_cases_running_out() -> None:
    running_out.plan_reminders(now=timezone.now())


@shared_task
def ask_about_claim(claim_id: int) -> None:
    asking.ask(claim_id=claim_id, now=timezone.now())


@shared_task
def ask_about_claims() -> None:
    for claim_id in asking.due_ids(now=timezone.now()):
        soon(ask_about_claim, claim_id)
