"""Taking back: a batch that should not have come, a person who opts out."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

import duckdb

from lakmus.core.errors import ConflictError, NotFoundError
from lakmus.lake import maintenance, schema
from lakmus.lake.people import forgotten_token, record_tables, result_tables
from lakmus.lake.store import CATALOG, Store, setting


def withdraw_batch(store: Store, batch: str) -> int:
    """Removes the records a batch brought and brings back what they had replaced; says how many rows went.

    The batch stays visible by time travel until its snapshots expire. Raises NotFoundError for an unknown batch, and
    ConflictError when the snapshot that had what it replaced has expired.
    """
    before = _snapshot_before(store, batch)
    with store.transaction() as cursor:
        removed = sum(_withdraw_from(cursor, table, batch, before) for table in record_tables(cursor))
        for name in ("quarantine", "superseded", "flags", "progress", "receipts"):
            cursor.execute(f"DELETE FROM {CATALOG}.lk.{name} WHERE batch = ?", [batch])
    return removed


def _snapshot_before(store: Store, batch: str) -> int | None:
    """The last snapshot without the batch; None when it has expired and nothing of it is needed."""
    with store.cursor() as cursor:
        row = cursor.execute(
            f"SELECT count(*), sum(changed + deleted) FROM {CATALOG}.lk.receipts WHERE batch = ?", [batch]
        ).fetchone()
    if row is None or not row[0]:
        raise NotFoundError(f"there is no batch {batch} in the lake")
    written = store.written("receipts", "batch", batch)
    if written is not None and written > store.oldest():
        return written - 1
    if row[1]:
        hint = "records it changed or deleted cannot be brought back; ask its site to send them again"
        raise ConflictError(f"the snapshot before the batch {batch} has expired", hint=hint)
    return None


def _withdraw_from(cursor: duckdb.DuckDBPyConnection, table: str, batch: str, before: int | None) -> int:
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE gone AS SELECT lk_site, id FROM {table} WHERE lk_batch = ?", [batch]
    )
    row = cursor.execute(f"DELETE FROM {table} WHERE lk_batch = ?", [batch]).fetchone()
    if before is not None:
        _bring_back(cursor, table, before)
    return int(row[0]) if row else 0


def _bring_back(cursor: duckdb.DuckDBPyConnection, table: str, before: int) -> None:
    """What was at a snapshot in the place of the rows that are gone."""
    buckets = int(setting(cursor, "buckets"))
    with contextlib.suppress(duckdb.CatalogException):  # the table was made by this very batch
        cursor.execute(
            f"""INSERT INTO {table} BY NAME
                SELECT o.* REPLACE (p.person AS lk_person, coalesce(p.person % {buckets}, -1)::INTEGER AS lk_bucket)
                FROM (FROM {table} AT (VERSION => {before})) o JOIN gone g USING (lk_site, id)
                LEFT JOIN {CATALOG}.lk.persons p ON p.site = o.lk_site AND p.patient = o.lk_patient"""
        )


@dataclass(frozen=True)
class Certificate:
    """What forgetting somebody removed: numbers and digests, nothing that says who."""

    token: str
    happened: datetime
    rows: dict[str, int]
    snapshot: int

    def as_json(self) -> str:
        return json.dumps(asdict(self) | {"happened": self.happened.isoformat()}, sort_keys=True)


def forget(store: Store, person: int, now: datetime) -> Certificate:
    """Removes a person from current data and enters them in the ledger that keeps them out when sent again.

    Old snapshots hold them until `purge`. Raises NotFoundError when nobody is counted as that person.
    """
    with store.transaction() as cursor:
        tokens = _ledger_tokens(cursor, person)
        rows = _remove(cursor, person)
        certificate = Certificate(tokens[0], now, rows, store.snapshot())
        cursor.executemany(
            f"INSERT INTO {CATALOG}.lk.forgotten VALUES (?, ?::TIMESTAMPTZ, ?)",
            [[token, now, certificate.as_json()] for token in tokens],
        )
    return certificate


def _ledger_tokens(cursor: duckdb.DuckDBPyConnection, person: int) -> list[str]:
    lk = f"{CATALOG}.lk"
    found = cursor.execute(
        f"""SELECT {forgotten_token("$salt", "site", "patient")} FROM {lk}.persons WHERE person = $person
            UNION ALL SELECT {forgotten_token("$salt", "'token'", "t.token")} FROM {lk}.tokens t
            JOIN {lk}.persons p USING (site, patient) WHERE p.person = $person""",
        {"salt": setting(cursor, "salt"), "person": person},
    ).fetchall()
    if not found:
        raise NotFoundError("nobody in the lake is counted as that person")
    return [str(token) for (token,) in found]


def _remove(cursor: duckdb.DuckDBPyConnection, person: int) -> dict[str, int]:
    """Deletes every row of a person, the lake's own tables included; gives counts by table."""
    lk = f"{CATALOG}.lk"
    counts = {}
    theirs = f"(site, patient) IN (SELECT (site, patient) FROM {lk}.persons WHERE person = $person)"
    tables = record_tables(cursor)
    statements = {
        f"{lk}.flags for {table}": _flags_of(table) for table in tables
    }  # while their records are there
    statements |= {table: f"DELETE FROM {table} WHERE lk_person = $person" for table in tables}
    statements |= {table: f"DELETE FROM {table} WHERE patient = $person" for table in result_tables(cursor)}
    statements[f"{lk}.superseded"] = f"DELETE FROM {lk}.superseded WHERE person = $person"
    statements[f"{lk}.quarantine"] = f"""DELETE FROM {lk}.quarantine WHERE item IN (
        SELECT q.item FROM {lk}.quarantine q JOIN {lk}.persons p ON p.site = q.site AND p.person = $person
        WHERE list_contains(string_split(q.patients, ' '), p.patient))"""
    statements[f"{lk}.tokens"] = f"DELETE FROM {lk}.tokens WHERE {theirs}"
    statements[f"{lk}.links"] = f"DELETE FROM {lk}.links WHERE {theirs}"
    statements[f"{lk}.persons"] = f"DELETE FROM {lk}.persons WHERE person = $person"
    for table, statement in statements.items():
        row = cursor.execute(statement, {"person": person}).fetchone()
        if row and row[0]:
            counts[table.removeprefix(f"{CATALOG}.").replace('"', "")] = int(row[0])
    return counts


