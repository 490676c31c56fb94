"""Which records came, changed or went between two snapshots."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from lakmus.lake.schema import literal
from lakmus.lake.store import CATALOG, Store


def changes(resource: str, since: int, until: int) -> str:
    """SQL: the rows of a type after one snapshot and up to another, as they were before and as they are after.

    A table that was written again (it grew inside a list, its buckets or keys changed) has every row.
    """
    return f"ducklake_table_changes('{CATALOG}', 'main', {literal(resource)}, {since + 1}, {until})"


def changed(store: Store, queries: list[str]) -> pa.Array | None:
    """The persons, int64, that some queries over `changes` name; None where snapshots between have expired."""
    named = " UNION ALL ".join(queries)
    with store.cursor() as cursor:
        try:
            found = cursor.execute(f"SELECT DISTINCT p FROM ({named}) WHERE p IS NOT NULL ORDER BY p")
        except duckdb.InvalidInputException:  # no such snapshot any more
            return None
        return found.to_arrow_table().column("p").combine_chunks()
