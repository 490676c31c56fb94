"""Keeping a lake in shape: compaction, snapshots, buckets, keys. All of it may be killed and run again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lakmus.core.errors import InputError
from lakmus.lake import schema
from lakmus.lake.people import record_tables
from lakmus.lake.store import CATALOG, Store

ROWS = 10_000  # of one batch on its way from file to file
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Files:
    """Data files of the current snapshot, their bytes, and the tables they belong to."""

    tables: int
    files: int
    bytes: int


def files(store: Store) -> Files:
    with store.cursor() as cursor:
        row = cursor.execute(
            f"SELECT count(*), sum(file_count), sum(file_size_bytes) FROM ducklake_table_info('{CATALOG}')"
        ).fetchone()
    assert row is not None
    return Files(int(row[0]), int(row[1] or 0), int(row[2] or 0))


def compact(store: Store, report: Report = lambda part, step: None) -> Files:
    """Writes small inserts out of the catalog, applies deletions and merges small files; answers stay the same."""
    steps = {
        "writing small inserts to files": f"CALL ducklake_flush_inlined_data('{CATALOG}')",
        "applying deletions": f"CALL ducklake_rewrite_data_files('{CATALOG}', delete_threshold => 0.1)",
        "merging small files": f"CALL ducklake_merge_adjacent_files('{CATALOG}')",
    }
    with store.cursor() as cursor:
        for number, (name, statement) in enumerate(steps.items()):
            report(number / len(steps), name)
            cursor.execute(statement)
    report(1.0, "done")
    return files(store)


def expire(store: Store, older_than: datetime) -> int:
    """Forgets snapshots older than an instant (never the newest), deletes the files only they needed; says how many."""
    moment = schema.literal(older_than.isoformat())
    with store.cursor() as cursor:
        gone = cursor.execute(
            f"CALL ducklake_expire_snapshots('{CATALOG}', older_than => {moment}::TIMESTAMPTZ)"
        ).fetchall()
        cursor.execute(f"CALL ducklake_cleanup_old_files('{CATALOG}', cleanup_all => true)")
    return len(gone)


def remove_orphans(store: Store, older_than: datetime) -> int:
    """Deletes data files no snapshot knows, left by a process that was killed before it committed; says how many."""
    moment = schema.literal(older_than.isoformat())
    with store.cursor() as cursor:
        gone = cursor.execute(
            f"CALL ducklake_delete_orphaned_files('{CATALOG}', older_than => {moment}::TIMESTAMPTZ)"
        ).fetchall()
    return len(gone)


def rebucket(store: Store, count: int) -> None:
    """Spreads persons over another number of buckets (some ten thousand persons each), as one snapshot."""
    if not 1 <= count <= 100_000:
        raise InputError(
            f"{count} buckets make no sense", hint="choose 1 to 100000: about one per 10,000 persons"
        )
    with store.transaction() as cursor:
        for table in record_tables(cursor):
            cursor.execute(
                f"UPDATE {table} SET lk_bucket = lk_person % {count} "
                f"WHERE lk_person IS NOT NULL AND lk_bucket <> lk_person % {count}"
            )
        cursor.execute(f"UPDATE {CATALOG}.lk.settings SET value = ? WHERE name = 'buckets'", [str(count)])


def rotate_keys(store: Store, now: datetime, report: Report = lambda part, step: None) -> int:
    """Writes every data file again under a fresh key and drops the old files; says how many files were written.

    Each Parquet file has a key of its own, which the catalog holds. Snapshots before the rotation are expired, for
    their files are under the old keys.
    """
    with store.cursor() as cursor:
        names = cursor.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name <> 'main' "
            "OR database_name = ? AND schema_name = 'main' ORDER BY ALL",
            [CATALOG, CATALOG],
        ).fetchall()
    for number, (schema_name, table_name) in enumerate(names):
        report(number / len(names), f"table {schema_name}.{table_name}")
        _rewrite(store, f"{CATALOG}.{schema.quoted(schema_name)}.{schema.quoted(table_name)}")
    expire(store, now)
    report(1.0, "done")
    return files(store).files


def _rewrite(store: Store, table: str) -> None:
    """All rows again, streamed from a reader of its own: inside the transaction they are gone, in old snapshots too."""
    with store.transaction() as cursor, store.cursor() as reading:
        before = cursor.execute(f"SELECT id FROM ducklake_current_snapshot('{CATALOG}')").fetchall()[0][0]
        rows = reading.execute(f"SELECT * FROM {table} AT (VERSION => {before})").to_arrow_reader(ROWS)
        cursor.execute(f"DELETE FROM {table}")
        cursor.register("kept", rows)
        cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM kept")
        cursor.unregister("kept")
