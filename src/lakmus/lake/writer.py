"""One chunk of intake becomes one snapshot: records, refusals and progress together, or none of them."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from lakmus.fhir.shapes import Shape
from lakmus.lake import people, schema
from lakmus.lake.chunk import Chunk, Receipt, Staged
from lakmus.lake.store import CATALOG, RETRIES, Store, columns, setting
from lakmus.lake.turns import in_turn
from lakmus.lake.widening import ensure_table

# An older version that arrives late is kept, though it is not what the record says now.
SUPERSEDED = f"""
    INSERT INTO {CATALOG}.lk.superseded BY NAME
    SELECT ? AS resource_type, ? AS site, s.id, s.record, s.digest::UUID AS digest, ? AS batch, s.file, s.line,
           p.person FROM staged s JOIN fates f USING ("order") LEFT JOIN chunk_persons p ON p.patient = s.patient
    WHERE f.fate = 'superseded'
"""

Hook = Callable[[str], None]


def commit(store: Store, chunk: Chunk, *, hook: Hook = lambda step: None, attempts: int = RETRIES) -> Receipt:
    """Writes a chunk as one snapshot and says what became of its records.

    `hook` is told the name of each step before it happens (tests cut the power there). Another writer's conflict
    is waited out; after `attempts` a TemporaryError says so and nothing of the chunk is in the lake.
    """

    def work(cursor: duckdb.DuckDBPyConnection) -> Receipt:
        receipt = _write(cursor, chunk, hook)
        hook("commit")
        return receipt

    receipt = in_turn(store, work, attempts)
    hook("committed")
    return receipt


def _write(cursor: duckdb.DuckDBPyConnection, chunk: Chunk, hook: Hook) -> Receipt:
    hook("persons")
    buckets = int(setting(cursor, "buckets"))
    people.assign(cursor, chunk)
    receipt = Receipt(refused=chunk.refused.num_rows)
    for resource_type, staged in chunk.staged.items():
        hook(f"records {resource_type}")
        receipt += _write_type(cursor, chunk, resource_type, staged, buckets)
    hook("deletions")
    receipt += _delete(cursor, chunk)
    hook("quarantine")
    _quarantine(cursor, chunk)
    hook("progress")
    _note_progress(cursor, chunk, receipt)
    return receipt


def _write_type(
    cursor: duckdb.DuckDBPyConnection, chunk: Chunk, resource_type: str, staged: Staged, buckets: int
) -> Receipt:
    table = f"{CATALOG}.{schema.quoted(resource_type)}"
    held = ensure_table(cursor, resource_type, staged.shape)
    columns_now = held.merged(staged.shape)
    incoming = Shape(fields={name: columns_now.fields[name] for name in staged.shape.fields})
    cursor.register("staged", staged.rows)
    try:
        _classify(cursor, chunk.site, table, held)
        counts = dict(cursor.execute("SELECT fate, count(*) FROM fates GROUP BY fate").fetchall())
        if counts.get("changed"):
            cursor.execute(
                f"DELETE FROM {table} WHERE lk_site = ? AND lk_key IN (SELECT key FROM fates WHERE fate = 'changed') "
                "AND id IN (SELECT id FROM fates WHERE fate = 'changed')",
                [chunk.site],
            )
        if counts.get("created") or counts.get("changed"):
            cursor.execute(
                _insertion(table, incoming, everything=set(counts) == {"created"}), _origin(chunk, buckets)
            )
        if counts.get("superseded"):
            cursor.execute(SUPERSEDED, [resource_type, chunk.site, chunk.batch])
    finally:
        cursor.unregister("staged")
    return Receipt(**{str(fate): int(number) for fate, number in counts.items()})


def _classify(cursor: duckdb.DuckDBPyConnection, site: str, table: str, shape: Shape) -> None:
    """Decides for every staged record: created, changed, unchanged, superseded or forgotten.

    Of two with one key in a chunk the later in time, then in order, wins. A record whose `lastUpdated` is older than
    what is held does not overwrite it (FHIR R4 §2.26.3.1 gives `meta.lastUpdated` as the time of the version).
    """
    existed = bool(shape.fields)
    dated = "meta" in shape.fields and "lastUpdated" in shape.fields["meta"].fields
    updated = "meta.lastUpdated" if dated else "NULL::VARCHAR"
    held = f"(SELECT id, lk_key, lk_digest, {updated} AS held_updated FROM {table} WHERE lk_site = $site)"
    nothing = "(SELECT NULL::VARCHAR id, NULL::BIGINT lk_key, NULL::UUID lk_digest, NULL::VARCHAR held_updated WHERE false)"
    cursor.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE fates AS
        SELECT s."order", s.id, s.key, CASE
            WHEN p.forgotten THEN 'forgotten'
            WHEN s.copies > 1 AND s.place > 1 AND s.digest = s.first_digest THEN 'unchanged'
            WHEN s.place > 1 THEN 'superseded'
            WHEN h.id IS NULL THEN 'created'
            WHEN h.lk_digest = s.digest::UUID THEN 'unchanged'
            WHEN try_cast(s.updated AS TIMESTAMPTZ) < try_cast(h.held_updated AS TIMESTAMPTZ) THEN 'superseded'
            ELSE 'changed' END AS fate
        FROM (SELECT "order", id, key, digest, patient, updated,
                row_number() OVER latest AS place, count(*) OVER (PARTITION BY key, id) AS copies,
                first(digest) OVER latest AS first_digest
              FROM staged
              WINDOW latest AS (PARTITION BY key, id
                                ORDER BY try_cast(updated AS TIMESTAMPTZ) DESC NULLS LAST, "order" DESC)) s
        LEFT JOIN {held if existed else nothing} h ON h.lk_key = s.key AND h.id = s.id
        LEFT JOIN chunk_persons p ON p.patient = s.patient
        """,
        {"site": site} if existed else None,
    )


