"""Selectors and retrieves (grammar: intervalSelector, tupleSelector, instanceSelector, listSelector, codeSelector, retrieve)."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing import expressions
from lakmus.query.frontends.cql.parsing.cursor import Cursor
from lakmus.query.frontends.cql.parsing.lexer import Kind
from lakmus.query.frontends.cql.parsing.types import named, type_specifier

NAMES = (Kind.WORD, Kind.QUOTED)


def interval(cursor: Cursor) -> s.Expression | None:
    if not cursor.is_sign("[", "(", ahead=1):
        return None
    place, opened = cursor.take().place, cursor.take()
    low = expressions.expression(cursor)
    cursor.sign(",")
    high = expressions.expression(cursor)
    closed = cursor.is_sign("]")
    if not cursor.took_sign("]", ")"):
        raise cursor.expected(
            f"`]` or `)` to close the interval opened at {opened.place.line}:{opened.place.column}"
        )
    return s.IntervalSelector(low, high, opened.value == "[", closed, place=place)


def tuple_(cursor: Cursor) -> s.Expression | None:
    if not cursor.is_sign("{", ahead=1):
        return None
    place = cursor.take().place
    return s.TupleSelector(_elements(cursor), place=place)


def _elements(cursor: Cursor) -> tuple[tuple[str, s.Expression], ...]:
    opened = cursor.sign("{")
    found = []
    if cursor.took_sign(":"):
        cursor.sign("}", opened)
        return ()
    while not cursor.is_sign("}"):
        name = cursor.name("the name of an element")
        cursor.sign(":")
        found.append((name, expressions.expression(cursor)))
        if not cursor.took_sign(","):
            break
    cursor.sign("}", opened)
    return tuple(found)


def braced(cursor: Cursor) -> s.Expression:
    """`{ name: … }` is a tuple, `{ …, … }` a list."""
    place = cursor.place
    if cursor.is_sign(":", ahead=1) or (cursor.ahead().kind in NAMES and cursor.is_sign(":", ahead=2)):
        return s.TupleSelector(_elements(cursor), place=place)
    return s.ListSelector(_items(cursor), place=place)


def _items(cursor: Cursor) -> tuple[s.Expression, ...]:
    opened = cursor.sign("{")
    found = []
    while not cursor.is_sign("}"):
        found.append(expressions.expression(cursor))
        if not cursor.took_sign(","):
            break
    cursor.sign("}", opened)
    return tuple(found)


def list_(cursor: Cursor) -> s.Expression | None:
    if not cursor.is_sign("{", "<", ahead=1):
        return None
    place, type_ = cursor.take().place, None
    if cursor.is_sign("<"):
        opened = cursor.take()
        type_ = type_specifier(cursor)
        cursor.sign(">", opened)
    return s.ListSelector(_items(cursor), type_, place=place)


def instance_ahead(cursor: Cursor) -> bool:
    """`Quantity { value: 1 }`, `FHIR.Coding { … }`: a name, a brace, and an element or the brace closed."""
    at = 0
    while cursor.ahead(at).kind in NAMES and cursor.is_sign(".", ahead=at + 1):
        at += 2
    if cursor.ahead(at).kind not in NAMES or not cursor.is_sign("{", ahead=at + 1):
        return False
    element = cursor.ahead(at + 2).kind in NAMES and cursor.is_sign(":", ahead=at + 3)
    return element or cursor.is_sign(":", "}", ahead=at + 2)


def instance(cursor: Cursor) -> s.Expression:
    place, type_ = cursor.place, named(cursor)
    return s.InstanceSelector(type_, _elements(cursor), place=place)


def code(cursor: Cursor) -> s.Expression | None:
    if cursor.ahead().kind is not Kind.TEXT:
        return None
    place = cursor.take().place
    text = cursor.text()
    cursor.word("from")
    system = qualified(cursor)
    return s.CodeSelector(text, system, _display(cursor), place=place)


def _display(cursor: Cursor) -> str | None:
    return cursor.text() if cursor.took_word("display") else None


def concept(cursor: Cursor) -> s.Expression | None:
    if (
        not cursor.is_sign("{", ahead=1)
        or not cursor.is_word("Code", ahead=2)
        or cursor.ahead(3).kind is not Kind.TEXT
    ):
        return None
    place, opened = cursor.take().place, cursor.sign("{")
    codes = []
    while True:
        found = code(cursor) if cursor.is_word("Code") else None
        if not isinstance(found, s.CodeSelector):
            raise cursor.expected("`Code '…' from …`")
        codes.append(found)
        if not cursor.took_sign(","):
            break
    cursor.sign("}", opened)
    return s.ConceptSelector(tuple(codes), _display(cursor), place=place)


def qualified(cursor: Cursor) -> s.Identifier | s.Member:
    """`"LOINC"`, `Common."LOINC"`"""
    place = cursor.place
    found: s.Identifier | s.Member = s.Identifier(cursor.name(), place=place)
    while cursor.took_sign("."):
        found = s.Member(found, cursor.name(), place=place)
    return found


def retrieve(cursor: Cursor) -> s.Expression:
    place, opened = cursor.place, cursor.sign("[")
    context = None
    if cursor.is_sign("->", ahead=1):
        context = s.Identifier(cursor.name(), place=place)
        cursor.take()
    type_ = named(cursor)
    path, comparator, terminology = "", "", None
    if cursor.took_sign(":"):
        path, comparator = _code_path(cursor)
        terminology = expressions.expression(cursor)
    cursor.sign("]", opened)
    return s.Retrieve(type_, path, comparator, terminology, context, place=place)


def _code_path(cursor: Cursor) -> tuple[str, str]:
    """`code in`, `category ~`: only where a comparator follows the path."""
    at = 0
    while cursor.ahead(at).kind in NAMES and cursor.is_sign(".", ahead=at + 1):
        at += 2
    if cursor.ahead(at).kind not in NAMES:
        return "", ""
    if not (cursor.is_word("in", ahead=at + 1) or cursor.is_sign("=", "~", ahead=at + 1)):
        return "", ""
    path = ".".join(cursor.take().value for _ in range(0, at + 1, 1) if not cursor.took_sign("."))
    return path, cursor.take().value
