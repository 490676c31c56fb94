"""N1 5.9 Utility functions, 10.2 reflection."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath.catalogue import function, operation
from lakmus.query.frontends.fhirpath.invocation import Invocation
from lakmus.query.ir.node import Node
from lakmus.query.ir.operations import Now, TimeOfDay, Today, TypeOf
from lakmus.query.ir.structure import Trace


@function("trace", "5.9.1", "name projection?")
def trace(call: Invocation) -> Node:
    """The input, unchanged; its items (or their projection) go to the trace."""
    label = call.text(0)
    projection = call.each(1) if len(call) == 2 else None
    return Trace(call.source, label or "", projection, place=call.place)


@function("now", "5.9.2")
def now(call: Invocation) -> Node:
    """The moment of the evaluation."""
    return Now(place=call.place)


@function("timeOfDay", "5.9.3")
def time_of_day(call: Invocation) -> Node:
    """The time of day of the evaluation."""
    return TimeOfDay(place=call.place)


@function("today", "5.9.4")
def today(call: Invocation) -> Node:
    """The day of the evaluation."""
    return Today(place=call.place)


operation("type", "10.2", TypeOf)
