"""The generator of instances: everything it makes is valid, and it reaches everything there is."""

import random
from typing import Any

import pytest

from lakmus.fhir import definitions, records, validate
from lakmus.fhir.generated.structures import KINDS, STRUCTURES
from tests.support.fhir_instances import instance, instances

ABSTRACT = {name for name, kind in KINDS.items() if kind.startswith("abstract")} - {"Element"}
UNREACHED = {"contained"}  # in a contained resource and in Bundle entries: dom-2


@pytest.mark.parametrize("resource_type", definitions.resource_types())
def test_every_instance_is_valid(resource_type: str) -> None:
    for seed in range(5):
        document = instance(resource_type, random.Random(seed))
        assert validate(records.dumps(document).encode()) == []


def test_equal_seeds_give_equal_instances() -> None:
    assert instances(3) == instances(3)
    assert instances(3) != instances(4)


def reached(structure: str, record: dict[str, Any], found: set[tuple[str, str]]) -> None:
    for name, value in record.items():
        if name == "resourceType":
            continue
        element = definitions.element(structure, name.removeprefix("_"))
        assert element is not None
        found.add((structure, element.name))
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                inner = "Element" if name.startswith("_") else element.structure
                reached(item["resourceType"] if element.type == "Resource" else inner, item, found)


@pytest.mark.slow
def test_every_element_of_the_standard_is_reached() -> None:
    """Each element once in some form; of the rarest, five levels down, one in two hundred may be missed."""
    found: set[tuple[str, str]] = set()
    for seed in range(250):
        for document in instances(seed):
            reached(document["resourceType"], document, found)
    expected = {
        (structure, element.name)
        for structure in STRUCTURES
        if structure not in ABSTRACT
        for element in definitions.elements(structure).values()
        if element.name not in UNREACHED
    }
    missing = expected - found
    assert len(missing) < 0.005 * len(expected), sorted(missing)[:50]
