"""Time that two visits share because one was squeezed in: who holds it firmly, and what happens when they let go.

A squeezed stretch stands outside the exclusion constraint, but always under a firm one of another visit, so that a
booking meets the firm one. When that is given back, the squeezed stretch becomes firm in the same transaction: at no
moment is it without a guard. Three locks keep it so (decision 16).
"""

from collections.abc import Iterable

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet

from appointments.availability import Interval, overlapping, remaining
from appointments.models import Occupancy

# Advisory locks of a transaction: acts that may give time back share the first, squeezing in has it alone; whoever
# makes squeezed stretches firm has the second.
BOOK, GUARD = "appointments.book", "appointments.guard"


def with_others() -> None:
    """Of an act that may give time back, before it locks any visit: nobody squeezes in meanwhile."""
    _lock("pg_advisory_xact_lock_shared", BOOK)


def alone() -> None:
    """Of an act that squeezes in, before it locks any visit: nobody gives time back meanwhile."""
    _lock("pg_advisory_xact_lock", BOOK)


def _lock(function: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext(%s))", [name])


def divided(row: Occupancy, others: Iterable[Occupancy]) -> list[Occupancy]:
    """The row in stretches, in order: squeezed where one of `others` holds the same firmly, and firm elsewhere."""
    span = (row.during.lower, row.during.upper)
    held = [(other.during.lower, other.during.upper) for other in others if not other.squeezed and _same(row, other)]
    shared = overlapping(span, held)
    stretches = [*((part, True) for part in shared), *((part, False) for part in remaining(span, shared))]
    return [_part(row, stretch, squeezed=squeezed) for stretch, squeezed in sorted(stretches)]


def give_back(held: QuerySet[Occupancy]) -> None:
    """Deletes the rows of visits; what was squeezed in over them becomes firm, the earlier before the later."""
    with_others()
    squeezed = Occupancy.objects.filter(squeezed=True)
    rows = list(held)
    if any(row.squeezed for row in rows) or squeezed.meeting(rows).exists():
        _lock("pg_advisory_xact_lock", GUARD)
        # Another act may have made some of them firm before the lock was ours.
        rows = list(held.all())
    held.all().delete()
    freed = [row for row in rows if not row.squeezed]
    for row in squeezed.meeting(freed).order_by("pk"):
        freed = _made_firm(row, freed)


def _made_firm(row: Occupancy, freed: list[Occupancy]) -> list[Occupancy]:
    """Makes firm what of a squeezed row lies in the freed stretches; the rest of those is still free."""
    span = (row.during.lower, row.during.upper)
    firm = overlapping(span, [(free.during.lower, free.during.upper) for free in freed if _same(row, free)])
    Occupancy.objects.filter(pk=row.pk).delete()
    Occupancy.objects.bulk_create(
        [
            *(_part(row, stretch, squeezed=False) for stretch in firm),
            *(_part(row, stretch, squeezed=True) for stretch in remaining(span, firm)),
        ]
    )
    return [part for free in freed for part in (_without(free, firm) if _same(row, free) else [free])]


def _without(free: Occupancy, firm: list[Interval]) -> list[Occupancy]:
    return [
        _part(free, stretch, squeezed=False) for stretch in remaining((free.during.lower, free.during.upper), firm)
    ]


def _same(one: Occupancy, other: Occupancy) -> bool:
    return (one.resource_kind, one.resource_id) == (other.resource_kind, other.resource_id)


def _part(row: Occupancy, stretch: Interval, *, squeezed: bool) -> Occupancy:
    return Occupancy(
        resource_kind=row.resource_kind,
        resource_id=row.resource_id,
        during=DateTimeTZRange(*stretch),
        appointment_id=row.appointment_id,
        squeezed=squeezed,
    )
