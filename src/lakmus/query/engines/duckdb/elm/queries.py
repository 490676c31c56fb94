"""Queries over lists that stand in a row: filters and projections as lambdas over each item."""

from __future__ import annotations

from lakmus.lake.schema import quoted
from lakmus.query.engines.duckdb.elm import values
from lakmus.query.engines.duckdb.elm.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.elm.ordering import ordered
from lakmus.query.ir.elm import nodes as elm


@compiles(elm.ForEach)
def for_each(compiler: Compiler, node: elm.ForEach, scope: Scope) -> str:
    source, name = compiler.value(node.source, scope), compiler.fresh(node.item)
    with compiler.guarded(name):
        body = compiler.value(node.projection, {**scope, node.item: name})
    return source if body == name else f"list_transform({source}, lambda {name}: {body})"


@compiles(elm.Query)
def query(compiler: Compiler, node: elm.Query, scope: Scope) -> str:
    if not node.many:
        return _of_one(compiler, node, list(node.sources), scope)
    rows, names = _rows(compiler, node, scope)
    rows = _kept(compiler, node, rows, names, scope)
    if node.aggregation is not None:
        return _folded(compiler, node, rows, names, scope)
    found = _returned(compiler, node, rows, names, scope)
    if node.distinct:
        found = once(compiler, found)
    return _sorted(compiler, node, found, scope) if node.sort else found


def _of_one(compiler: Compiler, node: elm.Query, sources: list[elm.Source], scope: Scope) -> str:
    """All sources are single values: the result is one, or null."""
    if sources:
        sql = compiler.value(sources[0].expression, scope)
        rest = sources[1:]
        return compiler.bound(sql, lambda v: _there(compiler, node, rest, {**scope, sources[0].alias: v}, v))
    return _with_lets(compiler, list(node.lets), scope, lambda inner: _one_row(compiler, node, inner))


def _there(compiler: Compiler, node: elm.Query, rest: list[elm.Source], scope: Scope, v: str) -> str:
    with compiler.guarded(f"{v} IS NOT NULL"):
        found = _of_one(compiler, node, rest, scope)
    return f"CASE WHEN {v} IS NOT NULL THEN {found} END"


def _one_row(compiler: Compiler, node: elm.Query, scope: Scope) -> str:
    body = node.aggregation.expression if node.aggregation is not None else node.returned
    if node.aggregation is not None:
        scope = {**scope, node.aggregation.name: compiler.value(node.aggregation.initial, scope)}
    found = compiler.value(body, scope)
    tests = _tests(compiler, node, scope)
    return f"CASE WHEN {tests} THEN {found} END" if tests else found


def _with_lets(compiler: Compiler, lets: list[elm.LetClause], scope: Scope, body: object) -> str:
    assert callable(body)
    if not lets:
        return str(body(scope))
    sql = compiler.value(lets[0].expression, scope)
    return compiler.bound(sql, lambda v: _with_lets(compiler, lets[1:], {**scope, lets[0].name: v}, body))


def _rows(compiler: Compiler, node: elm.Query, scope: Scope) -> tuple[str, list[str]]:
    """The items of a single source without lets as they are; else a struct of all aliases and lets for each row."""
    if len(node.sources) == 1 and not node.lets:
        return _listed(compiler, node.sources[0], scope), []
    names = [*(s.alias for s in node.sources), *(each.name for each in node.lets)]
    return _combined(compiler, node, list(node.sources), scope), names


def _combined(compiler: Compiler, node: elm.Query, sources: list[elm.Source], scope: Scope) -> str:
    items, name = _listed(compiler, sources[0], scope), compiler.fresh(sources[0].alias)
    inner = {**scope, sources[0].alias: name}
    if len(sources) > 1:
        return f"flatten(list_transform({items}, lambda {name}: {_combined(compiler, node, sources[1:], inner)}))"
    with compiler.guarded(name):
        row = _with_lets(compiler, list(node.lets), inner, lambda s: _row(node, s))
    return f"list_transform({items}, lambda {name}: {row})"


def _row(node: elm.Query, scope: Scope) -> str:
    names = [*(s.alias for s in node.sources), *(each.name for each in node.lets)]
    return values.record({name: scope[name] for name in names})


