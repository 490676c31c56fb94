"""Elements as the data has them: what no record has is null, a choice is between the types that occur.

Before: `C.onset is Age or C.onset is DateTime` where all records have `onsetDateTime`
After:  the same of an element that is a DateTime, which another pass knows to be false or a test for null
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ChoiceType, CqlType, ListType, Named, choice

# The types that values of an element of a class have, none where no record has one; None where that is not known.
Occurring = Callable[[Named, str], frozenset[CqlType] | None]


def narrowed(node: elm.Elm, occurring: Occurring) -> elm.Elm:
    """The tree with elements of the types that occur."""
    node = node.rebuilt(lambda each: narrowed(each, occurring))
    if not isinstance(node, elm.Property) or not isinstance(node.source.type, Named):
        return node
    types = occurring(node.source.type, node.path)
    if types is None:
        return node
    return elm.Null(node.type) if not types else _chosen(node, types)


def _chosen(node: elm.Property, types: frozenset[CqlType]) -> elm.Elm:
    if isinstance(node.type, ListType) or not isinstance(node.type, ChoiceType):
        return node
    left = [t for t in node.type.types if t in types]
    if not left or len(left) == len(node.type.types):
        return node
    return elm.As(node.type, replace(node, type=choice(left)), surely=True)
