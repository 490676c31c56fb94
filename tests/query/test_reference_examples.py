"""The search parameters of R4 over the published examples: real expressions on real records."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lakmus.core.errors import InputError, ManyErrors
from lakmus.fhir.generated.search import SEARCH_PARAMETERS
from lakmus.fhir.records import loads
from lakmus.query.engines.reference import Environment, evaluate
from lakmus.query.frontends.fhirpath import compile
from lakmus.query.ir import Node

ENVIRONMENT = Environment(resolver=lambda _: None)


@cache
def trees(resource_type: str) -> tuple[Node, ...]:
    """The search expressions of a type; two of them are at fault themselves (see test_fhirpath_check)."""
    found = []
    for _, expression, _ in SEARCH_PARAMETERS.get(resource_type, {}).values():
        try:
            found.append(compile(expression, context=resource_type))
        except ManyErrors:
            continue
    return tuple(found)


def examples(shared: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(shared / "data" / "hl7-r4-examples" / "examples.ndjson.gz") as lines:
        for line in lines:
            if len(line) < 200_000:
                yield loads(line)


def ask_all(records: Iterator[dict[str, Any]]) -> Counter[str]:
    """How many values were found, by type of resource; every value has its path."""
    found: Counter[str] = Counter()
    for record in records:
        for tree in trees(record["resourceType"]):
            try:
                values = evaluate(tree, record, ENVIRONMENT)
            except InputError as error:
                # R4 writes `as` on several items in search parameters; later releases say ofType()
                assert error.message.startswith("the input of as has")  # noqa: PT017
                continue
            assert all(value.path for value in values if not value.is_system)
            found[record["resourceType"]] += len(values)
    return found


def test_search_expressions_on_one_example_of_every_type(shared: Path) -> None:
    first = {record["resourceType"]: record for record in examples(shared)}
    found = ask_all(iter(first.values()))
    assert len(found) > 100
    assert sum(found.values()) > 500


@pytest.mark.slow
def test_search_expressions_on_all_examples(shared: Path) -> None:
    found = ask_all(examples(shared))
    assert sum(found.values()) > 4000
