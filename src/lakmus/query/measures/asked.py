"""What a measure asks of a lake besides the definitions it names: those that are made for it.

Of one person functions are called with items (observations). A lake is asked definitions: here a list of a population's items,
each with its value. And what FHIR calls a concept is asked as CQL's, to name a stratum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Definition, Program
from lakmus.query.ir.elm.types import CODE, CONCEPT, CqlType, ListType, Named, TupleType
from lakmus.query.measures.measure import BOOLEAN, Code, Group, Measure
from lakmus.query.measures.membership import Value
from lakmus.query.measures.observations import target

ITEM, VALUE, ALIAS = "item", "value", "Observed"


@dataclass(frozen=True)
class Asked:
    """A measure's program with the definitions made for it: `observed` by function, `concepts` by the definition they convert."""

    program: Program
    observed: Mapping[str, tuple[str, ...]]
    concepts: Mapping[str, str]

    @classmethod
    def of(cls, measure: Measure, program: Program) -> Asked:
        made: dict[str, Definition] = {}
        observed: dict[str, tuple[str, ...]] = {}
        for group in measure.groups:
            for function, definition in _observations(group, program):
                made[definition.name] = definition
                observed[function] = tuple(dict.fromkeys((*observed.get(function, ()), definition.name)))
        concepts = dict(_concepts(measure, program))
        made |= {each.name: each for each in concepts.values()}
        library = replace(program.library, definitions={**program.library.definitions, **made})
        whole = replace(program, libraries={**program.libraries, program.entry: library})
        return cls(whole, observed, {name: each.name for name, each in concepts.items()})

    def names(self, measure: Measure) -> list[str]:
        """The definitions that are asked."""
        criteria = (self.concepts.get(each.name, each.name) for each, _ in measure.criteria())
        return list(dict.fromkeys((*criteria, *chain.from_iterable(self.observed.values()))))

    def said(self, value: Value, function: str, operands: tuple[Any, ...]) -> Any:
        """What a function says of an item, or of the person, by the values of definitions."""
        found = [value(name) for name in self.observed[function]]
        if not operands:
            return _number(found[0])
        pairs = (pair for each in found for pair in each or ())
        return next((_number(pair[VALUE]) for pair in pairs if pair[ITEM] == operands[0]), None)


def _observations(group: Group, program: Program) -> Iterator[tuple[str, Definition]]:
    for observation in group.all_of(Code.OBSERVATION):
        function = observation.criteria.name
        if group.basis == BOOLEAN:
            yield function, Definition(f"{function} of each", "Patient", _called(program, function, ()))
            continue
        population = target(group, observation).criteria.name
        items = program.library.definitions[population].expression.type
        assert isinstance(items, ListType), "the check of the measure sees to it"
        tree = _of_items(program, function, population, items)
        yield function, Definition(f"{function} of {population}", "Patient", tree)


def _concepts(measure: Measure, program: Program) -> Iterator[tuple[str, Definition]]:
    for stratifier in (each for group in measure.groups for each in group.stratifiers):
        for name in (part.criteria.name for part in stratifier.components):
            type_ = program.library.definitions[name].expression.type
            tree = _converted(program, elm.ExpressionRef(type_, program.entry, name))
            if tree.type in (CODE, CONCEPT) and tree.type != type_:
                yield name, Definition(f"{name} as {tree.type}", "Patient", tree)


def _of_items(program: Program, function: str, population: str, items: ListType) -> elm.Elm:
    """The items of a list, each with its value."""
    item = elm.Local(items.item, ALIAS)
    value = _called(program, function, (item,))
    pair = elm.Tuple(TupleType(((ITEM, items.item), (VALUE, value.type))), ((ITEM, item), (VALUE, value)))
    source = elm.Source(ALIAS, elm.ExpressionRef(items, program.entry, population), many=True)
    return elm.Query(
        ListType(pair.type), (source,), (), (), None, pair, distinct=False, aggregation=None, sort=()
    )


def _called(program: Program, name: str, operands: tuple[elm.Elm, ...]) -> elm.Elm:
    """A call of the function that takes so many operands; what FHIR calls a number or a quantity, as CQL's."""
    overloads = program.library.functions[name]
    place, function = next((i, f) for i, f in enumerate(overloads) if len(f.operands) == len(operands))
    given = tuple(map(_seen_as, operands, (type_ for _, type_ in function.operands)))
    return _converted(program, elm.FunctionRef(function.result, program.entry, name, place, given))


def _seen_as(operand: elm.Elm, wanted: CqlType) -> elm.Elm:
    return operand if operand.type == wanted else elm.As(wanted, operand)


def _converted(program: Program, node: elm.Elm) -> elm.Elm:
    """A model's value as CQL's own, where the model says how."""
    for model in program.models.values():
        for given, gives, conversion in model.conversions:
            if given == node.type and isinstance(gives, Named):
                return elm.Convert(gives, node, conversion)
    return node


def _number(value: Any) -> Any:
    return Quantity(value["value"], value["unit"] or "1") if isinstance(value, dict) else value
