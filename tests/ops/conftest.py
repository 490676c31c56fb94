"""Every behaviour of the operations database is tested on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from lakmus.ops import Database, KeyStore, passwords
from tests.support.postgres import postgres, postgres_database

__all__ = ["postgres", "postgres_database"]


class MovingClock:
    """A clock that tests move by hand."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def move(self, **parts: float) -> None:
        self.instant += timedelta(**parts)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same Argon2id with little memory: tests hash hundreds of times."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that holds nothing yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ops.sqlite'}"
    running = request.getfixturevalue("postgres")
    return running.url(running.empty(request.getfixturevalue("postgres_database")))


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    opened = Database.open(empty_url)
    opened.upgrade()
    yield opened
    opened.close()
