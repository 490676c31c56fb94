"""Nodes that bind names: to each item, to a whole, or under a condition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.values import (
    NULL,
    Form,
    Value,
    count,
    exists,
    grouped,
    listed,
    one,
    sql_type,
    unsupported,
)
from lakmus.query.ir import structure as ir
from lakmus.query.ir.types import BOOLEAN, DECIMAL, INTEGER, LONG, TypeName


def bind(compiler: Compiler, node: Any, form: Form, scope: Scope) -> tuple[str, Scope]:
    """Names of a lambda's parameters, and the scope where an item and its place are bound."""
    x, i = compiler.names.fresh(), compiler.names.fresh("i")
    item = Value((form.item(x),))
    return f"lambda {x}, {i}", {**scope, node.item: item, "$index": one(INTEGER, f"({i} - 1)::INTEGER")}


def needed(head: str, body: str) -> str:
    """The parameters of a lambda without that of the place, when its body does not ask for it."""
    item, _, place = head.partition(", ")
    return head if place in body else item


@compiles(ir.Where)
def where(compiler: Compiler, node: ir.Where, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    forms = []
    for form in source.forms:
        if source.many:
            head, inner = bind(compiler, node, form, scope)
            test = compiler.truth(node.criteria, inner)
            forms.append(replace(form, sql=f"list_filter({form.sql}, {needed(head, test)}: {test})"))
            continue
        inner = {**scope, node.item: Value((form,)), "$index": one(INTEGER, "0")}
        test = compiler.truth(node.criteria, inner)
        beside = f"CASE WHEN {test} THEN {form.beside} END" if form.siblings is not None else ""
        forms.append(replace(form, sql=f"CASE WHEN {test} THEN {form.sql} END", beside=beside))
    return Value(tuple(forms), source.many)


@compiles(ir.All)
def all_(compiler: Compiler, node: ir.All, scope: Scope) -> Value:
    left = where(compiler, ir.Where(node.source, node.criteria, node.item), scope)
    return one(BOOLEAN, f"({count(left)} = {count(compiler.value(node.source, scope))})")


@compiles(ir.Select)
def select(compiler: Compiler, node: ir.Select, scope: Scope) -> Value:
    source = compiler.value(node.source, scope)
    if not source.forms:
        return Value((), node.type.many)
    if not source.many and len(source.forms) == 1:
        return _of_one(compiler, node, source, scope)
    parts = [part for form in source.forms for part in _projected(compiler, node, form, source.many, scope)]
    return grouped(parts, compiler.names)


def _of_one(compiler: Compiler, node: ir.Select, source: Value, scope: Scope) -> Value:
    """The projection of the only item: a constant is nothing where there is no item."""
    value = compiler.value(node.projection, {**scope, node.item: source, "$index": one(INTEGER, "0")})
    there = exists(source)
    forms = (replace(_when(there, form, value.many), digits=form.digits) for form in value.forms)
    return Value(tuple(forms), value.many)


def _projected(compiler: Compiler, node: Any, form: Form, many: bool, scope: Scope) -> list[Form]:
    """The projection of each item of one form, as lists."""
    if not many:
        form = listed(Value((form,)), compiler.names).forms[0]
    head, inner = bind(compiler, node, form, scope)
    value = listed(compiler.value(node.projection, inner), compiler.names)
    return [
        replace(f, sql=f"flatten(list_transform({form.sql}, {head}: coalesce({f.sql}, [])))", digits="")
        for f in value.forms
    ]


@compiles(ir.Repeat)
def repeat(compiler: Compiler, node: ir.Repeat, scope: Scope) -> Value:
    """Level by level, as deep as recorded data is: the shape ends the recursion."""
    found: list[Form] = []
    level = list(listed(compiler.value(node.source, scope), compiler.names).forms)
    while level:
        parts = [p for form in level for p in _projected(compiler, node, form, True, scope)]
        level = [part for part in parts if part.structured]
        if any(not part.structured and part.shape is not None for part in parts):
            raise unsupported(node, "repeat() of primitives or computed values")
        if any(part.type.namespace == "System" for part in parts):
            raise unsupported(node, "repeat() of computed values")
        found += level
    return Value(tuple(found), True)


@compiles(ir.If)
def if_(compiler: Compiler, node: ir.If, scope: Scope) -> Value:
    test = compiler.truth(node.condition, scope)
    then, other = compiler.value(node.then, scope), compiler.value(node.otherwise, scope)
    many = then.many or other.many
    if many:
        then, other = listed(then, compiler.names), listed(other, compiler.names)
    chosen = [_when(f"coalesce({test}, false)", f, many) for f in then.forms]
    rest = [_when(f"NOT coalesce({test}, false)", f, many) for f in other.forms]
    if many:
        return grouped([*chosen, *rest], compiler.names)
    return Value(tuple(alternatives([*chosen, *rest])))


def _when(test: str, form: Form, many: bool) -> Form:
    none = "[]" if many else NULL
    beside = f"CASE WHEN {test} THEN {form.beside} END" if form.siblings is not None and not many else ""
    return replace(form, sql=f"CASE WHEN {test} THEN {form.sql} ELSE {none} END", beside=beside, digits="")


def alternatives(forms: list[Form]) -> list[Form]:
    """Single items of which one is there: one expression for each type."""
    found: dict[object, Form] = {}
    for form in forms:
        key = (form.type, repr(form.shape) if form.structured else "")
        if key in found:
            form = replace(form, sql=f"coalesce({found[key].sql}, {form.sql})", beside="", siblings=None)
        found[key] = form
    return list(found.values())


@compiles(ir.Trace)
def trace(compiler: Compiler, node: ir.Trace, scope: Scope) -> Value:
    """What is traced goes nowhere from SQL."""
    return compiler.value(node.source, scope)


@compiles(ir.Let)
def let(compiler: Compiler, node: ir.Let, scope: Scope) -> Value:
    return compiler.value(node.body, {**scope, node.name: compiler.value(node.value, scope)})


@compiles(ir.Aggregate)
def aggregate(compiler: Compiler, node: ir.Aggregate, scope: Scope) -> Value:
    """A fold over a list whose total keeps one type."""
    source = listed(compiler.value(node.source, scope), compiler.names)
    initial = compiler.value(node.initial, scope)
    if len(source.forms) != 1 or initial.many or len(initial.forms) > 1:
        raise unsupported(node, "aggregate() over items of several types")
    kinds = [f.type for f in initial.forms] or list(node.type.names)
    if len(kinds) != 1:
        raise unsupported(node, "aggregate() whose total has several types")
    kind, form = sql_type(kinds[0]), source.forms[0]
    total, x, i = (compiler.names.fresh(s) for s in ("t", "x", "i"))
    this = Value((form.item(f"{x}.i"),))
    names = {
        **scope,
        node.item: this,
        "$total": one(kinds[0], f"{total}.t"),
        "$index": one(INTEGER, f"({i} - 2)::INTEGER"),
    }
    step = compiler.value(node.step, names)
    if step.many or any(f.type != kinds[0] for f in step.forms):
        raise unsupported(node, "aggregate() whose total changes its type")
    begin = f"{{'t': {initial.sql}::{kind}, 'i': ({form.sql})[1]}}"
    items = compiler.names.each(form.sql, lambda y: f"{{'t': {NULL}::{kind}, 'i': {y}}}")
    fold = f"list_reduce(list_concat([{begin}], {items}), lambda {total}, {x}, {i}: {{'t': ({step.sql})::{kind}, 'i': {x}.i}}).t"
    return one(kinds[0], fold)


@compiles(ir.Sort)
def sort(compiler: Compiler, node: ir.Sort, scope: Scope) -> Value:
    """By stable sorts, the last key first; items without a value come first."""
    source = listed(compiler.value(node.source, scope), compiler.names)
    if len(source.forms) != 1:
        raise unsupported(node, "sort() of items of several types")
    form = source.forms[0]
    sql = form.sql
    for key in reversed(node.keys):
        head, inner = bind(compiler, node, form, scope)
        by = compiler.form(key.expression, inner)
        if by.type not in (INTEGER, LONG, DECIMAL, TypeName("System", "String")):
            raise unsupported(node, f"sort() by {by.type}")
        place = head.rpartition(" ")[2]
        order = "ASC" if not key.descending else "DESC"
        first = f"{by.sql} IS {'' if key.descending else 'NOT '}NULL"
        parts = f"'n': {first}, 'k': {by.sql}, 'p': {'-' if key.descending else ''}{place}"
        keyed = f"list_transform({sql}, {head}: {{{parts}, 'v': {head.split()[1].rstrip(',')}}})"
        sql = compiler.names.each(f"list_sort({keyed}, '{order}')", lambda x: f"{x}.v")
    return Value((replace(form, sql=sql),), True)
