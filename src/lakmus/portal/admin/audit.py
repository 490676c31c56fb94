"""The audit log: who did what, and whether a line was changed."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from lakmus.access import Action
from lakmus.portal.visit import Posting, Visiting

router = APIRouter(prefix="/admin/audit")
SHOWN = 200


@router.get("")
def lines(visit: Visiting, actor: str = "", action: str = "") -> Response:
    visit.check(Action.SEE_AUDIT)
    found = visit.services.audit.show(actor=actor[:128] or None, action=action[:64] or None, limit=SHOWN)
    return visit.page("admin/audit.html", lines=found, actor=actor, action=action, actions=list(Action))


@router.get("/verify")
def verify_page(visit: Visiting) -> Response:
    visit.check(Action.VERIFY_AUDIT)
    return visit.page("admin/verify.html", report=None)


@router.post("/verify")
def verify(visit: Posting) -> Response:
    visit.check(Action.VERIFY_AUDIT)
    return visit.page("admin/verify.html", report=visit.services.audit.verify())
