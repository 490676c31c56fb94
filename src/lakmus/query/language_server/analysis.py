"""What is known about a document: its syntax, its compiled program, what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lakmus.core.errors import LakmusError, ManyErrors, NotFoundError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing import parse_library
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm.library import Program
from lakmus.query.language_server import folder
from lakmus.query.language_server.documents import Document

# The document of an included library by name and version; None when there is none.
Included = Callable[[str, str | None], Document | None]


@dataclass(frozen=True)
class Analysis:
    """While a text is wrong, `library` and `program` are those of the last time that it was not."""

    library: s.Library = field(default_factory=s.Library)
    program: Program | None = None
    errors: tuple[LakmusError, ...] = ()


def analysed(document: Document, before: Analysis, included: Included) -> Analysis:
    try:
        library = parse_library(document.text)
    except LakmusError as error:
        return replace(before, errors=_each(error))
    try:
        return Analysis(library, _compiled(document, included))
    except LakmusError as error:
        return Analysis(library, before.program, _each(error))


def syntax_of(document: Document) -> s.Library | None:
    """Of an included library; None when it cannot be parsed."""
    try:
        return parse_library(document.text)
    except LakmusError:
        return None


def _compiled(document: Document, included: Included) -> Program:
    def source(name: str, version: str | None) -> str:
        found = included(name, version)
        if found is None:
            hint = f"put `{name}.cql` beside this file"
            raise NotFoundError(f"there is no library `{name}`", hint=hint)
        return found.text

    return compile(document.text, lambda name, version: folder.model(document.uri, name, version), source)


def _each(error: LakmusError) -> tuple[LakmusError, ...]:
    return error.errors if isinstance(error, ManyErrors) else (error,)
