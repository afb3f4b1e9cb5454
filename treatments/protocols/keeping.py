"""Keeping protocols: one's own, or shared by everybody who writes notes."""

from datetime import datetime
from typing import Any

from clinic.acting import acting
from clinic.errors import Refusal
from clinic.models import User
from treatments.charting import refuse_impossible_side
from treatments.models import Point, Protocol


def keep(*, by: User, now: datetime, **fields: Any) -> Protocol:
    """A new protocol, one's own where `owner` does not say otherwise. Raises 409 `protocol_exists`, 422
    `side_impossible`."""
    _refuse_impossible_sides(fields.get("needlings", []))
    with acting(by):
        return Protocol.objects.create(**{"owner": by} | fields)


def revise(*, protocol: Protocol, by: User, now: datetime, **fields: Any) -> Protocol:
    """Changes a protocol; a list of rows replaces the one that stands. One's own can be given to all, not the other
    way round: 422 `protocol_shared`. Raises 409 `protocol_exists`, 422 `side_impossible`."""
    _refuse_impossible_sides(fields.get("needlings", []))
    with acting(by):
        row = Protocol.objects.select_for_update().get(pk=protocol.pk)
        if row.owner_id is None and fields.get("owner") is not None:
            raise Refusal("protocol_shared", "Others use this protocol. Save one of your own instead.", field="owner")
        for field, value in fields.items():
            setattr(row, field, value)
        row.save(update_fields=[*fields, "updated_at"])
    return row


def _refuse_impossible_sides(needlings: list[dict[str, Any]]) -> None:
    """No note would take such a row."""
    points = Point.objects.in_bulk([row["point"] for row in needlings if row.get("point")], field_name="code")
    for row in needlings:
        refuse_impossible_side(points.get(row.get("point")), row["side"])
