"""Expressions by precedence: the alternatives of the grammar's `expression`, loosest first in `LEVELS`."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing import queries, terms, timing
from lakmus.query.frontends.cql.parsing.cursor import PLURALS, PRECISIONS, Cursor
from lakmus.query.frontends.cql.parsing.types import type_specifier

# How tight infix operators bind. Timing phrases stand between equality and comparison.
SETS, IMPLIES, OR, AND, MEMBERSHIP, EQUALITY, TIMING, COMPARISON, BETWEEN, TYPE = range(1, 11)
LEVELS: dict[str, int] = {
    **dict.fromkeys(("|", "union", "intersect", "except"), SETS),
    "implies": IMPLIES,
    **dict.fromkeys(("or", "xor"), OR),
    "and": AND,
    **dict.fromkeys(("in", "contains"), MEMBERSHIP),
    **dict.fromkeys(("=", "!=", "~", "!~"), EQUALITY),
    **dict.fromkeys(("<", "<=", ">", ">="), COMPARISON),
}


def expression(cursor: Cursor, least: int = SETS) -> s.Expression:
    """An expression of operators that bind at least so tight."""
    with cursor.deeper():
        found = _prefixed(cursor)
        while True:
            more = _infix(cursor, found, least)
            if more is None:
                return found
            found = more


def _infix(cursor: Cursor, left: s.Expression, least: int) -> s.Expression | None:
    """The next operator with its right operand; None when nothing that binds tight enough follows."""
    place = cursor.place
    if cursor.is_word("is", "as") and least <= TYPE:
        return _typed(cursor, left)
    if _between_ahead(cursor) and least <= BETWEEN:
        return _between(cursor, left)
    if least <= TIMING and timing.is_ahead(cursor):
        return timing.phrase(cursor, left, lambda: expression(cursor, TIMING + 1))
    level = _level(cursor)
    if level is None or level < least:
        return None
    operator = cursor.take().value
    if level == MEMBERSHIP and cursor.is_word(*PRECISIONS) and cursor.is_word("of", ahead=1):
        precision = cursor.take().value
        cursor.take()
        right = expression(cursor, level + 1)
        return s.Timing(operator, left, right, precision=precision, place=place)
    return s.Binary(operator, left, expression(cursor, level + 1), place=place)


def _level(cursor: Cursor) -> int | None:
    token = cursor.token
    if cursor.is_sign(token.value) or cursor.is_word(token.value):
        return LEVELS.get(token.value)
    return None


def _typed(cursor: Cursor, left: s.Expression) -> s.Expression:
    place, word = cursor.place, cursor.take().value
    if word == "as":
        return s.Cast(left, type_specifier(cursor), place=place)
    negated = cursor.took_word("not")
    if negated or cursor.is_word("null", "true", "false"):
        value = cursor.word("null", "true", "false").value
        return s.Unary(f"is {'not ' if negated else ''}{value}", left, place=place)
    return s.TypeTest(left, type_specifier(cursor), place=place)


def _between_ahead(cursor: Cursor) -> bool:
    return cursor.is_word("between") or cursor.are_words("properly", "between")


def _between(cursor: Cursor, left: s.Expression) -> s.Expression:
    place, properly = cursor.place, cursor.took_word("properly")
    cursor.word("between")
    low = terms.sum_(cursor)
    cursor.word("and")
    return s.Between(left, low, terms.sum_(cursor), properly, place=place)


def _prefixed(cursor: Cursor) -> s.Expression:
    """Operators written before their operand, durations, queries, and terms."""
    place = cursor.place
    if (cursor.is_word("not", "exists") and not cursor.is_sign("(", ".", ahead=1)) or (
        cursor.is_word("not", "exists") and cursor.is_sign("(", ahead=1)
    ):
        operator = cursor.take().value
        return s.Unary(operator, _operand(cursor), place=place)
    if cursor.is_word("cast"):
        cursor.take()
        operand = expression(cursor, TYPE + 1)
        cursor.word("as")
        return s.Cast(operand, type_specifier(cursor), strict=True, place=place)
    if _duration_ahead(cursor):
        return _duration(cursor)
    return queries.query_or_term(cursor)


def _operand(cursor: Cursor) -> s.Expression:
    """What `not` and `exists` apply to: they bind tighter than all but `is` and `as`."""
    return expression(cursor, TYPE)


def _duration_ahead(cursor: Cursor) -> bool:
    if cursor.is_word(*PLURALS) and cursor.is_word("between", ahead=1):
        return True
    spelled = cursor.is_word("duration", "difference") and cursor.is_word("in", ahead=1)
    return spelled and cursor.is_word(*PLURALS, ahead=2) and cursor.is_word("between", ahead=3)


def _duration(cursor: Cursor) -> s.Expression:
    place, difference = cursor.place, cursor.is_word("difference")
    if cursor.took_word("duration", "difference"):
        cursor.word("in")
    precision = cursor.take().value
    cursor.word("between")
    low = terms.sum_(cursor)
    cursor.word("and")
    return s.DurationBetween(precision, low, terms.sum_(cursor), difference, place=place)
