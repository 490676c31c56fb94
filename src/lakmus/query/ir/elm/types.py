"""The types of CQL 1.5 (author's guide, "Types"; developer's guide, "Type System").

>>> str(ListType(IntervalType(INTEGER)))
'List<Interval<Integer>>'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lakmus.core.errors import InputError


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """A simple type or class of a model: `System.Integer`, `FHIR.Patient`, `FHIR.Patient.Contact`."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return self.name if self.namespace == "System" else f"{self.namespace}.{self.name}"


@dataclass(frozen=True, slots=True)
class ListType:
    item: CqlType

    def __str__(self) -> str:
        return f"List<{self.item}>"


@dataclass(frozen=True, slots=True)
class IntervalType:
    point: CqlType

    def __str__(self) -> str:
        return f"Interval<{self.point}>"


@dataclass(frozen=True, slots=True)
class TupleType:
    """Elements in the order of their names: the order they are written in does not make another type."""

    elements: tuple[tuple[str, CqlType], ...]

    def __post_init__(self) -> None:
        assert list(self.elements) == sorted(self.elements, key=lambda e: e[0])

    def element(self, name: str) -> CqlType | None:
        return dict(self.elements).get(name)

    def __str__(self) -> str:
        return "Tuple{" + ", ".join(f"{name} {type_}" for name, type_ in self.elements) + "}"


@dataclass(frozen=True, slots=True)
class ChoiceType:
    """One of several types; never of one, never nested (`choice` makes them)."""

    types: tuple[CqlType, ...]

    def __post_init__(self) -> None:
        assert len(set(self.types)) > 1
        assert not any(isinstance(t, ChoiceType) for t in self.types)

    def __str__(self) -> str:
        return f"Choice<{', '.join(map(str, self.types))}>"


@dataclass(frozen=True, slots=True)
class TypeParameter:
    """`T` in the signature of a generic operator; never the type of a node."""

    name: str

    def __str__(self) -> str:
        return self.name


CqlType = Named | ListType | IntervalType | TupleType | ChoiceType | TypeParameter


def _system(name: str) -> Named:
    return Named("System", name)


ANY = _system("Any")
BOOLEAN = _system("Boolean")
INTEGER = _system("Integer")
LONG = _system("Long")
DECIMAL = _system("Decimal")
STRING = _system("String")
DATE = _system("Date")
DATETIME = _system("DateTime")
TIME = _system("Time")
QUANTITY = _system("Quantity")
RATIO = _system("Ratio")
CODE = _system("Code")
CONCEPT = _system("Concept")
VOCABULARY = _system("Vocabulary")
CODE_SYSTEM = _system("CodeSystem")
VALUE_SET = _system("ValueSet")

# The class types of the System model and their elements (system-modelinfo.xml).
SYSTEM_CLASSES: dict[Named, dict[str, CqlType]] = {
    QUANTITY: {"value": DECIMAL, "unit": STRING},
    RATIO: {"numerator": QUANTITY, "denominator": QUANTITY},
    CODE: {"code": STRING, "system": STRING, "version": STRING, "display": STRING},
    CONCEPT: {"codes": ListType(CODE), "display": STRING},
    VOCABULARY: {"id": STRING, "version": STRING, "name": STRING},
    CODE_SYSTEM: {"id": STRING, "version": STRING, "name": STRING},
    VALUE_SET: {"id": STRING, "version": STRING, "name": STRING, "codesystems": ListType(CODE_SYSTEM)},
}
SYSTEM_TYPES = {
    t.name: t
    for t in (ANY, BOOLEAN, INTEGER, LONG, DECIMAL, STRING, DATE, DATETIME, TIME, *SYSTEM_CLASSES)
}  # fmt: skip


def tuple_of(elements: Iterable[tuple[str, CqlType]]) -> TupleType:
    """A tuple type, whatever order its elements come in; InputError when one is named twice."""
    ordered = tuple(sorted(elements, key=lambda e: e[0]))
    if len({name for name, _ in ordered}) < len(ordered):
        raise InputError("an element of the tuple is named twice")
    return TupleType(ordered)


def choice(types: Iterable[CqlType]) -> CqlType:
    """The choice between types: nested choices are laid flat, equal ones are one; `Any` swallows all."""
    flat: dict[CqlType, None] = {}
    for type_ in types:
        flat |= dict.fromkeys(type_.types if isinstance(type_, ChoiceType) else (type_,))
    if ANY in flat:
        return ANY
    return next(iter(flat)) if len(flat) == 1 else ChoiceType(tuple(sorted(flat, key=str)))
