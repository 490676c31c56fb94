"""The table of operations: each row is a Python function, found by the class of the node.

@scalar(op.Upper)                 operands are at most one item each: the function gets their Python values,
def upper(env, text): ...         is not called when one is empty, and returns a value or None for empty
@singles(op.LowBoundary)          the same, with items (type and path beside the value)
@collections(op.Distinct)         the function gets whole collections and returns one
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.values import Collection, Value, as_system, collected, only
from lakmus.query.ir.node import Operation, Takes
from lakmus.query.ir.types import ANY

Row = Callable[[Environment, list[Collection]], Collection]
ROWS: dict[type[Operation], Row] = {}
F = TypeVar("F", bound=Callable[..., Any])


def collections(node: type[Operation]) -> Callable[[F], F]:
    """Whole collections in, one out."""

    def register(function: F) -> F:
        def row(environment: Environment, operands: list[Collection]) -> Collection:
            checked = [
                _checked(node, position, items) for position, items in zip(node.takes, operands, strict=False)
            ]
            found: Collection = function(environment, *checked)
            return found

        return _register(node, row, function)

    return register


def singles(node: type[Operation]) -> Callable[[F], F]:
    """Items in, one value out; empty when an operand is."""

    def register(function: F) -> F:
        def row(environment: Environment, operands: list[Collection]) -> Collection:
            items = [
                _one(node, position, items) for position, items in zip(node.takes, operands, strict=False)
            ]
            return collected(function(environment, *items)) if None not in items else []

        return _register(node, row, function)

    return register


def scalar(node: type[Operation]) -> Callable[[F], F]:
    """Python values in, one out; empty when an operand is."""

    def register(function: F) -> F:
        def unwrapped(environment: Environment, *items: Value) -> Any:
            return function(environment, *(item.value for item in items))

        singles(node)(unwrapped)
        return function

    return register


def partial_items(node: type[Operation]) -> Callable[[F], F]:
    """Items in, None for an empty operand, one value out: for what is defined on empty operands."""

    def register(function: F) -> F:
        def row(environment: Environment, operands: list[Collection]) -> Collection:
            items = [
                _one(node, position, items) for position, items in zip(node.takes, operands, strict=False)
            ]
            return collected(function(environment, *items))

        return _register(node, row, function)

    return register


def partial(node: type[Operation]) -> Callable[[F], F]:
    """Python values in, None for an empty operand, one value out."""

    def register(function: F) -> F:
        def unwrapped(environment: Environment, *items: Value | None) -> Any:
            return function(environment, *(None if item is None else item.value for item in items))

        partial_items(node)(unwrapped)
        return function

    return register


def _register(node: type[Operation], row: Row, function: F) -> F:
    assert node not in ROWS, f"{node.__name__} has a row already"
    ROWS[node] = row
    return function


def _one(node: type[Operation], position: Takes, items: Collection) -> Value | None:
    return only(_checked(node, position, items), f"an operand of {node.__name__}")


def _checked(node: type[Operation], position: Takes, items: Collection) -> Collection:
    """Items of the types an operation takes: a path whose type only the data knows can bring others."""
    if ANY in position.names:
        return items
    found = [system for item in items if (system := as_system(item)) is not None]
    for item in found:
        if item.type not in position.names:
            wanted = " or ".join(name.name for name in position.names)
            raise InputError(f"{node.__name__} takes {wanted}, not {item.type}")
    return found
