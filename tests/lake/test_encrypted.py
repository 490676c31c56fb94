"""Nothing of a person stands in clear where records are: every byte of the data folder is searched."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from lakmus.core.clock import FixedClock
from lakmus.intake.batch import Intake
from lakmus.lake import IdentifiedLake
from lakmus.lake.maintenance import compact, rotate_keys
from lakmus.ops import KeyStore, Sealer
from tests.support.chunks import NOON

PLANTED = ("Zhukovskaya", "Berezovsky", "1971-03-17", "+7-900-555-0199", "Tuchkov-lane", "ssn-4471-AX")
PATIENTS = [
    {
        "resourceType": "Patient",
        "id": f"p{n}",
        "name": [{"family": PLANTED[0], "given": [PLANTED[1]]}],
        "birthDate": PLANTED[2],
        "telecom": [{"system": "phone", "value": PLANTED[3]}],
        "address": [{"line": [PLANTED[4]]}],
        "identifier": [{"system": "urn:x", "value": PLANTED[5]}],
    }
    for n in range(50)
]
REFUSED = PATIENTS[0] | {"id": "bad", "gender": "SECRET"}


@pytest.fixture
def folder(tmp_path):
    """A lake with planted records, a changed one, an older version of one, and a refused one."""
    sealer = Sealer(KeyStore(tmp_path / "keys"), "quarantine")
    texts = [*map(json.dumps, PATIENTS), json.dumps(REFUSED)]
    newer = PATIENTS[0] | {"meta": {"lastUpdated": "2026-01-01T00:00:00Z"}, "gender": "female"}
    older = PATIENTS[0] | {"meta": {"lastUpdated": "2025-01-01T00:00:00Z"}}
    with IdentifiedLake.create(tmp_path / "lake", threads=2) as lake:
        intake = Intake(lake, FixedClock(NOON), sealer.seal, workers=1)
        for name, sent in (("a", texts), ("b", [json.dumps(newer)]), ("c", [json.dumps(older)])):
            (tmp_path / f"{name}.ndjson").write_text("\n".join(sent))
            intake.take_in(tmp_path / f"{name}.ndjson", "north")
    return tmp_path / "lake"


def found_in(folder):
    """Planted texts by the file they stand in."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {
        (file.relative_to(folder).as_posix(), text)
        for file in files
        for text in PLANTED
        if text.encode() in file.read_bytes()
    }


def test_no_byte_of_the_data_folder_tells(folder):
    assert any((folder / "data").rglob("*.parquet"))
    assert found_in(folder / "data") == set()


def test_the_catalog_holds_the_smallest_and_largest_values_as_the_security_page_says(folder):
    """Why the catalog is identified data, kept apart from the data folder and owner-only."""
    assert {text for _, text in found_in(folder / "catalog")} >= {"Zhukovskaya", "1971-03-17"}
    said = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
    assert "smallest and largest value of each column" in said
    assert all(file.stat().st_mode & 0o077 == 0 for file in (folder / "catalog").iterdir())


def test_nor_after_compaction_and_rotation(folder):
    with IdentifiedLake.open(folder) as lake:
        compact(lake)
        rotate_keys(lake, datetime.now(UTC))
        assert len(list(lake.resources("Patient"))) == len(PATIENTS)
    assert found_in(folder / "data") == set()


def test_the_search_would_find_them(folder, tmp_path):
    """The control: the same rows as plain Parquet."""
    with IdentifiedLake.open(folder) as lake, lake.cursor() as cursor:
        rows = cursor.execute('SELECT * FROM lake."Patient"').to_arrow_table()
    (tmp_path / "plain").mkdir()
    duckdb.from_arrow(rows).write_parquet(str(tmp_path / "plain" / "x.parquet"))
    assert {text for _, text in found_in(tmp_path / "plain")} == set(PLANTED)


def test_rotation_changes_no_row(folder):
    def everything(lake):
        tables = "SELECT schema_name || '.\"' || table_name || '\"' FROM duckdb_tables() WHERE database_name = 'lake'"
        with lake.cursor() as cursor:
            names = [name for (name,) in cursor.execute(tables).fetchall()]
            return {
                name: cursor.execute(f"SELECT * FROM lake.{name} ORDER BY ALL").fetchall()
                for name in names
                if not name.endswith('"settings"')  # counts the turns of writers
            }

    with IdentifiedLake.open(folder) as lake:
        before = everything(lake)
        rotate_keys(lake, datetime.now(UTC))
        after = everything(lake)
    assert sum(map(len, before.values())) > len(PATIENTS)
    assert after == before


def test_rotated_files_are_under_other_keys(folder):
    def keys(lake):
        with lake.cursor() as cursor:
            query = "SELECT encryption_key FROM __ducklake_metadata_lake.ducklake_data_file WHERE end_snapshot IS NULL"
            return {key for (key,) in cursor.execute(query).fetchall()}

    with IdentifiedLake.open(folder) as lake:
        before = keys(lake)
        rotate_keys(lake, datetime.now(UTC))
        assert before
        assert not before & keys(lake)
        with lake.cursor() as cursor:
            every = cursor.execute(
                "SELECT encryption_key FROM __ducklake_metadata_lake.ducklake_data_file"
            ).fetchall()
        assert not before & {key for (key,) in every}  # old files are gone, and so are their keys


def test_what_is_spilled_tells_nothing(tmp_path):
    with IdentifiedLake.create(tmp_path / "lake", threads=2, memory="60MB") as lake, lake.cursor() as cursor:
        rows = f"SELECT hash(i)::VARCHAR || '{PLANTED[0]}' FROM range(2000000) numbers(i)"
        cursor.execute(f"CREATE TEMP TABLE many AS {rows}")
        spilled = [file.read_bytes() for file in (tmp_path / "lake" / "spill").iterdir()]
    assert sum(map(len, spilled)) > 1_000_000
    assert not any(PLANTED[0].encode() in held for held in spilled)
