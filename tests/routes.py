"""Every address of the project with its methods, read from the URL conf: what a test must not forget."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, get_resolver

API = "/api/v1"
# The staff pages and the sign-in are walked by tests of their own.
ELSEWHERE = ("/admin/", "/_allauth/")
ASKED_FOR = {"get", "post", "put", "patch", "delete"}


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    callback: Callable

    @property
    def key(self) -> str:
        """As `GET /patients/{pk}/`: addresses of the API without their common beginning."""
        return f"{self.method} {self.path.removeprefix(API)}"

    @property
    def action(self) -> str:
        actions = getattr(self.callback, "actions", None) or {}
        return actions.get(self.method.lower(), self.method.lower())

    def view(self, **attributes: Any) -> Any:
        """A view of this route as DRF makes it for a request."""
        view = self.callback.cls(**getattr(self.callback, "initkwargs", {}))
        view.action, view.format_kwarg, view.kwargs = self.action, None, {}
        for name, value in attributes.items():
            setattr(view, name, value)
        return view


def addresses() -> Iterator[tuple[str, Callable]]:
    return _walk(get_resolver().url_patterns, "")


def _walk(patterns, before: str) -> Iterator[tuple[str, Callable]]:
    for pattern in patterns:
        regex = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            path = re.sub(r"<(?:[^>:]+:)?([^>]+)>", r"{\1}", simplify_regex(regex))
            yield path, pattern.callback
        else:
            yield from _walk(pattern.url_patterns, regex)


def methods_of(callback: Callable) -> set[str]:
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if getattr(callback, "actions", None):
        return set(callback.actions) & ASKED_FOR
    if view is None:
        return {"get"}
    return {name for name in view.http_method_names if hasattr(view, name)} & ASKED_FOR


def routes() -> list[Route]:
    return [
        Route(method.upper(), path, callback)
        for path, callback in addresses()
        if not path.startswith(ELSEWHERE)
        for method in sorted(methods_of(callback))
    ]


def of_the_api() -> list[Route]:
    return [route for route in routes() if route.path.startswith(API) and hasattr(route.callback, "cls")]
