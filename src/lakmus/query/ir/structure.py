"""Nodes that are more than an operation on values: they read, navigate, or bind names.

A *variable* is `$this`, `$index`, `$total` (N1 5, "$this"), `%context`, `%resource`, `%rootResource`, or what a caller passes;
CQL's aliases are to be bound the same way. A node with an `item` field binds that name, item by item, and `$index`, in
its body; everything else in the body sees the names of the scopes around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from lakmus.core.dates import PartialDateTime, PartialTime
from lakmus.core.quantities import Quantity
from lakmus.query.ir.model import SYSTEM_OF, Element
from lakmus.query.ir.node import Node
from lakmus.query.ir.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    NOTHING,
    QUANTITY,
    STRING,
    TIME,
    TYPE_INFO,
    UNKNOWN,
    Type,
    TypeName,
    one,
)

Scalar = bool | int | str | Decimal | PartialDateTime | PartialTime | Quantity

_HELD: dict[TypeName, type] = {
    BOOLEAN: bool,
    STRING: str,
    INTEGER: int,
    LONG: int,
    DECIMAL: Decimal,
    DATE: PartialDateTime,
    DATETIME: PartialDateTime,
    TIME: PartialTime,
    QUANTITY: Quantity,
}


@dataclass(frozen=True)
class Literal(Node):
    """One value of a System type. Dates, times and quantities are the classes of `lakmus.core`."""

    value: Scalar
    name: TypeName

    def __post_init__(self) -> None:
        assert type(self.value) is _HELD[self.name], f"{self.name} does not hold {type(self.value).__name__}"

    @cached_property
    def type(self) -> Type:
        return one(self.name)


@dataclass(frozen=True)
class Empty(Node):
    """`{}`"""

    @cached_property
    def type(self) -> Type:
        return NOTHING


@dataclass(frozen=True)
class Variable(Node):
    """The value of a bound name, with its sign: `$this`, `$index`, `$total`, `%context`, `%name`."""

    name: str
    held: Type

    def __post_init__(self) -> None:
        assert self.name[0] in "$%", "a variable is $scoped or %given"

    @cached_property
    def type(self) -> Type:
        return self.held


@dataclass(frozen=True)
class Member(Node):
    """`source.name`: what each item has under that name, one after the other, absent ones left out.

    `elements` are the typed forms that the model knows for the source's types, with their JSON names (several for a
    choice element, or when the source has several types). It is empty only when the source's type is not known
    before the data is read (`source.type.unknown`), or the source is a `System.TypeInfo`.
    """

    source: Node
    name: str
    elements: tuple[Element, ...] = ()

    def __post_init__(self) -> None:
        dynamic = self.source.type.unknown or self.source.type.is_(TYPE_INFO)
        assert dynamic or self.elements, f"{self.name}: no element for {self.source.type}"
        assert all(element.name == self.name for element in self.elements)

    @cached_property
    def type(self) -> Type:
        if self.source.type.is_(TYPE_INFO):
            return one(STRING)
        if self.source.type.unknown:
            return Type(UNKNOWN.names, True, self.source.type.ordered)
        names = frozenset(ANY if e.type.name == "Resource" else e.type for e in self.elements)
        many = self.source.type.many or any(element.many for element in self.elements)
        return Type(frozenset({ANY}) if ANY in names else names, many, self.source.type.ordered)


@dataclass(frozen=True)
class Children(Node):
    """All direct child elements of each item, in no stated order (N1 5.8.1)."""

    source: Node

    @cached_property
    def type(self) -> Type:
        return Type(UNKNOWN.names, True, ordered=False)


@dataclass(frozen=True)
class Descendants(Node):
    """All child elements, theirs, and so on, in no stated order (N1 5.8.2)."""

    source: Node

    @cached_property
    def type(self) -> Type:
        return Type(UNKNOWN.names, True, ordered=False)


@dataclass(frozen=True)
class Where(Node):
    """The items for which the criteria are true (N1 5.2.1)."""

    source: Node
    criteria: Node
    item: str = "$this"

    def __post_init__(self) -> None:
        assert self.criteria.type.may_be(BOOLEAN) or self.criteria.type.empty

    @cached_property
    def type(self) -> Type:
        return self.source.type


@dataclass(frozen=True)
class All(Node):
    """Whether the criteria are true of every item; true for none (N1 5.1.3)."""

    source: Node
    criteria: Node
    item: str = "$this"

    def __post_init__(self) -> None:
        assert self.criteria.type.may_be(BOOLEAN) or self.criteria.type.empty

    @cached_property
    def type(self) -> Type:
        return one(BOOLEAN)


@dataclass(frozen=True)
class Select(Node):
    """The projection of each item, put one after the other (N1 5.2.2)."""

    source: Node
    projection: Node
    item: str = "$this"

    @cached_property
    def type(self) -> Type:
        many = self.source.type.many or self.projection.type.many
        ordered = self.source.type.ordered and self.projection.type.ordered
        return Type(self.projection.type.names, many, ordered)


@dataclass(frozen=True)
class Repeat(Node):
    """The projection of each item, of each new result, and so on, equal items once (N1 5.2.3).

    `projection` is typed for all it can be applied to.
    """

    source: Node
    projection: Node
    item: str = "$this"

    @cached_property
    def type(self) -> Type:
        return Type(self.projection.type.names, True, self.source.type.ordered)


@dataclass(frozen=True)
class Aggregate(Node):
    """`$total` starts as `initial` and becomes the step's value for each item in turn (N1 7.1)."""

    source: Node
    step: Node
    initial: Node
    item: str = "$this"

    @cached_property
    def type(self) -> Type:
        return self.step.type | self.initial.type


