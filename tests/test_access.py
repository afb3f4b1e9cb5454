"""Who sees and does what, over HTTP: every route of the URL conf, every method, every role.

A route without an entry in `tests/access_table.py` fails. So does a word of a clinical note in any answer to those who
may not read notes, and a field that is read-only and can be written all the same.
"""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.admin import site
from django.core.cache import cache
from django.db import models, transaction
from django.db.models import ManyToManyField
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pypdf import PdfReader

from clinic.models import Document
from clinic.permissions import Permission
from tests.access_table import DESK, NOBODY, OWNER, PRACTITIONER, ROLES, TABLE
from tests.cast import Cast, api, make_user
from tests.routes import API, Route, addresses, methods_of, of_the_api, routes
from tests.world import CANARY, World, build

pytestmark = pytest.mark.django_db

ROUTES = {route.key: route for route in routes()}
METHODS = ["get", "head", "options", "post", "put", "patch", "delete", "trace"]
READ_NO_NOTES = [role for role in ROLES if role not in {OWNER, PRACTITIONER}]


@pytest.fixture
def world(cast: Cast) -> World:
    # Every role calls every public door from one address; what one used up is not the next one's.
    cache.clear()
    return build(cast)


def user_of(world: World, role: str):
    return {
        "owner": world.cast.owner,
        "practitioner": world.cast.practitioner,
        "desk": world.cast.desk,
        "billing": world.cast.billing,
        "patient": world.cast.patient_user,
        "nobody": None,
    }[role]


