"""lowBoundary, highBoundary, precision: what a value given with so many digits may stand for (2.1 drafts)."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

from lakmus.core.dates import (
    PartialDateTime,
    PartialTime,
    days_in_month,
    parse_datetime_literal,
    parse_time_literal,
)
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.rows import partial_items, singles
from lakmus.query.engines.reference.values import Value
from lakmus.query.ir import operations as op
from lakmus.query.ir.types import DATE, DECIMAL, QUANTITY

_MOST_DECIMALS = 28
_CONTEXT = Context(prec=100)
# Digits counted as in the text: YYYY 4, MM 6, DD 8, hh 10, mm 12, ss.fff 17; a time from hh 2 on.
_DATE_PARTS = {4: 1, 6: 2, 8: 3}
_MOMENT_PARTS = {**_DATE_PARTS, 10: 4, 12: 5, 14: 6, 17: 7}
_TIME_PARTS = {2: 1, 4: 2, 6: 3, 9: 4}
_LOW_CLOCK, _HIGH_CLOCK = (0, 0, 0, 0), (23, 59, 59, 999)


@partial_items(op.LowBoundary)
def low_boundary(_: Environment, item: Value | None, precision: Value | None = None) -> Value | None:
    return (
        None if item is None else _boundary(item, None if precision is None else precision.value, high=False)
    )


@partial_items(op.HighBoundary)
def high_boundary(_: Environment, item: Value | None, precision: Value | None = None) -> Value | None:
    return (
        None if item is None else _boundary(item, None if precision is None else precision.value, high=True)
    )


def _boundary(item: Value, precision: int | None, *, high: bool) -> Value | None:
    value = item.value
    if isinstance(value, PartialTime):
        return _of_time(item, _TIME_PARTS.get(9 if precision is None else precision), high)
    if isinstance(value, PartialDateTime):
        parts = _DATE_PARTS if item.type == DATE else _MOMENT_PARTS
        default = 8 if item.type == DATE else 17
        return _of_date(item, parts.get(default if precision is None else precision), high)
    number = value.value if isinstance(value, Quantity) else Decimal(value)
    found = _of_number(number, 8 if precision is None else precision, high)
    if found is None:
        return None
    return (
        Value(Quantity(found, value.unit), QUANTITY) if isinstance(value, Quantity) else Value(found, DECIMAL)
    )


def _of_number(number: Decimal, digits: int, high: bool) -> Decimal | None:
    """Half a unit of the last digit away; what is to be cut is rounded away from zero and dropped toward it."""
    if not 0 <= digits <= _MOST_DECIMALS:
        return None
    half = Decimal(5).scaleb(min(0, int(number.as_tuple().exponent)) - 1)
    edge = _CONTEXT.add(number, half if high else -half)
    outward = high != number.is_signed() or not number
    return edge.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP if outward else ROUND_DOWN, _CONTEXT)


def _of_time(item: Value, wanted: int | None, high: bool) -> Value | None:
    if wanted is None:
        return None
    given = (*item.value.parts, item.value.microsecond // 1000)[
        : 4 if "." in item.value.text else len(item.value.parts)
    ]
    text = _clock(_filled(given, _HIGH_CLOCK if high else _LOW_CLOCK), wanted)
    return Value(parse_time_literal(text), item.type)


def _of_date(item: Value, wanted: int | None, high: bool) -> Value | None:
    if wanted is None:
        return None
    moment: PartialDateTime = item.value
    year, month = (*moment.parts, 12 if high else 1)[:2]
    given = moment.parts + ((moment.microsecond // 1000,) if "." in moment.text else ())
    last = days_in_month(year, month) if high else 1
    whole = _filled(given, (year, month, last, *(_HIGH_CLOCK if high else _LOW_CLOCK)))
    text = f"{whole[0]:04d}-{whole[1]:02d}-{whole[2]:02d}"[: 10 if wanted > 2 else 1 + 3 * wanted]
    if wanted > 3:
        text += f"T{_clock(whole[3:], wanted - 3)}{_zone(moment, high)}"
    return Value(parse_datetime_literal(text), item.type)


def _filled(given: tuple[int, ...], whole: tuple[int, ...]) -> tuple[int, ...]:
    return given + whole[len(given) :]


def _clock(parts: tuple[int, ...], wanted: int) -> str:
    text = ":".join(f"{part:02d}" for part in parts[: min(wanted, 3)])
    return f"{text}.{parts[3]:03d}" if wanted == 4 else text


def _zone(moment: PartialDateTime, high: bool) -> str:
    """The zone given, else the outermost one (N1 low and high boundary: +14:00 is first, -12:00 last)."""
    if moment.offset is None:
        return "-12:00" if high else "+14:00"
    hours, minutes = divmod(abs(moment.offset), 60)
    return f"{'-' if moment.offset < 0 else '+'}{hours:02d}:{minutes:02d}" if moment.offset else "Z"


@singles(op.Precision)
def precision(_: Environment, item: Value) -> int:
    value = item.value
    if isinstance(value, PartialDateTime | PartialTime):
        digits = (4, 6, 8, 10, 12, 14) if isinstance(value, PartialDateTime) else (2, 4, 6)
        return digits[len(value.parts) - 1] + (3 if "." in value.text else 0)
    return max(0, -int(Decimal(value).as_tuple().exponent))
