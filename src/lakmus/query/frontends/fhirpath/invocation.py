"""A function call as the chapters see it: the source, and arguments evaluated once, for each item, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakmus.core.errors import Place
from lakmus.query.frontends.fhirpath import syntax
from lakmus.query.frontends.fhirpath.conversions import as_system, truth
from lakmus.query.frontends.fhirpath.scope import Scope
from lakmus.query.frontends.fhirpath.syntax import Expression
from lakmus.query.ir.node import Node, Takes
from lakmus.query.ir.types import BOOLEAN, Type

if TYPE_CHECKING:
    from lakmus.query.frontends.fhirpath.checker import Checker


@dataclass(frozen=True)
class Invocation:
    """A function call being checked: what a builder of the catalogue needs to make its node."""

    checker: Checker
    call: syntax.Call
    source: Node
    scope: Scope

    @property
    def place(self) -> Place | None:
        return self.call.place

    def __len__(self) -> int:
        return len(self.call.arguments)

    def fail(self, message: str, hint: str = "", at: int | None = None) -> Node:
        place = self.place if at is None else self.call.arguments[at].place
        return self.checker.fail(f"{self.call.name}(): {message}", place, hint)

    def value(self, position: int) -> Node:
        """An argument that is evaluated once, outside."""
        return self.checker.node(self.call.arguments[position], self.scope)

    def each(self, position: int, type_: Type | None = None) -> Node:
        """An argument that is evaluated for each item of the source."""
        inner = self.scope.each(self.source.type if type_ is None else type_)
        return self.checker.node(self.call.arguments[position], inner)

    def criteria(self, position: int) -> Node:
        """A condition on each item."""
        return self.condition(self.each(position), position)

    def condition(self, node: Node, position: int) -> Node:
        given = as_system(node).type
        if self.checker.options.strict and not given.empty and not given.may_be(BOOLEAN):
            return self.fail(
                f"the criterion is {node.type}, not Boolean", "compare it, or ask exists()", position
            )
        return truth(node)

    def operands(self, signature: Iterable[Takes]) -> list[Node]:
        """Source and arguments as a signature wants them."""
        written = (self.call.source or self.call, *self.call.arguments)
        values = (self.source, *(self.value(i) for i in range(len(self))))
        found = []
        for position, (takes, value, text) in enumerate(zip(signature, values, written, strict=False)):
            what = (
                f"{self.call.name}(): argument {position}" if position else f"the input of {self.call.name}()"
            )
            found.append(self.checker.operand(value, takes, what, text))
        return found

    def type_argument(self, position: int) -> tuple[str, ...] | None:
        """An argument that is a type specifier."""
        names = list(_dotted(self.call.arguments[position]))
        if names:
            return tuple(names)
        self.fail("the argument is a type such as Quantity or FHIR.Patient", at=position)
        return None

    def text(self, position: int) -> str | None:
        """An argument that has to be known before the data: a text literal."""
        argument = self.call.arguments[position]
        if isinstance(argument, syntax.Constant) and isinstance(argument.value, str):
            return argument.value
        self.fail("the argument is a text in quotes", at=position)
        return None


def _dotted(expression: Expression) -> list[str]:
    if not isinstance(expression, syntax.Name):
        return []
    if expression.source is None:
        return [expression.name]
    before = _dotted(expression.source)
    return [*before, expression.name] if before else []
