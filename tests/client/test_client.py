"""The client against a real server: loads, resumes, and trusts nothing it is told."""

import hashlib
import json
import subprocess
import sys

import pytest
from starlette.responses import Response

from lakmus.client import get, load, manifest
from lakmus.core.errors import InputError, LakmusError, NotFoundError, RefusedError, TemporaryError
from tests.client.conftest import ROWS, publish

PEOPLE = "data/people.parquet"


def test_from_a_folder(releases):
    release = load("cohort@1", source=releases)
    assert (release.id, list(release)) == ("cohort@1.0.0", ["people"])
    assert release["people"].arrow().num_rows == ROWS
    assert release["people"].pandas().shape == (ROWS, 2)
    assert release["people"].polars().height == ROWS
    assert release["people"].duckdb().aggregate("max(age)").fetchone() == (ROWS - 1,)
    assert release.schema()[0]["name"] == "people"


def test_from_a_server_each_file_once(server, tmp_path):
    for _ in range(2):
        release = load("cohort@1", source=server.url, cache=tmp_path / "cache")
        assert release["people"].arrow().num_rows == ROWS
    assert server.asked == [(PEOPLE, "")]


def test_versions(releases):
    for version in ("1.9", "1.10", "2.0"):
        publish(releases, version=version, rows=3)
    found = {wanted: load(wanted, source=releases).id for wanted in ("cohort", "cohort@1", "cohort@1.9")}
    assert found == {"cohort": "cohort@2.0", "cohort@1": "cohort@1.10", "cohort@1.9": "cohort@1.9"}


def test_get_leaves_what_is_itself_a_source(server, tmp_path):
    told = []
    folder = get("cohort@1", server.url, tmp_path / "to", progress=lambda *step: told.append(step))
    assert folder == tmp_path / "to/cohort/1.0.0"
    assert load("cohort@1", source=tmp_path / "to")["people"].arrow().num_rows == ROWS
    assert told[-1][2] == "schema.json"
    assert all(there <= total for there, total, _ in told)
    sums = (folder / "SHA256SUMS").read_text()
    assert f"{hashlib.sha256((folder / PEOPLE).read_bytes()).hexdigest()}  {PEOPLE}\n" in sums
    assert (
        subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=False).returncode == 0
    )


def test_get_from_a_folder(releases, tmp_path):
    folder = get("cohort", releases, tmp_path / "to", only=lambda file: file.path == PEOPLE)
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert names == {PEOPLE, "manifest.json", "SHA256SUMS"}


def test_an_interrupted_download_goes_on_where_it_stopped(server, tmp_path, patience):
    server.cut_after, server.cuts = 100_000, 3
    folder = get("cohort@1", server.url, tmp_path, patience=patience)
    assert hashlib.sha256((folder / PEOPLE).read_bytes()).digest() == hashlib.sha256((server.folder / "cohort/1.0.0" / PEOPLE).read_bytes()).digest()  # fmt: skip
    ranges = [asked for path, asked in server.asked if path == PEOPLE]
    assert ranges[0] == ""
    starts = [int(r.removeprefix("bytes=").rstrip("-")) for r in ranges[1:]]
    assert len(starts) == 3
    assert starts == sorted(set(starts))
    assert starts[0] > 0
    assert not list(folder.rglob("*.part"))


def test_a_killed_download_goes_on_in_the_next_call(server, tmp_path, patience):
    server.cut_after, server.cuts = 100_000, 1

    def killed(there, total, name):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get("cohort@1", server.url, tmp_path, patience=patience, progress=killed)
    assert not (tmp_path / "cohort/1.0.0/manifest.json").exists()
    part = tmp_path / "cohort/1.0.0/data/people.parquet.part"
    had = part.stat().st_size
    assert had > 0
    get("cohort@1", server.url, tmp_path, patience=patience)
    assert server.asked[1] == (PEOPLE, f"bytes={had}-")


def test_a_server_without_ranges_is_asked_from_the_start(server, tmp_path, patience):
    part = tmp_path / "cohort/1.0.0/data/people.parquet.part"
    part.parent.mkdir(parents=True)
    whole = (server.folder / "cohort/1.0.0" / PEOPLE).read_bytes()
    part.write_bytes(whole[:1000])
    server.replies = [None, Response(whole)]
    assert get("cohort@1", server.url, tmp_path, patience=patience).is_dir()


def test_what_an_earlier_call_left_may_be_wrong(server, tmp_path, patience):
    part = tmp_path / "cohort/1.0.0/data/people.parquet.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1000)
    folder = get("cohort@1", server.url, tmp_path, patience=patience)
    assert load("cohort@1", source=tmp_path)["people"].arrow().num_rows == ROWS
    assert [asked for path, asked in server.asked if path == PEOPLE] == ["bytes=1000-", ""]
    assert folder.is_dir()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_it_tries_again_with_growing_pauses(server, tmp_path, patience, status):
    server.replies = [
        None,
        Response(status_code=status, headers={"Retry-After": "7"}),
        Response(status_code=status),
    ]
    get("cohort@1", server.url, tmp_path, patience=patience)
    assert patience.slept == [7.0, 1.0]


def test_it_gives_up_and_says_so(server, tmp_path, patience):
    server.cut_after, server.cuts = 0, 99
    with pytest.raises(TemporaryError, match="goes on where it stopped"):
        get("cohort@1", server.url, tmp_path, patience=patience)


