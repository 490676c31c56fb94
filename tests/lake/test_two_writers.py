"""Two processes write to one lake at once: nothing is lost, nothing is there twice, whoever reads sees whole chunks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lakmus.core.errors import InputError
from lakmus.lake import IdentifiedLake

EACH = 12
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def folder(request, tmp_path, monkeypatch):
    """A lake whose catalog is SQLite, or a database of a real PostgreSQL server."""
    catalog = ""
    if request.param == "postgres":
        server = request.getfixturevalue("postgres")
        database = server.create_database()
        monkeypatch.setenv("PGPASSWORD", server.password)
        catalog = f"postgres:host=127.0.0.1 port={server.port} user=lakmus dbname={database}"
    IdentifiedLake.create(tmp_path / "lake", catalog=catalog).close()
    return tmp_path / "lake"


def start(folder, writer):
    command = [sys.executable, "-m", "tests.support.lake_writer", str(folder), writer, str(EACH)]
    return subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_two_processes_write_at_once(folder):
    writers = [start(folder, name) for name in ("a", "b")]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.close()
    seen = []
    with IdentifiedLake.open(folder) as lake:
        while any(writer.poll() is None for writer in writers):
            seen.append(sorted(r["id"] for r in lake.resources("Patient")))
        found = sorted(r["id"] for r in lake.resources("Patient"))
        with lake.cursor() as cursor:
            receipts = cursor.execute(
                "SELECT count(*), sum(created), sum(unchanged) FROM lake.lk.receipts"
            ).fetchone()
    for writer in writers:
        writer.stdout.close()
    assert [writer.returncode for writer in writers] == [0, 0]
    assert found == sorted([f"{w}-{n}" for w in ("a", "b", "both") for n in range(EACH)])
    assert receipts == (2 * EACH, 3 * EACH, EACH)
    for ids in seen:  # a chunk is there with both of its records, or not at all
        own = {name.split("-")[1] for name in ids if not name.startswith("both")}
        assert own == {name.split("-")[1] for name in ids if name.startswith("both")}


@pytest.mark.postgres
def test_a_server_that_is_away_is_told_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "SECRETWORD")
    with pytest.raises(InputError, match="cannot be attached") as told:
        IdentifiedLake.create(tmp_path / "lake", catalog="postgres:host=127.0.0.1 port=9 user=x dbname=y")
    assert "SECRETWORD" not in str(told.value)
