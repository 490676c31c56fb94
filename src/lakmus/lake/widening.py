"""Tables grow with the data: a type's table is made, and widened when a record has an element that none had before.

Where the new element is inside a list, the table is written again and takes the old one's place, in the same transaction.
Adding a field there and leaving older files as they are would be cheaper, and ends the process: DuckDB 1.5 frees memory
twice when it fits lists of more than 2,048 elements in a file to a wider struct. Snapshots before keep the table they had.
"""

from __future__ import annotations

import duckdb

from lakmus.fhir.shapes import Shape
from lakmus.lake import schema
from lakmus.lake.store import CATALOG, columns, resource_shape

NEXT = "lk_next"  # the name of a table until it takes its place


def ensure_table(cursor: duckdb.DuckDBPyConnection, resource_type: str, wanted: Shape) -> Shape:
    """Makes or widens the table of a type so that it holds a shape; gives what it held before (empty if made now)."""
    table = f"{CATALOG}.{schema.quoted(resource_type)}"
    found = columns(cursor, resource_type)
    if not found:
        _create(cursor, table, wanted)
        return Shape()
    held = resource_shape(found)
    if schema.grows_in_list(held, wanted):
        _write_again(cursor, resource_type, held, held.merged(wanted))
        return held
    for statement in schema.growth(table, held, wanted):
        cursor.execute(statement)
    return held


def _create(cursor: duckdb.DuckDBPyConnection, table: str, shape: Shape) -> None:
    system = [f"{name} {kind}" for name, kind in schema.SYSTEM_COLUMNS.items()]
    fhir = [f"{schema.quoted(name)} {schema.sql_type(part)}" for name, part in shape.fields.items()]
    cursor.execute(f"CREATE TABLE {table} ({', '.join(system + fhir)})")
    cursor.execute(f"ALTER TABLE {table} SET PARTITIONED BY (lk_bucket)")


def _write_again(cursor: duckdb.DuckDBPyConnection, resource_type: str, held: Shape, wider: Shape) -> None:
    table, fresh = (f"{CATALOG}.{schema.quoted(name)}" for name in (resource_type, NEXT))
    casts = [
        f"{schema.quoted(name)}::{schema.sql_type(wider.fields[name])} AS {schema.quoted(name)}"
        for name, part in held.fields.items()
        if wider.fields[name] != part
    ]
    _create(cursor, fresh, wider)
    cursor.execute(f"INSERT INTO {fresh} BY NAME SELECT * REPLACE ({', '.join(casts)}) FROM {table}")
    cursor.execute(f"DROP TABLE {table}")
    cursor.execute(f"ALTER TABLE {fresh} RENAME TO {schema.quoted(resource_type)}")
