"""Constructors and components of dates and times (CQL 1.5, appendix B, "Date and Time Operators")."""

from __future__ import annotations

from decimal import Decimal
from itertools import takewhile

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.elm.parts import (
    FIRST,
    Moment,
    Parts,
    calendar_parts,
    fits,
    in_offset,
    precision_named,
)
from lakmus.query.engines.reference.elm.rows import Call, certain, row
from lakmus.query.ir.elm.values import Date, DateTime, Precision, Time

_FARTHEST = 14 * 60


@row("Date", nulls=True)
@certain
def _date(call: Call, *parts: int | None) -> Date | None:
    given = _given(parts)
    return Date(_checked(given)) if given else None


@row("DateTime", nulls=True)
@certain
def _datetime(call: Call, *parts: int | Decimal | None) -> DateTime | None:
    """The eighth is the offset in hours: that of the evaluation when there is none."""
    given = _given(tuple(None if part is None else int(part) for part in parts[:7]))
    if not given:
        return None
    hours = parts[7] if len(parts) > 7 else None
    return DateTime(_checked(given), call.context.now.offset if hours is None else _minutes(hours))


@row("Time", nulls=True)
@certain
def _time(call: Call, *parts: int | None) -> Time | None:
    given = _given(parts)
    return Time(_checked(FIRST[:3] + given)[3:]) if given else None


def _given(parts: tuple[int | None, ...]) -> Parts:
    given = tuple(takewhile(lambda part: part is not None, parts))
    if any(part is not None for part in parts[len(given) :]):
        raise InputError("a part of a date or time is given after one that is missing")
    return tuple(part for part in given if part is not None)


def _checked(parts: Parts) -> Parts:
    if not fits(parts):
        raise InputError("there is no such date or time")
    return parts


def _minutes(hours: int | Decimal) -> int:
    minutes = int(hours * 60)
    if abs(minutes) > _FARTHEST:
        raise InputError("an offset is at most 14 hours")
    return minutes


@row("Now")
def _now(call: Call) -> DateTime:
    return call.context.now


@row("Today")
def _today(call: Call) -> Date:
    return Date(call.context.now.parts[:3])


@row("TimeOfDay")
def _time_of_day(call: Call) -> Time:
    return Time(call.context.now.parts[3:])


@row("DateFrom")
def _date_from(call: Call, moment: DateTime) -> Date:
    return Date(moment.parts[:3])


@row("TimeFrom")
def _time_from(call: Call, moment: DateTime) -> Time | None:
    """On the clock of the evaluation."""
    clock = in_offset(moment, call.context.now.offset).parts[3:]
    return Time(clock) if clock else None


@row("TimezoneOffsetFrom")
def _timezone_offset_from(call: Call, moment: DateTime) -> Decimal | None:
    return Decimal(moment.offset) / 60


@row("DateTimeComponentFrom")
def _component_from(call: Call, moment: Moment) -> int | None:
    precision = precision_named(call.precision)
    if isinstance(moment, Time) and precision < Precision.HOUR:
        raise InputError(f"a time has no {call.precision}")
    parts = calendar_parts(moment)
    return parts[precision - 1] if len(parts) >= precision else None
