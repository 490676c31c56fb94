"""N1 5.1 Existence."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath.catalogue import function, operation
from lakmus.query.frontends.fhirpath.invocation import Invocation
from lakmus.query.ir.node import Node
from lakmus.query.ir.operations import (
    AllFalse,
    AllTrue,
    AnyFalse,
    AnyTrue,
    Count,
    Distinct,
    Equal,
    Exists,
    Not,
    SubsetOf,
)
from lakmus.query.ir.structure import All, Where


@function("empty", "5.1.1")
def empty(call: Invocation) -> Node:
    """Whether there is no item."""
    return Not(Exists(call.source, place=call.place), place=call.place)


@function("exists", "5.1.2", "criteria?")
def exists(call: Invocation) -> Node:
    """Whether there is an item, or one for which the criteria are true."""
    if not len(call):
        return Exists(call.source, place=call.place)
    return Exists(Where(call.source, call.criteria(0), place=call.place), place=call.place)


@function("all", "5.1.3", "criteria")
def all_(call: Invocation) -> Node:
    """Whether the criteria are true of every item; true for none."""
    return All(call.source, call.criteria(0), place=call.place)


@function("supersetOf", "5.1.9", "other")
def superset_of(call: Invocation) -> Node:
    """Whether every item of the other collection is in this one."""
    return SubsetOf(call.value(0), call.source, place=call.place)


@function("isDistinct", "5.1.12")
def is_distinct(call: Invocation) -> Node:
    """Whether no two items are equal."""
    distinct = Distinct(call.source, place=call.place)
    return Equal(Count(call.source, place=call.place), Count(distinct, place=call.place), place=call.place)


operation("allTrue", "5.1.4", AllTrue)
operation("anyTrue", "5.1.5", AnyTrue)
operation("allFalse", "5.1.6", AllFalse)
operation("anyFalse", "5.1.7", AnyFalse)
operation("subsetOf", "5.1.8", SubsetOf, "other")
operation("count", "5.1.10", Count)
operation("distinct", "5.1.11", Distinct)
operation("not", "6.5.3", Not)
