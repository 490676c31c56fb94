"""The ends, the width and the only point of an interval (CQL 1.5, appendix B, "Interval Operators")."""

from __future__ import annotations

from lakmus.query.engines.duckdb.elm import intervals
from lakmus.query.engines.duckdb.elm.choosing import chosen
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates, unsupported
from lakmus.query.engines.duckdb.elm.interval_relations import point_kind
from lakmus.query.engines.duckdb.elm.spans import Points, Side, Span, sides
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ANY, IntervalType

_STEPS = {"integer": "1", "long": "1", "decimal": "0.00000001"}


@operates("Start", "End")
def end_of(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """Null where it is not known which point that is."""
    (operand,) = node.operands
    if operand.type == IntervalType(ANY):
        return compiler.null(node.type)
    if chosen(node.operator, [operand.type]) is not None:
        return intervals.end_of(compiler, node, scope)
    return _told(compiler, node, scope, lambda p, a: _point(a.first if node.operator == "Start" else a.last))


@operates("Width", "Size")
def distance(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """The width; the size counts the last point too."""
    size = node.operator == "Size"
    return _told(compiler, node, scope, lambda p, a: _distance(compiler, node, p, a, size))


@operates("PointFrom")
def point_from(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    if node.operands[0].type == IntervalType(ANY):
        return compiler.null(node.type)
    return _told(compiler, node, scope, lambda p, a: _only(compiler, p, a))


def _told(compiler: Compiler, node: elm.Apply, scope: Scope, body: object) -> str:
    (operand,) = node.operands
    kind = point_kind(operand.type)
    if not kind:
        raise unsupported(node)
    assert callable(body)
    sqls = {"a": compiler.value(operand, scope)}
    return sides(compiler, {"a": operand}, sqls, kind, lambda a: str(body(Points(compiler, kind), a)))


def _point(span: Span) -> str:
    return span.low if span.certain else f"CASE WHEN {span.low} = {span.high} THEN {span.low} END"


def _only(compiler: Compiler, p: Points, a: Side) -> str:
    same = p.equal(a.first, a.last)
    several = compiler.fault(a.whole, "the interval holds more than one point")
    return f"CASE WHEN {same} THEN {a.first.low} WHEN NOT {same} THEN {several} END"


def _distance(compiler: Compiler, node: elm.Apply, p: Points, a: Side, size: bool) -> str:
    low, high = _point(a.first), _point(a.last)
    if p.kind in _STEPS:
        added = f" + {_STEPS[p.kind]}" if size else ""
        return f"try_cast({high}::DECIMAL(38,8) - {low}{added} AS {compiler.type_of(node.type)})"
    if p.kind == "quantity":
        step = "0.00000001" if size else "0"
        return f"cql.quantity_of(try_cast(cql.value_in({high}, ({low}).unit) - ({low}).value + {step} AS DECIMAL(28,8)), ({low}).unit)"
    return (
        f"CASE WHEN {a.whole} IS NOT NULL THEN {compiler.fault(a.whole, 'width and size are of numbers')} END"
    )
