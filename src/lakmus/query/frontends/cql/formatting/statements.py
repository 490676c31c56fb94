"""Statements and whole libraries (grammar: library)."""

from __future__ import annotations

from itertools import pairwise

from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.formatting import names
from lakmus.query.frontends.cql.formatting.layout import WIDTH, bracketed, hanging, indented
from lakmus.query.frontends.cql.formatting.terms import display, qualified
from lakmus.query.frontends.cql.formatting.types import specifier
from lakmus.query.frontends.cql.formatting.writer import Level, writes, written

_DEFINED = (s.ExpressionDef, s.FunctionDef)


@writes(s.Library)
def _library(node: s.Library, room: int) -> str:
    """Its statements; a blank line stands between two that are not of one kind, and around definitions."""
    head = (s.Library(node.name, node.version),) if node.name or node.version is not None else ()
    every = (*head, *node.usings, *node.includes, *node.definitions, *node.statements)
    texts = [_commented(each, room) for each in every]
    gaps = ["\n\n" if apart(one, other) else "\n" for one, other in pairwise(every)]
    return "".join(text + gap for text, gap in zip(texts, (*gaps, "\n"), strict=True)) if texts else ""


def apart(one: s.Syntax, other: s.Syntax) -> bool:
    """Whether a blank line has to stand between two statements."""
    return type(one) is not type(other) or isinstance(other, _DEFINED)


def _commented(node: s.Syntax, room: int) -> str:
    comment = node.comment if isinstance(node, _DEFINED) else ""
    lines = [f"// {line}".rstrip() for line in comment.splitlines()]
    return "\n".join((*lines, statement(node, room)))


def statement(node: s.Syntax, room: int = WIDTH) -> str:
    """One statement, without the comment above it; of a library its first line."""
    if isinstance(node, s.Library):
        return f"library {names.dotted(node.name)}{_version(node.version)}"
    return written(node, room)


def _version(version: str | None) -> str:
    return "" if version is None else f" version {names.text(version)}"


@writes(s.Using)
def _using(node: s.Using, _room: int) -> str:
    called = "" if node.alias == node.name else f" called {names.name(node.alias)}"
    namespace = f"{names.dotted(node.namespace)}." if node.namespace else ""
    return f"using {namespace}{names.name(node.name)}{_version(node.version)}{called}"


@writes(s.Include)
def _include(node: s.Include, _room: int) -> str:
    called = "" if node.alias == node.name.rpartition(".")[2] else f" called {names.name(node.alias)}"
    return f"include {names.dotted(node.name)}{_version(node.version)}{called}"


def _head(keyword: str, name: str, public: bool) -> str:
    return f"{'' if public else 'private '}{keyword} {names.name(name)}"


@writes(s.CodeSystemDef)
def _code_system(node: s.CodeSystemDef, _room: int) -> str:
    head = _head("codesystem", node.name, node.public)
    return f"{head}: {names.text(node.id)}{_version(node.version)}"


@writes(s.ValueSetDef)
def _value_set(node: s.ValueSetDef, room: int) -> str:
    line = f"{_head('valueset', node.name, node.public)}: {names.text(node.id)}{_version(node.version)}"
    if not node.code_systems:
        return line
    systems = [qualified(each) for each in node.code_systems]
    return hanging(line, [bracketed("codesystems {", systems, "}", room - 2, " ")], room)


@writes(s.CodeDef)
def _code(node: s.CodeDef, _room: int) -> str:
    line = f"{_head('code', node.name, node.public)}: {names.text(node.code)}"
    return f"{line} from {qualified(node.system)}{display(node.display)}"


@writes(s.ConceptDef)
def _concept(node: s.ConceptDef, room: int) -> str:
    codes = [qualified(each) for each in node.codes]
    head = _head("concept", node.name, node.public)
    return bracketed(f"{head}: {{", codes, "}", room, " ") + display(node.display)


@writes(s.ParameterDef)
def _parameter(node: s.ParameterDef, room: int) -> str:
    type_ = "" if node.type is None else f" {specifier(node.type)}"
    line = f"{_head('parameter', node.name, node.public)}{type_}"
    if node.default is None:
        return line
    return hanging(line, [f"default {written(node.default, room - 10, Level.GREEDY)}"], room)


@writes(s.ContextDef)
def _context(node: s.ContextDef, _room: int) -> str:
    return f"context {names.dotted(node.model) + '.' if node.model else ''}{names.name(node.name)}"


@writes(s.ExpressionDef)
def _definition(node: s.ExpressionDef, room: int) -> str:
    private = "" if node.public else "private "
    return f"define {private}{names.name(node.name)}:\n{indented(written(node.expression, room - 2))}"


@writes(s.Operand)
def _operand(node: s.Operand, _room: int) -> str:
    return f"{names.name(node.name)} {specifier(node.type)}"


@writes(s.FunctionDef)
def _function(node: s.FunctionDef, room: int) -> str:
    words = ("define", "" if node.public else "private", "fluent" if node.fluent else "", "function")
    operands = [_operand(each, room) for each in node.operands]
    result = "" if node.result is None else f" returns {specifier(node.result)}"
    head = bracketed(f"{' '.join(filter(None, words))} {names.name(node.name)}(", operands, ")", room)
    body = " external" if node.body is None else f"\n{indented(written(node.body, room - 2))}"
    return f"{head}{result}:{body}"
