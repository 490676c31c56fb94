"""A library with everything it includes, compiled in the order in which they need each other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from lakmus.core.errors import InputError, LakmusError, NotFoundError
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing import parse_library
from lakmus.query.frontends.cql.translate import chapters
from lakmus.query.frontends.cql.translate.libraries import translate
from lakmus.query.frontends.cql.translate.specifiers import Surroundings
from lakmus.query.ir.elm.library import Library, Program
from lakmus.query.models.model import Model

assert chapters.WHOLE, "the chapters fill the table of translations"
# The text of a library by name and version; NotFoundError when there is none.
Sources = Callable[[str, str | None], str]
# A model by name and version; NotFoundError when there is none.
Models = Callable[[str, str | None], Model]


def no_sources(name: str, version: str | None) -> str:
    raise NotFoundError(
        f"there is no library `{name}`", hint="put its text beside the library that includes it"
    )


def compile(text: str, models: Models, sources: Sources = no_sources, source: str = "") -> Program:
    """The program of a library's text. Raises ManyErrors with every error of the first library that has some."""
    builder = _Builder(models, sources)
    entry = builder.library(text, source)
    return Program(entry.name, builder.libraries, builder.models)


class _Builder:
    def __init__(self, models: Models, sources: Sources) -> None:
        self.find_model = models
        self.sources = sources
        self.libraries: dict[str, Library] = {}
        self.models: dict[str, Model] = {}
        self.open: list[str] = []

    def library(self, text: str, name: str) -> Library:
        source = parse_library(text, name)
        self.open.append(source.name)
        included = {each.alias: self._included(each) for each in source.includes}
        own = {each.alias: self._model(each) for each in source.usings if each.name != "System"}
        reached = {model.name: model for model in (*own.values(), *self.models.values())}
        self.models |= {model.name: model for model in own.values()}
        primary = next(iter(own.values()), None)
        made = translate(source, Surroundings(included, reached, primary))
        self.libraries[source.name] = replace(made, digest=hashlib.sha256(text.encode()).hexdigest())
        self.open.pop()
        return self.libraries[source.name]

    def _included(self, include: s.Include) -> Library:
        name = include.name.rpartition(".")[2]
        if name in self.open:
            raise InputError(
                "libraries include each other", place=include.place, hint=" → ".join((*self.open, name))
            )
        if name in self.libraries:
            return self.libraries[name]
        return self.library(self._text(include, name), name)

    def _text(self, include: s.Include, name: str) -> str:
        try:
            return self.sources(name, include.version)
        except LakmusError as error:
            error.place = error.place or include.place
            raise

    def _model(self, using: s.Using) -> Model:
        try:
            return self.find_model(using.name, using.version)
        except LakmusError as error:
            error.place = error.place or using.place
            raise
