"""Implicit conversions, made visible as nodes (N1 4.5, 10; R4 fhirpath.html#types)."""

from __future__ import annotations

from collections.abc import Callable

from lakmus.query.ir.model import SYSTEM_OF
from lakmus.query.ir.node import Node
from lakmus.query.ir.operations import Truth
from lakmus.query.ir.structure import PROMOTIONS, AsSystem, Promote
from lakmus.query.ir.types import BOOLEAN, UNKNOWN, Type


def as_system(node: Node) -> Node:
    """FHIR primitives and quantities as System values; left alone where there can be none."""
    convertible = any(n.namespace == "FHIR" and n.name in SYSTEM_OF for n in node.type.names)
    return AsSystem(node, place=node.place) if convertible or node.type.unknown else node


def truth(node: Node) -> Node:
    """A collection where one Boolean is wanted (N1 4.5)."""
    node = as_system(node)
    sure = node.type.is_(BOOLEAN) and not node.type.many
    return node if sure or node.type.empty else Truth(node, place=node.place)


def settle(find: Callable[[Type], Type], start: Type) -> Type:
    """The type that a repetition settles on; unknown when it does not."""
    current = start
    for _ in range(10):
        wider = current | find(current)
        if wider.names == current.names:
            return wider
        current = wider
    return UNKNOWN


def alike(left: Node, right: Node) -> tuple[Node, Node]:
    """Both as the wider of their types, when one is promoted to the other."""
    a, b = left.type.only, right.type.only
    if a is None or b is None or a == b:
        return left, right
    if b in PROMOTIONS.get(a, ()):
        return Promote(left, b, place=left.place), right
    if a in PROMOTIONS.get(b, ()):
        return left, Promote(right, a, place=right.place)
    return left, right
