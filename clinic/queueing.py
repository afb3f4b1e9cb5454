"""Handing work to Celery as a speed-up, never as the guarantee: when the broker is away, the next sweep does it."""

import logging

from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def soon(task, *args) -> None:
    """Enqueues `task` once the present transaction is committed. A broker that is away is noted, not raised."""

    def enqueue() -> None:
        try:
            task.apply_async(args, retry=False)
        except (OperationalError, RedisError, ConnectionError, TimeoutError) as error:
            logger.warning("The queue is away; the next sweep runs %s (%s)", task.name, type(error).__name__)

    transaction.on_commit(enqueue)
