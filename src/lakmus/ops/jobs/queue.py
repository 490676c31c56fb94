"""The queue: jobs as rows, taken by one worker at a time, taken back when the worker falls silent.

A worker holds a job by its *attempt* number. When the job is taken from it and given to another, the number goes up, and
whatever the first one still says about it changes nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from lakmus.core.clock import Clock
from lakmus.core.errors import InputError, NotFoundError
from lakmus.ops.database import Database
from lakmus.ops.jobs.kinds import JobKind, Result, check_result
from lakmus.ops.jobs.states import Event, State, after
from lakmus.ops.schema import jobs

_LARGEST_PARAMETERS = 64 * 1024


@dataclass(frozen=True)
class Job:
    """A job as lists and pages show it. `owner` is an account id, `site` is empty or the site it concerns."""

    id: str
    kind: str
    owner: str
    site: str
    parameters: Mapping[str, Any]
    state: State
    progress: float
    step: str
    cancel: bool
    attempt: int
    worker: str
    created: datetime
    started: datetime | None
    heartbeat: datetime | None
    finished: datetime | None
    result: Mapping[str, Any]
    error: str


class Jobs:
    """The queue of one installation."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def submit(
        self, kind: str, parameters: Mapping[str, Any] | None = None, *, owner: str, site: str = ""
    ) -> Job:
        """Queues a job. Parameters are JSON of at most 64 KiB: names, paths, recipes; never records."""
        try:
            size = len(json.dumps(dict(parameters or {})))
        except (TypeError, ValueError):
            raise InputError("the parameters of a job are JSON values") from None
        if size > _LARGEST_PARAMETERS:
            raise InputError("the parameters of a job are too long", hint="put them into a file and name it")
        values = {
            "id": "j-" + secrets.token_hex(8),
            "kind": kind,
            "owner": owner,
            "site": site,
            "parameters": dict(parameters or {}),
            "state": State.QUEUED.value,
            "created": self._clock.now(),
        }
        empty = {
            "progress": 0.0,
            "step": "",
            "cancel": False,
            "attempt": 0,
            "worker": "",
            "result": {},
            "error": "",
        }
        with self._database.writing() as connection:
            connection.execute(insert(jobs).values({**values, **empty}))
        return self.get(str(values["id"]))

    def get(self, job: str) -> Job:
        with self._database.reading() as connection:
            return _job(_row(connection, job))

    def all(
        self,
        *,
        owner: str | None = None,
        site: str | None = None,
        state: State | None = None,
        limit: int = 200,
    ) -> list[Job]:
        """Jobs, newest first."""
        wanted = select(jobs).order_by(jobs.c.created.desc(), jobs.c.id).limit(limit)
        for column, value in ((jobs.c.owner, owner), (jobs.c.site, site), (jobs.c.state, state)):
            wanted = wanted if value is None else wanted.where(column == str(value))
        with self._database.reading() as connection:
            return [_job(row) for row in connection.execute(wanted)]

    def counts(self) -> dict[State, int]:
        """How many jobs are in each state, for the metrics."""
        with self._database.reading() as connection:
            rows = connection.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state)).all()
        found: dict[str, int] = {str(state): int(count) for state, count in rows}
        return {state: found.get(state.value, 0) for state in State}

    def cancel(self, job: str) -> Job:
        """A queued job is cancelled at once, a running one is asked to stop; one that is over stays as it is."""
        with self._database.writing() as connection:
            row = _row(connection, job)
            if row.state == State.QUEUED:
                self._move(connection, row, Event.STOP, finished=self._clock.now(), cancel=True)
            elif row.state == State.RUNNING:
                connection.execute(update(jobs).where(jobs.c.id == job).values(cancel=True))
        return self.get(job)

    def take(self, kinds: Mapping[str, JobKind], worker: str) -> Job | None:
        """The oldest queued job of these kinds, now running and held by this worker; None when there is none."""
        oldest = select(jobs).where(jobs.c.state == State.QUEUED, jobs.c.kind.in_(kinds))
        oldest = oldest.order_by(jobs.c.created, jobs.c.id).limit(1).with_for_update(skip_locked=True)
        now = self._clock.now()
        with self._database.writing() as connection:
            row = connection.execute(oldest).one_or_none()
            if row is None:
                return None
            self._move(
                connection,
                row,
                Event.START,
                worker=worker,
                attempt=row.attempt + 1,
                started=now,
                heartbeat=now,
            )
        return self.get(row.id)

    def beat(self, job: Job, *, progress: float | None = None, step: str | None = None) -> bool | None:
        """Says that the worker lives, and how far it is. True: stop, it was cancelled; None: it is held no longer."""
        values = {"heartbeat": self._clock.now(), "progress": progress, "step": step}
        given = {name: value for name, value in values.items() if value is not None}
        held = update(jobs).where(
            jobs.c.id == job.id, jobs.c.attempt == job.attempt, jobs.c.state == State.RUNNING
        )
        with self._database.writing() as connection:
            if connection.execute(held.values(given)).rowcount == 0:
                return None
            return bool(connection.execute(select(jobs.c.cancel).where(jobs.c.id == job.id)).scalar_one())

    def finish(self, job: Job, result: Result | None) -> bool:
        return self._end(job, Event.FINISH, progress=1.0, step="", result=check_result(result))

    def fail(self, job: Job, error: str) -> bool:
        return self._end(job, Event.FAIL, error=error)

    def stop(self, job: Job) -> bool:
        return self._end(job, Event.STOP)

    def give_back(self, job: Job, kind: JobKind) -> bool:
        """The worker goes away: the job is queued again when its kind can resume, else it failed."""
        with self._database.writing() as connection:
            row = _row(connection, job.id)
            if row.state != State.RUNNING or row.attempt != job.attempt:
                return False
            self._take_back(connection, row, kind)
        return True

    def rescue(self, kinds: Mapping[str, JobKind], *, silent: timedelta) -> list[str]:
        """Takes running jobs back from workers silent for longer: queued again when their kind can resume, else failed."""
        before = self._clock.now() - silent
        stale = select(jobs).where(
            jobs.c.state == State.RUNNING, jobs.c.heartbeat < before, jobs.c.kind.in_(kinds)
        )
        with self._database.writing() as connection:
            rows = connection.execute(stale.with_for_update(skip_locked=True)).all()
            for row in rows:
                self._take_back(connection, row, kinds[row.kind])
        return [row.id for row in rows]

    def _take_back(self, connection: Connection, row: Row[Any], kind: JobKind) -> None:
        if row.cancel:
            self._move(connection, row, Event.STOP, finished=self._clock.now())
        elif kind.resumable and row.attempt < kind.attempts:
            self._move(connection, row, Event.REQUEUE, worker="")
        else:
            self._move(connection, row, Event.FAIL, finished=self._clock.now(), error="the worker was lost")

    def _end(self, job: Job, event: Event, **values: Any) -> bool:
        """Whether the worker still held the job, and so ended it."""
        with self._database.writing() as connection:
            row = _row(connection, job.id)
            if row.state != State.RUNNING or row.attempt != job.attempt:
                return False
            self._move(connection, row, event, finished=self._clock.now(), **values)
        return True

    def _move(self, connection: Connection, row: Row[Any], event: Event, **values: Any) -> None:
        state = after(State(row.state), event)
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(state=state.value, **values))


def _row(connection: Connection, job: str) -> Row[Any]:
    row = connection.execute(select(jobs).where(jobs.c.id == job).with_for_update()).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no job {job[:32]!r}")
    return row


def _job(row: Row[Any]) -> Job:
    return Job(**{**row._mapping, "state": State(row.state)})
