"""The ends of intervals (CQL 1.5, appendix B, "Start" and "End").

A closed bound that is null is the end of its type's range; an open one that is null is somewhere between the end of
the range and the other bound. What an end may be is a `Span`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm.moments import next_moment
from lakmus.query.ir.elm.types import DATE, DATETIME, DECIMAL, INTEGER, LONG, QUANTITY, TIME, CqlType
from lakmus.query.ir.elm.values import Date, DateTime, Interval, Long, Time, Uncertainty

DECIMALS = 8
STEP = Decimal(1).scaleb(-DECIMALS)
GREATEST = Decimal("99999999999999999999.99999999")
_RANGES: dict[CqlType, tuple[Any, Any]] = {
    INTEGER: (-(2**31), 2**31 - 1),
    LONG: (Long(-(2**63)), Long(2**63 - 1)),
    DECIMAL: (-GREATEST, GREATEST),
    DATE: (Date((1, 1, 1)), Date((9999, 12, 31))),
    DATETIME: (DateTime((1, 1, 1, 0, 0, 0, 0), 0), DateTime((9999, 12, 31, 23, 59, 59, 999), 0)),
    TIME: (Time((0, 0, 0, 0)), Time((23, 59, 59, 999))),
}


@dataclass(frozen=True, slots=True)
class Span:
    """What a point may be, from the first to the last; both None when nothing is known, not even its type."""

    low: Any
    high: Any

    @property
    def point(self) -> Any:
        """The point when it is known, else None."""
        return self.low if self.low == self.high else None


def start(interval: Interval) -> Span:
    """What the first point may be."""
    if interval.low is not None:
        return _certain(interval.low if interval.low_closed else next_point(interval.low, 1))
    low = _limit(interval, 0)
    if interval.low_closed or low is None:
        return _certain(low)
    return Span(low, _limit(interval, 1) if interval.high is None else end(interval).high)


def end(interval: Interval) -> Span:
    """What the last point may be."""
    if interval.high is not None:
        return _certain(interval.high if interval.high_closed else next_point(interval.high, -1))
    high = _limit(interval, 1)
    if interval.high_closed or high is None:
        return _certain(high)
    return Span(_limit(interval, 0) if interval.low is None else start(interval).low, high)


def ends(value: Any) -> tuple[Span, Span]:
    """Start and end of an interval; a point is both."""
    if isinstance(value, Interval):
        return start(value), end(value)
    return _certain(value), _certain(value)


def has_no_type(interval: Interval) -> bool:
    """`Interval[null, null]`: closed on both sides, of a type that nothing tells."""
    bounds = (interval.low, interval.high, _limit(interval, 0))
    return bounds == (None, None, None) and interval.low_closed and interval.high_closed


def next_point(point: Any, step: int) -> Any:
    """The successor (step 1) or predecessor (-1); InputError at the end of the type's range."""
    found = neighbour(point, step)
    if found is None:
        raise InputError("the result is outside the range of its type")
    return found


def neighbour(point: Any, step: int) -> Any:
    """The successor (step 1) or predecessor (-1); None at the end of the type's range."""
    match point:
        case Date() | DateTime() | Time():
            return next_moment(point, step)
        case Quantity():
            value = neighbour(point.value, step)
            return None if value is None else Quantity(value, point.unit)
        case Uncertainty():
            return Uncertainty(point.low + step, point.high + step)
        case Decimal():
            return _in_range(point + step * STEP, DECIMAL)
        case Long():
            return _in_range(Long(point + step), LONG)
        case int():
            return _in_range(point + step, INTEGER)
    raise InputError("the type of the interval's bounds has no successor and no predecessor")


def _certain(point: Any) -> Span:
    return Span(point, point)


def _limit(interval: Interval, side: int) -> Any:
    """The end of the range of the bounds' type; None when no type is known, or no unit."""
    if interval.point != QUANTITY:
        return _RANGES.get(interval.point, (None, None))[side]
    given = interval.low if interval.low is not None else interval.high
    return None if given is None else Quantity(_RANGES[DECIMAL][side], given.unit)


def _in_range(value: Any, type_: CqlType) -> Any:
    low, high = _RANGES[type_]
    return value if low <= value <= high else None
