"""Literals (grammar: literal, quantity, ratio)."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import Cursor
from lakmus.query.frontends.cql.parsing.expressions import TERMS, begins
from lakmus.query.frontends.cql.parsing.lexer import EXTERNAL, MOMENT, NUMBER, SPECIAL, TEXT
from lakmus.query.frontends.cql.parsing.words import UNITS


@begins(TERMS, "null")
def _null(cursor: Cursor) -> s.Expression:
    place = cursor.place
    cursor.take()
    return s.Null(place=place)


@begins(TERMS, "true", "false")
def _boolean(cursor: Cursor) -> s.Expression:
    place = cursor.place
    return s.Boolean(cursor.take().kind == "true", place=place)


@begins(TERMS, TEXT)
def _string(cursor: Cursor) -> s.Expression:
    place = cursor.place
    return s.String(cursor.take().value, place=place)


@begins(TERMS, MOMENT)
def _moment(cursor: Cursor) -> s.Expression:
    place = cursor.place
    return s.Moment(cursor.take().value[1:], place=place)


@begins(TERMS, SPECIAL)
def _special(cursor: Cursor) -> s.Expression:
    place = cursor.place
    return s.Special(cursor.take().value, place=place)


@begins(TERMS, EXTERNAL)
def _external(cursor: Cursor) -> s.Expression:
    place = cursor.place
    return s.External(cursor.take().value, place=place)


@begins(TERMS, NUMBER)
def _number(cursor: Cursor) -> s.Expression:
    """A number; with a unit a quantity; two of them with a colon between a ratio."""
    place, found = cursor.place, number(cursor)
    if cursor.kind != ":" or cursor.ahead() != NUMBER:
        return found
    cursor.take()
    first = s.QuantityLiteral(found.text, "", place=place) if isinstance(found, s.Number) else found
    return s.RatioLiteral(first, quantity(cursor), place=place)


def number(cursor: Cursor) -> s.Number | s.QuantityLiteral:
    found = quantity(cursor)
    return found if found.unit else s.Number(found.number, place=found.place)


def quantity(cursor: Cursor) -> s.QuantityLiteral:
    """A number with a unit, or without one."""
    place, written = cursor.place, cursor.number("a quantity").value
    if cursor.kind == TEXT:
        return s.QuantityLiteral(written, cursor.take().value, place=place)
    if cursor.kind in UNITS:
        return s.QuantityLiteral(written, cursor.take().kind, calendar=True, place=place)
    return s.QuantityLiteral(written, "", place=place)
