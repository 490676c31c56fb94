"""Type specifiers (grammar: typeSpecifier)."""

from __future__ import annotations

from collections.abc import Callable

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import REFERENCES, Cursor

# Reserved words that are also names of types (grammar: typeNameIdentifier).
TYPE_NAMES = REFERENCES | {"Code", "Concept"}
_GENERIC: dict[str, Callable[..., s.TypeSpec]] = {"List": s.ListTypeSpec, "Interval": s.IntervalTypeSpec}


def type_specifier(cursor: Cursor) -> s.TypeSpec:
    cursor.enter()
    found = _type_specifier(cursor)
    cursor.leave()
    return found


def _type_specifier(cursor: Cursor) -> s.TypeSpec:
    if cursor.kind in _GENERIC:
        return _generic(cursor)
    if cursor.kind == "Choice" and cursor.ahead() == "<":
        return _choice(cursor)
    if cursor.kind == "Tuple":
        return _tuple(cursor)
    return named_type(cursor)


def _generic(cursor: Cursor) -> s.TypeSpec:
    place, made = cursor.place, _GENERIC[cursor.take().kind]
    opened = cursor.expect("<")
    inner = type_specifier(cursor)
    cursor.close(">", opened)
    return made(inner, place=place)


def _choice(cursor: Cursor) -> s.TypeSpec:
    place = cursor.place
    cursor.take()
    opened = cursor.take()
    types = [type_specifier(cursor)]
    while cursor.took(","):
        types.append(type_specifier(cursor))
    cursor.close(">", opened)
    return s.ChoiceTypeSpec(tuple(types), place=place)


def _tuple(cursor: Cursor) -> s.TypeSpec:
    place = cursor.place
    cursor.take()
    opened = cursor.expect("{")
    elements = [_element(cursor)]
    while cursor.took(","):
        elements.append(_element(cursor))
    cursor.close("}", opened)
    return s.TupleTypeSpec(tuple(elements), place=place)


def _element(cursor: Cursor) -> tuple[str, s.TypeSpec]:
    return cursor.reference("the name of an element"), type_specifier(cursor)


def named_type(cursor: Cursor) -> s.NamedTypeSpec:
    """`Integer`, `FHIR.Observation`, `FHIR.Observation.Component`."""
    place, parts = cursor.place, [_part(cursor)]
    while cursor.took("."):
        parts.append(_part(cursor))
    namespace = parts[0] if len(parts) > 1 else ""
    return s.NamedTypeSpec(namespace, ".".join(parts[1:] or parts), place=place)


def _part(cursor: Cursor) -> str:
    if cursor.kind not in TYPE_NAMES:
        raise cursor.expected("the name of a type")
    return cursor.take().value
