"""N1 5.7 Math and 6.6 arithmetic, with twelve decimals; what is outside the range of a type, or undefined, is empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lakmus.query.engines.duckdb import moments
from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.literals import as_quantity, quantity
from lakmus.query.engines.duckdb.quantities import base
from lakmus.query.engines.duckdb.values import Form, Value, bare, one, sql_type, unsupported
from lakmus.query.ir import operations as op
from lakmus.query.ir import structure as ir
from lakmus.query.ir.types import (
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    TIME,
    TypeName,
)

NUMBERS = (INTEGER, LONG, DECIMAL)
MOMENTS = (DATE, DATETIME, TIME)


def _number(compiler: Compiler, node: Any, scope: Scope, index: int = 0) -> Form:
    return bare(Value((compiler.form(node.operands[index], scope, *NUMBERS),)), compiler.names).forms[0]


def within(sql: str, kind: TypeName) -> str:
    """A result in the range of its type, else empty."""
    return f"try_cast({sql} AS {sql_type(kind)})"


def rounding(kind: type[Any], pattern: str) -> None:
    def compile_(compiler: Compiler, node: Any, scope: Scope) -> Value:
        found = _number(compiler, node, scope)
        return one(INTEGER, within(pattern.format(found.sql), INTEGER))

    compiles(kind)(compile_)


rounding(op.Ceiling, "ceil({0})")
rounding(op.Floor, "floor({0})")
rounding(op.Truncate, "trunc({0})")


def real(kind: type[Any], pattern: str) -> None:
    """A function of real numbers; what has no real result is empty."""

    def compile_(compiler: Compiler, node: Any, scope: Scope) -> Value:
        found = [f"({_number(compiler, node, scope, i).sql})::DOUBLE" for i in range(len(node.operands))]
        return one(DECIMAL, within(pattern.format(*found), DECIMAL))

    compiles(kind)(compile_)


real(op.Exp, "exp({0})")
real(op.Ln, "CASE WHEN {0} > 0 THEN ln({0}) END")
real(op.Log, "CASE WHEN {0} > 0 AND {1} > 0 AND {1} <> 1 THEN ln({0}) / ln({1}) END")
real(op.Sqrt, "CASE WHEN {0} >= 0 THEN sqrt({0}) END")


@compiles(op.Power)
def power(compiler: Compiler, node: op.Power, scope: Scope) -> Value:
    base, exponent = (_number(compiler, node, scope, i) for i in (0, 1))
    a, b = f"({base.sql})::DOUBLE", f"({exponent.sql})::DOUBLE"
    sql = f"CASE WHEN {a} >= 0 OR {b} = floor({b}) THEN pow({a}, {b}) END"
    whole = base.type == exponent.type == INTEGER
    kind = INTEGER if whole else DECIMAL
    return one(kind, within(f"CASE WHEN {b} >= 0 THEN {sql} END" if whole else sql, kind))


@compiles(op.Round)
def round_(compiler: Compiler, node: op.Round, scope: Scope) -> Value:
    found = _number(compiler, node, scope)
    given = node.operands[1] if len(node.operands) > 1 else ir.Literal(0, INTEGER)
    while isinstance(given, ir.Promote | ir.AsSystem):
        given = given.source
    if not isinstance(given, ir.Literal | ir.Empty):
        raise unsupported(node, "round() to a number of digits that is not written out")
    digits = compiler.scalar(given, scope, INTEGER)
    return one(
        DECIMAL, f"round(({found.sql})::{sql_type(DECIMAL)}, coalesce({digits}, 0))::{sql_type(DECIMAL)}"
    )


@compiles(op.Abs, op.Negate)
def signed(compiler: Compiler, node: Any, scope: Scope) -> Value:
    found = compiler.form(node.operands[0], scope, *NUMBERS, QUANTITY)
    call = "abs" if isinstance(node, op.Abs) else "-"
    if found.type == QUANTITY:
        x = found.sql
        sql = f"CASE WHEN {x} IS NOT NULL THEN {quantity(f'{call}(({x}).value)', f'({x}).unit')} END"
        return Value((Form(QUANTITY, sql, digits=found.digits),))
    wide = f"({found.sql})::HUGEINT" if found.type != DECIMAL else f"({found.sql})"
    return Value((Form(found.type, within(f"{call}({wide})", found.type), digits=found.digits),))


def _pair(compiler: Compiler, node: Any, scope: Scope) -> tuple[Form, Form]:
    left = compiler.form(node.operands[0], scope)
    right = compiler.form(node.operands[1], scope)
    return left, right


def result(left: Form, right: Form) -> TypeName:
    kinds = {left.type, right.type}
    return DECIMAL if DECIMAL in kinds else LONG if LONG in kinds else INTEGER


def _wide(form: Form, kind: TypeName) -> str:
    return f"({form.sql})::{'HUGEINT' if kind != DECIMAL else sql_type(DECIMAL)}"


@compiles(op.Add, op.Subtract)
def add(compiler: Compiler, node: Any, scope: Scope) -> Value:
    left, right = _pair(compiler, node, scope)
    sign = "+" if isinstance(node, op.Add) else "-"
    if left.type in MOMENTS:
        return _later(compiler, node, left)
    if left.type == right.type == STRING and sign == "+":
        return one(STRING, f"({left.sql} || {right.sql})")
    if QUANTITY in (left.type, right.type):
        return one(QUANTITY, _both(compiler, left, right, lambda a, b: _quantities(a, b, sign)))
    _numbers(node, left, right)
    kind = result(left, right)
    return one(kind, within(f"({_wide(left, kind)} {sign} {_wide(right, kind)})", kind))


def _numbers(node: Any, left: Form, right: Form) -> None:
    if not {left.type, right.type} <= set(NUMBERS):
        raise unsupported(node, f"reckoning with {left.type} and {right.type}")


def _both(compiler: Compiler, left: Form, right: Form, use: Callable[[str, str], str]) -> str:
    """SQL that uses two quantities several times and computes them once."""
    q = compiler.names.fresh("q")
    pair = f"{{'a': {as_quantity(left.type, left.sql)}, 'b': {as_quantity(right.type, right.sql)}}}"
    return f"list_transform([{pair}], lambda {q}: {use(f'{q}.a', f'{q}.b')})[1]"


def _quantities(a: str, b: str, sign: str) -> str:
    """Of one unit; comparable units are converted only where they are compared, others have no sum."""
    added = quantity(f"({a}).value {sign} ({b}).value", f"({a}).unit")
    other = "error('lakmus: a sum of quantities of different units is not reckoned by this engine')"
    comparable = f"{base(f'({a}).unit')} = {base(f'({b}).unit')}"
    return f"CASE WHEN ({a}).unit = ({b}).unit THEN {added} WHEN {comparable} THEN {other} END"


def _later(compiler: Compiler, node: Any, moment: Form) -> Value:
    amount = node.operands[1]
    while isinstance(amount, ir.Promote | ir.AsSystem):
        amount = amount.source
    sign = 1 if isinstance(node, op.Add) else -1
    if isinstance(amount, op.Negate):
        amount, sign = amount.operands[0], -sign
    if isinstance(amount, ir.Empty):
        return one(moment.type, "NULL::VARCHAR")
    if not isinstance(amount, ir.Literal) or amount.name != QUANTITY:
        raise unsupported(node, "a moment and a duration that is not written out")
    unit = moments.UNITS.get(amount.value.unit)  # type: ignore[union-attr]
    if unit is None or (moment.type == TIME and unit in ("year", "month")):
        from lakmus.core.errors import InputError

        raise InputError("this unit is no duration that can be added", place=node.place)
    return one(moment.type, moments.later(moment.type, moment.sql, amount.value, sign, compiler.names))  # type: ignore[arg-type]


@compiles(op.Multiply, op.Divide)
def multiply(compiler: Compiler, node: Any, scope: Scope) -> Value:
    left, right = _pair(compiler, node, scope)
    product = isinstance(node, op.Multiply)
    if QUANTITY in (left.type, right.type):
        return one(QUANTITY, _both(compiler, left, right, lambda a, b: _product(a, b, product)))
    _numbers(node, left, right)
    if not product:
        a, b = (f"({f.sql})::{sql_type(DECIMAL)}" for f in (left, right))
        return one(DECIMAL, quotient(a, b))
    kind = result(left, right)
    if kind == DECIMAL:
        a, b = (f"({f.sql})::DECIMAL(19,{6 if f.type == DECIMAL else 0})" for f in (left, right))
        exact = f"({a} * {b})"
        near = f"(({left.sql})::DOUBLE * ({right.sql})::DOUBLE)"
        fits = " AND ".join(f"({f.sql})::DOUBLE = {s}::DOUBLE" for f, s in ((left, a), (right, b)))
        return one(kind, within(f"CASE WHEN {fits} THEN {exact} ELSE {near} END", kind))
    return one(kind, within(f"({_wide(left, kind)} * {_wide(right, kind)})", kind))


def quotient(a: str, b: str) -> str:
    return within(f"CASE WHEN {b} <> 0 THEN ({a})::DOUBLE / ({b})::DOUBLE END", DECIMAL)


def _product(a: str, b: str, product: bool) -> str:
    u, v = f"({a}).unit", f"({b}).unit"
    wrapped = f"CASE WHEN contains({v}, '/') OR contains({v}, '.') THEN '(' || {v} || ')' ELSE {v} END"
    if product:
        unit = f"CASE WHEN {v} = '1' THEN {u} WHEN {u} = '1' THEN {v} ELSE {u} || '.' || {wrapped} END"
        number = within(f"(({a}).value::DOUBLE * ({b}).value::DOUBLE)", DECIMAL)
    else:
        unit = f"CASE WHEN {v} = '1' THEN {u} WHEN {u} = {v} THEN '1' ELSE {u} || '/' || {wrapped} END"
        number = quotient(f"({a}).value", f"({b}).value")
    return f"CASE WHEN {number} IS NOT NULL THEN {quantity(number, unit)} END"


@compiles(op.IntegerDivide, op.Modulo)
def whole(compiler: Compiler, node: Any, scope: Scope) -> Value:
    left, right = _pair(compiler, node, scope)
    _numbers(node, left, right)
    a, b = (_wide(f, DECIMAL) for f in (left, right))
    rest = f"CASE WHEN {b} <> 0 THEN {a} % {b} END"
    if isinstance(node, op.Modulo):
        kind = result(left, right)
        return one(kind, within(rest, kind))
    return one(
        INTEGER,
        within(f"CASE WHEN {b} <> 0 THEN trunc(({a} - {a} % {b})::DOUBLE / {b}::DOUBLE) END", INTEGER),
    )
