"""Text into syntax: whole libraries and single expressions (grammar: library). All errors are told, not only the first:
after one, reading goes on at the next statement.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lakmus.core.errors import InputError, LakmusError, ManyErrors, Place
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing import queries, selectors, terms, timing
from lakmus.query.frontends.cql.parsing.boundaries import mark, statement_ahead
from lakmus.query.frontends.cql.parsing.cursor import DEEPEST, Cursor, too_deep
from lakmus.query.frontends.cql.parsing.expressions import expression
from lakmus.query.frontends.cql.parsing.heights import height
from lakmus.query.frontends.cql.parsing.lexer import END, LINE, MOST_FAULTS, lexed
from lakmus.query.frontends.cql.parsing.statements import STATEMENTS

# Importing them fills the tables of expressions.
CHAPTERS = (queries, selectors, terms, timing)
# The order of a library: its name, what it declares, what it defines.
_HEAD, _DECLARED, _DEFINED = range(3)
_RANKS = {"library": _HEAD, "context": _DEFINED, "define": _DEFINED}


def parse_library(text: str, source: str = "") -> s.Library:
    """The library that a text is. Raises ManyErrors with everything that is wrong with its form."""
    reader = _Reader(text, source)
    statements = reader.statements()
    if reader.errors:
        raise _all(reader.errors, reader.cursor)
    return _assembled(statements)


def parse_expression(text: str, source: str = "") -> s.Expression:
    """The expression that a text is. Raises ManyErrors."""
    cursor = Cursor(lexed(text, source))
    try:
        found = expression(cursor)
        if cursor.kind != END:
            raise cursor.expected("an operator or the end of the expression")
        _bounded(cursor, 0, found)
    except InputError as error:
        raise _all([error], cursor) from None
    return found


def _all(errors: list[InputError], cursor: Cursor) -> ManyErrors:
    """In the order of the text; what could not be read is told even where something before it was wrong."""
    unread: list[InputError] = [fault for fault in cursor.lexed.faults.values() if fault not in errors]
    return ManyErrors(sorted([*errors, *unread], key=_position))


def _position(error: LakmusError) -> tuple[int, int]:
    place = error.place or Place()
    return place.line or 0, place.column or 0


def snippet(text: str, place: Place) -> str:
    """The line of a place with a caret under its column; of a long line the part around it."""
    lines = LINE.split(text)
    if place.line is None or place.column is None or not 1 <= place.line <= len(lines):
        return ""
    line = lines[place.line - 1].replace("\t", " ")
    start = max(0, place.column - 80)
    return f"{line[start : start + 100].rstrip()}\n{' ' * (place.column - 1 - start)}^"


class _Reader:
    """Reads statement by statement, and keeps what is wrong."""

    def __init__(self, text: str, source: str) -> None:
        found = lexed(text, source)
        self.begins = mark(found)
        self.cursor = Cursor(found)
        self.errors: list[InputError] = []
        self.rank = _HEAD

    def statements(self) -> list[s.Syntax]:
        found = []
        while self.cursor.kind != END:
            start = self.cursor.at
            try:
                found.append(self.statement())
            except InputError as error:
                self.errors.append(error)
                self.recover(start)
        return found

    def statement(self) -> s.Syntax:
        cursor, start = self.cursor, self.cursor.at
        access = cursor.take().value if statement_ahead(cursor) in ("public", "private") else ""
        word = statement_ahead(cursor)
        if word not in STATEMENTS:
            raise cursor.expected("a statement such as `define`, `parameter` or `valueset`")
        self.check(word, access)
        found = STATEMENTS[word](cursor, access != "private")
        self.finish(found, start)
        return found

    def check(self, word: str, access: str) -> None:
        """What stands in the wrong order, or has an access modifier in the wrong place."""
        rank = _RANKS.get(word, _DECLARED)
        if access and (rank != _DECLARED or word in ("using", "include")):
            hint = f"write `define {access}`" if word == "define" else ""
            raise InputError(f"`{access}` cannot stand before `{word}`", place=self.cursor.place, hint=hint)
        if rank < self.rank or (rank == _HEAD and self.cursor.at):
            before = "anything else" if rank == _HEAD else "the first `define` and `context`"
            raise InputError(
                f"`{word}` must stand before {before}", place=self.cursor.place, hint="move it up"
            )
        self.rank = rank

    def finish(self, found: s.Syntax, start: int) -> None:
        """Behind a statement comes another, or the end."""
        cursor = self.cursor
        if cursor.kind != END and not statement_ahead(cursor):
            raise cursor.expected("an operator or the next statement")
        _bounded(cursor, start, found)

    def recover(self, start: int) -> None:
        """To where the next statement begins; not further when the text turned out to be no CQL."""
        cursor = self.cursor
        cursor.depth = 0
        cursor.back(next((at for at in self.begins if at > start), len(cursor.tokens) - 1))
        if len(cursor.lexed.faults) >= MOST_FAULTS or len(self.errors) >= MOST_FAULTS:
            cursor.back(len(cursor.tokens) - 1)


def _bounded(cursor: Cursor, start: int, found: s.Syntax) -> None:
    """Chains of operators nest to the left: they count like parentheses. Few tokens cannot be high."""
    if cursor.at - start > DEEPEST and height(found) > DEEPEST:
        raise too_deep(cursor.lexed.place(cursor.tokens[start].at))


def _assembled(statements: list[s.Syntax]) -> s.Library:
    def of(*kinds: type[Any]) -> tuple[Any, ...]:
        return tuple(each for each in statements if isinstance(each, kinds))

    head = next(iter(of(s.Library)), s.Library())
    return replace(
        head,
        usings=of(s.Using),
        includes=of(s.Include),
        definitions=of(s.CodeSystemDef, s.ValueSetDef, s.CodeDef, s.ConceptDef, s.ParameterDef),
        statements=of(s.ContextDef, s.ExpressionDef, s.FunctionDef),
    )
