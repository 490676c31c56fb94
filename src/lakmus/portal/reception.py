"""The reception of an installation: spools submissions, queues their intake, answers for batches and quarantine.

A spooled submission is identified data: its folder has mode 0700 and a file lives there only until its job is over.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from lakmus.access import Filter
from lakmus.core.errors import InputError, NotFoundError
from lakmus.core.identifiers import check_site
from lakmus.intake import sources
from lakmus.intake.batch import BatchReceipt, Intake
from lakmus.intake.retry import retry
from lakmus.lake import batches as known
from lakmus.lake import quarantine as refused
from lakmus.lake.batches import Batch
from lakmus.lake.quarantine import Item
from lakmus.ops import JobKind, Jobs, Progress
from lakmus.portal.services import Submitted, Taken

KIND = "intake"
STEP = "taking in"
SHOWN = 500  # rows of a page
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_RECEIPT = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True)
class LakeReception:
    """`Reception` over an intake, its lake and the job queue.

    `spool` is a folder of its own; `unseal` opens originals; `after` is told the batch when its records are in the lake.
    """

    intake: Intake
    jobs: Jobs
    spool: Path
    unseal: Callable[[bytes], bytes]
    after: Callable[[str], None] = lambda batch: None

    # -- submissions ----------------------------------------------------------------------------------------------

    def submit(self, site: str, filename: str, stream: BinaryIO, *, owner: str) -> Submitted:
        """See `Reception.submit`."""
        self._sweep()
        place = self._keep(filename, stream)
        try:
            batch = sources.batch_name(check_site(site), sources.find(place))
        except InputError:
            shutil.rmtree(place.parent)
            raise
        parameters = {"receipt": place.parent.name, "site": site, "batch": batch}
        return Submitted(self.jobs.submit(KIND, parameters, owner=owner, site=site), batch)

    def take_in(self, site: str, filename: str, stream: BinaryIO) -> Taken:
        """See `Reception.take_in`."""
        place = self._keep(filename, stream)
        try:
            done = self.intake.take_in(place, check_site(site))
        finally:
            shutil.rmtree(place.parent, ignore_errors=True)
        self.after(done.batch)
        waiting = refused.items(self.intake.lake, batch=done.batch, limit=SHOWN)
        outcomes = tuple(refused.outcome(self.intake.lake, item.item) for item in waiting)
        return Taken(done.batch, done.receipt.accepted, done.receipt.refused, outcomes)

    def job_kind(self) -> JobKind:
        """The kind of job that takes a spooled submission in; a worker of the installation runs it."""
        return JobKind(KIND, self._run, (STEP,), resumable=True)

    def _run(self, progress: Progress, parameters: Mapping[str, Any]) -> dict[str, int | str]:
        folder = self._folder(str(parameters["receipt"]))
        found = sources.find(folder)
        site, batch = str(parameters["site"]), str(parameters["batch"])
        done = self.intake.take_in_sources(
            found, site, batch, report=lambda share, _: progress.at(share, STEP)
        )
        self.after(done.batch)
        shutil.rmtree(folder, ignore_errors=True)
        return _counts(done)

    def _keep(self, filename: str, stream: BinaryIO) -> Path:
        folder = self.spool / secrets.token_hex(12)
        self.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(mode=0o700)
        place = folder / _safe(filename)
        with place.open("xb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
        return place

    def _folder(self, receipt: str) -> Path:
        if not _RECEIPT.fullmatch(receipt) or not (self.spool / receipt).is_dir():
            raise NotFoundError("the submission is no longer here", hint="send it again")
        return self.spool / receipt

    def _sweep(self) -> None:
        """Forgets what cancelled and failed jobs left behind."""
        for job in self.jobs.all(limit=1000):
            receipt = str(job.parameters.get("receipt", ""))
            if job.kind == KIND and job.finished is not None and _RECEIPT.fullmatch(receipt):
                shutil.rmtree(self.spool / receipt, ignore_errors=True)

    # -- what became of them --------------------------------------------------------------------------------------

    def batches(self, allowed: Filter) -> Sequence[Batch]:
        """See `Reception.batches`."""
        if allowed.everything:
            return known.batches(self.intake.lake, limit=SHOWN)
        found = [
            b
            for site in sorted(allowed.sites)
            for b in known.batches(self.intake.lake, site=site, limit=SHOWN)
        ]
        return sorted(found, key=lambda batch: batch.last, reverse=True)[:SHOWN]

    def batch(self, name: str) -> Batch:
        """See `Reception.batch`."""
        found = known.batches(self.intake.lake, batch=name)
        if not found:
            raise NotFoundError("there is no such batch")
        return found[0]

    def quarantine(self, allowed: Filter, *, batch: str | None = None) -> Sequence[Item]:
        """See `Reception.quarantine`."""
        sites: list[str | None] = [None] if allowed.everything else [*sorted(allowed.sites)]
        lake = self.intake.lake
        return [i for site in sites for i in refused.items(lake, site=site, batch=batch, limit=SHOWN)][:SHOWN]

    def item(self, name: str) -> tuple[Item, Mapping[str, Any]]:
        """See `Reception.item`."""
        return refused.find(self.intake.lake, name), refused.outcome(self.intake.lake, name)

    def original(self, name: str) -> bytes:
        """See `Reception.original`."""
        return self.unseal(refused.sealed_original(self.intake.lake, name))

    def retry(self, item: Item) -> bool:
        """See `Reception.retry`."""
        return retry(self.intake, self.unseal, [item]).taken_in > 0


def _safe(filename: str) -> str:
    """A file name that keeps the ending, which tells the form, and cannot climb out of its folder."""
    plain = _UNSAFE.sub("_", filename.replace("\\", "/").rsplit("/", 1)[-1]).strip("._-")
    return plain[-100:].lstrip("._-") or "submission"


def _counts(done: BatchReceipt) -> dict[str, int | str]:
    receipt = done.receipt
    return {"batch": done.batch, "accepted": receipt.accepted, "refused": receipt.refused}
