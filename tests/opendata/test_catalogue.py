"""The catalogue: what is found, what a page shows, what a server hands out."""

import threading
import time

import pytest
import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from lakmus.client import get, load
from lakmus.core.errors import NotFoundError
from lakmus.opendata.catalogue import Catalogue
from lakmus.opendata.releases import build, read, read_recipe, verify


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two data sets; the first in two versions, the second version with another column and fewer persons."""
    from lakmus.privacy import ReleaseKey
    from tests.opendata.conftest import RECIPE, TYPES, Region, people

    folder, key = tmp_path_factory.mktemp("releases"), ReleaseKey(b"k" * 32)
    rows = list(people())
    region = Region({"Patient": rows, "Encounter": []}, TYPES)
    build(read_recipe(RECIPE), 1, region.run_view, key, folder)
    document = yaml.safe_load(RECIPE.replace("2024-01-01", '"2024-01-01"'))
    document |= {"version": "1.1.0", "published": "2025-02-01"}
    document["rules"]["patients"]["region"] = {"do": "drop", "why": "not needed any more"}
    document["risk"]["sensitive"] = []
    build(read_recipe(yaml.safe_dump(document)), 2, region.without(3).run_view, key, folder)
    document |= {
        "name": "other",
        "title": "Another set",
        "description": "Nothing else",
        "licence": "CC0-1.0",
        "keywords": [],
    }
    for part in ("views", "rules"):
        del document[part]["visits"]
    del document["ages"]["last"]
    build(read_recipe(yaml.safe_dump(document)), 2, region.run_view, key, folder)
    return folder


@pytest.fixture
def catalogue(folder):
    return Catalogue(folder)


def test_the_list_has_each_data_set_once_by_title(catalogue):
    found = [(e.title, e.version, e.versions, e.types) for e in catalogue.entries()]
    assert found == [
        ("Another set", "1.1.0", ("1.1.0",), ("Patient",)),
        ("Hypertension & friends", "1.1.0", ("1.1.0", "1.0.0"), ("Patient", "Encounter")),
    ]


@pytest.mark.parametrize(
    ("text", "chosen", "names"),
    [
        ("", {}, ["other", "small-cohort"]),
        ("HYPERTENSION", {}, ["small-cohort"]),
        ("visits start", {}, ["small-cohort"]),  # a column
        ("visits.start", {}, ["small-cohort"]),
        ("hypertension nothing", {}, []),
        ("", {"type": "Encounter"}, ["small-cohort"]),
        ("", {"licence": "CC0-1.0"}, ["other"]),
        ("", {"year": "2025", "size": "up to 1,000 persons"}, ["other", "small-cohort"]),
        ("", {"year": "1999"}, []),
        ("", {"unknown": "x", "type": ""}, ["other", "small-cohort"]),
    ],
)
def test_search(catalogue, text, chosen, names):
    assert [entry.name for entry in catalogue.search(text, chosen).entries] == names


def test_facets_count_what_another_choice_would_give(catalogue):
    facets = catalogue.search("", {"licence": "CC0-1.0"}).facets
    assert facets["licence"] == {"CC-BY-4.0": 1, "CC0-1.0": 1}
    assert facets["type"] == {"Patient": 1}


def test_a_page_shows_what_was_counted(catalogue):
    page = catalogue.page("small-cohort", "1.0.0")
    charts = {(c.table, c.column): c for c in page.charts}
    sexes = charts["patients", "sex"].counts
    assert set(sexes) == {"female", "male"}
    assert sum(sexes.values()) == page.manifest["persons"]
    ages = charts["patients", "age"]
    assert list(ages.counts) == sorted(ages.counts)
    assert ages.svg.startswith("<svg")
    assert "<script" not in ages.svg
    assert "style" not in ages.svg
    assert {c["name"]: c["filled"] for c in page.tables[0]["columns"]} == {
        "patient": 1.0,
        "sex": 1.0,
        "age": 1.0,
        "region": 1.0,
    }
    assert page.licence_url == "https://creativecommons.org/licenses/by/4.0/"


def test_what_changed(catalogue):
    page = catalogue.page("small-cohort")
    assert page.versions == ("1.1.0", "1.0.0")
    (change,) = page.changes
    assert (change.before, change.added, change.removed) == ("1.0.0", (), ("patients.region",))
    before, after = change.persons
    assert before > after == change.rows["patients"][1]


def test_no_small_cell_is_shown(folder):
    for name, version in (("small-cohort", "1.0.0"), ("small-cohort", "1.1.0"), ("other", "1.1.0")):
        statistics = read(folder, name, version).json("statistics.json")
        counts = [
            n for t in statistics["tables"].values() for c in t["columns"].values() for n in (c.get("persons") or {}).values()
        ]  # fmt: skip
        assert counts
        assert all(n is None or n == 0 or n >= 5 for n in counts)


@pytest.mark.parametrize(
    ("name", "version", "path"),
    [
        ("small-cohort", "1", "README.md"),  # a file is asked of a whole version
        ("small-cohort", "1.0.0", "../1.1.0/README.md"),
        ("small-cohort", "1.0.0", "/etc/passwd"),
        ("small-cohort", "1.0.0", "data"),
        ("small-cohort", "1.0.0", "manifest.json"),
        ("nothing", "1.0.0", "README.md"),
    ],
)
def test_files_that_are_not_handed_out(catalogue, name, version, path):
    with pytest.raises(NotFoundError):
        catalogue.file(name, version, path)


def test_from_a_server_to_a_verified_folder(catalogue, tmp_path):
    """The layout a server gives, as the client reads it."""
    routes = [
        Route("/data/", lambda r: JSONResponse(catalogue.as_json())),
        Route("/data/{name}/{version}/", lambda r: Response(catalogue.manifest(**r.path_params))),
        Route(
            "/data/{name}/{version}/files/{path:path}",
            lambda r: FileResponse(catalogue.file(**r.path_params)),
        ),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        get("small-cohort@1.0", url, tmp_path / "to")
        frame = load("small-cohort@1", source=url, cache=tmp_path / "cache")["patients"].pandas()
    finally:
        server.should_exit = True
        thread.join(10)
    assert verify(read(tmp_path / "to", "small-cohort")) == []
    assert list(frame.columns) == ["patient", "sex", "age"]
