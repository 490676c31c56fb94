"""Values seen as one of several types, and what is known of such before anything runs.

Before: `(X as Choice<A, B>) is A` where X is an A
After:  `X is not null`
"""

from __future__ import annotations

from dataclasses import replace

from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import BOOLEAN, ChoiceType, CqlType, ListType

TRUE, FALSE = elm.Literal(BOOLEAN, True), elm.Literal(BOOLEAN, False)


def surely(node: elm.Elm) -> elm.Elm | None:
    """The value of one type that is seen as a choice."""
    return node.source if isinstance(node, elm.As) and node.surely else None


def seen(node: elm.Elm) -> elm.Elm | None:
    """The value that is seen as one of more types."""
    if not isinstance(node, elm.As) or node.strict or not isinstance(node.type, ChoiceType):
        return None
    given = node.source.type
    types = set(given.types) if isinstance(given, ChoiceType) else {given}
    return node.source if types <= set(node.type.types) else None


def core_of(source: elm.Elm) -> elm.Elm:
    """The list, or the value, that a source sees as one of a choice."""
    if (inner := seen(source)) is not None:
        return core_of(inner)
    if isinstance(source, elm.As) and source.surely:
        same = isinstance(source.type, ListType) and isinstance(source.source.type, ListType)
        return source.source if same else source
    return source


def seen_as(source: elm.Elm, core: elm.Elm, name: str) -> elm.Elm | None:
    """What a name for a source stands for, when it is bound to the core of it."""
    if core is source:
        return None
    given, wanted = item_of(core.type), item_of(source.type)
    return elm.As(wanted, elm.Local(given, name), surely=not isinstance(given, ChoiceType))


def item_of(type_: CqlType) -> CqlType:
    return type_.item if isinstance(type_, ListType) else type_


def there(node: elm.Elm) -> elm.Elm:
    return elm.Apply(BOOLEAN, "Not", (elm.Apply(BOOLEAN, "IsNull", (node,)),))


def is_of(node: elm.Is) -> elm.Elm:
    inner = seen(node.source)
    if inner is not None:
        node = replace(node, source=inner)
    if isinstance(node.source, elm.Null):
        return FALSE
    if node.source.type == node.of:
        return elm.Apply(BOOLEAN, "Not", (elm.Apply(BOOLEAN, "IsNull", (node.source,)),))
    wanted = node.of.types if isinstance(node.of, ChoiceType) else (node.of,)
    possible = node.source.type.types if isinstance(node.source.type, ChoiceType) else (node.source.type,)
    if inner is not None and not isinstance(inner.type, ListType) and not set(possible) & set(wanted):
        return FALSE
    return node


def as_type(node: elm.As) -> elm.Elm:
    if isinstance(node.source, elm.Null):
        return elm.Null(node.type)
    if node.source.type == node.type:
        return node.source
    inner = seen(node.source)
    if inner is None or isinstance(inner.type, ListType):
        return _as_list(node)
    if inner.type == node.type:
        return inner
    if isinstance(inner.type, ChoiceType):
        return _as_chosen(node, inner, inner.type)
    if isinstance(node.type, ChoiceType):
        return (
            replace(node, source=inner, surely=True) if inner.type in node.type.types else elm.Null(node.type)
        )
    return node if node.strict else elm.Null(node.type)


def _as_chosen(node: elm.As, inner: elm.Elm, given: ChoiceType) -> elm.Elm:
    wanted = node.type.types if isinstance(node.type, ChoiceType) else (node.type,)
    if not set(given.types) & set(wanted):
        return node if node.strict else elm.Null(node.type)
    return replace(node, source=inner)


def _as_list(node: elm.As) -> elm.Elm:
    """A union seen as a list of another type is the union of both seen so."""
    if isinstance(node.source, elm.Apply) and node.source.operator == "Union":
        parts = tuple(as_type(replace(node, source=each)) for each in node.source.operands)
        return elm.Apply(node.type, "Union", parts)
    return node
