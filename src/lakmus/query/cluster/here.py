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
        together = min(lighter(TOGETHER, share), len(buckets))
        return with_rows(self._batches(store, work, grouped(buckets, together), report))

    def _batches(
        self, store: Store, work: Work, groups: Sequence[tuple[int, ...]], report: Report
    ) -> Iterator[pa.RecordBatch]:
        each, last = len(groups[0]), groups[-1]
        count = each * (len(groups) - 1) + len(last)
        for done, group in enumerate(groups):
            report(done * each / count, f"bucket {done * each + 1} of {count}")
            yield from work(store, group)
        report(1.0, "done")
