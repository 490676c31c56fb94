"""Sites and the tokens they send with."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from lakmus.access import Action, Resource
from lakmus.portal.visit import Posting, Visit, Visiting

router = APIRouter(prefix="/admin/sites")
Short = Annotated[str, Form(max_length=256)]


@router.get("")
def sites(visit: Visiting) -> Response:
    allowed = visit.filter(Action.SEE_SITES)
    found = [site for site in visit.services.sites.all() if allowed.admits(Resource(site=site.code))]
    return visit.page("admin/sites.html", sites=found)


@router.post("")
def add(visit: Posting, code: Short, name: Short, region: Short = "") -> Response:
    visit.check(Action.MANAGE_SITES)
    made = visit.services.sites.add(code, name, region)
    return visit.go(f"/admin/sites/{made.code}")


@router.get("/{code}")
def site(visit: Visiting, code: str) -> Response:
    visit.check(Action.SEE_SITES, Resource(site=code))
    return _site(visit, code)


@router.post("/{code}/token")
def token(
    visit: Posting, code: str, label: Short = "", days: Annotated[int, Form(ge=1, le=3650)] = 365
) -> Response:
    """The new token is shown on the answer and never again."""
    visit.check(Action.MANAGE_SITES, Resource(site=code))
    return _site(visit, code, token=visit.services.sites.issue(code, label, days=days))


@router.post("/{code}/revoke")
def revoke(visit: Posting, code: str, credential: Short) -> Response:
    visit.check(Action.MANAGE_SITES, Resource(site=code))
    visit.services.sites.revoke(credential)
    return visit.go(f"/admin/sites/{code}")


@router.post("/{code}/active")
def active(visit: Posting, code: str, active: bool = Form()) -> Response:
    visit.check(Action.MANAGE_SITES, Resource(site=code))
    sites = visit.services.sites
    (sites.activate if active else sites.deactivate)(code)
    return visit.go(f"/admin/sites/{code}")


def _site(visit: Visit, code: str, token: str = "") -> Response:
    found, tokens = visit.services.sites.get(code), visit.services.sites.credentials(code)
    now = visit.services.clock.now()
    return visit.page("admin/site.html", site=found, tokens=tokens, token=token, now=now)
