"""Whether the installation lives, whether it can work, and its metrics."""

from __future__ import annotations

import hmac

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from lakmus.access import Action
from lakmus.core.errors import LakmusError
from lakmus.portal.visit import Visiting

router = APIRouter()


@router.get("/health")
def health() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/ready")
def ready(request: Request) -> JSONResponse:
    """The parts behind it answer, too; which one does not is in the log, not in the answer."""
    services = request.app.state.services
    try:
        services.jobs.counts()
        services.ready()
    except LakmusError:
        return JSONResponse({"status": "not ready"}, 503)
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
def metrics(visit: Visiting) -> Response:
    """For a scraper with the installation's token, or an account that may."""
    expected = visit.settings.metrics_token
    given = visit.request.headers.get("authorization", "").removeprefix("Bearer ")
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        visit.check(Action.SEE_METRICS)
    return Response(visit.request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
