"""Queries (grammar: query): every clause on its line, one step further than the source."""

from __future__ import annotations

from collections.abc import Iterator

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.formatting import names
from lakmus.query.frontends.cql.formatting.layout import (
    bracketed,
    deeper,
    hanging,
    in_parentheses,
    indented,
    joined,
)
from lakmus.query.frontends.cql.formatting.writer import Level, writes, written


@writes(s.Query)
def _query(node: s.Query, room: int) -> str:
    return "\n".join((_sources(node.sources, room), *map(indented, _clauses(node, room - 2))))


def _sources(sources: tuple[s.Source, ...], room: int) -> str:
    if len(sources) > 1:
        items = [_source(source, room - 2) for source in sources]
        return bracketed("from", items, "", room, " ").rstrip()
    return _source(sources[0], room)


@writes(s.Source)
def _source(node: s.Source, room: int) -> str:
    bare = isinstance(node.expression, s.Retrieve) or _is_path(node.expression)
    text = written(node.expression, room) if bare else in_parentheses(written(node.expression, room - 2))
    return f"{text} {names.name(node.alias)}"


def _is_path(node: s.Expression) -> bool:
    """`E.participant`; what else an alias follows stands in parentheses (grammar: querySource)."""
    while isinstance(node, s.Member):
        node = node.source
    return isinstance(node, s.Identifier)


def _clauses(node: s.Query, room: int) -> Iterator[str]:
    if node.lets:
        yield deeper(f"let {joined([_let(item, room - 4) for item in node.lets])}")
    for relationship in node.relationships:
        yield _relationship(relationship, room)
    if node.where is not None:
        yield f"where {written(node.where, room - 6, Level.GREEDY)}"
    if node.returned is not None:
        yield _return(node.returned, room)
    if node.aggregate is not None:
        yield _aggregate(node.aggregate, room)
    if node.sort:
        yield _sort(node.sort, room)


@writes(s.LetItem)
def _let(node: s.LetItem, room: int) -> str:
    return f"{names.name(node.name)}: {written(node.expression, room, Level.GREEDY)}"


@writes(s.Relationship)
def _relationship(node: s.Relationship, room: int) -> str:
    head = f"{'without' if node.negated else 'with'} {_source(node.source, room)}"
    return f"{head}\n{indented(f'such that {written(node.condition, room - 12, Level.GREEDY)}')}"


@writes(s.ReturnClause)
def _return(node: s.ReturnClause, room: int) -> str:
    """`distinct` here belongs to the clause: one that is an operator goes into parentheses."""
    operator = isinstance(node.expression, s.Unary) and node.expression.operator == "distinct"
    least = Level.SETS if operator else Level.GREEDY
    return f"return {'' if node.distinct else 'all '}{written(node.expression, room - 7, least)}"


@writes(s.AggregateClause)
def _aggregate(node: s.AggregateClause, room: int) -> str:
    distinct = "distinct " if node.distinct else ""
    starting = "" if node.initial is None else f" starting {_starting(node.initial, room)}"
    head = f"aggregate {distinct}{names.name(node.name)}{starting}:"
    return hanging(head, [written(node.expression, room - 2, Level.GREEDY)], room)


def _starting(node: s.Expression, room: int) -> str:
    """Of what needs no parentheses, only these cannot be taken for a ratio or a time with the colon that follows."""
    text = written(node, room)
    return text if isinstance(node, s.Number | s.String) else in_parentheses(text)


@writes(s.SortItem)
def _sort_item(node: s.SortItem, room: int) -> str:
    """Ascending is what holds when nothing is said."""
    assert node.expression is not None
    return f"{written(node.expression, room, Level.SUM)}{' desc' if node.descending else ''}"


def _sort(items: tuple[s.SortItem, ...], room: int) -> str:
    if items[0].expression is None:
        return f"sort {'desc' if items[0].descending else 'asc'}"
    return f"sort by {', '.join(_sort_item(item, room) for item in items)}"
