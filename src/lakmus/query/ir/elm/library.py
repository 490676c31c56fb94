"""What a compiled library holds, and the program made of a library and all it includes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lakmus.query.ir.elm.nodes import Elm, Literal
from lakmus.query.ir.elm.types import CqlType


@dataclass(frozen=True)
class Definition:
    """A named expression, evaluated once for each patient (context `Patient`), or once (`Unfiltered`)."""

    name: str
    context: str
    expression: Elm
    public: bool = True
    comment: str = ""


@dataclass(frozen=True)
class Function:
    """`body` is None for an external function."""

    name: str
    operands: tuple[tuple[str, CqlType], ...]
    result: CqlType
    body: Elm | None
    fluent: bool = False
    public: bool = True
    context: str = ""


@dataclass(frozen=True)
class Parameter:
    name: str
    type: CqlType
    default: Elm | None


@dataclass(frozen=True)
class Library:
    """One library. Functions are kept by name, their overloads in the order they were defined. `digest` is of its text."""

    name: str
    version: str | None = None
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    functions: Mapping[str, tuple[Function, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    constants: Mapping[str, Literal] = field(
        default_factory=dict
    )  # code systems, value sets, codes, concepts
    includes: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True)
class Program:
    """A library with all it includes, directly or not, by name, and the models they use."""

    entry: str
    libraries: Mapping[str, Library]
    models: Mapping[str, Any] = field(default_factory=dict)

    @property
    def library(self) -> Library:
        return self.libraries[self.entry]

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the texts of all libraries and the names of the models."""
        texts = sorted((name, each.digest) for name, each in self.libraries.items())
        models = sorted((name, each.version) for name, each in self.models.items())
        return hashlib.sha256(repr((self.entry, texts, models)).encode()).hexdigest()
