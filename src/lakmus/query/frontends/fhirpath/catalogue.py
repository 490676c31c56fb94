"""All functions by name: what they take, where the standard has them, how their node is built.

The chapter modules register here when they are imported; `table()` prints the reference page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lakmus.query.frontends.fhirpath.invocation import Invocation
from lakmus.query.ir.node import Node, Operation
from lakmus.query.ir.structure import Empty

Builder = Callable[[Invocation], Node]


@dataclass(frozen=True)
class Function:
    """A function of the language. `parameters` are names; one that ends in `?` may be left out, in `*` repeated."""

    name: str
    chapter: str
    parameters: tuple[str, ...]
    build: Builder
    says: str

    @property
    def least(self) -> int:
        return sum(parameter[-1] not in "?*" for parameter in self.parameters)

    @property
    def most(self) -> float:
        return float("inf") if self.parameters and self.parameters[-1][-1] == "*" else len(self.parameters)

    @property
    def signature(self) -> str:
        shown = (
            f"[{p[:-1]}]" if p[-1] == "?" else f"[{p[:-1]}, ...]" if p[-1] == "*" else p
            for p in self.parameters
        )
        return f"{self.name}({', '.join(shown)})"


CATALOGUE: dict[str, Function] = {}


def function(name: str, chapter: str, parameters: str = "") -> Callable[[Builder], Builder]:
    """Registers a builder; its docstring is the description."""

    def register(build: Builder) -> Builder:
        assert build.__doc__, f"{name} says nothing"
        add(Function(name, chapter, tuple(parameters.split()), build, _first_line(build.__doc__)))
        return build

    return register


def operation(name: str, chapter: str, node: type[Operation], parameters: str = "") -> None:
    """Registers a function that is one operation on its input and arguments."""

    def build(call: Invocation) -> Node:
        errors = len(call.checker.errors)
        operands = call.operands(node.takes)
        if len(call.checker.errors) > errors:  # an operand that is at fault does not fit the operation
            return Empty(place=call.place)
        return node(*operands, place=call.place)

    assert node.__doc__, f"{node.__name__} says nothing"
    add(Function(name, chapter, tuple(parameters.split()), build, _first_line(node.__doc__)))


def add(row: Function) -> None:
    assert row.name not in CATALOGUE, f"{row.name}() is there already"
    CATALOGUE[row.name] = row


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0]


def table() -> str:
    """The supported functions as a Markdown table, in the order of the standard's chapters."""
    rows = sorted(CATALOGUE.values(), key=_position)
    lines = [
        f"| `{row.signature}` | {row.chapter} | {row.says.replace('|', chr(92) + '|')} |" for row in rows
    ]
    return "\n".join(("| function | chapter | meaning |", "|---|---|---|", *lines)) + "\n"


def _position(row: Function) -> tuple[bool, list[int], str, str]:
    """The standard's own chapters in order, then what others add."""
    number = row.chapter.partition(" ")[0]
    numbered = number.replace(".", "").isdigit()
    return not numbered, [int(part) for part in number.split(".")] if numbered else [], row.chapter, row.name