@contextmanager
def forgotten() -> Iterator[None]:
    """Whatever is written in here is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def call(client, world: World, route: Route, **overrides):
    """The route as its entry says: its places filled, its body sent."""
    entry = TABLE[route.key]
    places = entry.at(world) | overrides.get("at", {})
    body = overrides["body"] if "body" in overrides else entry.body(world) if entry.body else None
    path = route.path.format(**places)
    if route.method == "GET":
        return client.get(path, overrides.get("query", entry.query(world)))
    return client.generic(route.method, path, json.dumps(body) if body is not None else "", "application/json")


def test_every_route_has_an_entry_and_every_entry_a_route():
    assert sorted(set(ROUTES) ^ set(TABLE)) == []


def expected_status(role: str, route: Route) -> int:
    entry = TABLE[route.key]
    if role in entry.unseen:
        return 404 if "{" in route.path or route.key == "GET /practice/" else 200
    if role in entry.may:
        return entry.status
    return 401 if role == NOBODY else 403


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says(world: World, role: str):
    client, wrong = api(user_of(world, role)), []
    for key, route in ROUTES.items():
        with forgotten():
            TABLE[key].before(world)
            response = call(client, world, route)
            expected = expected_status(role, route)
            if response.status_code != expected:
                wrong.append((key, expected, response.status_code, getattr(response, "content", b"")[:300]))
            elif role in TABLE[key].unseen and expected == 200:
                rows = response.json()["results"]
                assert rows == [], (key, rows)
    assert wrong == []


def test_a_method_that_an_address_does_not_have_is_405_for_everybody(world: World):
    clients = [api(user_of(world, role)) for role in ROLES]
    wrong = []
    for path, callback in addresses():
        if not path.startswith(API) or not hasattr(callback, "cls"):
            continue
        here = {method for method in methods_of(callback) if f"{method.upper()} {path}" in _known(path)}
        places = TABLE[next(key for key in TABLE if key.split(" ")[1] == path.removeprefix(API))].at(world)
        names = callback.initkwargs.get("http_method_names", callback.cls.http_method_names)
        offered = here | ({"options"} & set(names)) | ({"head"} if "get" in here else set())
        for method in set(METHODS) - offered:
            for client in clients:
                response = client.generic(method.upper(), path.format(**places), "", "application/json")
                if response.status_code != 405:
                    wrong.append((method, path, response.status_code))
                else:
                    allowed = set(response["Allow"].lower().split(", "))
                    assert here <= allowed <= offered, (path, response["Allow"])
    assert wrong == []


def _known(path: str) -> set[str]:
    return {f"{route.method} {route.path}" for route in ROUTES.values() if route.path == path}


@pytest.mark.parametrize("role", ROLES)
def test_head_is_answered_as_get_and_options_tells_methods_only(world: World, role: str):
    client, wrong = api(user_of(world, role)), []
    for key, route in ROUTES.items():
        if route.method != "GET" or not route.path.startswith(API) or not hasattr(route.callback, "cls"):
            continue
        path = route.path.format(**TABLE[key].at(world))
        head = client.head(path, TABLE[key].query(world))
        options = client.options(path)
        tells = 204 if role != NOBODY or NOBODY in TABLE[key].may else 401
        tells = 405 if "http_method_names" in route.callback.initkwargs else tells
        if head.status_code != expected_status(role, route):
            wrong.append(("HEAD", key, head.status_code))
        if options.status_code != tells or (tells == 204 and options.content):
            wrong.append(("OPTIONS", key, options.status_code, options.content[:100]))
    assert wrong == []


def test_a_user_without_any_role_is_refused_or_sees_nothing(world: World):
    user = make_user("roleless", "Patient")
    user.roles.clear()
    client = api(user)
    for key, route in ROUTES.items():
        entry = TABLE[key]
        if "nobody" in entry.may or key == "GET /session/":
            continue
        with forgotten():
            entry.before(world)
            response = call(client, world, route)
        if response.status_code == 200:
            answered = response.json()  # which reports there are is a list without pages
            assert (answered if isinstance(answered, list) else answered["results"]) == [], key
        else:
            assert response.status_code in {403, 404}, (key, response.status_code)


def test_an_inactive_user_is_not_signed_in(world: World):
    client = api(world.cast.owner)
    world.cast.owner.is_active = False
    world.cast.owner.save()
    assert client.get(f"{API}/session/").status_code == 401


# Ids out of reach


# For each role, the rows of the world that are there and not theirs to see.
OUT_OF_REACH = {
    "patient": {
        "/patients/{pk}/": lambda world: {"pk": world.stranger.pk},
        "/cases/{pk}/": lambda world: {"pk": world.strangers_case.pk},
        "/locations/{pk}/": lambda world: {"pk": world.cast.location.pk},
        "/rooms/{pk}/": lambda world: {"pk": world.cast.rooms[0].pk},
        "/devices/{pk}/": lambda world: {"pk": world.cast.electro.pk},
        "/practitioners/{pk}/": lambda world: {"pk": world.cast.mere.pk},
        "/documents/{pk}/": lambda world: {"pk": world.invoice_paper.pk},
        "/documents/{pk}/file/": lambda world: {"pk": world.note_paper.pk},
        "/document-batches/{pk}/": lambda world: {"pk": world.invoice_batch.pk},
        "/points/{code}/": lambda world: {"code": "GB30"},
        "/adverse-events/{pk}/": lambda world: {"pk": world.event.pk},
        "/cases/{case_pk}/cover-decisions/": lambda world: {"case_pk": world.strangers_case.pk},
        "/cases/{case_pk}/purchase-orders/": lambda world: {"case_pk": world.strangers_case.pk},
        "/patients/{patient_pk}/contacts/": lambda world: {"patient_pk": world.stranger.pk},
        "/patients/{patient_pk}/alerts/": lambda world: {"patient_pk": world.stranger.pk},
        "/patients/{patient_pk}/consents/": lambda world: {"patient_pk": world.stranger.pk},
        "/patients/{patient_pk}/consents/missing/": lambda world: {"patient_pk": world.stranger.pk},
    },
    "desk": {
        "/adverse-events/{pk}/": lambda world: {"pk": world.event.pk},
        "/documents/{pk}/": lambda world: {"pk": world.note_paper.pk},
        "/documents/{pk}/file/": lambda world: {"pk": world.note_paper.pk},
    },
    "billing": {
        "/documents/{pk}/": lambda world: {"pk": world.note_paper.pk},
        "/documents/{pk}/file/": lambda world: {"pk": world.note_paper.pk},
    },
    "practitioner": {
        "/documents/{pk}/": lambda world: {"pk": world.invoice_paper.pk},
        "/documents/{pk}/file/": lambda world: {"pk": world.invoice_paper.pk},
        "/document-batches/{pk}/": lambda world: {"pk": world.invoice_batch.pk},
    },
}
MISSING = {"pk": 987654321, "patient_pk": 987654321, "case_pk": 987654321, "code": "GB31"}


@pytest.mark.parametrize("role", OUT_OF_REACH)
def test_a_row_out_of_reach_answers_like_one_that_does_not_exist(world: World, role: str):
    client = api(user_of(world, role))
    for path, place in OUT_OF_REACH[role].items():
        places = place(world)
        hidden = client.get(API + path.format(**places))
        missing = client.get(API + path.format(**{name: MISSING[name] for name in places}))
        assert (hidden.status_code, missing.status_code) == (404, 404), path
        assert hidden.content == missing.content, path
        assert hidden.json()["code"] == "not_found"
        same = {"Content-Type", "Allow", "Vary", "Content-Length"}
        assert {name: hidden[name] for name in same if name in hidden} == {
            name: missing[name] for name in same if name in missing
        }


@pytest.mark.parametrize("role", [OWNER, "patient"])
def test_an_id_too_large_for_the_database_is_404_wherever_an_id_goes(world: World, role: str):
    client = api(user_of(world, role))
    for key, route in ROUTES.items():
        places = TABLE[key].at(world)
        if not {"pk", "patient_pk", "case_pk"} & set(places):
            continue
        for number in ("9" * 18, "9" * 19, "0", "-1", "1.0", "%00", "٣"):
            last = next(name for name in ("pk", "patient_pk", "case_pk") if name in places)
            response = call(client, world, route, at=places | {last: number})
            assert response.status_code in {404, 403}, (key, number, response.status_code)
            if number not in {"9" * 18, "0"}:
                assert response.status_code == 404, (key, number)


def test_ids_in_bodies_that_are_out_of_reach_or_out_of_range_are_400(world: World):
    client = api(world.cast.owner)
    for key, route in ROUTES.items():
        entry = TABLE[key]
        body = entry.body(world) if entry.body and key.split(" ")[0] in {"POST", "PATCH"} else None
        if not isinstance(body, dict):
            continue
        for name, value in body.items():
            if not isinstance(value, int) or isinstance(value, bool) or name in {"hours_before", "weekday", "subject"}:
                continue
            for bad in (987654321, 10**18, 10**30, 1.5, True, "1\x00", [], None):
                if bad is None and name == "payer":
                    continue
                with forgotten():
                    entry.before(world)
                    response = call(client, world, route, body=body | {name: bad})
                assert response.status_code == 400, (key, name, bad, response.status_code, response.content)
                assert response.json()["errors"][0]["field"] == name


# The canary


def text_of(response) -> str:
    """All that an answer says: its body, its headers, and the words of a PDF."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    words = "\n".join(f"{name}: {value}" for name, value in response.items())
    if response.get("Content-Type") == "application/pdf":
        return words + "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return words + content.decode()


