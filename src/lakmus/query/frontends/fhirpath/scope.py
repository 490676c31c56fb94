"""What an expression is checked under: how exacting the check is, and which names are visible."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lakmus.query.ir.types import INTEGER, Type, one

# N1 9 "Environment variables" and R4 fhirpath.html#variables.
CONSTANTS = {
    "ucum": "http://unitsofmeasure.org",
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
}
PREFIXES = {
    "vs-": "http://hl7.org/fhir/ValueSet/",
    "ext-": "http://hl7.org/fhir/StructureDefinition/",
}
GIVEN = ("context", "resource", "rootResource")


@dataclass(frozen=True)
class Options:
    """How exacting the check is.

    `strict`: an element the model does not know, or a criterion that is surely no Boolean, is an error; otherwise the
    element has no value and the criterion is judged by singleton evaluation. `ordered`: functions that depend on order
    are refused on collections that have none (N1 5.3, "order").
    """

    strict: bool = True
    ordered: bool = False


@dataclass(frozen=True)
class Scope:
    """The names an expression sees, with their types."""

    names: Mapping[str, Type]

    def bind(self, name: str, type_: Type) -> Scope:
        return Scope({**self.names, name: type_})

    def each(self, type_: Type) -> Scope:
        """Within a function that goes item by item."""
        return self.bind("$this", type_.one()).bind("$index", one(INTEGER))


def suggestion(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), 1, 0.6)
    return f"did you mean {near[0]}?" if near else ""
