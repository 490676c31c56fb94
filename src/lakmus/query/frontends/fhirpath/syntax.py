"""What a FHIRPath expression says, before anything is known of types: frozen nodes with the place they were written.

Every node is what the grammar of N1 (appendix "Grammar") calls an expression; `printer.write` gives the text back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from lakmus.core.errors import Place
from lakmus.query.ir.structure import Scalar
from lakmus.query.ir.types import TypeName


@dataclass(frozen=True)
class Expression:
    """`place` is where it begins (of an operator or call: where its sign or name stands)."""

    place: Place | None = field(default=None, compare=False, repr=False, kw_only=True)

    def children(self) -> Iterator[Expression]:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Expression):
                yield value
            elif isinstance(value, tuple):
                yield from (part for part in value if isinstance(part, Expression))


@dataclass(frozen=True)
class Nothing(Expression):
    """`{}`"""


@dataclass(frozen=True)
class Constant(Expression):
    """A literal and its System type. A quantity's unit is as written: `'mg'` gives `mg`, `days` gives `day`."""

    value: Scalar
    type: TypeName


@dataclass(frozen=True)
class Special(Expression):
    """`$this`, `$index`, `$total`"""

    name: str


@dataclass(frozen=True)
class External(Expression):
    """`%name`"""

    name: str


@dataclass(frozen=True)
class Name(Expression):
    """An identifier: a member of the source, or at the beginning of a path of `$this` (or a type)."""

    source: Expression | None
    name: str


@dataclass(frozen=True)
class Call(Expression):
    """A function of the source, or at the beginning of a path of `$this`."""

    source: Expression | None
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Indexed(Expression):
    """`source[index]`"""

    source: Expression
    index: Expression


@dataclass(frozen=True)
class Sign(Expression):
    """`+` or `-` before an operand."""

    sign: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Expression):
    """An operator between two operands."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Typed(Expression):
    """`operand is TYPE`, `operand as TYPE`; the type may be qualified."""

    operator: str
    operand: Expression
    type: tuple[str, ...]


def height(expression: Expression) -> int:
    """How many levels it has, found without recursion: a long chain is as deep as it is long."""
    deepest = 0
    stack = [(expression, 1)]
    while stack:
        node, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in node.children())
    return deepest
