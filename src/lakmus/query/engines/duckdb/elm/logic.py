"""Operators: those of three-valued logic are SQL's own, the others are macros."""

from __future__ import annotations

from lakmus.query.engines.duckdb.elm.compiler import OPERATORS, Compiler, Scope, compiles, operates
from lakmus.query.engines.duckdb.elm.macros import failing
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import BOOLEAN, DECIMAL, INTEGER, LONG, STRING


@compiles(elm.Apply)
def apply(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """What may fail becomes a column of its own at once: SQL computes what stands twice in an expression once, outside of
    the `TRY` around it.
    """
    found = OPERATORS.get(node.operator, called)(compiler, node, scope)
    return compiler.hoisted(found) if failing(found) and compiler.hoistable(found) else found


def called(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """A macro applied to the operands."""
    operands = [compiler.value(each, scope) for each in node.operands]
    if (infix := _infix(node)) is not None:
        return f"({operands[0]} {infix} {operands[1]})"
    return compiler.macro(
        node, node.operator, [each.type for each in node.operands], operands, node.precision
    )


def _infix(node: elm.Apply) -> str | None:
    """SQL's own comparison, where it is the same on values of a type."""
    types = {each.type for each in node.operands}
    return _COMPARED.get(node.operator) if len(types) == 1 and types <= _PLAIN else None


_PLAIN = {BOOLEAN, INTEGER, LONG, DECIMAL, STRING}
_COMPARED = {"Equal": "=", "Less": "<", "LessOrEqual": "<=", "Greater": ">", "GreaterOrEqual": ">="}


@operates("And", "Or", "Implies")
def connected(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """The right side does not matter, and is no fault, where the left decides."""
    left = compiler.short(compiler.value(node.operands[0], scope))
    with compiler.guarded(f"({left}) IS NOT {'TRUE' if node.operator == 'Or' else 'FALSE'}"):
        right = compiler.safe(compiler.value(node.operands[1], scope))
    return (
        f"(NOT {left} OR {right})"
        if node.operator == "Implies"
        else f"({left} {node.operator.upper()} {right})"
    )


@operates("Xor")
def xor(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    left, right = (compiler.value(each, scope) for each in node.operands)
    return f"({left} <> {right})"


@operates("Not")
def not_(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    return f"(NOT {compiler.value(node.operands[0], scope)})"


@operates("IsNull")
def is_null(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    return f"(({compiler.value(node.operands[0], scope)}) IS NULL)"


@operates("IsTrue", "IsFalse")
def is_truth(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    wanted = "true" if node.operator == "IsTrue" else "false"
    return f"coalesce({compiler.value(node.operands[0], scope)} = {wanted}, false)"


@operates("MinValue", "MaxValue")
def extent(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """Of the node's own type, which no operand tells."""
    name = "min" if node.operator == "MinValue" else "max"
    return f"cql.{name}_{str(node.type).lower()}()"


@operates("Coalesce")
def coalesce(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    operands = [compiler.value(each, scope) for each in node.operands]
    if len(operands) == 1:
        name = compiler.fresh()
        return f"list_filter({operands[0]}, lambda {name}: {name} IS NOT NULL)[1]"
    return f"coalesce({', '.join(operands)})"


@operates("Message")
def message(compiler: Compiler, node: elm.Apply, scope: Scope) -> str:
    """The source; an error for the patient where the severity says so. What is only to be told goes nowhere from SQL."""
    source, condition, _, severity, _ = (compiler.value(each, scope) for each in node.operands)
    return compiler.checked(source, f"{condition} AND {severity} = 'Error'", "a message of severity Error")
