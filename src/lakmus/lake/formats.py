"""The lake's format: a number kept in the lake, and what turns each format into the next.

A lake of another format than this version's is not opened: an older one is upgraded first, a newer one needs a newer Lakmus.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import duckdb

from lakmus.core.errors import InputError
from lakmus.lake.tables import CATALOG, LAKE_FORMAT, RESULTS, TABLES

if TYPE_CHECKING:
    from lakmus.lake.store import Store

Step = Callable[[duckdb.DuckDBPyConnection], None]


def check(found: int) -> None:
    """Raises InputError unless the number is this version's."""
    if found < LAKE_FORMAT:
        raise InputError(
            f"the lake has format {found}, this version works with {LAKE_FORMAT}", hint="run `lakmus upgrade`"
        )
    if found > LAKE_FORMAT:
        raise InputError(
            f"the lake has format {found}, this version knows none after {LAKE_FORMAT}",
            hint="a newer Lakmus wrote it; use that one",
        )


def upgrade(store: Store, now: datetime, version: str) -> list[int]:
    """Brings a lake opened as it is to this version's format, one transaction a step; gives the formats it went through.

    `version` is that of the program, noted in the lake. What is interrupted goes on from the last finished step.
    """
    reached = []
    for number in range(int(store.setting("format")), LAKE_FORMAT):
        with store.transaction() as cursor:
            STEPS[number](cursor)
            cursor.execute(
                f"UPDATE {CATALOG}.lk.settings SET value = ? WHERE name = 'format'", [str(number + 1)]
            )
            cursor.execute(
                f"INSERT INTO {CATALOG}.lk.upgrades VALUES (?, ?, ?::TIMESTAMPTZ)", [number + 1, version, now]
            )
        reached.append(number + 1)
    return reached


def _second(cursor: duckdb.DuckDBPyConnection) -> None:
    """Writers take turns; the lake remembers what upgraded it; a refused document may be about several patients."""
    cursor.execute(f"INSERT INTO {CATALOG}.lk.settings VALUES ('turn', '0')")
    cursor.execute(f"ALTER TABLE {CATALOG}.lk.quarantine RENAME person_token TO patients")
    cursor.execute(f"CREATE TABLE {CATALOG}.lk.upgrades ({TABLES['upgrades']})")


def _third(cursor: duckdb.DuckDBPyConnection) -> None:
    """Answers of questions can be kept."""
    cursor.execute(f"CREATE SCHEMA {CATALOG}.{RESULTS}")
    cursor.execute(f"CREATE TABLE {CATALOG}.lk.runs ({TABLES['runs']})")


STEPS: dict[int, Step] = {1: _second, 2: _third}
