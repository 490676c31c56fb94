"""The items of collections: a value, its type, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lakmus.core.dates import PartialDateTime, PartialTime, parse_datetime_literal, parse_time_literal
from lakmus.core.errors import InputError, Place
from lakmus.core.quantities import UCUM, Quantity
from lakmus.query.ir.model import SYSTEM_OF
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


@dataclass(frozen=True)
class Value:
    """One item.

    Of a System type, `value` is a Python scalar or a class of `lakmus.core`; of a FHIR type it is the JSON of the
    element, and None for a primitive that has only extensions. `beside` is the JSON of a primitive's `_element`.
    `path` is where in the record it stands (`Patient.name[0].given[1]`), "" for what was computed.
    """

    value: Any
    type: TypeName
    path: str = ""
    beside: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def is_system(self) -> bool:
        return self.type.namespace == "System"


Collection = list[Value]

_TYPES: dict[type, TypeName] = {
    bool: BOOLEAN,
    int: INTEGER,
    str: STRING,
    Decimal: DECIMAL,
    Quantity: QUANTITY,
    PartialTime: TIME,
}


def value_of(scalar: Any) -> Value:
    """A computed scalar as an item; moments with a date have to say which type they are."""
    return Value(scalar, _TYPES[type(scalar)])


def collected(scalar: Any) -> Collection:
    """A computed scalar as a collection; None is the empty one."""
    if scalar is None:
        return []
    return [scalar if isinstance(scalar, Value) else value_of(scalar)]


def as_system(item: Value) -> Value | None:
    """FHIR primitives and quantities as System values, others as they are; None when there is no value."""
    if item.is_system or item.type.name not in SYSTEM_OF:
        return item
    if item.value is None:
        return None
    to = SYSTEM_OF[item.type.name]
    if not isinstance(item.value, _HELD[to]) or (isinstance(item.value, bool) and to != BOOLEAN):
        raise _misfit(item)
    if to == QUANTITY:
        return _quantity(item)
    return Value(_scalar(item, to), to, item.path)


# What JSON holds for FHIR elements of these System types; a float when the digits were not kept.
_HELD: dict[TypeName, tuple[type, ...]] = {
    BOOLEAN: (bool,),
    STRING: (str,),
    INTEGER: (int,),
    DECIMAL: (Decimal, int, float),
    **dict.fromkeys((DATE, DATETIME, TIME), (str,)),
    QUANTITY: (Mapping,),
}


def _misfit(item: Value) -> InputError:
    return InputError("the record is not valid FHIR", place=Place(path=item.path), hint="validate it first")


def _scalar(item: Value, to: TypeName) -> Any:
    raw = item.value
    if to == DECIMAL:
        return _decimal(raw, item)
    if to in (DATE, DATETIME):
        return parse_datetime_literal(raw, Place(path=item.path))
    return parse_time_literal(raw, Place(path=item.path)) if to == TIME else raw


def _decimal(raw: Any, item: Value) -> Decimal:
    """With the digits that were sent; what no later step could reckon with is refused."""
    if not isinstance(raw, Decimal | int | float) or isinstance(raw, bool):
        raise _misfit(item)
    number = raw if isinstance(raw, Decimal) else Decimal(str(raw))
    if not number.is_finite() or abs(number.adjusted()) > 60 or len(number.as_tuple().digits) > 60:
        raise InputError("a number with more than 60 digits", place=Place(path=item.path))
    return number


# R4 fhirpath.html#quantity: UCUM codes that stand for calendar durations.
_CALENDAR_OF_UCUM = {
    "a": "year", "mo": "month", "d": "day", "h": "hour", "min": "minute", "s": "second",
}  # fmt: skip


def _quantity(item: Value) -> Value:
    """With a comparator, or without a number, it is no System quantity and stays what it is."""
    content = item.value
    if content.get("comparator") or content.get("value") is None:
        return item
    number = _decimal(content["value"], item)
    return Value(Quantity(number, _unit(content)), QUANTITY, item.path)


def _unit(content: Mapping[str, Any]) -> str:
    code = content.get("code")
    if code and content.get("system") == UCUM:
        return _CALENDAR_OF_UCUM.get(code, str(code))
    return str(code or content.get("unit") or "1")


def system_values(items: Collection) -> Collection:
    """All of them as System values where there are such."""
    return [found for item in items if (found := as_system(item)) is not None]


def only(items: Collection, what: str) -> Value | None:
    """The one item; None for none, InputError for several (N1 4.5)."""
    if len(items) > 1:
        raise InputError(
            f"{what} has {len(items)} items where one is wanted", hint="choose one with where() or first()"
        )
    return items[0] if items else None


def is_moment(item: Value) -> bool:
    return isinstance(item.value, PartialDateTime | PartialTime)
