"""The official measure cases, copied under fresh ids into a lake: as records are after intake, without its checks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from lakmus.lake import CATALOG, IdentifiedLake, schema
from lakmus.lake.widening import ensure_table
from measures import MARK, Measure, Tables

IN_BUCKET = 10_000  # persons
TOGETHER = 10  # buckets that are written by one statement
OF_NOBODY = ("Medication", "Location", "Organization", "Practitioner")


def fill(measure: Measure, patients: int, folder: Path) -> IdentifiedLake:
    """A lake in which person `n` has case `n % cases`."""
    buckets = max(1, round(patients / IN_BUCKET))
    lake = IdentifiedLake.create(folder, buckets=buckets, threads=2, memory="6GB")
    tables = Tables(measure, {"threads": 1})
    with lake.cursor() as cursor:
        for kind, rows in tables.rows.items():
            ensure_table(cursor, kind, tables.shapes[kind])
            cursor.register("cases", rows)
            for statement in _insertions(tables, kind, patients, buckets):
                cursor.execute(statement)
    return lake


def _insertions(tables: Tables, kind: str, patients: int, buckets: int) -> Iterator[str]:
    """Some buckets at a time, so that each is one file."""
    shape, cases = tables.shapes[kind], f"range({-(-patients // tables.cases)}) a(c), cases"
    numbers = f"c * {tables.cases} + n AS p, c * {len(tables.rows[kind])} + k AS k"
    text = f"from_json(replace(j, '{MARK}', p || '-'), {schema.literal(schema.json_structure(shape))})"
    person = "NULL, -1" if kind in OF_NOBODY else f"p, (p % {buckets})::INTEGER"
    columns = ", ".join(f"x.{schema.quoted(name)}" for name in shape.fields)
    named = ", ".join(map(schema.quoted, shape.fields))
    for first in range(0, buckets, TOGETHER):
        some = f"p < {patients} AND p % {buckets} BETWEEN {first} AND {first + TOGETHER - 1}"
        yield (
            f"INSERT INTO {CATALOG}.{schema.quoted(kind)} (lk_key, lk_site, lk_person, lk_bucket, {named}) "
            f"SELECT k, '', {person}, {columns} FROM (SELECT p, k, {text} AS x FROM "
            f"(SELECT {numbers}, j FROM {cases}) WHERE {some}) ORDER BY p % {buckets}, p"
        )


def visit_again(lake: IdentifiedLake, patients: int, every: int) -> int:
    """One more encounter, like one they had, for one person in so many; says for how many."""
    encounters = f'{CATALOG}."Encounter"'
    with lake.transaction() as cursor:
        return _rows(
            cursor.execute(
                f"INSERT INTO {encounters} BY NAME SELECT * REPLACE (id || '-again' AS id, -lk_key - 1 AS lk_key) FROM {encounters} "
                f"WHERE lk_person % {every} = 0 QUALIFY row_number() OVER (PARTITION BY lk_person ORDER BY lk_key) = 1"
            )
        )


def _rows(done: duckdb.DuckDBPyConnection) -> int:
    row = done.fetchone()
    return int(row[0]) if row else 0
