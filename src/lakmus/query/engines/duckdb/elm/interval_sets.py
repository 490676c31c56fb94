"""Intervals as sets of points: Union, Intersect, Except (CQL 1.5, appendix B, "Interval Operators")."""

from __future__ import annotations

from collections.abc import Callable

from lakmus.query.engines.duckdb.elm import lists
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates, unsupported
from lakmus.query.engines.duckdb.elm.interval_relations import meets_before, overlaps, point_kind
from lakmus.query.engines.duckdb.elm.spans import Points, Side, sides
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ANY, IntervalType

_OF_LISTS = {"Union": lists.union, "Intersect": lists.difference, "Except": lists.difference}


@operates("Union", "Intersect", "Except")
def combined(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    if not isinstance(node.type, IntervalType):
        return _OF_LISTS[node.operator](compiler, node, scope)
    if node.type.point == ANY:
        return compiler.null(node.type)
    kind = point_kind(node.type)
    if not kind:
        raise unsupported(node)
    nodes = dict(zip("ab", node.operands, strict=True))
    sqls = {name: compiler.value(each, scope) for name, each in nodes.items()}
    made = _SETS[node.operator]
    return sides(compiler, nodes, sqls, kind, lambda a, b: made(compiler, Points(compiler, kind), a, b))


def _union(compiler: Compiler, p: Points, a: Side, b: Side) -> str:
    """Null when there is a gap between the two, or may be one."""
    near = f"({overlaps(p, a, b)} OR {meets_before(p, a, b)} OR {meets_before(p, b, a)})"
    ends = {"f": p.at_most(a.first, b.first), "l": p.at_most(b.last, a.last)}
    return compiler.together(ends, lambda v: f"CASE WHEN {near} THEN {_between(v['f'], v['l'], a, b)} END")


def _intersect(compiler: Compiler, p: Points, a: Side, b: Side) -> str:
    ends = {"f": p.at_most(b.first, a.first), "l": p.at_most(a.last, b.last)}
    return compiler.together(
        ends, lambda v: f"CASE WHEN {overlaps(p, a, b)} THEN {_between(v['f'], v['l'], a, b)} END"
    )


def _between(first: str, last: str, a: Side, b: Side) -> str:
    """From the start of one to the end of another; what is not known is open and null."""
    low, high = (
        f"CASE WHEN {test} THEN ({a.whole}).{{0}} WHEN NOT {test} THEN ({b.whole}).{{0}} END"
        for test in (first, last)
    )
    closed = (f"coalesce({low.format('lc')}, false)", f"coalesce({high.format('hc')}, false)")
    return (
        f"{{'low': {low.format('low')}, 'high': {high.format('high')}, 'lc': {closed[0]}, 'hc': {closed[1]}}}"
    )


def _except(compiler: Compiler, p: Points, a: Side, b: Side) -> str:
    """Null when nothing is left, or two pieces are."""
    tests = {"o": overlaps(p, a, b), "b": p.less(a.first, b.first), "a": p.less(b.last, a.last)}
    before, after = f"cql.predecessor_{p.kind}({b.first.low})", f"cql.successor_{p.kind}({b.last.high})"
    left = f"{{'low': ({a.whole}).low, 'high': {before}, 'lc': ({a.whole}).lc, 'hc': true}}"
    right = f"{{'low': {after}, 'high': ({a.whole}).high, 'lc': true, 'hc': ({a.whole}).hc}}"
    return compiler.together(
        tests,
        lambda v: (
            f"CASE WHEN NOT {v['o']} THEN {a.whole} WHEN {v['o']} AND {v['b']} AND NOT {v['a']} THEN {left} "
            f"WHEN {v['o']} AND {v['a']} AND NOT {v['b']} THEN {right} END"
        ),
    )


_SETS: dict[str, Callable[[Compiler, Points, Side, Side], str]] = {
    "Union": _union,
    "Intersect": _intersect,
    "Except": _except,
}
