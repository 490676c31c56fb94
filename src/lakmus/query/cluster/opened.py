"""A cluster by what people call it: nothing for this process, a master's address, or a session that they have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from lakmus.core.errors import InputError
from lakmus.query.cluster.here import Here
from lakmus.query.cluster.work import Scheduler

Cluster = Any  # None, an address, a SparkSession or a SparkContext: pyspark may be absent


@contextmanager
def cluster(where: Cluster = None) -> Iterator[Scheduler]:
    """The scheduler; a session that was started for an address is stopped afterwards.

    >>> with cluster("local[2]") as scheduler:                        # doctest: +SKIP
    ...     evaluate(lake, question, scheduler=scheduler)
    """
    if where is None:
        yield Here()
        return
    if find_spec("pyspark") is None:
        raise InputError("Spark is not installed", hint="pip install 'lakmus[spark]'")
    from lakmus.query.cluster.session import start
    from lakmus.query.cluster.spark import Spark

    if not isinstance(where, str):
        yield Spark(getattr(where, "sparkContext", where))
        return
    context = start(where)
    try:
        yield Spark(context)
    finally:
        context.stop()
