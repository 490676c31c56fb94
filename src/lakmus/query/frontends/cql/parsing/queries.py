"""Queries (grammar: query): a source with an alias, or `from`; else the term that it turns out to be."""

from __future__ import annotations

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing import expressions, terms
from lakmus.query.frontends.cql.parsing.cursor import Cursor
from lakmus.query.frontends.cql.parsing.lexer import Kind

DESCENDING = {"asc": False, "ascending": False, "desc": True, "descending": True}


def query_or_term(cursor: Cursor) -> s.Expression:
    place = cursor.place
    if (cursor.is_word("from") and not cursor.is_sign("(", ".", ahead=1)) or (
        cursor.are_words("from") and cursor.is_sign("(", ahead=1)
    ):
        cursor.take()
        sources = [_source(cursor)]
        while cursor.took_sign(","):
            sources.append(_source(cursor))
        return _query(cursor, tuple(sources), place)
    bracketed = cursor.is_sign("(", "[")
    found = terms.sum_(cursor)
    if _may_be_source(found, bracketed) and cursor.is_name() and not _offset(cursor):
        alias = cursor.take()
        return _query(cursor, (s.Source(found, alias.value, place=alias.place),), place)
    return found


def _offset(cursor: Cursor) -> bool:
    """Not an alias: `date`, `time`, … before `from` begin another term."""
    return cursor.is_word("from", "of", ahead=1) and cursor.token.kind is Kind.WORD


def _may_be_source(found: s.Expression, bracketed: bool) -> bool:
    """Sources are retrieves, names, calls, and anything in parentheses."""
    return bracketed or isinstance(found, s.Identifier | s.Member | s.Call | s.Retrieve | s.ListSelector)


def _source(cursor: Cursor) -> s.Source:
    place = cursor.place
    found = terms.prefixed(cursor)
    return s.Source(found, cursor.name("an alias"), place=place)


def _query(cursor: Cursor, sources: tuple[s.Source, ...], place: object) -> s.Query:
    lets = _lets(cursor)
    relationships = []
    while cursor.is_word("with", "without"):
        relationships.append(_relationship(cursor))
    where = expressions.expression(cursor) if cursor.took_word("where") else None
    returned = _returned(cursor) if cursor.is_word("return") else None
    aggregate = _aggregate(cursor) if cursor.is_word("aggregate") else None
    sort = _sort(cursor) if cursor.is_word("sort") else ()
    return s.Query(
        sources, lets, tuple(relationships), where, returned, aggregate, sort, place=sources[0].place
    )  # fmt: skip


def _lets(cursor: Cursor) -> tuple[s.LetItem, ...]:
    found: list[s.LetItem] = []
    if not cursor.took_word("let"):
        return ()
    while True:
        place, name = cursor.place, cursor.name()
        cursor.sign(":")
        found.append(s.LetItem(name, expressions.expression(cursor), place=place))
        if not cursor.took_sign(","):
            return tuple(found)


def _relationship(cursor: Cursor) -> s.Relationship:
    token = cursor.take()
    source = _source(cursor)
    cursor.word("such")
    cursor.word("that")
    condition = expressions.expression(cursor)
    return s.Relationship(source, condition, token.value == "without", place=token.place)


def _returned(cursor: Cursor) -> s.ReturnClause:
    place = cursor.take().place
    distinct = not cursor.took_word("all")
    cursor.took_word("distinct")
    return s.ReturnClause(expressions.expression(cursor), distinct, place=place)


def _aggregate(cursor: Cursor) -> s.AggregateClause:
    place = cursor.take().place
    distinct = cursor.took_word("distinct")
    cursor.took_word("all")
    name, initial = cursor.name("the name of the total"), None
    if cursor.took_word("starting"):
        initial = _starting(cursor)
    cursor.sign(":")
    return s.AggregateClause(name, initial, expressions.expression(cursor), distinct, place=place)


def _starting(cursor: Cursor) -> s.Expression:
    """A literal, a quantity, or an expression in parentheses: what follows its colon is the fold."""
    if cursor.token.kind is Kind.NUMBER and cursor.is_sign(":", ahead=1):
        token = cursor.take()
        return s.Number(token.value, place=token.place)
    return terms.prefixed(cursor)


def _sort(cursor: Cursor) -> tuple[s.SortItem, ...]:
    place = cursor.take().place
    if cursor.is_word(*DESCENDING):
        return (s.SortItem(None, DESCENDING[cursor.take().value], place=place),)
    cursor.word("by")
    found = [_sort_item(cursor)]
    while cursor.took_sign(","):
        found.append(_sort_item(cursor))
    return tuple(found)


def _sort_item(cursor: Cursor) -> s.SortItem:
    place, found = cursor.place, terms.sum_(cursor)
    descending = cursor.is_word(*DESCENDING) and DESCENDING[cursor.take().value]
    return s.SortItem(found, bool(descending), place=place)
