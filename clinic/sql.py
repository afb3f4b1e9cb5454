"""Rows by SQL of our own, for the few questions that are asked so often, or so many at once, that the ORM would take
longer to write them than the database to answer."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection, models


@cache
def names(model: type[models.Model]) -> list[str]:
    """Of the columns, which are those of the fields."""
    return [field.column for field in model._meta.concrete_fields]


def columns(model: type[models.Model], alias: str = "") -> str:
    """As a list to be selected, in the order that `row` reads them in."""
    return ", ".join(f"{alias}.{name}" if alias else name for name in names(model))


def row(model: type[models.Model], values: Sequence[Any]) -> Any:
    """The row of the model that has these values."""
    return model.from_db(connection.alias, names(model), values)


def found(question: str, asked: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple]:
    """The rows that a question finds."""
    with connection.cursor() as cursor:
        return cursor.execute(question, asked).fetchall()


def answers(questions: str, asked: Mapping[str, Any]) -> list[list[tuple]]:
    """To several questions, with semicolons between them, that go to the database in one message."""
    with connection.cursor() as cursor:
        cursor.execute(questions, asked)
        # Whoever watches statements on their way may have gone on to the last answer.
        cursor.set_result(0)
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
    return found
