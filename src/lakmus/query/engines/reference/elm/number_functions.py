"""Rounding, logarithms, precision and the ends of ranges (CQL 1.5, appendix B, "Arithmetic Operators")."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal
from typing import Any

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import bounds, moments
from lakmus.query.engines.reference.elm.numbers import (
    DIGITS,
    INTEGER_DIGITS,
    WORKING,
    Number,
    computed,
    decimal,
    decimals,
    digits,
    integer,
)
from lakmus.query.engines.reference.elm.rows import Call, certain, row
from lakmus.query.ir.elm.types import DECIMAL, QUANTITY
from lakmus.query.ir.elm.values import Date, DateTime, Interval, Time

Moment = Date | DateTime | Time
# How many digits write so many parts (CQL 1.5, Precision).
_WRITTEN: dict[type, tuple[int, ...]] = {
    Date: (4, 6, 8),
    DateTime: (4, 6, 8, 10, 12, 14, 17),
    Time: (2, 4, 6, 9),
}


@row("Ceiling")
@certain
def _ceiling(call: Call, x: Number) -> int | None:
    return _integral(x, ROUND_CEILING)


@row("Floor")
@certain
def _floor(call: Call, x: Number) -> int | None:
    return _integral(x, ROUND_FLOOR)


@row("Truncate")
@certain
def _truncate(call: Call, x: Number) -> int | None:
    return _integral(x, ROUND_DOWN)


def _integral(x: Number, rounding: str) -> int | None:
    found = decimal(Decimal(x))
    return None if found is None else integer(int(found.to_integral_value(rounding)))


@row("Round", nulls=True)
@certain
def _round(call: Call, x: Number | None, precision: int | None = None) -> Decimal | None:
    """Halves away from zero; to tens and hundreds when the precision is negative."""
    if x is None:
        return None
    return decimal(digits(Decimal(x), min(max(precision or 0, -INTEGER_DIGITS), DIGITS)))


@row("Exp")
@certain
def _exp(call: Call, x: Number) -> Decimal:
    """InputError when it is too large: the official tests ask for an error, not for null."""
    found = computed(lambda: WORKING.exp(Decimal(x)))
    if found is None:
        raise InputError("the result of Exp is outside the range of Decimal")
    return found


@row("Ln")
@certain
def _ln(call: Call, x: Number) -> Decimal | None:
    """Null of a negative number; InputError of zero, as the official tests have it."""
    if x == 0:
        raise InputError("zero has no logarithm")
    return computed(lambda: WORKING.ln(Decimal(x)))


@row("Log")
@certain
def _log(call: Call, x: Number, base: Number) -> Decimal | None:
    if x <= 0 or base <= 0 or base == 1:
        return None
    return computed(lambda: WORKING.divide(WORKING.ln(Decimal(x)), WORKING.ln(Decimal(base))))


@row("Precision")
@certain
def _precision(call: Call, value: Number | Moment) -> int:
    """Digits after the point; of dates and times, the digits that write them."""
    if isinstance(value, Date | DateTime | Time):
        return _WRITTEN[type(value)][len(value.parts) - 1]
    return max(0, decimals(Decimal(value)))


@row("LowBoundary", nulls=True)
@certain
def _low_boundary(call: Call, value: Any, precision: int | None = None) -> Any:
    if isinstance(value, Date | DateTime | Time):
        return moments.low_boundary(value, precision)
    return _boundary(value, precision, high=False)


@row("HighBoundary", nulls=True)
@certain
def _high_boundary(call: Call, value: Any, precision: int | None = None) -> Any:
    if isinstance(value, Date | DateTime | Time):
        return moments.high_boundary(value, precision)
    return _boundary(value, precision, high=True)


def _boundary(value: Number | None, precision: int | None, *, high: bool) -> Decimal | None:
    """Digits that are not written may be any: 0 nearest to zero, 9 farthest. Those that are cut are rounded outwards."""
    precision = DIGITS if precision is None else precision
    if value is None or not 0 <= precision <= DIGITS:
        return None
    return computed(lambda: _outwards(Decimal(value), Decimal(1).scaleb(-precision), high))


def _outwards(number: Decimal, unit: Decimal, high: bool) -> Decimal:
    if decimals(number) > decimals(unit):
        return number.quantize(unit, ROUND_CEILING if high else ROUND_FLOOR, WORKING)
    padded = number.quantize(unit, context=WORKING)
    if high == number.is_signed():
        return padded
    rest = WORKING.subtract(Decimal(1).scaleb(-max(0, decimals(number))), unit)
    return WORKING.add(padded, rest) if high else WORKING.subtract(padded, rest)


@row("MinValue")
def _min_value(call: Call) -> Any:
    return _extent(call, bounds.start)


@row("MaxValue")
def _max_value(call: Call) -> Any:
    return _extent(call, bounds.end)


def _extent(call: Call, end: Any) -> Any:
    """The end of the type's range; InputError for types that have none."""
    type_ = DECIMAL if call.result == QUANTITY else call.result
    value = end(Interval(None, None, True, True, type_)).point
    if value is None:
        raise InputError(f"{call.result} has no least and no greatest value")
    return Quantity(value) if call.result == QUANTITY else value