def sung(text: str) -> bool:
    """Whether the canary can be heard, written out or escaped."""
    escaped = json.dumps(CANARY)[1:-1]
    return any(word.casefold() in text.casefold() for word in (CANARY, escaped, "Quokka"))


# The names that patients gave to what is hard for them are their own words, and come back to them alone.
OWN_WORDS = {"patient": {"GET /me/outcomes/", "GET /me/outcomes/{pk}/"}}
NOTE_TEXTS = (
    "complaint",
    "plan",
    "needlings__free_location",
    "needlings__needle_type",
    "amendments__text",
    "patterns",
)
WAYS_TO_NOTES = ("", "treatment__", "treatments__", "patient__treatments__", "lines__treatment__")
INTO_NOTES = [way + name for way in WAYS_TO_NOTES for name in NOTE_TEXTS]
TOLD = ("medications__name", "history_entries__name", "screenings__answers", "examinations__referral")
INTO_NOTES += [way + name for way in ("", "patient__") for name in TOLD]


def questions(route: Route) -> list[dict[str, Any]]:
    """What a list can be asked that could give a note away: the search, each filter of its own, and an ordering."""
    own = [{name: CANARY} for name in _own_filters(route)]
    return [{"search": CANARY}, {"search": "quokka"}, *own, {"ordering": "complaint"}]


