"""Expressions that say nothing, or whose answer is certain.

Before: `if false then A else B`, `start of null`
After:  `B`, `null`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lakmus.query.engines.duckdb.elm.lowering.choices import FALSE, TRUE, as_type, is_of, surely, there
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import BOOLEAN, IntervalType, ListType


def decided(node: elm.Elm) -> elm.Elm:
    """The node, or what it comes to, when what is below it has been looked at."""
    rule = _RULES.get(type(node))
    return rule(node) if rule is not None else node


def _property(node: elm.Property) -> elm.Elm:
    return elm.Null(node.type) if isinstance(node.source, elm.Null) else node


def _convert(node: elm.Convert) -> elm.Elm:
    return elm.Null(node.type) if isinstance(node.source, elm.Null) else node


def _if(node: elm.If) -> elm.Elm:
    if isinstance(node.condition, elm.Literal | elm.Null):
        return node.then if node.condition == TRUE else node.otherwise
    return node


def _case(node: elm.Case) -> elm.Elm:
    items: list[tuple[elm.Elm, elm.Elm]] = []
    for condition, result in node.items:
        if condition == TRUE:
            return replace(node, items=tuple(items), otherwise=result) if items else result
        if not isinstance(condition, elm.Literal | elm.Null):
            items.append((condition, result))
    if len(items) == 1 and isinstance(node.otherwise, elm.Null) and items[0][0] == there(items[0][1]):
        return items[0][1]
    if all(isinstance(result, elm.Null) for _, result in items) and isinstance(node.otherwise, elm.Null):
        return elm.Null(node.type)
    return replace(node, items=tuple(items)) if items else node.otherwise


def _apply(node: elm.Apply) -> elm.Elm:
    if node.operator in _STRICT and any(isinstance(each, elm.Null) for each in node.operands):
        return elm.Null(node.type)
    if node.operator in ("First", "Last", "SingletonFrom") and node.operands[0] == elm.List(
        node.operands[0].type, ()
    ):
        return elm.Null(node.type)
    rule = _OPERATORS.get(node.operator)
    return rule(node) if rule is not None else node


# Operators


def _is_null(node: elm.Apply) -> elm.Elm:
    (operand,) = node.operands
    if isinstance(operand, elm.Null):
        return TRUE
    inner = surely(operand)
    return replace(node, operands=(inner,)) if inner is not None else node


def _not(node: elm.Apply) -> elm.Elm:
    operand = node.operands[0]
    if operand == TRUE:
        return FALSE
    return TRUE if operand == FALSE else node


def _and(node: elm.Apply) -> elm.Elm:
    left, right = node.operands
    if left == TRUE or right == FALSE:
        return right
    return left if right == TRUE or left == FALSE else node


def _or(node: elm.Apply) -> elm.Elm:
    left, right = node.operands
    if left == FALSE or right == TRUE:
        return right
    return left if right == FALSE or left == TRUE else node


def _implies(node: elm.Apply) -> elm.Elm:
    left, right = node.operands
    if left == FALSE or right == TRUE:
        return TRUE
    return right if left == TRUE else node


def _equivalent(node: elm.Apply) -> elm.Elm:
    """Nothing is equivalent to nothing alone."""
    kinds = {type(each) for each in node.operands}
    return FALSE if kinds == {elm.Null, elm.Literal} else node


def _in(node: elm.Apply) -> elm.Elm:
    """Nothing is in no list and in no interval, and of no point nothing is known."""
    whole, point = node.operands if node.operator == "Contains" else node.operands[::-1]
    if not isinstance(whole.type, IntervalType):
        return FALSE if isinstance(whole, elm.Null) else node
    if isinstance(point, elm.Null):
        return elm.Null(BOOLEAN)
    return _if_there(point) if isinstance(whole, elm.Null) else node


def _proper_in(node: elm.Apply) -> elm.Elm:
    whole = node.operands[0 if node.operator == "ProperContains" else 1]
    if isinstance(whole, elm.Null) and isinstance(whole.type, ListType):
        return FALSE
    nothing = any(isinstance(each, elm.Null) for each in node.operands)
    intervals = any(isinstance(each.type, IntervalType) for each in node.operands)
    return elm.Null(BOOLEAN) if nothing and intervals else node


def _boundary(node: elm.Apply) -> elm.Elm:
    return elm.Null(node.type) if isinstance(node.operands[0], elm.Null) else node


def _if_there(point: elm.Elm) -> elm.Elm:
    return elm.If(BOOLEAN, elm.Apply(BOOLEAN, "IsNull", (point,)), elm.Null(BOOLEAN), FALSE)


def _coalesce(node: elm.Apply) -> elm.Elm:
    if len(node.operands) < 2:
        return node
    left = tuple(each for each in node.operands if not isinstance(each, elm.Null))
    return replace(node, operands=left) if len(left) > 1 else left[0] if left else elm.Null(node.type)


def _exists(node: elm.Apply) -> elm.Elm:
    """Something is in a union when it is in one of the two."""
    (operand,) = node.operands
    if isinstance(operand, elm.Null) or (isinstance(operand, elm.List) and not operand.items):
        return FALSE
    if isinstance(operand, elm.As) and isinstance(operand.source.type, ListType):
        operand = operand.source
    if isinstance(operand, elm.Apply) and operand.operator == "Union":
        sides = [_exists(replace(node, operands=(each,))) for each in operand.operands]
        return elm.Apply(BOOLEAN, "Or", tuple(sides))
    return replace(node, operands=(operand,))


_RULES: dict[type[elm.Elm], Callable[..., elm.Elm]] = {
    elm.Is: is_of,
    elm.As: as_type,
    elm.Property: _property,
    elm.Convert: _convert,
    elm.If: _if,
    elm.Case: _case,
    elm.Apply: _apply,
}

# Of nothing they give nothing (CQL 1.5, appendix B).
# fmt: off
_STRICT = frozenset((
    "Abs", "Negate", "Add", "Subtract", "Multiply", "Divide", "Equal", "Less", "Greater", "LessOrEqual",
    "GreaterOrEqual", "ToString", "ToDateTime", "ToDate", "ToTime", "ToQuantity", "ToConcept", "DateFrom",
    "TimeFrom", "TimezoneOffsetFrom", "DateTimeComponentFrom", "DurationBetween", "DifferenceBetween",
    "CalculateAge", "CalculateAgeAt", "SameAs", "SameOrBefore", "SameOrAfter", "Before", "After", "Start",
    "End", "Width", "Overlaps", "OverlapsBefore", "OverlapsAfter", "Intersect", "First", "Last",
    "SingletonFrom", "Sum", "Min", "Max", "Meets", "MeetsBefore", "MeetsAfter", "Starts", "Ends", "Includes",
    "IncludedIn", "ProperIncludes", "ProperIncludedIn", "IndexOf",
))
# fmt: on
_OPERATORS: dict[str, Callable[[elm.Apply], elm.Elm]] = {
    "IsNull": _is_null,
    "Not": _not,
    "And": _and,
    "Or": _or,
    "Implies": _implies,
    "Equivalent": _equivalent,
    "In": _in,
    "Contains": _in,
    "ProperIn": _proper_in,
    "ProperContains": _proper_in,
    "LowBoundary": _boundary,
    "HighBoundary": _boundary,
    "Coalesce": _coalesce,
    "Exists": _exists,
}
