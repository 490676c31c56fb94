"""Literals and selectors."""

from __future__ import annotations

from decimal import Decimal

from lakmus.query.engines.duckdb.elm import values
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, compiles, unsupported
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.types import CqlType, IntervalType


@compiles(elm.Literal)
def literal(compiler: Compiler, node: elm.Literal, _: Scope) -> str:
    return compiler.literal(node) or values.written(node.value, node.type)


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
    assert isinstance(node.type, IntervalType)
    point = node.type.point
    low, high = (
        compiler.null(point) if isinstance(n, elm.Null) else compiler.value(n, scope)
        for n in (node.low, node.high)
    )
    lc, hc = (compiler.value(n, scope) for n in (node.low_closed, node.high_closed))
    whole = values.record({"low": low, "high": high, "lc": lc, "hc": hc})
    if _fits(node):
        return whole
    return compiler.bound(whole, lambda v: _checked(compiler, node, v))


def _fits(node: elm.Interval) -> bool:
    """Whether it is surely one: bounds the right way round, one of which is known or closed."""
    closed = [getattr(each, "value", None) is True for each in (node.low_closed, node.high_closed)]
    return any(closed) and _ordered(node.low, node.high, all(closed))


def _ordered(low: elm.Elm, high: elm.Elm, closed: bool) -> bool:
    """Whether two bounds surely stand the right way round: one is absent, both are the same point of a closed interval, or
    one is the other with something added.
    """
    if isinstance(low, elm.Literal) and isinstance(high, elm.Literal):
        return (
            isinstance(low.value, int | Decimal)
            and isinstance(high.value, int | Decimal)
            and low.value < high.value
        )
    if isinstance(low, elm.Null) or isinstance(high, elm.Null):
        return True
    earlier, later = _without(low, "Subtract"), _without(high, "Add")
    if earlier == later:
        return closed or (earlier, later) != (low, high)
    whole = _bound_of(earlier, "Start")
    return closed and whole is not None and whole == _bound_of(later, "End")


def _without(node: elm.Elm, operator: str) -> elm.Elm:
    """What something positive is added to, or taken from."""
    if (
        isinstance(node, elm.Apply)
        and node.operator == operator
        and isinstance(node.operands[1], elm.Literal)
    ):
        value = getattr(node.operands[1].value, "value", node.operands[1].value)
        return node.operands[0] if isinstance(value, int | Decimal) and value > 0 else node
    return node


def _bound_of(node: elm.Elm, operator: str) -> elm.Elm | None:
    return node.operands[0] if isinstance(node, elm.Apply) and node.operator == operator else None


def _checked(compiler: Compiler, node: elm.Interval, v: str) -> str:
    point = node.type.point  # type: ignore[union-attr]
    checked = v if point == t.ANY else _right_way_round(compiler, node, v, point)
    if _certain(node.low_closed) or _certain(node.high_closed):
        return checked
    nothing = f"({v}).low IS NULL AND ({v}).high IS NULL AND NOT ({v}).lc AND NOT ({v}).hc"
    return f"CASE WHEN {nothing} THEN NULL ELSE {checked} END"


def _right_way_round(compiler: Compiler, node: elm.Interval, v: str, point: CqlType) -> str:
    """Bounds that are the same have to be closed both."""
    low, high = f"({v}).low", f"({v}).high"
    wrong = compiler.macro(node, "Greater", (point, point), (low, high))
    if not (_certain(node.low_closed) and _certain(node.high_closed)):
        same = compiler.macro(node, "Equal", (point, point), (low, high))
        wrong = f"({wrong} OR ({same} AND NOT (({v}).lc AND ({v}).hc)))"
    return compiler.checked(v, wrong, "an interval begins after it ends")


def _certain(node: elm.Elm) -> bool:
    return isinstance(node, elm.Literal) and node.value is True


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
