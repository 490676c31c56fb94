"""The whole way: a region's records in, a data set out, read by who may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import lakmus
from lakmus.app.demo import Demo, prepare
from lakmus.app.quality import CountedQuality
from lakmus.app.reading import OpenTables, Records
from lakmus.app.serving import portal, worker
from lakmus.cli import build
from lakmus.cli.common import progress
from lakmus.core.errors import NotFoundError
from lakmus.lake.person import OnePerson
from tests.portal.serving import served

PATIENTS = 300
VIEW = {
    "resourceType": "ViewDefinition",
    "name": "people",
    "resource": "Patient",
    "status": "active",
    "select": [{"column": [{"name": "id", "path": "id"}]}],
}


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    made = Demo(prepare(folder), folder, said.append, progress)
    made.run(None, PATIENTS)
    yield made
    made.app.close()


def test_a_data_set_comes_out(demo: Demo, tmp_path: Path) -> None:
    source = demo.app.settings.release.path
    release = lakmus.load("population-basics@1", source, cache=tmp_path)
    assert release["patients"].arrow().num_rows > PATIENTS * 0.9
    assert release["patients"].polars().height == len(release["patients"].pandas())


def test_run_again_it_goes_on_from_there(demo: Demo, said: list[str]) -> None:
    snapshot, before = demo.app.lake.snapshot(), len(said)
    demo.run(None, PATIENTS)
    assert any(text.startswith("published before") for text in said[before:])
    assert demo.app.lake.snapshot() >= snapshot
    assert demo.passwords.stat().st_mode & 0o077 == 0
    assert len(demo.passwords.read_text().splitlines()) == 4


def test_the_catalogue_shows_it_and_a_client_loads_from_it(demo: Demo, tmp_path: Path) -> None:
    with served(portal(demo.app)) as address:
        assert "population-basics" in httpx.get(f"{address}/catalogue").text
        assert httpx.get(f"{address}/ready").json() == {"status": "ready"}
        release = lakmus.load("population-basics", address, cache=tmp_path)
        assert release["patients"].arrow().num_rows > 0


def test_releases_are_shown_listed_and_verified_by_commands(
    demo: Demo, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAKMUS_DATA", str(demo.folder))
    printed = {}
    for command in ("list", "show", "verify", "recipes"):
        asked = ["release", command, *(["population-basics@1"] if command in ("show", "verify") else [])]
        build(asked)(asked, standalone_mode=False)
        printed[command] = capfd.readouterr().out
    assert "population-basics@1.0.0" in printed["list"]
    assert "k-anonymity does not cover" in printed["show"]
    assert "0 faults" in printed["verify"]
    assert "hypertension-cohort" in printed["recipes"]


class TestOpen:
    @pytest.fixture
    def records(self, demo: Demo) -> Iterator[Records]:
        with lakmus.open(demo.folder) as found:
            assert isinstance(found, Records)
            yield found

    def test_tables(self, records: Records) -> None:
        patients = records.table("Patient")
        assert patients.arrow().num_rows >= PATIENTS
        assert patients.polars().height == len(patients.pandas()) == patients.duckdb().shape[0]

    def test_views(self, records: Records) -> None:
        assert records.view(VIEW).arrow().column_names == ["id"]

    def test_an_unknown_type_says_what_there_is(self, records: Records) -> None:
        with pytest.raises(NotFoundError, match="Patient"):
            records.table("Patent")

    def test_every_read_is_in_the_audit_log(self, records: Records, demo: Demo) -> None:
        before = len(demo.app.audit.show(action="query-identified", limit=10_000))
        records.table("Patient").arrow()
        records.view(VIEW).arrow()
        (view, table, *_) = demo.app.audit.show(action="query-identified", limit=10_000)
        assert view.objects == ("view:people", f"snapshot:{records.snapshot}")
        assert table.objects == ("type:Patient", f"snapshot:{records.snapshot}")
        assert len(demo.app.audit.show(action="query-identified", limit=10_000)) == before + 2

    def test_one_person(self, records: Records, demo: Demo) -> None:
        number = records.table("Patient").arrow()["lk_person"][0].as_py()
        person = records.person(number)
        assert isinstance(person, OnePerson)
        assert len(list(person.resources("Patient"))) >= 1
        (line,) = demo.app.audit.show(action="read-person", about=f"person:{number}")
        assert line.outcome == "allowed"

    def test_the_open_lake_has_releases_and_no_records(self, demo: Demo) -> None:
        with lakmus.open(demo.app.settings.lake.open_path) as found:
            assert isinstance(found, OpenTables)
            assert "population-basics@1.0.0" in found.releases()
            assert found.table("population-basics@1.0.0", "patients").arrow().num_rows > 0
            with pytest.raises(NotFoundError):
                found.table("population-basics@1.0.0", "Patient")


def test_an_upload_is_taken_in_by_a_worker_and_counted(demo: Demo, tmp_path: Path) -> None:
    app = demo.app
    token = app.sites.issue("city-1", "gateway")
    body = "\n".join(
        json.dumps({"resourceType": "Patient", "id": f"new{n}", "gender": "female"}) for n in range(3)
    )
    headers = {"authorization": f"Bearer {token}", "content-type": "application/fhir+ndjson"}
    with served(portal(app)) as address:
        answer = httpx.post(f"{address}/fhir", content=body, headers=headers)
    assert answer.status_code in (200, 202), answer.text
    at_work = worker(app, "test")
    while at_work.run_one():
        pass
    assert CountedQuality(app.settings.data).report("city-1").snapshot == app.lake.snapshot()
    assert len(list(app.lake.resources("Patient", where="id LIKE 'new%'"))) == 3
