"""The audit log: what it takes, and that whatever is done to it afterwards is found."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from lakmus.access import AuditLog, Head
from lakmus.access.audit import AuditFormError, _digest
from lakmus.core.clock import SystemClock
from lakmus.core.errors import ConflictError, LakmusError
from lakmus.ops import Database, KeyStore
from tests.ops.conftest import MovingClock
from tests.support.postgres import Postgres

LINES = 9


@pytest.fixture
def written(log: AuditLog, clock: MovingClock) -> AuditLog:
    for number in range(1, LINES + 1):
        clock.move(seconds=1)
        log.append("u-1", "read-person", [f"person:{number}"], reason="care")
    return log


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return tmp_path / "audit.anchor"


def attack(database: Database, *statements: str) -> None:
    """As the owner of the tables, who can take the guards away."""
    guards = (
        ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"]
        if database.is_sqlite
        else ["DROP TRIGGER audit_no_change ON audit"]
    )
    with database.writing() as connection:
        for statement in (*guards, *statements):
            connection.execute(text(statement))


def test_an_untouched_log_is_whole(written: AuditLog) -> None:
    report = written.verify()
    assert (report.ok, report.entries, report.head) == (True, LINES, written.head())


def test_a_log_that_never_began_is_whole(log: AuditLog) -> None:
    assert log.verify().ok
    assert log.head() is None


def test_lines_are_shown_newest_first_and_by_actor_action_object_and_time(
    written: AuditLog, clock: MovingClock
) -> None:
    clock.move(hours=1)
    written.append("u-2", "see-audit", outcome="refused", reason="no-role")
    assert [entry.seq for entry in written.show(limit=3)] == [10, 9, 8]
    assert [entry.seq for entry in written.show(about="person:1")] == [1]
    assert [(entry.actor, entry.outcome, entry.reason) for entry in written.show(actor="u-2")] == [
        ("u-2", "refused", "no-role")
    ]
    assert [entry.seq for entry in written.show(action="see-audit", since=clock.now())] == [10]
    assert written.show()[-1].time == "2026-03-01T08:00:01.000000Z"


def test_many_objects_become_several_lines(log: AuditLog) -> None:
    log.append("u-1", "read-register", [f"person:{number}" for number in range(25_000)])
    assert sorted(len(entry.objects) for entry in log.show()) == [5000, 10_000, 10_000]
    assert log.verify().ok


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'u-2' WHERE seq = 3", "DELETE FROM audit WHERE seq = 3", "DELETE FROM audit"],
)
def test_the_database_itself_refuses_changes(written: AuditLog, database: Database, statement: str) -> None:
    with pytest.raises((ConflictError, LakmusError)), database.writing() as connection:
        connection.execute(text(statement))
    assert written.verify().ok


@pytest.mark.parametrize("empty_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_postgresql_refuses_to_empty_the_table(written: AuditLog, database: Database) -> None:
    with pytest.raises(LakmusError), database.writing() as connection:
        connection.execute(text("TRUNCATE audit"))
    assert written.verify().entries == LINES


SWAP = (
    "UPDATE audit SET seq = -1 WHERE seq = 4",
    "UPDATE audit SET seq = 4 WHERE seq = 5",
    "UPDATE audit SET seq = 5 WHERE seq = -1",
)
# What is done to the table, and what is said about which line.
ATTACKS = [
    *(
        (f"{column}", (f"UPDATE audit SET {column} = '{value}' WHERE seq = 4",), "line 4: changed")
        for column, value in [
            ("time", "2026-01-01T00:00:00.000000Z"),
            ("actor", "u-9"),
            ("action", "see-jobs"),
            ("objects", '["person:99"]'),
            ("outcome", "refused"),
            ("reason", "vertical"),
            ("previous", "0" * 64),
            ("hash", "0" * 64),
        ]
    ),
    ("mac", ("UPDATE audit SET mac = 'x' WHERE seq = 4",), "line 4: forged"),
    ("key", ("UPDATE audit SET key = 'audit.7' WHERE seq = 4",), "line 4: forged"),
    ("key of another purpose", ("UPDATE audit SET key = 'lake.1' WHERE seq = 4",), "line 4: forged"),
    ("first line gone", ("DELETE FROM audit WHERE seq = 1",), "line 1: missing"),
    ("middle line gone", ("DELETE FROM audit WHERE seq = 5",), "line 5: missing"),
    (
        "middle line gone, others moved up",
        (
            "DELETE FROM audit WHERE seq = 5",
            *(f"UPDATE audit SET seq = {n - 1} WHERE seq = {n}" for n in range(6, LINES + 1)),
        ),
        "line 5: changed",
    ),
    ("last line gone", (f"DELETE FROM audit WHERE seq = {LINES}",), f"line {LINES}: cut off"),
    ("last lines gone", ("DELETE FROM audit WHERE seq > 3",), "line 4: cut off"),
    ("all gone", ("DELETE FROM audit",), "line 1: cut off"),
    ("two lines swapped", SWAP, "line 4: changed"),
    (
        "line put before the first",
        (
            "INSERT INTO audit SELECT 0, time, actor, action, objects, outcome, reason, previous, 'x', key, mac FROM audit WHERE seq = 1",
        ),
        "line 0: changed",
    ),
    (
        "line put after the last",
        (
            f"INSERT INTO audit SELECT {LINES + 1}, time, actor, action, objects, outcome, reason, previous, 'x', key, mac FROM audit WHERE seq = 1",
        ),
        f"line {LINES + 1}: changed",
    ),
]


@pytest.mark.parametrize(
    ("statements", "said"), [pytest.param(s, said, id=name) for name, s, said in ATTACKS]
)
def test_whatever_is_done_to_a_line_is_found(
    written: AuditLog, database: Database, statements: tuple[str, ...], said: str
) -> None:
    attack(database, *statements)
    assert str(written.verify().fault) == said


def test_a_chain_made_anew_without_the_key_is_found(written: AuditLog, database: Database) -> None:
    """The attacker knows the algorithm and changes line 4 and every hash after it."""
    with database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM audit ORDER BY seq")).mappings().all()
    statements, previous = [], ""
    for row in rows[3:]:
        actor = "u-9" if row["seq"] == 4 else row["actor"]
        before = previous or row["previous"]
        line = json.dumps(
            [row["seq"], row["time"], actor, row["action"], row["objects"], row["outcome"], row["reason"]]
        )
        previous = _digest(before, line)
        statements.append(
            f"UPDATE audit SET actor = '{actor}', previous = '{before}', hash = '{previous}' WHERE seq = {row['seq']}"
        )
    attack(database, *statements)
    assert str(written.verify().fault) == "line 4: forged"


def test_a_whole_log_of_another_installation_is_found(
    written: AuditLog, database: Database, tmp_path: Path, clock: MovingClock
) -> None:
    with Database.open(f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        other.upgrade()
        forged = AuditLog(other, clock, KeyStore(tmp_path / "other-keys"), tmp_path / "other.anchor")
        for _ in range(LINES):
            forged.append("u-1", "see-catalogue")
        with other.reading() as connection:
            rows = [dict(row) for row in connection.execute(text("SELECT * FROM audit")).mappings()]
    attack(database, "DELETE FROM audit")
    with database.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO audit VALUES (:seq, :time, :actor, :action, :objects, :outcome, :reason, :previous, :hash, :key, :mac)"
            ),
            rows,
        )
    assert str(written.verify().fault) == "line 1: forged"


def test_an_own_line_of_another_past_is_found_by_the_anchor(
    log: AuditLog, database: Database, anchor: Path
) -> None:
    """Lines with good keys, written after going back: the anchor remembers the other line 2."""
    log.append("u-1", "see-audit")
    log.append("u-1", "forget-person", ["person:5"])
    kept = anchor.read_text()
    attack(database, "DELETE FROM audit WHERE seq = 2")
    log.append("u-1", "see-catalogue")
    assert str(log.verify().fault) == "line 2: changed"
    assert anchor.read_text() == kept


ANCHORS: list[tuple[str, Callable[[Path], object], str]] = [
    ("gone", lambda path: path.unlink(), "line 9: no anchor"),
    ("empty", lambda path: path.write_text(""), "line 9: anchor changed"),
    (
        "earlier",
        lambda path: path.write_text(path.read_text().replace('"seq": 9', '"seq": 3')),
        "line 9: anchor changed",
    ),
    (
        "other key",
        lambda path: path.write_text(path.read_text().replace("audit.1", "audit.2")),
        "line 9: anchor changed",
    ),
]


@pytest.mark.parametrize(
    ("change", "said"), [pytest.param(change, said, id=name) for name, change, said in ANCHORS]
)
def test_a_changed_anchor_is_found_and_stays(
    written: AuditLog, anchor: Path, change: Callable[[Path], object], said: str
) -> None:
    change(anchor)
    assert str(written.verify().fault) == said


def test_a_log_and_an_anchor_that_both_vanished_are_missed(
    written: AuditLog, database: Database, anchor: Path
) -> None:
    attack(database, "DELETE FROM audit")
    anchor.unlink()
    assert str(written.verify().fault) == "line 0: no anchor"


def test_going_back_to_an_old_copy_of_both_is_found_by_a_head_noted_elsewhere(
    written: AuditLog, database: Database, anchor: Path, tmp_path: Path
) -> None:
    shutil.copy(anchor, tmp_path / "old.anchor")
    written.append("u-1", "forget-person", ["person:5"])
    noted = written.head()
    attack(database, f"DELETE FROM audit WHERE seq > {LINES}")
    shutil.copy(tmp_path / "old.anchor", anchor)
    assert written.verify().ok, "this is what remains without a witness, and the documentation says so"
    assert str(written.verify(noted).fault) == f"line {LINES + 1}: cut off"
    assert str(written.verify(Head(3, "0" * 64)).fault) == "line 3: changed"


def test_a_crash_between_the_line_and_the_anchor_is_no_fault(
    written: AuditLog, anchor: Path, tmp_path: Path
) -> None:
    shutil.copy(anchor, tmp_path / "before")
    written.append("u-1", "see-audit")
    shutil.copy(tmp_path / "before", anchor)
    assert written.verify().ok


def test_after_a_rotation_old_and_new_lines_are_verified(written: AuditLog, keys: KeyStore) -> None:
    keys.rotate("audit")
    written.append("u-1", "see-audit")
    assert written.verify().ok
    keys.destroy("audit", 1)
    assert str(written.verify().fault) == "line 1: forged"


def test_only_the_owner_may_read_the_anchor(written: AuditLog, anchor: Path) -> None:
    assert stat.S_IMODE(anchor.stat().st_mode) == 0o600


NO_NAMES = [
    "Ivanov",
    "person:Ivanov",
    "person:7 Ivanov",
    "patient:Ivan Ivanov",
    "record:иван",
    "batch:",
    "x" * 300,
    "batch:a\nb",
]


@pytest.mark.parametrize("named", NO_NAMES)
def test_what_is_no_opaque_name_does_not_get_in_and_is_not_repeated(log: AuditLog, named: str) -> None:
    with pytest.raises(AuditFormError) as caught:
        log.append("u-1", "read-person", [named])
    assert "van" not in str(caught.value)
    assert log.head() is None


@pytest.mark.parametrize(
    ("actor", "action", "reason"),
    [("Anna Ivanova", "x", ""), ("u-1", "read person", ""), ("u-1", "x", "because of Ivanov")],
)
def test_actor_action_and_reason_are_names(log: AuditLog, actor: str, action: str, reason: str) -> None:
    with pytest.raises(AuditFormError):
        log.append(actor, action, reason=reason)


def write_lines(url: str, folder: str, name: str) -> None:
    with Database.open(url) as database:
        log = AuditLog(
            database, SystemClock(), KeyStore(Path(folder) / "keys"), Path(folder) / "audit.anchor"
        )
        for number in range(40):
            log.append(name, "read-person", [f"person:{number}"])


def test_two_processes_appending_at_once_make_one_chain(
    log: AuditLog, empty_url: str, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=write_lines, args=(empty_url, str(tmp_path), f"u-{n}")) for n in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    report = log.verify()
    assert (report.ok, report.entries) == (True, 80)
    assert {entry.actor for entry in log.show(limit=80)} == {"u-0", "u-1"}


@pytest.mark.postgres
def test_a_service_that_does_not_own_the_table_can_only_append(
    postgres: Postgres, clock: MovingClock, keys: KeyStore, tmp_path: Path
) -> None:
    """The rights of docs/deployment.md: without them not even the guards can be taken away."""
    name = postgres.create_database()
    with Database.open(postgres.url(name)) as owner:
        owner.upgrade()
        with owner.writing() as connection:
            connection.execute(text("CREATE ROLE service LOGIN PASSWORD 'service'"))
            connection.execute(
                text("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO service")
            )
            connection.execute(text("REVOKE UPDATE, DELETE ON audit, alembic_version FROM service"))
    with Database.open(f"postgresql://service:service@127.0.0.1:{postgres.port}/{name}") as database:
        database.check()
        log = AuditLog(database, clock, keys, tmp_path / "service.anchor")
        log.append("u-1", "see-audit")
        for statement in (
            "DROP TRIGGER audit_no_change ON audit",
            "DELETE FROM audit",
            "TRUNCATE audit",
            "DROP TABLE audit",
        ):
            with pytest.raises(LakmusError, match="InsufficientPrivilege"):
                execute(database, statement)
        assert log.verify().entries == 1


def execute(database: Database, statement: str) -> None:
    with database.writing() as connection:
        connection.execute(text(statement))
