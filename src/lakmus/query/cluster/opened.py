"""A cluster by what people call it: nothing for this process, a master's address, or a session that they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import pyarrow as pa

from lakmus.core.errors import InputError
from lakmus.query.cluster.here import Here
from lakmus.query.cluster.work import Scheduler

Cluster = Any  # None, an address, a SparkSession or a SparkContext: pyspark may be absent


@contextmanager
def opened(where: Cluster = None) -> Iterator[Scheduler]:
    """The scheduler; a session that was started for an address is stopped afterwards.

    >>> with opened("local[2]") as scheduler:                        # doctest: +SKIP
    ...     evaluate(lake, question, scheduler=scheduler)

    Raises InputError when pyspark or Java is missing, or no session starts there.
    """
    if where is None:
        yield Here()
        return
    if find_spec("pyspark") is None:
        raise InputError("Spark is not installed", hint="pip install 'lakmus[spark]'")
    from lakmus.query.cluster import session
    from lakmus.query.cluster.spark import Spark

    if not isinstance(where, str):
        yield Spark(session.context_of(where))
        return
    context = session.start(where)
    try:
        yield Spark(context)
    finally:
        context.stop()


def on(where: Cluster, ask: Callable[[Scheduler], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
    """What is asked with a scheduler that is there until the last row was read."""
    with opened(where) as scheduler:
        yield from ask(scheduler)
