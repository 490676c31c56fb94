"""Comparing dates and times at a precision (CQL 1.5, author's guide, "Comparing Dates and Times").

Parts are compared from the year on, and a part that one side lacks leaves the answer open. Zones count only when hours
or finer parts are compared: a day is the day that was written.
"""

from __future__ import annotations

from lakmus.query.engines.reference.elm.parts import Moment, Parts, aligned, calendar_parts, precision_named
from lakmus.query.ir.elm.values import Precision


def order(left: Moment, right: Moment, precision: str, offset: int) -> int | None:
    """-1, 0, 1; None when a part that would decide it is missing. `precision` is "" for all parts there are."""
    if not precision:
        a, b = aligned(left, right, offset)
        return _decided(a, b, len(a) == len(b))
    limit = precision_named(precision)
    a, b = _at(left, right, limit, offset)
    return _decided(a[:limit], b[:limit], min(len(a), len(b)) >= limit)


def _at(left: Moment, right: Moment, precision: Precision, offset: int) -> tuple[Parts, Parts]:
    if precision < Precision.HOUR:
        return calendar_parts(left), calendar_parts(right)
    return aligned(left, right, offset)


def _decided(left: Parts, right: Parts, complete: bool) -> int | None:
    for a, b in zip(left, right, strict=False):
        if a != b:
            return -1 if a < b else 1
    return 0 if complete else None
