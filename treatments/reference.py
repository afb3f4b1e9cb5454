"""The shipped catalogues of points and protocols, brought into the database."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Model

from treatments import catalogue
from treatments.models import Caution, Channel, EarPoint, Needling, Point, Protocol
from treatments.pointcodes import SIZES, fold

CHANNEL_NAMES: dict[str, str] = {
    "LU": "Lung",
    "LI": "Large intestine",
    "ST": "Stomach",
    "SP": "Spleen",
    "HT": "Heart",
    "SI": "Small intestine",
    "BL": "Bladder",
    "KI": "Kidney",
    "PC": "Pericardium",
    "TE": "Triple energizer",
    "GB": "Gallbladder",
    "LR": "Liver",
    "CV": "Conception vessel",
    "GV": "Governor vessel",
    "EX-HN": "Extra points: head and neck",
    "EX-B": "Extra points: back",
    "EX-CA": "Extra points: chest and abdomen",
    "EX-UE": "Extra points: arms and hands",
    "EX-LE": "Extra points: legs and feet",
}
MIDLINE = frozenset({"CV", "GV"})
OWN = {"id", "code", "created_at", "updated_at"}
FROM_CATALOGUE = [field.attname for field in Point._meta.concrete_fields if field.attname not in OWN]
FROM_EAR_CATALOGUE = [field.attname for field in EarPoint._meta.concrete_fields if field.attname not in OWN]


@transaction.atomic
def ensure() -> None:
    """Channels, points and cautions as the catalogue has them. A point that has not changed is not written again."""
    # Writing the channels locks them, so that two of these at once wait for each other.
    Channel.objects.bulk_create(
        [
            Channel(code=code, name=CHANNEL_NAMES[code], position=position, midline=code in MIDLINE)
            for position, code in enumerate(SIZES, start=1)
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "position", "midline"],
    )
    _ensure_points()
    _ensure_cautions()
    _ensure_ear_points()
    _ensure_protocols()


def _ensure_points() -> None:
    present = Point.objects.in_bulk(field_name="code")
    wanted = [_point(row) for row in catalogue.read_points()]
    Point.objects.bulk_create(
        [point for point in wanted if not _alike(point, present.get(point.code), FROM_CATALOGUE)],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[*FROM_CATALOGUE, "updated_at"],
    )


def _alike(one: Model, other: Model | None, fields: list[str]) -> bool:
    return other is not None and all(getattr(one, name) == getattr(other, name) for name in fields)


def _point(row: catalogue.PointRow) -> Point:
    return Point(
        code=row.code,
        channel_id=row.channel,
        number=row.number,
        pinyin=row.pinyin,
        pinyin_toned=row.pinyin_toned,
        hanzi=row.hanzi,
        hanzi_traditional=row.hanzi_traditional,
        english=row.english,
        aliases=list(row.aliases),
        laterality=row.laterality,
        group_size=row.group_size,
        region=row.region,
        location=row.location,
        alternative_location=row.alternative_location,
        categories=[{"category": category.category, "detail": category.detail} for category in row.categories],
        search_text=_search_text(row),
    )


def _search_text(row: catalogue.PointRow) -> str:
    """Every way to ask for the point, as `PointQuerySet.matching` folds what a person types."""
    folded = map(fold, [row.code, row.pinyin, row.hanzi, row.hanzi_traditional, *row.aliases, row.english])
    return " ".join(dict.fromkeys([*folded, row.english.lower()]))


def _ensure_cautions() -> None:
    ids = dict(Point.objects.values_list("code", "pk"))
    wanted = {_key(ids[row.code], row): row for row in catalogue.read_cautions()}
    present = {_key(caution.point_id, caution): caution.pk for caution in Caution.objects.all()}
    Caution.objects.filter(pk__in=[pk for key, pk in present.items() if key not in wanted]).delete()
    Caution.objects.bulk_create(
        Caution(
            point_id=ids[row.code],
            caution=row.caution,
            techniques=list(row.techniques),
            trimesters=list(row.trimesters),
            detail=row.detail,
            strength=row.strength,
            source=row.source,
        )
        for key, row in wanted.items()
        if key not in present
    )


def _key(point_id: int, caution: Caution | catalogue.CautionRow) -> tuple:
    """All that a caution says: cautions have no name of their own to know them by."""
    techniques, trimesters = tuple(caution.techniques), tuple(caution.trimesters)
    return point_id, caution.caution, techniques, trimesters, caution.detail, caution.strength, caution.source


def _ensure_ear_points() -> None:
    present = EarPoint.objects.in_bulk(field_name="code")
    wanted = [_ear_point(row, position) for position, row in enumerate(catalogue.read_auricular(), start=1)]
    EarPoint.objects.bulk_create(
        [point for point in wanted if not _alike(point, present.get(point.code), FROM_EAR_CATALOGUE)],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[*FROM_EAR_CATALOGUE, "updated_at"],
    )


def _ear_point(row: catalogue.AuricularRow, position: int) -> EarPoint:
    folded = map(fold, [row.code, row.pinyin, row.hanzi, row.hanzi_traditional, row.english])
    return EarPoint(
        **asdict(row), position=position, search_text=" ".join(dict.fromkeys([*folded, row.english.lower()]))
    )


def _ensure_protocols() -> None:
    """Those that ship and were never there: what the clinic made of one since stays."""
    there = set(Protocol.objects.filter(shipped_as__isnull=False).values_list("shipped_as", flat=True))
    Protocol.objects.bulk_create(
        (
            Protocol(**row | {"needlings": [_whole_needling(needling) for needling in row["needlings"]]})
            for row in catalogue.read_protocols()
            if row["shipped_as"] not in there
        ),
        ignore_conflicts=True,
    )


def _whole_needling(row: dict[str, Any]) -> dict[str, Any]:
    """With every field of a needling: what the file leaves out has its default."""
    fields = [field for field in Needling._meta.concrete_fields if field.name not in {"id", "treatment", "position"}]
    return {field.name: row.get(field.name, field.get_default()) for field in fields}