def _flags_of(table: str) -> str:
    """SQL: deletes the flags of a person's records of one type."""
    kind = table.rpartition(".")[2].strip('"')
    theirs = f"SELECT (lk_site, id) FROM {table} WHERE lk_person = $person"
    return f"DELETE FROM {CATALOG}.lk.flags WHERE resource_type = {schema.literal(kind)} AND (site, id) IN ({theirs})"


@dataclass(frozen=True)
class Proof:
    """What is left of a person after old snapshots expired: zero rows in each table at each kept snapshot."""

    snapshots: tuple[int, ...]
    rows_found: int


def purge(store: Store, person: int, now: datetime) -> Proof:
    """Expires all snapshots before now, rewrites files with deletions, and looks for the person in what is left."""
    with store.cursor() as cursor:
        cursor.execute(f"CALL ducklake_flush_inlined_data('{CATALOG}')")
        cursor.execute(f"CALL ducklake_rewrite_data_files('{CATALOG}', delete_threshold => 0)")
    maintenance.expire(store, now)
    return _prove(store, person)


def _prove(store: Store, person: int) -> Proof:
    with store.cursor() as cursor:
        kept = [
            int(n)
            for (n,) in cursor.execute(f"SELECT snapshot_id FROM ducklake_snapshots('{CATALOG}')").fetchall()
        ]
        found = 0
        for version in kept:
            for table in record_tables(cursor):
                found += _rows_at(cursor, f"{table} AT (VERSION => {version}) WHERE lk_person = {person}")
            for table in result_tables(cursor):
                found += _rows_at(cursor, f"{table} AT (VERSION => {version}) WHERE patient = {person}")
    return Proof(tuple(kept), found)


def _rows_at(cursor: duckdb.DuckDBPyConnection, rows: str) -> int:
    try:
        row = cursor.execute(f"SELECT count(*) FROM {rows}").fetchone()
    except duckdb.CatalogException:  # no such table then
        return 0
    return int(row[0]) if row else 0


def describe(certificate: Certificate) -> str:
    """The certificate in one line, for a receipt."""
    total = sum(certificate.rows.values())
    return f"forgotten: {total} rows in {len(certificate.rows)} tables; ledger entry {schema.literal(certificate.token)}"
