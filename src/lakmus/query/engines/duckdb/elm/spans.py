"""What the first and the last point of an interval may be, and comparisons of such.

A closed bound that is null is the end of its type's range; an open one that is null is anywhere between the end of the
range and the other bound (CQL 1.5, appendix B, "Start" and "End").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lakmus.query.engines.duckdb.elm.compiler import Compiler
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm import types as t
from lakmus.query.ir.elm.types import CqlType, IntervalType

POINTS: Mapping[CqlType, str] = {
    type_: str(type_).lower()
    for type_ in (t.INTEGER, t.LONG, t.DECIMAL, t.QUANTITY, t.DATE, t.DATETIME, t.TIME)
}


@dataclass(frozen=True)
class Span:
    """The least and the greatest that a point may be: the same text where it is known."""

    low: str
    high: str

    @property
    def certain(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class Side:
    """An operand, `whole`, with its first and its last point; of a point itself both are that.

    `untyped`: it has neither bounds nor a type of them, so that nothing is known of its ends.
    """

    whole: str
    first: Span
    last: Span
    untyped: bool = False


@dataclass(frozen=True)
class Points:
    """Comparisons of points of one type, to a precision."""

    compiler: Compiler
    kind: str
    precision: str = ""

    def at_most(self, a: Span, b: Span) -> str:
        """Whether the first is not greater, whichever points they are."""
        surely = self._called("same_or_before", a.high, b.low)
        if a.certain and b.certain:
            return surely
        return f"cql.span_at_most({surely}, {self._called('same_or_before', a.low, b.high)})"

    def less(self, a: Span, b: Span) -> str:
        return f"(NOT {self.at_most(b, a)})"

    def equal(self, a: Span, b: Span) -> str:
        same = self._called("same_as", a.low, b.low)
        if a.certain and b.certain:
            return same
        known = " AND ".join(f"{x.low} = {x.high}" for x in (a, b) if not x.certain)
        return f"CASE WHEN {known} THEN {same} WHEN {self.less(a, b)} OR {self.less(b, a)} THEN false END"

    def following(self, a: Span, body: Callable[[Span], str]) -> str:
        """What the next point may be, as something is said of it; null after the last there is."""
        low = f"cql.next_{self.kind}_at({a.low}, '{self.precision}')"
        if a.certain:
            return self.compiler.together({"n": low}, lambda v: body(Span(v["n"], v["n"])))
        high = f"coalesce(cql.next_{self.kind}_at({a.high}, '{self.precision}'), {a.high})"
        return self.compiler.together({"n": low, "h": high}, lambda v: body(Span(v["n"], v["h"])))

    def _called(self, name: str, a: str, b: str) -> str:
        return f"cql.{name}_{self.kind}({a}, {b}, '{self.precision}')"


def sides(
    compiler: Compiler,
    nodes: Mapping[str, elm.Elm],
    sqls: Mapping[str, str],
    kind: str,
    body: Callable[..., str],
) -> str:
    """Computes both ends of each operand once, and what is said of them."""
    return compiler.together(sqls, lambda whole: _with_ends(compiler, nodes, whole, kind, body))


def _with_ends(
    compiler: Compiler,
    nodes: Mapping[str, elm.Elm],
    whole: Mapping[str, str],
    kind: str,
    body: Callable[..., str],
) -> str:
    """Each level of ends is computed once: the next reads it several times."""
    intervals = {name: node for name, node in nodes.items() if isinstance(node.type, IntervalType)}
    sure_ends = {
        f"{n}_{end}": compiler.null(type_.point) if untyped(node) else f"cql.{end}_{kind}({whole[n]})"
        for n, node in intervals.items()
        if isinstance(type_ := node.type, IntervalType)
        for end in ("low", "high")
    }

    def over(ends: dict[str, str]) -> str:
        unsure = {key: sql for n, node in intervals.items() for key, sql in _unsure(n, node, whole[n], ends)}
        return compiler.together(
            unsure, lambda more: body(*(_side(n, node, whole[n], ends | more) for n, node in nodes.items()))
        )

    return compiler.together(sure_ends, over)


def _unsure(name: str, node: elm.Elm, whole: str, ends: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The greatest that the first point may be, and the least that the last may be, where they are not surely known."""
    low, high = ends[f"{name}_low"], ends[f"{name}_high"]
    if not sure(node, "low"):
        yield (
            f"{name}_first",
            f"CASE WHEN ({whole}).low IS NULL AND NOT ({whole}).lc THEN {high} ELSE {low} END",
        )
    if not sure(node, "high"):
        yield (
            f"{name}_last",
            f"CASE WHEN ({whole}).high IS NULL AND NOT ({whole}).hc THEN {low} ELSE {high} END",
        )


def _side(name: str, node: elm.Elm, whole: str, ends: Mapping[str, str]) -> Side:
    if not isinstance(node.type, IntervalType):
        return Side(whole, Span(whole, whole), Span(whole, whole))
    low, high = ends[f"{name}_low"], ends[f"{name}_high"]
    first, last = Span(low, ends.get(f"{name}_first", low)), Span(ends.get(f"{name}_last", high), high)
    return Side(whole, first, last, untyped(node))


def sure(node: elm.Elm, bound: str) -> bool:
    """Whether a bound is surely known: it is there, or is closed."""
    if not isinstance(node, elm.Interval):
        return False
    closed, given = (node.low_closed, node.low) if bound == "low" else (node.high_closed, node.high)
    is_closed = isinstance(closed, elm.Literal) and closed.value is True
    return is_closed or (isinstance(given, elm.Literal) and given.value is not None)


def untyped(node: elm.Elm) -> bool:
    """`Interval[null, null]`: closed on both sides, of a type that nothing tells."""
    if not isinstance(node, elm.Interval) or not (sure(node, "low") and sure(node, "high")):
        return False
    return all(isinstance(each, elm.Null) and each.type == t.ANY for each in (node.low, node.high))
