"""Comparisons of integers that partial dates leave uncertain: what both ends say is said (CQL 1.5, developer's guide, "Uncertainty").

`months between @2005 and @2006-07 > 5` is true, though nobody knows how many months.
"""

from __future__ import annotations

from collections.abc import Callable

from lakmus.query.engines.duckdb.elm.compiler import OPERATORS, Compiler, Scope, operates
from lakmus.query.engines.duckdb.elm.durations import DURATIONS, between
from lakmus.query.engines.duckdb.elm.logic import called
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import INTEGER

# By operator, the comparison where the span is on the left: of its least and its greatest with a number.
_COMPARED: dict[str, str] = {
    "Less": "CASE WHEN {h} < {n} THEN true WHEN {l} >= {n} THEN false END",
    "LessOrEqual": "CASE WHEN {h} <= {n} THEN true WHEN {l} > {n} THEN false END",
    "Greater": "CASE WHEN {l} > {n} THEN true WHEN {h} <= {n} THEN false END",
    "GreaterOrEqual": "CASE WHEN {l} >= {n} THEN true WHEN {h} < {n} THEN false END",
    "Equal": "CASE WHEN {h} < {n} OR {l} > {n} THEN false WHEN {l} = {n} AND {h} = {n} THEN true END",
}
_TURNED = {
    "Less": "Greater",
    "Greater": "Less",
    "LessOrEqual": "GreaterOrEqual",
    "GreaterOrEqual": "LessOrEqual",
    "Equal": "Equal",
}
_OTHERWISE: dict[str, Callable[[Compiler, elm.Apply, Scope], str]] = {
    name: OPERATORS.get(name, called) for name in _COMPARED
}


@operates(*_COMPARED)
def compared(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    left, right = node.operands
    if _uncertain(left) and not _uncertain(right):
        return _decided(compiler, node.operator, left, right, scope)
    if _uncertain(right) and not _uncertain(left):
        return _decided(compiler, _TURNED[node.operator], right, left, scope)
    return _OTHERWISE[node.operator](compiler, node, scope)


def _uncertain(node: elm.Elm) -> bool:
    return isinstance(node, elm.Apply) and node.operator in DURATIONS and node.type == INTEGER


def _decided(compiler: Compiler, operator: str, span: elm.Elm, number: elm.Elm, scope: Scope) -> str:
    assert isinstance(span, elm.Apply)
    form, n = _COMPARED[operator], compiler.value(number, scope)
    return compiler.bound(
        n, lambda v: between(compiler, span, scope, lambda low, high: form.format(l=low, h=high, n=v))
    )
