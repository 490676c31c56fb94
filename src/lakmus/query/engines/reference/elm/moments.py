"""Arithmetic of dates and times (CQL 1.5, appendix B, "Date and Time Operators"; author's guide, "Date/Time Arithmetic")."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar, cast

from lakmus.core.dates import days_in_month
from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm.parts import (
    DAY,
    FIRST,
    HOUR,
    MILLISECOND,
    MINUTE,
    SECOND,
    Moment,
    Parts,
    calendar_parts,
    first_parts,
    from_milliseconds,
    last_parts,
    milliseconds,
    precision_of,
    with_parts,
)
from lakmus.query.engines.reference.elm.rows import Call
from lakmus.query.engines.reference.elm.units import duration_unit
from lakmus.query.ir.elm.values import Date, DateTime, Precision, Time

__all__ = [
    "add",
    "high_boundary",
    "low_boundary",
    "next_moment",
    "precision_of",
    "predecessor",
    "subtract",
    "successor",
]

M = TypeVar("M", Date, DateTime, Time)

WIDTHS = {
    "week": 7 * DAY, "day": DAY, "hour": HOUR, "minute": MINUTE, "second": SECOND, "millisecond": MILLISECOND,
}  # fmt: skip
# How a duration finer than the moment counts at the moment's precision: 30-day months and 365-day years.
_COARSE = {
    Precision.YEAR: ("year", 365 * DAY),
    Precision.MONTH: ("month", 30 * DAY),
    Precision.DAY: ("day", DAY),
    Precision.HOUR: ("hour", HOUR),
    Precision.MINUTE: ("minute", MINUTE),
    Precision.SECOND: ("second", SECOND),
}
_RANKS = {
    "year": 1, "month": 2, "week": 3, "day": 3, "hour": 4, "minute": 5, "second": 6, "millisecond": 7,
}  # fmt: skip
# More than there are milliseconds from the year 1 to 9999.
_LONGEST = Decimal(10) ** 15
# Digits of a boundary, by the number of parts they write (CQL 1.5, LowBoundary).
_DIGITS: dict[type, dict[int, int]] = {
    Date: {4: 1, 6: 2, 8: 3},
    DateTime: {4: 1, 6: 2, 8: 3, 10: 4, 12: 5, 14: 6, 17: 7},
    Time: {2: 4, 4: 5, 6: 6, 9: 7},
}


def add(call: Call, moment: M, quantity: Quantity) -> M:
    """The moment later by a duration; InputError outside the years 1 to 9999."""
    return _moved(moment, quantity, 1)


def subtract(call: Call, moment: M, quantity: Quantity) -> M:
    """The moment earlier by a duration; InputError outside the years 1 to 9999."""
    return _moved(moment, quantity, -1)


def successor(moment: M) -> M:
    """The next moment of its precision; InputError after the last there is."""
    return _there(next_moment(moment, 1), moment)


def predecessor(moment: M) -> M:
    """The moment before it of its precision; InputError before the first there is."""
    return _there(next_moment(moment, -1), moment)


def next_moment(moment: M, step: int) -> M | None:
    """One step of its precision later (1) or earlier (-1); None where there is none."""
    parts, unit = calendar_parts(moment), precision_of(moment).name.lower()
    if unit in ("year", "month"):
        found = _months_later(parts, step * (12 if unit == "year" else 1))
    else:
        found = from_milliseconds(milliseconds(parts) + step * WIDTHS[unit])
    if found is None or (isinstance(moment, Time) and found[:3] != FIRST[:3]):
        return None
    return cast(M, with_parts(moment, found[: len(parts)]))


def low_boundary(moment: M, digits: int | None) -> M | None:
    """The first it may mean, written with so many digits (all there are for None); None for no such precision."""
    count = _part_count(moment, digits)
    return None if count is None else cast(M, with_parts(moment, first_parts(calendar_parts(moment), count)))


def high_boundary(moment: M, digits: int | None) -> M | None:
    """The last it may mean, written with so many digits (all there are for None); None for no such precision."""
    count = _part_count(moment, digits)
    return None if count is None else cast(M, with_parts(moment, last_parts(calendar_parts(moment), count)))


def _part_count(moment: Moment, digits: int | None) -> int | None:
    counts = _DIGITS[type(moment)]
    return counts.get(max(counts) if digits is None else digits)


def _moved(moment: M, quantity: Quantity, sign: int) -> M:
    unit = duration_unit(quantity.unit)
    if isinstance(moment, Time) and _RANKS[unit] < Precision.HOUR:
        raise InputError(f"a {unit} cannot be added to a time")
    if isinstance(moment, Date) and _RANKS[unit] > Precision.DAY:
        raise InputError(f"a {unit} cannot be added to a date")
    if abs(quantity.value) > _LONGEST:
        return _there(None, moment)
    unit, amount = _coarsened(precision_of(moment), unit, quantity.value)
    parts = _later(moment, unit, sign * amount)
    return _there(None if parts is None else cast(M, with_parts(moment, parts)), moment)


def _later(moment: Moment, unit: str, amount: int) -> Parts | None:
    if unit in ("year", "month"):
        return _months_later(calendar_parts(moment), amount * (12 if unit == "year" else 1))
    return _ticks_later(moment, amount * WIDTHS[unit])


def _coarsened(precision: Precision, unit: str, value: Decimal) -> tuple[str, int]:
    """The duration in the moment's own precision when it is finer than that, cut to whole ones."""
    if unit == "second" and precision is Precision.MILLISECOND:
        return "millisecond", int(value * SECOND)
    if _RANKS[unit] <= precision:
        return unit, int(value)
    if unit == "month":
        return "year", int(value / 12)
    name, width = _COARSE[precision]
    return name, int(int(value) * WIDTHS[unit] / Decimal(width))


def _months_later(parts: Parts, months: int) -> Parts | None:
    year, month, day = first_parts(parts, 3)
    index = year * 12 + month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        return None
    return (year, month, min(day, days_in_month(year, month)), *parts[3:])[: len(parts)]


def _ticks_later(moment: Moment, ticks: int) -> Parts | None:
    parts = calendar_parts(moment)
    later = milliseconds(parts) + ticks
    # Times go round the clock.
    later = DAY + later % DAY if isinstance(moment, Time) else later
    found = from_milliseconds(later)
    return None if found is None else found[: len(parts)]


def _there(found: M | None, like: M) -> M:
    if found is None:
        range_ = "day" if isinstance(like, Time) else "years 1 to 9999"
        raise InputError(f"the result is outside the {range_}")
    return found
