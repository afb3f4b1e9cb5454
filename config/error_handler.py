"""One shape for every error: RFC 9457 `application/problem+json` with a stable code."""

import logging
from http import HTTPStatus

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from clinic.errors import Refusal, refusal_for

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
# What is wrong with the question itself is the code of the whole answer; what is wrong with a field is that field's.
OF_THE_QUERY = {"unknown_filter", "unknown_ordering", "search_too_short"}
SENTENCES = {
    "not_authenticated": "Sign in first.",
    "authentication_failed": "This sign-in is not valid, or has run out.",
    "permission_denied": "Your role does not include this.",
    "not_found": "There is nothing here, or it is not yours to see.",
    "method_not_allowed": "This cannot be done here.",
    "throttled": "That was too often. Wait a little and try again.",
    "unsupported_media_type": "Send JSON, with Content-Type: application/json.",
    "parse_error": "The body is not valid JSON.",
    "not_acceptable": "This is served as JSON.",
    "too_large": "That is more than one request may carry.",
    "bad_request": "This request cannot be understood.",
    "busy": "Two people did this at the same moment. Try again.",
}


def problem(status: int, code: str, detail: str, errors: list | None = None, **extra) -> dict:
    return {
        "type": f"urn:needlebook:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
        **extra,
    }


def problem_response(error: Exception, context: dict) -> Response | None:
    """DRF's EXCEPTION_HANDLER. None leaves the error to Django, which answers 500 and logs it."""
    if isinstance(error, IntegrityError):
        error = refusal_for(error) or error
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, Refusal):
        status, body, headers = error.status, _refusal(error), _headers(error)
    elif isinstance(error, exceptions.APIException):
        status, body, headers = error.status_code, _api_exception(error), _headers(error)
    elif isinstance(error, OperationalError) and _is_rivalry(error):
        status, body, headers = 409, problem(409, "busy", SENTENCES["busy"]), {"Retry-After": "1"}
    elif isinstance(error, RequestDataTooBig):
        status, body, headers = 413, problem(413, "too_large", SENTENCES["too_large"]), {}
    else:
        return None
    set_rollback()
    return Response(body, status=status, headers=headers, content_type=PROBLEM)


def _refusal(error: Refusal) -> dict:
    errors = [{"field": error.field, "code": error.code, "detail": error.detail}] if error.field else []
    return problem(error.status, error.code, error.detail, errors, **error.extra)


def _api_exception(error: exceptions.APIException) -> dict:
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flat(error.get_full_details()))
        codes = {entry["code"] for entry in errors}
        code = codes.pop() if len(codes) == 1 and codes <= OF_THE_QUERY else "invalid"
        return problem(error.status_code, code, "Some fields need another look.", errors)
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "error"
    return problem(error.status_code, code, SENTENCES.get(code, str(error.detail)))


def _headers(error: exceptions.APIException | Refusal) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)
    return headers


def _flat(details, path: str = ""):
    """Nested validation errors as `{field, code, detail}`, fields written as `diagnoses.0.code`."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"field": path or None, "code": details["code"], "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            below = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from _flat(inner, below)
    elif isinstance(details, list):
        nested = any(not (isinstance(inner, dict) and set(inner) == {"message", "code"}) for inner in details)
        for index, inner in enumerate(details):
            yield from _flat(inner, f"{path}.{index}".lstrip(".") if nested else path)


def _is_rivalry(error: OperationalError) -> bool:
    """A deadlock (40P01) or serialisation failure (40001): nothing was written, a repeat will do."""
    return getattr(getattr(error.__cause__, "diag", None), "sqlstate", None) in {"40P01", "40001"}


def bad_request(request, exception=None) -> JsonResponse:
    return JsonResponse(problem(400, "bad_request", SENTENCES["bad_request"]), status=400, content_type=PROBLEM)


def not_found(request, exception=None) -> JsonResponse:
    return JsonResponse(problem(404, "not_found", SENTENCES["not_found"]), status=404, content_type=PROBLEM)


def server_error(request) -> JsonResponse:
    return JsonResponse(
        problem(500, "server_error", "Something broke on our side. Nothing was half-done; please try again."),
        status=500,
        content_type=PROBLEM,
    )
