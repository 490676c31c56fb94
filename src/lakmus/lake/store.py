"""What both zones share: one DuckDB with the lake attached, its tables, snapshots and shapes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Self

import duckdb
from duckdb.sqltypes import DuckDBPyType

from lakmus.core.errors import InputError, LakmusError, TemporaryError
from lakmus.fhir.shapes import Shape
from lakmus.lake import engine, formats, location, object_storage, schema, tables

CATALOG = tables.CATALOG
# What threads may compute ahead of whoever reads a result batch by batch. With the engine's own 1 MB they wait for the
# reader most of the time: a view over a million observations takes twice as long. A setting of each connection.
STREAMED = "SET streaming_buffer_size = '64MB'"
TURN = f"UPDATE {CATALOG}.lk.settings SET value = (value::BIGINT + 1)::VARCHAR WHERE name = 'turn'"
RETRIES = 60  # with the back-off below a writer waits some minutes for its turn
# Their messages quote what was to be converted, and no message may hold a value of a patient.
VALUES_SHOWN = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.OutOfRangeException,
    duckdb.DataError,
)
BUSY = re.compile(r"database is locked|conflict|could not serialize|deadlock", re.IGNORECASE)


class Store:
    """An attached lake. Not made directly: `IdentifiedLake` and `OpenLake` are the two kinds."""

    zone: location.Zone

    def __init__(
        self,
        where: location.Location,
        *,
        threads: int | None = None,
        memory: str | None = None,
        spill: Path | None = None,
        read_only: bool = False,
    ) -> None:
        self.location = where
        self._connection = engine.connect(threads=threads, memory=memory, spill=spill or where.spill)
        if where.catalog.startswith("postgres:"):
            engine.load_extension(self._connection, "postgres_scanner")
        object_storage.give_credentials(self._connection, where.data, os.environ)
        self._connection.execute(f"SET ducklake_max_retry_count = {RETRIES}; SET ducklake_retry_wait_ms = 50")
        self._attach(read_only)
        engine.confine(self._connection, [where.data_path, str(where.folder)])
        # The shape of a table never changes within a snapshot.
        self._columns_at = lru_cache(maxsize=4096)(self._read_columns)

    def _attach(self, read_only: bool) -> None:
        # Small inserts are not kept in the catalog: DuckLake 1.0 loses backslashes of nested texts there, and they would
        # stand in clear. The lake's own bookkeeping is flat and may (`tables.INLINED`).
        options = [
            f"DATA_PATH {schema.literal(self.location.data_path)}",
            "OVERRIDE_DATA_PATH true",  # lake.json says where files are: a lake's folder may be moved or copied
            "ENCRYPTED",
            "DATA_INLINING_ROW_LIMIT 0",
            *(["READ_ONLY"] if read_only else []),
        ]
        if not self.location.catalog.startswith("postgres:"):
            options += ["META_JOURNAL_MODE 'WAL'", "META_BUSY_TIMEOUT 60000"]
        before = os.umask(0o077)
        try:
            self._connection.execute(
                f"ATTACH {schema.literal(self.location.attach)} AS {CATALOG} ({', '.join(options)})"
            )
        except duckdb.Error as error:
            raise InputError(
                f"the lake at {self.location.folder} cannot be attached: {_first_line(error)}"
            ) from None
        finally:
            os.umask(before)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own for one task, with the lake attached as `lake`."""
        cursor = self._connection.cursor()
        try:
            cursor.execute(STREAMED)
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Everything inside becomes one snapshot, or nothing; raises TemporaryError when another writer was first.

        What is written depends on what was read (do we have this record? who is this?), so of two transactions that
        overlap only one may commit. DuckLake lets inserts of both pass; each taking its turn makes them collide.
        """
        with self.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                cursor.execute(TURN)
                yield cursor
                cursor.execute("COMMIT")
            except duckdb.Error as error:
                _roll_back(cursor)
                if BUSY.search(str(error)):
                    raise TemporaryError("another process wrote to the lake at the same time") from None
                if isinstance(error, duckdb.HTTPException):
                    raise object_storage.refused(error) from None
                if isinstance(error, VALUES_SHOWN):
                    raise LakmusError(
                        f"the lake cannot store what it was given ({type(error).__name__})"
                    ) from None
                raise
            except BaseException:
                _roll_back(cursor)
                raise

    def check_format(self) -> Self:
        """The same lake; raises InputError, and closes it, when another version of Lakmus has to open it."""
        try:
            formats.check(int(self.setting("format")))
        except InputError:
            self.close()
            raise
        return self

    def close(self) -> None:
        self._connection.close()
        location.protect_catalog(self.location)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # -- what is here -------------------------------------------------------------------------------------------

    def snapshot(self) -> int:
        """The number of the newest snapshot."""
        with self.cursor() as cursor:
            return _one(cursor, f"SELECT id FROM ducklake_current_snapshot('{CATALOG}')")

    def oldest(self) -> int:
        """The number of the oldest snapshot that is kept."""
        with self.cursor() as cursor:
            return _one(cursor, f"SELECT min(snapshot_id) FROM ducklake_snapshots('{CATALOG}')")

    def written(self, table: str, column: str, value: str) -> int | None:
        """The first kept snapshot that has a row of one of the lake's own tables; None when it came before those kept."""
        span = f"{self.oldest()}, {self.snapshot()}"
        rows = f"ducklake_table_insertions('{CATALOG}', 'lk', {schema.literal(table)}, {span})"
        with self.cursor() as cursor:
            query = f"SELECT min(snapshot_id) FROM {rows} WHERE {schema.quoted(column)} = ?"
            row = cursor.execute(query, [value]).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def resource_types(self, version: int | None = None) -> list[str]:
        """The types of which a record ever came, in alphabetical order."""
        with self.cursor() as cursor:
            found = cursor.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'main' ORDER BY 1",
                [CATALOG],
            ).fetchall()
        names = [name for (name,) in found]
        return names if version is None else [n for n in names if self.schema(n, version)]

    def schema(self, resource_type: str, version: int | None = None) -> dict[str, DuckDBPyType]:
        """The columns of a type's table, `lk_*` included; empty when no such record ever came."""
        return self._columns_at(resource_type, self.snapshot() if version is None else version)

    def _read_columns(self, resource_type: str, version: int) -> dict[str, DuckDBPyType]:
        with self.cursor() as cursor:
            return columns(cursor, resource_type, version)

    def shape(self, resource_type: str) -> Shape:
        """Which elements recorded data of a type has."""
        return resource_shape(self.schema(resource_type))

    def setting(self, name: str) -> str:
        with self.cursor() as cursor:
            return setting(cursor, name)

    @property
    def bucket_count(self) -> int:
        return int(self.setting("buckets"))

    def buckets(self) -> list[int]:
        """The hash buckets of persons; records of no patient are in bucket -1 and read by all."""
        return list(range(self.bucket_count))


