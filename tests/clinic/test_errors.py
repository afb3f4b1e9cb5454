"""One shape for every refusal, a stable code in each, and words beside every constraint of every model."""

import json

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.http import Http404
from rest_framework import exceptions
from rest_framework.test import APIClient

from clinic.errors import Conflict, NotAllowed, Refusal, StaleEdit, refusal_for
from clinic.models import AnsweredRequest, Practice, Room
from config.error_handler import problem_response
from tests.cast import Cast, api
from tests.routes import API, of_the_api

pytestmark = pytest.mark.django_db

OURS = {"clinic", "patients", "messaging", "appointments", "treatments", "billing", "frontdesk"}
CONSTRAINTS = [
    (model, constraint)
    for model in apps.get_models()
    if model._meta.app_label in OURS and not model._meta.model_name.endswith("event")
    for constraint in model._meta.constraints
]
# Written by the machinery under a lock, so that nobody ever meets it.
UNMET = {"answered_request_once_per_key"}


def check_shape(document: dict, status: int, code: str) -> None:
    assert set(document) >= {"type", "title", "status", "detail", "code", "errors"}
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"] == f"urn:needlebook:problem:{code}"
    assert document["detail"].endswith((".", "?"))
    for entry in document["errors"]:
        assert set(entry) == {"field", "code", "detail"}


class Rivalry(Exception):
    class diag:
        sqlstate = "40P01"


def deadlock() -> OperationalError:
    error = OperationalError("deadlock detected")
    error.__cause__ = Rivalry()
    return error


