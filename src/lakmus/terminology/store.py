"""Concepts, value sets and maps in one SQLite file, or in memory. Statements only; what they mean is `local.py`'s."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

import msgspec

from lakmus.core.errors import ConflictError, InputError, TemporaryError
from lakmus.terminology.model import Installed
from lakmus.terminology.records import ConceptRecord, MapRecord, Record, SystemRecord, ValueSetRecord
from lakmus.terminology.text import fold

FORMAT = 1
_SCHEMA = """
CREATE TABLE source (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, url TEXT NOT NULL, version TEXT NOT NULL, name TEXT NOT NULL,
  rank TEXT NOT NULL, case_sensitive INTEGER NOT NULL DEFAULT 1, complete INTEGER NOT NULL DEFAULT 1,
  resource TEXT, count INTEGER NOT NULL DEFAULT 0, UNIQUE (kind, url, version));
CREATE TABLE alias (kind TEXT NOT NULL, alias TEXT NOT NULL, url TEXT NOT NULL, PRIMARY KEY (kind, alias)) WITHOUT ROWID;
CREATE TABLE concept (
  id INTEGER PRIMARY KEY, source INTEGER NOT NULL, code TEXT NOT NULL, display TEXT NOT NULL,
  active INTEGER NOT NULL, abstract INTEGER NOT NULL, definition TEXT NOT NULL,
  designations TEXT NOT NULL, properties TEXT NOT NULL, search TEXT NOT NULL);
CREATE UNIQUE INDEX concept_code ON concept (source, code);
CREATE TABLE edge (parent INTEGER NOT NULL, child INTEGER NOT NULL, PRIMARY KEY (parent, child)) WITHOUT ROWID;
CREATE INDEX edge_child ON edge (child, parent);
CREATE TABLE mapping (
  source INTEGER NOT NULL, source_system TEXT NOT NULL, source_code TEXT NOT NULL, target_system TEXT NOT NULL,
  target_code TEXT NOT NULL, target_display TEXT NOT NULL, equivalence TEXT NOT NULL, comment TEXT NOT NULL);
