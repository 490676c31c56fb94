"""Pages and files of published releases."""

from __future__ import annotations

import mimetypes
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, JSONResponse, Response

from lakmus.access import Action
from lakmus.opendata.catalogue import FACETS
from lakmus.portal.visit import Visiting

router = APIRouter()
LONGEST_SEARCH = 200
FOREVER = "public, max-age=31536000, immutable"  # a release never changes


@router.get("/")
def home(visit: Visiting) -> Response:
    visit.check(Action.SEE_CATALOGUE)
    entries = visit.services.catalogue.entries()
    persons, rows = sum(entry.persons for entry in entries), sum(entry.rows for entry in entries)
    return visit.page("public/home.html", entries=entries[:6], total=len(entries), persons=persons, rows=rows)


@router.get("/catalogue")
def catalogue(visit: Visiting, q: str = "") -> Response:
    visit.check(Action.SEE_CATALOGUE)
    chosen = {name: visit.request.query_params.get(name, "") for name in FACETS}
    found = visit.services.catalogue.search(q[:LONGEST_SEARCH], chosen)
    return visit.page("public/catalogue.html", found=found, q=q[:LONGEST_SEARCH], chosen=chosen)


@router.get("/catalogue/{name}")
def newest(visit: Visiting, name: str) -> Response:
    return _data_set(visit, name, "")


@router.get("/catalogue/{name}/{version}")
def data_set(visit: Visiting, name: str, version: str) -> Response:
    return _data_set(visit, name, version)


def _data_set(visit: Visiting, name: str, version: str) -> Response:
    visit.check(Action.SEE_CATALOGUE)
    page = visit.services.catalogue.page(name, version)
    base = visit.settings.base_url.rstrip("/")
    return visit.page("public/data_set.html", page=page, m=page.manifest, base=base)


@router.get("/about")
def about(visit: Visiting) -> Response:
    visit.check(Action.SEE_CATALOGUE)
    return visit.page("public/about.html")


# -- data API ---------------------------------------------------------------------------------------------------------


@router.get("/data/")
def releases(visit: Visiting) -> JSONResponse:
    visit.check(Action.SEE_CATALOGUE)
    found: dict[str, Any] = visit.services.catalogue.as_json()
    return JSONResponse(found)


@router.get("/data/{name}/{version}/")
def manifest(visit: Visiting, name: str, version: str) -> Response:
    visit.check(Action.SEE_CATALOGUE)
    return Response(visit.services.catalogue.manifest(name, version), media_type="application/json")


@router.get("/data/{name}/{version}/files/{path:path}")
def file(visit: Visiting, name: str, version: str, path: str) -> FileResponse:
    """One file; ranges are answered as RFC 9110, 14 has it."""
    visit.check(Action.DOWNLOAD_RELEASE)
    place = visit.services.catalogue.file(name, version, path)
    kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
    return FileResponse(
        place,
        media_type=kind,
        filename=place.name,
        content_disposition_type="attachment",
        headers={"cache-control": FOREVER},
    )
