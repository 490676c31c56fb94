"""The sizes in which intervals are expanded and collapsed (CQL 1.5, appendix B, "Expand" and "Collapse")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import moments
from lakmus.query.engines.reference.elm.comparison import order
from lakmus.query.engines.reference.elm.parts import calendar_parts, in_offset, precision_named, with_parts
from lakmus.query.engines.reference.elm.rows import Call
from lakmus.query.engines.reference.elm.units import duration_unit, in_unit
from lakmus.query.ir.elm.values import Date, DateTime, Interval, Precision, Time


def coarsest(intervals: Sequence[Interval]) -> Quantity | None:
    """One unit of the coarsest precision that their bounds are written in; None when there are none."""
    points = [point for i in intervals for point in (i.low, i.high) if point is not None]
    if not points:
        return None
    if isinstance(points[0], Date | DateTime | Time):
        return Quantity(Decimal(1), min(map(moments.precision_of, points)).name.lower())
    digits = min(written_digits(amount(point)) for point in points)
    return Quantity(Decimal(1).scaleb(-digits), unit_of(points[0]))


def written_digits(value: Decimal) -> int:
    """How many decimals a number is written with."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def amount(point: Any) -> Decimal:
    return point.value if isinstance(point, Quantity) else Decimal(point)


def unit_of(point: Any) -> str:
    return point.unit if isinstance(point, Quantity) else "1"


def amount_in(call: Call, quantity: Quantity, unit: str) -> Decimal:
    """The value in the unit of the bounds; InputError when that is another dimension, or nothing is left of the size."""
    value = in_unit(call, quantity, unit)
    if value is None:
        raise InputError("the unit of `per` does not fit the interval's bounds")
    return value


def positive(value: Decimal) -> Decimal:
    if value <= 0:
        raise InputError("`per` has to be more than nothing")
    return value


def whole(per: Quantity) -> Quantity:
    """A size in calendar units, without decimals."""
    return Quantity(positive(per.value.to_integral_value(ROUND_DOWN)), duration_unit(per.unit))


def precision_for(per: Quantity) -> Precision:
    """The precision at which a size in calendar units counts: weeks are counted in days."""
    unit = duration_unit(per.unit)
    return Precision.DAY if unit == "week" else precision_named(unit)


def on_calendar(point: Any, precision: Precision) -> Any:
    """A date or time cut to a precision; a Time on the first day, so that what follows its last hour is no earlier one."""
    if isinstance(point, Time):
        return DateTime(calendar_parts(point)[:precision], 0)
    return with_parts(point, point.parts[:precision])


def within_reach(call: Call, last: Any, first: Any, per: Quantity) -> bool:
    """Whether the one point comes no more than `per` after the other; InputError when they cannot be counted in it."""
    if not isinstance(last, Date | DateTime | Time):
        step = positive(amount_in(call, per, unit_of(last)))
        return amount_in(call, Quantity(amount(first), unit_of(first)), unit_of(last)) - amount(last) <= step
    precision, per = precision_for(per), whole(per)
    if min(moments.precision_of(last), moments.precision_of(first)) < precision:
        return False
    a, b = (on_calendar(point, precision) for point in (last, same_zone(first, last)))
    return at_or_before(call, b, a) or at_or_before(call, b, moments.add(call, a, per))


def same_zone(point: Any, like: Any) -> Any:
    both = isinstance(point, DateTime) and isinstance(like, DateTime)
    return in_offset(point, like.offset) if both else point


def at_or_before(call: Call, a: Any, b: Any) -> bool:
    found = order(call, a, b)
    return found is not None and found <= 0


def known_bounds(intervals: Iterable[Interval | None]) -> list[Interval]:
    """Without nulls, and without intervals that have no bound at all."""
    return [i for i in intervals if i is not None and not (i.low is None and i.high is None)]