def columns(
    cursor: duckdb.DuckDBPyConnection, table: str, version: int | None = None
) -> dict[str, DuckDBPyType]:
    """Names and types of a table's columns as this cursor's transaction, or a version, has them; {} if no such table."""
    at = "" if version is None else f" AT (VERSION => {version})"
    try:
        relation = cursor.sql(f"SELECT * FROM {CATALOG}.{schema.quoted(table)}{at} LIMIT 0")
    except duckdb.CatalogException:
        return {}
    return dict(zip(relation.columns, relation.dtypes, strict=True))


def resource_shape(found: dict[str, DuckDBPyType]) -> Shape:
    """The shape of the FHIR elements among a table's columns."""
    return Shape(fields={n: schema.shape_of(t) for n, t in found.items() if not n.startswith("lk_")})


def setting(cursor: duckdb.DuckDBPyConnection, name: str) -> str:
    row = cursor.execute(f"SELECT value FROM {CATALOG}.lk.settings WHERE name = ?", [name]).fetchone()
    assert row is not None, f"the lake has no setting {name}"
    return str(row[0])


def initialise(store: Store, settings: dict[str, str]) -> None:
    """Makes the lake's own tables in an empty catalog."""
    with store.cursor() as cursor:
        cursor.execute(f"BEGIN; {'; '.join(tables.statements(CATALOG))}; COMMIT")
    with store.transaction() as cursor:
        for name in tables.INLINED:
            option = f"'data_inlining_row_limit', 1000, schema => 'lk', table_name => '{name}'"
            cursor.execute(f"CALL ducklake_set_option('{CATALOG}', {option})")
        for name, value in {**settings, "turn": "0"}.items():
            cursor.execute(f"INSERT INTO {CATALOG}.lk.settings VALUES (?, ?)", [name, value])
    location.protect_catalog(store.location)


def _one(cursor: duckdb.DuckDBPyConnection, query: str) -> int:
    row = cursor.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:  # a failed COMMIT has rolled back already
        return


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def open_folder(folder: str | Path) -> Path:
    """The folder of a lake as an absolute path."""
    return Path(folder).expanduser().resolve()
