"""Queries (grammar: query): every clause on its line, one step further than the source."""

from __future__ import annotations

from collections.abc import Iterator

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.printing import names
from lakmus.query.frontends.cql.printing.layout import bracketed, deeper, hanging, in_parentheses, indented, joined
from lakmus.query.frontends.cql.printing.writer import Level, writes, written

# What an alias may follow without parentheses where no `from` announces a source.
_BARE = (s.Identifier, s.Member, s.Call, s.Retrieve, s.ListSelector)
# What the colon behind `starting` cannot be mistaken for a part of.
_PLAIN = (s.Null, s.Boolean, s.Number, s.String, s.ListSelector, s.TupleSelector, s.IntervalSelector)


@writes(s.Query)
def _query(node: s.Query, room: int) -> str:
    return "\n".join((_sources(node.sources, room), *map(indented, _clauses(node, room - 2))))


def _sources(sources: tuple[s.Source, ...], room: int) -> str:
    if len(sources) > 1:
        items = [_source(source, room - 2) for source in sources]
        return bracketed("from", items, "", room, " ").rstrip()
    source = sources[0]
    if isinstance(source.expression, _BARE):
        return _source(source, room)
    return f"{in_parentheses(written(source.expression, room - 2))} {names.name(source.alias)}"


@writes(s.Source)
def _source(node: s.Source, room: int) -> str:
    return f"{written(node.expression, room, Level.PATH)} {names.name(node.alias)}"


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
    text = written(node, room, Level.PATH)
    return text if isinstance(node, _PLAIN) or text.startswith("(") else in_parentheses(text)


@writes(s.SortItem)
def _sort_item(node: s.SortItem, room: int) -> str:
    """Ascending is what holds when nothing is said."""
    assert node.expression is not None
    return f"{written(node.expression, room, Level.SUM)}{' desc' if node.descending else ''}"


def _sort(items: tuple[s.SortItem, ...], room: int) -> str:
    if items[0].expression is None:
        return f"sort {'desc' if items[0].descending else 'asc'}"
    return f"sort by {', '.join(_sort_item(item, room) for item in items)}"
