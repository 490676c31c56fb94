"""Whole libraries (grammar: library); after an error reading goes on at the next statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lakmus.core.errors import InputError, ManyErrors
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import Cursor
from lakmus.query.frontends.cql.parsing.expressions import expression
from lakmus.query.frontends.cql.parsing.lexer import Kind, tokens
from lakmus.query.frontends.cql.parsing.selectors import qualified
from lakmus.query.frontends.cql.parsing.types import type_specifier

Statement = Callable[[Cursor, bool], s.Syntax]


def parse_library(text: str, source: str = "") -> s.Library:
    """The library that a text is. Raises ManyErrors with everything that is wrong with its form."""
    found, errors = tokens(text, source)
    cursor = Cursor(found)
    statements = _statements(cursor, errors)
    if errors:
        raise ManyErrors(
            sorted(errors, key=lambda e: (e.place.line or 0, e.place.column or 0) if e.place else (0, 0))
        )
    return _library(statements)


def parse_expression(text: str, source: str = "") -> s.Expression:
    """The expression that a text is. Raises ManyErrors."""
    found, errors = tokens(text, source)
    cursor = Cursor(found)
    try:
        parsed = expression(cursor)
        if cursor.token.kind is not Kind.END:
            raise cursor.expected("an operator or the end of the expression")
    except InputError as error:
        raise ManyErrors([*errors, error]) from None
    if errors:
        raise ManyErrors(errors)
    return parsed


def snippet(text: str, line: int, column: int) -> str:
    """The line with a caret under the column, both counted from 1."""
    lines = text.splitlines()
    shown = lines[line - 1] if line <= len(lines) else ""
    return f"{shown}\n{' ' * (column - 1)}^"


def _statements(cursor: Cursor, errors: list[InputError]) -> list[s.Syntax]:
    found: list[s.Syntax] = []
    while cursor.token.kind is not Kind.END:
        try:
            found.append(_statement(cursor))
        except InputError as error:
            errors.append(error)
            _recover(cursor)
    return found


def _recover(cursor: Cursor) -> None:
    """To the next word that begins a statement at the beginning of a line."""
    cursor.depth = 0
    cursor.take()
    while cursor.token.kind is not Kind.END and not (
        cursor.is_word(*_STATEMENTS) and cursor.place.column == 1
    ):
        cursor.take()


def _statement(cursor: Cursor) -> s.Syntax:
    private = cursor.is_word("private", "public") and cursor.take().value == "private"
    read = _STATEMENTS.get(cursor.token.value) if cursor.token.kind is Kind.WORD else None
    if read is None:
        raise cursor.expected("a statement: `define`, `parameter`, `valueset`, …")
    return read(cursor, not private)


def _library(statements: list[s.Syntax]) -> s.Library:
    def of(*kinds: type[Any]) -> tuple[Any, ...]:
        return tuple(each for each in statements if isinstance(each, kinds))

    head = next(iter(of(s.Library)), s.Library())
    declared = of(s.CodeSystemDef, s.ValueSetDef, s.CodeDef, s.ConceptDef, s.ParameterDef)
    defined = of(s.ContextDef, s.ExpressionDef, s.FunctionDef)
    return s.Library(head.name, head.version, of(s.Using), of(s.Include), declared, defined, place=head.place)


def _dotted(cursor: Cursor) -> str:
    parts = [cursor.name()]
    while cursor.took_sign("."):
        parts.append(cursor.name())
    return ".".join(parts)


def _version(cursor: Cursor) -> str | None:
    return cursor.text("a version in single quotes") if cursor.took_word("version") else None


def _head(cursor: Cursor, _: bool) -> s.Syntax:
    place = cursor.take().place
    return s.Library(_dotted(cursor), _version(cursor), place=place)


def _using(cursor: Cursor, _: bool) -> s.Syntax:
    place = cursor.take().place
    name = _dotted(cursor).rpartition(".")[2]
    version = _version(cursor)
    return s.Using(name, version, cursor.name() if cursor.took_word("called") else name, place=place)


def _include(cursor: Cursor, _: bool) -> s.Syntax:
    place = cursor.take().place
    name, version = _dotted(cursor), _version(cursor)
    alias = cursor.name() if cursor.took_word("called") else name.rpartition(".")[2]
    return s.Include(name, version, alias, place=place)


def _code_system(cursor: Cursor, public: bool) -> s.Syntax:
    place, name = cursor.take().place, cursor.name()
    cursor.sign(":")
    return s.CodeSystemDef(name, cursor.text(), _version(cursor), public, place=place)


def _value_set(cursor: Cursor, public: bool) -> s.Syntax:
    place, name = cursor.take().place, cursor.name()
    cursor.sign(":")
    id_, version, systems = cursor.text(), _version(cursor), []
    if cursor.took_word("codesystems"):
        opened = cursor.sign("{")
        systems = [qualified(cursor)]
        while cursor.took_sign(","):
            systems.append(qualified(cursor))
        cursor.sign("}", opened)
    return s.ValueSetDef(name, id_, version, tuple(systems), public, place=place)


def _code(cursor: Cursor, public: bool) -> s.Syntax:
    place, name = cursor.take().place, cursor.name()
    cursor.sign(":")
    code = cursor.text()
    cursor.word("from")
    system = qualified(cursor)
    return s.CodeDef(name, code, system, _display(cursor), public, place=place)


def _display(cursor: Cursor) -> str | None:
    return cursor.text() if cursor.took_word("display") else None


def _concept(cursor: Cursor, public: bool) -> s.Syntax:
    place, name = cursor.take().place, cursor.name()
    cursor.sign(":")
    opened = cursor.sign("{")
    codes = [qualified(cursor)]
    while cursor.took_sign(","):
        codes.append(qualified(cursor))
    cursor.sign("}", opened)
    return s.ConceptDef(name, tuple(codes), _display(cursor), public, place=place)


def _parameter(cursor: Cursor, public: bool) -> s.Syntax:
    place, name = cursor.take().place, cursor.name()
    starts = cursor.is_word("default", *_STATEMENTS) or cursor.token.kind is Kind.END
    type_ = None if starts else type_specifier(cursor)
    default = expression(cursor) if cursor.took_word("default") else None
    if type_ is None and default is None:
        raise cursor.expected("the type of the parameter, or `default`")
    return s.ParameterDef(name, type_, default, public, place=place)


def _context(cursor: Cursor, _: bool) -> s.Syntax:
    place = cursor.take().place
    parts = _dotted(cursor).rpartition(".")
    return s.ContextDef(parts[2], parts[0], place=place)


def _define(cursor: Cursor, public: bool) -> s.Syntax:
    token = cursor.take()
    if cursor.is_word("private", "public") and not cursor.is_sign(":", ahead=1):
        public = cursor.take().value == "public"
    fluent = cursor.is_word("fluent") and cursor.is_word("function", ahead=1) and bool(cursor.take())
    if cursor.is_word("function") and not cursor.is_sign(":", ahead=1):
        return _function(cursor, token.comment, fluent, public)
    place, name = cursor.place, cursor.name("the name of the definition")
    cursor.sign(":")
    return s.ExpressionDef(name, expression(cursor), public, token.comment, place=place)


def _function(cursor: Cursor, comment: str, fluent: bool, public: bool) -> s.Syntax:
    cursor.take()
    place, name = cursor.place, cursor.name("the name of the function")
    opened, operands = cursor.sign("("), []
    while not cursor.is_sign(")"):
        at = cursor.place
        operands.append(s.Operand(cursor.name("the name of an operand"), type_specifier(cursor), place=at))
        if not cursor.took_sign(","):
            break
    cursor.sign(")", opened)
    result = type_specifier(cursor) if cursor.took_word("returns") else None
    cursor.sign(":")
    body = None if cursor.took_word("external") else expression(cursor)
    return s.FunctionDef(name, tuple(operands), body, result, fluent, public, comment, place=place)


_STATEMENTS: dict[str, Statement] = {
    "library": _head,
    "using": _using,
    "include": _include,
    "codesystem": _code_system,
    "valueset": _value_set,
    "code": _code,
    "concept": _concept,
    "parameter": _parameter,
    "context": _context,
    "define": _define,
}
