"""What SQL on FHIR v2 adds for views (StructureDefinition-ViewDefinition, "Required additional functions")."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath import syntax
from lakmus.query.frontends.fhirpath.catalogue import function, operation
from lakmus.query.frontends.fhirpath.invocation import Invocation
from lakmus.query.ir.node import Node
from lakmus.query.ir.operations import ReferenceKey, ResourceKey
from lakmus.query.ir.structure import Literal
from lakmus.query.ir.types import STRING

operation("getResourceKey", "SQL on FHIR", ResourceKey)


@function("getReferenceKey", "SQL on FHIR", "type?")
def reference_key(call: Invocation) -> Node:
    """The key of the resource a reference names."""
    arguments = call.call.arguments
    if not arguments:
        return ReferenceKey(call.source, place=call.place)
    wanted = arguments[0]
    name = wanted.name if isinstance(wanted, syntax.Name) else str(getattr(wanted, "value", ""))
    return ReferenceKey(call.source, Literal(name, STRING), place=call.place)
