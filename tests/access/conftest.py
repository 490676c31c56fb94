"""The audit log on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakmus.access import AuditLog
from lakmus.ops import Database, KeyStore
from tests.ops.conftest import MovingClock, clock, database, empty_url, keys, quick_hashes
from tests.support.postgres import postgres, postgres_database

__all__ = ["clock", "database", "empty_url", "keys", "postgres", "postgres_database", "quick_hashes"]


@pytest.fixture
def log(database: Database, clock: MovingClock, keys: KeyStore, tmp_path: Path) -> AuditLog:
    return AuditLog(database, clock, keys, tmp_path / "audit.anchor")
