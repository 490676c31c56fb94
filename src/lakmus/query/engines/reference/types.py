"""N1 6.3 Types: what an item is."""

from __future__ import annotations

from lakmus.query.ir.model import Model, specialises
from lakmus.query.ir.types import ANY, TypeName


def is_of(given: TypeName, wanted: TypeName, model: Model) -> bool:
    """Whether a type is the wanted one or derived from it."""
    if wanted == ANY or given == wanted:
        return True
    return given.namespace == wanted.namespace == "FHIR" and specialises(model, given.name, wanted.name)


def matches(given: TypeName, wanted: TypeName, model: Model) -> bool:
    """As `ofType` and `as` choose: a primitive exactly (a code is no string there), other types also when derived."""
    exact = given.namespace == "FHIR" and given.name[0].islower()
    return given == wanted if exact and wanted.name[0].islower() else is_of(given, wanted, model)
