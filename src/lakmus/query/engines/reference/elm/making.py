"""Instances that CQL makes (`FHIR.Coding { code: … }`): values of elements written as FHIR JSON, to be read as any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from lakmus.core.errors import InputError, NotFoundError
from lakmus.core.quantities import UCUM, Quantity
from lakmus.query.engines.reference.elm.fhir_values import CALENDAR, conversion_of
from lakmus.query.engines.reference.elm.items import PRIMITIVES
from lakmus.query.ir.elm.types import DATETIME, Named
from lakmus.query.ir.elm.values import (
    Code,
    Concept,
    Date,
    DateTime,
    Instance,
    Interval,
    Ratio,
    Time,
    ValueSet,
)
from lakmus.query.ir.model import Element as Form
from lakmus.query.ir.model import FhirR4, specialises
from lakmus.query.models.model import ClassInfo, Member, Model

_FHIR = FhirR4()
_UCUM_OF = {word: code for code, word in CALENDAR.items()}
# Of several forms of one System type, the one of which the others are special cases.
_USUAL = ("string", "Quantity", "dateTime", "integer")


def make_instance(model: Model, type_: Named, elements: Mapping[str, Any]) -> Instance:
    """An instance of a class with these elements; those that are null are not there."""
    info = model.class_of(type_)
    if info is None:
        raise NotFoundError(f"{type_} is no class of {model.name}")
    given = {name: value for name, value in elements.items() if value is not None}
    if info.structure in PRIMITIVES:
        content = given.pop("value", None)
        return Instance(
            type_, None if content is None else to_json(content), "", _content(info, model, given) or None
        )
    kind = {"resourceType": info.structure} if _FHIR.is_resource(info.structure) else {}
    return Instance(type_, kind | _content(info, model, given))


def _content(info: ClassInfo, model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for name, value in given.items():
        form = _form(_forms(info, model, name), value, model)
        values = value if isinstance(value, list) else [value]
        beside = [each.beside if isinstance(each, Instance) else None for each in values]
        written = [None if each is None else to_json(each) for each in values]
        for key, found in ((form.json_name, written), (f"_{form.json_name}", beside)):
            if any(each is not None for each in found):
                content[key] = found if form.many else found[0]
    return content


def _forms(info: ClassInfo, model: Model, name: str) -> tuple[Form, ...]:
    """The forms of the element in FHIR; what stands in an extension or a slice only is not written."""
    element = model.element(info.type, name)
    if element is None:
        raise NotFoundError(f"{info.type} has no element `{name}`")
    steps = element.path[-1].steps
    names = [step.name for step in steps if isinstance(step, Member)]
    if len(names) < len(steps) or names[1:] not in ([], ["value"]):
        raise InputError(f"`{name}` of {info.type} cannot be given a value", hint="make its extension")
    return _FHIR.elements(info.structure).get(names[0], ())


def _form(forms: tuple[Form, ...], value: Any, model: Model) -> Form:
    """The form that a value is written in: by its class, or as the System type that it would be read as."""
    if len(forms) == 1:
        return forms[0]
    one = value[0] if isinstance(value, list) and value else value
    fitting = [form for form in forms if _fits(form, one, model)]
    usual = [form for form in fitting if form.type.name in _USUAL]
    if not fitting:
        raise InputError("the element has no form for this value")
    return (usual or fitting)[0]


def _fits(form: Form, value: Any, model: Model) -> bool:
    if not isinstance(value, Instance):
        return conversion_of(form.type.name) == _read_by(value)
    info = model.class_of(value.type)
    return info is not None and specialises(_FHIR, info.structure, form.type.name)


def _read_by(value: Any) -> str:
    """The conversion that reads a System value: `FHIR.ToInterval`."""
    if isinstance(value, bool):
        return "FHIR.ToBoolean"
    names = {int: "Integer", str: "String"}
    return f"FHIR.To{names.get(type(value), type(value).__name__)}"


def to_json(value: Any) -> Any:
    """A System value or an instance as FHIR JSON."""
    if isinstance(value, Instance):
        return value.content
    if isinstance(value, list):
        return [to_json(each) for each in value]
    write = _WRITERS.get(type(value))
    if write is None:
        raise InputError("FHIR has no form for this value")
    return write(value)


def _without_nulls(**elements: Any) -> dict[str, Any]:
    return {name: to_json(value) for name, value in elements.items() if value is not None}


def _quantity(value: Quantity) -> dict[str, Any]:
    code = _UCUM_OF.get(value.unit.removesuffix("s"), value.unit)
    return {"value": value.value, "unit": value.unit, "system": UCUM, "code": code}


def _code(value: Code) -> dict[str, Any]:
    return _without_nulls(system=value.system, version=value.version, code=value.code, display=value.display)


def _concept(value: Concept) -> dict[str, Any]:
    return _without_nulls(coding=list(value.codes) or None, text=value.display)


def _interval(value: Interval) -> dict[str, Any]:
    """A Period and a Range have both their ends, or do not say one."""
    if (value.low is not None and not value.low_closed) or (value.high is not None and not value.high_closed):
        raise InputError(
            "an interval that is open at a bound has no form in FHIR",
            hint="close it: Interval[start of x, end of x]",
        )
    if value.point == DATETIME:
        return _without_nulls(start=value.low, end=value.high)
    return _without_nulls(low=value.low, high=value.high)


def _date(value: Date) -> str:
    year, *rest = value.parts
    return "-".join((f"{year:04}", *(f"{part:02}" for part in rest)))


def _clock(parts: tuple[int, ...]) -> str:
    whole = ":".join(f"{part:02}" for part in parts[:3])
    return f"{whole}.{parts[3]:03}" if len(parts) > 3 else whole


def _datetime(value: DateTime) -> str:
    day = _date(Date(value.parts[:3]))
    if len(value.parts) < 4:
        return day
    hours, minutes = divmod(abs(value.offset), 60)
    return f"{day}T{_clock(value.parts[3:])}{'-' if value.offset < 0 else '+'}{hours:02}:{minutes:02}"


_WRITERS: dict[type, Callable[[Any], Any]] = {
    **dict.fromkeys((bool, int, str, Decimal), lambda value: value),
    Quantity: _quantity,
    Ratio: lambda value: _without_nulls(numerator=value.numerator, denominator=value.denominator),
    Code: _code,
    Concept: _concept,
    Interval: _interval,
    ValueSet: lambda value: value.id,
    Date: _date,
    DateTime: _datetime,
    Time: lambda value: _clock(value.parts),
}
