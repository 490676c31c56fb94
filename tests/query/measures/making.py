"""Measures and patients made for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from lakmus.core.clock import FixedClock
from lakmus.fhir import validate
from lakmus.fhir.records import dumps
from lakmus.query.measures import Kind, Measure, Period, Subject, read_measure, reports

CLOCK = FixedClock(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
PERIOD = Period(date(2026, 1, 1), date(2026, 12, 31))
GUIDE = "http://hl7.org/fhir/us/cqfmeasures/StructureDefinition/cqfm-"
POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
SCORING = "http://terminology.hl7.org/CodeSystem/measure-scoring"


def concept(code: str, system: str = POPULATION) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def criteria(name: str) -> dict[str, Any]:
    return {"language": "text/cql-identifier", "expression": name}


def extension(**values: str) -> dict[str, Any]:
    """Extensions of the guide: `populationBasis="Encounter"`."""
    types = {"criteriaReference": "valueString"}
    parts = [{"url": GUIDE + name, types.get(name, "valueCode"): text} for name, text in values.items()]
    return {"extension": parts} if parts else {}


def population(code: str, name: str = "", id: str = "", **extensions: str) -> dict[str, Any]:
    """A population; without a name the definition is called as the code is."""
    named = {"id": id} if id else {}
    return {**named, "code": concept(code), "criteria": criteria(name or code), **extension(**extensions)}


def document(
    scoring: str,
    populations: Sequence[Mapping[str, Any] | str],
    *,
    basis: str = "boolean",
    **more: Any,
) -> dict[str, Any]:
    """A Measure of one group; `more` are further elements of the group."""
    found = [population(each) if isinstance(each, str) else dict(each) for each in populations]
    return {
        "resourceType": "Measure",
        "url": "http://example.org/Measure/Test",
        "version": "1.0",
        "status": "active",
        "library": ["http://example.org/Library/Test|1.0"],
        "scoring": concept(scoring, SCORING),
        **extension(populationBasis=basis),
        "group": [{"id": "g1", "population": found, **more}],
    }


def subject(id: str, values: Mapping[str, Any]) -> Subject:
    """A patient of whom all other definitions are null."""
    return Subject(id, values.get)


def told(measure: Measure, subjects: Sequence[Subject], kind: Kind = Kind.SUMMARY) -> list[dict[str, Any]]:
    """The reports as JSON, each valid FHIR R4."""
    texts = [dumps(each) for each in reports(measure, subjects, PERIOD, CLOCK, kind)]
    assert not [issue for text in texts for issue in validate(text.encode())]
    return [json.loads(text) for text in texts]


def counts(part: Mapping[str, Any]) -> dict[str, int]:
    """Of a group or stratum, the count of each population by its id, or its code."""
    return {each.get("id") or each["code"]["coding"][0]["code"]: each["count"] for each in part["population"]}


def group(made: Mapping[str, Any], subjects: Sequence[Subject]) -> dict[str, Any]:
    """The first group of the summary of a measure."""
    (report,) = told(read_measure(made), subjects)
    found: dict[str, Any] = report["group"][0]
    return found
