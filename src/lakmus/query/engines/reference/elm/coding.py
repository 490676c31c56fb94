"""Whether a record has one of the codes that a retrieve asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lakmus.query.engines.reference.elm.fhir_values import conversion, conversion_of
from lakmus.query.engines.reference.elm.rows import Call, Context, apply
from lakmus.query.ir.elm.types import BOOLEAN, CODE, VALUE_SET, CqlType
from lakmus.query.ir.elm.values import Code, Concept, Instance

Among = Callable[[Any], bool]


def codes_among(context: Context, type_: CqlType, wanted: Any) -> Among:
    """The test of an element's value: a value set decides by its members, a list by its codes and concepts."""
    if wanted is None:
        return lambda value: False
    if type_ == VALUE_SET:
        call = Call(context, (CODE, VALUE_SET), BOOLEAN)
        return lambda value: any(
            apply("InValueSet", call, code, wanted) is True for code in codes(context, value)
        )
    among = list(codes(context, wanted))
    return lambda value: any(_same(code, other) for code in codes(context, value) for other in among)


def codes(context: Context, value: Any) -> Iterator[Code]:
    """All codes of a value, whatever it stands in; a text is a code of no system."""
    match value:
        case list():
            for item in value:
                yield from codes(context, item)
        case Concept():
            yield from value.codes
        case Code():
            yield value
        case str():
            yield Code(value)
        case Instance():
            name = conversion_of(value.type.name)
            if name in ("FHIR.ToCode", "FHIR.ToConcept", "FHIR.ToString"):
                yield from codes(context, conversion(name)(Call(context, (value.type,), CODE), value))


def _same(code: Code, wanted: Code) -> bool:
    """Code and system; a text on either side has no system."""
    systems = code.system is None or wanted.system is None or code.system == wanted.system
    return code.code == wanted.code and systems
