"""Terminology from files: what forms come in, what faults cost."""

import gzip
import json
from pathlib import Path

import pytest

from lakmus.core.errors import ConflictError, InputError
from lakmus.terminology import LocalTerminology, install
from lakmus.terminology.records import ConceptRecord, SystemRecord
from lakmus.terminology.store import Store

SYSTEM = {"resourceType": "CodeSystem", "url": "urn:s", "concept": [{"code": "a"}, {"code": "b"}]}
VALUES = {"resourceType": "ValueSet", "url": "urn:v", "compose": {"include": [{"system": "urn:s"}]}}
MAPS = {
    "resourceType": "ConceptMap",
    "url": "urn:m",
    "group": [{"source": "urn:s", "target": "urn:t", "element": [{"code": "a", "target": [{"code": "x"}]}]}],
}


@pytest.fixture
def terminology():
    with LocalTerminology.in_memory() as terminology:
        yield terminology


def counts(report):
    return report.systems, report.value_sets, report.maps, report.concepts, report.mappings


def test_resources_bundles_and_lines_plain_and_packed(terminology, tmp_path):
    (tmp_path / "system.json").write_text(json.dumps(SYSTEM))
    bundle = {"resourceType": "Bundle", "entry": [{"resource": VALUES}, {"resource": MAPS}]}
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "all.json.gz").write_bytes(gzip.compress(json.dumps(bundle).encode()))
    (tmp_path / "more.ndjson").write_text(
        json.dumps(SYSTEM | {"url": "urn:s2"}) + "\n\n" + json.dumps({"resourceType": "Patient"})
    )
    told = []
    report = install(terminology, tmp_path, progress=lambda *news: told.append(news))
    assert counts(report) == (2, 1, 1, 4, 1)
    assert report.problems == ()
    assert told == [("all.json.gz", 1, 3), ("more.ndjson", 2, 3), ("system.json", 3, 3)]
    assert terminology.expand("urn:v").total == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b"{", "not JSON"),
        ("a.json", b'"\xff"', "not JSON"),
        ("a.json", b"[" * 100_000, "not JSON"),
        ("a.json", b"{}", "resourceType"),
        ("a.json.gz", b"no gzip", "cannot be read"),
        ("a.json.gz", gzip.compress(b"x" * 100_000)[:-20], "cannot be read"),
        ("a.ndjson", b"{\n", "a.ndjson:1"),
    ],
)
def test_a_fault_is_said_and_the_rest_goes_on(terminology, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "z.json").write_text(json.dumps(SYSTEM))
    report = install(terminology, tmp_path)
    assert report.systems == 1
    (problem,) = report.problems
    assert said in str(problem)


def test_nothing_there_is_an_error(terminology, tmp_path):
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(InputError):
            install(terminology, path)


def test_a_file_larger_than_the_bound_is_not_unpacked(terminology, tmp_path, monkeypatch):
    monkeypatch.setattr("lakmus.terminology.from_files.LARGEST_FILE", 1000)
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b" " * 10_000_000))
    assert "1000 bytes" in str(install(terminology, tmp_path).problems[0])


def test_a_failed_record_leaves_nothing_behind(terminology):
    def concepts():
        yield ConceptRecord("a")
        raise InputError("broken in the middle")

    with pytest.raises(InputError):
        terminology.add(SystemRecord("urn:s", "1", "", concepts()))
    assert terminology.installed() == []


def test_a_store_in_a_file_is_there_again(tmp_path):
    path = tmp_path / "terms.db"
    (tmp_path / "system.json").write_text(json.dumps(SYSTEM))
    with LocalTerminology.open(path) as terminology:
        install(terminology, tmp_path / "system.json")
    with LocalTerminology.open(path, read_only=True) as terminology:
        assert terminology.lookup("urn:s", "a").code == "a"


def test_what_is_no_store_is_said(tmp_path):
    other = tmp_path / "other.db"
    other.write_text("something else, long enough to be looked at" * 100)
    with pytest.raises(InputError, match=r"other\.db"):
        Store(other)
    with pytest.raises(InputError):
        Store(tmp_path / "missing.db", read_only=True)


def test_a_store_of_another_format_is_refused(tmp_path):
    path = tmp_path / "terms.db"
    store = Store(path)
    store.rows("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(ConflictError, match="99"):
        Store(path)


def write_books(folder: Path, entries, **files):
    (folder / "index.json").write_text(json.dumps(entries))
    for name, rows in files.items():
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.ndjson.gz").write_bytes(gzip.compress(lines.encode()))


def entry(**changes):
    return {
        "oid": "1.2.3",
        "version": "1.0",
        "name": "Книга",
        "columns": ["ID", "NAME"],
        "file": "a.ndjson.gz",
    } | changes


def test_a_book_without_a_layout_is_read_by_its_usual_columns(terminology, tmp_path):
    rows = [
        {"ID": "1", "NAME": "Один"},
        {"ID": "2", "NAME": "Два", "PARENT": "1", "ACTUAL": "0", "SYNONYMS": "Пара; Двойка"},
        {"ID": "", "NAME": "Ничей"},
    ]
    write_books(tmp_path, [entry(columns=["ID", "NAME", "PARENT", "ACTUAL", "SYNONYMS"])], a=rows)
    assert counts(install(terminology, tmp_path)) == (1, 0, 0, 2, 0)
    two = terminology.lookup("urn:oid:1.2.3", "2")
    assert (two.display, two.active, two.parents) == ("Два", False, ("1",))
    assert [d.text for d in two.designations] == ["Пара", "Двойка"]


def test_where_a_code_stands_twice_the_row_in_force_wins(terminology, tmp_path):
    rows = [
        {"ID": "1", "NAME": "Старое", "ACTUAL": "0"},
        {"ID": "1", "NAME": "Новое", "ACTUAL": "1"},
        {"ID": "1", "NAME": "Иное", "ACTUAL": "1"},
    ]
    write_books(tmp_path, [entry(columns=["ID", "NAME", "ACTUAL"])], a=rows)
    install(terminology, tmp_path)
    assert terminology.lookup("1.2.3", "1").display == "Новое"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"oid": "1"}, "needs oid"),
        ("x", "needs oid"),
        (entry(file="../../etc/passwd"), "in the folder"),
        (entry(file="none.ndjson.gz"), "cannot be read"),
        (entry(columns=["X"]), "no column"),
    ],
)
def test_a_faulty_book_does_not_stop_the_others(terminology, tmp_path, bad, said):
    write_books(tmp_path, [bad, entry(oid="9")], a=[{"ID": "1", "NAME": "Один"}])
    report = install(terminology, tmp_path)
    assert report.systems == 1
    assert said in str(report.problems[0])
