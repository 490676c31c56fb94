"""What continues an expression beside plain operators, and what begins one (grammar: expression)."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import Cursor
from lakmus.query.frontends.cql.parsing.expressions import (
    BETWEEN,
    EXPRESSIONS,
    MEMBERSHIP,
    TYPE,
    begins,
    continues,
    expression,
    operand,
    prefixed,
    term,
)
from lakmus.query.frontends.cql.parsing.types import type_specifier
from lakmus.query.frontends.cql.parsing.words import PLURALS, PRECISIONS

_TRUTHS = frozenset(("null", "true", "false"))


@continues(TYPE, "is")
def _is(cursor: Cursor, left: s.Expression) -> s.Expression:
    place = cursor.place
    cursor.take()
    negated = cursor.took("not")
    if cursor.kind in _TRUTHS:
        return s.Unary(f"is {'not ' * negated}{cursor.take().kind}", left, place=place)
    if negated:
        raise cursor.expected("`null`, `true` or `false`")
    return s.TypeTest(left, type_specifier(cursor), place=place)


@continues(TYPE, "as")
def _as(cursor: Cursor, left: s.Expression) -> s.Expression:
    place = cursor.place
    cursor.take()
    return s.Cast(left, type_specifier(cursor), place=place)


@continues(BETWEEN, "between")
def _between(cursor: Cursor, left: s.Expression) -> s.Expression:
    place, properly = cursor.place, cursor.took("properly")
    low, high = _bounds(cursor)
    return s.Between(left, low, high, properly, place=place)


def _bounds(cursor: Cursor) -> tuple[s.Expression, s.Expression]:
    cursor.expect("between")
    low = term(cursor)
    cursor.expect("and")
    return low, term(cursor)


@continues(MEMBERSHIP, "in", "contains")
def _membership(cursor: Cursor, left: s.Expression) -> s.Expression:
    place, operator = cursor.place, cursor.take().kind
    precision = precision_of(cursor)
    right = expression(cursor, MEMBERSHIP + 1)
    if precision:
        return s.Timing(operator, left, right, precision, place=place)
    return s.Binary(operator, left, right, place=place)


def precision_of(cursor: Cursor) -> str:
    """`day of`; "" when none is written."""
    if cursor.kind not in PRECISIONS or cursor.ahead() != "of":
        return ""
    precision = cursor.take().kind
    cursor.take()
    return precision


@begins(EXPRESSIONS, "not", "exists")
def _truth(cursor: Cursor) -> s.Expression:
    """They bind tighter than all operators but `is` and `as`."""
    place, operator = cursor.place, cursor.take().kind
    return s.Unary(operator, expression(cursor, TYPE), place=place)


@begins(EXPRESSIONS, "cast")
def _cast(cursor: Cursor) -> s.Expression:
    """The operand has no operator but arithmetic: its own `as` would be taken for this one."""
    place = cursor.place
    cursor.take()
    cursor.enter()
    found = operand(cursor)
    cursor.leave()
    cursor.expect("as")
    return s.Cast(found, type_specifier(cursor), strict=True, place=place)


@begins(EXPRESSIONS, *PLURALS)
def _units_between(cursor: Cursor) -> s.Expression:
    place, precision = cursor.place, cursor.take().kind
    low, high = _bounds(cursor)
    return s.DurationBetween(precision, low, high, place=place)


@begins(EXPRESSIONS, "duration", "difference")
def _duration(cursor: Cursor) -> s.Expression:
    """`… between` is an expression, `… of` a term that arithmetic may follow."""
    if cursor.ahead(3) == "of":
        return term(cursor)
    place, word = cursor.place, cursor.take().kind
    precision = unit_in(cursor)
    if cursor.kind != "between":
        raise cursor.expected("`between` or `of`")
    low, high = _bounds(cursor)
    return s.DurationBetween(precision, low, high, word == "difference", place=place)


def unit_in(cursor: Cursor) -> str:
    """`in days`"""
    cursor.expect("in")
    if cursor.kind not in PLURALS:
        raise cursor.expected("a unit of time such as `days`")
    return cursor.take().kind


def duration_of(cursor: Cursor) -> s.Expression:
    """`duration in days of interval`"""
    place, word = cursor.place, cursor.take().kind
    precision = unit_in(cursor)
    cursor.expect("of")
    return s.DurationOf(precision, prefixed(cursor), word == "difference", place=place)