CREATE INDEX mapping_source ON mapping (source_code, source_system);
CREATE INDEX mapping_target ON mapping (target_code, target_system);
"""
_KINDS = {SystemRecord: "CodeSystem", ValueSetRecord: "ValueSet", MapRecord: "ConceptMap"}
_BATCH = 5_000


class Store:
    """One connection behind a lock: answers are short, and threads may share it."""

    def __init__(self, path: Path | None = None, *, read_only: bool = False) -> None:
        self._lock = RLock()
        self._connection = _connect(path, read_only)
        self.generation = 0
        if not self.rows("SELECT name FROM sqlite_master WHERE name = 'source'"):
            self._create(path, read_only)
        self._check_format(path)

    def close(self) -> None:
        self._connection.close()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def write(self, record: Record) -> int:
        """Puts a record in, in place of the same version of it, whole or not at all; returns its count."""
        with self._transaction():
            self.remove(_KINDS[type(record)], record.url, record.version)
            source = self._insert_source(record)
            count = self._insert_content(source, record)
            self._execute("UPDATE source SET count = ? WHERE id = ?", (count, source))
        return count

    def remove(self, kind: str, url: str, version: str) -> None:
        with self._transaction():
            for (source,) in self.rows(
                "SELECT id FROM source WHERE kind = ? AND url = ? AND version = ?", (kind, url, version)
            ):
                self._execute(
                    "DELETE FROM edge WHERE child IN (SELECT id FROM concept WHERE source = ?)", (source,)
                )
                for table, column in (("concept", "source"), ("mapping", "source"), ("source", "id")):
                    self._execute(f"DELETE FROM {table} WHERE {column} = ?", (source,))  # noqa: S608 - our own names

    def installed(self) -> list[Installed]:
        return [
            Installed(*row)
            for row in self.rows(
                "SELECT kind, url, version, name, count FROM source ORDER BY kind, url, rank"
            )
        ]

    def _create(self, path: Path | None, read_only: bool) -> None:
        if read_only:
            raise InputError(f"{path} is not a terminology store")
        with self._transaction():
            for statement in _SCHEMA.split(";"):
                self._execute(statement)
            self._execute(f"PRAGMA user_version = {FORMAT}")

    def _check_format(self, path: Path | None) -> None:
        ((found,),) = self.rows("PRAGMA user_version")
        if found != FORMAT:
            raise ConflictError(
                f"{path} has store format {found}, this version reads {FORMAT}",
                hint="load the dictionaries anew",
            )

    def _insert_source(self, record: Record) -> int:
        case_sensitive, complete = (
            (record.case_sensitive, record.complete) if isinstance(record, SystemRecord) else (True, True)
        )
        cursor = self._execute(
            "INSERT INTO source (kind, url, version, name, rank, case_sensitive, complete, resource)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _KINDS[type(record)],
                record.url,
                record.version,
                record.name,
                version_rank(record.version),
                case_sensitive,
                complete,
                _json(record.resource) if isinstance(record, ValueSetRecord) else None,
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _insert_content(self, source: int, record: Record) -> int:
        if isinstance(record, SystemRecord):
            aliases = [("CodeSystem", alias, record.url) for alias in record.aliases]
            # The value set of all codes is another name of the system, where a value set is asked for.
            aliases += [("ValueSet", record.value_set, record.url)] if record.value_set else []
            self._many("INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", aliases)
            return self._insert_concepts(source, record.concepts)
        if isinstance(record, MapRecord):
            rows = (
                (
                    source,
                    m.source_system,
                    m.source_code,
                    m.target_system,
                    m.target_code,
                    m.target_display,
                    m.equivalence,
                    m.comment,
                )
                for m in record.mappings
            )
            return self._many("INSERT INTO mapping VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        return 0

    def _insert_concepts(self, source: int, concepts: Iterable[ConceptRecord]) -> int:
        parents: list[tuple[str, str]] = []

        def rows() -> Iterator[tuple[Any, ...]]:
            for concept in concepts:
                parents.extend((parent, concept.code) for parent in concept.parents)
                yield _concept_row(source, concept)

        count = self._many(
            "INSERT OR IGNORE INTO concept (source, code, display, active, abstract, definition, designations,"
            " properties, search) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows(),
        )
        self._insert_edges(source, parents)
        return count

    def _insert_edges(self, source: int, parents: list[tuple[str, str]]) -> None:
        ids = dict(self.rows("SELECT code, id FROM concept WHERE source = ?", (source,)))
        self._many(
            "INSERT OR IGNORE INTO edge VALUES (?, ?)",
            ((ids[parent], ids[child]) for parent, child in parents if parent in ids and parent != child),
        )

    def _execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, parameters)

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        return max(0, self._connection.executemany(sql, rows).rowcount)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._begin()
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            self.generation += 1

    def _begin(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TemporaryError(f"the terminology store cannot be written: {error}") from None


def version_rank(version: str) -> str:
    """Sorts versions as people do: `9.6` before `12.14`, `2019-09` before `2020-03`."""
    return re.sub(r"[0-9]+", lambda digits: digits.group().lstrip("0").zfill(12), version[:200])


def _connect(path: Path | None, read_only: bool) -> sqlite3.Connection:
    try:
        if path is None:
            return sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        mode = "ro" if read_only else "rwc"
        address = f"{path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(
            address, uri=True, check_same_thread=False, isolation_level=None, timeout=30
        )
        connection.execute("PRAGMA schema_version")
        return connection
    except sqlite3.Error as error:
        raise InputError(f"{path} cannot be opened as a terminology store: {error}") from None


def _concept_row(source: int, concept: ConceptRecord) -> tuple[Any, ...]:
    names = (concept.display, *(designation.text for designation in concept.designations))
    return (
        source,
        concept.code,
        concept.display,
        concept.active,
        concept.abstract,
        concept.definition,
        _json([[d.text, d.language] for d in concept.designations]),
        _json(concept.properties),
        "\n".join(fold(name) for name in dict.fromkeys(names)),
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
