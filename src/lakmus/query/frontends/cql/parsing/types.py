"""Type specifiers (grammar: typeSpecifier)."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import Cursor


def type_specifier(cursor: Cursor) -> s.TypeSpec:
    with cursor.deeper():
        place = cursor.place
        if cursor.is_sign("<", ahead=1) and cursor.is_word("List", "Interval", "Choice"):
            kind = cursor.take().value
            opened = cursor.sign("<")
            inner = [type_specifier(cursor)]
            while kind == "Choice" and cursor.took_sign(","):
                inner.append(type_specifier(cursor))
            cursor.sign(">", opened)
            if kind == "Choice":
                return s.ChoiceTypeSpec(tuple(inner), place=place)
            made = s.ListTypeSpec if kind == "List" else s.IntervalTypeSpec
            return made(inner[0], place=place)
        if cursor.is_word("Tuple") and cursor.is_sign("{", ahead=1):
            return _tuple(cursor)
        return named(cursor)


def _tuple(cursor: Cursor) -> s.TupleTypeSpec:
    place = cursor.take().place
    opened = cursor.sign("{")
    elements = []
    while not cursor.is_sign("}"):
        name = cursor.name("the name of an element")
        elements.append((name, type_specifier(cursor)))
        if not cursor.took_sign(","):
            break
    cursor.sign("}", opened)
    return s.TupleTypeSpec(tuple(elements), place=place)


def named(cursor: Cursor) -> s.NamedTypeSpec:
    """`Integer`, `FHIR.Observation`, `FHIR.Observation.Component`."""
    place = cursor.place
    parts = [cursor.name("a type")]
    while cursor.is_sign("."):
        cursor.take()
        parts.append(cursor.name("a type"))
    return s.NamedTypeSpec(parts[0] if len(parts) > 1 else "", ".".join(parts[1:] or parts), place=place)
