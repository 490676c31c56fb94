"""Buckets worked on in this process: the engine's own threads share some of them at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from lakmus.lake import Store
from lakmus.query.cluster.work import Report, Work, grouped, lighter, with_rows
from lakmus.query.engines.duckdb.run import TOGETHER


class Here:
    """The scheduler of one machine."""

    def run(
        self, store: Store, work: Work, buckets: Sequence[int], report: Report, share: float = 1.0
    ) -> Iterator[pa.RecordBatch]:
        """As `Scheduler.run` says."""
        return with_rows(self._batches(store, work, grouped(buckets, lighter(TOGETHER, share)), report))

    def _batches(
        self, store: Store, work: Work, groups: Sequence[tuple[int, ...]], report: Report
    ) -> Iterator[pa.RecordBatch]:
        for done, group in enumerate(groups):
            report(done / len(groups), f"{len(group)} buckets, part {done + 1} of {len(groups)}")
            yield from work(store, group)
        report(1.0, "done")
