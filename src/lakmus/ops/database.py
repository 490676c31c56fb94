"""The operations database: SQLite in one file, or PostgreSQL; the same statements on both.

Writes on SQLite begin with the write lock (`BEGIN IMMEDIATE`), so two processes wait for each other instead of failing
half-way. Errors of the driver never show statements' values.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    TimeoutError,
)

from lakmus.core.errors import (
    ConflictError,
    InputError,
    LakmusError,
    NotFoundError,
    TemporaryError,
    UnsupportedError,
)

VERSIONS = "alembic_version"
MIGRATIONS = Path(__file__).parent / "migrations"
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite+pysqlite"}
_BUSY_SECONDS = 30
_UNDEFINED_TABLE = "42P01"  # PostgreSQL, appendix A


class Database:
    """A handle that threads may share. Open one per process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(lakmus_write=True)

    @classmethod
    def open(cls, url: str) -> Database:
        """Opens `sqlite:///path` (the file is made, owner-only) or `postgresql://...`; InputError for other URLs."""
        parsed = _parse(url)
        if parsed.get_backend_name() == "sqlite":
            _make_private(Path(str(parsed.database)))
        arguments = {"timeout": _BUSY_SECONDS} if parsed.get_backend_name() == "sqlite" else {}
        engine = create_engine(parsed, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        return cls(engine)

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for SELECT: one snapshot on SQLite, statement by statement on PostgreSQL."""
        with _translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, exclusive: str = "") -> Iterator[Connection]:
        """A transaction, committed at the end and rolled back on any error.

        `exclusive` names what only one transaction at a time does (SQLite has one writer anyway). It is an advisory
        lock: locking the table would take more than the right to insert.
        """
        with _translated(), self._writer.begin() as connection:
            if exclusive and not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": exclusive})
            yield connection

    def upgrade(self) -> str:
        """Brings the tables to this version of Lakmus, in one transaction; gives the revision reached."""
        from lakmus.ops import upgrading  # Alembic is slow to import, and few processes need it

        with self.writing(exclusive="lakmus upgrade") as connection:
            upgrading.upgrade(connection)
        return newest()

    def revision(self) -> str | None:
        """The revision the tables are at; None when there are none yet."""
        with self.reading() as connection:
            if not inspect(connection).has_table(VERSIONS):
                return None
            row = connection.execute(text(f"SELECT version_num FROM {VERSIONS}")).first()  # noqa: S608 - our own name
            return None if row is None else str(row[0])

    def check(self) -> None:
        """Raises InputError unless the tables are of this version of Lakmus."""
        found = self.revision()
        if found != newest():
            known = found is None or found in revisions()
            hint = "run `lakmus upgrade`" if known else "a newer Lakmus made it; use that one"
            raise InputError(
                f"the operations database is at revision {found or 'none'}, not {newest()}", hint=hint
            )

    def backup(self, target: Path) -> None:
        """Writes a consistent copy of the SQLite database while it is in use; PostgreSQL has pg_dump for that."""
        if not self.is_sqlite:
            raise UnsupportedError(
                "backing up PostgreSQL from here", hint="use pg_dump, or the server's base backups"
            )
        if target.exists():
            raise ConflictError(f"{target} is there already", hint="name a new file")
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(target)) as copy, closing(self._engine.raw_connection()) as source:
            source.driver_connection.backup(copy)  # type: ignore[union-attr]

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def revisions() -> list[str]:
    """All revisions of the tables, the oldest first: the numbers that the files of their history begin with."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def newest() -> str:
    """The revision of the tables that this version of Lakmus works with."""
    return revisions()[-1]


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        driver = _DRIVERS[parsed.drivername.partition("+")[0]]
    except (ArgumentError, KeyError):
        raise InputError(
            "the operations database's URL is not one Lakmus knows",
            hint="it is sqlite:///path/ops.sqlite or postgresql://user@host/database (ops.url)",
        ) from None
    if driver.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise InputError("the operations database must be a file", hint="sqlite:///path/ops.sqlite")
    return parsed.set(drivername=driver)


def _make_private(path: Path) -> None:
    """SQLite would make its file readable by all; its journals take the file's mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise InputError(f"the operations database {path} cannot be opened: {error.strerror}") from None


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        # The driver's own BEGIN comes too late for a write lock; ours is below.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("lakmus_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the driver quote values, so none of them goes on, not even as a cause."""
    try:
        yield
    except IntegrityError:
        raise ConflictError("it clashes with what is there already, or names what is not there") from None
    except DataError:
        raise InputError("a value is too long or of the wrong kind for the operations database") from None
    except TimeoutError:
        raise _away() from None
    except DBAPIError as error:
        raise _meaning(error) from None


def _away() -> TemporaryError:
    return TemporaryError(
        "the operations database does not answer", hint="try again; see whether its server runs"
    )


def _meaning(error: DBAPIError) -> LakmusError:
    if "no such table" in str(error.orig) or getattr(error.orig, "sqlstate", None) == _UNDEFINED_TABLE:
        return NotFoundError("the operations database has no tables yet", hint="run `lakmus upgrade`")
    if "file is not a database" in str(error.orig):
        return InputError(
            "the operations database's file is not an SQLite database", hint="see ops.url in the settings"
        )
    if isinstance(error, OperationalError):
        return _away()
    return LakmusError(f"the operations database refused a statement: {type(error.orig).__name__}")
