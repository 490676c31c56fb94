"""Dates and times as numbers: parts, whole milliseconds, and the zone they are read in.

A Time is counted from the first day there is, so one arithmetic serves all three types.
"""

from __future__ import annotations

from datetime import date

from lakmus.core.dates import days_in_month
from lakmus.core.errors import InputError
from lakmus.query.ir.elm.values import Date, DateTime, Precision, Time

Moment = Date | DateTime | Time
Parts = tuple[int, ...]

MILLISECOND, SECOND, MINUTE, HOUR, DAY = 1, 1000, 60_000, 3_600_000, 86_400_000
PRECISIONS = {precision.name.lower(): precision for precision in Precision}
FIRST: Parts = (1, 1, 1, 0, 0, 0, 0)
_LAST: Parts = (9999, 12, 31, 23, 59, 59, 999)
_FIRST_DAY: Parts = FIRST[:3]


def precision_of(moment: Moment) -> Precision:
    """The finest part that was given."""
    return Precision(len(calendar_parts(moment)))


def precision_named(name: str) -> Precision:
    """The precision that CQL writes so; InputError for a word that names no part, as `week`."""
    if name not in PRECISIONS:
        raise InputError(f"{name} is no precision of a date or time")
    return PRECISIONS[name]


def calendar_parts(moment: Moment) -> Parts:
    """The parts from the year on; a Time stands on the first day."""
    return _FIRST_DAY + moment.parts if isinstance(moment, Time) else moment.parts


def with_parts(moment: Moment, parts: Parts) -> Moment:
    """The moment with other parts, counted from the year."""
    if isinstance(moment, Time):
        return Time(parts[3:])
    return DateTime(parts, moment.offset) if isinstance(moment, DateTime) else Date(parts[:3])


def first_parts(parts: Parts, count: int = 7) -> Parts:
    """The first that partial parts may mean, `count` of them."""
    return (parts + FIRST[len(parts) :])[:count]


def last_parts(parts: Parts, count: int = 7) -> Parts:
    """The last that partial parts may mean, `count` of them."""
    filled = parts + _LAST[len(parts) :]
    last_day = days_in_month(filled[0], filled[1])
    day = parts[2] if len(parts) > 2 else last_day
    return (*filled[:2], day, *filled[3:])[:count]


def milliseconds(parts: Parts) -> int:
    """Whole milliseconds to the first moment the parts may mean."""
    year, month, day, hour, minute, second, millisecond = first_parts(parts)
    return (
        date(year, month, day).toordinal() * DAY
        + hour * HOUR
        + minute * MINUTE
        + second * SECOND
        + millisecond
    )


def from_milliseconds(count: int) -> Parts | None:
    """All seven parts; None outside the years 1 to 9999."""
    ordinal, clock = divmod(count, DAY)
    if not 1 <= ordinal <= date.max.toordinal():
        return None
    day = date.fromordinal(ordinal)
    hour, minute, second = clock // HOUR, clock // MINUTE % 60, clock // SECOND % 60
    return day.year, day.month, day.day, hour, minute, second, clock % SECOND


def fits(parts: Parts) -> bool:
    """Whether there is such a date and time."""
    filled = first_parts(parts)
    if not all(low <= part <= high for low, part, high in zip(FIRST, filled, _LAST, strict=True)):
        return False
    return filled[2] <= days_in_month(filled[0], filled[1])


def in_offset(moment: DateTime, offset: int) -> DateTime:
    """The same moment as a clock of another zone shows it; at the ends of the range, and without a clock, as it is."""
    if len(moment.parts) < Precision.HOUR or moment.offset == offset:
        return moment
    shifted = from_milliseconds(milliseconds(moment.parts) + (offset - moment.offset) * MINUTE)
    return moment if shifted is None else DateTime(shifted[: len(moment.parts)], offset)


def aligned(left: Moment, right: Moment, offset: int) -> tuple[Parts, Parts]:
    """Both as one clock shows them: that of `offset`; a date without a clock has its own, and the other is read there."""
    if isinstance(left, DateTime) and isinstance(right, DateTime) and left.offset != right.offset:
        zone = _common_zone(left, right, offset)
        left, right = in_offset(left, zone), in_offset(right, zone)
    return calendar_parts(left), calendar_parts(right)


def _common_zone(left: DateTime, right: DateTime, offset: int) -> int:
    for moment in (left, right):
        if len(moment.parts) < Precision.HOUR:
            return moment.offset
    return offset
