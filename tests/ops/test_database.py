"""The operations database: its history, its locks, its errors, its copies."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, text

from lakmus.core.clock import SystemClock
from lakmus.core.errors import ConflictError, InputError, NotFoundError, TemporaryError, UnsupportedError
from lakmus.ops import Database, Sites, upgrading
from lakmus.ops.database import newest
from lakmus.ops.schema import credentials, metadata


def test_the_history_leads_to_the_tables_the_code_uses(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_upgrading_again_changes_nothing(database: Database) -> None:
    assert database.upgrade() == newest() == database.revision() == upgrading.head()
    database.check()


def test_a_database_without_tables_is_said_so(empty_url: str) -> None:
    with (
        Database.open(empty_url) as database,
        pytest.raises(InputError, match=r"at revision none(?s:.)*lakmus upgrade"),
    ):
        database.check()


def test_a_database_of_a_newer_version_is_said_so(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="newer Lakmus"):
        database.check()


def upgrade(url: str) -> None:
    with Database.open(url) as database:
        database.upgrade()


def test_two_processes_may_upgrade_at_once(empty_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=upgrade, args=(empty_url,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    with Database.open(empty_url) as database:
        database.check()


def test_an_error_inside_a_transaction_undoes_all_of_it(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        add_a_site_and_fail(database)
    assert Sites(database, SystemClock()).all() == []


def add_a_site_and_fail(database: Database) -> None:
    with database.writing() as connection:
        row = "'a', 'A', '', true, '2026-01-01T00:00:00.000000Z'"
        connection.execute(text(f"INSERT INTO sites VALUES ({row})"))
        raise ZeroDivisionError


def test_what_names_something_absent_is_a_conflict_whose_message_shows_no_value(database: Database) -> None:
    row = {
        "id": "1",
        "site": "nowhere",
        "label": "Planted-Value",
        "digest": "",
        "created": SystemClock().now(),
    }
    with pytest.raises(ConflictError) as caught, database.writing() as connection:
        connection.execute(insert(credentials).values(row))
    assert "Planted-Value" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://root@localhost/x", "not one Lakmus knows"),
        ("no url at all", "not one Lakmus knows"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
    ],
)
def test_other_databases_are_refused(url: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Database.open(url)


def test_a_server_that_is_away_is_a_temporary_error_without_its_password() -> None:
    away = "postgresql://lakmus:hunter2-secret@127.0.0.1:1/ops"
    with Database.open(away) as database, pytest.raises(TemporaryError) as caught:
        database.revision()
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "ops.sqlite"
    path.write_bytes(b"this is something else, long enough to look at" * 30)
    with (
        Database.open(f"sqlite:///{path}") as database,
        pytest.raises(InputError, match="not an SQLite database"),
    ):
        database.revision()


def test_only_the_owner_may_read_the_file_and_its_journals(tmp_path: Path) -> None:
    with Database.open(f"sqlite:///{tmp_path / 'inner' / 'ops.sqlite'}") as database:
        database.upgrade()
        modes = [stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "inner").iterdir()]
    assert modes == [0o600] * 3
    assert stat.S_IMODE((tmp_path / "inner").stat().st_mode) == 0o700


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_a_copy_is_made_while_the_database_is_in_use_and_opens(database: Database, tmp_path: Path) -> None:
    Sites(database, SystemClock()).add("clinic-a", "Clinic A")
    with database.writing() as connection:
        connection.execute(text("UPDATE sites SET name = 'not committed'"))
        database.backup(tmp_path / "copy.sqlite")
    with Database.open(f"sqlite:///{tmp_path / 'copy.sqlite'}") as restored:
        restored.check()
        assert [site.name for site in Sites(restored, SystemClock()).all()] == ["Clinic A"]
    assert stat.S_IMODE((tmp_path / "copy.sqlite").stat().st_mode) == 0o600
    with pytest.raises(ConflictError):
        database.backup(tmp_path / "copy.sqlite")


@pytest.mark.parametrize("empty_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_copy_of_postgresql_is_its_own_tools_matter(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="pg_dump"):
        database.backup(tmp_path / "never")


def test_tables_that_are_not_there_name_the_command(empty_url: str) -> None:
    with Database.open(empty_url) as database, pytest.raises(NotFoundError, match="lakmus upgrade"):
        Sites(database, SystemClock()).all()
