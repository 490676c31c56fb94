"""Members and children of items, found through the model, each with its path (N1 3.1, 5.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lakmus.core.errors import InputError, Place
from lakmus.query.engines.reference.values import Collection, Value
from lakmus.query.ir.model import Element, Model
from lakmus.query.ir.types import STRING, TYPE_INFO, TypeName


def resource(content: Mapping[str, Any], path: str = "") -> Value:
    """A resource as an item, of the type it says it is."""
    name = content.get("resourceType", "Resource")
    return Value(content, TypeName("FHIR", name), path or name)


def member(item: Value, name: str, model: Model) -> Collection:
    """What an item has under a name; empty when it has none, or no such element exists."""
    if item.type == TYPE_INFO:
        return [Value(item.value[name], STRING)] if name in item.value else []
    if item.is_system:
        return []
    forms = model.elements(item.type.name).get(name, ())
    return [found for form in forms for found in _items(item, form)]


def children(item: Value, model: Model) -> Collection:
    """All it has, in the order of the model."""
    if item.is_system:
        return []
    return [
        found
        for forms in model.elements(item.type.name).values()
        for form in forms
        for found in _items(item, form)
    ]


def descendants(items: Collection, model: Model) -> Collection:
    """All children, theirs, and so on: each item before its own children."""
    found: Collection = []
    stack = [child for item in reversed(items) for child in reversed(children(item, model))]
    while stack:
        item = stack.pop()
        found.append(item)
        stack.extend(reversed(children(item, model)))
    return found


def _items(item: Value, form: Element) -> Iterator[Value]:
    content = item.value if isinstance(item.value, Mapping) else item.beside
    if not content:
        return
    values, beside = content.get(form.json_name), content.get(f"_{form.json_name}")
    if isinstance(values, list) or isinstance(beside, list):
        yield from _each(item, form, values or [], beside or [])
    elif values is not None or beside is not None:
        yield _typed(values, form, f"{item.path}.{form.name}", beside)


def _each(item: Value, form: Element, values: list[Any], beside: list[Any]) -> Iterator[Value]:
    """Values and what stands beside them go in step; either list may be the shorter (R4 json.html#primitive)."""
    for index in range(max(len(values), len(beside))):
        value = values[index] if index < len(values) else None
        other = beside[index] if index < len(beside) else None
        if value is not None or other is not None:
            yield _typed(value, form, f"{item.path}.{form.name}[{index}]", other)


def _typed(value: Any, form: Element, path: str, beside: Mapping[str, Any] | None) -> Value:
    primitive = form.type.name[0].islower()
    fits = value is None or isinstance(value, Mapping) != primitive
    if isinstance(value, list) or not fits or not (beside is None or isinstance(beside, Mapping)):
        raise InputError("the record is not valid FHIR", place=Place(path=path), hint="validate it first")
    if form.type.name == "Resource" and isinstance(value, Mapping):
        return resource(value, path)
    return Value(value, form.type, path, beside)
