"""Requests that come twice: the same `Idempotency-Key` and the same body get the first answer again.

The answer is stored in the transaction that did the work. A crash at any point therefore leaves both or neither,
and a client that lost the reply can repeat without doing the work twice.
"""

import hashlib
from collections.abc import Callable

import orjson
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.response import Response

from clinic.errors import Conflict, Refusal
from clinic.models import AnsweredRequest

KEPT_HEADERS = ("Location", "ETag")
# Answers that say "try again": remembered, they would be the answer to every further try.
PASSING = frozenset({"busy", "throttled", "too_many_holds"})


def answer_once(view, handler: Callable[..., Response], request, *args, **kwargs) -> Response:
    """Runs `handler`, or answers from memory. Raises 409 `request_in_progress`, 422 `idempotency_key_reused`."""
    key = request.headers["Idempotency-Key"]
    if not 0 < len(key) <= 255:
        raise Refusal("idempotency_key_malformed", "An Idempotency-Key has 1 to 255 characters.")
    scope = f"user:{request.user.pk}" if request.user.is_authenticated else "public"
    fingerprint = hashlib.sha256(
        b"\0".join([request.method.encode(), request.get_full_path().encode(), request._request.body])
    ).hexdigest()
    with transaction.atomic():
        if not _lock(scope, key):
            raise Conflict("request_in_progress", "This request is still being worked on. Ask again in a moment.")
        answered = AnsweredRequest.objects.filter(scope=scope, key=key).first()
        if answered is not None:
            return _replay(answered, fingerprint)
        response = _run(view, handler, request, *args, **kwargs)
        if response.status_code < 500 and not _is_passing(response):
            AnsweredRequest.objects.create(
                scope=scope,
                key=key,
                fingerprint=fingerprint,
                status=response.status_code,
                body=_to_keep(response.data, view.shown_once),
                headers={name: response[name] for name in KEPT_HEADERS if name in response},
                answered_at=timezone.now(),
            )
        return response


def _to_keep(data, shown_once: frozenset[str]) -> bytes:
    if shown_once:
        data = {**data, **{name: None for name in shown_once if name in data}}
    return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)


def _is_passing(response: Response) -> bool:
    return response.status_code >= 400 and response.data.get("code") in PASSING


def _lock(scope: str, key: str) -> bool:
    """Held until the transaction ends; a rival with the same key is told to wait instead of queueing."""
    digest = hashlib.sha256(f"{scope}\0{key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])
        return cursor.fetchone()[0]


def _run(view, handler, request, *args, **kwargs) -> Response:
    """A refusal is an answer too: what the handler wrote is undone, the refusal is remembered."""
    try:
        with transaction.atomic():
            return handler(request, *args, **kwargs)
    except Exception as error:  # every known refusal becomes its answer; the rest is raised again by the handler
        return view.handle_exception(error)


def _replay(answered: AnsweredRequest, fingerprint: str) -> Response:
    if answered.fingerprint != fingerprint:
        raise Refusal("idempotency_key_reused", "This Idempotency-Key was used for another request.")
    body = orjson.loads(bytes(answered.body))
    response = Response(body, status=answered.status, headers=answered.headers)
    response["Idempotency-Replayed"] = "true"
    if answered.status >= 400:
        response.content_type = "application/problem+json"
    return response
