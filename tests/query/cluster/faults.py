"""Work that goes wrong on the way, once or always."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from lakmus.lake import Store
from lakmus.query.cluster import Work

NAME = "Zhukovskaya"


@dataclass(frozen=True)
class Killed:
    """The first process that has read the first bucket is killed; with `whole`, the executor it belongs to."""

    work: Work
    told: Path
    whole: bool = False

    def __call__(self, store: Store, buckets: Sequence[int]) -> Iterator[pa.RecordBatch]:
        yield from self.work(store, buckets)
        if 0 in buckets and not self.told.exists():
            self.told.touch()
            os.kill(_executor() if self.whole else os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Failing:
    """Every try leaves a file and raises an error that names somebody."""

    error: type[Exception]
    tries: Path

    def __call__(self, store: Store, buckets: Sequence[int]) -> Iterator[pa.RecordBatch]:
        (self.tries / os.urandom(8).hex()).touch()
        raise self.error(f"this is about {NAME}")
        yield


def _executor() -> int:
    """The Java process whose daemon forked this one."""
    daemon = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()
    return int(daemon[1])
