"""Many clients at one door: each with a connection of its own, all of them opened before the first one asks."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1"
PATIENCE = 240


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> tuple[int, str]:
        """The status, and the code of a refusal."""
        return self.status, self.body.get("code", "")


def post(path: str, body: dict[str, Any], token: str, **headers: str) -> bytes:
    """A request as it goes over the wire. `idempotency_key="…"` and the like become headers."""
    content = json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {HOST}",
        f"Authorization: Token {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


def all_at_once(port: int, requests: list[bytes]) -> list[Answer]:
    """What each got, in their order. Raises what a connection raised: nobody may be left without an answer."""
    return asyncio.run(_all_at_once(port, requests))


async def _all_at_once(port: int, requests: list[bytes]) -> list[Answer]:
    connections = await asyncio.gather(*(asyncio.open_connection(HOST, port) for _ in requests))
    answers = (_ask(*connection, request) for connection, request in zip(connections, requests, strict=True))
    return await asyncio.wait_for(asyncio.gather(*answers), PATIENCE)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> Answer:
    writer.write(request)
    answer = _read(await reader.read(-1))
    writer.close()
    return answer


def _read(received: bytes) -> Answer:
    """A whole answer, after which the server hung up."""
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return Answer(int(status.split()[1]), json.loads(body), headers)
