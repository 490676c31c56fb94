"""Errors become answers here and nowhere else: the tree of `lakmus.core.errors` names the status."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from lakmus.access import Refused
from lakmus.core.errors import LakmusError
from lakmus.portal.fhir import outcomes
from lakmus.portal.i18n import N_
from lakmus.portal.visit import SignInNeeded, visit_of

log = logging.getLogger(__name__)

TITLES = {
    400: N_("This cannot be done as asked"),
    401: N_("Please sign in"),
    403: N_("This is not open to you"),
    404: N_("There is no such page"),
    405: N_("This cannot be done as asked"),
    409: N_("Somebody was faster"),
    413: N_("This is too large"),
    429: N_("Too many tries"),
    501: N_("This is not supported"),
    503: N_("Please try again later"),
    500: N_("Something went wrong on our side"),
}


def install(app: FastAPI) -> None:
    """Every way a request can fail ends in `answer`."""
    app.add_exception_handler(LakmusError, _on_ours)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_form)
    app.add_exception_handler(Exception, _on_bug)


def answer(request: Request, status: int, message: str, hint: str = "") -> Response:
    """The error in the form the path speaks: FHIR, JSON or a page."""
    path = request.url.path
    if path == "/fhir" or path.startswith("/fhir/"):
        return outcomes.answer(status, outcomes.of_error(status, message, hint))
    if path.startswith("/data/"):
        return JSONResponse({"error": message, "hint": hint}, status)
    title = TITLES.get(status, TITLES[500] if status >= 500 else TITLES[400])
    visit = visit_of(request)
    return visit.page("error.html", status, title=visit.gettext(title), message=message, hint=hint)


def _on_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, LakmusError)
    if isinstance(error, SignInNeeded) and request.method == "GET":
        visit = visit_of(request)
        return visit.go("/sign-in", next=request.url.path)
    message = (
        error.reason.text.in_locale(visit_of(request).locale) if isinstance(error, Refused) else error.message
    )
    if error.http_status >= 500:
        log.warning("%s answered %d: %s", _route(request), error.http_status, type(error).__name__)
    found = answer(request, error.http_status, message, error.hint)
    if error.http_status == 401 and request.url.path.startswith("/fhir"):
        found.headers["www-authenticate"] = "Bearer"
    return found


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    cause = error.__cause__ or error.__context__
    if isinstance(cause, LakmusError):  # a body that grew too large while a form was read
        return _on_ours(request, cause)
    found = answer(request, error.status_code, "")
    found.headers.update(error.headers or {})
    return found


def _on_form(request: Request, error: Exception) -> Response:
    """Names the fields that do not fit, never what was in them."""
    assert isinstance(error, RequestValidationError)
    fields = sorted({str(part["loc"][-1]) for part in error.errors()})
    return answer(request, 400, f"these fields do not fit: {', '.join(fields)}")


def _on_bug(request: Request, error: Exception) -> Response:
    # The message of a foreign error may quote a record, so only its type is logged.
    log.error("%s failed: %s", _route(request), type(error).__name__)
    return answer(request, 500, "")


def _route(request: Request) -> str:
    return getattr(request.scope.get("route"), "path", "a route")
