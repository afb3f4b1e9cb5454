"""Long lists, read as plain values: no model is made of a row and no field is asked about it, which halves what a
day's list costs. What is shown is what the serializer shows: it is taken from its fields once, and a test compares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers

from clinic.api.fields import OffsetDateTimeField

# Fields whose value is written as the database gives it.
PLAIN = (
    serializers.IntegerField,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.BooleanField,
)
_zone = cache(ZoneInfo)


@dataclass
class Shape:
    """`paths` are looked up in one query. `names` are the keys of a row; what stands under a key at first is the value
    of the path at its place. Numbers are places of paths.

    `moments` are then written on the wall of a zone, whose place follows, or of the practice. `spoken` are words with
    a space between them.
    """

    names: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    moments: list[tuple[str, int, int | None]] = field(default_factory=list)
    spoken: list[tuple[str, list[int]]] = field(default_factory=list)

    @classmethod
    def of(cls, serializer: serializers.Serializer, words: dict[str, Sequence[str]]) -> "Shape":
        """The shape of a serializer's rows. `words` names the paths whose values, with a space between them, are a
        field that the serializer takes from a method of the model.

        Raises TypeError for a field of which it does not know how it is written.
        """
        shape = cls()
        shown = {name: one for name, one in serializer.fields.items() if not one.write_only}
        shape.names = list(shown)
        shape.paths = [words[name][0] if name in words else "__".join(one.source_attrs) for name, one in shown.items()]
        for place, (name, one) in enumerate(shown.items()):
            if name in words:
                shape.spoken.append((name, [shape._place_of(path) for path in words[name]]))
            elif isinstance(one, OffsetDateTimeField):
                zone = one.zone and shape._place_of(one.zone.replace(".", "__"))
                shape.moments.append((name, place, zone))
            elif not isinstance(one, (*PLAIN, serializers.PrimaryKeyRelatedField)):
                raise TypeError(f"{name} cannot be read as a plain value")
        return shape

    def _place_of(self, path: str) -> int:
        if path not in self.paths:
            self.paths.append(path)
        return self.paths.index(path)

    def shown(self, rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        here = timezone.get_current_timezone()
        return [self._shown(row, here) for row in rows]

    def _shown(self, row: Sequence[Any], here: tzinfo) -> dict[str, Any]:
        # There may be more paths than names: those that only help to write another.
        shown = dict(zip(self.names, row, strict=False))
        for name, place, zone in self.moments:
            moment = row[place]
            if moment is not None:
                shown[name] = moment.astimezone(here if zone is None else _zone(row[zone])).isoformat()
        for name, places in self.spoken:
            # Nothing, where there is nobody to be named.
            shown[name] = None if row[places[0]] is None else " ".join(row[place] for place in places)
        return shown


class ListsValues:
    """A list whose rows are read as values. `composed` is what `Shape.of` calls words."""

    composed: dict[str, Sequence[str]] = {}

    def list(self, request, *args, **kwargs):
        shape, queryset = _prepared(type(self), self.get_serializer_class())
        rows = self.paginate_queryset(self.filter_queryset(queryset.all().visible_to(request.user)))
        return self.get_paginated_response(shape.shown(rows))


@cache
def _prepared(view: type[ListsValues], serializer_class: type[serializers.Serializer]) -> tuple[Shape, QuerySet]:
    """Once for each view: to follow thirty paths through the models takes longer than to read the rows."""
    shape = Shape.of(serializer_class(), view.composed)
    return shape, view.queryset.values_list(*shape.paths)