def _own_filters(route: Route) -> list[str]:
    fields = getattr(route.callback.cls, "filterset_fields", {})
    names = [name if lookup == "exact" else f"{name}__{lookup}" for name, ways in fields.items() for lookup in ways]
    return names + list(getattr(getattr(route.callback.cls, "filterset_class", None), "base_filters", ()))


@pytest.mark.parametrize("role", READ_NO_NOTES)
def test_no_word_of_a_note_reaches_those_who_may_not_read_notes(world: World, role: str):
    client, heard = api(user_of(world, role)), []
    for key, route in ROUTES.items():
        with forgotten():
            TABLE[key].before(world)
            response = call(client, world, route)
            if sung(text_of(response)) and key not in OWN_WORDS.get(role, ()):
                heard.append(key)
        if route.method != "GET" and route.path.startswith(API):
            for body in ({}, [], {"patient": [CANARY[:1]]}, {"ordering": "complaint"}):
                with forgotten():
                    response = call(client, world, route, body=body)
                if sung(text_of(response)):
                    heard.append((key, body))
    assert heard == []


@pytest.mark.parametrize("role", [role for role in READ_NO_NOTES if role != NOBODY])
def test_no_list_can_be_searched_narrowed_or_ordered_by_what_a_note_says(world: World, role: str):
    client = api(user_of(world, role))
    for route in of_the_api():
        if route.method != "GET" or route.action != "list" or role not in TABLE[route.key].may:
            continue
        path = route.path.format(**TABLE[route.key].at(world))
        for query in questions(route):
            response = client.get(path, query)
            if response.status_code == 200:
                # A filter that takes any text: nobody and nothing but the notes is called so.
                assert response.json()["results"] == [], (route.key, query)
            else:
                assert response.status_code == 400, (route.key, query, response.status_code)
        looking = dict.fromkeys([f"{name}__icontains" for name in INTO_NOTES] + INTO_NOTES, CANARY)
        unknown = client.get(path, looking).json()["errors"]
        assert {entry["field"] for entry in unknown} >= set(looking) - {"ordering"}, route.key
        ordered = [client.get(path, {"ordering": f"-{name}"}).status_code for name in INTO_NOTES[:10]]
        assert ordered == [400] * 10, route.key


@pytest.mark.parametrize("role", [OWNER, PRACTITIONER])
def test_the_canary_sings_for_those_who_may_read_notes(world: World, role: str):
    client = api(user_of(world, role))
    said = client.get(f"{API}/treatments/{world.signed_note.pk}/").json()
    texts = ("complaint", "subjective", "objective", "assessment", "plan", "tongue", "pulse")
    texts += ("western_diagnosis", "treatment_principle", "style", "reasoning", "response", "aftercare", "marks")
    assert [name for name in texts if CANARY not in json.dumps(said[name], ensure_ascii=False)] == []
    for part in ("patterns", "needlings", "cuppings", "moxibustions", "techniques", "amendments"):
        assert CANARY in json.dumps(said[part], ensure_ascii=False), part
    for part in ("treatment-plans", "outcome-scores", "adverse-events"):
        assert sung(text_of(client.get(f"{API}/{part}/"))), part
    for part in ("treatments", "examinations", "patients/{}/medications", "patients/{}/history-entries"):
        assert sung(text_of(client.get(f"{API}/{part.format(world.cast.aroha.pk)}/"))), part
    assert sung(text_of(client.get(f"{API}/documents/{world.note_paper.pk}/file/")))


