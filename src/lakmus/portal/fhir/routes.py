"""`POST /fhir`: a Bundle or resource is taken in and answered at once; NDJSON is queued and its receipt asked for later."""

from __future__ import annotations

import json
import tempfile
from typing import Any, BinaryIO, cast

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from lakmus.access import Action, Actor, Resource
from lakmus.core.errors import InputError, UnsupportedError
from lakmus.ops import Site
from lakmus.ops.jobs import State
from lakmus.portal.fhir import outcomes
from lakmus.portal.security import TooLarge
from lakmus.portal.services import PortalSettings, Services

router = APIRouter(prefix="/fhir")
AT_ONCE = 64 << 20  # bytes of a Bundle answered at once; larger ones come as NDJSON
IN_MEMORY = 1 << 20
JSON_TYPES = ("application/fhir+json", "application/json")
NDJSON_TYPES = ("application/fhir+ndjson", "application/x-ndjson", "application/ndjson")


class WrongType(UnsupportedError):
    """A content type this end point does not read."""

    http_status = 415


@router.get("/metadata")
def metadata(request: Request) -> Response:
    settings: PortalSettings = request.app.state.settings
    date = _services(request).clock.now().date().isoformat()
    address = settings.base_url.rstrip("/") + "/fhir"
    return outcomes.answer(200, outcomes.capabilities(settings.name, settings.version, address, date))


@router.post("")
async def post(request: Request) -> Response:
    """Who sends is known before anything is read."""
    site = await run_in_threadpool(_allowed, request, Action.SEND_RECORDS)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in JSON_TYPES + NDJSON_TYPES:
        raise WrongType("this content type", hint=f"send {JSON_TYPES[0]} or {NDJSON_TYPES[0]}")
    folder = request.app.state.settings.temporary
    with tempfile.SpooledTemporaryFile(IN_MEMORY, dir=folder) as body:
        async for part in request.stream():
            await run_in_threadpool(body.write, part)
            if kind in JSON_TYPES and body.tell() > AT_ONCE:
                raise TooLarge("the Bundle is too large to be answered at once", hint="send NDJSON")
        body.seek(0)
        work = _bundle if kind in JSON_TYPES else _ndjson
        return await run_in_threadpool(work, _services(request), site, cast(BinaryIO, body))


@router.get("/batches/{name}")
def batch(request: Request, name: str) -> Response:
    """The receipt of a batch: 202 while its job runs, then an OperationOutcome with what was refused."""
    services, site = _services(request), _allowed(request, Action.SEE_BATCHES)
    running = [
        job
        for job in services.jobs.all(site=site.code)
        if job.parameters.get("batch") == name and job.state in (State.QUEUED, State.RUNNING)
    ]
    if running:
        waiting = outcomes.issue("information", "incomplete", f"taken in to {running[0].progress:.0%}")
        return outcomes.answer(202, outcomes.outcome([waiting]), {"retry-after": "5"})
    found = services.reception.batch(name)
    services.gate.check(Actor.site(site), Action.SEE_BATCHES, Resource(site=found.site))
    allowed = services.gate.filter(Actor.site(site), Action.SEE_QUARANTINE)
    refused = services.reception.quarantine(allowed, batch=name)
    issues = [issue for item in refused for issue in services.reception.item(item.item)[1]["issue"]]
    receipt = outcomes.received(name, found.receipt.accepted, found.receipt.refused)
    return outcomes.answer(200, outcomes.outcome([receipt, *issues]))


def _services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


def _allowed(request: Request, action: Action) -> Site:
    """The site of the bearer token, if the policy lets it do this; WrongToken or Refused."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    services = _services(request)
    site = services.sites.authenticate(token.strip() if scheme.lower() == "bearer" else "")
    services.gate.check(Actor.site(site), action, Resource(site=site.code))
    return site


def _ndjson(services: Services, site: Site, body: BinaryIO) -> Response:
    done = services.reception.submit(site.code, "body.ndjson", body, owner=Actor.site(site).id)
    waiting = outcomes.issue("information", "informational", f"batch {done.batch} is being taken in")
    where = {"content-location": f"/fhir/batches/{done.batch}"}
    return outcomes.answer(202, outcomes.outcome([waiting]), where)


def _bundle(services: Services, site: Site, body: BinaryIO) -> Response:
    kind, entries = _form_of(body)
    done = services.reception.take_in(site.code, "body.json", body)
    receipt = outcomes.received(done.batch, done.accepted, done.refused)
    if done.refused:
        issues = [issue for outcome in done.outcomes for issue in outcome["issue"]]
        return outcomes.answer(422, outcomes.outcome([*issues, receipt]))
    if kind in ("transaction", "batch") and entries:
        whole = outcomes.transaction_response(kind, entries, outcomes.outcome([receipt]))
        return outcomes.answer(200, whole)
    return outcomes.answer(200, outcomes.outcome([receipt]))


def _form_of(body: BinaryIO) -> tuple[str, int]:
    """A Bundle's type and number of entries, empty for other resources. What is wrong inside is the validator's matter."""
    try:
        found: Any = json.load(body)
    except (ValueError, RecursionError):
        raise InputError("the body is not JSON") from None
    body.seek(0)
    if not isinstance(found, dict) or found.get("resourceType") != "Bundle":
        return "", 0
    entries = found.get("entry")
    return str(found.get("type", "")), len(entries) if isinstance(entries, list) else 0