@dataclass(frozen=True)
class SortKey(Node):
    """One key of a sort; items without a value come first, whichever the direction."""

    expression: Node
    descending: bool = False

    @cached_property
    def type(self) -> Type:
        return self.expression.type


@dataclass(frozen=True)
class Sort(Node):
    """The items by their keys, equal ones in the order they had."""

    source: Node
    keys: tuple[SortKey, ...]
    item: str = "$this"

    def __post_init__(self) -> None:
        assert self.keys, "a sort has a key"

    @cached_property
    def type(self) -> Type:
        return Type(self.source.type.names, self.source.type.many)


@dataclass(frozen=True)
class Let(Node):
    """The body, with a name bound to a whole collection (not item by item; `$index` stays as it is)."""

    name: str
    value: Node
    body: Node

    @cached_property
    def type(self) -> Type:
        return self.body.type


@dataclass(frozen=True)
class If(Node):
    """`then` when the condition is true, `otherwise` when it is false or empty; the other is not evaluated (N1 5.5.1)."""

    condition: Node
    then: Node
    otherwise: Node

    def __post_init__(self) -> None:
        assert self.condition.type.may_be(BOOLEAN) or self.condition.type.empty

    @cached_property
    def type(self) -> Type:
        return self.then.type | self.otherwise.type


@dataclass(frozen=True)
class Trace(Node):
    """The source, unchanged; a projection of it is handed to the environment's trace (N1 5.9.1)."""

    source: Node
    label: str
    projection: Node | None = None
    item: str = "$this"

    @cached_property
    def type(self) -> Type:
        return self.source.type


@dataclass(frozen=True)
class Is(Node):
    """Whether the item is of the type or of one derived from it; an error for several items (N1 6.3.1)."""

    source: Node
    name: TypeName

    @cached_property
    def type(self) -> Type:
        return one(BOOLEAN)


@dataclass(frozen=True)
class OfType(Node):
    """The items of the type (N1 5.2.4). Primitives match exactly, other types also when derived from it."""

    source: Node
    name: TypeName

    @cached_property
    def type(self) -> Type:
        return self.source.type.of(self.name)


@dataclass(frozen=True)
class As(Node):
    """The item when it is of the type, matched as `OfType` matches; an error for several items (N1 6.3.3)."""

    source: Node
    name: TypeName

    @cached_property
    def type(self) -> Type:
        return one(self.name)


@dataclass(frozen=True)
class AsSystem(Node):
    """Implicit conversion: FHIR primitives and quantities become their System values, other items stay as they are."""

    source: Node

    @cached_property
    def type(self) -> Type:
        given = self.source.type
        names = (SYSTEM_OF.get(n.name, n) if n.namespace == "FHIR" else n for n in given.names)
        return Type(frozenset(names), given.many, given.ordered)


# Promotions the standard makes without being asked (N1 10, "Conversion").
PROMOTIONS: dict[TypeName, tuple[TypeName, ...]] = {
    INTEGER: (LONG, DECIMAL, QUANTITY),
    LONG: (DECIMAL, QUANTITY),
    DECIMAL: (QUANTITY,),
    DATE: (DATETIME,),
}


@dataclass(frozen=True)
class Promote(Node):
    """Implicit conversion of a System value to a wider type (`PROMOTIONS`)."""

    source: Node
    to: TypeName

    def __post_init__(self) -> None:
        for name in self.source.type.names:
            assert self.to in PROMOTIONS.get(name, ()), f"{name} is not promoted to {self.to}"

    @cached_property
    def type(self) -> Type:
        return self.source.type.of(self.to)


@dataclass(frozen=True)
class To(Node):
    """Explicit conversion (N1 5.5); empty when the item has no such form. Only `toQuantity` takes a unit."""

    source: Node
    to: TypeName
    unit: Node | None = None

    def __post_init__(self) -> None:
        assert self.unit is None or self.to == QUANTITY

    @cached_property
    def type(self) -> Type:
        return one(self.to)


@dataclass(frozen=True)
class ConvertsTo(Node):
    """Whether `To` with the same arguments would give a value; empty for an empty source."""

    source: Node
    to: TypeName
    unit: Node | None = None

    def __post_init__(self) -> None:
        assert self.unit is None or self.to == QUANTITY

    @cached_property
    def type(self) -> Type:
        return one(BOOLEAN)
