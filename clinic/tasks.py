"""Edges to Celery: each task calls one verb. The rows are the truth; a task that is lost is found by a sweep."""

from datetime import timedelta

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone
from knox.models import get_token_model

from clinic import batching, documents
from clinic.health import HEARTBEAT_KEY
from clinic.models import AnsweredRequest


@shared_task
def draw_document(document_id: int) -> None:
    try:
        documents.draw(document_id=document_id, now=timezone.now())
    except Exception:
        documents.note_failure(document_id=document_id, now=timezone.now())
        raise


@shared_task
def sweep_documents() -> None:
    for document_id in documents.waiting_ids(now=timezone.now()):
        draw_document.delay(document_id)


@shared_task
def draw_items(item_ids: list[int]) -> None:
    batching.draw(item_ids=item_ids, clock=timezone.now)


@shared_task
def sweep_document_batches() -> None:
    for handful in batching.in_handfuls(batching.waiting_ids(now=timezone.now())):
        draw_items.delay(handful)


@shared_task
def heartbeat() -> None:
    cache.set(HEARTBEAT_KEY, timezone.now().isoformat(), timeout=60)


@shared_task
def forget_answered_requests() -> None:
    AnsweredRequest.objects.filter(answered_at__lt=timezone.now() - timedelta(hours=24)).delete()


@shared_task
def forget_expired_keys() -> None:
    get_token_model().objects.filter(expiry__lte=timezone.now()).delete()
