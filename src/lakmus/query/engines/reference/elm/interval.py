"""Intervals, their ends, and what is in them (CQL 1.5, appendix B, "Interval Operators")."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm.bounds import (
    STEP,
    Span,
    end,
    ends,
    has_no_type,
    start,
)
from lakmus.query.engines.reference.elm.comparison import order, span_at_most, span_less, spans_equal
from lakmus.query.engines.reference.elm.rows import Call, Function, row
from lakmus.query.engines.reference.elm.three_valued import all_of, negated
from lakmus.query.engines.reference.elm.uncertainty import settled
from lakmus.query.engines.reference.elm.units import in_unit
from lakmus.query.ir.elm.types import ANY, IntervalType
from lakmus.query.ir.elm.values import Interval, Long


@row("Interval", nulls=True)
def interval(call: Call, low: Any, high: Any, low_closed: bool | None, high_closed: bool | None) -> Interval:
    """The interval between two bounds; InputError when the low one is above the high one, or the same and left out."""
    point = call.result.point if isinstance(call.result, IntervalType) else ANY
    made = Interval(low, high, low_closed is True, high_closed is True, point)
    found = order(call, low, high)
    if found == 1 or (found == 0 and not (made.low_closed and made.high_closed)):
        raise InputError("the interval ends before it starts")
    return made


@row("Start", on="interval")
def _start(call: Call, value: Interval) -> Any:
    return _shown(start(value))


@row("End", on="interval")
def _end(call: Call, value: Interval) -> Any:
    return _shown(end(value))


def _shown(span: Span) -> Any:
    """An unknown end is null, and an uncertainty where there are any: of integers."""
    if isinstance(span.low, int) and isinstance(span.high, int):
        return settled(span.low, span.high) if span.low != span.high else span.low
    return span.point


@row("Width", on="interval")
def _width(call: Call, value: Interval) -> Any:
    return _distance(call, value, Decimal(0), 0)


@row("Size", on="interval")
def _size(call: Call, value: Interval) -> Any:
    """The width and the size of a point."""
    return _distance(call, value, STEP, 1)


def _distance(call: Call, value: Interval, step: Decimal, unit: int) -> Any:
    low, high = start(value).point, end(value).point
    match low, high:
        case (None, _) | (_, None):
            return None
        case Quantity(), Quantity():
            converted = in_unit(call, high, low.unit)
            return None if converted is None else Quantity(converted - low.value + step, low.unit)
        case Decimal(), Decimal():
            return high - low + step
        case Long(), int():
            return _within(Long(high - low + unit), 63)
        case int(), int():
            return _within(high - low + unit, 31)
    raise InputError("width and size are of intervals of numbers and quantities")


def _within(value: int, bits: int) -> int | None:
    return value if value < 2**bits else None


@row("PointFrom", on="interval")
def _point_from(call: Call, value: Interval) -> Any:
    low, high = ends(value)
    same = spans_equal(call, low, high)
    if same is False:
        raise InputError("the interval holds more than one point")
    return low.point if same else None


def contains(call: Call, value: Interval | None, point: Any) -> bool | None:
    """Nothing is in null, and nothing is in an interval that has neither bounds nor type."""
    if point is None:
        return None
    if value is None or has_no_type(value):
        return False
    return includes(call, value, point)


def includes(call: Call, outer: Interval, inner: Any) -> bool | None:
    """A closed bound of null lets everything in, whatever its type."""
    if has_no_type(outer):
        return True
    (low, high), (first, last) = ends(outer), ends(inner)
    return all_of(span_at_most(call, low, first), span_at_most(call, last, high))


def proper_contains(call: Call, value: Interval, point: Any) -> bool | None:
    """Within, and neither the first point nor the last."""
    low, high = ends(value)
    at = Span(point, point)
    return all_of(span_less(call, low, at), span_less(call, at, high))


def proper_includes(call: Call, outer: Interval, inner: Any) -> bool | None:
    """Includes, and is not the same."""
    if not isinstance(inner, Interval):
        return proper_contains(call, outer, inner)
    if has_no_type(outer):
        return None if has_no_type(inner) else True
    same = all_of(*(spans_equal(call, a, b) for a, b in zip(ends(outer), ends(inner), strict=True)))
    return all_of(includes(call, outer, inner), negated(same))


def _converse(function: Function) -> Function:
    """The operator with its operands the other way round."""
    return lambda call, a, b: function(call, b, a)


row("Contains", on="interval", nulls=True)(contains)
row("In", on="interval", nulls=True)(_converse(contains))
row("Includes", on="interval")(includes)
row("IncludedIn", on="interval")(_converse(includes))
row("ProperContains", on="interval")(proper_contains)
row("ProperIn", on="interval")(_converse(proper_contains))
row("ProperIncludes", on="interval")(proper_includes)
row("ProperIncludedIn", on="interval")(_converse(proper_includes))
