"""Literals and selectors."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lakmus.query.engines.duckdb.elm import values
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, compiles, unsupported
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.types import IntervalType


@compiles(elm.Literal)
def literal(compiler: Compiler, node: elm.Literal, _: Scope) -> str:
    return compiler.constant(node) or values.written(node.value, node.type)


@compiles(elm.Null)
def null(compiler: Compiler, node: elm.Null, _: Scope) -> str:
    return compiler.null(node.type)


@compiles(elm.List)
def list_(compiler: Compiler, node: elm.List, scope: Scope) -> str:
    items = ", ".join(compiler.value(item, scope) for item in node.items)
    return f"[{items}]::{compiler.type_of(node.type)}"


@compiles(elm.Tuple)
def tuple_(compiler: Compiler, node: elm.Tuple, scope: Scope) -> str:
    return values.record(sorted((name, compiler.value(each, scope)) for name, each in node.elements))


@compiles(elm.Interval)
def interval(compiler: Compiler, node: elm.Interval, scope: Scope) -> str:
    """Both bounds unknown make no interval; bounds the wrong way round are an error."""
    low, high, lc, hc = (
        compiler.value(n, scope) for n in (node.low, node.high, node.low_closed, node.high_closed)
    )
    whole = values.record({"low": low, "high": high, "lc": lc, "hc": hc})
    assert isinstance(node.type, IntervalType)
    if _fits(node):
        return whole
    return compiler.bound(whole, lambda v: _checked(compiler, node, v))


def _fits(node: elm.Interval) -> bool:
    """Whether it is surely one: a closed bound, and bounds that nobody has to compare."""
    if isinstance(node.low, elm.Literal) and isinstance(node.high, elm.Literal):
        return _ordered(node.low.value, node.high.value)
    closed = isinstance(node.low_closed, elm.Literal) and isinstance(node.high_closed, elm.Literal)
    known = closed and (node.low_closed.value or node.high_closed.value)  # type: ignore[attr-defined]
    return bool(known) and (isinstance(node.low, elm.Null) or isinstance(node.high, elm.Null))


def _ordered(low: Any, high: Any) -> bool:
    """Whether two bounds that are written stand the right way round; only numbers are looked at."""
    return isinstance(low, int | Decimal) and isinstance(high, int | Decimal) and low < high


def _checked(compiler: Compiler, node: elm.Interval, v: str) -> str:
    point = node.type.point  # type: ignore[union-attr]
    wrong = compiler.macro(node, "Greater", (point, point), (f"{v}.low", f"{v}.high"))
    nothing = f"{v}.low IS NULL AND {v}.high IS NULL AND NOT {v}.lc AND NOT {v}.hc"
    fault = compiler.fault(v, "an interval begins after it ends")
    return f"CASE WHEN {nothing} THEN NULL WHEN {wrong} THEN {fault} ELSE {v} END"


@compiles(elm.Instance)
def instance(compiler: Compiler, node: elm.Instance, scope: Scope) -> str:
    """Classes of the System model; those of a model are made of JSON, which this engine does not hold."""
    classes = t.SYSTEM_CLASSES.get(node.type)  # type: ignore[arg-type]
    if classes is None:
        raise unsupported(node, f"an instance of {node.type} made in CQL")
    given = dict(node.elements)
    made = {
        name: compiler.value(given[name], scope) if name in given else compiler.null(type_)
        for name, type_ in classes.items()
    }
    return f"{values.record(made)}::{compiler.type_of(node.type)}"
