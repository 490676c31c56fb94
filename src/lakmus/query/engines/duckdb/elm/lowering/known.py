"""What is known of types and of nothing before anything runs; lists of mixed classes taken apart into lists of one.

Before: `([A] union [B]) X where (X is A and X.a = 1) or (X is B and X.b = 2)`
After:  `([A] X where X.a = 1) union ([B] X where X.b = 2)`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeGuard

from lakmus.query.engines.duckdb.elm.lowering.answers import answered
from lakmus.query.engines.duckdb.elm.lowering.inline import Let
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import BOOLEAN, ChoiceType, CqlType, ListType

TRUE, FALSE = elm.Literal(BOOLEAN, True), elm.Literal(BOOLEAN, False)


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
    node = _decided(node.rebuilt(lambda each: known(each, names)))
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


def _decided(node: elm.Elm) -> elm.Elm:
    rule = _RULES.get(type(node))
    return rule(node) if rule is not None else node


# Types


def _surely(node: elm.Elm) -> elm.Elm | None:
    """The value of one type that is seen as a choice."""
    return node.source if isinstance(node, elm.As) and node.surely else None


def _is(node: elm.Is) -> elm.Elm:
    inner = _seen(node.source)
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


def _as(node: elm.As) -> elm.Elm:
    if isinstance(node.source, elm.Null):
        return elm.Null(node.type)
    if node.source.type == node.type:
        return node.source
    inner = _seen(node.source)
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
        parts = tuple(_as(replace(node, source=each)) for each in node.source.operands)
        return elm.Apply(node.type, "Union", parts)
    return node


def _seen(node: elm.Elm) -> elm.Elm | None:
    """The value that is seen as one of more types."""
    if not isinstance(node, elm.As) or node.strict or not isinstance(node.type, ChoiceType):
        return None
    given = node.source.type
    wider = isinstance(given, ChoiceType) and set(given.types) <= set(node.type.types)
    return node.source if node.surely or wider else None


# Nothing and certainty


def _property(node: elm.Property) -> elm.Elm:
    return elm.Null(node.type) if isinstance(node.source, elm.Null) else node


def _convert(node: elm.Convert) -> elm.Elm:
    return elm.Null(node.type) if isinstance(node.source, elm.Null) else node


def _if(node: elm.If) -> elm.Elm:
    if isinstance(node.condition, elm.Literal | elm.Null):
        return node.then if node.condition == TRUE else node.otherwise
    return node


def _case(node: elm.Case) -> elm.Elm:
    items: list[tuple[elm.Elm, elm.Elm]] = []
    for condition, result in node.items:
        if condition == TRUE:
            return replace(node, items=tuple(items), otherwise=result) if items else result
        if not isinstance(condition, elm.Literal | elm.Null):
            items.append((condition, result))
    if len(items) == 1 and isinstance(node.otherwise, elm.Null) and items[0][0] == _there(items[0][1]):
        return items[0][1]
    if all(isinstance(result, elm.Null) for _, result in items) and isinstance(node.otherwise, elm.Null):
        return elm.Null(node.type)
    return replace(node, items=tuple(items)) if items else node.otherwise


def _there(node: elm.Elm) -> elm.Elm:
    return elm.Apply(BOOLEAN, "Not", (elm.Apply(BOOLEAN, "IsNull", (node,)),))


def _apply(node: elm.Apply) -> elm.Elm:
    if node.operator in _STRICT and any(isinstance(each, elm.Null) for each in node.operands):
        return elm.Null(node.type)
    rule = _OPERATORS.get(node.operator)
    return rule(node) if rule is not None else node


def _is_null(node: elm.Apply) -> elm.Elm:
    (operand,) = node.operands
    if isinstance(operand, elm.Null):
        return TRUE
    inner = _surely(operand)
    return replace(node, operands=(inner,)) if inner is not None else node


def _not(node: elm.Apply) -> elm.Elm:
    operand = node.operands[0]
    if operand == TRUE:
        return FALSE
    return TRUE if operand == FALSE else node


def _and(node: elm.Apply) -> elm.Elm:
    left, right = node.operands
    if left == TRUE or right == FALSE:
        return right
    return left if right == TRUE or left == FALSE else node


def _or(node: elm.Apply) -> elm.Elm:
    left, right = node.operands
    if left == FALSE or right == TRUE:
        return right
    return left if right == FALSE or left == TRUE else node


def _implies(node: elm.Apply) -> elm.Elm:
    left, right = node.operands
    if left == FALSE or right == TRUE:
        return TRUE
    return right if left == TRUE else node


def _equivalent(node: elm.Apply) -> elm.Elm:
    """Nothing is equivalent to nothing alone."""
    kinds = {type(each) for each in node.operands}
    return FALSE if kinds == {elm.Null, elm.Literal} else node


def _coalesce(node: elm.Apply) -> elm.Elm:
    if len(node.operands) < 2:
        return node
    left = tuple(each for each in node.operands if not isinstance(each, elm.Null))
    return replace(node, operands=left) if len(left) > 1 else left[0] if left else elm.Null(node.type)


def _exists(node: elm.Apply) -> elm.Elm:
    """Something is in a union when it is in one of the two."""
    (operand,) = node.operands
    if isinstance(operand, elm.Null):
        return FALSE
    if isinstance(operand, elm.As) and isinstance(operand.source.type, ListType):
        operand = operand.source
    if isinstance(operand, elm.Apply) and operand.operator == "Union":
        sides = [_exists(replace(node, operands=(each,))) for each in operand.operands]
        return elm.Apply(BOOLEAN, "Or", tuple(sides))
    return replace(node, operands=(operand,))


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
    core, alias = _core(source), node.sources[0].alias
    seen = _seen_as(source, core, alias)
    node, names = _from(node, core), names.with_(alias, seen, _sure(core))
    for let in node.lets:
        if isinstance(value := known(let.expression, names), elm.Null):
            names = names.with_(let.name, value, present=False)
    return _seen_outside(_sortable(node.rebuilt(lambda each: core if each is core else known(each, names))))


def _sortable(node: elm.Query) -> elm.Query:
    """Sort keys as values of the System model, which have an order."""
    keys = tuple(replace(key, expression=answered(_core(key.expression))) for key in node.sort)
    return replace(node, sort=keys) if keys else node


def _mixed_union(source: elm.Elm) -> TypeGuard[elm.Apply]:
    """Whether a list is a union of lists of several classes: of one class it is filtered as a whole."""
    if not isinstance(source, elm.Apply) or source.operator != "Union":
        return False
    return isinstance(source.type, ListType) and isinstance(source.type.item, ChoiceType)


def _core(source: elm.Elm) -> elm.Elm:
    """The list, or the value, that a source sees as one of a choice."""
    if (inner := _seen(source)) is not None:
        return _core(inner)
    if isinstance(source, elm.As) and source.surely:
        same = isinstance(source.type, ListType) and isinstance(source.source.type, ListType)
        return source.source if same else source
    return source


def _seen_as(source: elm.Elm, core: elm.Elm, name: str) -> elm.Elm | None:
    """What a name for a source stands for, when it is bound to the core of it."""
    if core is source:
        return None
    given, wanted = _item(core.type), _item(source.type)
    return elm.As(wanted, elm.Local(given, name), surely=not isinstance(given, ChoiceType))


def _item(type_: CqlType) -> CqlType:
    return type_.item if isinstance(type_, ListType) else type_


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
    inner = _surely(node.returned)
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


def _for_each(node: elm.ForEach, names: Names) -> elm.Elm:
    source = known(node.source, names)
    core = _core(source)
    names = names.with_(node.item, _seen_as(source, core, node.item), _sure(core))
    return replace(node, source=core, projection=known(node.projection, names))


def _let(node: Let, names: Names) -> elm.Elm:
    value = known(node.value, names)
    core = _core(value)
    if isinstance(core, elm.Null | elm.Literal | elm.Local):
        return known(node.body, names.with_(node.name, value, present=False))
    body = known(node.body, names.with_(node.name, _seen_as(value, core, node.name), present=False))
    return (
        body
        if isinstance(body, elm.Null | elm.Literal)
        else replace(node, type=body.type, value=core, body=body)
    )


_RULES: dict[type[elm.Elm], Callable[..., elm.Elm]] = {
    elm.Is: _is,
    elm.As: _as,
    elm.Property: _property,
    elm.Convert: _convert,
    elm.If: _if,
    elm.Case: _case,
    elm.Apply: _apply,
}
# Of nothing they give nothing (CQL 1.5, appendix B).
_STRICT = frozenset(
    [
        "Start",
        "End",
        "Add",
        "Subtract",
        "Multiply",
        "Divide",
        "ToDateTime",
        "ToDate",
        "ToTime",
        "ToQuantity",
        "ToConcept",
        "DateFrom",
        "TimeFrom",
        "Equal",
        "Less",
        "Greater",
        "LessOrEqual",
        "GreaterOrEqual",
        "Overlaps",
        "OverlapsBefore",
        "OverlapsAfter",
        "First",
        "Last",
        "SingletonFrom",
    ]
)
_OPERATORS: dict[str, Callable[[elm.Apply], elm.Elm]] = {
    "IsNull": _is_null,
    "Not": _not,
    "And": _and,
    "Or": _or,
    "Implies": _implies,
    "Equivalent": _equivalent,
    "Coalesce": _coalesce,
    "Exists": _exists,
}
