"""Refusals: what the clinic says when it will not do something. Each carries a stable code and a plain sentence."""

from typing import Any

from django.apps import apps
from django.db import IntegrityError, models


class Refusal(Exception):
    """Understood and refused. `status` is the HTTP status of the answer, `extra` joins the problem document."""

    status = 422

    def __init__(self, code: str, detail: str, *, field: str | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.extra = extra


class Conflict(Refusal):
    """Refused because of the state of things: taken, frozen, already done."""

    status = 409


class NotAllowed(Refusal):
    """Refused because this person may not do it."""

    status = 403


class TooOften(Refusal):
    """Refused for now: `wait` is how many seconds to wait before asking again."""

    status = 429

    def __init__(self, code: str, detail: str, *, wait: int) -> None:
        super().__init__(code, detail)
        self.wait = wait


class StaleEdit(Refusal):
    """The row changed since the client read it (`If-Match` no longer holds)."""

    status = 412

    def __init__(self) -> None:
        super().__init__("stale_edit", "Someone changed this while you were looking at it. Reload it and try again.")


def _constraint(table: str | None, name: str) -> models.BaseConstraint | None:
    for model in apps.get_models():
        if model._meta.db_table == table or table is None:
            for constraint in model._meta.constraints:
                if constraint.name == name:
                    return constraint
    return None


def refusal_for(error: IntegrityError) -> Refusal | None:
    """The refusal a named constraint stands for, by the code and sentence written beside it in the model.

    A check constraint (SQLSTATE 23514) answers 422, unique and exclusion constraints answer 409.
    Triggers of ours raise with SQLSTATE 23000 and `code: sentence` as their message.
    """
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is None:
        return None
    if diagnosis.sqlstate == "23000" and diagnosis.message_primary and ": " in diagnosis.message_primary:
        code, sentence = diagnosis.message_primary.split(": ", 1)
        return Conflict(code, sentence)
    constraint = _constraint(diagnosis.table_name, diagnosis.constraint_name or "")
    if constraint is None or not constraint.violation_error_code:
        if diagnosis.sqlstate == "23505":  # a field declared unique, which has no words of its own
            return Conflict("already_exists", "There is one like this already.")
        return None
    kind = Refusal if diagnosis.sqlstate == "23514" else Conflict
    return kind(constraint.violation_error_code, str(constraint.violation_error_message))
