"""Is it alive, is it ready: the two questions a supervisor asks."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from redis.exceptions import RedisError

HEARTBEAT_KEY = "worker-heartbeat"


def live(request) -> JsonResponse:
    return JsonResponse({"status": "live"})


def ready(request) -> JsonResponse:
    """200 when each part answers, 503 with what does not."""
    checks = {"database": _database(), "broker": _broker(), "worker": False, "migrations": False}
    if checks["broker"]:
        checks["worker"] = cache.get(HEARTBEAT_KEY) is not None
    if checks["database"]:
        executor = MigrationExecutor(connection)
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    is_ready = all(checks.values())
    return JsonResponse(
        {"status": "ready" if is_ready else "not_ready", "checks": checks}, status=200 if is_ready else 503
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    try:
        cache.get(HEARTBEAT_KEY)
    except (RedisError, OSError):
        return False
    return True
