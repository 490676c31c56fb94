"""Calls: system functions, functions of this and of included libraries, fluent ones (developer's guide, "Function Resolution")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lakmus.core.errors import NotFoundError, Place
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.overloads import best, misfit
from lakmus.query.frontends.cql.signatures import SIGNATURES, Signature
from lakmus.query.frontends.cql.translate.methods import METHODS
from lakmus.query.frontends.cql.translate.names import included
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.translator import Translator, translates
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Library
from lakmus.query.ir.elm.types import ANY, DATETIME, CqlType, Named
from lakmus.query.models.conversions import helper

AGES = {f"In{unit}s": unit.lower() for unit in ("Year", "Month", "Week", "Day", "Hour", "Minute", "Second")}
# What the FHIRHelpers library defines in CQL is a conversion of the model's here.
HELPERS = "FHIRHelpers"


@dataclass(frozen=True)
class Candidate:
    """A function that may be meant; what it gives is asked when it is chosen, for its body may not be translated yet."""

    library: str
    overload: int
    signature: Signature
    gives: Callable[[], CqlType]


def _own(run: Translator, name: str, fluent: bool = False) -> Iterator[Candidate]:
    for i, head in enumerate(run.overloads(name)):
        if head.fluent or not fluent:
            signature = Signature(name, head.takes, head.result or ANY)
            yield Candidate(run.source.name, i, signature, lambda i=i: run.function(name, i).result)  # type: ignore[misc]


def _included(library: Library, name: str, fluent: bool = False) -> Iterator[Candidate]:
    for i, function in enumerate(library.functions.get(name, ())):
        if function.public and (function.fluent or not fluent):
            signature = Signature(name, tuple(type_ for _, type_ in function.operands), function.result)
            yield Candidate(library.name, i, signature, lambda f=function: f.result)  # type: ignore[misc]


@translates(s.Call)
def call(run: Translator, node: s.Call, scope: Scope) -> elm.Elm:
    library = included(run, node.source, scope)
    if library is not None:
        operands = [run.expression(each, scope) for each in node.arguments]
        return _of_library(run, library, node, operands)
    if node.source is not None:
        return _fluent(run, node, scope)
    operands = [run.expression(each, scope) for each in node.arguments]
    own = list(_own(run, node.name))
    if own:
        return _chosen(run, own, node, operands)
    return _system(run, node, operands, scope)


def _of_library(run: Translator, library: Library, node: s.Call, operands: Sequence[elm.Elm]) -> elm.Elm:
    if library.name == HELPERS and len(operands) == 1:
        found = _helper(run, node.name, operands[0])
        if found is not None:
            return found
    candidates = list(_included(library, node.name))
    if not candidates:
        hint = run.suggestion(node.name, library.functions)
        raise NotFoundError(f"{library.name} has no function `{node.name}`", hint=hint)
    return _chosen(run, candidates, node, operands)


def _helper(run: Translator, name: str, operand: elm.Elm) -> elm.Elm | None:
    """`FHIRHelpers.ToConcept(x)` as the model's own conversion; what is a System value already stays one."""
    native = helper(name, operand.type)
    if native is not None:
        return elm.Convert(native[1], operand, native[0], place=operand.place)
    for target in run.typing.targets(operand.type):
        plain = target.name if isinstance(target, Named) else type(target).__name__.removesuffix("Type")
        if name == f"To{plain}" and not run.is_class(target):
            return run.fitted(operand, target)
    return None


def _chosen(
    run: Translator, candidates: Sequence[Candidate], node: s.Call, operands: Sequence[elm.Elm]
) -> elm.Elm:
    """The overload that takes the operands best."""
    signatures = [candidate.signature for candidate in candidates]
    found = best(run.typing, signatures, [operand.type for operand in operands])
    if found is None:
        raise misfit(node.name, signatures, operands, node.place)
    chosen = next(c for c in candidates if c.signature is found.signature)
    converted = tuple(c.build(o) for c, o in zip(found.conversions, operands, strict=True))
    return elm.FunctionRef(
        chosen.gives(), chosen.library, node.name, chosen.overload, converted, place=node.place
    )


def _fluent(run: Translator, node: s.Call, scope: Scope) -> elm.Elm:
    """`source.name(arguments)`: a fluent function in reach, a method of FHIRPath, a system function."""
    assert node.source is not None
    if node.name in METHODS and not list(_fluents(run, node.name)):
        return METHODS[node.name](run, run.expression(node.source, scope), node, scope)
    operands = [run.expression(each, scope) for each in (node.source, *node.arguments)]
    candidates = list(_fluents(run, node.name))
    if candidates:
        return _chosen(run, candidates, node, operands)
    name = node.name[:1].upper() + node.name[1:]
    if name not in SIGNATURES:
        known = [*METHODS, *_fluent_names(run)]
        raise NotFoundError(
            f"there is no fluent function `{node.name}`", hint=run.suggestion(node.name, known)
        )
    return run.apply(name, *operands, place=node.place, shown=node.name)


def _fluents(run: Translator, name: str) -> Iterator[Candidate]:
    """This library's and those of all it includes, each library once."""
    yield from _own(run, name, fluent=True)
    for library in {library.name: library for library in run.around.included.values()}.values():
        yield from _included(library, name, fluent=True)


def _fluent_names(run: Translator) -> Iterator[str]:
    for library in run.around.included.values():
        yield from (name for name, overloads in library.functions.items() if overloads[0].fluent)


def _system(run: Translator, node: s.Call, operands: list[elm.Elm], scope: Scope) -> elm.Elm:
    age = _age(run, node, operands)
    if age is not None:
        return age
    if node.name not in SIGNATURES:
        known = [*SIGNATURES, *run.waiting]
        raise NotFoundError(f"there is no function `{node.name}`", hint=run.suggestion(node.name, known))
    return run.apply(node.name, *operands, place=node.place)


def _age(run: Translator, node: s.Call, operands: list[elm.Elm]) -> elm.Elm | None:
    """`AgeInYears()`, `AgeInYearsAt(x)`, and the `Calculate` forms that are given the date of birth."""
    name = node.name.removeprefix("Calculate")
    at = name.endswith("At")
    precision = AGES.get(name.removeprefix("Age").removesuffix("At")) if name.startswith("Age") else None
    if precision is None:
        return None
    if not node.name.startswith("Calculate"):
        operands = [_birth(run, node.place), *operands]
    if at and len(operands) == 2:
        operands = _same_kind(run, operands)
    operator = "CalculateAgeAt" if at else "CalculateAge"
    return run.apply(operator, *operands, place=node.place, precision=precision, shown=node.name)


def _birth(run: Translator, place: Place) -> elm.Elm:
    model = run.around.primary
    patient = run.patient(place)
    assert model is not None
    source: elm.Elm = patient
    for step in model.birth_date.split("."):
        element = model.element(source.type, step) if isinstance(source.type, Named) else None
        if element is None:
            break
        source = elm.Property(element.type, source, step, place=place)
    return source


def _same_kind(run: Translator, operands: list[elm.Elm]) -> list[elm.Elm]:
    """A date of birth beside a moment: the moment's day decides, since nobody records the hour of birth."""
    birth, at = operands
    if at.type == DATETIME and not _is_datetime(run, birth.type):
        return [birth, run.apply("DateFrom", at, place=at.place)]
    return operands


def _is_datetime(run: Translator, type_: CqlType) -> bool:
    return DATETIME in list(run.typing.targets(type_))
