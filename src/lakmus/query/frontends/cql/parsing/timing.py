"""Interval operator phrases (grammar: intervalOperatorPhrase)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lakmus.core.errors import Place
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import Cursor
from lakmus.query.frontends.cql.parsing.expressions import EXPRESSIONS, TERMS, TIMING, continues, expression
from lakmus.query.frontends.cql.parsing.lexer import NUMBER, TEXT
from lakmus.query.frontends.cql.parsing.literals import quantity
from lakmus.query.frontends.cql.parsing.operators import precision_of
from lakmus.query.frontends.cql.parsing.words import PRECISIONS, UNITS

_BOUNDS = {"starts": "start", "ends": "end", "occurs": ""}
_RELATIONS = frozenset(("before", "after", "on or"))
# What may follow `starts`, `ends` and `occurs` that say which bound is meant.
_AFTER_BOUND = _RELATIONS | {"same", "properly", "during", "included in", "within", "less than", "more than"}


@dataclass(frozen=True, slots=True)
class _Left:
    """What stands before the operator itself."""

    operand: s.Expression
    bound: str
    properly: bool
    place: Place


@continues(
    TIMING, "starts", "ends", "occurs", "same", "properly", "includes", "during", "included in", "within"
)
@continues(TIMING, "meets", "overlaps", "before", "after", "on or", "less than", "more than", NUMBER)
def _phrase(cursor: Cursor, operand: s.Expression) -> s.Expression:
    if cursor.kind == NUMBER and not _offset_ahead(cursor, 0):
        raise cursor.expected("an operator")
    place, word = cursor.place, ""
    if cursor.kind in _BOUNDS and (cursor.kind == "occurs" or _bound_ahead(cursor)):
        word = cursor.take().kind
    properly = cursor.took("properly")
    left = _Left(operand, _BOUNDS.get(word, ""), properly, place)
    read = _allowed(bool(word), properly).get(cursor.kind)
    if read is None:
        raise cursor.expected("a relation in time such as `before`, `during` or `same day as`")
    return read(cursor, left)


def _bound_ahead(cursor: Cursor) -> bool:
    """Whether `starts` and `ends` only say which bound is meant, and are not the operator."""
    return cursor.ahead() in _AFTER_BOUND or _offset_ahead(cursor, 1)


def _offset_ahead(cursor: Cursor, at: int) -> bool:
    """`3 days or more before`: a quantity that belongs to a relation."""
    if cursor.ahead(at) != NUMBER:
        return False
    at += 2 if cursor.ahead(at + 1) in UNITS or cursor.ahead(at + 1) == TEXT else 1
    if cursor.ahead(at) in ("or more", "or less"):
        at += 1
    return cursor.ahead(at) in _RELATIONS


def _timing(
    cursor: Cursor,
    left: _Left,
    operator: str,
    precision: str = "",
    right_bound: str = "",
    relation: str = "",
    inclusive: bool = False,
    offset: s.QuantityLiteral | None = None,
    qualifier: str = "",
) -> s.Timing:
    """The phrase with its right operand, which is read now."""
    right = expression(cursor, TIMING + 1)
    return s.Timing(
        operator, left.operand, right, precision, left.bound, right_bound, relation, left.properly, inclusive, offset,
        qualifier, place=left.place,
    )  # fmt: skip


def _right_bound(cursor: Cursor) -> str:
    """`before start B`; but `start of B` is an operand of its own, and `start` alone a name."""
    if cursor.kind not in ("start", "end"):
        return ""
    after = cursor.ahead()
    operand = after in TERMS or after in EXPRESSIONS
    return cursor.take().kind if operand and after != "of" else ""


def _concurrent(cursor: Cursor, left: _Left) -> s.Expression:
    cursor.take()
    precision = cursor.take().kind if cursor.kind in PRECISIONS else ""
    if cursor.kind not in ("as", "or before", "or after"):
        raise cursor.expected("`as`, `or before` or `or after`")
    relation = cursor.take().kind
    return _timing(cursor, left, "concurrent", precision, _right_bound(cursor), relation)


def _includes(cursor: Cursor, left: _Left) -> s.Expression:
    cursor.take()
    return _timing(cursor, left, "includes", precision_of(cursor), _right_bound(cursor))


def _included(cursor: Cursor, left: _Left) -> s.Expression:
    cursor.take()
    return _timing(cursor, left, "included in", precision_of(cursor))


def _within(cursor: Cursor, left: _Left) -> s.Expression:
    cursor.take()
    offset = quantity(cursor)
    cursor.expect("of")
    return _timing(cursor, left, "within", "", _right_bound(cursor), offset=offset)


def _meeting(cursor: Cursor, left: _Left) -> s.Expression:
    operator = cursor.take().kind
    if cursor.kind in ("before", "after"):
        operator = f"{operator} {cursor.take().kind}"
    return _timing(cursor, left, operator, precision_of(cursor))


def _bounding(cursor: Cursor, left: _Left) -> s.Expression:
    operator = cursor.take().kind
    return _timing(cursor, left, operator, precision_of(cursor))


def _relative(cursor: Cursor, left: _Left) -> s.Expression:
    """`3 days or more on or before day of start B`"""
    offset, qualifier = _offset(cursor)
    inclusive = cursor.took("on or")
    if cursor.kind not in ("before", "after"):
        raise cursor.expected("`before` or `after`")
    operator = cursor.take().kind
    inclusive = (not inclusive and cursor.took("or on")) or inclusive
    precision = precision_of(cursor)
    bound = _right_bound(cursor)
    return _timing(cursor, left, operator, precision, bound, "", inclusive, offset, qualifier)


def _offset(cursor: Cursor) -> tuple[s.QuantityLiteral | None, str]:
    if cursor.kind in ("less than", "more than"):
        qualifier = cursor.take().kind
        return quantity(cursor), qualifier
    if cursor.kind != NUMBER:
        return None, ""
    offset = quantity(cursor)
    return offset, cursor.take().kind if cursor.kind in ("or more", "or less") else ""


_Read = Callable[[Cursor, _Left], s.Expression]
_BEFORE_AFTER: dict[str, _Read] = dict.fromkeys((*_RELATIONS, "less than", "more than", NUMBER), _relative)
_DURING: dict[str, _Read] = dict.fromkeys(("during", "included in"), _included)
_OF_BOUND: dict[str, _Read] = {"same": _concurrent, **_DURING, "within": _within, **_BEFORE_AFTER}
_PROPER_OF_BOUND: dict[str, _Read] = {**_DURING, "within": _within}
_PROPER: dict[str, _Read] = {**_PROPER_OF_BOUND, "includes": _includes}
_PLAIN: dict[str, _Read] = {
    **_OF_BOUND,
    "includes": _includes,
    **dict.fromkeys(("meets", "overlaps"), _meeting),
    **dict.fromkeys(("starts", "ends"), _bounding),
}


def _allowed(bound: bool, properly: bool) -> dict[str, _Read]:
    """The relations that may follow a bound, and `properly`."""
    if properly:
        return _PROPER_OF_BOUND if bound else _PROPER
    return _OF_BOUND if bound else _PLAIN
