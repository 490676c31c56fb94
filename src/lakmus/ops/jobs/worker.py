"""A worker: takes jobs one after another, runs their functions, says that it lives.

It runs in a thread of the server (`with worker.in_thread():`) or as a process of its own (`worker.run(stop)`). A second
thread beats while a job's function computes, so that a long silence means a dead worker, never a busy one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from lakmus.core.errors import LakmusError, TemporaryError
from lakmus.ops.jobs.kinds import JobKind, by_name, error_text
from lakmus.ops.jobs.queue import Job, Jobs

log = logging.getLogger(__name__)


class Cancelled(BaseException):
    """Raised inside a job's function when it is to stop; a BaseException, so that no `except Exception` swallows it."""


class _Lost(Cancelled):
    """The job is held by another worker now."""


class Worker:
    """Runs the kinds of job it is given. `name` tells workers apart; `silence` is when a worker counts as dead."""

    def __init__(
        self,
        jobs: Jobs,
        kinds: tuple[JobKind, ...],
        name: str,
        *,
        silence: timedelta = timedelta(seconds=60),
        poll_seconds: float = 0.5,
    ) -> None:
        self._jobs, self._kinds, self._name = jobs, by_name(kinds), name
        self._silence, self._poll = silence, poll_seconds

    def run(self, stop: threading.Event) -> None:
        """Runs jobs until `stop` is set. The job at hand is then asked to stop and queued again if it can resume."""
        while not stop.is_set():
            try:
                self._jobs.rescue(self._kinds, silent=self._silence)
                busy = self.run_one(stop)
            except LakmusError as error:
                log.warning("worker %s waits: %s", self._name, error.message)
                busy = False
            if not busy:
                stop.wait(self._poll)

    def run_one(self, stop: threading.Event | None = None) -> bool:
        """Takes one job and runs it to its end; False when none was waiting."""
        job = self._jobs.take(self._kinds, self._name)
        if job is not None:
            with self._beating(job) as handle:
                self._run(job, handle, stop)
        return job is not None

    @contextmanager
    def in_thread(self) -> Iterator[None]:
        """Runs in a thread of this process while the block lasts."""
        stop = threading.Event()
        thread = threading.Thread(target=self.run, args=(stop,), name=f"lakmus-{self._name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _run(self, job: Job, handle: _Handle, stop: threading.Event | None) -> None:
        kind = self._kinds[job.kind]
        handle.leaving = stop
        try:
            self._jobs.finish(job, kind.run(handle, job.parameters))
        except _Lost:
            log.warning("job %s was taken from worker %s", job.id, self._name)
        except Cancelled:
            self._stopped(job, handle)
        except Exception as error:
            # The traceback may quote records; its type and the job's id are enough to find it again.
            log.error("job %s failed: %s", job.id, type(error).__name__)
            self._jobs.fail(job, error_text(error))

    def _stopped(self, job: Job, handle: _Handle) -> None:
        if handle.cancelled:
            self._jobs.stop(job)
        else:
            self._jobs.give_back(job, self._kinds[job.kind])

    @contextmanager
    def _beating(self, job: Job) -> Iterator[_Handle]:
        handle, over = _Handle(self._jobs, job, self._kinds[job.kind]), threading.Event()
        every = self._silence.total_seconds() / 5
        thread = threading.Thread(target=handle.beat_until, args=(over, every), daemon=True)
        thread.start()
        try:
            yield handle
        finally:
            over.set()
            thread.join()


class _Handle:
    """The Progress a job's function is given. Writes at most a few times a second, whatever the function does."""

    def __init__(self, jobs: Jobs, job: Job, kind: JobKind, *, least_seconds: float = 0.2) -> None:
        self.job, self.attempt = job.id, job.attempt
        self.cancelled = False
        self.leaving: threading.Event | None = None
        self._jobs, self._held, self._kind = jobs, job, kind
        self._lost = False
        self._least, self._said_at, self._step = least_seconds, -least_seconds, ""

    def at(self, fraction: float, step: str = "") -> None:
        """See `Progress.at`."""
        now = time.monotonic()
        if self._kind.check_step(step) != self._step or now - self._said_at >= self._least:
            self._step, self._said_at = step, now
            self._beat(min(1.0, max(0.0, fraction)), step)
        self._raise()

    def beat_until(self, over: threading.Event, every: float) -> None:
        while not over.wait(every):
            try:
                self._beat()
            except TemporaryError as error:
                log.warning("job %s could not beat: %s", self.job, error.message)

    def _beat(self, progress: float | None = None, step: str | None = None) -> None:
        answer = self._jobs.beat(self._held, progress=progress, step=step)
        self._lost = self._lost or answer is None
        self.cancelled = self.cancelled or bool(answer)

    def _raise(self) -> None:
        if self._lost:
            raise _Lost
        if self.cancelled or (self.leaving is not None and self.leaving.is_set()):
            raise Cancelled
