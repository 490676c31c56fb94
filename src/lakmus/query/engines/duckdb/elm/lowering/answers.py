"""What is given as an answer: values of FHIR's types as those of the System model, where there is a conversion.

Before: `Patient.birthDate`, a FHIR.date
After:  the same as a Date
"""

from __future__ import annotations

from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import CqlType, ListType
from lakmus.query.models.conversions import IMPLICIT

_CONVERSIONS: dict[CqlType, tuple[CqlType, str]] = {
    source: (target, name) for (source, target), name in reversed(IMPLICIT.items())
}


def answered(node: elm.Elm) -> elm.Elm:
    """The value in the form it is given in."""
    type_ = node.type
    if type_ in _CONVERSIONS:
        target, name = _CONVERSIONS[type_]
        return elm.Convert(target, node, name)
    if isinstance(type_, ListType) and type_.item in _CONVERSIONS:
        item = elm.Local(type_.item, "answer")
        converted = answered(item)
        return elm.ForEach(ListType(converted.type), node, item.name, converted)
    return node
