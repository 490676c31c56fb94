"""N1 5.8 Tree navigation."""

from __future__ import annotations

from lakmus.query.frontends.fhirpath.catalogue import function
from lakmus.query.frontends.fhirpath.invocation import Invocation
from lakmus.query.ir.node import Node
from lakmus.query.ir.structure import Children, Descendants


@function("children", "5.8.1")
def children(call: Invocation) -> Node:
    """All direct child elements, in no stated order."""
    return Children(call.source, place=call.place)


@function("descendants", "5.8.2")
def descendants(call: Invocation) -> Node:
    """All child elements, theirs, and so on, in no stated order."""
    return Descendants(call.source, place=call.place)
