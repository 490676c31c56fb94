"""Dates, times, numbers and quantities as text (CQL 1.5, author's guide, "Literals"; appendix B, "ToString")."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import singledispatch
from typing import Any

from lakmus.core.quantities import Quantity, plain
from lakmus.query.engines.reference.elm.numbers import decimal
from lakmus.query.engines.reference.elm.parts import FIRST, Parts, fits
from lakmus.query.engines.reference.elm.units import calendar_word
from lakmus.query.ir.elm.values import Date, DateTime, Ratio, Time

_DAY = r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
_CLOCK = r"([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,30}))?)?)?"
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})"
_DATE = re.compile(_DAY)
_DATETIME = re.compile(rf"{_DAY}(?:T(?:{_CLOCK}{_ZONE}?)?)?")
_TIME = re.compile(rf"T?{_CLOCK}")
_NUMBER = r"[+-]?[0-9]{1,60}(?:\.[0-9]{1,60})?"
_DECIMAL = re.compile(_NUMBER)
_QUANTITY = re.compile(
    rf"({_NUMBER})\s*(?:'([^']{{1,200}})'|(years?|months?|weeks?|days?|hours?|minutes?|seconds?|milliseconds?))?"
)
_FARTHEST = 14 * 60


def parse_date(text: str) -> Date | None:
    """`2012-02-29`, or less of it; None when there is no such date."""
    found = _DATE.fullmatch(text)
    parts = () if found is None else _parts(found.groups())
    return Date(parts) if parts and fits(parts) else None


def parse_datetime(text: str, offset: int) -> DateTime | None:
    """`2012-02-29T12:30:00.000+01:00`, or less of it; `offset` is that of a text without a zone."""
    found = _DATETIME.fullmatch(text)
    if found is None:
        return None
    *texts, zone = found.groups()
    minutes = offset if zone is None else _minutes(zone)
    parts = _parts((*texts[:6], _milliseconds(texts[6])))
    return DateTime(parts, minutes) if minutes is not None and _is_whole(texts) and fits(parts) else None


def parse_time(text: str) -> Time | None:
    """`12:30:00.000`, or less of it, with or without a `T` before it."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    *texts, fraction = found.groups()
    parts = FIRST[:3] + _parts((*texts, _milliseconds(fraction)))
    return Time(parts[3:]) if fits(parts) else None


def parse_decimal(text: str) -> Decimal | None:
    """Digits beyond the eighth after the point are rounded; None outside the range."""
    return decimal(Decimal(text)) if _DECIMAL.fullmatch(text) else None


def parse_quantity(text: str) -> Quantity | None:
    """`5.5 'cm'`, `4 days`, or a number alone."""
    found = _QUANTITY.fullmatch(text)
    value = None if found is None else parse_decimal(found[1])
    if found is None or value is None:
        return None
    return Quantity(value, found[2] or calendar_word(found[3] or "") or "1")


def _parts(texts: tuple[str | None, ...]) -> Parts:
    return tuple(int(text) for text in texts if text is not None)


def _is_whole(texts: list[str | None]) -> bool:
    """Whether nothing is left out in the middle: a clock stands after a day only."""
    given = [text is not None for text in texts]
    return given == sorted(given, reverse=True)


def _milliseconds(fraction: str | None) -> str | None:
    """Three digits of it."""
    return None if fraction is None else fraction.ljust(3, "0")[:3]


def _minutes(zone: str) -> int | None:
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:])
    count = hours * 60 + minutes
    if minutes > 59 or count > _FARTHEST:
        return None
    return -count if zone[0] == "-" else count


@singledispatch
def written(value: Any, offset: int | None = None) -> str:
    """A value as ToString writes it; a DateTime at this offset is written without one."""
    raise TypeError(f"{type(value).__name__} has no text")


@written.register(str)
@written.register(int)
def _scalar(value: Any, offset: int | None = None) -> str:
    return str(value)


@written.register
def _boolean(value: bool, offset: int | None = None) -> str:
    return "true" if value else "false"


@written.register
def _decimal(value: Decimal, offset: int | None = None) -> str:
    """One digit after the point at least; a number outside the range of Decimal keeps its exponent."""
    kept = decimal(value)
    text = str(value) if kept is None else plain(kept)
    return text if "." in text or kept is None else f"{text}.0"


@written.register
def _quantity(value: Quantity, offset: int | None = None) -> str:
    """Without digits after the point that the number does not have."""
    kept, word = decimal(value.value), calendar_word(value.unit)
    number = str(value.value) if kept is None else plain(kept)
    return f"{number} '{value.unit}'" if word is None else f"{number} {word}{'' if kept == 1 else 's'}"


@written.register
def _ratio(value: Ratio, offset: int | None = None) -> str:
    sides = (value.numerator, value.denominator)
    return ":".join("" if side is None else written(side) for side in sides)


@written.register
def _date(value: Date, offset: int | None = None) -> str:
    return _day(value.parts)


@written.register
def _datetime(value: DateTime, offset: int | None = None) -> str:
    day, clock = _day(value.parts[:3]), value.parts[3:]
    if not clock:
        return day
    return f"{day}T{_clock(clock)}{'' if value.offset == offset else _zone(value.offset)}"


@written.register
def _time(value: Time, offset: int | None = None) -> str:
    return _clock(value.parts)


def _day(parts: Parts) -> str:
    return "-".join(f"{part:0{4 if i == 0 else 2}d}" for i, part in enumerate(parts))


def _clock(parts: Parts) -> str:
    text = ":".join(f"{part:02d}" for part in parts[:3])
    return f"{text}.{parts[3]:03d}" if len(parts) > 3 else text


def _zone(offset: int) -> str:
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"
