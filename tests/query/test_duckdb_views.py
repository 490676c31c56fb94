"""Views over a lake: what comes out, as what types, into which files, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet
import pytest

from lakmus.core.errors import InputError, LakmusError, ManyErrors, UnsupportedError
from lakmus.lake import IdentifiedLake
from lakmus.query.engines.duckdb import DUCKDB, run, write
from tests.query.lake_of import lake_of

PATIENTS: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "id": "a",
        "active": True,
        "name": [{"given": ["A", "B"]}],
        "multipleBirthInteger": 2,
    },
    {"resourceType": "Patient", "id": "b", "active": False},
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentifiedLake]:
    with lake_of(tmp_path_factory.mktemp("views") / "lake", PATIENTS) as made:
        yield made


def view(**paths: str) -> dict[str, Any]:
    columns = [{"name": name, "path": path} for name, path in paths.items()]
    return {"resource": "Patient", "status": "active", "select": [{"column": columns}]}


def rows(lake: IdentifiedLake, definition: dict[str, Any]) -> list[dict[str, Any]]:
    found = [row for batch in run(lake, definition) for row in batch.to_pylist()]
    return sorted(found, key=json.dumps)


@pytest.mark.parametrize(
    ("path", "type_"),
    [
        ("active", "bool"),
        ("multipleBirth.ofType(integer)", "int32"),
        ("birthDate", "string"),  # a known element nobody recorded
        ("deceased.ofType(boolean)", "bool"),
        ("name.given.count()", "int32"),
        ("1.5", "decimal128(38, 12)"),
    ],
)
def test_columns_have_the_types_of_their_elements(lake: IdentifiedLake, path: str, type_: str) -> None:
    batch = next(iter(run(lake, view(x=path))))
    assert str(batch.schema.field("x").type) == type_


def test_a_known_element_nobody_recorded_is_null(lake: IdentifiedLake) -> None:
    assert rows(lake, view(x="birthDate")) == [{"x": None}, {"x": None}]


def test_a_type_no_record_came_of_gives_no_rows(lake: IdentifiedLake) -> None:
    definition = {**view(x="id"), "resource": "Device"}
    assert rows(lake, definition) == []


def test_an_unknown_element_is_an_error_with_a_suggestion(lake: IdentifiedLake) -> None:
    with pytest.raises(ManyErrors) as caught:
        list(run(lake, view(x="birthdate")))
    assert "birthDate" in caught.value.errors[0].hint


def test_several_values_in_one_column_are_an_error_that_quotes_none(lake: IdentifiedLake) -> None:
    with pytest.raises(InputError, match="the column x has several values"):
        rows(lake, view(x="name.given"))


@pytest.mark.parametrize("path", ["contained.id", "now().toString()", "(1 | 'a').first().toString()"])
def test_what_the_engine_does_not_say_is_refused_when_it_is_compiled(tmp_path: Path, path: str) -> None:
    contained = {**PATIENTS[0], "contained": [{"resourceType": "Organization", "id": "o"}]}
    refused = pytest.raises(UnsupportedError, match="DuckDB engine")
    with lake_of(tmp_path / "lake", [contained]) as held, refused:
        rows(held, view(x=path))


def test_progress_is_told(lake: IdentifiedLake) -> None:
    told: list[float] = []
    list(run(lake, view(x="id"), report=lambda part, _: told.append(part)))
    assert told[-1] == 1.0
    assert told == sorted(told)


def test_files(lake: IdentifiedLake, tmp_path: Path) -> None:
    definition = view(id="id", births="multipleBirth.ofType(integer)", share="0.50")
    for ending in ("parquet", "csv", "ndjson"):
        assert write(run(lake, definition), tmp_path / f"out.{ending}") == 2
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert sorted(table["id"].to_pylist()) == ["a", "b"]
    assert pyarrow.csv.read_csv(tmp_path / "out.csv").num_rows == 2
    lines = sorted((tmp_path / "out.ndjson").read_text().splitlines())
    assert lines[0] == '{"id":"a","births":2,"share":0.5}'
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "out.ndjson", "out.parquet"]


def test_no_file_is_left_of_what_failed(lake: IdentifiedLake, tmp_path: Path) -> None:
    with pytest.raises(LakmusError):
        write(run(lake, view(x="name.given")), tmp_path / "out.parquet")
    with pytest.raises(InputError):
        write(run(lake, view(x="id")), tmp_path / "out.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_table_of_support_names_every_node() -> None:
    table = DUCKDB.table()
    assert "| Resolve | no |" in table
    assert "| Upper | yes |" in table
    assert {node.__name__ for node in DUCKDB.answers} >= {name for name, _ in DUCKDB.limits}
