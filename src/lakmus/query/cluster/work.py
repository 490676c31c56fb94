"""What is scheduled, and what schedules it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import pyarrow as pa

from lakmus.lake import Store

Report = Callable[[float, str], None]
# The rows of some buckets; an empty batch that has the columns when there are none. Can be pickled, and may be run twice.
Work = Callable[[Store, Sequence[int]], Iterator[pa.RecordBatch]]


class Scheduler(Protocol):
    """Runs work over all buckets that it is given."""

    def run(
        self, store: Store, work: Work, buckets: Sequence[int], report: Report, share: float = 1.0
    ) -> Iterator[pa.RecordBatch]:
        """The rows of all buckets, in batches that come as they are read; at least one batch.

        `report` is told which part is done, from 0 to 1; `share` is the part of a bucket's persons that is asked about.
        """
        ...


def with_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches that have rows; when none has, an empty one for its columns."""
    empty = None
    found = False
    for batch in batches:
        if batch.num_rows:
            found = True
            yield batch
        else:
            empty = batch
    if not found and empty is not None:
        yield empty


def grouped(buckets: Sequence[int], each: int) -> list[tuple[int, ...]]:
    """Buckets, some at a time.

    >>> grouped([0, 1, 2, 3, 4], 2)
    [(0, 1), (2, 3), (4,)]
    """
    return [tuple(buckets[first : first + each]) for first in range(0, len(buckets), each)]


def lighter(buckets: int, share: float) -> int:
    """How many buckets are taken at a time where so many whole ones would be.

    >>> lighter(8, 1.0), lighter(8, 0.01)
    (8, 800)
    """
    return int(buckets / max(share, 1e-6))
