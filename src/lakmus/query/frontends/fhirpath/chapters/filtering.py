"""N1 5.2 Filtering and projection, 7 Aggregates, and the sort of the 2024 release."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath import syntax
from lakmus.query.frontends.fhirpath.catalogue import function
from lakmus.query.frontends.fhirpath.conversions import as_system, settle
from lakmus.query.frontends.fhirpath.invocation import Invocation
from lakmus.query.ir.node import Node
from lakmus.query.ir.structure import Aggregate, Empty, Repeat, Select, Sort, SortKey, Where
from lakmus.query.ir.types import INTEGER, Type, one


@function("where", "5.2.1", "criteria")
def where(call: Invocation) -> Node:
    """The items for which the criteria are true."""
    return Where(call.source, call.criteria(0), place=call.place)


@function("select", "5.2.2", "projection")
def select(call: Invocation) -> Node:
    """The projection of each item, one after the other."""
    return Select(call.source, call.each(0), place=call.place)


@function("repeat", "5.2.3", "projection")
def repeat(call: Invocation) -> Node:
    """The projection of each item and of every result, until nothing new comes."""

    def once(type_: Type) -> Type:
        trial = call.checker.trial()
        return trial.node(call.call.arguments[0], call.scope.each(type_)).type

    return Repeat(call.source, call.each(0, settle(once, call.source.type)), place=call.place)


@function("ofType", "5.2.4", "type")
def of_type(call: Invocation) -> Node:
    """The items of the type."""
    return _type_test(call, "ofType")


@function("is", "6.3.2", "type")
def is_(call: Invocation) -> Node:
    """Whether the item is of the type or of one derived from it."""
    return _type_test(call, "is")


@function("as", "6.3.4", "type")
def as_(call: Invocation) -> Node:
    """The item when it is of the type."""
    return _type_test(call, "as")


def _type_test(call: Invocation, operator: str) -> Node:
    names = call.type_argument(0)
    if names is None:
        return Empty(place=call.place)
    return call.checker.type_test(operator, call.source, names, call.place)


@function("aggregate", "7.1", "aggregator init?")
def aggregate(call: Invocation) -> Node:
    """The aggregator's value for each item in turn, $total being the one before."""
    initial = call.value(1) if len(call) == 2 else Empty(place=call.place)
    step = call.call.arguments[0]
    inner = call.scope.each(call.source.type)

    def once(total: Type) -> Type:
        return call.checker.trial().node(step, inner.bind("$total", total)).type

    total = settle(once, initial.type)
    return Aggregate(
        call.source, call.checker.node(step, inner.bind("$total", total)), initial, place=call.place
    )


@function("sort", "5.2.5 (2024)", "key*")
def sort(call: Invocation) -> Node:
    """The items by their keys; a minus before a key turns its direction."""
    if not len(call):
        inner = call.scope.each(call.source.type)
        this = call.checker.node(syntax.Special("$this", place=call.place), inner)
        return Sort(call.source, (SortKey(as_system(this), place=call.place),), place=call.place)
    keys = tuple(_key(call, argument) for argument in call.call.arguments)
    return Sort(call.source, keys, place=call.place)


def _key(call: Invocation, argument: syntax.Expression) -> SortKey:
    descending = isinstance(argument, syntax.Sign) and argument.sign == "-"
    expression = argument.operand if isinstance(argument, syntax.Sign) else argument
    inner = call.scope.each(call.source.type).bind("$index", one(INTEGER))
    return SortKey(as_system(call.checker.node(expression, inner)), descending, place=argument.place)