def _listed(compiler: Compiler, source: elm.Source, scope: Scope) -> str:
    """A source as a list: a single value is a list of one, null of none."""
    sql = compiler.value(source.expression, scope)
    if source.many:
        return f"coalesce({sql}, [])" if not isinstance(source.expression, elm.Retrieve) else sql
    return f"list_filter([{sql}], lambda {(n := compiler.fresh())}: {n} IS NOT NULL)"


def _seen(node: elm.Query, name: str, names: list[str], scope: Scope) -> Scope:
    """What the aliases stand for within a row."""
    if not names:
        return {**scope, node.sources[0].alias: name}
    return {**scope, **{each: f"{name}.{quoted(each)}" for each in names}}


def _kept(compiler: Compiler, node: elm.Query, rows: str, names: list[str], scope: Scope) -> str:
    name = compiler.fresh(node.sources[0].alias)
    with compiler.guarded(name):
        tests = _tests(compiler, node, _seen(node, name, names, scope))
    return f"list_filter({rows}, lambda {name}: {tests})" if tests else rows


def _tests(compiler: Compiler, node: elm.Query, scope: Scope) -> str:
    tests = [_related(compiler, each, scope) for each in node.relationships]
    if node.where is not None:
        tests.append(f"({compiler.value(node.where, scope)})")
    return " AND ".join(tests)


def _related(compiler: Compiler, relationship: elm.Relationship, scope: Scope) -> str:
    source = relationship.source
    items, name = _listed(compiler, source, scope), compiler.fresh(source.alias)
    with compiler.guarded(name):
        condition = compiler.value(relationship.condition, {**scope, source.alias: name})
    sign = "= 0" if relationship.negated else "> 0"
    return f"(len(list_filter({items}, lambda {name}: {condition})) {sign})"


def _returned(compiler: Compiler, node: elm.Query, rows: str, names: list[str], scope: Scope) -> str:
    name = compiler.fresh(node.sources[0].alias)
    with compiler.guarded(name):
        body = compiler.value(node.returned, _seen(node, name, names, scope))
    return rows if body == name else f"list_transform({rows}, lambda {name}: {body})"


def once(compiler: Compiler, items: str) -> str:
    """Equal items once, each where it came first."""

    def kept(v: str) -> str:
        x, i = compiler.fresh(), compiler.fresh("i")
        return f"list_filter({v}, lambda {x}, {i}: list_position({v}, {x}) = {i})"

    return compiler.bound(items, kept)


def _folded(compiler: Compiler, node: elm.Query, rows: str, names: list[str], scope: Scope) -> str:
    fold = node.aggregation
    assert fold is not None
    kind = compiler.type_of(fold.expression.type)
    total, x = compiler.fresh("t"), compiler.fresh("x")
    seen = _seen(node, f"{x}.i", names, scope)
    with compiler.guarded(total):
        step = compiler.value(fold.expression, {**seen, fold.name: f"{total}.t"})
    rows = once(compiler, rows) if fold.distinct else rows
    initial = compiler.value(fold.initial, scope)

    def over(v: str) -> str:
        y = compiler.fresh("y")
        begin = f"{{'t': ({initial})::{kind}, 'i': ({v})[1]}}"
        items = f"list_transform({v}, lambda {y}: {{'t': NULL::{kind}, 'i': {y}}})"
        return f"list_reduce(list_concat([{begin}], {items}), lambda {total}, {x}: {{'t': ({step})::{kind}, 'i': {x}.i}}).t"

    return compiler.bound(rows, over)


def _sorted(compiler: Compiler, node: elm.Query, items: str, scope: Scope) -> str:
    """By stable sorts, the last key first; nulls come first when ascending, last when descending."""
    for key in reversed(node.sort):
        x, i, y = compiler.fresh(), compiler.fresh("i"), compiler.fresh("y")
        with compiler.guarded(x):
            value = compiler.value(key.expression, {**scope, node.this: x})
        by = ordered(compiler, value, key.expression.type, node)
        place = f"-{i}" if key.descending else i
        keyed = f"list_transform({items}, lambda {x}, {i}: {{'n': {by} IS NOT NULL, 'k': {by}, 'p': {place}, 'v': {x}}})"
        order = "DESC" if key.descending else "ASC"
        items = f"list_transform(list_sort({keyed}, '{order}'), lambda {y}: {y}.v)"
    return items
