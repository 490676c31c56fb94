"""What an editor is told: diagnostics, hovers, definitions, symbols, edits (LSP 3.17, "Language Features")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lakmus.core.errors import InputError, LakmusError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.formatting import format_text, write
from lakmus.query.frontends.cql.formatting.statements import statement
from lakmus.query.ir.elm.library import Library
from lakmus.query.language_server.analysis import Analysis
from lakmus.query.language_server.documents import Document, Word

_ERROR = 1
# Numbers of SymbolKind.
_KINDS: dict[type[s.Syntax], int] = {
    s.CodeSystemDef: 3,
    s.ValueSetDef: 10,
    s.CodeDef: 22,
    s.ConceptDef: 10,
    s.ParameterDef: 14,
    s.ExpressionDef: 13,
    s.FunctionDef: 12,
}


@dataclass(frozen=True)
class Meaning:
    """The statement that a name refers to, and the document it stands in; of a library's alias the library."""

    node: Any
    document: Document
    library: s.Library


# Diagnostics


def diagnostics(document: Document, analysis: Analysis) -> list[dict[str, Any]]:
    return [_diagnostic(document, analysis, error) for error in analysis.errors]


def _diagnostic(document: Document, analysis: Analysis, error: LakmusError) -> dict[str, Any]:
    """What is wrong in another library is shown where that is included."""
    place, message = error.place, error.message
    if place is not None and place.source:
        message = f"in `{place.source}`, line {place.line}: {message}"
        aliases = (i for i in analysis.library.includes if i.name.rpartition(".")[2] == place.source)
        place = next((include.place for include in aliases), None)
    return {
        "range": document.range_of(place),
        "severity": _ERROR,
        "source": "lakmus",
        "message": f"{message}\n{error.hint}" if error.hint else message,
    }


# Hover


def hover(document: Document, word: Word, meanings: list[Meaning], compiled: Library | None) -> Any:
    lines = [line for meaning in meanings for line in _described(meaning, compiled)]
    if not lines:
        return None
    text = "\n".join(lines).replace("```", "'''")
    contents = {"kind": "markdown", "value": f"```cql\n{text}\n```"}
    return {"contents": contents, "range": document.range(word.start, word.end)}


def _described(meaning: Meaning, compiled: Library | None) -> Iterator[str]:
    comment = getattr(meaning.node, "comment", "")
    yield from (f"// {line}".rstrip() for line in comment.splitlines())
    yield _headline(meaning, compiled)


def _headline(meaning: Meaning, compiled: Library | None) -> str:
    node = meaning.node
    match node:
        case s.ExpressionDef():
            found = compiled.definitions.get(node.name) if compiled else None
            return f"define {_named(node)}{f': {found.expression.type}' if found else ''}"
        case s.ParameterDef():
            parameter = compiled.parameters.get(node.name) if compiled else None
            return f"parameter {_named(node)}{f' {parameter.type}' if parameter else ''}"
        case s.FunctionDef():
            operands = ", ".join(map(write, node.operands))
            return f"define {_fluent(node)}function {_named(node)}({operands}){_result(meaning, compiled)}"
    return statement(node)


def _named(node: Any) -> str:
    return write(s.Identifier(node.name))


def _fluent(node: s.FunctionDef) -> str:
    return "fluent " if node.fluent else ""


def _result(meaning: Meaning, compiled: Library | None) -> str:
    """Overloads are compiled in the order in which they are written."""
    own = [each for each in _statements(meaning.library) if type(each) is s.FunctionDef]
    overloads = [each for each in own if each.name == meaning.node.name]
    functions = compiled.functions.get(meaning.node.name, ()) if compiled else ()
    if len(overloads) != len(functions):
        return ""
    return f": {functions[overloads.index(meaning.node)].result}"


# Definitions and symbols


def named(document: Document, library: s.Library, name: str) -> list[Meaning]:
    """What a library defines by this name; functions may be several."""
    return [Meaning(node, document, library) for node in _statements(library) if node.name == name]


def _statements(library: s.Library) -> Iterator[Any]:
    for node in (*library.definitions, *library.statements):
        if type(node) in _KINDS:
            yield node


def locations(meanings: list[Meaning]) -> list[dict[str, Any]]:
    return [{"uri": each.document.uri, "range": _where(each)} for each in meanings]


def _where(meaning: Meaning) -> Any:
    if isinstance(meaning.node, s.Library):
        return meaning.document.range(0, 0)
    return meaning.document.name_of(meaning.node)


def symbols(document: Document, library: s.Library) -> list[dict[str, Any]]:
    return [_symbol(document, node) for node in _statements(library)]


def _symbol(document: Document, node: Any) -> dict[str, Any]:
    where = document.name_of(node)
    return {
        "name": node.name or '""',
        "kind": _KINDS[type(node)],
        "range": where,
        "selectionRange": where,
    }


# Edits


def formatted(document: Document) -> list[dict[str, Any]] | None:
    """One edit of the whole text; none while it cannot be parsed."""
    try:
        text = format_text(document.text)
    except InputError:
        return None
    return [] if text == document.text else [{"range": document.whole, "newText": text}]
