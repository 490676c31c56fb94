"""Flags kept in the lake (`lk.flags`): which rules found which records noteworthy. A flag never removes a record.

flag_batch(lake, units, receipt.batch)        # once a batch has been taken in
for row in flagged(lake, site="north"): ...   # how often each rule fires
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import duckdb

from lakmus.core.quantities import UnitConverter
from lakmus.intake.plausibility.columns import literal, quoted
from lakmus.intake.plausibility.flags import Flagger
from lakmus.intake.plausibility.part import Part
from lakmus.intake.plausibility.rules import RuleBook, standard_rules
from lakmus.lake import CATALOG, Store

FLAGS = f"{CATALOG}.lk.flags"
NO_PATIENT = -1  # bucket of the records of no patient
Report = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Flagged:
    """How many records of a site, of one type, a rule flags."""

    site: str
    resource_type: str
    rule: str
    records: int


def flag_batch(
    lake: Store,
    units: UnitConverter,
    batch: str,
    *,
    book: RuleBook | None = None,
    report: Report = lambda share, step: None,
) -> int:
    """Judges the records a batch brought and keeps their flags, in one snapshot; says how many. Run again, it replaces them.

    What is judged are the batch's own records, bucket by bucket; persons and repetitions are seen across batches. A patient
    who arrives after their records is judged from then on: `flag_batch` of the earlier batch looks again.
    Raises TemporaryError when another process wrote at the same time; then nothing was kept.
    """
    book = book or standard_rules()
    flagger = Flagger(lake.schema, units, book, CATALOG)
    held = set(lake.resource_types())
    types = [name for name in book.types if name in held]
    buckets = [NO_PATIENT, *lake.buckets()]
    with lake.transaction() as cursor:
        cursor.execute(
            "CREATE OR REPLACE TEMP TABLE judged (site VARCHAR, resource_type VARCHAR, id VARCHAR, rule VARCHAR)"
        )
        for done, name in enumerate(types):
            report(done / len(types), name)
            for bucket in buckets:
                _judge(cursor, flagger.sql(name, Part(bucket, batch)))
        kept = _keep(cursor, types, batch)
    report(1.0, "done")
    return kept


def _judge(cursor: duckdb.DuckDBPyConnection, sql: str | None) -> None:
    if sql:
        cursor.execute(f"INSERT INTO judged SELECT DISTINCT lk_site, resource_type, id, rule FROM ({sql})")


def _keep(cursor: duckdb.DuckDBPyConnection, types: list[str], batch: str) -> int:
    """In place of the batch's own flags, and of those that an earlier version of a record had."""
    cursor.execute(f"DELETE FROM {FLAGS} WHERE batch = ?", [batch])
    for name in types:
        newer = f"SELECT lk_site, id FROM {CATALOG}.{quoted(name)} WHERE lk_batch = ?"
        was = f"{FLAGS} WHERE resource_type = {literal(name)}"
        if cursor.execute(f"SELECT 1 FROM {was} LIMIT 1").fetchone():
            cursor.execute(f"DELETE FROM {was} AND (site, id) IN ({newer})", [batch])
    row = cursor.execute("SELECT count(*) FROM judged").fetchone()
    if row and row[0]:
        cursor.execute(f"INSERT INTO {FLAGS} SELECT site, resource_type, id, rule, ? FROM judged", [batch])
    return int(row[0]) if row else 0


def flagged(lake: Store, *, site: str | None = None, batch: str | None = None) -> list[Flagged]:
    """How many records each rule flags, by site and type, the commonest first; of one site or batch if asked."""
    with lake.cursor() as cursor:
        rows = cursor.execute(
            f"""SELECT site, resource_type, rule, count(*) FROM {FLAGS}
                WHERE ($site IS NULL OR site = $site) AND ($batch IS NULL OR batch = $batch)
                GROUP BY ALL ORDER BY count(*) DESC, site, resource_type, rule""",
            {"site": site, "batch": batch},
        ).fetchall()
    return [Flagged(*row) for row in rows]


def rules_of(lake: Store, site: str, resource_type: str, identifier: str) -> tuple[str, ...]:
    """The rules that flag one record, in alphabetical order."""
    with lake.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT DISTINCT rule FROM {FLAGS} WHERE site = ? AND resource_type = ? AND id = ? ORDER BY rule",
            [site, resource_type, identifier],
        ).fetchall()
    return tuple(rule for (rule,) in rows)


def prune(lake: Store) -> int:
    """Drops flags of records that are no longer there: deleted, forgotten or withdrawn; says how many."""
    held = lake.resource_types()
    with lake.transaction() as cursor:
        return sum(_dropped(cursor, held))


def _dropped(cursor: duckdb.DuckDBPyConnection, held: list[str]) -> Iterator[int]:
    types = [name for (name,) in cursor.execute(f"SELECT DISTINCT resource_type FROM {FLAGS}").fetchall()]
    for name in types:
        there = (
            f"(SELECT lk_site, id FROM {CATALOG}.{quoted(name)})"
            if name in held
            else "(SELECT '', '' WHERE false)"
        )
        row = cursor.execute(
            f"DELETE FROM {FLAGS} WHERE resource_type = ? AND (site, id) NOT IN {there}", [name]
        ).fetchone()
        yield int(row[0]) if row else 0
