"""Comparing dates and times, and adding durations to them (N1 6.2, 6.7)."""

from __future__ import annotations

from decimal import Decimal

from lakmus.core.dates import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    PartialDateTime,
    PartialTime,
    Precision,
    days_in_month,
    parse_datetime_literal,
    parse_time_literal,
    to_datetime,
)
from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity

# Offsets in use, minutes east of UTC: what a time without a zone may mean.
_EASTERNMOST, _WESTERNMOST = 14 * 60, -12 * 60
_UNITS = {
    "year": "year", "month": "month",
    "week": "week", "wk": "week", "day": "day", "d": "day", "hour": "hour", "h": "hour",
    "minute": "minute", "min": "minute", "second": "second", "s": "second",
    "millisecond": "millisecond", "ms": "millisecond",
}  # fmt: skip
_WIDTHS = {
    "week": 7 * DAY, "day": DAY, "hour": HOUR, "minute": MINUTE, "second": SECOND, "millisecond": SECOND // 1000,
}  # fmt: skip
# How a duration finer than the moment's precision counts there (N1 6.7): no decimals, 30-day months, 365-day years.
_PRECISIONS = {
    Precision.YEAR: ("year", 365 * DAY),
    Precision.MONTH: ("month", 30 * DAY),
    Precision.DAY: ("day", DAY),
    Precision.HOUR: ("hour", HOUR),
    Precision.MINUTE: ("minute", MINUTE),
}
_RANK = {"year": 1, "month": 2, "week": 3, "day": 3, "hour": 4, "minute": 5, "second": 6, "millisecond": 6}


def compare(left: PartialDateTime | PartialTime, right: PartialDateTime | PartialTime) -> int | None:
    """-1, 0, 1; None when precisions or missing zones do not decide it, or a time meets a date."""
    if isinstance(left, PartialTime) or isinstance(right, PartialTime):
        both = isinstance(left, PartialTime) and isinstance(right, PartialTime)
        return left.compare(right) if both else None  # type: ignore[arg-type]
    if _zones_agree(left, right):
        zone = left.offset if left.offset is not None else right.offset
        return left.compare(right, zone or 0)
    (a_low, a_high), (b_low, b_high) = _spans(left), _spans(right)
    if a_high < b_low:
        return -1
    return 1 if a_low > b_high else None


def _zones_agree(left: PartialDateTime, right: PartialDateTime) -> bool:
    """A day has no zone of its own: it is read in that of the other. A time of day without a zone may mean any."""
    if (left.offset is None) == (right.offset is None):
        return True
    without = left if left.offset is None else right
    return without.precision <= Precision.DAY


def _spans(moment: PartialDateTime) -> tuple[int, int]:
    """The first and last microsecond it may mean in any zone."""
    high = moment.low if moment.precision is Precision.SECOND else moment.high
    return moment.low(_EASTERNMOST), high(_WESTERNMOST)


def add(
    moment: PartialDateTime | PartialTime, duration: Quantity, sign: int
) -> PartialDateTime | PartialTime | None:
    """The moment later (sign 1) or earlier (-1) by a duration; None outside the years 1 to 9999."""
    unit = _UNITS.get(duration.unit)
    if unit is None:
        raise InputError(
            "the unit is no duration that can be added to a date or time",
            hint="use year, month, week, day, hour, minute, second, millisecond, or the UCUM codes of weeks and shorter",
        )
    if isinstance(moment, PartialTime):
        return _add_to_time(moment, duration.value, unit, sign)
    return _add_to_date(moment, duration.value, unit, sign)


def _add_to_time(time: PartialTime, amount: Decimal, unit: str, sign: int) -> PartialTime:
    if unit in ("year", "month"):
        raise InputError(f"a {unit} cannot be added to a time")
    step = sign * _ticks(amount, unit)
    width = _PRECISIONS[time.precision][1] if time.precision in _PRECISIONS else 1
    ticks = (time.low() + step // width * width if step >= 0 else time.low() - -step // width * width) % DAY
    return parse_time_literal(_clock(ticks, len(time.parts), "." in time.text))


def _add_to_date(moment: PartialDateTime, amount: Decimal, unit: str, sign: int) -> PartialDateTime | None:
    unit, amount = _coarsened(moment.precision, unit, amount)
    if unit in ("year", "month"):
        months = int(amount) * (12 if unit == "year" else 1) * sign
        return _add_months(moment, months)
    return _add_ticks(moment, sign * _ticks(amount, unit))


def _coarsened(precision: Precision, unit: str, amount: Decimal) -> tuple[str, Decimal]:
    """The duration in the moment's own precision when it is finer than that."""
    if precision not in _PRECISIONS or _RANK[unit] <= precision:
        return unit, amount
    name, width = _PRECISIONS[precision]
    if unit == "month":
        return name, Decimal(int(amount) // 12 if amount >= 0 else -(-int(amount) // 12))
    whole = abs(_ticks(amount, unit)) // width
    return name, Decimal(whole if amount >= 0 else -whole)


def _ticks(amount: Decimal, unit: str) -> int:
    """Microseconds; only seconds have decimals (N1 6.7)."""
    if unit == "second":
        return int(amount * 1000) * (SECOND // 1000)
    return int(amount) * _WIDTHS[unit]


def _add_months(moment: PartialDateTime, months: int) -> PartialDateTime | None:
    year, month, day = (*moment.parts, 1, 1)[:3]
    index = year * 12 + month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        return None
    parts = (year, month, min(day, days_in_month(year, month)), *moment.parts[3:])[: len(moment.parts)]
    return parse_datetime_literal(_text(parts, moment))


def _add_ticks(moment: PartialDateTime, ticks: int) -> PartialDateTime | None:
    try:
        later = to_datetime(moment.low(moment.offset or 0) + (moment.offset or 0) * MINUTE + ticks)
    except InputError:
        return None
    parts = (later.year, later.month, later.day, later.hour, later.minute, later.second)[: len(moment.parts)]
    return parse_datetime_literal(_text(parts, moment, later.microsecond))


def _text(parts: tuple[int, ...], like: PartialDateTime, microsecond: int | None = None) -> str:
    """As the moment it came from is written: same precision, zone, and digits of the second."""
    text = "-".join(f"{part:0{4 if i == 0 else 2}d}" for i, part in enumerate(parts[:3]))
    if len(parts) <= 3:
        return text + ("T" if like.text.endswith("T") else "")
    text += "T" + ":".join(f"{part:02d}" for part in parts[3:])
    fraction = like.microsecond if microsecond is None else microsecond
    if len(parts) == 6 and ("." in like.text or fraction):
        text += f".{fraction // 1000:03d}"
    return text + _zone(like.text)


def _zone(text: str) -> str:
    clock = text.partition("T")[2]
    at = max(clock.find("+"), clock.find("-"), clock.find("Z"))
    return clock[at:] if at >= 0 else ""


def _clock(ticks: int, parts: int, fraction: bool) -> str:
    seconds, rest = divmod(ticks, SECOND)
    numbers = (seconds // 3600, seconds // 60 % 60, seconds % 60)[:parts]
    text = ":".join(f"{number:02d}" for number in numbers)
    return text + (f".{rest // 1000:03d}" if parts == 3 and (fraction or rest) else "")
