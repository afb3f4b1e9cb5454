"""A real SMTP server on loopback that keeps what arrives and can be told to be difficult."""

import email
import email.policy
import threading
from contextlib import contextmanager
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from config.private_servers import free_port


class PostOffice:
    """`answers` says what RCPT (to an address) or DATA are answered with, instead of 250."""

    def __init__(self) -> None:
        self.port = free_port()
        self.letters: list[EmailMessage] = []
        self.tries = 0
        self.to_address: dict[str, str] = {}
        self.to_content = ""
        self._lock = threading.Lock()
        self._controller: Controller | None = None

    @property
    def recipients(self) -> list[str]:
        return sorted(letter["To"] for letter in self.letters)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := self.to_address.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        with self._lock:
            self.tries += 1
            if self.to_content == "drop":
                server.transport.abort()
                return "421 gone"
            if self.to_content:
                return self.to_content
            self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    def open(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


@contextmanager
def opened():
    office = PostOffice()
    office.open()
    try:
        yield office
    finally:
        office.close()
