"""Type specifiers, `is`, `as`, `cast`, `convert` (CQL 1.5, author's guide, "Type Operators")."""

from __future__ import annotations

from lakmus.core.errors import InputError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.signatures import SIGNATURES
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.specifiers import type_of
from lakmus.query.frontends.cql.translate.translator import Translator, translates
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import (
    BOOLEAN,
    STRING,
    Named,
)

CALENDAR = frozenset(("year", "month", "week", "day", "hour", "minute", "second", "millisecond"))


@translates(s.TypeTest)
def is_(run: Translator, node: s.TypeTest, scope: Scope) -> elm.Elm:
    return elm.Is(
        BOOLEAN, run.expression(node.operand, scope), type_of(run.around, node.type), place=node.place
    )


@translates(s.Cast)
def as_(run: Translator, node: s.Cast, scope: Scope) -> elm.Elm:
    operand, target = run.expression(node.operand, scope), type_of(run.around, node.type)
    if isinstance(operand, elm.Null):
        return elm.Null(target, place=node.place)
    if run.typing.may_be(operand.type, target):
        return elm.As(target, operand, node.strict, place=node.place)
    step = run.typing.conversion(operand.type, target)
    if step is None:
        hint = "a cast does not convert: `convert … to …` does"
        raise InputError(f"{operand.type} is never {target}", place=node.place, hint=hint)
    return step.build(operand)


@translates(s.Conversion)
def convert(run: Translator, node: s.Conversion, scope: Scope) -> elm.Elm:
    operand = run.expression(node.operand, scope)
    if node.type is None:
        unit = elm.Literal(STRING, node.unit, place=node.place)
        return run.apply("ConvertQuantity", operand, unit, place=node.place, shown="convert")
    target = type_of(run.around, node.type)
    if isinstance(target, Named) and target.namespace == "System" and f"To{target.name}" in SIGNATURES:
        return run.apply(f"To{target.name}", operand, place=node.place, shown=f"convert to {target.name}")
    return run.converted(operand, target, "what is converted")
