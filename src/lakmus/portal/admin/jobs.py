"""Long jobs: everybody sees and cancels the own ones, some see all."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from lakmus.access import Action, Filter, Resource
from lakmus.ops import Job
from lakmus.portal.visit import Posting, Visit, Visiting

router = APIRouter(prefix="/jobs")


@router.get("")
def jobs(visit: Visiting) -> Response:
    return visit.page("admin/jobs.html", jobs=_among(visit, visit.filter(Action.SEE_JOBS)))


@router.get("/{job}")
def job(visit: Visiting, job: str) -> Response:
    visit.filter(Action.SEE_JOBS)
    found = visit.services.jobs.get(job)
    visit.check(Action.SEE_JOBS, Resource(owner=found.owner))
    return visit.page("admin/job.html", job=found)


@router.post("/{job}/cancel")
def cancel(visit: Posting, job: str) -> Response:
    visit.filter(Action.CANCEL_JOB)
    found = visit.services.jobs.get(job)
    visit.check(Action.CANCEL_JOB, Resource(owner=found.owner))
    visit.services.jobs.cancel(job)
    return visit.go(f"/jobs/{job}")


def _among(visit: Visit, allowed: Filter) -> list[Job]:
    if allowed.everything:
        return visit.services.jobs.all()
    return [job for owner in sorted(allowed.owners) for job in visit.services.jobs.all(owner=owner)]
