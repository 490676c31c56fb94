"""Writers of a lake take turns: work that met another writer is done again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import duckdb

from lakmus.core.errors import TemporaryError
from lakmus.lake.store import RETRIES, Store

Result = TypeVar("Result")


def in_turn(
    store: Store, work: Callable[[duckdb.DuckDBPyConnection], Result], attempts: int = RETRIES
) -> Result:
    """What `work` gives, done in a transaction of its own that became one snapshot.

    Another writer's conflict is waited out; after `attempts` a TemporaryError says so, and nothing was written.
    """
    for attempt in range(attempts):
        try:
            with store.transaction() as cursor:
                return work(cursor)
        except TemporaryError:
            if attempt == attempts - 1:
                raise
            time.sleep(min(2.0, 0.02 * 1.5**attempt) * random.uniform(0.5, 1.5))  # noqa: S311 - spreads writers
    raise AssertionError("the loop returns or raises")
