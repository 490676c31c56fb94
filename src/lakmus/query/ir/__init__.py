"""The one small tree between languages and engines: frozen, typed, checked at construction.

Every node evaluates to an ordered collection (N1 4). `node.type` says what its items are and whether there may be
several. All checking of names and all implicit conversions happen in the front end: engines trust the tree.

    structure   nodes that read, navigate or bind names: Literal, Variable, Member, Where, Select, ...
    operations  operations on evaluated operands, by chapter of the standard: Upper, Add, Equal, ...

*Adding an operation*: one class of three lines in `operations`, one row in each engine, one spec test. FHIRPath
calls "N1" the normative release 2.0.0 throughout.
"""

from lakmus.query.ir import operations, structure
from lakmus.query.ir.model import SYSTEM_OF, Element, FhirR4, Model, specialises
from lakmus.query.ir.node import Node, Operation
from lakmus.query.ir.types import NOTHING, UNKNOWN, Type, TypeName, one, several

__all__ = [
    "NOTHING",
    "SYSTEM_OF",
    "UNKNOWN",
    "Element",
    "FhirR4",
    "Model",
    "Node",
    "Operation",
    "Type",
    "TypeName",
    "one",
    "operations",
    "several",
    "specialises",
    "structure",
]
