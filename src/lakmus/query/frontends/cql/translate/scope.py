"""What names mean inside one expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import CqlType


@dataclass(frozen=True)
class Scope:
    """Local names with what they stand for. `item` is what bare names are elements of, in a sort.

    `taken` are the local names of the whole definition so far: no two bindings share one.
    """

    context: str = ""
    names: Mapping[str, elm.Elm] = field(default_factory=dict)
    item: elm.Elm | None = None
    taken: set[str] = field(default_factory=set)

    def unique(self, name: str) -> str:
        """A name for a binding that no other one of the definition has."""
        found, count = name, 1
        while found in self.taken:
            count += 1
            found = f"{name}.{count}"
        self.taken.add(found)
        return found

    def bind(self, name: str, type_: CqlType) -> tuple[str, Scope]:
        """A new binding, and the scope where it is seen."""
        unique = self.unique(name)
        return unique, self.knowing(name, elm.Local(type_, unique))

    def knowing(self, name: str, node: elm.Elm) -> Scope:
        return replace(self, names={**self.names, name: node})

    def sorting(self, item: elm.Elm) -> Scope:
        return replace(self, names={**self.names, "$this": item}, item=item)