@pytest.mark.parametrize("role", READ_NO_NOTES)
def test_the_paper_of_a_note_cannot_be_asked_for_either(world: World, role: str):
    before = Document.objects.count()
    response = api(user_of(world, role)).post(
        f"{API}/documents/", {"kind": "signed_note", "subject": world.signed_note.pk}
    )
    assert response.status_code == (401 if role == NOBODY else 403)
    assert Document.objects.count() == before


# The staff pages


def staff_pages(world: World) -> list[str]:
    """Every list, form, row and history of the admin, as far as it is set up."""
    found = [reverse("admin:index")]
    for model in site._registry:
        names = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.order_by("pk").first()
        for page, args in (("changelist", []), ("add", []), ("change", [row]), ("history", [row]), ("delete", [row])):
            if args != [None]:
                try:
                    found.append(reverse(f"{names}_{page}", args=[arg.pk for arg in args]))
                except NoReverseMatch:
                    continue
    return found


def browser(user) -> Client:
    client = Client(raise_request_exception=True)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("role", ["patient", "nobody"])
def test_the_staff_pages_send_everybody_else_to_the_sign_in(world: World, role: str):
    client = browser(user_of(world, role))
    for page in staff_pages(world):
        response = client.get(page)
        assert response.status_code in {302, 403, 404}, (page, response.status_code)
        if response.status_code == 302:
            assert response["Location"].startswith("/admin/login/"), page


@pytest.mark.parametrize("role", ["desk", "billing"])
def test_no_staff_page_shows_a_word_of_a_note_to_those_who_may_not_read_notes(world: World, role: str):
    client, heard = browser(user_of(world, role)), []
    for page in staff_pages(world):
        for query in ({}, {"q": "Quokka"}, {"q": CANARY}):
            response = client.get(page, query)
            text = text_of(response).replace(f'value="{CANARY}"', "").replace('value="Quokka"', "")
            assert response.status_code in {200, 302, 403, 404}, (page, response.status_code)
            if sung(re.sub(r"q=[^\"&]*", "", text)) and not query:
                heard.append(page)
            if "/treatments/treatment" in page or "/amendment" in page:
                assert response.status_code != 200, page
    assert heard == []


# Read-only fields


FOREIGN = {
    models.DateTimeField: "2001-01-01T00:00:00+00:00",
    models.DateField: "2001-01-01",
    models.BooleanField: None,
    models.JSONField: {"bogus": True},
}


def bogus_for(field: models.Field, row: models.Model | None = None) -> Any:
    """A value this column does not hold, of a kind it could."""
    if isinstance(field, models.BooleanField):
        return not getattr(row, field.attname, False)
    if field.choices:
        now_held = getattr(row, field.attname, field.get_default())
        return next(value for value, _ in field.choices if value != now_held)
    for kind, value in FOREIGN.items():
        if isinstance(field, kind):
            return value
    return 987654 if field.is_relation or isinstance(field, (models.IntegerField, models.DecimalField)) else "b" * 8


def writable(route: Route, world: World) -> set[str]:
    view = route.view(request=None)
    serializer = view.get_serializer_class()()
    return {name for name, field in serializer.fields.items() if not field.read_only}


def writes(method: str) -> list[Route]:
    action = {"POST": "create", "PATCH": "partial_update"}[method]
    return [route for route in of_the_api() if route.method == method and route.action == action]


