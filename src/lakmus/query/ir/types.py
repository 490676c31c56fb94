"""Types of the language: what the items of a collection are, and whether there may be several.

A type is named as FHIRPath names it (N1, 11 "Type safety"): `System.Integer`, `FHIR.Patient`, and, for the nested
structures of a resource, by their path: `FHIR.Patient.contact`. A choice element has several names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal as OneOf

Namespace = OneOf["System", "FHIR"]


@dataclass(frozen=True, slots=True, order=True)
class TypeName:
    """A qualified type name."""

    namespace: Namespace
    name: str

    def __post_init__(self) -> None:
        assert self.name, "a type has a name"

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}"


# FHIRPath N1, 11.1; Code, Concept, Interval, List and Tuple come with CQL.
SYSTEM_TYPES = frozenset(
    (
        "Any",
        "Boolean",
        "String",
        "Integer",
        "Long",
        "Decimal",
        "Date",
        "DateTime",
        "Time",
        "Quantity",
        "TypeInfo",
    )
)

BOOLEAN = TypeName("System", "Boolean")
STRING = TypeName("System", "String")
INTEGER = TypeName("System", "Integer")
LONG = TypeName("System", "Long")
DECIMAL = TypeName("System", "Decimal")
DATE = TypeName("System", "Date")
DATETIME = TypeName("System", "DateTime")
TIME = TypeName("System", "Time")
QUANTITY = TypeName("System", "Quantity")
TYPE_INFO = TypeName("System", "TypeInfo")
ANY = TypeName("System", "Any")


@dataclass(frozen=True, slots=True)
class Type:
    """What is known of a collection before it is evaluated.

    `names` are the alternatives of its items: one for most, several for a choice, `{ANY}` when only the data knows
    (`descendants()`), none for the collection that is always empty. `many` says that more than one item is possible;
    `ordered` is False when the standard gives the items no order (`children()`).
    """

    names: frozenset[TypeName]
    many: bool = False
    ordered: bool = True

    @property
    def unknown(self) -> bool:
        return ANY in self.names

    @property
    def empty(self) -> bool:
        return not self.names

    @property
    def only(self) -> TypeName | None:
        """The one type all items have; None when there are alternatives or nothing is known."""
        return next(iter(self.names)) if len(self.names) == 1 and not self.unknown else None

    def is_(self, *names: TypeName) -> bool:
        """Whether every item is surely of one of these types."""
        return bool(self.names) and self.names <= set(names)

    def may_be(self, *names: TypeName) -> bool:
        """Whether an item can be of one of these types."""
        return self.unknown or ANY in names or not self.names.isdisjoint(names)

    def one(self) -> Type:
        return replace(self, many=False, ordered=True)

    def several(self) -> Type:
        return replace(self, many=True)

    def of(self, *names: TypeName) -> Type:
        """The same number of items, of other types."""
        return replace(self, names=frozenset(names))

    def __or__(self, other: Type) -> Type:
        """Items of either: ANY swallows, since nothing more is known then."""
        names = self.names | other.names
        known = frozenset({ANY}) if ANY in names else names
        return Type(known, self.many or other.many, self.ordered and other.ordered)

    def __str__(self) -> str:
        text = " or ".join(sorted(map(str, self.names))) or "nothing"
        return f"collection of {text}" if self.many else text


def one(*names: TypeName) -> Type:
    return Type(frozenset(names))


def several(*names: TypeName) -> Type:
    return Type(frozenset(names), many=True)


NOTHING = Type(frozenset())
UNKNOWN = several(ANY)
