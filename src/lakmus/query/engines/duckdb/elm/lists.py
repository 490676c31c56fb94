"""List operators: those whose items SQL compares as CQL does, and those that need each item's own comparison."""

from __future__ import annotations

from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, operates
from lakmus.query.engines.duckdb.elm.logic import called
from lakmus.query.engines.duckdb.elm.queries import once
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ListType


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
    return once(compiler, compiler.value(node.operands[0], scope))


@operates("Union")
def union(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """Of lists; of intervals it is a macro."""
    if not isinstance(node.type, ListType):
        return called(compiler, node, scope)
    left, right = (compiler.value(each, scope) for each in node.operands)
    return once(compiler, f"list_concat(coalesce({left}, []), coalesce({right}, []))")


@operates("Intersect", "Except")
def difference(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """The items of the first that are, or are not, in the second, each once."""
    if not isinstance(node.type, ListType):
        return called(compiler, node, scope)
    left, right = (compiler.value(each, scope) for each in node.operands)
    sign = "> 0" if node.operator == "Intersect" else "= 0"

    def kept(items: str) -> str:
        x = compiler.fresh()
        return f"list_filter({left}, lambda {x}: coalesce(list_position({items}, {x}), 0) {sign})"

    return once(compiler, compiler.bound(right, kept))
