"""One library: what it declares, then all its definitions and functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lakmus.core.errors import InputError, LakmusError, ManyErrors
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.specifiers import Surroundings, type_of
from lakmus.query.frontends.cql.translate.translator import Translator
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Definition, Library, Parameter
from lakmus.query.ir.elm.types import (
    ANY,
    CODE,
    CODE_SYSTEM,
    CONCEPT,
    VALUE_SET,
    ListType,
)
from lakmus.query.ir.elm.values import Code, CodeSystem, Concept, ValueSet


def translate(source: s.Library, around: Surroundings) -> Library:
    """The compiled library. Raises ManyErrors with everything that is wrong in it."""
    run = Translator(source, around)
    for definition in source.definitions:
        _kept(run, definition, DECLARATIONS[type(definition)])
    _announce(run)
    for name, overloads in run.waiting.items():
        for i in range(len(overloads)):
            run.function(name, i)
    for name in run.pending:
        run.definition(name)
    if run.errors:
        raise ManyErrors(sorted(run.errors, key=_where))
    return _library(run)


def _where(error: LakmusError) -> tuple[int, int]:
    place = error.place
    return (place.line or 0, place.column or 0) if place else (0, 0)


def _library(run: Translator) -> Library:
    source = run.source
    definitions = dict(run.definitions)
    primary = run.around.primary
    if primary is not None:
        definitions.setdefault(primary.patient.name, _patient(run))
    return Library(
        source.name,
        source.version,
        definitions,
        {name: tuple(run.function(name, i) for i in range(len(run.waiting[name]))) for name in run.waiting},
        run.parameters,
        run.constants,
        tuple(library.name for library in run.around.included.values()),
    )


def _patient(run: Translator) -> Definition:
    """`Patient`, as the context defines it: one who has records in several places is one, and the first of them is it."""
    assert run.around.primary is not None
    patient = run.around.primary.patient
    every = elm.Retrieve(ListType(patient), patient)
    return Definition(patient.name, "Patient", elm.Apply(patient, "First", (every,)), public=False)


def _kept(run: Translator, node: Any, act: Callable[[Translator, Any], None]) -> None:
    """Does it, and keeps what goes wrong with its place."""
    try:
        if node.name in run.names:
            raise InputError(f"`{node.name}` is defined twice")
        run.names.add(node.name)
        act(run, node)
    except LakmusError as error:
        error.place = error.place or node.place
        run.errors.append(error)


def _code_system(run: Translator, node: s.CodeSystemDef) -> None:
    value = CodeSystem(node.id, node.version, node.name)
    run.constants[node.name] = elm.Literal(CODE_SYSTEM, value, place=node.place)


def _value_set(run: Translator, node: s.ValueSetDef) -> None:
    systems = tuple(_constant(run, each, CODE_SYSTEM, "a code system").value for each in node.code_systems)
    value = ValueSet(node.id, node.version, node.name, systems)
    run.constants[node.name] = elm.Literal(VALUE_SET, value, place=node.place)


def _code(run: Translator, node: s.CodeDef) -> None:
    system = _constant(run, node.system, CODE_SYSTEM, "a code system").value
    value = Code(node.code, system.id, system.version, node.display)
    run.constants[node.name] = elm.Literal(CODE, value, place=node.place)


def _concept(run: Translator, node: s.ConceptDef) -> None:
    codes = tuple(_constant(run, each, CODE, "a code").value for each in node.codes)
    run.constants[node.name] = elm.Literal(CONCEPT, Concept(codes, node.display), place=node.place)


def _constant(run: Translator, node: s.Expression, type_: Any, what: str) -> elm.Literal:
    found = run.expression(node, Scope())
    if isinstance(found, elm.Literal) and found.type == type_:
        return found
    raise InputError(f"this is not the name of {what}", place=node.place)


def _parameter(run: Translator, node: s.ParameterDef) -> None:
    default = None if node.default is None else run.expression(node.default, Scope())
    type_ = type_of(run.around, node.type) if node.type is not None else default.type if default else ANY
    if default is not None:
        default = run.converted(default, type_, f"the default of `{node.name}`")
    run.parameters[node.name] = Parameter(node.name, type_, default)


DECLARATIONS: dict[type[Any], Callable[[Translator, Any], None]] = {
    s.CodeSystemDef: _code_system,
    s.ValueSetDef: _value_set,
    s.CodeDef: _code,
    s.ConceptDef: _concept,
    s.ParameterDef: _parameter,
}


def _announce(run: Translator) -> None:
    """All names of definitions and functions, so that what stands above may use what stands below."""
    context = "Patient" if run.around.primary is not None else "Unfiltered"
    for statement in run.source.statements:
        if isinstance(statement, s.ContextDef):
            context = statement.name
        elif isinstance(statement, s.ExpressionDef):
            _kept(run, statement, lambda r, node, c=context: r.pending.__setitem__(node.name, (node, c)))  # type: ignore[misc]
        else:
            run.announce(statement, context)