ERRORS = [
    (exceptions.ParseError(), 400, "parse_error"),
    (exceptions.ValidationError({"name": ["No."]}), 400, "invalid"),
    (exceptions.ValidationError({"x": ["No."]}, "unknown_filter"), 400, "unknown_filter"),
    (exceptions.NotAuthenticated(), 401, "not_authenticated"),
    (exceptions.AuthenticationFailed(), 401, "authentication_failed"),
    (exceptions.PermissionDenied(), 403, "permission_denied"),
    (PermissionDenied(), 403, "permission_denied"),
    (NotAllowed("not_your_note", "Not yours."), 403, "not_your_note"),
    (exceptions.NotFound(), 404, "not_found"),
    (Http404(), 404, "not_found"),
    (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
    (exceptions.NotAcceptable(), 406, "not_acceptable"),
    (Conflict("slot_taken", "Taken."), 409, "slot_taken"),
    (deadlock(), 409, "busy"),
    (StaleEdit(), 412, "stale_edit"),
    (RequestDataTooBig(), 413, "too_large"),
    (exceptions.UnsupportedMediaType("text/plain"), 415, "unsupported_media_type"),
    (Refusal("note_empty", "Empty."), 422, "note_empty"),
    (exceptions.Throttled(wait=7), 429, "throttled"),
]


@pytest.mark.parametrize(("error", "status", "code"), ERRORS, ids=[code for _, _, code in ERRORS])
def test_each_error_is_a_problem_document(error, status: int, code: str):
    response = problem_response(error, {})
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    check_shape(response.data, status, code)
    json.dumps(response.data)


def test_what_is_no_refusal_is_left_to_be_a_500():
    assert problem_response(ValueError("a bug"), {}) is None
    assert problem_response(IntegrityError("of nobody"), {}) is None
    assert problem_response(OperationalError("server closed the connection"), {}) is None


def test_a_throttled_one_is_told_when_to_come_back():
    assert problem_response(exceptions.Throttled(wait=7), {}).headers["Retry-After"] == "8"


def test_nested_errors_name_their_place():
    error = exceptions.ValidationError({"rows": [{}, {"side": ["Required."]}], "non_field_errors": ["Both?"]})
    assert [(entry["field"], entry["code"]) for entry in problem_response(error, {}).data["errors"]] == [
        ("rows.1.side", "invalid"),
        (None, "invalid"),
    ]


# Constraints


@pytest.mark.parametrize(
    "constraint", [c for _, c in CONSTRAINTS if c.name not in UNMET], ids=lambda constraint: constraint.name
)
def test_every_constraint_has_a_code_and_a_sentence(constraint):
    assert constraint.violation_error_code
    assert constraint.violation_error_code == constraint.violation_error_code.lower().replace(" ", "_")
    sentence = str(constraint.violation_error_message)
    assert sentence != str(constraint.default_violation_error_message)
    assert sentence.endswith(".")
    assert sentence[0].isupper()


def test_every_constraint_of_the_models_is_in_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")
        there = {name for (name,) in cursor.fetchall()}
    assert {constraint.name for _, constraint in CONSTRAINTS} - there == set()


class Diagnosis:
    """What PostgreSQL says about a violation."""

    def __init__(self, table: str, constraint, sqlstate: str, message: str = "") -> None:
        self.table_name, self.constraint_name, self.sqlstate = table, constraint, sqlstate
        self.message_primary = message


def violation(*args) -> IntegrityError:
    cause, error = Exception(), IntegrityError()
    cause.diag = Diagnosis(*args)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(("model", "constraint"), CONSTRAINTS, ids=lambda value: getattr(value, "name", None))
def test_every_constraint_becomes_the_refusal_it_stands_for(model, constraint):
    is_check = isinstance(constraint, models.CheckConstraint)
    sqlstate = "23514" if is_check else "23P01" if isinstance(constraint, ExclusionConstraint) else "23505"
    refusal = refusal_for(violation(model._meta.db_table, constraint.name, sqlstate))
    if constraint.name in UNMET:
        assert refusal.code == "already_exists"
        return
    assert refusal.code == constraint.violation_error_code
    assert refusal.status == (422 if is_check else 409)


def test_a_unique_field_without_words_of_its_own_is_a_conflict():
    refusal = refusal_for(violation("clinic_location", "clinic_location_name_key", "23505"))
    assert (refusal.status, refusal.code) == (409, "already_exists")


def test_a_trigger_of_ours_is_a_conflict_and_another_error_of_the_database_is_a_bug():
    refusal = refusal_for(violation(None, None, "23000", "note_signed: This note is signed."))
    assert (refusal.status, refusal.code, refusal.detail) == (409, "note_signed", "This note is signed.")
    assert refusal_for(violation("clinic_room", "clinic_room_location_id_fk", "23503")) is None
    assert refusal_for(violation("clinic_room", None, "23502")) is None


def test_a_real_violation_is_understood(cast: Cast):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Room.objects.create(location=cast.location, name=cast.rooms[0].name)
    assert refusal_for(caught.value).code == "room_exists"
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Practice.objects.create(name="Second", address="x", gst_number="1")
    assert refusal_for(caught.value).code == "practice_exists"


# Over HTTP


def test_an_address_that_is_none_is_a_problem_document_too(client):
    for path in (f"{API}/nothing/", f"{API}/patients/{'9' * 30}/", "/nowhere"):
        response = client.get(path)
        assert response["Content-Type"] == "application/problem+json"
        check_shape(response.json(), 404, "not_found")


def test_a_bug_is_a_problem_document_that_says_nothing(cast: Cast, monkeypatch):
    def broken(*args, **kwargs):
        raise ValueError("a word of a note")

    monkeypatch.setattr("clinic.views.RoomViewSet.get_queryset", broken)
    client = api(cast.owner)
    client.raise_request_exception = False
    response = client.get(f"{API}/rooms/")
    check_shape(response.json(), 500, "server_error")
    assert b"a word" not in response.content


BODIES = {
    "": ("invalid", 400),  # no body at all is an empty one
    "{": ("parse_error", 400),
    '{"name": NaN}': ("parse_error", 400),
    '{"name": "\\ud800"}': ("parse_error", 400),
    "null": ("invalid", 400),
    "[]": ("invalid", 400),
    "1": ("invalid", 400),
    '"text"': ("invalid", 400),
    '{"name": "a\\u0000b"}': ("invalid", 400),
    '{"name": {"a": 1}}': ("invalid", 400),
}
WRITES = sorted(
    {
        (route.method, route.path)
        for route in of_the_api()
        if route.method in {"POST", "PATCH"} and route.action in {"create", "partial_update"} and "{" not in route.path
    }
)


@pytest.mark.parametrize("body", BODIES)
def test_a_malformed_body_is_400_everywhere(cast: Cast, body: str):
    code, status = BODIES[body]
    client = api(cast.owner)
    for method, path in WRITES:
        response = client.generic(method, path, body, "application/json")
        assert response.status_code == status, (path, response.content)
        check_shape(response.json(), status, code)


def test_bytes_that_are_not_utf8_are_400(cast: Cast):
    response = api(cast.owner).generic("POST", f"{API}/rooms/", b'{"name": "\xff"}', "application/json")
    check_shape(response.json(), 400, "parse_error")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_another_kind_of_body_is_415(cast: Cast, kind: str):
    response = api(cast.owner).generic("POST", f"{API}/rooms/", "name=Rimu", kind)
    check_shape(response.json(), 415, "unsupported_media_type")


def test_a_wrong_sign_in_is_401_and_says_how(cast: Cast):
    client = APIClient()
    for header in ("Token wrong", "Token ", "Bearer x", f"Token {'x' * 5000}"):
        client.credentials(HTTP_AUTHORIZATION=header)
        response = client.get(f"{API}/session/")
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Token")
        assert response.json()["code"] in {"not_authenticated", "authentication_failed"}


def test_values_out_of_range_are_refused_before_the_database_sees_them(cast: Cast):
    client = api(cast.owner)
    room = {"location": cast.location.pk}
    cases = [
        (f"{API}/appointment-types/", {"name": "x", "price": "9999999.99", "segments": []}, "price"),
        (f"{API}/appointment-types/", {"name": "x", "price": "NaN", "segments": []}, "price"),
        (f"{API}/appointment-types/", {"name": "x", "price": "1e400", "segments": []}, "price"),
        (f"{API}/appointment-types/", {"name": "x", "horizon_days": 40000, "segments": []}, "horizon_days"),
        (
            f"{API}/appointment-types/",
            {"name": "x", "min_notice_minutes": 2**40, "segments": []},
            "min_notice_minutes",
        ),
        (f"{API}/closed-days/", room | {"name": "x", "day": "0000-01-01"}, "day"),
        (f"{API}/closed-days/", room | {"name": "x", "day": "2026-02-30"}, "day"),
        (f"{API}/closed-days/", room | {"name": "x", "day": "10000-01-01"}, "day"),
        (f"{API}/rooms/", room | {"name": "x" * 61}, "name"),
        (f"{API}/locations/", {"name": "x", "timezone": "Mars/Olympus"}, "timezone"),
        (f"{API}/reminder-rules/", {"name": "x", "hours_before": 10**20}, "hours_before"),
        (f"{API}/documents/", {"kind": "invoice", "subject": 10**20}, "subject"),
    ]
    for path, body, field in cases:
        response = client.post(path, body)
        assert response.status_code == 400, (path, body, response.content)
        assert field in {entry["field"] for entry in response.json()["errors"]}, body


def test_segments_are_whole_and_in_fives(cast: Cast):
    client = api(cast.owner)
    hands_on = {"kind": "hands_on", "minutes": 30}
    made = client.post(f"{API}/appointment-types/", {"name": "x", "segments": [hands_on]})
    url = f"{API}/appointment-types/{made.json()['id']}/"
    for segments, status, code in (
        ([], 400, "invalid"),
        ([{"kind": "rest"}], 400, "invalid"),
        ([{"kind": "rest", "minutes": 7}], 422, "segment_minutes"),
        ([{"kind": "rest", "minutes": 245}], 422, "segment_minutes"),
        ([{"kind": "rest", "minutes": 10**9}], 400, "invalid"),
    ):
        response = client.patch(url, {"segments": segments})
        assert (response.status_code, response.json()["code"]) == (status, code), segments
    assert client.get(url).json()["segments"] == [hands_on]


def test_answers_kept_for_repeats_are_one_for_each_key():
    assert [constraint.name for constraint in AnsweredRequest._meta.constraints] == ["answered_request_once_per_key"]
