"""Names and paths (CQL 1.5, author's guide, "Identifiers"; developer's guide, "Name Resolution")."""

from __future__ import annotations

from typing import Any

from lakmus.core.errors import InputError, NotFoundError, Place, UnsupportedError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.translator import Translator, translates
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Library
from lakmus.query.ir.elm.types import (
    ANY,
    BOOLEAN,
    SYSTEM_CLASSES,
    ChoiceType,
    CqlType,
    IntervalType,
    ListType,
    Named,
    TupleType,
    choice,
)


@translates(s.Identifier)
def identifier(run: Translator, node: s.Identifier, scope: Scope) -> elm.Elm:
    """Local names first, then elements of what is sorted, then the library's own."""
    if node.name in scope.names:
        return scope.names[node.name]
    if scope.item is not None and element_type(run, scope.item.type, node.name) is not None:
        return prop(run, scope.item, node.name, node.place)
    found = own(run, node.name, scope, node.place)
    if found is None:
        raise NotFoundError(f"there is nothing called `{node.name}` here", hint=_hint(run, node.name, scope))
    return found


def _hint(run: Translator, name: str, scope: Scope) -> str:
    known = {*scope.names, *run.constants, *run.parameters, *run.pending, *run.around.included}
    if scope.item is not None and isinstance(scope.item.type, TupleType):
        known |= {n for n, _ in scope.item.type.elements}
    return run.suggestion(name, known)


def own(run: Translator, name: str, scope: Scope, place: Place) -> elm.Elm | None:
    """A constant, parameter or definition of this library, or the patient."""
    if name in run.constants:
        return run.constants[name]
    if name in run.parameters:
        return elm.ParameterRef(run.parameters[name].type, run.source.name, name, place=place)
    if name in run.pending:
        definition = run.definition(name, place)
        type_ = over_all(definition.context, scope.context, definition.expression.type)
        return elm.ExpressionRef(type_, run.source.name, name, place=place)
    primary = run.around.primary
    if primary is not None and name == primary.patient.name and scope.context not in ("", "Unfiltered"):
        return run.patient(place)
    return None


def over_all(of: str, seen_from: str, type_: CqlType) -> CqlType:
    """What is defined for each patient is, seen from the whole population, the list of all patients' values."""
    outside = seen_from in ("Unfiltered", "Population")
    return ListType(type_) if outside and of not in ("", "Unfiltered", "Population") else type_


@translates(s.Special)
def special(_: Translator, node: s.Special, scope: Scope) -> elm.Elm:
    if node.name not in scope.names:
        raise NotFoundError(
            f"there is no `{node.name}` here", hint="it is the item inside where(), all(), sort by, …"
        )
    return scope.names[node.name]


@translates(s.External)
def external(_: Translator, node: s.External, __: Scope) -> elm.Elm:
    raise UnsupportedError(f"the external constant %{node.name}", reference="CQL 1.5, 1.5 Literals")


@translates(s.Member)
def member(run: Translator, node: s.Member, scope: Scope) -> elm.Elm:
    library = included(run, node.source, scope)
    if library is not None:
        return of_library(run, library, node.name, scope, node.place)
    return prop(run, run.expression(node.source, scope), node.name, node.place)


def included(run: Translator, source: Any, scope: Scope) -> Library | None:
    """The library an alias stands for, unless a nearer name hides it."""
    if not isinstance(source, s.Identifier) or source.name in scope.names:
        return None
    return run.around.included.get(source.name)


def of_library(run: Translator, library: Library, name: str, scope: Scope, place: Place) -> elm.Elm:
    if name in library.constants:
        return library.constants[name]
    if name in library.parameters:
        return elm.ParameterRef(library.parameters[name].type, library.name, name, place=place)
    definition = library.definitions.get(name)
    if definition is None:
        known = [*library.definitions, *library.parameters, *library.constants]
        raise NotFoundError(
            f"{library.name} has nothing called `{name}`", place=place, hint=run.suggestion(name, known)
        )
    if not definition.public:
        raise InputError(f"`{name}` is private to {library.name}", place=place)
    type_ = over_all(definition.context, scope.context, definition.expression.type)
    return elm.ExpressionRef(type_, library.name, name, place=place)


# Paths


def prop(run: Translator, source: elm.Elm, name: str, place: Place) -> elm.Elm:
    """`source.name`: of a list, of each of its items, lists laid flat; of a choice, of the alternatives that have it."""
    if source.type == ANY and (isinstance(source, elm.Null) or run.errors):
        return elm.Null(ANY, place=place)
    type_ = source.type
    if isinstance(type_, ListType):
        return _of_each(run, source, type_.item, name, place)
    if isinstance(type_, ChoiceType):
        return _of_choice(run, source, type_, name, place)
    found = element_type(run, type_, name)
    if found is None:
        hint = run.suggestion(name, elements(run, type_))
        raise NotFoundError(f"{type_} has no element `{name}`", place=place, hint=hint)
    return elm.Property(found, source, name, place=place)


def _of_each(run: Translator, source: elm.Elm, item: CqlType, name: str, place: Place) -> elm.Elm:
    local = run.typing.fresh()
    projection = prop(run, elm.Local(item, local), name, place)
    each = elm.ForEach(ListType(projection.type), source, local, projection, place=place)
    if isinstance(projection.type, ListType):
        return elm.Apply(projection.type, "Flatten", (each,), place=place)
    return each


def _of_choice(run: Translator, source: elm.Elm, type_: ChoiceType, name: str, place: Place) -> elm.Elm:
    having = [t for t in type_.types if element_type(run, t, name) is not None]
    if not having:
        raise NotFoundError(f"none of {type_} has an element `{name}`", place=place)
    found = [prop(run, elm.As(t, source), name, place) for t in having]
    if len(found) == 1:
        return found[0]
    whole = choice(each.type for each in found)
    items = tuple((elm.Is(BOOLEAN, source, t), each) for t, each in zip(having, found, strict=True))
    return elm.Case(whole, items, elm.Null(whole), place=place)


def element_type(run: Translator, type_: CqlType, name: str) -> CqlType | None:
    """The type of an element; None when there is no such element."""
    match type_:
        case TupleType():
            return type_.element(name)
        case IntervalType(point):
            return {"low": point, "high": point, "lowClosed": BOOLEAN, "highClosed": BOOLEAN}.get(name)
        case Named() if type_ in SYSTEM_CLASSES:
            return SYSTEM_CLASSES[type_].get(name)
        case Named():
            model = run.around.models.get(type_.namespace)
            element = model.element(type_, name) if model else None
            return element.type if element else None
        case ListType(item):
            return element_type(run, item, name)
        case ChoiceType(types):
            return next((t for each in types if (t := element_type(run, each, name))), None)
    return None


def elements(run: Translator, type_: CqlType) -> list[str]:
    """The names of a type's elements, for suggestions."""
    if isinstance(type_, TupleType):
        return [name for name, _ in type_.elements]
    if isinstance(type_, IntervalType):
        return ["low", "high", "lowClosed", "highClosed"]
    found: list[str] = []
    current: CqlType | None = type_
    while isinstance(current, Named) and current.namespace in run.around.models:
        info = run.around.models[current.namespace].class_of(current)
        found += info.elements if info else ()
        current = run.typing.base(current)
    return found or list(SYSTEM_CLASSES.get(type_, {})) if isinstance(type_, Named) else found
