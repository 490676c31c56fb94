"""Literals, variables, and how values are written in SQL."""

from __future__ import annotations

from decimal import Decimal

from lakmus.core.quantities import Quantity
from lakmus.lake import schema
from lakmus.query.engines.duckdb.compiler import Compiler, Scope, compiles
from lakmus.query.engines.duckdb.values import QUANTITY_SQL, Form, Value, one, sql_type, unsupported
from lakmus.query.ir import structure as ir
from lakmus.query.ir.types import BOOLEAN, DECIMAL, INTEGER, LONG, QUANTITY, TypeName

# R4 fhirpath.html#quantity: UCUM codes that stand for calendar durations.
CALENDAR = {"a": "year", "mo": "month", "d": "day", "h": "hour", "min": "minute", "s": "second"}


def decimal(number: Decimal) -> str:
    return f"{number:f}::{schema.DECIMAL}"


def quantity(value: str, unit: str) -> str:
    return f"{{'value': {value}, 'unit': {unit}}}::{QUANTITY_SQL}"


def as_quantity(kind: TypeName, sql: str) -> str:
    """A number is one without unit; none stays none."""
    return sql if kind == QUANTITY else quantity(f"({sql})", f"CASE WHEN ({sql}) IS NOT NULL THEN '1' END")


@compiles(ir.Literal)
def literal(compiler: Compiler, node: ir.Literal, scope: Scope) -> Value:
    value = node.value
    if node.name == BOOLEAN:
        return one(BOOLEAN, "true" if value else "false")
    if node.name in (INTEGER, LONG):
        return Value((Form(node.name, f"{value}::{sql_type(node.name)}", digits="0"),))
    if isinstance(value, Decimal):
        digits = max(0, -int(value.as_tuple().exponent))
        return Value((Form(DECIMAL, decimal(value), digits=str(digits)),))
    if isinstance(value, Quantity):
        digits = max(0, -int(value.value.as_tuple().exponent))
        sql = quantity(decimal(value.value), schema.literal(value.unit))
        return Value((Form(QUANTITY, sql, digits=str(digits)),))
    return one(node.name, schema.literal(str(value)))


@compiles(ir.Empty)
def empty(compiler: Compiler, node: ir.Empty, scope: Scope) -> Value:
    return Value(())


@compiles(ir.Variable)
def variable(compiler: Compiler, node: ir.Variable, scope: Scope) -> Value:
    if node.name not in scope:
        raise unsupported(node, f"the variable {node.name}")
    return scope[node.name]
