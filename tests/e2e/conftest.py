"""A clinic with its pages served to a real browser. Whatever the browser complains of, and whatever it asks of anybody
but this clinic, fails the test."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from appointments.models import Appointment
from clinic.models import User
from tests import cast as people
from tests.e2e.browser import MISSING, found
from treatments import charting, signing
from treatments.models import Point, Treatment

DESK = {"width": 1366, "height": 768}
TABLET = {"width": 1180, "height": 820}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = found()
    assert path, MISSING
    # Playwright keeps a loop running in this thread, in which Django would refuse its queries.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Hands:
    """What a person does, counted: every key that goes down, a held Alt or Ctrl too, and every click."""

    page: Page
    keys: int = 0
    clicks: int = 0

    def type(self, text: str) -> None:
        self.keys += len(text)
        self.page.keyboard.type(text)

    def press(self, *chords: str) -> None:
        for chord in chords:
            self.keys += len(chord.split("+"))
            self.page.keyboard.press(chord)

    def click(self, selector: str) -> None:
        self.clicks += 1
        self.page.click(selector)


# What htmx says where a page is left, or asks anew, before what it asked for has come. A request that fails says
# `htmx:sendError` besides.
GIVEN_UP = frozenset({"htmx:afterRequest", "htmx:sendAbort"})


@dataclass
class Watch:
    """What the browser complained of and whom it asked. `expected` are complaints that a test brings about."""

    host: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("console", lambda line: line.type == "error" and self.complaints.append(line.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and urlsplit(url).netloc != self.host:
            self.strangers.append(url)

    def held(self) -> None:
        complaints = [line for line in self.complaints if line not in GIVEN_UP]
        unexpected = [line for line in complaints if not any(word in line for word in self.expected)]
        assert (unexpected, self.strangers) == ([], [])


@pytest.fixture
def clinic(live_server, cast: people.Cast) -> people.Cast:
    call_command("load_reference_data")
    return cast


@pytest.fixture
def watch(live_server) -> Iterator[Watch]:
    watch = Watch(urlsplit(live_server.url).netloc)
    yield watch
    watch.held()


@dataclass
class Traffic:
    """The requests that the server is answering just now."""

    open: int = 0
    last: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)  # the server answers each request in its own thread

    def begins(self, **_: object) -> None:
        with self.lock:
            self.open, self.last = self.open + 1, time.monotonic()

    def ends(self, **_: object) -> None:
        with self.lock:
            self.open, self.last = self.open - 1, time.monotonic()

    def runs_out(self, *, quiet: float = 0.3, limit: float = 30) -> None:
        """A page that closes still sends what was typed last, and the server goes on answering when nobody listens.
        Emptying the tables under such a request is a deadlock."""
        closed = self.last = time.monotonic()
        while self.open or time.monotonic() - self.last < quiet:
            assert time.monotonic() - closed < limit, "a request of the closed page is still being answered"
            time.sleep(0.02)


@pytest.fixture
def traffic(live_server) -> Iterator[Traffic]:
    traffic = Traffic()
    request_started.connect(traffic.begins)
    request_finished.connect(traffic.ends)
    yield traffic
    request_started.disconnect(traffic.begins)
    request_finished.disconnect(traffic.ends)


Opens = Callable[..., Page]


@pytest.fixture
def opens(chromium: Browser, live_server, watch: Watch, traffic: Traffic) -> Iterator[Opens]:
    """`opens(user, path, viewport=...)`: a page of a browser in which this person is signed in; None is nobody."""
    contexts: dict[tuple, BrowserContext] = {}

    def open_page(
        user: User | None, path: str, *, viewport: dict[str, int] = DESK, touch: bool = False, script: bool = True
    ) -> Page:
        key = (user and user.pk, viewport["width"], touch, script)
        if key not in contexts:
            contexts[key] = chromium.new_context(
                viewport=viewport, has_touch=touch, java_script_enabled=script, base_url=live_server.url
            )
            if user is not None:
                contexts[key].add_cookies([_session_cookie(user, live_server.url)])
            watch.over(contexts[key])
        page = contexts[key].new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts.values():
        context.close()
    traffic.runs_out()


def _session_cookie(user: User, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


@pytest.fixture
def returning(clinic: people.Cast) -> Appointment:
    """Aroha, needled a week ago for her right hip, is in the room again."""
    now = timezone.now()
    earlier = charting.begin(
        patient=clinic.aroha,
        practitioner=clinic.mere,
        started_at=now - timedelta(days=7),
        complaint="Right hip, worse on stairs",
        patterns=["Qi and blood stagnation"],
        needlings=[
            {"point": Point.objects.get(code="GB30"), "side": "right", "retention_minutes": 25},
            {"point": Point.objects.get(code="GB34"), "side": "both", "retention_minutes": 25},
            {"free_location": "gluteus medius", "side": "right", "technique": "trigger", "twitch": True},
        ],
        needles_in=4,
        needles_out=4,
        by=clinic.practitioner,
        now=now,
    )
    signing.sign(treatment=earlier, by=clinic.practitioner, now=now)
    return Appointment.objects.create(
        patient=clinic.aroha,
        practitioner=clinic.mere,
        appointment_type=people.make_type(),
        location=clinic.location,
        room=clinic.rooms[0],
        starts_at=now - timedelta(minutes=45),
        ends_at=now + timedelta(minutes=5),
        status="in_treatment",
    )


@pytest.fixture
def draft(returning: Appointment, clinic: people.Cast) -> Treatment:
    return charting.begin(
        patient=clinic.aroha,
        practitioner=clinic.mere,
        appointment=returning,
        started_at=returning.starts_at,
        by=clinic.practitioner,
        now=timezone.now(),
    )
