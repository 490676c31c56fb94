"""Which elements recorded data has: the part of FHIR that a table of the lake holds as typed columns.

A `Shape` is a tree over the JSON property names of one resource type. It starts empty and grows with the data;
its leaves are one of four storage kinds. It says nothing about values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["struct", "boolean", "integer", "decimal", "string"]


@dataclass(frozen=True)
class Shape:
    """One element as recorded: its storage kind, whether it repeats, and the children seen so far."""

    kind: Kind = "struct"
    many: bool = False
    fields: Mapping[str, Shape] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.kind == "struct" or not self.fields, "only a struct has children"

    def merged(self, other: Shape) -> Shape:
        """The smallest shape that holds both; both must agree on kind and repetition."""
        if other is self or other == self:
            return self
        assert (self.kind, self.many) == (other.kind, other.many), "one element has one type"
        fields = dict(self.fields)
        for name, child in other.fields.items():
            fields[name] = fields[name].merged(child) if name in fields else child
        return self if fields == self.fields else Shape(self.kind, self.many, fields)

    def additions(self, wider: Shape, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Shape]]:
        """The subtrees `wider` has and this lacks, each with the path of its root, parents first.

        >>> Shape(fields={"a": Shape()}).additions(Shape(fields={"a": Shape(fields={"b": Shape("string")})}))
        [(('a', 'b'), Shape(kind='string', many=False, fields={}))]
        """
        found = []
        for name, child in wider.fields.items():
            if name not in self.fields:
                found.append(((*path, name), child))
            else:
                found.extend(self.fields[name].additions(child, (*path, name)))
        return found
