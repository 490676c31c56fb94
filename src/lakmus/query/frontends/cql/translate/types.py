"""Type specifiers, `is`, `as`, `cast`, `convert` (CQL 1.5, author's guide, "Type Operators")."""

from __future__ import annotations

from lakmus.core.errors import InputError, Place
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.signatures import SIGNATURES
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.translator import Translator, translates
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import (
    BOOLEAN,
    STRING,
    SYSTEM_TYPES,
    CqlType,
    IntervalType,
    ListType,
    Named,
    choice,
    tuple_of,
)

CALENDAR = frozenset(("year", "month", "week", "day", "hour", "minute", "second", "millisecond"))


def type_of(run: Translator, spec: s.TypeSpec) -> CqlType:
    """The type a specifier names."""
    match spec:
        case s.ListTypeSpec(item):
            return ListType(type_of(run, item))
        case s.IntervalTypeSpec(point):
            return IntervalType(type_of(run, point))
        case s.TupleTypeSpec(elements):
            return tuple_of((name, type_of(run, each)) for name, each in elements)
        case s.ChoiceTypeSpec(types):
            return choice(type_of(run, each) for each in types)
        case s.NamedTypeSpec(namespace, name):
            return named_type(run, name, spec.place, namespace)


def named_type(run: Translator, name: str, place: Place, namespace: str = "") -> CqlType:
    """By the model that is written; else by the library's model, then System, then the other models."""
    if namespace:
        found = _in_namespace(run, namespace, name)
    else:
        primary = run.around.primary
        found = (primary.find(name) if primary else None) or SYSTEM_TYPES.get(name)
        found = found or next((t for m in run.around.models.values() if (t := m.find(name))), None)
    if found is None:
        known = [n for m in run.around.models.values() for n in m.names()] + list(SYSTEM_TYPES)
        raise InputError(f"there is no type `{name}`", place=place, hint=run.suggestion(name, known))
    return found


def _in_namespace(run: Translator, namespace: str, name: str) -> CqlType | None:
    if namespace == "System":
        return SYSTEM_TYPES.get(name)
    if namespace in run.around.models:
        return run.around.models[namespace].find(name)
    primary = run.around.primary
    return primary.find(f"{namespace}.{name}") if primary else None


@translates(s.TypeTest)
def is_(run: Translator, node: s.TypeTest, scope: Scope) -> elm.Elm:
    return elm.Is(BOOLEAN, run.expression(node.operand, scope), type_of(run, node.type), place=node.place)


@translates(s.Cast)
def as_(run: Translator, node: s.Cast, scope: Scope) -> elm.Elm:
    operand, target = run.expression(node.operand, scope), type_of(run, node.type)
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
    target = type_of(run, node.type)
    if isinstance(target, Named) and target.namespace == "System" and f"To{target.name}" in SIGNATURES:
        return run.apply(f"To{target.name}", operand, place=node.place, shown=f"convert to {target.name}")
    return run.converted(operand, target, "what is converted")