def snapshot(row: models.Model) -> dict[str, Any]:
    """The row as it stands, with the ids of its many-to-many relations, without its last change."""
    values = type(row)._base_manager.filter(pk=row.pk).values().get()
    values.pop("updated_at", None)
    return values | {
        field.name: sorted(getattr(row, field.name).values_list("pk", flat=True))
        for field in row._meta.many_to_many
        if isinstance(field, ManyToManyField)
    }


@pytest.mark.parametrize("key", [route.key for route in writes("PATCH")])
def test_what_is_read_only_stays_when_a_patch_names_it(world: World, key: str):
    route = ROUTES[key]
    model = route.callback.cls.queryset.model
    row = model._base_manager.get(pk=TABLE[key].at(world)["pk"])
    may_write = writable(route, world)
    columns = {field.name: field for field in model._meta.get_fields() if getattr(field, "concrete", False)}
    body = {
        name: bogus_for(field, row)
        for name, field in columns.items()
        if name not in may_write and not field.many_to_many
    }
    body |= {field.attname: 987654 for field in columns.values() if field.is_relation and not field.many_to_many}
    body |= {name: [987654] for name, field in columns.items() if field.many_to_many and name not in may_write}
    body |= {"pk": 987654, "is_superuser": True, "password": "bogus bogus bogus"}
    assert "id" in body or model._meta.pk.name in body
    before = snapshot(row)
    client = api(world.cast.owner)
    response = call(client, world, route, body=body)
    assert response.status_code == 200, response.content
    assert snapshot(row) == before
    others = model._base_manager.filter(pk=987654)
    assert not others.exists()


@pytest.mark.parametrize("key", [route.key for route in writes("POST") if "documents" not in route.key])
def test_what_is_read_only_is_not_taken_from_a_post(world: World, key: str):
    route, entry = ROUTES[key], TABLE[key]
    model = route.callback.cls.queryset.model
    may_write = writable(route, world) | set(entry.body(world))
    columns = [field for field in model._meta.get_fields() if getattr(field, "concrete", False)]
    bogus = {
        field.name: bogus_for(field)
        for field in columns
        if field.name not in may_write and not field.many_to_many and not field.is_relation
    }
    bogus |= {field.name: 987654 for field in columns if field.is_relation and field.name not in may_write}
    entry.before(world)
    response = call(api(world.cast.owner), world, route, body=entry.body(world) | bogus)
    assert response.status_code == entry.status, response.content
    answered = response.json()
    if isinstance(answered.get("series"), dict):  # what came of it stands beside what was made
        answered = answered["series"]
    [made] = answered.get("remittances", [answered])
    row = model._base_manager.get(pk=made["id"])
    taken = {
        field.name: getattr(row, field.attname)
        for field in columns
        if field.name in bogus and str(getattr(row, field.attname, None)) == str(bogus[field.name])
    }
    assert taken == {}


def test_a_patient_reads_their_own_record_and_nobody_elses(world: World):
    client = api(world.cast.patient_user)
    assert [row["id"] for row in client.get(f"{API}/patients/").json()["results"]] == [world.cast.aroha.pk]
    cases = {row["id"] for row in client.get(f"{API}/cases/").json()["results"]}
    assert cases == {case.pk for case in world.cast.aroha.cases.all()}
    assert world.strangers_case.pk not in cases
    session = client.get(f"{API}/session/").json()
    assert (session["roles"], session["permissions"]) == (["Patient"], ["own_record"])


def test_roles_are_data_and_one_row_opens_or_closes_a_door(world: World):
    client = api(world.cast.billing)
    assert client.get(f"{API}/treatments/").status_code == 403
    role = world.cast.billing.roles.get()
    role.permissions = [*role.permissions, str(Permission.READ_NOTES)]
    role.save()
    assert client.get(f"{API}/treatments/").status_code == 200
    role.permissions = []
    role.save()
    assert client.get(f"{API}/invoices/").status_code == 403
    assert DESK in TABLE["GET /invoices/"].may
