"""What is in a list, compared item by item as CQL compares (CQL 1.5, appendix B, "List Operators")."""

from __future__ import annotations

from collections.abc import Callable

from lakmus.query.engines.duckdb.elm import interval_relations
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates, unsupported
from lakmus.query.engines.duckdb.elm.equality import PLAIN, equal, same
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ANY, CqlType, ListType

Found = Callable[["Lists", str, str], str]


class Lists:
    """Questions about a list's items. `items` and `value` are SQL that may be copied."""

    def __init__(self, compiler: Compiler, node: elm.Elm, item: CqlType) -> None:
        self.compiler, self.node, self.item = compiler, node, item

    def each(self, items: str, body: Callable[[str], str]) -> str:
        x = self.compiler.fresh()
        return f"list_transform({items}, lambda {x}: {body(x)})"

    def kept(self, items: str, body: Callable[[str], str]) -> str:
        x = self.compiler.fresh()
        return f"list_filter({items}, lambda {x}: {body(x)})"

    def equal(self, a: str, b: str) -> str:
        return equal(self.compiler, self.node, a, b, self.item, self.item)

    def contains(self, items: str, value: str) -> str:
        """Nothing is in null; a null is where a null is."""
        null = f"coalesce(len({items}) > list_count({items}), false)"
        if value.startswith("NULL::"):
            return null
        if self.item == ANY:
            return f"CASE WHEN {value} IS NULL THEN {null} ELSE list_contains({items}, {value}) END"
        if self.item in PLAIN:
            return f"CASE WHEN {value} IS NULL THEN {null} ELSE coalesce(list_contains({items}, {value}), false) END"
        known = self.kept(items, lambda x: f"{x} IS NOT NULL")
        found = f"cql.any_of(coalesce({self.each(known, lambda x: self.equal(x, value))}, []))"
        return f"CASE WHEN {value} IS NULL THEN {null} ELSE {found} END"

    def proper_contains(self, items: str, value: str) -> str:
        """In it and not alone there; a null beside it may be anything."""
        if value.startswith("NULL::"):
            return f"({self.contains(items, value)} AND list_count({items}) > 0)"
        others = self.each(
            items,
            lambda x: f"CASE WHEN {value} IS NULL THEN {x} IS NOT NULL ELSE NOT {self.equal(x, value)} END",
        )
        return f"({self.contains(items, value)} AND cql.any_of({others}))"

    def includes(self, outer: str, inner: str) -> str:
        there = f"{outer} IS NOT NULL AND {inner} IS NOT NULL"
        found = self.each(inner, lambda y: self.contains(outer, y))
        return f"CASE WHEN {there} THEN cql.all_of({found}) END"

    def proper_includes(self, outer: str, inner: str) -> str:
        """The outer has all of the inner, and more items than it."""
        return f"(len({outer}) > len({inner}) AND {self.includes(outer, inner)})"

    def index_of(self, items: str, value: str) -> str:
        found = self.each(items, lambda x: same(self.compiler, self.node, x, value, self.item))
        there = f"{items} IS NOT NULL AND {value} IS NOT NULL"
        return f"CASE WHEN {there} THEN (coalesce(list_position({found}, true), 0) - 1)::INTEGER END"

    def once(self, items: str) -> str:
        """Equal items once, each where it came first."""
        x, y, i = self.compiler.fresh(), self.compiler.fresh(), self.compiler.fresh("i")
        before = (
            f"list_filter({items}[1:{i} - 1], lambda {y}: {same(self.compiler, self.node, x, y, self.item)})"
        )
        return f"list_filter({items}, lambda {x}, {i}: len({before}) = 0)"

    def among(self, items: str, others: str, sign: str) -> str:
        """The items that are, or are not, in another list."""
        x, y = self.compiler.fresh(), self.compiler.fresh()
        found = f"list_filter({others}, lambda {y}: {same(self.compiler, self.node, x, y, self.item)})"
        return f"list_filter({items}, lambda {x}: coalesce(len({found}), 0) {sign})"

    def mode(self, items: str) -> str:
        """The item that is there most often; the first of several."""
        x, y, i = self.compiler.fresh(), self.compiler.fresh(), self.compiler.fresh("i")
        times = f"len(list_filter({items}, lambda {y}: {same(self.compiler, self.node, x, y, self.item)}))"
        counted = f"list_transform({items}, lambda {x}, {i}: {{'n': -{times}, 'i': {i}, 'v': {x}}})"
        return f"(list_sort({counted})[1]).v"


_OF_LIST_FIRST: dict[str, Found] = {
    "Contains": Lists.contains,
    "ProperContains": Lists.proper_contains,
    "Includes": Lists.includes,
    "ProperIncludes": Lists.proper_includes,
    "IndexOf": Lists.index_of,
}
_OF_LIST_LAST: dict[str, Found] = {
    "In": Lists.contains,
    "ProperIn": Lists.proper_contains,
    "IncludedIn": Lists.includes,
    "ProperIncludedIn": Lists.proper_includes,
}


@operates(*_OF_LIST_FIRST, *_OF_LIST_LAST)
def membership(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    last = node.operator in _OF_LIST_LAST
    whole = node.operands[1 if last else 0].type
    if not isinstance(whole, ListType):
        return interval_relations.related(compiler, node, scope)
    a, b = (compiler.value(each, scope) for each in node.operands)
    lists, ask = Lists(compiler, node, whole.item), (_OF_LIST_LAST | _OF_LIST_FIRST)[node.operator]
    items, value = (b, a) if last else (a, b)
    return compiler.together({"i": items, "v": value}, lambda v: ask(lists, v["i"], v["v"]))


@operates("Mode")
def mode(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    (operand,) = node.operands
    assert isinstance(operand.type, ListType)
    lists = Lists(compiler, node, operand.type.item)
    return compiler.bound(f"cql.known({compiler.value(operand, scope)})", lists.mode)


@operates("Children", "Descendants")
def children(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """Of nothing there are none; of values SQL knows only the elements that are asked for by name."""
    if not isinstance(node.operands[0], elm.Null):
        raise unsupported(node)
    return compiler.null(node.type)
