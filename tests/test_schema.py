"""schema.yml is up to date, and right: what each route answers is what the document says it answers."""

import difflib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from django.core.cache import cache
from jsonschema import Draft202012Validator, FormatChecker

from tests.access_table import NOBODY, OWNER, PATIENT, PRACTITIONER, ROLES, TABLE
from tests.cast import api
from tests.routes import API, Route, of_the_api
from tests.test_access import call, expected_status, forgotten, user_of
from tests.world import World, build

ROOT = Path(settings.BASE_DIR)
DOCUMENT = yaml.safe_load((ROOT / "schema.yml").read_text()) if (ROOT / "schema.yml").exists() else {"paths": {}}
OFFSET = re.compile(r"T\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$")
ROUTES = {route.key: route for route in of_the_api() if route.key not in {"GET /schema/", "GET /docs/"}}


FORMATS = FormatChecker(["date", "time", "email", "idn-email", "ipv4"])
FORMATS.checks("uri")(lambda value: not isinstance(value, str) or bool(urlsplit(value).scheme))
FORMATS.checks("date-time")(lambda value: not isinstance(value, str) or OFFSET.search(value) is not None)


@pytest.fixture
def world(cast) -> World:
    cache.clear()  # every role calls every public door from one address
    return build(cast)


def test_schema_yml_is_what_the_code_says_and_was_written_without_a_warning(tmp_path: Path):
    written = tmp_path / "schema.yml"
    done = subprocess.run(
        [sys.executable, "manage.py", "spectacular", "--file", written, "--validate", "--fail-on-warn"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    committed, fresh = (ROOT / "schema.yml").read_text().splitlines(), written.read_text().splitlines()
    changes = "\n".join(list(difflib.unified_diff(committed, fresh, "schema.yml", "the code", lineterm=""))[:40])
    assert not changes, f"Run `make schema` and commit schema.yml.\n{changes}"


def operation(route: Route) -> dict[str, Any]:
    """The part of the document about a route; its `{pk}` is called `{id}` there."""
    path = route.path.replace("{pk}", "{id}")
    return DOCUMENT["paths"][path][route.method.lower()]


def complaints(value: Any, schema: dict[str, Any], extra: str = "") -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    validator = Draft202012Validator(whole, format_checker=FORMATS)
    return [
        f"{extra}{'.'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(value)
    ]


def test_the_document_has_every_route_and_no_other():
    documented = {
        f"{method.upper()} {path.removeprefix(API)}"
        for path, operations in DOCUMENT["paths"].items()
        for method in operations
    }
    assert documented == {key.replace("{pk}", "{id}") for key in ROUTES}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_answers_are_as_documented(world: World, role: str):
    client, wrong = api(user_of(world, role)), []
    for key, route in ROUTES.items():
        with forgotten():
            TABLE[key].before(world)
            response = call(client, world, route)
        assert response.status_code == expected_status(role, route)
        wrong += [f"{key} {response.status_code} {text}" for text in differences(route, response)]
    assert not wrong, "\n".join(wrong)


def differences(route: Route, response) -> list[str]:
    documented = operation(route)["responses"].get(str(response.status_code))
    if documented is None:
        return ["is not documented"]
    found = []
    content = documented.get("content", {})
    kind = response.get("Content-Type", "")
    if response.status_code == 204:
        return [] if not content else ["has a body in the document"]
    if kind not in content:
        return [f"is {kind}, documented as {list(content)}"]
    if kind.endswith("json"):
        found += complaints(response.json(), content[kind]["schema"])
    for name in ("ETag", "Location"):
        if (name in response) != (name in documented.get("headers", {})):
            found.append(f"{name} {'is not documented' if name in response else 'is missing'}")
    return found


def test_the_bodies_that_are_taken_are_as_documented(db, world: World):
    wrong = []
    for key, route in ROUTES.items():
        documented = operation(route).get("requestBody")
        sent = TABLE[key].body(world) if TABLE[key].body else None
        if (documented is None) != (sent is None):
            wrong.append(f"{key}: a body is {'sent' if sent else 'documented'}")
        elif documented is not None:
            wrong += complaints(sent, documented["content"]["application/json"]["schema"], f"{key} ")
    assert not wrong, "\n".join(wrong)


def test_headers_and_sign_in_are_documented_where_they_count():
    for key, route in ROUTES.items():
        said = operation(route)
        headers = {parameter["name"] for parameter in said.get("parameters", []) if parameter["in"] == "header"}
        assert headers == {"POST": {"Idempotency-Key"}, "PATCH": {"If-Match"}}.get(route.method, set()), key
        is_public = NOBODY in TABLE[key].may
        assert (said["security"] == []) == is_public, key
        assert ({"401", "403"} <= set(said["responses"])) != is_public, key
        assert ("412" in said["responses"]) == (route.method == "PATCH"), key
        problems = [answer for status, answer in said["responses"].items() if status >= "400"]
        assert [list(answer["content"]) for answer in problems] == [["application/problem+json"]] * len(problems), key


def test_each_query_parameter_is_one_that_is_read(db, world: World):
    """Every documented filter is known to its list, and every one that is known is documented."""
    for key, route in ROUTES.items():
        if route.method != "GET":
            continue
        named = {p["name"] for p in operation(route).get("parameters", []) if p["in"] == "query"}
        view = route.callback.cls
        if route.action != "list":
            continue
        own = {
            name if lookup == "exact" else f"{name}__{lookup}"
            for name, ways in getattr(view, "filterset_fields", {}).items()
            for lookup in ways
        }
        if any(field.name == "updated_at" for field in view.queryset.model._meta.fields):
            own |= {"updated_at__gte", "updated_at__lt"}
        searched = getattr(view, "search_fields", None) or getattr(view, "search_method", None)
        is_searched = {"search"} if searched or "search" in named else set()
        if getattr(view, "filterset_class", None) is None:
            assert named == own | is_searched | {"page", "page_size", "ordering"}, key
    availability = {p["name"]: p for p in operation(ROUTES["GET /availability/"])["parameters"]}
    assert set(availability) == {
        "appointment_type", "from", "to", "practitioner", "location", "room", "patient", "explain",
    }  # fmt: skip
    assert [name for name, p in availability.items() if p.get("required")] == ["appointment_type", "from"]
    assert availability["from"]["schema"] == {"type": "string", "format": "date"}


def test_the_pages_of_the_document_are_served_from_here(db, client):
    page = client.get(f"{API}/docs/").content.decode()
    assert "swagger" in page.lower()
    assert [line for line in page.splitlines() if "src=" in line and "http" in line] == []


@pytest.mark.django_db
def test_the_served_document_is_the_committed_one(client):
    served = yaml.safe_load(io.BytesIO(client.get(f"{API}/schema/").content))
    assert served["paths"].keys() == DOCUMENT["paths"].keys()
    assert {OWNER, PRACTITIONER, PATIENT} <= set(ROLES)
