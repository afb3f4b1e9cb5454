"""Long lists, read as plain values: no model is made of a row and no field is asked about it, which halves what a
day's list costs. What is shown is what the serializer shows: it is taken from its fields once, and a test compares."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

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
    of the path at its place, and `finished` turns some of them into what is shown."""

    names: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    finished: list[tuple[str, Callable[..., Any], list[int]]] = field(default_factory=list)

    @classmethod
    def of(cls, serializer: serializers.Serializer, words: dict[str, Sequence[str]]) -> "Shape":
        """The shape of a serializer's rows. `words` names the paths whose values, with a space between them, are a
        field that the serializer takes from a method of the model.

        Raises TypeError for a field of which it does not know how it is written.
        """
        shape = cls()
        others: list[tuple[str, Callable[..., Any], Sequence[str]]] = []
        for name, shown in serializer.fields.items():
            if shown.write_only:
                continue
            if name in words:
                shape._add(name, words[name][0])
                others.append((name, _spoken, words[name]))
                continue
            path = "__".join(shown.source_attrs)
            shape._add(name, path)
            if isinstance(shown, OffsetDateTimeField):
                zone = shown.zone
                others.append(
                    (name, _on_the_wall_of, [path, zone.replace(".", "__")]) if zone else (name, _on_the_wall, [path])
                )
            elif not isinstance(shown, (*PLAIN, serializers.PrimaryKeyRelatedField)):
                raise TypeError(f"{name} cannot be read as a plain value")
        for name, finish, paths in others:
            shape.finished.append((name, finish, [shape._place_of(path) for path in paths]))
        return shape

    def _add(self, name: str, path: str) -> None:
        self.names.append(name)
        self.paths.append(path)

    def _place_of(self, path: str) -> int:
        if path not in self.paths:
            self.paths.append(path)
        return self.paths.index(path)

    def shown(self, row: Sequence[Any]) -> dict[str, Any]:
        # There may be more paths than names: those that only help to finish another.
        shown = dict(zip(self.names, row, strict=False))
        for name, finish, places in self.finished:
            shown[name] = finish(*[row[place] for place in places])
        return shown


def _spoken(*words: str | None) -> str | None:
    """Nothing, where there is nobody to be named."""
    return None if words[0] is None else " ".join(words)


def _on_the_wall_of(moment, zone: str) -> str | None:
    return moment and moment.astimezone(_zone(zone)).isoformat()


def _on_the_wall(moment) -> str | None:
    return moment and timezone.localtime(moment).isoformat()


class ListsValues:
    """A list whose rows are read as values. `composed` is what `Shape.of` calls words."""

    composed: dict[str, Sequence[str]] = {}

    def list(self, request, *args, **kwargs):
        shape = _shape_of(type(self), self.get_serializer_class())
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()).values_list(*shape.paths))
        return self.get_paginated_response([shape.shown(row) for row in rows])


@cache
def _shape_of(view: type[ListsValues], serializer_class: type[serializers.Serializer]) -> Shape:
    return Shape.of(serializer_class(), view.composed)
