"""How intervals lie to each other and to points, whatever the type of the points (CQL 1.5, appendix B, "Interval Operators")."""

from __future__ import annotations

from collections.abc import Callable

from lakmus.query.engines.duckdb.elm import intervals
from lakmus.query.engines.duckdb.elm.compiler import OPERATORS, Compiler, Scope, operates, unsupported
from lakmus.query.engines.duckdb.elm.logic import called
from lakmus.query.engines.duckdb.elm.spans import POINTS, Points, Side, Span, sides
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ANY, DATE, DATETIME, CqlType, IntervalType

Relation = Callable[[Points, Side, Side], str]


def overlaps(p: Points, a: Side, b: Side) -> str:
    return f"({p.at_most(a.first, b.last)} AND {p.at_most(b.first, a.last)})"


def _includes(p: Points, a: Side, b: Side) -> str:
    """An interval of no type lets everything in."""
    if a.untyped:
        return f"CASE WHEN {b.whole} IS NOT NULL THEN true END"
    return f"({p.at_most(a.first, b.first)} AND {p.at_most(b.last, a.last)})"


def ends_equal(p: Points, a: Side, b: Side) -> str:
    return f"({p.equal(a.first, b.first)} AND {p.equal(a.last, b.last)})"


def _contains(p: Points, a: Side, b: Side) -> str:
    """Nothing is in null, nor in an interval of no type."""
    if a.untyped:
        return f"CASE WHEN {b.whole} IS NOT NULL THEN false END"
    return f"CASE WHEN {b.whole} IS NOT NULL THEN CASE WHEN {a.whole} IS NULL THEN false ELSE {_includes(p, a, b)} END END"


def _proper_contains(p: Points, a: Side, b: Side) -> str:
    return f"({p.less(a.first, b.first)} AND {p.less(b.first, a.last)})"


def _proper_includes(p: Points, a: Side, b: Side) -> str:
    if a.untyped:
        return "NULL::BOOLEAN" if b.untyped else _includes(p, a, b)
    return f"({_includes(p, a, b)} AND NOT {ends_equal(p, a, b)})"


def meets_before(p: Points, a: Side, b: Side) -> str:
    """Whether the second starts where the first has just ended; after the last point there is none does."""
    there = f"{a.whole} IS NULL OR {b.whole} IS NULL"
    return p.following(
        a.last,
        lambda following: (
            f"CASE WHEN {there} THEN NULL WHEN {following.low} IS NULL THEN false ELSE {p.equal(following, b.first)} END"
        ),
    )


def _converse(relation: Relation) -> Relation:
    return lambda p, a, b: relation(p, b, a)


_RELATIONS: dict[str, Relation] = {
    "SameAs": ends_equal,
    "SameOrBefore": lambda p, a, b: p.at_most(a.last, b.first),
    "SameOrAfter": lambda p, a, b: p.at_most(b.last, a.first),
    "Before": lambda p, a, b: p.less(a.last, b.first),
    "After": lambda p, a, b: p.less(b.last, a.first),
    "Starts": lambda p, a, b: f"({p.equal(a.first, b.first)} AND {p.at_most(a.last, b.last)})",
    "Ends": lambda p, a, b: f"({p.at_most(b.first, a.first)} AND {p.equal(a.last, b.last)})",
    "Overlaps": overlaps,
    "OverlapsBefore": lambda p, a, b: f"({overlaps(p, a, b)} AND {p.less(a.first, b.first)})",
    "OverlapsAfter": lambda p, a, b: f"({overlaps(p, a, b)} AND {p.less(b.last, a.last)})",
    "Meets": lambda p, a, b: f"({meets_before(p, a, b)} OR {meets_before(p, b, a)})",
    "MeetsBefore": meets_before,
    "MeetsAfter": _converse(meets_before),
    "Contains": _contains,
    "In": _converse(_contains),
    "Includes": _includes,
    "IncludedIn": _converse(_includes),
    "ProperContains": _proper_contains,
    "ProperIn": _converse(_proper_contains),
    "ProperIncludes": _proper_includes,
    "ProperIncludedIn": _converse(_proper_includes),
}
# What has these operators for anything but intervals; moments have relations of their own, registered before these.
OTHERWISE = {name: OPERATORS.get(name, called) for name in _RELATIONS}


@operates(*_RELATIONS)
def related(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    types = [each.type for each in node.operands]
    points = {each.point if isinstance(each, IntervalType) else each for each in types}
    if not any(isinstance(each, IntervalType) for each in types) or len(points) != 1:
        return OTHERWISE[node.operator](compiler, node, scope)
    if points <= {DATE, DATETIME} and OTHERWISE[node.operator] is intervals.related:
        return intervals.related(compiler, node, scope)
    if points == {ANY}:
        return _of_no_type(compiler, node)
    return _compared(compiler, node, scope, POINTS.get(points.pop(), ""))


def _compared(compiler: Compiler, node: elm.Apply, scope: Scope, kind: str) -> str:
    if not kind:
        raise unsupported(node)
    nodes = dict(zip("ab", node.operands, strict=True))
    sqls = {name: compiler.value(each, scope) for name, each in nodes.items()}
    points, relation = Points(compiler, kind, node.precision), _RELATIONS[node.operator]
    return sides(compiler, nodes, sqls, kind, lambda a, b: relation(points, a, b))


def _of_no_type(compiler: Compiler, node: elm.Apply) -> str:
    """Intervals whose bounds are both null, of a type that nothing tells."""
    raise unsupported(node, f"{node.operator} of intervals of no type")


def point_kind(type_: CqlType) -> str:
    return POINTS.get(type_.point, "") if isinstance(type_, IntervalType) else ""


def ends_equivalent(p: Points, a: Side, b: Side) -> str:
    """Two intervals with the same known ends, or ends as unknown as each other."""
    return f"({_alike(p, a.first, b.first)} AND {_alike(p, a.last, b.last)})"


def _alike(p: Points, a: Span, b: Span) -> str:
    known = [f"({x.low} = {x.high})" if not x.certain else f"({x.low} IS NOT NULL)" for x in (a, b)]
    return (
        f"CASE WHEN {known[0]} AND {known[1]} THEN coalesce({p.equal(a, b)}, false) "
        f"ELSE ({known[0]} IS TRUE) = ({known[1]} IS TRUE) END"
    )
