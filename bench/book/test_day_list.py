"""The list of a day with sixty visits, over HTTP, in the largest book, against three rivals. `make bench`

All are asked in turn, round by round, by the same client, and answer the same before anything is timed. Ours signs
the client in and reads the practice's clock; so does the plain viewset, which runs in the same process as ours. The
other two know nobody.
"""

import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import median
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from knox.models import get_token_model

from bench.book.asking import Asked, ask
from bench.book.conftest import connected
from bench.book.volume import A_DAY, ZONE, Book
from config.private_servers import free_port
from tests.serving import running, serving

# The mark has the tests' database made; what is measured are the books beside it.
pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]
ROUNDS = 7
RIVALS = "bench.book.rivals"
OF_THE_BARE, OF_THE_BARE_P99, OF_PLAIN, OF_FASTAPI = 0.20, 5, 2, 1


@dataclass(frozen=True)
class Side:
    port: int
    path: str
    headers: dict[str, str]

    def answer(self) -> dict:
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        web.request("GET", self.path, headers=self.headers)
        return json.load(web.getresponse())


@pytest.fixture
def sides(books: list[Book]) -> Iterator[dict[str, Side]]:
    book = books[-1]
    with connected(book.database), ExitStack() as servers:
        begins = datetime.combine(book.day, time(), tzinfo=ZoneInfo(ZONE))
        asked = {"location": book.location.pk, "starts_at__gte": begins.isoformat()}
        asked |= {"starts_at__lt": (begins + timedelta(days=1)).isoformat()}
        day = urlencode(asked)
        known = {"Authorization": f"Token {get_token_model().objects.create(user=book.desk)[1]}"}
        clinic = servers.enter_context(serving(workers=1, DJANGO_SETTINGS_MODULE=f"{RIVALS}.settings")).port
        bare = servers.enter_context(serving(f"{RIVALS}.bare", workers=1)).port
        uvicorn = [sys.executable, "-m", "uvicorn", f"{RIVALS}.fast:app", "--log-level", "critical", "--port"]
        fast = free_port()
        servers.enter_context(running([*uvicorn, str(fast)], fast))
        yield {
            "ours": Side(clinic, f"/api/v1/appointments/?{day}&page_size=200", known),
            "plain": Side(clinic, f"/plain/appointments/?{day}", known),
            "bare": Side(bare, f"/?{day}", {}),
            "FastAPI": Side(fast, f"/appointments/?{day}", {}),
        }


def visits_of(side: Side) -> list[dict]:
    """What the side shows, its times as moments: each writes them in a zone of its own. Ours may show more."""
    return [
        {
            name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
            for name, value in row.items()
        }
        for row in side.answer()["results"]
    ]


def test_the_list_of_a_day_against_its_rivals(sides: dict[str, Side]):
    shown = {name: visits_of(side) for name, side in sides.items()}
    assert len(shown["bare"]) == A_DAY
    for rows in shown.values():
        common = [{name: row[name] for name in shown["bare"][0]} for row in rows]
        assert common == shown["bare"]
    rounds = [
        {name: ask(side.port, side.path, side.headers, seconds=1.5) for name, side in sides.items()}
        for _ in range(ROUNDS)
    ]
    print()
    for name in sides:
        print(f"{name:8} {median(r[name].rate for r in rounds):7.0f}/s, p99 {p99(rounds, name) * 1000:6.1f} ms")
    bare, plain, fast = (
        median(r["ours"].rate / r[name].rate for r in rounds) for name in ("bare", "plain", "FastAPI")
    )
    late = p99(rounds, "ours") / p99(rounds, "bare")
    print(
        f"ours is {bare:.2f} x the bare one (goal >= {OF_THE_BARE}), its p99 {late:.1f} x (goal <= {OF_THE_BARE_P99})"
    )
    print(f"ours is {plain:.2f} x the plain viewset (goal >= {OF_PLAIN})")
    print(f"ours is {fast:.2f} x FastAPI (goal >= {OF_FASTAPI})")
    missed = {
        "bare": bare < OF_THE_BARE,
        "p99": late > OF_THE_BARE_P99,
        "plain": plain < OF_PLAIN,
        "FastAPI": fast < OF_FASTAPI,
    }
    assert [name for name, is_missed in missed.items() if is_missed] == []


def p99(rounds: list[dict[str, Asked]], name: str) -> float:
    return median(asked[name].p99 for asked in rounds)
