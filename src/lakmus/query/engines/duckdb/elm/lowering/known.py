"""What is known of types and of nothing before anything runs; lists of mixed classes taken apart into lists of one.

Before: `([A] union [B]) X where (X is A and X.a = 1) or (X is B and X.b = 2)`
After:  `([A] X where X.a = 1) union ([B] X where X.b = 2)`
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from lakmus.query.engines.duckdb.elm.lowering.answers import answered
from lakmus.query.engines.duckdb.elm.lowering.certain import decided
from lakmus.query.engines.duckdb.elm.lowering.choices import FALSE, TRUE, core_of, seen_as, surely
from lakmus.query.engines.duckdb.elm.lowering.inline import Let
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import ChoiceType, ListType


class Names(dict[str, elm.Elm]):
    """Locals that stand for another: an item of a list of mixed classes whose class is known. `present` are never null."""

    present: frozenset[str] = frozenset()

    def with_(self, name: str, meaning: elm.Elm | None, present: bool) -> Names:
        found = Names(self)
        found.present = self.present | {name} if present else self.present
        if meaning is not None:
            found[name] = meaning
        return found


def known(node: elm.Elm, names: Names | None = None) -> elm.Elm:
    """The tree without tests whose answer is known and branches that nothing takes."""
    names = names if names is not None else Names()
    if isinstance(node, elm.Query):
        return _query(node, names)
    if isinstance(node, elm.ForEach):
        return _for_each(node, names)
    if isinstance(node, Let):
        return _let(node, names)
    if isinstance(node, elm.Local):
        return names.get(node.name, node)
    node = decided(node.rebuilt(lambda each: known(each, names)))
    if _present(node, names):
        return FALSE
    if isinstance(node, elm.Apply) and node.operator == "Not" and _present(node.operands[0], names):
        return TRUE
    return node


def _present(node: elm.Elm, names: Names) -> bool:
    """Whether it asks if something is null that is there."""
    if not isinstance(node, elm.Apply) or node.operator != "IsNull":
        return False
    return isinstance(node.operands[0], elm.Local) and node.operands[0].name in names.present


def _for_each(node: elm.ForEach, names: Names) -> elm.Elm:
    source = known(node.source, names)
    core = core_of(source)
    names = names.with_(node.item, seen_as(source, core, node.item), _sure(core))
    return replace(node, source=core, projection=known(node.projection, names))


def _let(node: Let, names: Names) -> elm.Elm:
    value = known(node.value, names)
    core = core_of(value)
    if isinstance(core, elm.Null | elm.Literal | elm.Local):
        return known(node.body, names.with_(node.name, value, present=False))
    body = known(node.body, names.with_(node.name, seen_as(value, core, node.name), present=False))
    return (
        body
        if isinstance(body, elm.Null | elm.Literal)
        else replace(node, type=body.type, value=core, body=body)
    )


# Queries


def _query(node: elm.Query, names: Names) -> elm.Elm:
    if len(node.sources) != 1:
        return node.rebuilt(lambda each: known(each, names))
    source = known(node.sources[0].expression, names)
    if isinstance(source, elm.Null) and node.aggregation is None:
        return elm.List(node.type, ()) if node.many else elm.Null(node.type)
    whole = not node.sort and node.aggregation is None and (node.distinct or _filters(node))
    if whole and _mixed_union(source):
        parts = tuple(_query(_from(node, each), names) for each in source.operands)
        return elm.Apply(node.type, "Union", parts)
    core, alias = core_of(source), node.sources[0].alias
    seen = seen_as(source, core, alias)
    node, names = _from(node, core), names.with_(alias, seen, _sure(core))
    for let in node.lets:
        if isinstance(value := known(let.expression, names), elm.Null):
            names = names.with_(let.name, value, present=False)
    return _seen_outside(_sortable(node.rebuilt(lambda each: core if each is core else known(each, names))))


def _mixed_union(source: elm.Elm) -> TypeGuard[elm.Apply]:
    """Whether a list is a union of lists of several classes: of one class it is filtered as a whole."""
    if not isinstance(source, elm.Apply) or source.operator != "Union":
        return False
    return isinstance(source.type, ListType) and isinstance(source.type.item, ChoiceType)


def _sortable(node: elm.Query) -> elm.Query:
    """Sort keys as values of the System model, which have an order."""
    keys = tuple(replace(key, expression=answered(core_of(key.expression))) for key in node.sort)
    return replace(node, sort=keys) if keys else node


def _sure(source: elm.Elm) -> bool:
    """Whether no item is null."""
    match source:
        case elm.Retrieve():
            return True
        case elm.Query():
            return len(source.sources) == 1 and _filters(source) and _sure(source.sources[0].expression)
        case elm.As(surely=True):
            return _sure(source.source)
    return False


def _seen_outside(node: elm.Query) -> elm.Elm:
    """A query that returns each item as one of a choice is a list seen so."""
    inner = surely(node.returned)
    if node.where == FALSE and node.many and node.aggregation is None:
        return elm.List(node.type, ())
    if node.where == TRUE:
        node = replace(node, where=None)
    if node.where is None and not node.lets and not node.relationships and not node.sort and _filters(node):
        source = node.sources[0]
        if source.many and node.aggregation is None and not node.distinct:
            return source.expression
    if inner is None or node.aggregation is not None or node.sort:
        return node
    type_ = ListType(inner.type) if isinstance(node.type, ListType) else inner.type
    return elm.As(node.type, replace(node, type=type_, returned=inner), surely=True)


def _filters(node: elm.Query) -> bool:
    return isinstance(node.returned, elm.Local) and node.returned.name == node.sources[0].alias


def _from(node: elm.Query, source: elm.Elm) -> elm.Query:
    return replace(node, sources=(replace(node.sources[0], expression=source),))
