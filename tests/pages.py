"""Staff pages as a browser uses them: a session, the fields of a form as they stand in the page, and a click."""

import re
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from clinic.models import User


def browser(user: User | None = None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


class _Form(HTMLParser):
    """What a browser would send of the form `form_id`, as it stands in the page."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.is_inside = False
        self.values: dict[str, Any] = {}
        self.select = self.area = None

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        if tag == "form":
            self.is_inside = given.get("id") == self.form_id
        if not (self.is_inside or given.get("form") == self.form_id) or "disabled" in given:
            return
        name = given.get("name")
        if tag == "input" and name and given.get("type") not in {"submit", "button", "file"}:
            if given.get("type") in {"checkbox", "radio"}:
                if "checked" in given:
                    self.values.setdefault(name, []).append(given.get("value", "on"))
            else:
                self.values[name] = given.get("value", "")
        elif tag == "select":
            self.select = name
            self.values.setdefault(name, "")
        elif tag == "option" and self.select and "selected" in given:
            self.values[self.select] = given.get("value", "")
        elif tag == "textarea":
            self.area = name
            self.values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area] += data


def fields_of(answer: HttpResponse, form_id: str) -> dict[str, Any]:
    form = _Form(form_id)
    form.feed(answer.content.decode())
    # HTML drops the line break right after <textarea>.
    return {
        name: re.sub(r"^\r?\n", "", value) if isinstance(value, str) else value for name, value in form.values.items()
    }


def save(client: Client, url: str, form_id: str, **typed: Any) -> HttpResponse:
    """Opens the page, types over what stands there, and presses Save."""
    return client.post(url, fields_of(client.get(url), form_id) | typed)


def told(answer: HttpResponse) -> list[str]:
    """The messages a person sees on the page they are led to."""
    return [str(message) for message in answer.context["messages"]]
