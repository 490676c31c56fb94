"""For who keeps the installation running and who watches over it: accounts, sites, jobs, audit."""

from fastapi import APIRouter

from lakmus.portal.admin import audit, jobs, sites, users

router = APIRouter()
for part in (users, sites, jobs, audit):
    router.include_router(part.router)

__all__ = ["router"]
