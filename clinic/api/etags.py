from clinic.errors import StaleEdit


def etag_of(row) -> str:
    """Changes whenever the row is saved: its id and the microsecond of its last change."""
    return f'"{row.pk}-{int(row.updated_at.timestamp() * 1_000_000)}"'


def refuse_stale(request, row) -> None:
    """Raises 412 when `If-Match` names another state of the row. The row must be locked by the caller."""
    expected = request.headers.get("If-Match")
    if expected and expected != "*" and etag_of(row) not in {tag.strip() for tag in expected.split(",")}:
        raise StaleEdit
