"""A stand-in for the provider of text messages: real HTTP on loopback. It keeps what arrives, answers as documented,
and can be told to be difficult."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SENDER, TOKEN = "reception@harakeke.example", "a token for this test"


class Provider:
    """`mood`: empty to answer as documented; a status to answer with that; `silent`, `cut`, `hang_up`."""

    def __init__(self) -> None:
        self.texts: list[dict[str, str]] = []
        self.tries = 0
        self.mood: str | int = ""
        self.said: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._desk())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/v2.04/HttpApi/SMS"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _desk(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Desk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                form = {key: values[0] for key, values in parse_qs(body.decode(), keep_blank_values=True).items()}
                provider.tries += 1
                if provider.mood == "silent":
                    time.sleep(2)
                elif provider.mood == "cut":
                    self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{"Result": "Suc')
                elif provider.mood != "hang_up":
                    self._say(*provider.answer(urlsplit(self.path).path, form))

            def _say(self, status: int, said: dict[str, str]) -> None:
                body = json.dumps(said).encode()
                self.send_response(status)
                for name, value in {**provider.headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None: ...

        return Desk

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, str]]:
        if self.mood:
            return int(self.mood), self.said
        if path != "/api/v2.04/HttpApi/SMS":
            return 404, {}
        if (form.get("Sender"), form.get("Token")) != (SENDER, TOKEN):
            return 401, {"Result": "Failed", "ErrorMessage": "Missing or empty sender"}
        if why := self.refused.get(form["Number"]):
            return 400, {"Result": "Failed", "ErrorMessage": why}
        self.texts.append(form)
        return 200, {"Result": "Success", "MessageID": "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE"}


@contextmanager
def opened():
    provider = Provider()
    try:
        yield provider
    finally:
        provider.close()
