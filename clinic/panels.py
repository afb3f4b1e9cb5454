"""What higher floors show on the staff pages of lower ones, above a row's form: named in `settings.ADMIN_PANELS`."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from clinic.models import User


def composed_for(row: models.Model, *, user: User, now: datetime, request_id: str) -> list[SafeString]:
    """Each is asked as `panel(row=, user=, now=, request_id=)` and answers HTML, or nothing where it has nothing to
    say. What it tells of a patient's record it records as read."""
    paths = settings.ADMIN_PANELS.get(row._meta.label_lower, ())
    asked = {"row": row, "user": user, "now": now, "request_id": request_id}
    return [html for path in paths if (html := import_string(path)(**asked))]
