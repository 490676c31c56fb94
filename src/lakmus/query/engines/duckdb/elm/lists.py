"""List operators: those whose items SQL compares as CQL does, and those that need each item's own comparison."""

from __future__ import annotations

from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates
from lakmus.query.engines.duckdb.elm.equality import PLAIN
from lakmus.query.engines.duckdb.elm.logic import called
from lakmus.query.engines.duckdb.elm.membership import Lists
from lakmus.query.engines.duckdb.elm.queries import once
from lakmus.query.engines.duckdb.elm.values import SIMPLE
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ANY, ChoiceType, CqlType, ListType, Named, TupleType


@operates("Exists")
def exists(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    items, name = compiler.value(node.operands[0], scope), compiler.fresh()
    if isinstance(node.operands[0], elm.Query | elm.Retrieve):
        return f"(coalesce(len({items}), 0) > 0)"
    return f"(coalesce(len(list_filter({items}, lambda {name}: {name} IS NOT NULL)), 0) > 0)"


@operates("Count")
def count(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    items, name = compiler.value(node.operands[0], scope), compiler.fresh()
    return f"coalesce(len(list_filter({items}, lambda {name}: {name} IS NOT NULL)), 0)::INTEGER"


@operates("First")
def first(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    return f"({compiler.value(node.operands[0], scope)})[1]"


@operates("Last")
def last(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    return f"({compiler.value(node.operands[0], scope)})[-1]"


@operates("SingletonFrom")
def singleton(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    items = compiler.value(node.operands[0], scope)
    message = "singleton from has several items where one is wanted"
    return compiler.bound(items, lambda v: compiler.checked(f"({v})[1]", f"len({v}) > 1", message))


@operates("Flatten")
def flatten(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    items = compiler.value(node.operands[0], scope)
    given = node.operands[0].type
    nested = isinstance(given, ListType) and isinstance(given.item, ListType)
    return f"flatten({items})" if nested else items


@operates("Distinct")
def distinct(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    return _once(compiler, node, compiler.value(node.operands[0], scope))


def _once(compiler: Compiler, node: elm.Apply, items: str) -> str:
    """Equal items once: by SQL's equality where that is CQL's."""
    assert isinstance(node.type, ListType)
    if _as_sql(node.type.item):
        return once(compiler, items)
    return compiler.bound(items, Lists(compiler, node, node.type.item).once)


def _as_sql(item: CqlType) -> bool:
    """Whether SQL tells items of a type from others as CQL does: plain values, and what has records in it, for records
    have ids.
    """
    return item == ANY or item in PLAIN or _has_records(item)


def _has_records(type_: CqlType) -> bool:
    match type_:
        case ChoiceType(types):
            return any(map(_has_records, types))
        case TupleType(elements):
            return any(_has_records(each) for _, each in elements)
        case ListType(item):
            return _has_records(item)
    return isinstance(type_, Named) and type_ not in SIMPLE


@operates("Union")
def union(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """Of lists; of intervals it is a macro."""
    if not isinstance(node.type, ListType):
        return called(compiler, node, scope)
    left, right = (compiler.value(each, scope) for each in node.operands)
    return _once(compiler, node, f"list_concat(coalesce({left}, []), coalesce({right}, []))")


@operates("Intersect", "Except")
def difference(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """The items of the first that are, or are not, in the second, each once."""
    if not isinstance(node.type, ListType):
        return called(compiler, node, scope)
    left, right = (compiler.value(each, scope) for each in node.operands)
    both, item = node.operator == "Intersect", node.type.item

    def kept(items: str) -> str:
        found = _among(compiler, node, left, items, "> 0" if both else "= 0", item)
        return f"CASE WHEN {items} IS NOT NULL THEN {found} END" if both else found

    return _once(compiler, node, compiler.bound(right, kept))


def _among(compiler: Compiler, node: elm.Apply, items: str, others: str, sign: str, item: CqlType) -> str:
    if not _as_sql(item):
        return Lists(compiler, node, item).among(items, others, sign)
    x = compiler.fresh()
    return f"list_filter({items}, lambda {x}: coalesce(list_position({others}, {x}), 0) {sign})"
