"""How many queries an answer costs, whatever the number of its rows."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def queries_for(client, url: str) -> int:
    """The queries of one GET, which must succeed. The key's first use in an hour is not counted against it."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def queries_while_growing(client, url: str, make: Callable[[int], object], sizes=(1, 10, 100)) -> list[int]:
    """The queries of a list at each of `sizes` rows. `make(n)` makes the n-th row; the list must show that many.

    Pages are as large as they may be: one that is full is counted by a query more, whatever its rows."""
    if "page_size=" not in url:
        url = f"{url}{'&' if '?' in url else '?'}page_size=200"
    counts, made = [], 0
    for size in sizes:
        while made < size:
            made += 1
            make(made)
        answer = client.get(url)
        assert answer.json()["count"] == size, answer.json()
        counts.append(queries_for(client, url))
    return counts
