"""The six official measures of 2025 as Measure resources: every patient's report, and the sums of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lakmus.query.measures import Kind, Person, check, read_measure, subjects
from tests.query.cql import measure_suite
from tests.query.cql.test_duckdb_measures import NAMES, Members, compiled
from tests.query.measures.making import CLOCK, PERIOD, SCORING, concept, counts, extension, population, told


def document(case: measure_suite.Measure) -> dict[str, Any]:
    """The file's groups as a Measure resource; scoring and basis by group."""
    return {
        "resourceType": "Measure",
        "url": f"http://example.org/Measure/{case.name}",
        "status": "active",
        "library": [f"http://example.org/Library/{case.library}"],
        "group": [_group(group) for group in case.groups],
    }


def _group(group: Mapping[str, Any]) -> dict[str, Any]:
    parts = extension(populationBasis=group["basis"])["extension"]
    scoring = extension(scoring="")["extension"][0]["url"]
    return {
        "id": group["id"],
        "extension": [*parts, {"url": scoring, "valueCodeableConcept": concept(group["scoring"], SCORING)}],
        "population": [population(code, name, id_) for code, name, id_ in group["pops"]],
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", NAMES)
def test_every_report_and_their_sum(shared: Path, name: str) -> None:
    suite = next(each for each in measure_suite.measures(shared) if each.name.startswith(name))
    measure, program = read_measure(document(suite)), compiled(suite, shared)
    check(measure, program)
    persons = [Person(case["id"], list(case["resources"])) for case in suite.cases]
    asked = list(subjects(program, persons, PERIOD, CLOCK, Members(suite)))  # type: ignore[arg-type]
    _reports(told(measure, asked, Kind.INDIVIDUAL), suite)
    (whole,) = told(measure, asked)
    for group in whole["group"]:
        assert counts(group) == _sum(suite, group["id"])
        assert group["measureScore"]["value"] == pytest.approx(_rate(_sum(suite, group["id"])), abs=1e-6)


def _reports(reports: list[dict[str, Any]], suite: measure_suite.Measure) -> None:
    for report, case in zip(reports, suite.cases, strict=True):
        assert report["subject"] == {"reference": f"Patient/{case['id']}"}
        found = {group["id"]: counts(group) for group in report["group"]}
        for expected in case["expected"]:
            wanted = {id_: count for _, count, id_ in expected["pops"]}
            assert {id_: found[expected["id"]][id_] for id_ in wanted} == wanted, case["id"]


def _sum(suite: measure_suite.Measure, group: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for case in suite.cases:
        pops = [each for part in case["expected"] if part["id"] == group for each in part["pops"]]
        found.update({id_: count for _, count, id_ in pops})
    return dict(found)


def _rate(total: dict[str, int]) -> float:
    by = {id_.partition("_")[0]: count for id_, count in total.items()}
    below = by["Denominator"] - by.get("DenominatorExclusion", 0) - by.get("DenominatorException", 0)
    return (by["Numerator"] - by.get("NumeratorExclusion", 0)) / below
