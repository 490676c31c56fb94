"""Interval operator phrases (grammar: intervalOperatorPhrase)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing import terms
from lakmus.query.frontends.cql.parsing.cursor import PRECISIONS, Cursor
from lakmus.query.frontends.cql.parsing.lexer import Kind

BOUNDS = {"starts": "start", "ends": "end", "occurs": ""}
_FIRST = (
    "starts", "ends", "occurs", "same", "properly", "includes", "during", "included", "within", "meets", "overlaps",
    "before", "after", "on", "less", "more",
)  # fmt: skip
Right = Callable[[], s.Expression]


def is_ahead(cursor: Cursor) -> bool:
    """Whether a phrase begins here: with one of its words, or with a quantity that counts from the right operand."""
    if cursor.is_word(*_FIRST):
        return True
    return cursor.token.kind is Kind.NUMBER


def phrase(cursor: Cursor, left: s.Expression, right: Right) -> s.Expression:
    place = cursor.place
    bound = ""
    if cursor.is_word("starts", "ends", "occurs") and _relation_ahead(cursor):
        bound = BOUNDS[cursor.take().value]
    found = _phrase(cursor)
    after = cursor.take().value if _bound_ahead(cursor) else ""
    given = {"left_bound": bound, "right_bound": after, **found}
    operator = given.pop("operator")
    return s.Timing(operator, left, right(), **given, place=place)


def _bound_ahead(cursor: Cursor) -> bool:
    """`before start B`; `start of B` is an expression of its own."""
    return cursor.is_word("start", "end") and not cursor.is_word("of", ahead=1)


def _relation_ahead(cursor: Cursor) -> bool:
    """Whether `starts` and `ends` only say which bound, and the operator follows."""
    if cursor.is_word("occurs"):
        return True
    if cursor.ahead().kind is Kind.NUMBER:
        return _offset_ahead(cursor)
    words = ("same", "properly", "during", "included", "within", "before", "after", "on", "less", "more")
    return cursor.is_word(*words, ahead=1)


def _offset_ahead(cursor: Cursor) -> bool:
    """Whether a relation stands behind the quantity: `starts 3 days after`, not `starts 3 …`."""
    return any(cursor.is_word("before", "after", "on", "or", ahead=i) for i in range(2, 8))


def _phrase(cursor: Cursor) -> dict[str, Any]:
    properly = cursor.took_word("properly")
    if cursor.took_word("same"):
        return _concurrent(cursor)
    if cursor.took_word("within"):
        offset = terms.quantity(cursor)
        cursor.word("of")
        return {"operator": "within", "offset": offset, "properly": properly}
    if cursor.took_word("during") or cursor.took_words("included", "in"):
        return {"operator": "included in", "properly": properly, "precision": _precision(cursor)}
    if cursor.is_word("includes", "starts", "ends"):
        operator = cursor.take().value
        return {"operator": operator, "properly": properly, "precision": _precision(cursor)}
    if cursor.is_word("meets", "overlaps"):
        operator = cursor.take().value
        if cursor.is_word("before", "after"):
            operator += f" {cursor.take().value}"
        return {"operator": operator, "precision": _precision(cursor)}
    return _relative(cursor)


def _concurrent(cursor: Cursor) -> dict[str, Any]:
    precision = cursor.take().value if cursor.is_word(*PRECISIONS, "date") else ""
    if cursor.took_word("or"):
        relation = f"or {cursor.word('before', 'after').value}"
    else:
        cursor.word("as")
        relation = "as"
    return {"operator": "concurrent", "relation": relation, "precision": precision}


def _relative(cursor: Cursor) -> dict[str, Any]:
    qualifier, offset = "", None
    if cursor.is_word("less", "more"):
        qualifier = f"{cursor.take().value} {cursor.word('than').value}"
        offset = terms.quantity(cursor)
    elif cursor.token.kind is Kind.NUMBER:
        offset = terms.quantity(cursor)
        if cursor.is_word("or") and cursor.is_word("more", "less", ahead=1):
            cursor.take()
            qualifier = f"or {cursor.take().value}"
    inclusive = cursor.took_words("on", "or")
    operator = cursor.word("before", "after").value
    inclusive = cursor.took_words("or", "on") or inclusive
    found = {"operator": operator, "inclusive": inclusive, "precision": _precision(cursor)}
    return {**found, "offset": offset, "qualifier": qualifier}


def _precision(cursor: Cursor) -> str:
    """`day of`"""
    if cursor.is_word(*PRECISIONS) and cursor.is_word("of", ahead=1):
        word = cursor.take().value
        cursor.take()
        return word
    return ""
