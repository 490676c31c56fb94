"""Intervals as sets of points: Union, Intersect, Except, Collapse (CQL 1.5, appendix B, "Interval Operators")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cmp_to_key
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm.bounds import end, next_point, start
from lakmus.query.engines.reference.elm.comparison import order, span_at_most, span_less
from lakmus.query.engines.reference.elm.interval_timing import meets, overlaps
from lakmus.query.engines.reference.elm.pieces import coarsest, known_bounds, within_reach
from lakmus.query.engines.reference.elm.rows import Call, row
from lakmus.query.engines.reference.elm.three_valued import any_of
from lakmus.query.ir.elm.values import Interval


@row("Union", on="interval")
def _union(call: Call, a: Interval, b: Interval) -> Interval | None:
    """Null when there is a gap between the two, or may be one."""
    if not any_of(overlaps(call, a, b), meets(call, a, b)):
        return None
    first = span_at_most(call, start(a), start(b))
    last = span_at_most(call, end(b), end(a))
    return _between(_choice(first, a, b), _choice(last, a, b), a)


@row("Intersect", on="interval")
def _intersect(call: Call, a: Interval, b: Interval) -> Interval | None:
    if not overlaps(call, a, b):
        return None
    first = span_at_most(call, start(b), start(a))
    last = span_at_most(call, end(a), end(b))
    return _between(_choice(first, a, b), _choice(last, a, b), a)


@row("Except", on="interval")
def _except(call: Call, a: Interval, b: Interval) -> Interval | None:
    """Null when nothing is left, or two pieces are."""
    together = overlaps(call, a, b)
    if not together:
        return None if together is None else a
    before, after = span_less(call, start(a), start(b)), span_less(call, end(b), end(a))
    if before is None or after is None or before == after:
        return None
    if before:
        return _closed_high(a, next_point(start(b).point, -1))
    return replace(a, low=next_point(end(b).point, 1), low_closed=True)


def _closed_high(interval: Interval, point: Any) -> Interval:
    return replace(interval, high=point, high_closed=True)


def _choice(first: bool | None, a: Interval, b: Interval) -> Interval | None:
    if first is None:
        return None
    return a if first else b


def _between(low: Interval | None, high: Interval | None, like: Interval) -> Interval:
    """From the start of one to the end of another; what is not known is open and null."""
    return Interval(
        None if low is None else low.low,
        None if high is None else high.high,
        low is not None and low.low_closed,
        high is not None and high.high_closed,
        like.point,
    )


@row("Collapse", on="list", nulls=True)
def _collapse(
    call: Call, intervals: Iterable[Interval | None] | None, per: Quantity | None = None
) -> list[Interval] | None:
    """The fewest intervals that hold the same points; gaps shorter than `per` are closed."""
    if intervals is None:
        return None
    known = known_bounds(intervals)
    size = per or coarsest(known)
    merged: list[Interval] = []
    for interval in _sorted(call, known):
        if merged and size is not None and _touch(call, merged[-1], interval, size):
            merged[-1] = _joined(call, merged[-1], interval)
        else:
            merged.append(interval)
    return merged


def _sorted(call: Call, intervals: Iterable[Interval]) -> list[Interval]:
    """By where they start; what may start earlier comes first."""

    def compare(a: Interval, b: Interval) -> int:
        return order(call, start(a).low, start(b).low) or 0

    return sorted(intervals, key=cmp_to_key(compare))


def _touch(call: Call, earlier: Interval, later: Interval, per: Quantity) -> bool:
    last, first = end(earlier).point, start(later).point
    return last is not None and first is not None and within_reach(call, last, first, per)


def _joined(call: Call, earlier: Interval, later: Interval) -> Interval:
    if span_at_most(call, end(later), end(earlier)):
        return earlier
    return replace(earlier, high=later.high, high_closed=later.high_closed)
