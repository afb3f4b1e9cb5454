import uuid

from django.utils import timezone
from pghistory.middleware import HistoryMiddleware

from clinic.models import Practice


class RequestContext(HistoryMiddleware):
    """Gives each request an id, the practice's time zone, and to every change it makes its author."""

    def get_context(self, request):
        return super().get_context(request) | {"request_id": request.request_id}

    def __call__(self, request):
        request.request_id = str(uuid.uuid4())
        zone = Practice.objects.current_zone() if _reads_times(request.path) else None
        if zone is not None:
            timezone.activate(zone)
        try:
            response = super().__call__(request)
        finally:
            timezone.deactivate()
        response["X-Request-Id"] = request.request_id
        return response


def _reads_times(path: str) -> bool:
    return not path.startswith(("/static/", "/health/"))
