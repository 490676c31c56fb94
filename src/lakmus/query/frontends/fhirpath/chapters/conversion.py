"""N1 5.5 Conversion."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath.catalogue import Function, add, function
from lakmus.query.frontends.fhirpath.conversions import as_system
from lakmus.query.frontends.fhirpath.invocation import Invocation
from lakmus.query.ir.node import Node, Takes
from lakmus.query.ir.operations import Single
from lakmus.query.ir.structure import ConvertsTo, Empty, If, Let, To
from lakmus.query.ir.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    TIME,
    TypeName,
)

_CHAPTERS = {
    BOOLEAN: "5.5.2",
    INTEGER: "5.5.3",
    LONG: "5.5.3",
    DATE: "5.5.4",
    DATETIME: "5.5.5",
    DECIMAL: "5.5.6",
    QUANTITY: "5.5.7",
    STRING: "5.5.8",
    TIME: "5.5.9",
}


@function("iif", "5.5.1", "criterion true-result otherwise-result?")
def iif(call: Invocation) -> Node:
    """One result or the other; only the chosen one is evaluated."""
    if call.call.source is None:
        return _if(call)
    inner = call.scope.bind("$this", call.source.type.one())
    chosen = _if(Invocation(call.checker, call.call, call.source, inner))
    return Let("$this", Single(call.source, place=call.place), chosen, place=call.place)


def _if(call: Invocation) -> Node:
    condition = call.condition(call.value(0), 0)
    otherwise = call.value(2) if len(call) == 3 else Empty(place=call.place)
    return If(condition, call.value(1), otherwise, place=call.place)


def _register(to: TypeName, node: type[To] | type[ConvertsTo], name: str, says: str) -> None:
    parameters = ("unit?",) if to == QUANTITY else ()

    def build(call: Invocation) -> Node:
        unit = None
        if len(call):
            unit = call.checker.operand(
                call.value(0), Takes((STRING,)), f"{name}(): the unit", call.call.arguments[0]
            )
        return node(as_system(call.source), to, unit, place=call.place)

    add(Function(name, _CHAPTERS[to], parameters, build, says))


for _type in _CHAPTERS:
    _register(_type, To, f"to{_type.name}", f"The value as {_type.name}; empty when it has no such form.")
    _register(_type, ConvertsTo, f"convertsTo{_type.name}", f"Whether `to{_type.name}()` gives a value.")
