"""Operators written with signs and words (CQL 1.5, appendix B), conditionals among them."""

from __future__ import annotations

from lakmus.core.errors import InputError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.translate.literals import numeral
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.specifiers import named_type
from lakmus.query.frontends.cql.translate.translator import Translator, translates
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    TIME,
    IntervalType,
)

IN = ("In", "InValueSet", "AnyInValueSet", "InCodeSystem", "AnyInCodeSystem")
BINARY: dict[str, tuple[str, ...]] = {
    "+": ("Add", "Concatenate"),
    "-": ("Subtract",),
    "*": ("Multiply",),
    "/": ("Divide",),
    "^": ("Power",),
    "div": ("TruncatedDivide",),
    "mod": ("Modulo",),
    "=": ("Equal",),
    "~": ("Equivalent",),
    "<": ("Less",),
    "<=": ("LessOrEqual",),
    ">": ("Greater",),
    ">=": ("GreaterOrEqual",),
    "and": ("And",),
    "or": ("Or",),
    "xor": ("Xor",),
    "implies": ("Implies",),
    "union": ("Union",),
    "|": ("Union",),
    "intersect": ("Intersect",),
    "except": ("Except",),
    "in": IN,
    "contains": ("Contains",),
}
UNARY: dict[str, str] = {
    "-": "Negate",
    "not": "Not",
    "exists": "Exists",
    "distinct": "Distinct",
    "flatten": "Flatten",
    "singleton from": "SingletonFrom",
    "start of": "Start",
    "end of": "End",
    "width of": "Width",
    "point from": "PointFrom",
    "predecessor of": "Predecessor",
    "successor of": "Successor",
    "is null": "IsNull",
    "is true": "IsTrue",
    "is false": "IsFalse",
}
# Types that have a least and a greatest value.
BOUNDED = (INTEGER, LONG, DECIMAL, QUANTITY, DATE, DATETIME, TIME)


@translates(s.Binary)
def binary(run: Translator, node: s.Binary, scope: Scope) -> elm.Elm:
    left, right = run.expression(node.left, scope), run.expression(node.right, scope)
    if node.operator in ("!=", "!~"):
        positive = run.apply(BINARY[node.operator[1]], left, right, place=node.place, shown=node.operator)
        return run.apply("Not", positive, place=node.place)
    if node.operator == "&":
        left, right = (run.apply("Coalesce", side, elm.Literal(STRING, "")) for side in (left, right))
        return run.apply("Concatenate", left, right, place=node.place, shown="&")
    return run.apply(BINARY[node.operator], left, right, place=node.place, shown=node.operator)


@translates(s.Unary)
def unary(run: Translator, node: s.Unary, scope: Scope) -> elm.Elm:
    if node.operator in ("-", "+") and isinstance(node.operand, s.Number):
        return numeral(node, node.operator.strip("+") + node.operand.text)
    operand = run.expression(node.operand, scope)
    if node.operator == "+":
        return operand
    if node.operator.startswith("is not"):
        positive = UNARY[node.operator.replace(" not", "")]
        return run.apply("Not", run.apply(positive, operand, place=node.place), place=node.place)
    if node.operator in ("collapse", "expand"):
        return run.apply(node.operator.capitalize(), operand, place=node.place, shown=node.operator)
    return run.apply(UNARY[node.operator], operand, place=node.place, shown=node.operator)


@translates(s.TypeExtent)
def extent(run: Translator, node: s.TypeExtent, _: Scope) -> elm.Elm:
    type_ = named_type(run.around, node.type.name, node.type.place, node.type.namespace)
    if type_ not in BOUNDED:
        raise InputError(f"{type_} has no {node.extent}", place=node.type.place)
    return elm.Apply(type_, "MinValue" if node.extent == "minimum" else "MaxValue", (), place=node.place)


@translates(s.SetPer)
def per(run: Translator, node: s.SetPer, scope: Scope) -> elm.Elm:
    operands = [run.expression(node.operand, scope)]
    if node.per is not None:
        operands.append(run.expression(node.per, scope))
    return run.apply(node.operator.capitalize(), *operands, place=node.place, shown=node.operator)


@translates(s.Indexer)
def indexer(run: Translator, node: s.Indexer, scope: Scope) -> elm.Elm:
    source, index = run.expression(node.source, scope), run.expression(node.index, scope)
    return run.apply("Indexer", source, index, place=node.place, shown="[ ]")


@translates(s.Between)
def between(run: Translator, node: s.Between, scope: Scope) -> elm.Elm:
    """`x between a and b`: of a point `x >= a and x <= b`, of an interval its inclusion."""
    operand, low, high = (run.expression(each, scope) for each in (node.operand, node.low, node.high))
    if isinstance(operand.type, IntervalType):
        point = run.common(low, high)
        closed = elm.Literal(BOOLEAN, True)
        whole = elm.Interval(
            IntervalType(point), run.fitted(low, point), run.fitted(high, point), closed, closed
        )
        return run.apply(
            "ProperIncludedIn" if node.properly else "IncludedIn", operand, whole, place=node.place
        )
    above, below = ("Greater", "Less") if node.properly else ("GreaterOrEqual", "LessOrEqual")
    first = run.apply(above, operand, low, place=node.place, shown="between")
    return run.apply("And", first, run.apply(below, operand, high, place=node.place), place=node.place)


@translates(s.If)
def if_(run: Translator, node: s.If, scope: Scope) -> elm.Elm:
    condition = run.condition(node.condition, scope)
    then, otherwise = run.expression(node.then, scope), run.expression(node.otherwise, scope)
    type_ = run.common(then, otherwise)
    return elm.If(type_, condition, run.fitted(then, type_), run.fitted(otherwise, type_), place=node.place)


@translates(s.Case)
def case(run: Translator, node: s.Case, scope: Scope) -> elm.Elm:
    """With a comparand a condition is that the two are equal."""
    results = [run.expression(result, scope) for _, result in node.items]
    otherwise = run.expression(node.otherwise, scope)
    type_ = run.common(*results, otherwise)
    conditions = [_when(run, node, when, scope) for when, _ in node.items]
    items = tuple((c, run.fitted(r, type_)) for c, r in zip(conditions, results, strict=True))
    return elm.Case(type_ if items else ANY, items, run.fitted(otherwise, type_), place=node.place)


def _when(run: Translator, node: s.Case, when: s.Expression, scope: Scope) -> elm.Elm:
    if node.comparand is None:
        return run.condition(when, scope)
    comparand = run.expression(node.comparand, scope)
    return run.apply("Equal", comparand, run.expression(when, scope), place=when.place, shown="case")
