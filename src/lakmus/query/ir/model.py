"""What the language asks of a data model, and FHIR R4's answer from the generated tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from lakmus.core.errors import NotFoundError
from lakmus.fhir import definitions
from lakmus.fhir.generated.structures import KINDS, STRUCTURES
from lakmus.query.ir.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    QUANTITY,
    STRING,
    TIME,
    TypeName,
)


@dataclass(frozen=True, slots=True)
class Element:
    """One typed form of an element: `Observation.value` has the form (`valueQuantity`, FHIR.Quantity)."""

    name: str  # in paths: `value`
    json_name: str  # in JSON and as column: `valueQuantity`
    type: TypeName  # of its items; nested structures by path: FHIR.Patient.contact
    many: bool
    choice: bool = False


class Model(Protocol):
    """A data model. Structures and types are named without namespace."""

    name: str

    def elements(self, structure: str) -> dict[str, tuple[Element, ...]]:
        """By name in paths, the typed forms of every element; empty for a type that has none."""
        ...

    def has_type(self, name: str) -> bool: ...

    def is_resource(self, name: str) -> bool: ...

    def base(self, name: str) -> str | None:
        """The type it specialises; None at the root."""
        ...

    def type_names(self) -> tuple[str, ...]:
        """All type names, for suggestions."""
        ...


# FHIR R4 primitives and the System types they convert to without being asked (fhirpath.html#types).
SYSTEM_OF: dict[str, TypeName] = {
    "boolean": BOOLEAN,
    **dict.fromkeys(("string", "uri", "code", "oid", "id", "uuid", "markdown", "base64Binary"), STRING),
    **dict.fromkeys(("canonical", "url", "xhtml"), STRING),
    **dict.fromkeys(("integer", "unsignedInt", "positiveInt"), INTEGER),
    "decimal": DECIMAL,
    "date": DATE,
    **dict.fromkeys(("dateTime", "instant"), DATETIME),
    "time": TIME,
    **dict.fromkeys(("Quantity", "Age", "Count", "Distance", "Duration"), QUANTITY),
}

# Specialisations that are not `Element` directly (R4 datatypes.html, type hierarchy).
_BASES: dict[str, str | None] = {
    **dict.fromkeys(("code", "id", "markdown"), "string"),
    **dict.fromkeys(("url", "canonical", "uuid", "oid"), "uri"),
    **dict.fromkeys(("positiveInt", "unsignedInt"), "integer"),
    **dict.fromkeys(("Age", "Count", "Distance", "Duration"), "Quantity"),
    **dict.fromkeys(("Bundle", "Binary", "Parameters", "DomainResource"), "Resource"),
    **dict.fromkeys(("Timing", "Dosage", "ElementDefinition"), "BackboneElement"),
    **dict.fromkeys(
        ("Population", "ProductShelfLife", "ProdCharacteristic", "MarketingStatus", "SubstanceAmount"),
        "BackboneElement",
    ),
    "Resource": None,
    "Element": None,
    "BackboneElement": "Element",
}
_CHILDREN_OF_PRIMITIVES: dict[str, tuple[Element, ...]] = {
    "id": (Element("id", "id", TypeName("FHIR", "string"), False),),
    "extension": (Element("extension", "extension", TypeName("FHIR", "Extension"), True),),
}


class FhirR4:
    """FHIR R4 as a model of the language."""

    name = "FHIR"

    def elements(self, structure: str) -> dict[str, tuple[Element, ...]]:
        return _elements(structure)

    def has_type(self, name: str) -> bool:
        return name in KINDS or name in STRUCTURES

    def is_resource(self, name: str) -> bool:
        return "resource" in KINDS.get(name, "")

    def base(self, name: str) -> str | None:
        if name in _BASES:
            return _BASES[name]
        if "." in name:
            return "BackboneElement"
        return "DomainResource" if self.is_resource(name) else "Element"

    def type_names(self) -> tuple[str, ...]:
        return tuple(KINDS)


@cache
def _elements(structure: str) -> dict[str, tuple[Element, ...]]:
    if definitions.is_primitive(structure):
        return _CHILDREN_OF_PRIMITIVES
    try:
        found = definitions.elements(structure).values()
    except NotFoundError:
        return {}
    forms: dict[str, tuple[Element, ...]] = {}
    for element in found:
        name = element.name.removesuffix("[x]")
        typed = TypeName("FHIR", element.structure or element.type)
        forms[name] = (
            *forms.get(name, ()),
            Element(name, element.json_name, typed, element.many, element.choice),
        )
    return forms


def specialises(model: Model, name: str, base: str) -> bool:
    """Whether a type is another one or derived from it."""
    current: str | None = name
    while current is not None:
        if current == base:
            return True
        current = model.base(current)
    return False
