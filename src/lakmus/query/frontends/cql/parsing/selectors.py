"""Selectors (grammar: intervalSelector, tupleSelector, listSelector, codeSelector, conceptSelector)."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import REFERENCES, Cursor
from lakmus.query.frontends.cql.parsing.expressions import TERMS, begins, expression, separated
from lakmus.query.frontends.cql.parsing.lexer import TEXT, Token
from lakmus.query.frontends.cql.parsing.terms import elements, instance
from lakmus.query.frontends.cql.parsing.types import type_specifier


@begins(TERMS, "Interval")
def _interval(cursor: Cursor) -> s.Expression:
    place = cursor.place
    cursor.take()
    if cursor.kind not in ("[", "("):
        raise cursor.expected("`[` or `(` to open an interval")
    opened = cursor.take()
    low = expression(cursor)
    cursor.expect(",")
    high = expression(cursor)
    high_closed = _interval_closed(cursor, opened)
    return s.IntervalSelector(low, high, opened.kind == "[", high_closed, place=place)


def _interval_closed(cursor: Cursor, opened: Token) -> bool:
    if cursor.kind not in ("]", ")"):
        place = cursor.lexed.place(opened.at)
        raise cursor.expected(f"`]` or `)` to close the interval opened at {place.line}:{place.column}")
    return cursor.take().kind == "]"


@begins(TERMS, "Tuple")
def _tuple(cursor: Cursor) -> s.Expression:
    place = cursor.place
    cursor.take()
    return s.TupleSelector(elements(cursor), place=place)


@begins(TERMS, "{")
def _braced(cursor: Cursor) -> s.Expression:
    """`{ name: … }` is a tuple, `{ …, … }` a list."""
    named = cursor.ahead() in REFERENCES and cursor.ahead(2) == ":"
    if named or cursor.ahead() == ":":
        place = cursor.place
        return s.TupleSelector(elements(cursor), place=place)
    place = cursor.place
    return s.ListSelector(_items(cursor), place=place)


def _items(cursor: Cursor) -> tuple[s.Expression, ...]:
    opened = cursor.expect("{")
    found = [] if cursor.kind == "}" else separated(cursor)
    cursor.close("}", opened)
    return tuple(found)


@begins(TERMS, "List")
def _list(cursor: Cursor) -> s.Expression:
    place, type_ = cursor.place, None
    cursor.take()
    if cursor.kind == "<":
        opened = cursor.take()
        type_ = type_specifier(cursor)
        cursor.close(">", opened)
    return s.ListSelector(_items(cursor), type_, place=place)


@begins(TERMS, "Code")
def _code(cursor: Cursor) -> s.Expression:
    """`Code 'a' from "S"` selects one; `Code { … }` is an instance like any other."""
    return code(cursor) if cursor.ahead() != "{" else instance(cursor)


def code(cursor: Cursor) -> s.CodeSelector:
    place = cursor.place
    cursor.expect("Code")
    text = cursor.text("the code in single quotes")
    cursor.expect("from")
    system = qualified(cursor, "the name of a code system")
    return s.CodeSelector(text, system, display(cursor), place=place)


def display(cursor: Cursor) -> str | None:
    return cursor.text("the display in single quotes") if cursor.took("display") else None


@begins(TERMS, "Concept")
def _concept(cursor: Cursor) -> s.Expression:
    if cursor.ahead(2) != "Code" or cursor.ahead(3) != TEXT:
        return instance(cursor)
    place = cursor.place
    cursor.take()
    opened, codes = cursor.expect("{"), [code(cursor)]
    while cursor.took(","):
        codes.append(code(cursor))
    cursor.close("}", opened)
    return s.ConceptSelector(tuple(codes), display(cursor), place=place)


def qualified(cursor: Cursor, what: str) -> s.Identifier | s.Member:
    """`"LOINC"`, `Common."LOINC"`"""
    place = cursor.place
    found: s.Identifier | s.Member = s.Identifier(cursor.identifier(what), place=place)
    if cursor.took("."):
        found = s.Member(found, cursor.identifier(what), place=place)
    return found
