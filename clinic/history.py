"""What happened to a row, read from the events that its triggers wrote: who, when, why, and what changed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models

from clinic import showing
from clinic.models import User

BOOKKEEPING = {"id", "created_at", "updated_at", "search_text"}


@dataclass(frozen=True, kw_only=True)
class Change:
    field: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    at: datetime
    by: str
    reason: str
    is_first: bool
    changes: list[Change]


def entries_of(row: models.Model) -> list[Entry]:
    """Newest first. A fixed number of queries: the events, the people, and one for each kind of related row."""
    events = list(row.events.select_related("pgh_context").order_by("pgh_id"))
    fields = [field for field in row._meta.concrete_fields if _is_told(field, events)]
    names = _names(events, fields)
    people = {user.pk: str(user) for user in User.objects.filter(pk__in={_author(event) for event in events})}
    entries = []
    before = None
    for event in events:
        changes = [] if before is None else list(_changes(before, event, fields, names))
        if before is None or changes:
            entries.append(
                Entry(
                    at=event.pgh_created_at,
                    by=people.get(_author(event), "Nobody signed in"),
                    reason=_context(event).get("reason", ""),
                    is_first=before is None,
                    changes=changes,
                )
            )
        before = event
    return entries[::-1]


def _is_told(field: models.Field, events: list) -> bool:
    return bool(events) and field.name not in BOOKKEEPING and hasattr(events[0], field.attname)


def _context(event: Any) -> dict[str, Any]:
    return event.pgh_context.metadata if event.pgh_context else {}


def _author(event: Any) -> int | None:
    return _context(event).get("user")


def _names(events: list, fields: Iterable[models.Field]) -> dict[str, dict[Any, str]]:
    """For each relation, what its rows are called, by the value that refers to them."""
    wanted = defaultdict(set)
    for field in fields:
        if field.is_relation:
            wanted[field] |= {getattr(event, field.attname) for event in events} - {None}
    found = {}
    for field, keys in wanted.items():
        key = field.target_field.attname
        rows = field.related_model._base_manager.filter(**{f"{key}__in": keys}) if keys else ()
        found[field.name] = {getattr(row, key): str(row) for row in rows}
    return found


def _changes(before: Any, after: Any, fields: Iterable[models.Field], names: dict[str, dict]) -> Iterable[Change]:
    for field in fields:
        was, became = getattr(before, field.attname), getattr(after, field.attname)
        if was != became:
            yield Change(
                field=str(field.verbose_name).capitalize() if field.verbose_name.islower() else field.verbose_name,
                before=_written(field, was, names),
                after=_written(field, became, names),
            )


def _written(field: models.Field, value: Any, names: dict[str, dict]) -> str:
    if value is None or value == "" or value == []:
        return "–"
    if field.is_relation:
        return names[field.name].get(value, str(value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return showing.when(value)
    if isinstance(value, date):
        return showing.birthday(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
