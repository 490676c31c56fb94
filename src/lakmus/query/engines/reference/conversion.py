"""N1 5.5 Conversion: one item to a System type, None when it has no such form."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lakmus.core.dates import PartialDateTime, parse_date, parse_datetime_literal, parse_time_literal
from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity, plain
from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.values import Value, as_system
from lakmus.query.ir.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    TIME,
    TypeName,
)

_TRUE = frozenset(("true", "t", "yes", "y", "1", "1.0"))
_FALSE = frozenset(("false", "f", "no", "n", "0", "0.0"))
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,60}(\.[0-9]{1,60})?")
_CALENDAR = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
_QUANTITY = re.compile(
    r"(?P<value>[+-]?[0-9]{1,60}(?:\.[0-9]{1,60})?)(?:\s*'(?P<unit>[^']{1,200})'|\s+(?P<time>[a-z]{1,20}))?"
)


def convert(item: Value, to: TypeName, unit: str | None, environment: Environment) -> Value | None:
    """The item as a System type; for a quantity, in a unit when one is given."""
    given = as_system(item)
    if given is None or not given.is_system:
        return None
    found = given.value if given.type == to else _CONVERSIONS[to](given.value)
    if found is not None and unit is not None:
        found = _in_unit(found, unit, environment)
    return None if found is None else Value(found, to, item.path)


def _in_unit(quantity: Quantity, unit: str, environment: Environment) -> Quantity | None:
    converted = environment.units.convert(quantity.value, quantity.unit, unit)
    return None if converted is None else Quantity(converted, unit)


def to_boolean(value: Any) -> bool | None:
    if isinstance(value, str):
        word = value.lower()
        return True if word in _TRUE else False if word in _FALSE else None
    if isinstance(value, int | Decimal):
        return bool(value) if value in (0, 1) else None
    return None


def to_integer(value: Any) -> int | None:
    return _whole(value, 2**31)


def to_long(value: Any) -> int | None:
    return _whole(value, 2**63)


def _whole(value: Any, limit: int) -> int | None:
    if isinstance(value, str) and not _INTEGER.fullmatch(value):
        return None
    if not isinstance(value, str | int):
        return None
    number = int(value)
    return number if -limit <= number < limit else None


def to_decimal(value: Any) -> Decimal | None:
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL.fullmatch(value) else None
    return Decimal(value) if isinstance(value, int | Decimal) else None


def to_date(value: Any) -> PartialDateTime | None:
    if isinstance(value, PartialDateTime):
        return parse_date(value.text.partition("T")[0])
    found: PartialDateTime | None = _read(parse_date, value)
    return found


def to_datetime(value: Any) -> PartialDateTime | None:
    if isinstance(value, PartialDateTime):
        return value
    found: PartialDateTime | None = _read(parse_datetime_literal, value)
    return None if found is None or found.text.endswith("T") else found


def to_time(value: Any) -> Any:
    return _read(parse_time_literal, value)


def _read(parse: Callable[[str], Any], value: Any) -> Any:
    if not isinstance(value, str):
        return None
    try:
        return parse(value)
    except InputError:
        return None


def to_string(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Quantity):
        return _written(value)
    if isinstance(value, dict):
        return None
    return str(value).removesuffix("T") if isinstance(value, PartialDateTime) else str(value)


def _written(quantity: Quantity) -> str:
    if quantity.unit not in _CALENDAR:
        return str(quantity)
    plural = "" if quantity.value == 1 else "s"
    return f"{plain(quantity.value)} {quantity.unit}{plural}"


def to_quantity(value: Any) -> Quantity | None:
    if isinstance(value, str):
        return _parsed(value)
    return Quantity(Decimal(value)) if isinstance(value, int | Decimal) else None


def _parsed(text: str) -> Quantity | None:
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    word = (found["time"] or "").removesuffix("s")
    if found["time"] and word not in _CALENDAR:
        return None
    return Quantity(Decimal(found["value"]), found["unit"] or word or "1")


_CONVERSIONS: dict[TypeName, Callable[[Any], Any]] = {
    BOOLEAN: to_boolean,
    INTEGER: to_integer,
    LONG: to_long,
    DECIMAL: to_decimal,
    DATE: to_date,
    DATETIME: to_datetime,
    TIME: to_time,
    STRING: to_string,
    QUANTITY: to_quantity,
}
