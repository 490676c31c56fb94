"""N1 6 Operations: operators between and before operands, with the promotions the standard makes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakmus.query.frontends.fhirpath import syntax
from lakmus.query.frontends.fhirpath.conversions import alike, as_system, truth
from lakmus.query.frontends.fhirpath.scope import Scope
from lakmus.query.ir import operations as op
from lakmus.query.ir.node import Node, Operation, Takes
from lakmus.query.ir.types import DATE, DATETIME, QUANTITY, STRING, TIME, Type, TypeName

if TYPE_CHECKING:
    from lakmus.query.frontends.fhirpath.checker import Checker

_ARITHMETIC: dict[str, type[Operation]] = {
    "+": op.Add,
    "-": op.Subtract,
    "*": op.Multiply,
    "/": op.Divide,
    "div": op.IntegerDivide,
    "mod": op.Modulo,
}
# Operator: node, operands swapped, negated.
_COMPARISON: dict[str, tuple[type[Operation], bool, bool]] = {
    "=": (op.Equal, False, False),
    "!=": (op.Equal, False, True),
    "~": (op.Equivalent, False, False),
    "!~": (op.Equivalent, False, True),
    "<": (op.Less, False, False),
    "<=": (op.LessOrEqual, False, False),
    ">": (op.Less, True, False),
    ">=": (op.LessOrEqual, True, False),
}
# Kinds of values that have an order among themselves.
_FAMILIES: tuple[frozenset[TypeName], ...] = (
    frozenset(op.MEASURES),
    frozenset((STRING,)),
    frozenset((DATE, DATETIME)),
    frozenset((TIME,)),
)


def sign(checker: Checker, written: syntax.Sign, scope: Scope) -> Node:
    """`-x`, `+x`"""
    takes = Takes(op.MEASURES)
    errors = len(checker.errors)
    operand = checker.operand(
        checker.node(written.operand, scope), takes, f"the operand of {written.sign}", written
    )
    if len(checker.errors) > errors or written.sign == "+":
        return operand
    return op.Negate(operand, place=written.place)


def binary(checker: Checker, written: syntax.Binary, scope: Scope) -> Node:
    """An operator between two operands."""
    left, right = checker.node(written.left, scope), checker.node(written.right, scope)
    operator, place = written.operator, written.place
    if operator in ("and", "or", "xor", "implies"):
        return _logic(operator, truth(left), truth(right), written)
    if operator in _COMPARISON:
        return _compare(checker, written, as_system(left), as_system(right))
    if operator == "|":
        return op.Union(left, right, place=place)
    if operator == "in":
        return op.In(as_system(left), as_system(right), place=place)
    if operator == "contains":
        return op.In(as_system(right), as_system(left), place=place)
    if operator == "&":
        return _checked(checker, op.Concatenate, written, left, right)
    return _arithmetic(checker, written, left, right)


def _logic(operator: str, left: Node, right: Node, written: syntax.Binary) -> Node:
    if operator == "implies":
        return op.Or(op.Not(left, place=written.place), right, place=written.place)
    node = {"and": op.And, "or": op.Or, "xor": op.Xor}[operator]
    return node(left, right, place=written.place)


def _compare(checker: Checker, written: syntax.Binary, left: Node, right: Node) -> Node:
    node, swapped, negated = _COMPARISON[written.operator]
    if node in (op.Less, op.LessOrEqual) and not _ordered(left.type, right.type):
        return _clash(checker, written, left, right)
    left, right = alike(left, right)
    result = node(*((right, left) if swapped else (left, right)), place=written.place)
    return op.Not(result, place=written.place) if negated else result


def _ordered(left: Type, right: Type) -> bool:
    """Whether some value of the one can stand before or after some value of the other."""
    return any(all(t.empty or t.may_be(*family) for t in (left, right)) for family in _FAMILIES)


def _clash(checker: Checker, written: syntax.Binary, left: Node, right: Node) -> Node:
    return checker.fail(
        f"{written.operator} is not defined between {left.type} and {right.type}",
        written.place,
        "convert one of them, or take the part you mean",
    )


def _checked(
    checker: Checker, node: type[Operation], written: syntax.Binary, left: Node, right: Node
) -> Node:
    left, right = as_system(left), as_system(right)
    takes = node.takes
    if not (takes[0].accepts(left.type) and takes[1].accepts(right.type)):
        return _clash(checker, written, left, right)
    return node(left, right, place=written.place)


def _arithmetic(checker: Checker, written: syntax.Binary, left: Node, right: Node) -> Node:
    left, right = as_system(left), as_system(right)
    if not _adds_up(left.type, right.type):
        return _clash(checker, written, left, right)
    left, right = alike(left, right)
    return _checked(checker, _ARITHMETIC[written.operator], written, left, right)


def _adds_up(left: Type, right: Type) -> bool:
    """Moments go with durations, text with text, numbers and quantities with each other."""
    if left.empty or right.empty or left.unknown or right.unknown:
        return True
    return (
        (left.may_be(*op.MOMENTS) and right.may_be(QUANTITY))
        or (left.may_be(STRING) and right.may_be(STRING))
        or (left.may_be(*op.MEASURES) and right.may_be(*op.MEASURES))
    )
