"""Which function writes which form, how tightly forms bind, and so where parentheses are needed."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, TypeVar

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.formatting.layout import STEP, in_parentheses

# The text of a node in so many columns.
Writer = Callable[[Any, int], str]
WRITERS: dict[type[s.Syntax], Writer] = {}
W = TypeVar("W", bound=Writer)


class Level(IntEnum):
    """How tightly a form binds, loosest first. `GREEDY` forms reach as far as they can, `CLOSED` ones end by themselves."""

    QUERY = 0
    GREEDY = 1
    SETS = 2
    IMPLIES = 3
    OR = 4
    AND = 5
    MEMBERSHIP = 6
    EQUALITY = 7
    TIMING = 8
    COMPARISON = 9
    BETWEEN = 10
    PREFIX = 11
    TYPE = 12
    CLOSED = 13
    SUM = 14
    PRODUCT = 15
    POWER = 16
    SIGN = 17
    TERM = 18
    PATH = 19


OPERATORS: dict[str, Level] = {
    **dict.fromkeys(("|", "union", "intersect", "except"), Level.SETS),
    "implies": Level.IMPLIES,
    **dict.fromkeys(("or", "xor"), Level.OR),
    "and": Level.AND,
    **dict.fromkeys(("in", "contains"), Level.MEMBERSHIP),
    **dict.fromkeys(("=", "!=", "~", "!~"), Level.EQUALITY),
    **dict.fromkeys(("<", "<=", ">", ">="), Level.COMPARISON),
    **dict.fromkeys(("+", "-", "&"), Level.SUM),
    **dict.fromkeys(("*", "/", "div", "mod"), Level.PRODUCT),
    "^": Level.POWER,
}
_WHOLE = ("distinct", "flatten", "collapse", "expand")
_LEVELS: dict[type[s.Syntax], Level] = {
    s.Query: Level.QUERY,
    **dict.fromkeys((s.If, s.SetPer), Level.GREEDY),
    s.Between: Level.BETWEEN,
    s.TypeTest: Level.TYPE,
    **dict.fromkeys((s.Case, s.Conversion, s.DurationBetween, s.Retrieve), Level.CLOSED),
    **dict.fromkeys((s.ComponentOf, s.DurationOf), Level.SIGN),
    **dict.fromkeys((s.QuantityLiteral, s.RatioLiteral, s.CodeSelector, s.ConceptSelector, s.TypeExtent), Level.TERM),
}  # fmt: skip


def writes(*forms: type[s.Syntax]) -> Callable[[W], W]:
    """Says which forms of the syntax a function writes."""

    def put(function: W) -> W:
        for form in forms:
            assert form not in WRITERS
            WRITERS[form] = function
        return function

    return put


def level(node: s.Syntax) -> Level:
    match node:
        case s.Binary(operator=operator):
            return OPERATORS[operator]
        case s.Timing(operator=operator):
            return OPERATORS.get(operator, Level.TIMING)
        case s.Cast(strict=strict):
            return Level.CLOSED if strict else Level.TYPE
        case s.Unary(operator=operator):
            return _unary(operator)
    return _LEVELS.get(type(node), Level.PATH)


def _unary(operator: str) -> Level:
    if operator in ("not", "exists"):
        return Level.PREFIX
    if operator in _WHOLE:
        return Level.GREEDY
    return Level.TYPE if operator.startswith("is ") else Level.SIGN


def written(node: s.Syntax, room: int, least: int = Level.QUERY) -> str:
    """The text of a node, in parentheses where it does not bind as tightly as it has to."""
    if level(node) < least:
        return in_parentheses(WRITERS[type(node)](node, room - len(STEP)))
    return WRITERS[type(node)](node, room)
