"""Views that developers send are data: whatever their texts say, nothing but rows of the asked type comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lakmus.core.errors import LakmusError
from lakmus.lake import IdentifiedLake
from lakmus.query.engines.duckdb import run
from tests.query.lake_of import lake_of

HOSTILE = (
    '\'; DROP TABLE lake."Patient"; --',
    "' || (SELECT content FROM read_text('/etc/passwd')) || '",
    "\\'; ATTACH '/tmp/x.db'; --",
    "') UNION ALL SELECT * FROM lake.lk.persons --",
    'x" FROM lake.lk.settings --',
    "$$; COPY lake.lk.persons TO '/tmp/x'; $$",
    "{rows}",
    "?",
    "%ctx",
    "\x00",
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentifiedLake]:
    folder = tmp_path_factory.mktemp("hostile") / "lake"
    with lake_of(folder, [{"resourceType": "Patient", "id": "a", "gender": "female"}]) as made:
        yield made


def view(**given: Any) -> dict[str, Any]:
    column = {"name": given.get("name", "x"), "path": given.get("path", "id")}
    made = {
        "resource": given.get("resource", "Patient"),
        "status": "active",
        "select": [{"column": [column]}],
    }
    return made | {key: value for key, value in given.items() if key in ("where", "constant")}


def text(value: str) -> str:
    """A FHIRPath string literal of a text."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


VIEWS = {
    "a column's name": lambda bad: view(name=bad),
    "a resource type": lambda bad: view(resource=bad),
    "a path": lambda bad: view(path=bad),
    "a literal": lambda bad: view(path=text(bad)),
    "a condition": lambda bad: view(where=[{"path": f"gender != {text(bad)}"}]),
    "a constant": lambda bad: view(path="%c", constant=[{"name": "c", "valueString": bad}]),
    "a constant's name": lambda bad: view(path=f"%`{bad}`", constant=[{"name": bad, "valueString": "a"}]),
    "a type of reference": lambda bad: view(path=f"link.other.getReferenceKey({bad})"),
    "a pattern": lambda bad: view(path=f"id.replaceMatches({text(bad)}, {text(bad)})"),
    "an extension's address": lambda bad: view(path=f"extension({text(bad)}).value.ofType(string)"),
}


@pytest.mark.parametrize("bad", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("place", VIEWS)
def test_a_hostile_text_is_a_text_or_an_error(lake: IdentifiedLake, place: str, bad: str) -> None:
    try:
        found = [row for batch in run(lake, VIEWS[place](bad)) for row in batch.to_pylist()]
    except LakmusError:
        found = []
    assert len(found) <= 1
    # The record's own id and the view's own text, nothing else: a pattern may put the text around the id.
    values = [value for row in found for value in row.values() if value is not None]
    assert all(value.replace(bad, "") in ("a", "") for value in values), json.dumps(found)
    assert [record["id"] for record in lake.resources("Patient")] == ["a"]
