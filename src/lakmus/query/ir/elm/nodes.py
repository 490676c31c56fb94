"""The tree: names are those of ELM where ELM has one (CQL 1.5, developer's guide, "ELM reference").

Every system operator is an `Apply` with the operator's ELM name; what reads names, binds names, or decides what is
evaluated has a node of its own. `type` is the static type of the value. Local names (aliases, lets, operands,
`$this`, `$total`, `$index`) are unique within a definition: the front end renames what would shadow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from lakmus.core.errors import Place
from lakmus.query.ir.elm.types import CqlType, Named


@dataclass(frozen=True)
class Elm:
    """`place` is where it was written."""

    type: CqlType
    place: Place | None = field(default=None, compare=False, repr=False, kw_only=True)

    def children(self) -> Iterator[Elm]:
        """The nodes directly below, in the order of the fields."""
        for name in _names(type(self)):
            yield from _nodes(getattr(self, name))

    def walk(self) -> Iterator[Elm]:
        """This node and all below, parents first."""
        stack: list[Elm] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(list(node.children())))

    def rebuilt(self, change: Callable[[Elm], Elm]) -> Self:
        """The same node over changed children; itself where none changes."""
        found: Self = _rebuilt(self, change)
        return found


_NAMES: dict[type, tuple[str, ...]] = {}


def _names(kind: type[Elm | Part]) -> tuple[str, ...]:
    """The fields that may hold nodes."""
    if kind not in _NAMES:
        _NAMES[kind] = tuple(each.name for each in fields(kind) if each.name not in ("type", "place"))
    return _NAMES[kind]


def _rebuilt(part: Any, change: Callable[[Elm], Elm]) -> Any:
    """A node or a part with each node directly below it changed."""
    changed = {}
    for name in _names(type(part)):
        value = getattr(part, name)
        if (new := _changed(value, change)) is not value:
            changed[name] = new
    return replace(part, **changed) if changed else part


def _changed(value: Any, change: Callable[[Elm], Elm]) -> Any:
    if isinstance(value, Elm):
        return change(value)
    if isinstance(value, Part):
        return _rebuilt(value, change)
    if isinstance(value, tuple):
        found = tuple(_changed(each, change) for each in value)
        return found if any(a is not b for a, b in zip(found, value, strict=True)) else value
    return value


def _nodes(value: Any) -> Iterator[Elm]:
    if isinstance(value, Elm):
        yield value
    elif isinstance(value, Part):
        for name in _names(type(value)):
            yield from _nodes(getattr(value, name))
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


@dataclass(frozen=True)
class Part:
    """A piece of a node that is no expression itself."""


# Values


@dataclass(frozen=True)
class Literal(Elm):
    """A value of a System type: a Python scalar or a class of `values`."""

    value: Any


@dataclass(frozen=True)
class Null(Elm):
    pass


@dataclass(frozen=True)
class Interval(Elm):
    """`Interval[low, high)`; closedness is itself an expression in the rare case that it is computed."""

    low: Elm
    high: Elm
    low_closed: Elm
    high_closed: Elm


@dataclass(frozen=True)
class List(Elm):
    items: tuple[Elm, ...]


@dataclass(frozen=True)
class Tuple(Elm):
    elements: tuple[tuple[str, Elm], ...]


@dataclass(frozen=True)
class Instance(Elm):
    """An instance of a class; System classes (`Quantity { ... }`) are made the same way."""

    elements: tuple[tuple[str, Elm], ...]


# Names


@dataclass(frozen=True)
class Local(Elm):
    """An alias, a let, an operand, `$this`, `$total` or `$index`."""

    name: str


@dataclass(frozen=True)
class ExpressionRef(Elm):
    library: str
    name: str


@dataclass(frozen=True)
class FunctionRef(Elm):
    """`overload` is the function's place among those of its name in the library."""

    library: str
    name: str
    overload: int
    operands: tuple[Elm, ...]


@dataclass(frozen=True)
class ParameterRef(Elm):
    library: str
    name: str


# Operators


@dataclass(frozen=True)
class Apply(Elm):
    """A system operator by its ELM name; `precision` is the word written (`day`), or ""."""

    operator: str
    operands: tuple[Elm, ...]
    precision: str = ""


@dataclass(frozen=True)
class Property(Elm):
    """An element of a class, an interval or a tuple; null of null. `source` is never a list.

    `path` names it as the source's type does; for a class of a mapped model (QI-Core) the model says how it is read.
    """

    source: Elm
    path: str


@dataclass(frozen=True)
class If(Elm):
    condition: Elm
    then: Elm
    otherwise: Elm


@dataclass(frozen=True)
class Case(Elm):
    """The first item whose condition is true."""

    items: tuple[tuple[Elm, Elm], ...]
    otherwise: Elm


@dataclass(frozen=True)
class Is(Elm):
    """Whether a value, known when it runs, is of a type; false for null."""

    source: Elm
    of: CqlType


@dataclass(frozen=True)
class As(Elm):
    """The value when it is of the node's type, else null; an error instead when `strict`.

    `surely`: one type seen as a choice that has it, which engines that store a choice otherwise have to know.
    """

    source: Elm
    strict: bool = False
    surely: bool = False


@dataclass(frozen=True)
class Convert(Elm):
    """A native conversion from a model's type to a System type (`FHIR.ToInterval`): the model names it."""

    source: Elm
    conversion: str


# Data


@dataclass(frozen=True)
class Retrieve(Elm):
    """The records of one class: of the patient, or of everybody when `unfiltered`.

    `of` is the class; `code_path` and `date_path` are element names of it. `codes` is a value set or a list of codes or
    concepts; `comparator` is `in`, `~` or `=`.
    """

    of: Named
    code_path: str = ""
    comparator: str = ""
    codes: Elm | None = None
    date_path: str = ""
    date_range: Elm | None = None
    related: Elm | None = None
    unfiltered: bool = False


# Queries


@dataclass(frozen=True)
class Source(Part):
    """`many` is False when the source is one value and not a list."""

    alias: str
    expression: Elm
    many: bool


@dataclass(frozen=True)
class LetClause(Part):
    name: str
    expression: Elm


@dataclass(frozen=True)
class Relationship(Part):
    """`with`, and `without` when `negated`."""

    source: Source
    condition: Elm
    negated: bool


@dataclass(frozen=True)
class SortKey(Part):
    """Nulls come first when ascending. `expression` sees the item as `$this`."""

    expression: Elm
    descending: bool


@dataclass(frozen=True)
class Aggregation(Part):
    """Folds all rows: `name` is the total so far."""

    name: str
    initial: Elm
    expression: Elm
    distinct: bool = False


@dataclass(frozen=True)
class Query(Elm):
    """Rows of all sources, lets bound, filtered by relationships and `where`, then returned, folded, sorted.

    `returned` is never absent: the alias itself, or the tuple of all, where nothing is written. A query whose sources are
    all single gives one value or null.
    """

    sources: tuple[Source, ...]
    lets: tuple[LetClause, ...]
    relationships: tuple[Relationship, ...]
    where: Elm | None
    returned: Elm
    distinct: bool
    aggregation: Aggregation | None
    sort: tuple[SortKey, ...]
    this: str = "$this"

    @property
    def many(self) -> bool:
        return any(source.many for source in self.sources)


@dataclass(frozen=True)
class ForEach(Elm):
    """`projection` of each item of a list: what a path over a list means."""

    source: Elm
    item: str
    projection: Elm
