"""One act of one person: a transaction whose every change is signed with who did it and why."""

from collections.abc import Iterator
from contextlib import contextmanager

import pghistory
from django.db import transaction

from clinic.models import User


@contextmanager
def acting(by: User | None, reason: str = "") -> Iterator[None]:
    """Opens the transaction of a verb. `by` is None where nobody is signed in: a patient's link, the clock."""
    why = {"reason": reason} if reason else {}
    with transaction.atomic(), pghistory.context(user=by.pk if by else None, **why):
        yield
