"""The tree as SQL over one row of a table of the lake: set-based, no Python function is called from it.

Each kind of node has a compiler in the chapter modules, registered with `compiles`. What this engine cannot say is refused
when it is compiled, never answered otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from lakmus.fhir.shapes import Shape
from lakmus.query.engines.duckdb.values import (
    NULL,
    Form,
    Names,
    Value,
    bare,
    exists,
    fault,
    single,
    sql_type,
    unsupported,
)
from lakmus.query.ir.model import FhirR4
from lakmus.query.ir.node import Node
from lakmus.query.ir.types import BOOLEAN, TypeName

Scope = Mapping[str, Value]
Handler = Callable[["Compiler", Any, Scope], Value]
HANDLERS: dict[type[Node], Handler] = {}


def compiles(*kinds: type[Node]) -> Callable[[Handler], Handler]:
    """Registers how nodes of these kinds are compiled."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            assert kind not in HANDLERS, f"{kind.__name__} is compiled already"
            HANDLERS[kind] = handler
        return handler

    return register


class Compiler:
    """Compiles trees over rows of one table. `columns` is the shape of what was recorded, `row` the table's alias.

    `now` is the moment of the evaluation, for `now()` and `today()`; without it they are refused.
    """

    def __init__(
        self, resource_type: str, columns: Shape, row: str = "r", *, now: datetime | None = None
    ) -> None:
        self.names = Names()
        self.model = FhirR4()
        self.row = row
        self.resource_type = resource_type
        self.now = now
        resource = Value((Form(TypeName("FHIR", resource_type), row, columns),))
        self.scope: dict[str, Value] = dict.fromkeys(
            ("$this", "%context", "%resource", "%rootResource"), resource
        )

    def value(self, node: Node, scope: Scope | None = None) -> Value:
        """The collection a node stands for."""
        handler = HANDLERS.get(type(node))
        if handler is None:
            raise unsupported(node)
        return handler(self, node, self.scope if scope is None else scope)

    def one(self, node: Node, scope: Scope) -> Value:
        """At most one item; an error, when it is run, where there are several."""
        return single(self.value(node, scope), f"an operand of {type(node).__name__}")

    def scalar(self, node: Node, scope: Scope, *wanted: TypeName) -> str:
        """At most one item of one type as SQL."""
        return self.form(node, scope, *wanted).sql

    def form(self, node: Node, scope: Scope, *wanted: TypeName) -> Form:
        """At most one item of one type; an error, when it is run, for an item of a type that is not wanted."""
        value = self.one(node, scope)
        fitting = tuple(f for f in value.forms if not wanted or f.type in wanted)
        if len(fitting) > 1:
            raise unsupported(node, "an item of one of several types where one is wanted")
        if not fitting:
            kind = wanted[0] if wanted else BOOLEAN
            if value.forms:
                misfit = fault("an item of another type than the one wanted", sql_type(kind))
                return Form(kind, f"CASE WHEN {exists(value)} THEN {misfit} END")
            return Form(kind, f"{NULL}::{sql_type(kind)}")
        if len(value.forms) == 1:
            return fitting[0]
        others = exists(Value(tuple(f for f in value.forms if f not in fitting)))
        misfit = fault("an item of another type than the one wanted")
        return Form(fitting[0].type, f"CASE WHEN {others} THEN {misfit} ELSE {fitting[0].sql} END")

    def truth(self, node: Node, scope: Scope) -> str:
        """A criterion as SQL that is true, false or NULL: one item of another type is true (N1 4.5)."""
        value = single(self.value(node, scope), "a condition")
        tests = []
        for form in bare(value, self.names).forms:
            if form.type in (BOOLEAN, TypeName("FHIR", "boolean")):
                tests.append(form.sql)
            else:
                tests.append(f"CASE WHEN {form.present} THEN true END")
        if not tests:
            return "NULL::BOOLEAN"
        return tests[0] if len(tests) == 1 else f"coalesce({', '.join(tests)})"
