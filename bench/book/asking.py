"""Asks a server the same thing over and over, from a process of its own: `python -m bench.book.asking`

Reads `{"port", "path", "headers", "connections", "seconds"}` as JSON, and writes how many seconds each answer took.
Sockets are kept open and read by hand: a client library would cost more than some of the servers do.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Asked:
    took: list[float]
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.took) / self.seconds

    @property
    def p99(self) -> float:
        return quantiles(self.took, n=100)[98]


def ask(port: int, path: str, headers: dict[str, str], *, connections: int = 4, seconds: float = 2.0) -> Asked:
    """Answers other than 200 are an error."""
    spec = {"port": port, "path": path, "headers": headers, "connections": connections, "seconds": seconds}
    command = [sys.executable, "-m", "bench.book.asking"]
    done = subprocess.run(command, input=json.dumps(spec), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Asked(json.loads(done.stdout), seconds)


def answer_to(connection: socket.socket, request: bytes) -> bytes:
    """The body of one answer. Raises ValueError unless it is 200 and says how long it is."""
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    if b" 200 " not in status + b" ":
        raise ValueError(received)
    length = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += _more(connection)
    return body


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise ValueError("the server hung up")
    return part


def request_for(path: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _ask_until(deadline: float, port: int, request: bytes, took: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (began := time.perf_counter()) < deadline:
            answer_to(connection, request)
            took.append(time.perf_counter() - began)


def main() -> None:
    spec = json.load(sys.stdin)
    request, took = request_for(spec["path"], spec["headers"]), []
    deadline = time.perf_counter() + spec["seconds"]
    errors: list[BaseException] = []

    def run() -> None:
        try:
            _ask_until(deadline, spec["port"], request, took)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(spec["connections"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    json.dump(took, sys.stdout)


if __name__ == "__main__":
    main()
