"""The documents an editor has open, and what is asked about them."""

from __future__ import annotations

from typing import Any

from lakmus.core.errors import InputError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.ir.elm.library import Library
from lakmus.query.language_server import answers, folder
from lakmus.query.language_server.analysis import Analysis, analysed, syntax_of
from lakmus.query.language_server.answers import Meaning
from lakmus.query.language_server.documents import Document, Word

MOST = 500


class Workspace:
    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.known: dict[str, Analysis] = {}
        self.stale: set[str] = set()
        self.unpublished: set[str] = set()

    # Notices

    def opened(self, params: Any) -> None:
        match params:
            case {"textDocument": {"uri": str(uri), "text": str(text)} as document}:
                self._put(uri, text, document)

    def altered(self, params: Any) -> None:
        """Documents are sent whole: the last change is the text."""
        match params:
            case {"textDocument": {"uri": str(uri)} as document, "contentChanges": [*_, {"text": str(text)}]}:
                self._put(uri, text, document)

    def closed(self, params: Any) -> None:
        match params:
            case {"textDocument": {"uri": str(uri)}} if uri in self.documents:
                del self.documents[uri]
                self.known.pop(uri, None)
                self._stir(uri)

    def _put(self, uri: str, text: str, given: dict[str, Any]) -> None:
        if len(self.documents) >= MOST and uri not in self.documents:
            raise InputError(f"more than {MOST} documents are open")
        version = given.get("version")
        self.documents[uri] = Document(uri, text, version if isinstance(version, int) else None)
        self._stir(uri)

    def _stir(self, uri: str) -> None:
        """Others may include this one: all are looked at again."""
        self.stale = set(self.documents)
        self.unpublished |= {uri, *self.documents}

    def changed(self) -> list[str]:
        """The documents whose errors have to be told again; asked once."""
        found = sorted(self.unpublished)
        self.unpublished = set()
        return found

    # Analysis

    def analysis(self, uri: str) -> Analysis:
        if uri in self.stale or uri not in self.known:
            document, before = self.documents[uri], self.known.get(uri, Analysis())
            self.known[uri] = analysed(
                document, before, lambda name, version: self._included(uri, name, version)
            )
            self.stale.discard(uri)
        return self.known[uri]

    def _included(self, uri: str, name: str, version: str | None) -> Document | None:
        """A library beside the document: as the editor has it open, or as it is on disk."""
        file = folder.library_file(uri, name, version)
        if file is None:
            return None
        opened = (each for each in self.documents.values() if folder.path_of(each.uri) == file)
        return next(opened, None) or Document(file.as_uri(), folder.library_text(file))

    # Requests

    def hover(self, params: Any) -> Any:
        document, word = self._pointed(params)
        if word is None:
            return None
        found = self._meanings(document, word)
        compiled = self._compiled(document, found[0]) if found else None
        return answers.hover(document, word, found, compiled)

    def definition(self, params: Any) -> Any:
        document, word = self._pointed(params)
        return [] if word is None else answers.locations(self._meanings(document, word))

    def symbols(self, params: Any) -> Any:
        document = self._document(params)
        return answers.symbols(document, self.analysis(document.uri).library)

    def formatted(self, params: Any) -> Any:
        return answers.formatted(self._document(params))

    def _document(self, params: Any) -> Document:
        match params:
            case {"textDocument": {"uri": str(uri)}} if uri in self.documents:
                return self.documents[uri]
        raise InputError("there is no such open document")

    def _pointed(self, params: Any) -> tuple[Document, Word | None]:
        document = self._document(params)
        match params:
            case {"position": {"line": int(line), "character": int(character)}} if line >= 0:
                return document, document.word(line, character)
        raise InputError("there is no position")

    # Names

    def _meanings(self, document: Document, word: Word) -> list[Meaning]:
        """A name behind a library's alias is that library's; behind any other dot only a fluent function is known."""
        library = self.analysis(document.uri).library
        includes = {include.alias: include for include in library.includes}
        if word.behind_dot and word.qualifier in includes:
            return self._in(document, includes[word.qualifier], word.name)
        if word.behind_dot:
            everywhere = [self._in(document, include, word.name) for include in library.includes]
            found = [
                *answers.named(document, library, word.name),
                *(each for some in everywhere for each in some),
            ]
            return [each for each in found if isinstance(each.node, s.FunctionDef) and each.node.fluent]
        own = answers.named(document, library, word.name)
        return own or (self._whole(document, includes[word.name]) if word.name in includes else [])

    def _in(self, document: Document, include: s.Include, name: str) -> list[Meaning]:
        return [
            meaning
            for whole in self._whole(document, include)
            for meaning in answers.named(whole.document, whole.library, name)
        ]

    def _whole(self, document: Document, include: s.Include) -> list[Meaning]:
        found = self._included(document.uri, include.name.rpartition(".")[2], include.version)
        library = None if found is None else syntax_of(found)
        return [] if found is None or library is None else [Meaning(library, found, library)]

    def _compiled(self, document: Document, meaning: Meaning) -> Library | None:
        """The library of a meaning with its types; one that is included is compiled alone while the document is wrong."""
        program = self.analysis(document.uri).program
        if program is None and meaning.document.uri != document.uri:
            uri = document.uri
            alone = analysed(
                meaning.document, Analysis(), lambda name, version: self._included(uri, name, version)
            )
            program = alone.program
        return program.libraries.get(meaning.library.name) if program else None
