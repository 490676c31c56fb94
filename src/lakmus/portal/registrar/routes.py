"""Upload, batches, quarantine, quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from lakmus.access import Action, Filter, Resource
from lakmus.core.errors import InputError, NotFoundError
from lakmus.lake.quarantine import Item
from lakmus.portal.visit import Posting, Visit, Visiting, visit_of

router = APIRouter(prefix="/registrar")
INTAKE = "intake"


@router.get("/upload")
def upload_page(visit: Visiting) -> Response:
    return visit.page("registrar/upload.html", sites=_sites(visit, Action.SEND_RECORDS))


def _may_send(request: Request) -> Visit:
    """Asked before a byte of the body is kept."""
    visit = visit_of(request)
    visit.filter(Action.SEND_RECORDS)
    return visit


@router.post("/upload")
async def upload(request: Request, visit: Annotated[Visit, Depends(_may_send)]) -> Response:
    """The file is spooled as it comes; its intake is a job."""
    async with request.form(max_files=1, max_fields=4) as form:
        visit.check_csrf(str(form.get("csrf", "")))
        file, site = form.get("file"), str(form.get("site", ""))
        if not isinstance(file, UploadFile) or not file.filename:
            raise InputError("no file was chosen", hint="choose NDJSON, JSON or XML; plain, gzip or zip")
        visit.check(Action.SEND_RECORDS, Resource(site=site))
        done = await run_in_threadpool(
            visit.services.reception.submit, site, file.filename, file.file, owner=visit.actor.id
        )
    return visit.go(f"/jobs/{done.job.id}")


@router.get("/batches")
def batches(visit: Visiting) -> Response:
    allowed = visit.filter(Action.SEE_BATCHES)
    running = [
        job
        for job in visit.services.jobs.all(limit=100)
        if job.kind == INTAKE and job.finished is None and allowed.admits(Resource(site=job.site))
    ]
    found = visit.services.reception.batches(allowed)
    return visit.page("registrar/batches.html", batches=found, running=running)


@router.get("/batches/{name}")
def batch(visit: Visiting, name: str) -> Response:
    allowed = visit.filter(Action.SEE_BATCHES)
    found = visit.services.reception.batch(name)
    visit.check(Action.SEE_BATCHES, Resource(site=found.site))
    refused: list[Item] = []
    if visit.may(Action.SEE_QUARANTINE):
        refused = list(visit.services.reception.quarantine(allowed, batch=name))
    return visit.page("registrar/batch.html", batch=found, refused=refused, reasons=_reasons(refused))


@router.get("/quarantine")
def quarantine(visit: Visiting, batch: str = "") -> Response:
    allowed = visit.filter(Action.SEE_QUARANTINE)
    found = visit.services.reception.quarantine(allowed, batch=batch or None)
    return visit.page("registrar/quarantine.html", items=found, reasons=_reasons(found), batch=batch)


@router.get("/quarantine/{name}")
def item(visit: Visiting, name: str, said: str = "") -> Response:
    found, outcome = _item(visit, name, Action.SEE_QUARANTINE)
    return visit.page("registrar/item.html", item=found, issues=outcome.get("issue", []), said=said)


@router.post("/quarantine/{name}/original")
def original(visit: Posting, name: str) -> Response:
    """The refused bytes, for who may read them; in the audit log before they are unsealed."""
    _item(visit, name, Action.READ_QUARANTINED_ORIGINAL)
    data = visit.services.reception.original(name)
    headers = {"content-disposition": f'attachment; filename="{name}.original"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.post("/quarantine/{name}/retry")
def retry(visit: Posting, name: str) -> Response:
    found, _ = _item(visit, name, Action.RETRY_QUARANTINE)
    taken = visit.services.reception.retry(found)
    return visit.go(f"/registrar/quarantine/{name}", said="taken" if taken else "refused")


@router.get("/quality")
def quality(visit: Visiting, site: str = "") -> Response:
    """Numbers of one site; with none named, of the first one they may see."""
    sites = _sites(visit, Action.SEE_QUALITY)
    chosen = site or (sites[0] if sites else "")
    if chosen:
        visit.check(Action.SEE_QUALITY, Resource(site=chosen))
    return visit.page("registrar/quality.html", sites=sites, chosen=chosen, **_numbers(visit, chosen))


def _numbers(visit: Visit, site: str) -> dict[str, Any]:
    """What was accepted and refused; plausibility where it was counted."""
    allowed = Filter(sites=frozenset({site} - {""}))
    batches = visit.services.reception.batches(allowed)
    refused = visit.services.reception.quarantine(allowed)
    try:
        report = visit.services.quality.report(site) if visit.services.quality and site else None
    except NotFoundError:
        report = None
    return {
        "accepted": sum(batch.receipt.accepted for batch in batches),
        "refused": sum(batch.receipt.refused for batch in batches),
        "reasons": _reasons(refused),
        "report": report,
    }


def _item(visit: Visit, name: str, action: Action) -> tuple[Item, dict[str, object]]:
    """The item if they may do this to it; what is elsewhere looks the same as what is not."""
    visit.filter(Action.SEE_QUARANTINE)
    found, outcome = visit.services.reception.item(name)
    visit.check(action, Resource(site=found.site), [f"quarantine:{found.item}"])
    return found, dict(outcome)


def _sites(visit: Visit, action: Action) -> list[str]:
    allowed = visit.filter(action)
    return allowed.keep(site.code for site in visit.services.sites.all() if site.active)


def _reasons(items: Sequence[Item]) -> list[tuple[str, int]]:
    return [(reason, count) for reason, count in Counter(item.reason for item in items).most_common(20)]
