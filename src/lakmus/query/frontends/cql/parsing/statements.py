"""Statements of a library: what it declares and what it defines (grammar: definition, statement)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.boundaries import statement_ahead
from lakmus.query.frontends.cql.parsing.cursor import Cursor
from lakmus.query.frontends.cql.parsing.expressions import expression
from lakmus.query.frontends.cql.parsing.lexer import END
from lakmus.query.frontends.cql.parsing.selectors import display, qualified
from lakmus.query.frontends.cql.parsing.types import type_specifier

Statement = Callable[[Cursor, bool], s.Syntax]


def _name(cursor: Cursor, what: str) -> str:
    name = cursor.identifier(f"the name of the {what}")
    cursor.expect(":")
    return name


def _dotted(cursor: Cursor, what: str) -> str:
    parts = [cursor.identifier(what)]
    while cursor.took("."):
        parts.append(cursor.identifier(what))
    return ".".join(parts)


def _version(cursor: Cursor) -> str | None:
    return cursor.text("a version in single quotes") if cursor.took("version") else None


def _called(cursor: Cursor, name: str) -> str:
    return cursor.identifier("a local name") if cursor.took("called") else name


def _library(cursor: Cursor, _: bool) -> s.Syntax:
    place = cursor.place
    cursor.take()
    return s.Library(_dotted(cursor, "the name of the library"), _version(cursor), place=place)


def _using(cursor: Cursor, _: bool) -> s.Syntax:
    place = cursor.place
    cursor.take()
    *namespace, name = _dotted(cursor, "the name of a model").split(".")
    version = _version(cursor)
    return s.Using(name, version, _called(cursor, name), ".".join(namespace), place=place)


def _include(cursor: Cursor, _: bool) -> s.Syntax:
    place = cursor.place
    cursor.take()
    name = _dotted(cursor, "the name of a library")
    version = _version(cursor)
    return s.Include(name, version, _called(cursor, name.rpartition(".")[2]), place=place)


def _code_system(cursor: Cursor, public: bool) -> s.Syntax:
    place = cursor.place
    cursor.take()
    name = _name(cursor, "code system")
    id_ = cursor.text("the code system's URL in single quotes")
    return s.CodeSystemDef(name, id_, _version(cursor), public, place=place)


def _value_set(cursor: Cursor, public: bool) -> s.Syntax:
    place = cursor.place
    cursor.take()
    name = _name(cursor, "value set")
    id_ = cursor.text("the value set's URL in single quotes")
    version = _version(cursor)
    systems = _braced(cursor, "the name of a code system") if cursor.took("codesystems") else ()
    return s.ValueSetDef(name, id_, version, systems, public, place=place)


def _braced(cursor: Cursor, what: str) -> tuple[s.Identifier | s.Member, ...]:
    opened = cursor.expect("{")
    found = [qualified(cursor, what)]
    while cursor.took(","):
        found.append(qualified(cursor, what))
    cursor.close("}", opened)
    return tuple(found)


def _code(cursor: Cursor, public: bool) -> s.Syntax:
    place = cursor.place
    cursor.take()
    name = _name(cursor, "code")
    code = cursor.text("the code in single quotes")
    cursor.expect("from")
    system = qualified(cursor, "the name of a code system")
    return s.CodeDef(name, code, system, display(cursor), public, place=place)


def _concept(cursor: Cursor, public: bool) -> s.Syntax:
    place = cursor.place
    cursor.take()
    name = _name(cursor, "concept")
    codes = _braced(cursor, "the name of a code")
    return s.ConceptDef(name, codes, display(cursor), public, place=place)


def _parameter(cursor: Cursor, public: bool) -> s.Syntax:
    place = cursor.place
    cursor.take()
    name = cursor.identifier("the name of the parameter")
    if cursor.kind == END or statement_ahead(cursor):
        raise cursor.expected("the type of the parameter, or `default`")
    type_ = None if cursor.kind == "default" else type_specifier(cursor)
    default = expression(cursor) if cursor.took("default") else None
    return s.ParameterDef(name, type_, default, public, place=place)


def _context(cursor: Cursor, _: bool) -> s.Syntax:
    place = cursor.place
    cursor.take()
    name = cursor.identifier("the name of a context such as `Patient`")
    if cursor.took("."):
        return s.ContextDef(cursor.identifier("the name of a context"), name, place=place)
    return s.ContextDef(name, place=place)


def _define(cursor: Cursor, _: bool) -> s.Syntax:
    comment = "\n".join(cursor.lexed.comments.get(cursor.at, ())).strip()
    cursor.take()
    public = not (cursor.kind in ("public", "private") and cursor.take().kind == "private")
    if cursor.kind in ("fluent", "function"):
        return _function(cursor, public, comment)
    place = cursor.place
    name = _name(cursor, "definition")
    return s.ExpressionDef(name, expression(cursor), public, comment, place=place)


def _function(cursor: Cursor, public: bool, comment: str) -> s.Syntax:
    fluent = cursor.took("fluent")
    cursor.expect("function")
    place, name = cursor.place, cursor.word("the name of the function")
    operands = _operands(cursor)
    result = type_specifier(cursor) if cursor.took("returns") else None
    cursor.expect(":")
    body = None if cursor.took("external") else expression(cursor)
    return s.FunctionDef(name, operands, body, result, fluent, public, comment, place=place)


def _operands(cursor: Cursor) -> tuple[s.Operand, ...]:
    opened, found = cursor.expect("("), []
    if cursor.kind != ")":
        found.append(_operand(cursor))
        while cursor.took(","):
            found.append(_operand(cursor))
    cursor.close(")", opened)
    return tuple(found)


def _operand(cursor: Cursor) -> s.Operand:
    place = cursor.place
    name = cursor.reference("the name of an operand")
    return s.Operand(name, type_specifier(cursor), place=place)


# What a statement is by the word that begins it.
STATEMENTS: Mapping[str, Statement] = {
    "library": _library,
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
