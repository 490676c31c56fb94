"""Queries and retrieves (grammar: query, retrieve)."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import REFERENCES, Cursor
from lakmus.query.frontends.cql.parsing.expressions import (
    EXPRESSIONS,
    TERMS,
    begins,
    expression,
    source_ahead,
    term,
)
from lakmus.query.frontends.cql.parsing.lexer import NUMBER, TEXT
from lakmus.query.frontends.cql.parsing.literals import number
from lakmus.query.frontends.cql.parsing.types import named_type

_DESCENDING = {"asc": False, "ascending": False, "desc": True, "descending": True}


@begins(EXPRESSIONS, "from")
def _query(cursor: Cursor) -> s.Expression:
    place = cursor.place
    cursor.took("from")
    sources = [_source(cursor)]
    while cursor.kind == "," and _another(cursor):
        cursor.take()
        sources.append(_source(cursor))
    clauses = _lets(cursor), _relationships(cursor), _where(cursor)
    returned = _returned(cursor) if cursor.kind == "return" else None
    aggregate = _aggregate(cursor) if cursor.kind == "aggregate" else None
    return s.Query(tuple(sources), *clauses, returned, aggregate, _sort(cursor), place=place)


def _another(cursor: Cursor) -> bool:
    """Whether the comma is the query's own: another source with an alias follows."""
    comma = cursor.at
    cursor.take()
    found = source_ahead(cursor)
    cursor.back(comma)
    return found


def _source(cursor: Cursor) -> s.Source:
    place = cursor.place
    if cursor.kind == "[":
        expression_ = _retrieve(cursor)
    elif cursor.kind == "(":
        expression_ = TERMS["("](cursor)
    else:
        expression_ = _path(cursor)
    alias = cursor.identifier("an alias, the name of the source's items,")
    return s.Source(expression_, alias, place=place)


def _path(cursor: Cursor) -> s.Expression:
    """`E.participant`, `Common."Encounters"` (grammar: qualifiedIdentifierExpression)."""
    place = cursor.place
    name = cursor.reference("a source: a retrieve, a name or an expression in parentheses")
    found: s.Expression = s.Identifier(name, place=place)
    while cursor.took("."):
        place = cursor.place
        found = s.Member(found, cursor.word("the name of an element"), place=place)
    return found


def _lets(cursor: Cursor) -> tuple[s.LetItem, ...]:
    if cursor.kind != "let":
        return ()
    cursor.take()
    found = [_let(cursor)]
    while cursor.took(","):
        found.append(_let(cursor))
    return tuple(found)


def _let(cursor: Cursor) -> s.LetItem:
    place, name = cursor.place, cursor.identifier("a name")
    cursor.expect(":")
    return s.LetItem(name, expression(cursor), place=place)


def _relationships(cursor: Cursor) -> tuple[s.Relationship, ...]:
    found = []
    while cursor.kind in ("with", "without"):
        place, word = cursor.place, cursor.take().kind
        source = _source(cursor)
        cursor.expect("such that")
        condition = expression(cursor)
        found.append(s.Relationship(source, condition, word == "without", place=place))
    return tuple(found)


def _where(cursor: Cursor) -> s.Expression | None:
    if cursor.kind != "where":
        return None
    cursor.take()
    return expression(cursor)


def _returned(cursor: Cursor) -> s.ReturnClause:
    place = cursor.place
    cursor.take()
    distinct = not cursor.took("all")
    cursor.took("distinct")
    return s.ReturnClause(expression(cursor), distinct, place=place)


def _aggregate(cursor: Cursor) -> s.AggregateClause:
    place = cursor.place
    cursor.take()
    distinct = cursor.took("distinct")
    cursor.took("all")
    name = cursor.identifier("the name of the total")
    initial = _starting(cursor) if cursor.took("starting") else None
    cursor.expect(":")
    return s.AggregateClause(name, initial, expression(cursor), distinct, place=place)


def _starting(cursor: Cursor) -> s.Expression:
    """The colon behind it begins the fold: no ratio is read."""
    if cursor.kind == NUMBER:
        return number(cursor)
    if cursor.kind not in (TEXT, "("):
        raise cursor.expected("a number, a text, a quantity or an expression in parentheses")
    return TERMS[cursor.kind](cursor)


def _sort(cursor: Cursor) -> tuple[s.SortItem, ...]:
    if cursor.kind != "sort":
        return ()
    place = cursor.place
    cursor.take()
    if cursor.kind in _DESCENDING:
        return (s.SortItem(None, _descending(cursor), place=place),)
    cursor.expect("by")
    found = [_sort_item(cursor)]
    while cursor.took(","):
        found.append(_sort_item(cursor))
    return tuple(found)


def _sort_item(cursor: Cursor) -> s.SortItem:
    place = cursor.place
    return s.SortItem(term(cursor), _descending(cursor), place=place)


def _descending(cursor: Cursor) -> bool:
    return cursor.kind in _DESCENDING and _DESCENDING[cursor.take().kind]


# Retrieves


@begins(TERMS, "[")
def _retrieve(cursor: Cursor) -> s.Expression:
    """`[Patient -> "Observation": category in "Vital signs"]`; read as a term, where the grammar wants parentheses."""
    place, opened = cursor.place, cursor.take()
    context = _context(cursor)
    type_ = named_type(cursor)
    path, comparator, terminology = "", "", None
    if cursor.took(":"):
        path, comparator = _code_path(cursor)
        terminology = expression(cursor)
    cursor.close("]", opened)
    return s.Retrieve(type_, path, comparator, terminology, context, place=place)


def _context(cursor: Cursor) -> s.Expression | None:
    steps = 1
    while cursor.ahead(steps) == ".":
        steps += 2
    if cursor.ahead(steps) != "->":
        return None
    found = _path(cursor)
    cursor.take()
    return found


def _code_path(cursor: Cursor) -> tuple[str, str]:
    """`category.coding[0] in`: a path only where a comparator follows it (grammar: codePath codeComparator)."""
    if cursor.kind not in REFERENCES or cursor.ahead(_path_length(cursor)) not in ("in", "=", "~"):
        return "", ""
    path = cursor.take().value
    while cursor.kind in (".", "["):
        path += _path_step(cursor)
    return path, cursor.take().kind


def _path_length(cursor: Cursor) -> int:
    steps = 1
    while cursor.ahead(steps) in (".", "["):
        steps += 2 if cursor.ahead(steps) == "." else 3
    return steps


def _path_step(cursor: Cursor) -> str:
    if cursor.took("."):
        return f".{cursor.word('the name of an element')}"
    opened, index = cursor.take(), cursor.number("the number of an item").value
    cursor.close("]", opened)
    return f"[{index}]"
