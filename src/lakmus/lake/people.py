"""Who is who: every patient of a site is counted as one person; the same person at two sites can be linked.

A person's number is a hash of the patient's site and id there, so that records may come before their patient. Linking
replaces the number on all of the patient's rows by that of the other site's patient; it is logged and can be undone.
"""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from lakmus.core.errors import NotFoundError
from lakmus.lake import schema
from lakmus.lake.chunk import Chunk
from lakmus.lake.store import CATALOG, setting
from lakmus.lake.tables import RESULTS

PERSONS, TOKENS, LINKS = (f"{CATALOG}.lk.{name}" for name in ("persons", "tokens", "links"))


def own_number(site: str, patient: str, attempt: str = "''") -> str:
    """SQL: the person number a patient has unlinked, a non-negative 63-bit hash."""
    return f"(md5_number_lower({site} || chr(31) || {patient} || {attempt}) >> 1)::BIGINT"


def assign(cursor: duckdb.DuckDBPyConnection, chunk: Chunk) -> None:
    """Makes the temporary table `chunk_persons` (patient, person, forgotten) for all patients a chunk speaks of."""
    cursor.register("mentioned", _mentioned(chunk))
    cursor.register("chunk_tokens", chunk.tokens)
    try:
        _resolve(cursor, chunk)
        if chunk.tokens.num_rows:
            _link(cursor, chunk)
    finally:
        cursor.unregister("mentioned")
        cursor.unregister("chunk_tokens")


def _mentioned(chunk: Chunk) -> pa.Table:
    patients = [pc.unique(staged.rows["patient"]).drop_null() for staged in chunk.staged.values()]
    return pa.table({"patient": pc.unique(pa.chunked_array(patients, pa.string()))})