def test_nobody_answers(tmp_path, patience):
    with pytest.raises(TemporaryError, match="no connection"):
        get("cohort@1", "http://127.0.0.1:9", tmp_path, patience=patience)


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (Response(status_code=404), NotFoundError, "has no data/people.parquet"),
        (Response(status_code=403), RefusedError, "does not give out"),
        (Response(status_code=302, headers={"location": "http://127.0.0.1:1/"}), InputError, "status 302"),
        (Response(b"x" * 10_000_000), InputError, "sent more of"),
        (Response(b"x", headers={"content-encoding": "gzip"}), InputError, "compressed"),
        (Response(b"x", 206, headers={"content-range": "bytes 0-0/1"}), InputError, "another range|SHA-256"),
    ],
)
def test_bad_answers(server, tmp_path, patience, reply, error, message):
    server.replies = [None, reply, reply]
    if reply.status_code == 206:
        part = tmp_path / "cohort/1.0.0/data/people.parquet.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(b"PAR1")
    with pytest.raises(error, match=message):
        get("cohort@1", server.url, tmp_path, patience=patience)
    assert not (tmp_path / "cohort/1.0.0" / PEOPLE).exists()


def test_a_changed_file_is_never_handed_on(server, tmp_path, patience):
    path = server.folder / "cohort/1.0.0" / PEOPLE
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="another SHA-256"):
        get("cohort@1", server.url, tmp_path, patience=patience)
    assert [p.name for p in (tmp_path / "cohort/1.0.0").rglob("*") if p.is_file()] == []
    with pytest.raises(InputError, match="not what the manifest states"):
        load("cohort@1", source=server.folder)["people"]


GOOD = {"path": "a.txt", "bytes": 1, "sha256": "0" * 64}


@pytest.mark.parametrize(
    "entry",
    [
        GOOD | {"path": "../a.txt"},
        GOOD | {"path": "/etc/passwd"},
        GOOD | {"path": "data/../../a"},
        GOOD | {"path": "data//a"},
        GOOD | {"path": "..\\a"},
        GOOD | {"path": "C:a"},
        GOOD | {"path": "con.txt"},
        GOOD | {"path": "a\x00b"},
        GOOD | {"path": "a/b/c/d/e"},
        GOOD | {"path": ".bashrc"},
        GOOD | {"path": "Manifest.json"},
        GOOD | {"path": "a.part"},
        GOOD | {"path": 7},
        GOOD | {"bytes": -1},
        GOOD | {"bytes": 2**60},
        GOOD | {"bytes": True},
        GOOD | {"bytes": "1"},
        GOOD | {"sha256": "0" * 63},
        GOOD | {"sha256": None},
        "a.txt",
    ],
)
def test_a_hostile_manifest(entry):
    with pytest.raises(InputError):
        manifest.read(json.dumps({"name": "a", "version": "1", "files": [entry]}).encode(), "a", "1")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"name": "b", "version": "1", "files": []}',
        b'{"name": "a", "version": "1"}',
    ],
)
def test_no_manifest(text):
    with pytest.raises(InputError):
        manifest.read(text, "a", "1")


def test_two_paths_that_are_one_on_some_systems():
    files = [GOOD, GOOD | {"path": "A.TXT"}]
    with pytest.raises(InputError, match="twice"):
        manifest.read(json.dumps({"name": "a", "version": "1", "files": files}).encode(), "a", "1")


def test_a_manifest_without_end(server, tmp_path, patience, monkeypatch):
    monkeypatch.setattr(manifest, "LARGEST_JSON", 1000)
    server.replies = [Response(b"x" * 2000)]
    with pytest.raises(InputError, match="larger than 1000 bytes"):
        get("cohort@1", server.url, tmp_path, patience=patience)


@pytest.mark.parametrize("name", ["", "cohort@", "Cohort@x", "../x@1", "cohort@1/..", "cohort@9", "other"])
def test_names_that_mean_nothing(releases, name):
    if name == "cohort@":  # no version: the newest
        assert load(name, source=releases).id == "cohort@1.0.0"
        return
    with pytest.raises(LakmusError):
        load(name, source=releases)


@pytest.mark.parametrize("where", ["ftp://x", "https://", "http://x?y=1", "/no/such/folder"])
def test_sources_that_are_none(where):
    with pytest.raises(LakmusError):
        load("cohort", source=where)


def test_a_table_that_is_not_there(releases):
    with pytest.raises(NotFoundError, match="no table persons") as raised:
        load("cohort", source=releases)["persons"]
    assert "people" in raised.value.hint


@pytest.mark.parametrize("library", ["pandas", "polars", "duckdb"])
def test_a_library_that_is_not_installed(releases, monkeypatch, library):
    table = load("cohort", source=releases)["people"]
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError) as raised:
        getattr(table, library)()
    assert raised.value.hint == f"pip install {library}"


def test_no_room(server, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 10}))
    with pytest.raises(InputError, match="less room"):
        get("cohort", server.url, tmp_path)


def test_it_is_light():
    """Importing it brings neither the server's libraries nor another room than core."""
    program = "import sys, lakmus.client; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"duckdb", "pandas", "polars", "fastapi", "starlette", "sqlalchemy", "yaml"}
    assert not heavy & set(loaded)
    rooms = {name.split(".")[1] for name in loaded if name.startswith("lakmus.")}
    assert rooms <= {"client", "core"}
