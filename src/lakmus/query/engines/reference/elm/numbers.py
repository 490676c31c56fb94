"""The ranges of numbers, and decimals cut to their eight digits (CQL 1.5, appendix B, "Types").

Every result is within the range of its type or null. Decimals are counted with more digits than they are kept with, so
that only results are rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

from lakmus.query.ir.elm.values import Long

Number = int | Decimal
DIGITS, INTEGER_DIGITS = 8, 28
LARGEST = Decimal(10) ** INTEGER_DIGITS
WORKING = Context(prec=80, Emax=9999, Emin=-9999, traps=[Overflow, InvalidOperation, DivisionByZero])
_INTEGERS, _LONGS = 2**31, 2**63


def integer(value: int) -> int | None:
    """An Integer; None outside its range."""
    return value if -_INTEGERS <= value < _INTEGERS else None


def long(value: int) -> Long | None:
    """A Long; None outside its range."""
    return Long(value) if -_LONGS <= value < _LONGS else None


def whole(value: int, *operands: Number) -> int | None:
    """A result of whole numbers: a Long when one of them is."""
    return long(value) if any(isinstance(each, Long) for each in operands) else integer(value)


def decimal(value: Decimal) -> Decimal | None:
    """A Decimal: at most eight digits after the point, no zero with a sign; None outside its range."""
    if not value.is_finite() or value.copy_abs() > LARGEST:
        return None
    return digits(value, DIGITS)


def computed(compute: Callable[[], Decimal]) -> Decimal | None:
    """A Decimal that is to be computed; None when it has no value or none in range."""
    try:
        return decimal(compute())
    except DecimalException:
        return None


def digits(value: Decimal, count: int) -> Decimal:
    """Rounded to so many digits after the point, halves away from zero; a number with fewer stays as it is."""
    if decimals(value) > count:
        value = value.quantize(Decimal(1).scaleb(-count), ROUND_HALF_UP, WORKING)
    return value if value else value.copy_abs()


def decimals(value: Decimal) -> int:
    """How many digits are after the point; fewer than none where it ends in zeros that are not written."""
    return -int(value.as_tuple().exponent)
