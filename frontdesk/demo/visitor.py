"""A clinic seen from outside: somebody signed in over HTTP, a reader of the mailbox, a browser for one page.

Nothing here imports the clinic's own code: what works here works for every program that speaks HTTP.
"""

import email
import email.policy
import re
import time
from collections.abc import Callable
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

API = "/api/v1/"
LINK = re.compile(r"https?://\S+/r/\S+")


class Unexpected(Exception):
    """Something was not as it must be; the message is one sentence with what came instead."""


def expect(actual: Any, wanted: Any, what: str) -> None:
    """Raises `Unexpected` unless both are equal."""
    if actual != wanted:
        raise Unexpected(f"{what} is {actual!r}, where {wanted!r} was expected.")


def until(look: Callable[[], Any], *, seconds: float, what: str, pause: float = 0.5) -> Any:
    """What `look` answers as soon as it answers anything. Raises `Unexpected` when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise Unexpected(f"{what} did not happen within {seconds:.0f} seconds.")
        time.sleep(pause)
    return found


class Person:
    """Somebody signed in. Each method answers the parsed body and raises `Unexpected` for another status."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self.username = username
        self.http = httpx.Client(base_url=base_url, timeout=30)
        body = {"username": username, "password": password}
        answer = self.http.post("/_allauth/app/v1/auth/login", json=body)
        if answer.status_code != 200:
            raise Unexpected(f"{username} cannot sign in (status {answer.status_code}). Is the password right?")
        self.http.headers["X-Session-Token"] = answer.json()["meta"]["session_token"]

    def ask(self, method: str, path: str, *, status: int = 200, **kwargs: Any) -> Any:
        answer = self.http.request(method, urljoin(API, path), **kwargs)
        if answer.status_code != status:
            raise Unexpected(
                f"{method} {path} by {self.username} answered {answer.status_code}, where {status} was expected: "
                f"{answer.text[:600]}"
            )
        return answer.json() if answer.content and "json" in answer.headers["Content-Type"] else answer

    def get(self, path: str, *, status: int = 200, **query: Any) -> Any:
        return self.ask("GET", path, status=status, params=query)

    def post(self, path: str, *, status: int = 201, **body: Any) -> Any:
        return self.ask("POST", path, status=status, json=body)

    def patch(self, path: str, *, status: int = 200, **body: Any) -> Any:
        return self.ask("PATCH", path, status=status, json=body)

    def refused(self, method: str, path: str, *, status: int, code: str, **kwargs: Any) -> dict:
        """The problem document of a request that must be refused with that status and code."""
        problem = self.ask(method, path, status=status, **kwargs)
        expect(problem.get("code"), code, f"The code of {method} {path}")
        return problem

    def one(self, path: str, **query: Any) -> dict:
        """The only row of a list."""
        rows = self.get(path, **query)["results"]
        expect(len(rows), 1, f"The number of rows of {path} with {query}")
        return rows[0]


def letters_to(address: str, *, folder: Path) -> list[EmailMessage]:
    """The letters to an address that lie in a Maildir."""
    if not (folder / "new").is_dir():
        raise Unexpected(f"There is no mailbox in {folder}; name the one that the clinic sends to with --mailbox.")
    found = []
    for path in sorted((folder / "new").iterdir()) + sorted((folder / "cur").iterdir()):
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if address in str(letter["To"]):
            found.append(letter)
    return found


def link_in(letter: EmailMessage) -> str:
    """The address of the page that the letter asks its reader to open."""
    found = LINK.search(letter.get_body(("plain",)).get_content())
    if found is None:
        raise Unexpected("The letter holds no link.")
    return found[0]


class _Forms(HTMLParser):
    """The hidden fields and the buttons of a page's form."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.buttons: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "input" and named.get("type") == "hidden":
            self.hidden[named["name"]] = named.get("value") or ""
        if tag == "button" and named.get("name"):
            self.buttons.append((named["name"], named.get("value") or ""))


def press(address: str, button: str) -> str:
    """Opens a page as a browser does, presses the button of that value, and answers the text of what comes."""
    with httpx.Client(follow_redirects=True, timeout=30) as browser:
        page = browser.get(address)
        expect(page.status_code, 200, f"The status of {address}")
        forms = _Forms()
        forms.feed(page.text)
        pressed = [(name, value) for name, value in forms.buttons if value == button]
        if not pressed:
            raise Unexpected(f"The page has no button {button!r}, but {forms.buttons}.")
        answer = browser.post(str(page.url), data=forms.hidden | dict(pressed), headers={"Referer": str(page.url)})
        expect(answer.status_code, 200, "The status after the button was pressed")
        return answer.text
