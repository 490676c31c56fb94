"""FHIR JSON on the way through the steps of a reading: items, and the items their elements have.

JSON is Python's own: dictionaries, lists, text and numbers, decimals with their digits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from lakmus.core.errors import InputError, Place
from lakmus.fhir.generated.structures import KINDS
from lakmus.query.ir.model import FhirR4
from lakmus.query.models.model import Where

_FHIR = FhirR4()
PRIMITIVES = frozenset(name for name, kind in KINDS.items() if kind == "primitive-type")


class Item(NamedTuple):
    """Of FHIR's type `structure`; `beside` is the JSON of a primitive's `_element`."""

    structure: str
    content: Any
    beside: Any
    path: str


def members(item: Item, name: str) -> list[Item]:
    """The items of an element by its name in FHIR, in all its forms."""
    content = item.content if isinstance(item.content, dict) else item.beside
    found: list[Item] = []
    if not content:
        return found
    for json_name, sibling, structure in _forms(item.structure, name):
        value, beside = content.get(json_name), content.get(sibling)
        if value is None and beside is None:
            continue
        path = f"{item.path}.{name}"
        if isinstance(value, list) or isinstance(beside, list):
            found += _each(structure, value or [], beside or [], path)
        else:
            found.append(_item(structure, value, beside, path))
    return found


@lru_cache(maxsize=8192)
def _forms(structure: str, name: str) -> tuple[tuple[str, str, str], ...]:
    forms = _FHIR.elements(structure).get(name, ())
    return tuple((form.json_name, f"_{form.json_name}", form.type.name) for form in forms)


def _each(structure: str, values: Any, beside: Any, path: str) -> list[Item]:
    """Values and what stands beside them go in step; either list may be the shorter (R4 json.html#primitive)."""
    if not isinstance(values, list) or not isinstance(beside, list):
        raise misfit(path)
    length = max(len(values), len(beside))
    pairs = zip(_padded(values, length), _padded(beside, length), strict=True)
    return [
        _item(structure, value, other, f"{path}[{index}]")
        for index, (value, other) in enumerate(pairs)
        if value is not None or other is not None
    ]


def _padded(values: list[Any], length: int) -> list[Any]:
    return values + [None] * (length - len(values))


def _item(structure: str, value: Any, beside: Any, path: str) -> Item:
    primitive = structure in PRIMITIVES
    if not (value is None or (isinstance(value, dict) != primitive and not isinstance(value, list))):
        raise misfit(path)
    if not (beside is None or (primitive and isinstance(beside, dict))):
        raise misfit(path)
    return Item(resource_type(value) if structure == "Resource" else structure, value, beside, path)


def resource_type(record: Any) -> str:
    """The type that a record says it is of; `Resource` when FHIR has no such type."""
    name = record.get("resourceType") if isinstance(record, dict) else None
    return name if isinstance(name, str) and _FHIR.is_resource(name) else "Resource"


def holds(step: Where, content: Any) -> bool:
    """Whether an item has something with all the texts of a filter."""
    return any(
        isinstance(found, dict) and all(found.get(name) == text for name, text in step.texts)
        for found in _at(content, step.path)
    )


def _at(content: Any, path: tuple[str, ...]) -> list[Any]:
    found = [content]
    for name in path:
        found = [each for item in found if isinstance(item, dict) for each in listed(item.get(name))]
    return found


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def misfit(path: str) -> InputError:
    return InputError("the record is not valid FHIR", place=Place(path=path), hint="validate it first")