def _resolve(cursor: duckdb.DuckDBPyConnection, chunk: Chunk) -> None:
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE chunk_persons AS
            SELECT m.patient, p.person, false AS forgotten, p.person IS NULL AS fresh
            FROM mentioned m LEFT JOIN {PERSONS} p ON p.site = ? AND p.patient = m.patient""",
        [chunk.site],
    )
    _mark_forgotten(cursor, chunk.site)
    cursor.execute(
        f"UPDATE chunk_persons SET person = {own_number('?', 'patient')} WHERE person IS NULL AND NOT forgotten",
        [chunk.site],
    )
    _part_collisions(cursor, chunk.site)
    cursor.execute(
        f"INSERT INTO {PERSONS} SELECT ?, patient, person, person FROM chunk_persons WHERE fresh AND NOT forgotten",
        [chunk.site],
    )


def _part_collisions(cursor: duckdb.DuckDBPyConnection, site: str) -> None:
    """Two patients must never share a number by chance: about one in a thousand for 150 million of them."""
    colliding = f"""patient IN (SELECT c.patient FROM chunk_persons c JOIN {PERSONS} p ON p.own = c.person
                                WHERE c.fresh AND NOT c.forgotten
                                UNION ALL SELECT max(patient) FROM chunk_persons WHERE fresh AND NOT forgotten
                                GROUP BY person HAVING count(*) > 1)"""
    for attempt in range(1, 10):
        again = own_number("?", "patient", f"'{attempt}'")
        done = cursor.execute(
            f"UPDATE chunk_persons SET person = {again} WHERE {colliding}", [site]
        ).fetchone()
        if not done or not done[0]:
            return
    raise AssertionError("a hash of 63 bits does not collide ten times")


def forgotten_token(salt: str, kind: str, value: str) -> str:
    """SQL: how the ledger of the forgotten names somebody without saying who."""
    return f"sha256({salt} || chr(31) || {kind} || chr(31) || {value})"


def _mark_forgotten(cursor: duckdb.DuckDBPyConnection, site: str) -> None:
    ledger = f"{CATALOG}.lk.forgotten"
    if not cursor.execute(f"SELECT 1 FROM {ledger} LIMIT 1").fetchone():
        return
    salt = setting(cursor, "salt")
    by_id = forgotten_token("$salt", "$site", "patient")
    by_token = forgotten_token("$salt", "'token'", "t.token")
    cursor.execute(
        f"""UPDATE chunk_persons SET forgotten = true
            WHERE {by_id} IN (SELECT token FROM {ledger})
               OR patient IN (SELECT t.patient FROM chunk_tokens t WHERE {by_token} IN (SELECT token FROM {ledger}))""",
        {"salt": salt, "site": site},
    )


def _link(cursor: duckdb.DuckDBPyConnection, chunk: Chunk) -> None:
    """Patients whose national identifier another site has are counted as that site's person."""
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE moves AS
            SELECT $site AS site, c.patient, any_value(c.person) AS previous, min(p.person) AS person, min(t.rule) AS rule,
                   bool_or(c.fresh) AS fresh
            FROM chunk_tokens t JOIN chunk_persons c USING (patient)
            JOIN {TOKENS} h ON h.token = t.token AND h.site <> $site
            JOIN {PERSONS} p ON p.site = h.site AND p.patient = h.patient
            WHERE NOT c.forgotten AND p.person <> c.person
              AND NOT EXISTS (SELECT 1 FROM {LINKS} l WHERE l.site = $site AND l.patient = c.patient)
            GROUP BY c.patient""",
        {"site": chunk.site},
    )
    _move(cursor, chunk.batch, chunk.received)
    cursor.execute(
        "UPDATE chunk_persons SET person = m.person FROM moves m WHERE m.patient = chunk_persons.patient"
    )
    cursor.execute(
        f"""INSERT INTO {TOKENS} SELECT DISTINCT t.token, $site, t.patient, t.rule FROM chunk_tokens t
            JOIN chunk_persons c USING (patient) WHERE NOT c.forgotten AND NOT EXISTS
            (SELECT 1 FROM {TOKENS} h WHERE h.token = t.token AND h.site = $site AND h.patient = t.patient)""",
        {"site": chunk.site},
    )


def unlink(cursor: duckdb.DuckDBPyConnection, site: str, patient: str, now: datetime) -> None:
    """Undoes the linking of a site's patient; no rule links them again. Raises NotFoundError if there was none."""
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE moves AS
            SELECT site, patient, person AS previous, own AS person, 'unlinked' AS rule, false AS fresh
            FROM {PERSONS} WHERE site = ? AND patient = ? AND person <> own""",
        [site, patient],
    )
    if not cursor.execute("SELECT 1 FROM moves").fetchone():
        raise NotFoundError("that patient of that site is not linked to a person of another site")
    _move(cursor, None, now)


def _move(cursor: duckdb.DuckDBPyConnection, batch: str | None, now: datetime) -> None:
    """Moves all rows of the patients in `moves` to other person numbers, and so perhaps to other buckets; notes it.

    A fresh patient has no rows yet, so that the tables need not be looked through.
    """
    buckets = int(setting(cursor, "buckets"))
    if cursor.execute("SELECT 1 FROM moves WHERE NOT fresh").fetchone():
        for table in record_tables(cursor):
            theirs = f"m.site = {table}.lk_site AND m.patient = {table}.lk_patient AND m.previous = {table}.lk_person"
            cursor.execute(
                f"UPDATE {table} SET lk_person = m.person, lk_bucket = m.person % {buckets} FROM moves m WHERE {theirs}"
            )
    cursor.execute(
        f"UPDATE {PERSONS} SET person = m.person FROM moves m WHERE m.site = {PERSONS}.site AND m.patient = {PERSONS}.patient"
    )
    cursor.execute(
        f"INSERT INTO {LINKS} SELECT site, patient, person, previous, rule, ?, ?::TIMESTAMPTZ FROM moves",
        [batch, now],
    )


def record_tables(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    """SQL names of the tables that hold records."""
    return _tables(cursor, "main")


def result_tables(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    """SQL names of the tables that hold answers about persons."""
    return _tables(cursor, RESULTS)


def _tables(cursor: duckdb.DuckDBPyConnection, schema_name: str) -> list[str]:
    found = cursor.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = ? ORDER BY 1",
        [CATALOG, schema_name],
    ).fetchall()
    place = CATALOG if schema_name == "main" else f"{CATALOG}.{schema_name}"
    return [f"{place}.{schema.quoted(name)}" for (name,) in found]
