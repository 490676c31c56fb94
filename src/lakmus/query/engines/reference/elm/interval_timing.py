"""How points and intervals lie in time to one another (CQL 1.5, appendix B, "Interval Operators").

All compare at the precision of the call, if there is one. A point is an interval that starts and ends there.
"""

from __future__ import annotations

from typing import Any

from lakmus.query.engines.reference.elm.bounds import Span, end, ends, neighbour, start
from lakmus.query.engines.reference.elm.comparison import span_at_most, span_less, spans_equal
from lakmus.query.engines.reference.elm.parts import calendar_parts, precision_named, with_parts
from lakmus.query.engines.reference.elm.rows import Call, row
from lakmus.query.engines.reference.elm.three_valued import all_of, any_of
from lakmus.query.ir.elm.values import Date, DateTime, Interval, Time


@row("SameAs")
def _same_as(call: Call, a: Any, b: Any) -> bool | None:
    return all_of(*(spans_equal(call, x, y) for x, y in zip(ends(a), ends(b), strict=True)))


@row("SameOrBefore")
def _same_or_before(call: Call, a: Any, b: Any) -> bool | None:
    return span_at_most(call, ends(a)[1], ends(b)[0])


@row("SameOrAfter")
def _same_or_after(call: Call, a: Any, b: Any) -> bool | None:
    return span_at_most(call, ends(b)[1], ends(a)[0])


@row("Before")
def _before(call: Call, a: Any, b: Any) -> bool | None:
    return span_less(call, ends(a)[1], ends(b)[0])


@row("After")
def _after(call: Call, a: Any, b: Any) -> bool | None:
    return span_less(call, ends(b)[1], ends(a)[0])


@row("Starts", on="interval")
def _starts(call: Call, a: Interval, b: Interval) -> bool | None:
    return all_of(spans_equal(call, start(a), start(b)), span_at_most(call, end(a), end(b)))


@row("Ends", on="interval")
def _ends(call: Call, a: Interval, b: Interval) -> bool | None:
    return all_of(span_at_most(call, start(b), start(a)), spans_equal(call, end(a), end(b)))


def overlaps(call: Call, a: Interval, b: Interval) -> bool | None:
    return all_of(span_at_most(call, start(a), end(b)), span_at_most(call, start(b), end(a)))


@row("OverlapsBefore", on="interval")
def _overlaps_before(call: Call, a: Interval, b: Interval) -> bool | None:
    return all_of(overlaps(call, a, b), span_less(call, start(a), start(b)))


@row("OverlapsAfter", on="interval")
def _overlaps_after(call: Call, a: Interval, b: Interval) -> bool | None:
    return all_of(overlaps(call, a, b), span_less(call, end(b), end(a)))


def meets(call: Call, a: Interval, b: Interval) -> bool | None:
    return any_of(meets_before(call, a, b), meets_before(call, b, a))


def meets_before(call: Call, a: Interval, b: Interval) -> bool | None:
    """Whether the second starts where the first has just ended."""
    following = _following(call, end(a))
    return following is not None and spans_equal(call, following, start(b))


def _following(call: Call, span: Span) -> Span | None:
    """What the next point may be; None after the last there is."""
    if span.low is None:
        return span
    low, high = (neighbour(_cut(call, point), 1) for point in (span.low, span.high))
    return None if low is None else Span(low, span.high if high is None else high)


def _cut(call: Call, point: Any) -> Any:
    """A date or time to the precision of the call, so that its next is the next of that precision."""
    if not call.precision or not isinstance(point, Date | DateTime | Time):
        return point
    return with_parts(point, calendar_parts(point)[: precision_named(call.precision)])


row("Overlaps", on="interval")(overlaps)
row("Meets", on="interval")(meets)
row("MeetsBefore", on="interval")(meets_before)
row("MeetsAfter", on="interval")(lambda call, a, b: meets_before(call, b, a))
