"""The output columns of a SQL-on-FHIR ViewDefinition and the FHIR type of each, as far as its path tells.

A path of element names, indexes, `where()`, `first()`, `ofType()` and the like has a type known from the R4 definitions. A
path with operators or other functions has the type its column declares, and without one it has none: such a column
cannot leave. (SQL on FHIR 2.0, StructureDefinition-ViewDefinition: select, column, forEach, unionAll, repeat.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lakmus.core.errors import InputError, NotFoundError, Place
from lakmus.fhir import definitions

KEY = "key"  # of getResourceKey() and getReferenceKey(): names a record
_SAME = {"where", "first", "last", "single", "skip", "take", "tail", "trace", "distinct"}
_TRUTH = {
    "exists",
    "empty",
    "not",
    "all",
    "hasValue",
    "startsWith",
    "endsWith",
    "contains",
    "matches",
    "anyTrue",
    "allTrue",
}
_STEP = re.compile(r"([A-Za-z_$%][A-Za-z0-9_]*)\s*(\(.*\))?\s*((?:\[[0-9]+\])*)", re.DOTALL)


@dataclass(frozen=True)
class Column:
    """A column of a view: `type` is a FHIR type's name, `key`, or "" when nothing tells."""

    name: str
    path: str
    type: str
    many: bool = False


def columns(view: Mapping[str, Any]) -> tuple[Column, ...]:
    """The columns a view gives, in order; InputError for a shape that is no view or a column named twice."""
    resource = view.get("resource")
    if not isinstance(resource, str) or not definitions.is_resource(resource):
        raise InputError("a view's resource is an R4 resource type", place=Place(path="resource"))
    found = [column for part in _list(view, "select") for column in _select(part, resource)]
    names = [column.name for column in found]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled or not found:
        problem = f"the column {doubled[0]} is there twice" if doubled else "the view has no column"
        raise InputError(problem, place=Place(path="select"))
    return tuple(found)


def _select(part: Mapping[str, Any], structure: str) -> Iterator[Column]:
    for_each = part.get("forEach") or part.get("forEachOrNull")
    inner = path_type(structure, for_each) if for_each else structure
    if part.get("repeat"):
        inner = ""
    yield from (_column(column, inner) for column in _list(part, "column"))
    for nested in _list(part, "select"):
        yield from _select(nested, inner)
    yield from _union(_list(part, "unionAll"), inner)


def _union(branches: list[Mapping[str, Any]], structure: str) -> Iterator[Column]:
    """Branches give the same columns; a type that differs between them is not known."""
    rows = [list(_select(branch, structure)) for branch in branches]
    for versions in zip(*rows, strict=False):
        types = {column.type for column in versions}
        yield versions[0] if len(types) == 1 else Column(versions[0].name, versions[0].path, "")


def _column(column: Mapping[str, Any], structure: str) -> Column:
    name, path = column.get("name"), column.get("path")
    if not isinstance(name, str) or not isinstance(path, str):
        raise InputError("a column has a name and a path", place=Place(path="select.column"))
    known, declared = path_type(structure, path), str(column.get("type", "")).rsplit("/", 1)[-1]
    declared = declared.removeprefix("System.")
    if known and declared and known != KEY and not _agree(known, declared):
        raise InputError(
            f"the column {name} declares the type {declared}, but its path gives {known}",
            place=Place(path=f"select.column.{name}"),
        )
    return Column(name, path, known or declared, bool(column.get("collection")))


def _agree(known: str, declared: str) -> bool:
    """The declared type may be coarser where R4 derives one type from another (code is a string), never finer."""
    coarser = {"string": {"code", "id", "markdown"}, "uri": {"url", "canonical", "oid", "uuid"}}
    coarser |= {"integer": {"positiveInt", "unsignedInt"}, "dateTime": {"date", "instant"}}
    return known == declared or known in coarser.get(declared, set())


def path_type(structure: str, path: str) -> str:
    """The FHIR type (or nested structure, `Patient.contact`) a simple path leads to; "" when it is not simple.

    >>> path_type("Patient", "name.where(use = 'official').first().family")
    'string'
    >>> path_type("Observation", "value.ofType(Quantity).value")
    'decimal'
    """
    current = structure
    for step in _steps(path):
        if not current:
            return ""
        current = _next(current, step)
    return current


def _next(structure: str, step: str) -> str:
    match = _STEP.fullmatch(step)
    if match is None:
        return ""
    name, call = match[1], match[2]
    if call is None:
        return structure if name in ("$this", structure) else _child(structure, name)
    if name in ("getResourceKey", "getReferenceKey"):
        return KEY
    if name == "ofType":
        return _of_type(structure, call.strip("() ").removeprefix("FHIR."))
    if name == "extension":
        return "Extension"
    return structure if name in _SAME else "boolean" if name in _TRUTH else ""


def _child(structure: str, name: str) -> str:
    """A choice is kept as `structure[x]name` until ofType() says which."""
    try:
        found = definitions.element(structure, name)
        if found is None and definitions.choices(structure, name):
            return f"{structure}[x]{name}"
    except NotFoundError:
        return ""
    return (found.structure or found.type) if found else ""


def _of_type(structure: str, wanted: str) -> str:
    owner, _, name = structure.partition("[x]")
    if not name:
        return wanted if structure == wanted else ""
    found = [e for e in definitions.choices(owner, name) if e.type == wanted]
    return (found[0].structure or found[0].type) if found else ""


def _steps(path: str) -> Iterator[str]:
    """The path cut at dots outside brackets and quotes."""
    depth, quoted, step = 0, False, ""
    for letter in path:
        quoted ^= letter == "'"
        depth += 0 if quoted else (letter in "([") - (letter in ")]")
        if letter == "." and not depth and not quoted:
            yield step.strip()
            step = ""
        else:
            step += letter
    yield step.strip()


def _list(part: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = part.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise InputError(f"{name} is a list of objects", place=Place(path=name))
    return value
