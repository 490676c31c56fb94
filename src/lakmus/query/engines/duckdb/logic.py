"""N1 6.1 Equality, 6.2 Comparison, 6.5 Boolean logic: three-valued, as SQL's own."""

from __future__ import annotations

from itertools import product
from typing import Any

from lakmus.query.engines.duckdb import moments, quantities
from lakmus.query.engines.duckdb.collections import family, key, system
from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.literals import as_quantity
from lakmus.query.engines.duckdb.values import (
    Form,
    Value,
    bare,
    count,
    exists,
    fault,
    listed,
    one,
    unsupported,
)
from lakmus.query.ir import operations as op
from lakmus.query.ir.types import BOOLEAN, DATE, DATETIME, DECIMAL, QUANTITY, STRING, TIME, TypeName

MOMENTS = (DATE, DATETIME, TIME)


def _measures(left: TypeName, right: TypeName) -> bool:
    """Whether both are quantities, or the one is and the other a number."""
    return QUANTITY in (left, right) and {family(left), family(right)} <= {family(QUANTITY), "number"}


def measured(compiler: Compiler, kinds: tuple[TypeName, TypeName], a: str, b: str, sign: str) -> str:
    return quantities.compared(as_quantity(kinds[0], a), as_quantity(kinds[1], b), sign, compiler.names)


def same(compiler: Compiler, left: Form, right: Form, a: str, b: str) -> str:
    """SQL: whether two items that are there are equal; NULL when precisions or units do not decide it."""
    kinds = system(left.type), system(right.type)
    if kinds[0] in MOMENTS and kinds[1] in MOMENTS:
        if TIME in kinds and kinds != (TIME, TIME):
            return "false"
        return moments.compared((kinds[0], a), (kinds[1], b), compiler.names, moments.EQUAL)
    if _measures(*kinds):
        return measured(compiler, kinds, a, b, "=")
    if family(left.type) != family(right.type):
        return "false"
    if left.structured or right.structured:
        return (
            f"({key(compiler, left, a)} = {key(compiler, right, b)})"
            if left.shape == right.shape
            else "false"
        )
    return f"({a} = {b})"


def alike(compiler: Compiler, left: Form, right: Form, a: str, b: str) -> str:
    """SQL: whether two items that are there are equivalent."""
    kinds = system(left.type), system(right.type)
    if kinds[0] in MOMENTS and kinds[1] in MOMENTS:
        if TIME in kinds and kinds != (TIME, TIME):
            return "false"
        return moments.compared((kinds[0], a), (kinds[1], b), compiler.names, moments.EQUIVALENT)
    if _measures(*kinds):
        return f"coalesce({measured(compiler, kinds, a, b, '=')}, false)"
    if family(left.type) != family(right.type):
        return "false"
    if kinds == (STRING, STRING):
        return f"({folded(a)} = {folded(b)})"
    if DECIMAL in kinds:
        return about(a, b)
    return f"coalesce({same(compiler, left, right, a, b)}, false)"


def folded(text: str) -> str:
    return rf"trim(regexp_replace(lower({text}), '\s+', ' ', 'g'))"


def about(a: str, b: str) -> str:
    """Rounded to the fewer decimals of the two, trailing zeros not counted."""
    digits = (
        "least("
        + ", ".join(f"length(split_part(rtrim({n}::DECIMAL(38,12)::VARCHAR, '0'), '.', 2))" for n in (a, b))
        + ")::INTEGER"
    )
    return f"(round({a}::DOUBLE, {digits}) = round({b}::DOUBLE, {digits}))"


@compiles(op.Equal)
def equal(compiler: Compiler, node: op.Equal, scope: Scope) -> Value:
    left, right = (bare(compiler.value(o, scope), compiler.names) for o in node.operands)
    if not left.forms or not right.forms:
        return one(BOOLEAN, "NULL::BOOLEAN")
    if not left.many and not right.many:
        cases = [
            f"WHEN {a.present} AND {b.present} THEN {same(compiler, a, b, a.sql, b.sql)}"
            for a, b in product(left.forms, right.forms)
        ]
        if len(cases) == 1 and _ordinary(left.forms[0], right.forms[0]):
            return one(BOOLEAN, f"({left.sql} = {right.sql})")
        return one(BOOLEAN, f"CASE {' '.join(cases)} END")
    return one(BOOLEAN, _pairwise(compiler, node, left, right))


def _ordinary(left: Form, right: Form) -> bool:
    """Whether SQL's own equality is the standard's."""
    kinds = {system(left.type), system(right.type)}
    return (
        family(left.type) == family(right.type) and not kinds & {*MOMENTS, QUANTITY} and not left.structured
    )


