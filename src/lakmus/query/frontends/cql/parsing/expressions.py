"""Expressions by precedence (grammar: expression, expressionTerm).

The grammar has two tiers: terms with arithmetic, and around them what gives truth values, timing, queries and sets. What
begins an expression or a term, and what continues an expression, stands in three tables that the other parts fill.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import NAMES, REFERENCES, Cursor
from lakmus.query.frontends.cql.parsing.words import KEYWORDS

# How tight operators bind, the loosest first.
SETS, IMPLIES, OR, AND, MEMBERSHIP, EQUALITY, TIMING, COMPARISON, BETWEEN, TYPE = range(1, 11)
SUM, PRODUCT, POWER = range(11, 14)

Begins = Callable[[Cursor], s.Expression]
Continues = Callable[[Cursor, s.Expression], s.Expression]
EXPRESSIONS: dict[str, Begins] = {}
TERMS: dict[str, Begins] = {}
CONTINUATIONS: dict[str, tuple[int, Continues]] = {}
ARITHMETIC = {
    **dict.fromkeys(("+", "-", "&"), SUM),
    **dict.fromkeys(("*", "/", "div", "mod"), PRODUCT),
    "^": POWER,
}
B = TypeVar("B", bound=Begins)
C = TypeVar("C", bound=Continues)


def begins(table: dict[str, Begins], *kinds: str) -> Callable[[B], B]:
    """Says what a token begins."""

    def put(read: B) -> B:
        table.update(dict.fromkeys(kinds, read))
        return read

    return put


def continues(level: int, *kinds: str) -> Callable[[C], C]:
    """Says what a token continues an expression with, and how tight that binds."""

    def put(read: C) -> C:
        CONTINUATIONS.update(dict.fromkeys(kinds, (level, read)))
        return read

    return put


def expression(cursor: Cursor, least: int = SETS) -> s.Expression:
    """An expression of operators that bind at least so tight."""
    cursor.enter()
    found = operand(cursor)
    while (read := _continuation(cursor, least)) is not None:
        found = read(cursor, found)
    cursor.leave()
    return found


def operand(cursor: Cursor) -> s.Expression:
    """What an operator of an expression applies to."""
    if source_ahead(cursor):
        return EXPRESSIONS["from"](cursor)
    return EXPRESSIONS.get(cursor.kind, term)(cursor)


def source_ahead(cursor: Cursor) -> bool:
    """Whether a retrieve, a path or parentheses follow, and behind them an alias (grammar: aliasedQuerySource)."""
    if cursor.kind in ("(", "["):
        last = cursor.closing.get(cursor.at)
        return last is not None and cursor.tokens[last + 1].kind in NAMES
    if cursor.kind not in REFERENCES:
        return False
    steps = 1
    while cursor.ahead(steps) == "." and (
        cursor.ahead(steps + 1) in NAMES or cursor.ahead(steps + 1) in KEYWORDS
    ):
        steps += 2
    return cursor.ahead(steps) in NAMES


def _continuation(cursor: Cursor, least: int) -> Continues | None:
    kind = cursor.kind
    if kind == "properly" and cursor.ahead() == "between":
        kind = "between"
    level, read = CONTINUATIONS.get(kind, (0, None))
    return read if level >= least else None


def term(cursor: Cursor, least: int = SUM) -> s.Expression:
    """A term with arithmetic that binds at least so tight."""
    found = factor(cursor)
    while (level := ARITHMETIC.get(cursor.kind, 0)) >= least:
        place, operator = cursor.place, cursor.take().kind
        found = s.Binary(operator, found, term(cursor, level + 1), place=place)
    return found


def factor(cursor: Cursor) -> s.Expression:
    """A term with its paths, calls and indexes; prefixes take them into their own operand."""
    read = TERMS.get(cursor.kind)
    if read is None:
        raise cursor.expected("an expression")
    found = read(cursor)
    while cursor.kind in _STEPS:
        found = _STEPS[cursor.kind](cursor, found)
    return found


def prefixed(cursor: Cursor) -> s.Expression:
    """What a prefix applies to."""
    cursor.enter()
    found = factor(cursor)
    cursor.leave()
    return found


def _invocation(cursor: Cursor, source: s.Expression) -> s.Expression:
    cursor.take()
    place, name = cursor.place, cursor.word("the name of an element or function")
    if cursor.kind == "(":
        return s.Call(source, name, arguments(cursor), place=place)
    return s.Member(source, name, place=place)


def _index(cursor: Cursor, source: s.Expression) -> s.Expression:
    place, opened = cursor.place, cursor.take()
    index = expression(cursor)
    cursor.close("]", opened)
    return s.Indexer(source, index, place=place)


_STEPS: dict[str, Continues] = {".": _invocation, "[": _index}


def arguments(cursor: Cursor) -> tuple[s.Expression, ...]:
    opened = cursor.expect("(")
    found: list[s.Expression] = []
    if cursor.kind != ")":
        found = separated(cursor)
    cursor.close(")", opened)
    return tuple(found)


def separated(cursor: Cursor) -> list[s.Expression]:
    """Expressions with commas between."""
    found = [expression(cursor)]
    while cursor.took(","):
        found.append(expression(cursor))
    return found


# Operators between two expressions


def _binary(level: int) -> Continues:
    def read(cursor: Cursor, left: s.Expression) -> s.Expression:
        place, operator = cursor.place, cursor.take().kind
        return s.Binary(operator, left, expression(cursor, level + 1), place=place)

    return read


for _level, _operators in (
    (SETS, ("|", "union", "intersect", "except")),
    (IMPLIES, ("implies",)),
    (OR, ("or", "xor")),
    (AND, ("and",)),
    (EQUALITY, ("=", "!=", "~", "!~")),
    (COMPARISON, ("<", "<=", ">", ">=")),
):
    continues(_level, *_operators)(_binary(_level))
