"""The body chart beside a note being written: drawn here for the points of the moment, which may not be saved yet."""

from collections import Counter
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError

from clinic.api.parsers import OrjsonParser
from clinic.permissions import Permission
from treatments import bodychart
from treatments.bodychart import SIDES, STATES, Mark
from treatments.models import Treatment

# On the page a view is drawn at a third of its size and more: the letters of its labels stay readable.
LABELS = {"whole body": 26.0, "closer": 17.0}
# Wider than this, in cun, nobody meant the point.
REACH = 1.5


WHOLE_BODY = [("front", "Front"), ("back", "Back"), ("left", "Left"), ("right", "Right")]
CLOSER = [(view.code, view.title) for view in bodychart.views().values() if view.code not in bodychart.WHOLE_BODY]


def marks_of(note: Treatment) -> list[Mark]:
    """What a note says was done, as the chart shows it; `note` comes from `whole()`."""
    needled = {row.point_id for row in note.needlings.all()}
    warmed = {row.point_id for row in note.moxibustions.all() if row.point_id} - needled
    return [
        *(Mark(code=row.point_id, side=row.side) for row in note.needlings.all() if row.point_id),
        *(Mark(code=code, state="moxa") for code in sorted(warmed)),
        *(Mark(state="free", **row) for row in note.marks),
    ]


def views_of(marks: list[Mark]) -> list[str]:
    return bodychart.best_views(marks, whole_body=True)


def drawn(view: str, marks: list[Mark]) -> SafeString:
    """The chart escapes what it writes. Under a class of ours: the admin's theme takes any `.chart` for its own."""
    size = LABELS["whole body" if view in bodychart.WHOLE_BODY else "closer"]
    return mark_safe(bodychart.draw(view, marks, label_size=size).replace('class="chart"', 'class="ns-figure"', 1))


class MarkSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=10, required=False, allow_blank=True, default="")
    side = serializers.ChoiceField(choices=SIDES, default="both")
    state = serializers.ChoiceField(choices=STATES, default="needle")
    text = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    view = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    x = serializers.FloatField(required=False, allow_null=True, default=None)
    y = serializers.FloatField(required=False, allow_null=True, default=None)


class DrawingSerializer(serializers.Serializer):
    """`follow` is the point last written down: the chart turns to a view that shows it."""

    view = serializers.ChoiceField(choices=[*bodychart.views()])
    marks = MarkSerializer(many=True, max_length=200)
    follow = MarkSerializer(required=False, allow_null=True, default=None)


class PlaceSerializer(serializers.Serializer):
    view = serializers.ChoiceField(choices=[*bodychart.views()])
    x = serializers.FloatField()
    y = serializers.FloatField()


def _asked(request: HttpRequest, serializer_class: type[serializers.Serializer]) -> dict[str, Any]:
    if not request.user.may(Permission.WRITE_NOTES):
        raise PermissionDenied
    serializer = serializer_class(data=OrjsonParser().parse(request))
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


@require_POST
def draw(request: HttpRequest) -> JsonResponse:
    """`{view, svg, counts}`: the view that is shown, and how many marks each view holds."""
    try:
        asked = _asked(request, DrawingSerializer)
        marks = [Mark(**mark) for mark in asked["marks"]]
        view = _turned(asked["view"], asked["follow"])
        counts = Counter(seen for mark in marks for seen in _seen_in(mark.code, mark.side, mark.view))
        return JsonResponse({"view": view, "svg": drawn(view, marks), "counts": counts})
    except (ParseError, ValidationError, ValueError):
        return JsonResponse({"detail": "The chart cannot show this."}, status=400)


def _seen_in(code: str, side: str, view: str) -> set[str]:
    return {seen for seen, _, _ in bodychart.places(code, side)} if code else {view}


def _turned(view: str, follow: dict[str, Any] | None) -> str:
    """The present view if it shows what is followed, or else the one of the whole body that does, or a close-up."""
    if not follow or not follow["code"]:
        return view
    seen = [place[0] for place in bodychart.places(follow["code"], follow["side"])]
    whole = [name for name in bodychart.WHOLE_BODY if name in seen]
    return view if view in seen or not seen else [*whole, *seen][0]


@require_POST
def nearest(request: HttpRequest) -> JsonResponse:
    """`{points: [{code, side}]}`: the points around a place, the nearest first; none where none is near."""
    try:
        asked = _asked(request, PlaceSerializer)
    except (ParseError, ValidationError):
        return JsonResponse({"detail": "That is no place on the chart."}, status=400)
    reach = REACH * bodychart.views()[asked["view"]].cun
    near = bodychart.nearest(asked["view"], asked["x"], asked["y"], limit=4)
    return JsonResponse(
        {"points": [{"code": code, "side": side} for code, side, distance in near if distance <= reach]}
    )
