"""N1 5.1 Existence, 5.3 Subsetting, 5.4 Combining, 6.4 Collections."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lakmus.query.engines.duckdb import quantities
from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.moments import span
from lakmus.query.engines.duckdb.values import (
    Form,
    Value,
    bare,
    count,
    exists,
    fault,
    grouped,
    listed,
    one,
    single,
    unsupported,
)
from lakmus.query.ir import operations as op
from lakmus.query.ir.model import SYSTEM_OF
from lakmus.query.ir.types import BOOLEAN, DATE, DATETIME, DECIMAL, INTEGER, LONG, QUANTITY, TIME, TypeName


def system(kind: TypeName) -> TypeName:
    """The System type a primitive stands for."""
    return SYSTEM_OF.get(kind.name, kind) if kind.namespace == "FHIR" else kind


def key(compiler: Compiler, form: Form, x: str) -> str:
    """SQL that is the same for equal items of a form and other for others."""
    kind = system(form.type)
    if form.type.namespace == "FHIR" and form.structured:
        return f"to_json({x})::VARCHAR"
    if kind == QUANTITY:
        number = f"round(({x}).value::DOUBLE * {quantities.factor(f'({x}).unit')}, 9)"
        return f"({number}::VARCHAR || ' ' || {quantities.base(f'({x}).unit')})"
    if kind in (DATETIME, TIME):
        return compiler.names.bound(
            span(kind, x, compiler.names),
            lambda s: (
                f"concat_ws(' ', {s}.p, {s}.lo - coalesce({s}.z, 0) * 60000000::BIGINT, {s}.p > 3 AND {s}.z IS NULL)"
            ),
        )
    if kind in (INTEGER, LONG, DECIMAL):
        return f"({x})::DECIMAL(38,12)"
    return x


def family(kind: TypeName) -> object:
    """What an item can equal: numbers numbers, dates dateTimes, everything else its own kind."""
    kind = system(kind)
    if kind in (INTEGER, LONG, DECIMAL):
        return "number"
    return "moment" if kind in (DATE, DATETIME) else kind


def keys(compiler: Compiler, form: Form) -> str:
    return compiler.names.each(form.sql, lambda x: key(compiler, form, x))


def plain(compiler: Compiler, node: Any, scope: Scope, index: int = 0) -> Value:
    """An operand as lists of values."""
    return bare(listed(compiler.value(node.operands[index], scope), compiler.names), compiler.names)


@compiles(op.Exists)
def exists_(compiler: Compiler, node: op.Exists, scope: Scope) -> Value:
    return one(BOOLEAN, exists(compiler.value(node.operands[0], scope)))


@compiles(op.Count)
def count_(compiler: Compiler, node: op.Count, scope: Scope) -> Value:
    return one(INTEGER, count(compiler.value(node.operands[0], scope)))


@compiles(op.AllTrue, op.AnyTrue, op.AllFalse, op.AnyFalse)
def quantified(compiler: Compiler, node: Any, scope: Scope) -> Value:
    value = plain(compiler, node, scope)
    found = "false" if isinstance(node, op.AllTrue | op.AnyFalse) else "true"
    misfit = fault("an item of another type than Boolean", "BOOLEAN")
    tests = [
        f"coalesce(list_contains({form.sql}, {found}), false)"
        if system(form.type) == BOOLEAN
        else f"CASE WHEN len({form.sql}) > 0 THEN {misfit} ELSE false END"
        for form in value.forms
    ]
    test = " OR ".join(tests) or "false"
    return one(BOOLEAN, f"(NOT ({test}))" if isinstance(node, op.AllTrue | op.AllFalse) else f"({test})")


@compiles(op.First, op.Last)
def first(compiler: Compiler, node: Any, scope: Scope) -> Value:
    value = compiler.value(node.operands[0], scope)
    if not value.many:
        return value
    ordered(node, value)
    place = "1" if isinstance(node, op.First) else "-1"
    return Value(tuple(form.item(f"({form.sql})[{place}]") for form in value.forms))


def ordered(node: Any, value: Value) -> None:
    """Refuses what depends on the order of items of several types, which stand in several lists."""
    if len(value.forms) > 1:
        raise unsupported(node, "the order of items of several types")


@compiles(op.Single)
def single_(compiler: Compiler, node: op.Single, scope: Scope) -> Value:
    return single(compiler.value(node.operands[0], scope), "the input of single()")


@compiles(op.Index)
def index(compiler: Compiler, node: op.Index, scope: Scope) -> Value:
    value, place = compiler.value(node.operands[0], scope), compiler.scalar(node.operands[1], scope, INTEGER)
    if not value.many:
        forms = (
            replace(f, sql=f"CASE WHEN {place} = 0 THEN {f.sql} END", beside="", siblings=None)
            for f in value.forms
        )
        return Value(tuple(forms))
    ordered(node, value)
    at = f"CASE WHEN {place} >= 0 THEN {place}::BIGINT + 1 END"
    return Value(tuple(form.item(f"({form.sql})[{at}]") for form in value.forms))


@compiles(op.Tail, op.Skip, op.Take)
def part(compiler: Compiler, node: Any, scope: Scope) -> Value:
    value = listed(compiler.value(node.operands[0], scope), compiler.names)
    ordered(node, value)
    number = "1" if isinstance(node, op.Tail) else compiler.scalar(node.operands[1], scope, INTEGER)
    low, high = (
        ("1", f"greatest({number}, 0)")
        if isinstance(node, op.Take)
        else (f"greatest({number}, 0)::BIGINT + 1", "NULL")
    )

    def cut(form: Form) -> Form:
        end = f"len({form.sql})" if high == "NULL" else high
        return replace(form, sql=f"CASE WHEN ({number}) IS NULL THEN [] ELSE ({form.sql})[{low}:{end}] END")

    return Value(tuple(map(cut, value.forms)), True)


def distinct(compiler: Compiler, value: Value) -> Value:
    """Equal items once, each where it came first."""

    def once(form: Form) -> Form:
        x, i = compiler.names.fresh(), compiler.names.fresh("i")

        def kept(items: str) -> str:
            same = f"list_position({keys(compiler, form.at(items))}, {key(compiler, form, x)}) = {i}"
            return f"list_filter({items}, lambda {x}, {i}: {same})"

        return replace(form, sql=compiler.names.bound(form.sql, kept))

    return Value(tuple(map(once, value.forms)), True)


@compiles(op.Distinct)
def distinct_(compiler: Compiler, node: op.Distinct, scope: Scope) -> Value:
    return distinct(compiler, plain(compiler, node, scope))


@compiles(op.Combine)
def combine(compiler: Compiler, node: op.Combine, scope: Scope) -> Value:
    left, right = plain(compiler, node, scope), plain(compiler, node, scope, 1)
    return grouped([*_filled(left), *_filled(right)], compiler.names)


def _filled(value: Value) -> list[Form]:
    return [replace(form, sql=f"coalesce({form.sql}, [])") for form in value.forms]


@compiles(op.Union)
def union(compiler: Compiler, node: op.Union, scope: Scope) -> Value:
    return distinct(compiler, combine(compiler, op.Combine(*node.operands), scope))


def among(compiler: Compiler, form: Form, x: str, others: Value) -> str:
    """SQL: whether an item equals one of a collection; never NULL."""
    tests = [
        f"coalesce(list_contains({keys(compiler, other)}, {key(compiler, form, x)}), false)"
        for other in others.forms
        if family(other.type) == family(form.type)
    ]
    return f"({' OR '.join(tests)})" if tests else "false"


@compiles(op.Intersect, op.Exclude)
def intersect(compiler: Compiler, node: Any, scope: Scope) -> Value:
    left, right = plain(compiler, node, scope), plain(compiler, node, scope, 1)
    negated = "NOT " if isinstance(node, op.Exclude) else ""
    found = Value(tuple(_those(compiler, form, right, negated) for form in left.forms), True)
    return found if isinstance(node, op.Exclude) else distinct(compiler, found)


def _those(compiler: Compiler, form: Form, others: Value, negated: str = "") -> Form:
    """The items that are, or are not, among others."""
    kept = compiler.names.kept(form.sql, lambda x: f"{negated}{among(compiler, form, x, others)}")
    return replace(form, sql=kept)


@compiles(op.SubsetOf)
def subset_of(compiler: Compiler, node: op.SubsetOf, scope: Scope) -> Value:
    left, right = plain(compiler, node, scope), plain(compiler, node, scope, 1)
    outside = Value(tuple(_those(compiler, form, right, "NOT ") for form in left.forms), True)
    return one(BOOLEAN, f"(NOT {exists(outside)})")


@compiles(op.In)
def in_(compiler: Compiler, node: op.In, scope: Scope) -> Value:
    item = bare(compiler.one(node.operands[0], scope), compiler.names)
    others = plain(compiler, node, scope, 1)
    cases = [f"WHEN {f.present} THEN {among(compiler, f, f.sql, others)}" for f in item.forms]
    return one(BOOLEAN, f"CASE {' '.join(cases)} END" if cases else "NULL::BOOLEAN")
