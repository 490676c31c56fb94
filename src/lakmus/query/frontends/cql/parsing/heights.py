"""How high a tree of syntax is, without recursion."""

from __future__ import annotations

from typing import Any

from lakmus.query.frontends.cql.syntax import Syntax


def height(node: Syntax) -> int:
    """The longest way from the node to a leaf, both counted."""
    highest = 0
    waiting: list[tuple[Any, int]] = [(node, 1)]
    while waiting:
        each, level = waiting.pop()
        if isinstance(each, tuple):
            waiting += [(item, level) for item in each]
        elif isinstance(each, Syntax):
            highest = max(highest, level)
            waiting += [(getattr(each, name), level + 1) for name in type(each).__slots__]
    return highest
