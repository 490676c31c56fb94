"""How long it is between two moments: whole periods, and boundaries crossed (CQL 1.5, appendix H).

What a partial date leaves open makes the answer an uncertainty. Two parts never do: milliseconds are the decimals of
seconds, and count as none where none are written; a Time's missing parts are those of the full hour or minute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.elm.moments import WIDTHS
from lakmus.query.engines.reference.elm.parts import (
    FIRST,
    Moment,
    Parts,
    aligned,
    calendar_parts,
    first_parts,
    last_parts,
    milliseconds,
    precision_named,
)
from lakmus.query.engines.reference.elm.rows import Call, row
from lakmus.query.engines.reference.elm.uncertainty import Uncertain, settled
from lakmus.query.ir.elm.values import Date, Precision, Time

_Count = Callable[[str, Parts, Parts], int]


def duration_between(call: Call, low: Moment, high: Moment) -> Uncertain:
    """Whole periods of the call's precision."""
    a, b = aligned(low, high, call.context.now.offset)
    return _between(call.precision, _Reach(low, a), _Reach(high, b), _periods)


def difference_between(call: Call, low: Moment, high: Moment) -> Uncertain:
    """Boundaries of the call's precision that are crossed. The zone does not move a day."""
    if _precision(call.precision) < Precision.HOUR:
        a, b = calendar_parts(low), calendar_parts(high)
    else:
        a, b = aligned(low, high, call.context.now.offset)
    return _between(call.precision, _Reach(low, a), _Reach(high, b), _boundaries)


@dataclass(frozen=True, slots=True)
class _Reach:
    """The first and last that a partial moment may mean; `parts` are those that the clock of the other shows."""

    moment: Moment
    parts: Parts

    def first(self) -> Parts:
        return first_parts(self.parts)

    def last(self, precision: Precision) -> Parts:
        if self._is_settled(precision):
            return self.first()
        if isinstance(self.moment, Date) and precision <= Precision.DAY:
            return last_parts(self.parts, 3) + FIRST[3:]
        return last_parts(self.parts)

    def _is_settled(self, precision: Precision) -> bool:
        if isinstance(self.moment, Time):
            return len(self.parts) >= precision
        return len(self.parts) >= max(precision, Precision.SECOND)


def _between(unit: str, low: _Reach, high: _Reach, count: _Count) -> Uncertain:
    precision = _precision(unit)
    least = _signed(count, unit, low.last(precision), high.first())
    return settled(least, _signed(count, unit, low.first(), high.last(precision)))


def _signed(count: _Count, unit: str, low: Parts, high: Parts) -> int:
    return count(unit, low, high) if low <= high else -count(unit, high, low)


def _periods(unit: str, low: Parts, high: Parts) -> int:
    if unit in ("year", "month"):
        months = _months(high) - _months(low) - (high[2:] < low[2:])
        return months // 12 if unit == "year" else months
    return (milliseconds(high) - milliseconds(low)) // WIDTHS[unit]


def _boundaries(unit: str, low: Parts, high: Parts) -> int:
    if unit == "year":
        return high[0] - low[0]
    if unit == "month":
        return _months(high) - _months(low)
    if unit == "week":
        return _sundays(high) - _sundays(low)
    return milliseconds(high) // WIDTHS[unit] - milliseconds(low) // WIDTHS[unit]


def _months(parts: Parts) -> int:
    return parts[0] * 12 + parts[1]


def _sundays(parts: Parts) -> int:
    """How many Sundays there were: a week begins with one."""
    return date(*parts[:3]).toordinal() // 7


def _precision(unit: str) -> Precision:
    if not unit:
        raise InputError("a duration needs its precision")
    return Precision.DAY if unit == "week" else precision_named(unit)


row("DurationBetween")(duration_between)
row("DifferenceBetween")(difference_between)
