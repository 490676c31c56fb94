"""Conversions between the types of the System model (CQL 1.5, appendix B, "Type Operators").

What has no value of the other type is null. Each `ToX` has its `ConvertsToX`, which takes values of all types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm.arithmetic import divide
from lakmus.query.engines.reference.elm.literals import (
    parse_datetime,
    parse_decimal,
    parse_quantity,
    parse_time,
    written,
)
from lakmus.query.engines.reference.elm.numbers import integer, long
from lakmus.query.engines.reference.elm.rows import Call, row
from lakmus.query.engines.reference.elm.units import in_unit
from lakmus.query.ir.elm.values import Code, Concept, Date, DateTime, Ratio, Time, Uncertainty

_TRUE = frozenset(("true", "t", "yes", "y", "1"))
_FALSE = frozenset(("false", "f", "no", "n", "0"))
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_ZONE = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})$")
_WRITABLE = (str, bool, int, Decimal, Quantity, Ratio, Date, DateTime, Time)


@row("ToBoolean")
def to_boolean(call: Call, value: Any) -> bool | None:
    if isinstance(value, str):
        word = value.lower()
        return True if word in _TRUE else False if word in _FALSE else None
    if isinstance(value, int | Decimal):
        return bool(value) if value in (0, 1) else None
    return None


@row("ToInteger")
def to_integer(call: Call, value: Any) -> Any:
    if isinstance(value, Uncertainty):
        return value
    found = _whole(value)
    return None if found is None else integer(found)


@row("ToLong")
def to_long(call: Call, value: Any) -> Any:
    if isinstance(value, Uncertainty):
        return value
    found = _whole(value)
    return None if found is None else long(found)


def _whole(value: Any) -> int | None:
    if isinstance(value, str):
        return int(value) if _WHOLE.fullmatch(value) else None
    return int(value) if isinstance(value, int) else None


@row("ToDecimal")
def to_decimal(call: Call, value: Any) -> Any:
    """An uncertain integer stays what it is: it is compared with decimals as it is with integers."""
    if isinstance(value, Uncertainty | Decimal):
        return value
    if isinstance(value, str):
        return parse_decimal(value)
    return Decimal(int(value)) if isinstance(value, int) else None


@row("ToString")
def to_string(call: Call, value: Any) -> str | None:
    """A DateTime is written without a zone when it has that of the evaluation."""
    return written(value, call.context.now.offset) if isinstance(value, _WRITABLE) else None


@row("ToDate")
def to_date(call: Call, value: Any) -> Date | None:
    """The time of day is left out."""
    if isinstance(value, str):
        value = parse_datetime(value, 0)
    return Date(value.parts[:3]) if isinstance(value, Date | DateTime) else None


@row("ToDateTime")
def to_datetime(call: Call, value: Any) -> DateTime | None:
    if isinstance(value, str):
        return parse_datetime(value, call.context.now.offset)
    if isinstance(value, Date):
        return DateTime(value.parts, call.context.now.offset)
    return value if isinstance(value, DateTime) else None


@row("ToTime")
def to_time(call: Call, value: Any) -> Time | None:
    """A time of day has no zone: one that is written is left out."""
    if isinstance(value, str):
        return parse_time(_ZONE.sub("", value))
    return value if isinstance(value, Time) else None


@row("ToQuantity")
def to_quantity(call: Call, value: Any) -> Any:
    match value:
        case str():
            return parse_quantity(value)
        case Ratio(Quantity() as numerator, Quantity() as denominator):
            return divide(call, numerator, denominator)
        case Quantity():
            return value
        case Decimal() | int() if not isinstance(value, bool):
            return Quantity(Decimal(value))
    return None


@row("ToRatio")
def to_ratio(call: Call, value: Any) -> Ratio | None:
    if not isinstance(value, str):
        return value if isinstance(value, Ratio) else None
    sides = [parse_quantity(side.strip()) for side in value.split(":")]
    if len(sides) != 2 or None in sides:
        return None
    return Ratio(*sides)


@row("ToConcept")
def _to_concept(call: Call, value: Code | Concept | list[Code | None]) -> Concept:
    """Of one code, with its display; of several, without."""
    if isinstance(value, Concept):
        return value
    if isinstance(value, Code):
        return Concept((value,), value.display)
    return Concept(tuple(code for code in value if code is not None))


@row("ToList", nulls=True)
def _to_list(call: Call, value: Any) -> list[Any]:
    return [] if value is None else [value]


@row("ConvertQuantity")
def _convert_quantity(call: Call, quantity: Quantity, unit: str) -> Quantity | None:
    value = in_unit(call, quantity, unit)
    return None if value is None else Quantity(value, unit)


@row("CanConvertQuantity")
def _can_convert_quantity(call: Call, quantity: Quantity, unit: str) -> bool:
    return in_unit(call, quantity, unit) is not None


def _test(convert: Callable[[Call, Any], Any]) -> Callable[[Call, Any], bool]:
    return lambda call, value: convert(call, value) is not None


for _type, _convert in {
    "Boolean": to_boolean,
    "Integer": to_integer,
    "Long": to_long,
    "Decimal": to_decimal,
    "String": to_string,
    "Date": to_date,
    "DateTime": to_datetime,
    "Time": to_time,
    "Quantity": to_quantity,
    "Ratio": to_ratio,
}.items():
    row(f"ConvertsTo{_type}")(_test(_convert))
