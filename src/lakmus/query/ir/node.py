"""The two base classes of all nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar

from lakmus.core.errors import Place
from lakmus.query.ir.types import ANY, Type, TypeName


@dataclass(frozen=True)
class Node:
    """Evaluates to an ordered collection. `type` is known at construction; `place` is where it was written."""

    place: Place | None = field(default=None, compare=False, repr=False, kw_only=True)

    @cached_property
    def type(self) -> Type:
        raise NotImplementedError

    def children(self) -> Iterator[Node]:
        """The nodes directly below, in the order of the fields."""
        for each in fields(self):
            yield from _nodes(getattr(self, each.name))

    def walk(self) -> Iterator[Node]:
        """This node and all below, parents first."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(list(node.children())))


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


@dataclass(frozen=True, slots=True)
class Takes:
    """What an operation takes at one position: types of items, whether several are welcome, whether it may be left out."""

    names: tuple[TypeName, ...]
    many: bool = False
    optional: bool = False

    def accepts(self, type_: Type) -> bool:
        return type_.empty or type_.may_be(*self.names)


def single(*names: TypeName) -> Takes:
    """At most one item of these types; more is an error when it is evaluated (N1 4.5, singleton evaluation)."""
    return Takes(names or (ANY,))


def optional(*names: TypeName) -> Takes:
    return Takes(names or (ANY,), optional=True)


def collection(*names: TypeName) -> Takes:
    """Any number of items."""
    return Takes(names or (ANY,), many=True)


Gives = TypeName | Callable[[tuple[Type, ...]], Type]


@dataclass(frozen=True, init=False)
class Operation(Node):
    """An operation on evaluated operands: no names are bound, no order of evaluation is implied.

    A subclass states its signature once: `class Upper(Operation, takes=(single(STRING),), gives=STRING)`. Unless its
    docstring says otherwise, an empty operand at a `single` position makes the result empty.
    """

    operands: tuple[Node, ...]
    takes: ClassVar[tuple[Takes, ...]] = ()
    gives: ClassVar[Gives] = ANY

    def __init_subclass__(cls, takes: tuple[Takes, ...] = (), gives: Gives = ANY, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        cls.takes = takes
        cls.gives = staticmethod(gives) if callable(gives) and not isinstance(gives, TypeName) else gives

    def __init__(self, *operands: Node, place: Place | None = None) -> None:
        object.__setattr__(self, "operands", operands)
        object.__setattr__(self, "place", place)
        self._check()

    def _check(self) -> None:
        least = sum(not position.optional for position in self.takes)
        assert least <= len(self.operands) <= len(self.takes), (
            f"{type(self).__name__}: wrong number of operands"
        )
        for position, operand in zip(self.takes, self.operands, strict=False):
            assert position.accepts(operand.type), f"{type(self).__name__}: does not take {operand.type}"

    @cached_property
    def type(self) -> Type:
        gives = type(self).gives
        if isinstance(gives, TypeName):
            return Type(frozenset({gives}))
        return gives(tuple(operand.type for operand in self.operands))
