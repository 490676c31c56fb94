"""A copy taken while the lake is written, and a lake of an older format."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from lakmus.core.errors import ConflictError, InputError, NotFoundError, TemporaryError, UnsupportedError
from lakmus.lake import IdentifiedLake, formats
from lakmus.lake.backup import backup, restore
from lakmus.lake.location import Location
from lakmus.lake.maintenance import compact, expire
from tests.support.chunks import NOON, chunk


def ids(lake, kind="Patient"):
    return sorted(record["id"] for record in lake.resources(kind))


def fill(lake, count=3):
    for number in range(count):
        lake.commit(chunk(batch=f"b{number}", Patient=[{"id": f"p{number}", "gender": "male"}]))


def test_a_copy_reads_as_the_lake_did(lake, tmp_path):
    fill(lake)
    lake.commit(chunk(batch="b9", Patient=[{"id": "p0", "gender": "female"}]))
    copied = backup(lake.location, tmp_path / "copy")
    assert copied.files > 0
    fill(lake, 5)
    restore(tmp_path / "copy", tmp_path / "again")
    with IdentifiedLake.open(tmp_path / "again") as found:
        assert ids(found) == ["p0", "p1", "p2"]
        assert {r["gender"] for r in found.resources("Patient", where="id = 'p0'")} == {"female"}
        fill(found, 4)
        assert ids(found) == ["p0", "p1", "p2", "p3"]


def test_a_copy_taken_while_others_write_is_one_of_the_snapshots(lake, tmp_path):
    fill(lake, 1)
    stop = threading.Event()

    def write():
        for number in range(1, 60):
            if stop.is_set():
                return
            lake.commit(chunk(batch=f"w{number}", Patient=[{"id": f"w{number:02}", "gender": "male"}]))

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(3):
        backup(lake.location, tmp_path / f"copy{number}")
    stop.set()
    writer.join()
    for number in range(3):
        with IdentifiedLake.open(tmp_path / f"copy{number}") as found:
            written = [name for name in ids(found) if name.startswith("w")]
            assert written == [f"w{n:02}" for n in range(1, len(written) + 1)]


def test_a_table_that_was_written_again_is_copied_with_its_past(lake, tmp_path):
    lake.commit(chunk(Observation=[{"id": "a", "note": [{"text": "x"}]}]))
    lake.commit(chunk(batch="b2", Observation=[{"id": "b", "note": [{"time": "y"}]}]))
    compact(lake)
    snapshots = range(1, lake.snapshot() + 1)
    backup(lake.location, tmp_path / "copy")
    with IdentifiedLake.open(tmp_path / "copy") as found:
        for version in snapshots:
            if "Observation" in lake.resource_types(version):
                was = list(lake.resources("Observation", version=version))
                assert list(found.resources("Observation", version=version)) == was


def test_an_unfinished_copy_is_finished(lake, tmp_path):
    fill(lake)
    backup(lake.location, tmp_path / "copy")
    (tmp_path / "copy" / "lake.json").unlink()
    lost = next((tmp_path / "copy" / "data").rglob("*.parquet"))
    lost.write_bytes(b"half")
    backup(lake.location, tmp_path / "copy")
    with IdentifiedLake.open(tmp_path / "copy") as found:
        assert ids(found) == ["p0", "p1", "p2"]


def test_files_expired_meanwhile_are_told(lake, tmp_path):
    fill(lake)

    def expired(part, step):
        compact(lake)
        expire(lake, NOON + timedelta(days=100_000))

    with pytest.raises(TemporaryError, match="removed while"):
        backup(lake.location, tmp_path / "copy", expired)
    with pytest.raises(NotFoundError):
        IdentifiedLake.open(tmp_path / "copy")


class TestRefused:
    def test_a_finished_copy_is_not_overwritten(self, lake, tmp_path):
        backup(lake.location, tmp_path / "copy")
        with pytest.raises(ConflictError):
            backup(lake.location, tmp_path / "copy")

    def test_a_lake_is_not_overwritten(self, lake, tmp_path):
        backup(lake.location, tmp_path / "copy")
        with pytest.raises(ConflictError):
            restore(tmp_path / "copy", lake.location.folder)

    def test_what_is_no_copy(self, tmp_path):
        with pytest.raises(NotFoundError):
            restore(tmp_path, tmp_path / "again")

    @pytest.mark.parametrize(("catalog", "data"), [("postgres:dbname=x", "data"), ("c.sqlite", "s3://b/x")])
    def test_what_has_tools_of_its_own(self, tmp_path, catalog, data):
        with pytest.raises(UnsupportedError):
            backup(Location(tmp_path, "identified", catalog, data), tmp_path / "copy")


class TestFormats:
    @pytest.fixture
    def first_format(self, tmp_path):
        """A lake as the first format had it."""
        with IdentifiedLake.create(tmp_path / "old") as lake:
            fill(lake)
            with lake.transaction() as cursor:
                cursor.execute(
                    "DROP TABLE lake.lk.upgrades; DROP TABLE lake.lk.runs; DROP SCHEMA lake.results"
                )
                cursor.execute("DELETE FROM lake.lk.settings WHERE name = 'turn'")
                cursor.execute("ALTER TABLE lake.lk.quarantine RENAME patients TO person_token")
                cursor.execute("UPDATE lake.lk.settings SET value = '1' WHERE name = 'format'")
        return tmp_path / "old"

    def test_an_older_lake_is_upgraded_before_it_is_opened(self, first_format):
        with pytest.raises(InputError, match="lakmus upgrade"):
            IdentifiedLake.open(first_format)
        with IdentifiedLake.open_as_it_is(first_format) as lake:
            assert formats.upgrade(lake, NOON, "0.1.0") == [2, 3]
            assert formats.upgrade(lake, NOON, "0.1.0") == []
        with IdentifiedLake.open(first_format) as lake, lake.cursor() as cursor:
            assert ids(lake) == ["p0", "p1", "p2"]
            noted = cursor.execute("SELECT format, version FROM lake.lk.upgrades").fetchall()
            assert noted == [(2, "0.1.0"), (3, "0.1.0")]

    def test_a_newer_lake_is_left_alone(self, lake):
        with lake.transaction() as cursor:
            cursor.execute("UPDATE lake.lk.settings SET value = '99' WHERE name = 'format'")
        with pytest.raises(InputError, match="newer Lakmus"):
            IdentifiedLake.open(lake.location.folder)

    def test_there_is_a_step_from_every_format_to_the_next(self):
        assert sorted(formats.STEPS) == list(range(1, formats.LAKE_FORMAT))
