"""Buckets worked on in this process: the engine's own threads share some of them at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from lakmus.lake import Store
from lakmus.query.cluster.work import Report, Work, grouped, with_rows
from lakmus.query.engines.duckdb.run import TOGETHER


class Here:
    """The scheduler of one machine, `together` buckets at a time."""

    def __init__(self, together: int = TOGETHER) -> None:
        self._together = together

    def run(
        self, store: Store, work: Work, buckets: Sequence[int], report: Report
    ) -> Iterator[pa.RecordBatch]:
        """As `Scheduler.run` says."""
        return with_rows(self._batches(store, work, buckets, report))

    def _batches(
        self, store: Store, work: Work, buckets: Sequence[int], report: Report
    ) -> Iterator[pa.RecordBatch]:
        for done, group in enumerate(grouped(buckets, self._together)):
            first = done * self._together
            report(first / len(buckets), f"bucket {first + 1} of {len(buckets)}")
            yield from work(store, group)
        report(1.0, "done")
