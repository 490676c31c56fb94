"""Expand: the pieces of a size that fit into intervals (CQL 1.5, appendix B, "Expand")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_FLOOR, Decimal
from itertools import chain, islice
from typing import Any

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import moments
from lakmus.query.engines.reference.elm.bounds import DECIMALS, GREATEST, end, start
from lakmus.query.engines.reference.elm.parts import DAY, milliseconds
from lakmus.query.engines.reference.elm.pieces import (
    amount,
    amount_in,
    at_or_before,
    coarsest,
    known_bounds,
    on_calendar,
    positive,
    precision_for,
    same_zone,
    unit_of,
    whole,
    written_digits,
)
from lakmus.query.engines.reference.elm.rows import Call, row
from lakmus.query.ir.elm.types import DECIMAL
from lakmus.query.ir.elm.values import Date, DateTime, Interval, Time

LARGEST = 1_000_000


@row("Expand", on="list", nulls=True)
def _expand(
    call: Call, intervals: Iterable[Interval | None] | None, per: Quantity | None = None
) -> list[Interval] | None:
    """Each piece once. Intervals without a bound on both sides give none."""
    if intervals is None:
        return None
    known = known_bounds(intervals)
    size = per or coarsest(known)
    if size is None:
        return []
    pieces = chain.from_iterable(_pieces(call, interval, size) for interval in known)
    return list(dict.fromkeys(_bounded(pieces)))


@row("Expand", on="interval", nulls=True)
def _expand_interval(call: Call, interval: Interval | None, per: Quantity | None = None) -> list[Any] | None:
    """The points at which the pieces start."""
    pieces = _expand(call, None if interval is None else [interval], per)
    return None if pieces is None else [piece.low for piece in pieces]


def _bounded(pieces: Iterator[Interval]) -> list[Interval]:
    taken = list(islice(pieces, LARGEST + 1))
    _refuse_many(Decimal(len(taken)))
    return taken


def _refuse_many(count: Decimal) -> None:
    """Before they are made, where they can be counted."""
    if count > LARGEST:
        raise InputError(f"expand gives more than {LARGEST:,} pieces", hint="use a larger `per`")


def _pieces(call: Call, interval: Interval, per: Quantity) -> Iterator[Interval]:
    if interval.low is None or interval.high is None:
        return
    low, high = start(interval).point, end(interval).point
    if isinstance(low, Date | DateTime | Time):
        yield from _moment_pieces(call, interval, low, high, per)
    else:
        yield from _number_pieces(call, interval, low, high, per)


def _moment_pieces(call: Call, interval: Interval, low: Any, high: Any, per: Quantity) -> Iterator[Interval]:
    """None when the bounds are coarser than the size."""
    precision, per = precision_for(per), whole(per)
    if min(moments.precision_of(low), moments.precision_of(high)) < precision:
        return
    at, last = on_calendar(low, precision), on_calendar(same_zone(high, low), precision)
    _refuse_many((milliseconds(last.parts) - milliseconds(at.parts)) / (_width(per.unit) * per.value))
    while True:
        following = moments.add(call, at, per)
        before = moments.predecessor(following)
        if not at_or_before(call, before, last):
            return
        yield Interval(_off_calendar(at, low), _off_calendar(before, low), True, True, interval.point)
        at = following


def _width(unit: str) -> int:
    """Milliseconds of a size; months and years are never so many that they need be counted."""
    return moments.WIDTHS.get(unit, 28 * DAY)


def _off_calendar(moment: Date | DateTime, like: Any) -> Any:
    return Time(moment.parts[3:]) if isinstance(like, Time) else moment


def _number_pieces(call: Call, interval: Interval, low: Any, high: Any, per: Quantity) -> Iterator[Interval]:
    """Bounds are read in the decimals of the size: cut when they have more, reaching to the next when they have fewer."""
    unit = unit_of(low)
    step = positive(amount_in(call, per, unit))
    digits = _digits(step)
    first, last = amount(low), amount_in(call, Quantity(amount(high), unit_of(high)), unit)
    if digits > DECIMALS or max(abs(first), abs(last)) > GREATEST:
        raise InputError(
            "the bounds of the interval or the decimals of `per` are outside the range of Decimal"
        )
    grain = Decimal(1).scaleb(-digits)
    reach = max(Decimal(1).scaleb(-written_digits(last)) - grain, Decimal(0))
    first, last = _floor(first, grain), _floor(last, grain) + reach
    point = DECIMAL if isinstance(low, int) and digits else interval.point
    length = last - first + grain
    _refuse_many(length / step)
    for index in range(int(length // step)):
        at = first + index * step
        yield Interval(_like(at, low, digits), _like(at + step - grain, low, digits), True, True, point)


def _digits(step: Decimal) -> int:
    """Decimals that count: `1.0` is as coarse as `1`."""
    return len(f"{step:f}".partition(".")[2].rstrip("0"))


def _floor(value: Decimal, grain: Decimal) -> Decimal:
    return value.quantize(grain, ROUND_FLOOR)


def _like(value: Decimal, like: Any, digits: int) -> Any:
    if isinstance(like, Quantity):
        return Quantity(value, like.unit)
    return type(like)(value) if isinstance(like, int) and not digits else value
