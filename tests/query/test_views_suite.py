"""The official SQL on FHIR v2 suite on both engines, the records written through the lake's ordinary writer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lakmus.core.errors import LakmusError
from lakmus.fhir import records
from lakmus.lake import IdentifiedLake
from lakmus.query.engines.duckdb import run
from lakmus.query.engines.reference import Environment
from lakmus.query.frontends.views import parse
from lakmus.query.views import rows
from tests.query.lake_of import SITE, lake_of

FILES = 22
CASES = 134
Answer = Callable[[Mapping[str, Any]], list[dict[str, Any]]]


def suites(shared: Path) -> list[Path]:
    return sorted((shared / "conformance" / "sql-on-fhir-v2" / "tests").glob("*.json"))


def plain(value: Any) -> Any:
    """As the suite writes it: numbers by value, dates as text."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if value is None or isinstance(value, bool | str):
        return value
    return float(value) if isinstance(value, int | Decimal) else str(value)


def sorted_rows(found: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(plain(row), sort_keys=True) for row in found)


def fault(case: Mapping[str, Any], answer: Answer) -> str:
    """What is wrong; "" when the case passes."""
    try:
        found = answer(case["view"])
    except LakmusError as error:
        return "" if case.get("expectError") else f"raised {error}"
    if case.get("expectError"):
        return "should have raised"
    if "expectColumns" in case and list(parse(case["view"]).column_names()) != case["expectColumns"]:
        return "other columns"
    if "expect" in case and sorted_rows(found) != sorted_rows(case["expect"]):
        return f"gave {sorted_rows(found)}"
    return ""


def of_duckdb(lake: IdentifiedLake) -> Answer:
    return lambda view: [row for batch in run(lake, view) for row in batch.to_pylist()]


def of_reference(resources: list[dict[str, Any]]) -> Answer:
    environment = Environment(site=SITE)

    def answer(view: Mapping[str, Any]) -> list[dict[str, Any]]:
        checked = parse(view)
        return [row for record in resources for row in rows(checked, record, environment)]

    return answer


def answers(suite: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, Answer]]:
    with lake_of(folder / "lake", suite["resources"]) as lake:
        yield "DuckDB", of_duckdb(lake)
    yield "reference", of_reference(suite["resources"])


@pytest.fixture(scope="module")
def faults(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], str]:
    found = {}
    for file in suites(shared):
        suite = records.loads(file.read_bytes())
        for engine, answer in answers(suite, tmp_path_factory.mktemp(file.stem)):
            for number, case in enumerate(suite["tests"]):
                found[engine, file.stem, f"{number} {case['title']}"] = fault(case, answer)
    return found


@pytest.mark.parametrize("engine", ["DuckDB", "reference"])
def test_every_case_passes(faults: dict[tuple[str, str, str], str], engine: str) -> None:
    assert not {key: found for key, found in faults.items() if found and key[0] == engine}


@pytest.mark.parametrize("engine", ["DuckDB", "reference"])
def test_the_whole_suite_is_run(faults: dict[tuple[str, str, str], str], engine: str) -> None:
    passed = [key for key in faults if key[0] == engine]
    print(f"SQL on FHIR v2, {engine} engine: {len(passed)} cases")
    assert len(passed) == CASES
    assert len({file for _, file, _ in passed}) == FILES
