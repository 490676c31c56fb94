"""N1 5.3 Subsetting."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath.catalogue import function, operation
from lakmus.query.frontends.fhirpath.invocation import Invocation
from lakmus.query.ir.node import Node, Operation, Takes
from lakmus.query.ir.operations import Exclude, First, Intersect, Last, Single, Skip, Tail, Take
from lakmus.query.ir.types import INTEGER


def _in_order(call: Invocation, node: type[Operation]) -> Node:
    source = call.checker.in_order(call.source, f"{call.call.name}()", call.place)
    if not len(call):
        return node(source, place=call.place)
    what = f"{call.call.name}(): the number"
    number = call.checker.operand(call.value(0), Takes((INTEGER,)), what, call.call.arguments[0])
    return node(source, number, place=call.place)


@function("first", "5.3.3")
def first(call: Invocation) -> Node:
    """The first item."""
    return _in_order(call, First)


@function("last", "5.3.4")
def last(call: Invocation) -> Node:
    """The last item."""
    return _in_order(call, Last)


@function("tail", "5.3.5")
def tail(call: Invocation) -> Node:
    """All but the first item."""
    return _in_order(call, Tail)


@function("skip", "5.3.6", "num")
def skip(call: Invocation) -> Node:
    """All but the first so many items."""
    return _in_order(call, Skip)


@function("take", "5.3.7", "num")
def take(call: Invocation) -> Node:
    """The first so many items."""
    return _in_order(call, Take)


operation("single", "5.3.2", Single)
operation("intersect", "5.3.8", Intersect, "other")
operation("exclude", "5.3.9", Exclude, "other")
