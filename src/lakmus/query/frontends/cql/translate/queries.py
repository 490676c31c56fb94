"""Queries (CQL 1.5, author's guide, "Queries"; developer's guide, "Query Semantics")."""

from __future__ import annotations

from lakmus.core.errors import InputError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.translate.scope import Scope
from lakmus.query.frontends.cql.translate.translator import Translator, translates
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import (
    ANY,
    BOOLEAN,
    ChoiceType,
    CqlType,
    ListType,
    Named,
    tuple_of,
)


@translates(s.Query)
def query(run: Translator, node: s.Query, scope: Scope) -> elm.Elm:
    sources, inner = _sources(run, node.sources, scope)
    lets = []
    for item in node.lets:
        value = run.expression(item.expression, inner)
        name, inner = inner.bind(item.name, value.type)
        lets.append(elm.LetClause(name, value))
    relationships = tuple(_relationship(run, each, inner) for each in node.relationships)
    where = None if node.where is None else run.condition(node.where, inner, "what follows `where`")
    aggregation = _aggregation(run, node.aggregate, inner)
    returned, distinct = _returned(run, node, sources, inner)
    type_ = _type(sources, returned.type, aggregation)
    keys = _sort(run, node.sort, returned.type, scope)
    return elm.Query(
        type_, sources, tuple(lets), relationships, where, returned, distinct, aggregation, keys, place=node.place
    )  # fmt: skip


def _type(sources: tuple[elm.Source, ...], item: CqlType, aggregation: elm.Aggregation | None) -> CqlType:
    if aggregation is not None:
        return aggregation.expression.type
    return ListType(item) if any(source.many for source in sources) else item


def _sources(
    run: Translator, given: tuple[s.Source, ...], scope: Scope
) -> tuple[tuple[elm.Source, ...], Scope]:
    """Each source sees the aliases before it."""
    found = []
    for each in given:
        source, scope = _source(run, each, scope)
        found.append(source)
    return tuple(found), scope


def _source(run: Translator, given: s.Source, scope: Scope) -> tuple[elm.Source, Scope]:
    expression = run.expression(given.expression, scope)
    many = isinstance(expression.type, ListType)
    item = expression.type.item if isinstance(expression.type, ListType) else expression.type
    alias, inner = scope.bind(given.alias, item)
    return elm.Source(alias, expression, many), inner


def _relationship(run: Translator, given: s.Relationship, scope: Scope) -> elm.Relationship:
    source, inner = _source(run, given.source, scope)
    condition = run.condition(given.condition, inner, "what follows `such that`")
    return elm.Relationship(source, condition, given.negated)


def _returned(
    run: Translator, node: s.Query, sources: tuple[elm.Source, ...], scope: Scope
) -> tuple[elm.Elm, bool]:
    """What is written after `return`; else the item itself, or a tuple of the items of all sources."""
    if node.returned is not None:
        return run.expression(node.returned.expression, scope), node.returned.distinct
    items = [(each.alias, scope.names[each.alias]) for each in node.sources]
    if len(items) == 1:
        return items[0][1], False
    return elm.Tuple(tuple_of((name, item.type) for name, item in items), tuple(items)), False


def _aggregation(run: Translator, given: s.AggregateClause | None, scope: Scope) -> elm.Aggregation | None:
    """The total has the type of what it starts as, or of the fold where that says nothing."""
    if given is None:
        return None
    initial = elm.Null(ANY) if given.initial is None else run.expression(given.initial, scope)
    type_ = initial.type
    if type_ == ANY:
        _, trial = scope.bind(given.name, ANY)
        type_ = run.expression(given.expression, trial).type
    name, inner = scope.bind(given.name, type_)
    body = run.expression(given.expression, inner)
    wider = run.typing.common(type_, body.type)
    if wider != type_:
        name, inner = scope.bind(given.name, wider)
        body = run.expression(given.expression, inner)
    return elm.Aggregation(name, run.fitted(initial, wider), run.fitted(body, wider), given.distinct)


def _sort(
    run: Translator, items: tuple[s.SortItem, ...], type_: CqlType, scope: Scope
) -> tuple[elm.SortKey, ...]:
    this = elm.Local(type_, "$this")
    return tuple(_key(run, item, this, scope.sorting(this)) for item in items)


def _key(run: Translator, item: s.SortItem, this: elm.Local, scope: Scope) -> elm.SortKey:
    by: elm.Elm = this if item.expression is None else run.expression(item.expression, scope)
    if run.is_class(by.type) or isinstance(by.type, ChoiceType):
        by = _ordered(run, by)
    if by.type == BOOLEAN or isinstance(by.type, ListType):
        raise InputError(f"{by.type} has no order to sort by", place=item.place)
    return elm.SortKey(by, item.descending)


def _ordered(run: Translator, by: elm.Elm) -> elm.Elm:
    """A model's value, or one of several types, as the System value that has an order."""
    for target in run.typing.targets(by.type):
        if isinstance(target, Named) and target.namespace == "System":
            return run.fitted(by, target)
    raise InputError(f"{by.type} has no order to sort by", place=by.place, hint="sort by one of its elements")