def _insertion(table: str, shape: Shape, *, everything: bool) -> str:
    """Straight from JSON text to typed rows: no copy of the chunk is made on the way."""
    chosen = (
        "" if everything else "JOIN fates f ON f.\"order\" = s.\"order\" AND f.fate IN ('created', 'changed')"
    )
    fhir = ", ".join(f"r.{schema.quoted(name)}" for name in shape.fields)
    structure = schema.literal(schema.json_structure(shape))
    return f"""
        INSERT INTO {table} BY NAME
        SELECT {fhir}, lk_site, lk_key, lk_patient, lk_person, lk_bucket, lk_digest, lk_rewritten, lk_batch, lk_file, lk_line, lk_received,
               lk_validator
        FROM (SELECT from_json(s.record, {structure}) AS r, $site AS lk_site, s.key AS lk_key, s.patient AS lk_patient,
                     p.person AS lk_person,
                     coalesce(p.person % $buckets, -1)::INTEGER AS lk_bucket, s.digest::UUID AS lk_digest, s.rewritten AS lk_rewritten,
                     $batch AS lk_batch, s.file AS lk_file, s.line AS lk_line, $received::TIMESTAMPTZ AS lk_received,
                     $validator AS lk_validator
              FROM staged s {chosen} LEFT JOIN chunk_persons p ON p.patient = s.patient)
    """


def _origin(chunk: Chunk, buckets: int) -> dict[str, object]:
    return {
        "site": chunk.site,
        "buckets": buckets,
        "batch": chunk.batch,
        "received": chunk.received,
        "validator": chunk.validator,
    }


def _delete(cursor: duckdb.DuckDBPyConnection, chunk: Chunk) -> Receipt:
    """DELETE entries of a Bundle: gone from now on, found by time travel."""
    gone = 0
    for resource_type, identifier in chunk.deleted:
        if columns(cursor, resource_type):
            table = f"{CATALOG}.{schema.quoted(resource_type)}"
            row = cursor.execute(
                f"DELETE FROM {table} WHERE lk_site = ? AND id = ?", [chunk.site, identifier]
            ).fetchone()
            gone += int(row[0]) if row else 0
    return Receipt(deleted=gone)


def _quarantine(cursor: duckdb.DuckDBPyConnection, chunk: Chunk) -> None:
    """Keeps what was refused, unless it may be about somebody who asked to be forgotten."""
    if not chunk.refused.num_rows:
        return
    cursor.register("refused", chunk.refused)
    token = people.forgotten_token("$salt", "$site", "patient")
    cursor.execute(
        f"""INSERT INTO {CATALOG}.lk.quarantine BY NAME
            SELECT item, $batch AS batch, $site AS site, file, line, resource_type, reason, outcome, original, bytes, patients,
                   $received::TIMESTAMPTZ AS received, 'waiting' AS state FROM refused WHERE item NOT IN (
                SELECT item FROM (SELECT item, unnest(string_split(patients, ' ')) AS patient FROM refused)
                WHERE {token} IN (SELECT token FROM {CATALOG}.lk.forgotten))""",
        {
            "batch": chunk.batch,
            "site": chunk.site,
            "received": chunk.received,
            "salt": setting(cursor, "salt"),
        },
    )
    cursor.unregister("refused")


def _note_progress(cursor: duckdb.DuckDBPyConnection, chunk: Chunk, receipt: Receipt) -> None:
    for at in chunk.progress:
        cursor.execute(
            f"INSERT INTO {CATALOG}.lk.progress VALUES (?, ?, ?, ?, ?, ?)",
            [chunk.batch, chunk.site, at.file, at.up_to, at.lines, at.done],
        )
    cursor.execute(
        f"INSERT INTO {CATALOG}.lk.receipts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::TIMESTAMPTZ)",
        [chunk.batch, chunk.site, *receipt.astuple(), chunk.received],
    )
