"""Protocols: parts of a note kept to be used again, one's own and those shared by all."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from clinic.admin_base import NeedlebookAdmin, NeedlebookForm
from clinic.permissions import Permission
from clinic.showing import standing, state
from treatments.models import Cupping, Moxibustion, Needling, Point, Protocol, Technique
from treatments.protocols import keeping
from treatments.protocols.acts import ACTS
from treatments.protocols.lines import NeedlingLines
from treatments.protocols.serializers import ProtocolSerializer

WHOSE = {"own": "My own", "shared": "Shared", "shipped": "Comes with Needlebook"}


class WhoseFilter(admin.SimpleListFilter):
    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: NeedlebookAdmin) -> list[tuple[str, str]]:
        return list(WHOSE.items())

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "own":
            return queryset.filter(owner=request.user)
        if self.value() == "shared":
            return queryset.filter(owner__isnull=True, shipped_as__isnull=True)
        return queryset.filter(shipped_as__isnull=False) if self.value() == "shipped" else queryset


class ProtocolForm(NeedlebookForm):
    """The lines are checked as the API checks the rows of a protocol."""

    needlings = NeedlingLines(
        help_text="One a line: the point or a place in words, then side, minutes and technique. GB30, both, 25 min"
    )

    class Meta:
        model = Protocol
        fields = ["name", "indication", "needlings"]
        labels = {"indication": "For what"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "needlings" in self.fields:
            self.fields["needlings"].keep(self.instance.needlings)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "needlings" in cleaned:
            rows = ProtocolSerializer(data={"name": "-", "needlings": cleaned["needlings"]}, context={"request": None})
            for sentence in [] if rows.is_valid() else _sentences(rows.errors.get("needlings")):
                self.add_error("needlings", sentence)
            cleaned["needlings"] = rows.validated_data["needlings"] if rows.is_valid() else []
        return cleaned


def _sentences(errors: Any) -> Iterator[str]:
    """Every sentence of a tree of errors."""
    if isinstance(errors, dict | list):
        for error in errors.values() if isinstance(errors, dict) else errors:
            yield from _sentences(error)
    elif errors:
        yield str(errors)


@admin.register(Protocol)
class ProtocolAdmin(NeedlebookAdmin):
    see = Permission.READ_NOTES
    keep = Permission.WRITE_NOTES
    form = ProtocolForm
    acts = ACTS
    list_display = ["name", "indication", "whose", "held", standing]
    list_filter = [WhoseFilter, ("archived_at", admin.EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["name", "indication"]
    search_help_text = "Name, or what it is for"
    empty_list_sentence = "A protocol is put into a note in one step. Begin one here, or keep a note as one."
    add_fieldsets = [(None, {"fields": ["name", "indication", "needlings"]})]
    fieldsets = [
        (None, {"fields": [("name", "whose"), "indication"]}),
        ("Needles", {"fields": ["needlings", "named"]}),
        ("Besides", {"fields": ["beside"]}),
    ]

    @admin.display(description="Whose", ordering="owner")
    def whose(self, protocol: Protocol) -> SafeString | str:
        if protocol.shipped_as:
            return state("archived", WHOSE["shipped"])
        return state("active", WHOSE["shared"]) if protocol.owner_id is None else WHOSE["own"]

    @admin.display(description="Holds")
    def held(self, protocol: Protocol) -> str:
        counts = [
            (len(protocol.needlings), "place to needle", "places to needle"),
            (len(protocol.cuppings), "cupping", "cuppings"),
            (len(protocol.moxibustions), "moxibustion", "moxibustions"),
            (len(protocol.techniques), "other", "others"),
        ]
        return ", ".join(f"{count} {one if count == 1 else more}" for count, one, more in counts if count) or "–"

    @admin.display(description="The points by name")
    def named(self, protocol: Protocol) -> SafeString | str:
        points = Point.objects.filter(code__in=[row["point"] for row in protocol.needlings if row.get("point")])
        by_code = {point.code: point for point in points}
        lines = ((_needled(row, by_code), _detail(row)) for row in protocol.needlings)
        return format_html_join("", '<div>{} <span class="nb-about">{}</span></div>', lines) or "–"

    @admin.display(description="Cups, moxa and other techniques")
    def beside(self, protocol: Protocol) -> SafeString | str:
        return format_html_join("", "<div>{}</div>", ((line,) for line in _beside(protocol))) or "–"

    def get_fieldsets(self, request: HttpRequest, obj: Protocol | None = None) -> list:
        if obj is None:
            return self.add_fieldsets
        return self.fieldsets if any(_beside(obj)) else self.fieldsets[:-1]

    def get_readonly_fields(self, request: HttpRequest, obj: Protocol | None = None) -> list[str]:
        return ["whose", "named", "beside"] if obj else []

    def save_model(self, request: HttpRequest, obj: Protocol, form: ProtocolForm, change: bool) -> None:
        now = timezone.now()
        if not change:
            obj.pk = keeping.keep(by=request.user, now=now, **form.cleaned_data).pk
            return
        changed = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
        keeping.revise(protocol=obj, by=request.user, now=now, **changed)


def _needled(row: dict[str, Any], points: dict[str, Point]) -> str:
    point = points.get(row.get("point", ""))
    named = f"{point.code} {point.pinyin_toned} {point.hanzi}" if point else row.get("point", "")
    return ", ".join(filter(None, [named, row.get("free_location")]))


def _detail(row: dict[str, Any]) -> str:
    needling = Needling(**{name: value for name, value in row.items() if name != "point"})
    return ", ".join(
        filter(
            None,
            [
                needling.get_side_display().lower(),
                needling.get_technique_display().lower(),
                f"{needling.retention_minutes} min" if needling.retention_minutes else "",
                f"{needling.depth_mm} mm deep" if needling.depth_mm else "",
                needling.gauge,
                f"{needling.electro_hz} Hz" if needling.electro_hz else "",
            ],
        )
    )


def _beside(protocol: Protocol) -> Iterator[str]:
    for row in protocol.cuppings:
        yield _line("Cups", Cupping.Kind(row["kind"]).label, row.get("sites"), row.get("minutes"))
    for row in protocol.moxibustions:
        where = row.get("point") or row.get("site")
        yield _line("Moxa", Moxibustion.Kind(row["kind"]).label, where, row.get("minutes"))
    for row in protocol.techniques:
        where = row.get("site") or ", ".join(row.get("ear_points") or ()) or row.get("note")
        yield _line("", Technique.Kind(row["kind"]).label, where, row.get("minutes"))


def _line(what: str, kind: str, where: str | None, minutes: int | None) -> str:
    """`Cups: fire, low back, 8 min`"""
    words = ", ".join(filter(None, [kind.lower() if what else kind, where, f"{minutes} min" if minutes else ""]))
    return f"{what}: {words}" if what else words