def _pairwise(compiler: Compiler, node: Any, left: Value, right: Value) -> str:
    if len(left.forms) > 1 or len(right.forms) > 1:
        raise unsupported(node, "equality of several items of several types")
    a, b = listed(left, compiler.names).forms[0], listed(right, compiler.names).forms[0]
    z = compiler.names.fresh()
    test = same(compiler, a, b, f"{z}[1]", f"{z}[2]")
    pairs = f"list_transform(list_zip({a.sql}, {b.sql}), lambda {z}: {test})"
    verdict = f"CASE WHEN list_contains({pairs}, false) THEN false WHEN len(list_filter({pairs}, lambda {z}: {z} IS NULL)) = 0 THEN true END"
    sizes = f"len({a.sql}) <> len({b.sql})"
    return f"CASE WHEN {exists(left)} AND {exists(right)} THEN CASE WHEN {sizes} THEN false ELSE {verdict} END END"


@compiles(op.Equivalent)
def equivalent(compiler: Compiler, node: op.Equivalent, scope: Scope) -> Value:
    left, right = (bare(compiler.value(o, scope), compiler.names) for o in node.operands)
    both = f"({count(left)} = 0 AND {count(right)} = 0)"
    if not left.forms or not right.forms:
        return one(BOOLEAN, both)
    if not left.many and not right.many:
        cases = [
            f"WHEN {a.present} AND {b.present} THEN {alike(compiler, a, b, a.sql, b.sql)}"
            for a, b in product(left.forms, right.forms)
        ]
        return one(BOOLEAN, f"CASE {' '.join(cases)} ELSE {both} END")
    if len(left.forms) > 1 or len(right.forms) > 1:
        raise unsupported(node, "equivalence of several items of several types")
    return one(BOOLEAN, _matched(compiler, left, right))


def _matched(compiler: Compiler, left: Value, right: Value) -> str:
    """Each item has as many equivalent ones on the one side as on the other."""
    a, b = listed(left, compiler.names).forms[0], listed(right, compiler.names).forms[0]
    x = compiler.names.fresh()

    def partners(form: Form) -> str:
        return f"len({compiler.names.kept(form.sql, lambda y: alike(compiler, a, form, x, y))})"

    lacking = f"len(list_filter({a.sql}, lambda {x}: {partners(a)} <> {partners(b)}))"
    return f"({count(left)} = {count(right)} AND coalesce({lacking}, 0) = 0)"


@compiles(op.Less, op.LessOrEqual)
def compare(compiler: Compiler, node: Any, scope: Scope) -> Value:
    left, right = (bare(compiler.one(o, scope), compiler.names) for o in node.operands)
    if not left.forms or not right.forms:
        return one(BOOLEAN, "NULL::BOOLEAN")
    cases = [
        f"WHEN {a.present} AND {b.present} THEN {_order(compiler, node, a, b)}"
        for a, b in product(left.forms, right.forms)
    ]
    if len(cases) == 1:
        return one(BOOLEAN, _order(compiler, node, left.forms[0], right.forms[0]))
    return one(BOOLEAN, f"CASE {' '.join(cases)} END")


def _order(compiler: Compiler, node: Any, left: Form, right: Form) -> str:
    less = isinstance(node, op.Less)
    sign = "<" if less else "<="
    kinds = {left.type, right.type}
    if kinds <= {DATE, DATETIME} or kinds == {TIME}:
        use = moments.LESS if less else moments.LESS_OR_EQUAL
        return moments.compared((left.type, left.sql), (right.type, right.sql), compiler.names, use)
    if _measures(left.type, right.type):
        return measured(compiler, (left.type, right.type), left.sql, right.sql, sign)
    if family(left.type) == family(right.type) and family(left.type) in ("number", STRING):
        return f"({left.sql} {sign} {right.sql})"
    return f"CASE WHEN {left.present} AND {right.present} THEN {fault('two items have no common order')}::BOOLEAN END"


def _logic(word: str) -> Any:
    def compile_(compiler: Compiler, node: Any, scope: Scope) -> Value:
        left, right = (compiler.truth(operand, scope) for operand in node.operands)
        return one(BOOLEAN, f"(({left}) {word} ({right}))")

    return compile_


compiles(op.And)(_logic("AND"))
compiles(op.Or)(_logic("OR"))
compiles(op.Xor)(_logic("<>"))


@compiles(op.Not)
def not_(compiler: Compiler, node: op.Not, scope: Scope) -> Value:
    return one(BOOLEAN, f"(NOT ({compiler.truth(node.operands[0], scope)}))")


@compiles(op.Truth)
def truth(compiler: Compiler, node: op.Truth, scope: Scope) -> Value:
    return one(BOOLEAN, compiler.truth(node.operands[0], scope))
