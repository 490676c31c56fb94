"""FHIR dates and times as they are sent: complete or partial, with or without a time zone.

A partial date is a span, not a point: `2020-05` is every moment of that May. So each value answers for its lowest
and highest instant, and comparing two values may have no answer (CQL 1.5, "Comparing Dates and Times": uncertainty).
Seconds and their fractions are one precision (FHIRPath N1, 6.2): `10:00:00` and `10:00:00.0` are the same moment.
Instants are whole microseconds since 1970-01-01T00:00:00Z: integers know no overflow at year 1 or 9999.

    >>> parse_date("2020-05").compare(parse_date("2020-06-01"))
    -1
    >>> parse_date("2020-05").compare(parse_date("2020-05-07")) is None
    True
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from functools import cached_property

from lakmus.core.errors import InputError, Place

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_EPOCH = date(1970, 1, 1).toordinal()


class Precision(IntEnum):
    """The finest part that was given."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    HOUR = 4
    MINUTE = 5
    SECOND = 6


@dataclass(frozen=True)
class PartialDateTime:
    """A FHIR date, dateTime or instant.

    `parts` are year, month, day, hour, minute and second, as many as `precision` says. `microsecond` is the fraction
    of the second, cut to six digits. `offset` is minutes east of UTC, None when none was given. `str()` gives back
    the text as sent.
    """

    text: str
    parts: tuple[int, ...]
    microsecond: int = 0
    offset: int | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def precision(self) -> Precision:
        return Precision(len(self.parts))

    @property
    def year(self) -> int:
        return self.parts[0]

    @property
    def is_partial(self) -> bool:
        """Coarser than a day."""
        return self.precision < Precision.DAY

    def low(self, zone: int = 0) -> int:
        """The first microsecond it may mean; `zone` (minutes east of UTC) holds where no offset was given."""
        return self._local_low - self._shift(zone)

    def high(self, zone: int = 0) -> int:
        """The last microsecond it may mean, inclusive."""
        return self._local_high - self._shift(zone)

    def compare(self, other: PartialDateTime, zone: int = 0) -> int | None:
        """-1, 0 or 1 for before, the same, after; None when the precisions given do not decide it."""
        return _compare(self._bounds(zone), other._bounds(zone))

    def earliest_day(self) -> date:
        """The first calendar day it may mean, where it was written."""
        year, month, day = (*self.parts, 1, 1)[:3]
        return date(year, month, day)

    def latest_day(self) -> date:
        """The last calendar day it may mean, where it was written."""
        year, month = (*self.parts, 12)[:2]
        return date(year, month, self.parts[2] if len(self.parts) > 2 else days_in_month(year, month))

    @cached_property
    def _local_low(self) -> int:
        _, _, _, hour, minute, second = (*self.parts, *(1, 1, 1, 0, 0, 0)[len(self.parts) :])
        days = self.earliest_day().toordinal() - _EPOCH
        return days * DAY + hour * HOUR + minute * MINUTE + second * SECOND + self.microsecond

    @cached_property
    def _local_high(self) -> int:
        if self.precision <= Precision.DAY:
            return (self.latest_day().toordinal() - _EPOCH + 1) * DAY - 1
        return self._local_low + _width(self.precision, self.microsecond) - 1

    def _bounds(self, zone: int) -> tuple[int, int]:
        low = self.low(zone)
        return low, low if self.precision is Precision.SECOND else self.high(zone)

    def _shift(self, zone: int) -> int:
        return (zone if self.offset is None else self.offset) * MINUTE


@dataclass(frozen=True)
class PartialTime:
    """A FHIR time: hour, minute and second of a day in no time zone. `str()` gives back the text as sent."""

    text: str
    parts: tuple[int, ...]
    microsecond: int = 0

    def __str__(self) -> str:
        return self.text

    @property
    def precision(self) -> Precision:
        return Precision(len(self.parts) + 3)

    def low(self) -> int:
        """The first microsecond of the day it may mean."""
        hour, minute, second = (*self.parts, 0, 0)[:3]
        return hour * HOUR + minute * MINUTE + second * SECOND + self.microsecond

    def high(self) -> int:
        """The last microsecond of the day it may mean, inclusive."""
        return self.low() + _width(self.precision, self.microsecond) - 1

    def compare(self, other: PartialTime) -> int | None:
        """-1, 0 or 1 for before, the same, after; None when the precisions given do not decide it."""
        return _compare(self._bounds(), other._bounds())

    def _bounds(self) -> tuple[int, int]:
        return self.low(), self.low() if self.precision is Precision.SECOND else self.high()


# The lexical forms of FHIR R4, datatypes.html#primitive. Python's `\d` would take any script's digits.
_DAY = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_PARTIAL_DAY = r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?"
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
_PARTIAL_CLOCK = (
    r"(?P<hour>[0-9]{2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?)?"
)
_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})"
_WHOLE_DAY_BEFORE_CLOCK = r"(?<=-[0-9]{2}-[0-9]{2})"

_FORMS = {
    "date": re.compile(_PARTIAL_DAY),
    "dateTime": re.compile(f"{_PARTIAL_DAY}(?:{_WHOLE_DAY_BEFORE_CLOCK}T{_CLOCK}{_ZONE})?"),
    "instant": re.compile(f"{_DAY}T{_CLOCK}{_ZONE}"),
    "time": re.compile(_CLOCK),
    "literal dateTime": re.compile(
        f"{_PARTIAL_DAY}(?:T|{_WHOLE_DAY_BEFORE_CLOCK}T{_PARTIAL_CLOCK}{_ZONE}?)?"
    ),
    "literal time": re.compile(_PARTIAL_CLOCK),
}
_HINTS = {
    "date": "write YYYY, YYYY-MM or YYYY-MM-DD",
    "dateTime": "write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a zone: Z or +03:00",
    "instant": "write YYYY-MM-DDThh:mm:ss with a zone: Z or +03:00",
    "time": "write hh:mm:ss",
    "literal dateTime": "write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss, each part after the year optional",
    "literal time": "write hh, hh:mm or hh:mm:ss",
}
_LONGEST = 64


def parse_date(text: str, place: Place | None = None) -> PartialDateTime:
    """A FHIR `date`. Raises InputError (which never repeats the text: it may be a person's)."""
    return _parse_calendar(text, "date", place)


def parse_datetime(text: str, place: Place | None = None) -> PartialDateTime:
    """A FHIR `dateTime`: a time needs seconds and a zone."""
    return _parse_calendar(text, "dateTime", place)


def parse_instant(text: str, place: Place | None = None) -> PartialDateTime:
    """A FHIR `instant`: complete, with a zone."""
    return _parse_calendar(text, "instant", place)


def parse_time(text: str, place: Place | None = None) -> PartialTime:
    """A FHIR `time`."""
    return _parse_clock(text, "time", place)


def parse_datetime_literal(text: str, place: Place | None = None) -> PartialDateTime:
    """What FHIRPath and CQL write after `@`: time parts and zone may be left out (`2020-05-01T10`, `2020T`)."""
    return _parse_calendar(text, "literal dateTime", place)


def parse_time_literal(text: str, place: Place | None = None) -> PartialTime:
    """What FHIRPath and CQL write after `@T`: minutes and seconds may be left out."""
    return _parse_clock(text, "literal time", place)


def from_datetime(moment: datetime) -> PartialDateTime:
    """The instant of an aware datetime, to the millisecond when it has a fraction."""
    assert moment.tzinfo is not None, "an instant without a time zone is no instant"
    text = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return parse_instant(text)


def to_datetime(instant: int) -> datetime:
    """Microseconds since the epoch as an aware datetime in UTC; raises InputError outside years 1 to 9999."""
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    except OverflowError:
        raise InputError("an instant outside the years 1 to 9999") from None


def days_in_month(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _parse_calendar(text: str, form: str, place: Place | None) -> PartialDateTime:
    found = _match(text, form, place)
    groups = found.groupdict()
    parts = _parts(groups, ("year", "month", "day", "hour", "minute", "second"))
    offset = _offset(groups.get("zone"))
    if not (_calendar_fits(parts) and _clock_fits(parts[3:]) and _offset_fits(offset)):
        raise _refusal(form, place)
    return PartialDateTime(text, parts, _microsecond(groups), offset)


def _parse_clock(text: str, form: str, place: Place | None) -> PartialTime:
    groups = _match(text, form, place).groupdict()
    parts = _parts(groups, ("hour", "minute", "second"))
    if not _clock_fits(parts):
        raise _refusal(form, place)
    return PartialTime(text, parts, _microsecond(groups))


def _match(text: str, form: str, place: Place | None) -> re.Match[str]:
    found = _FORMS[form].fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise _refusal(form, place)
    return found


def _refusal(form: str, place: Place | None) -> InputError:
    return InputError(f"this is not a FHIR {form.removeprefix('literal ')}", place=place, hint=_HINTS[form])


def _parts(groups: dict[str, str | None], names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(int(text) for name in names if (text := groups.get(name)) is not None)


def _microsecond(groups: dict[str, str | None]) -> int:
    return int((groups.get("fraction") or "0")[:6].ljust(6, "0"))


def _offset(zone: str | None) -> int | None:
    if zone is None or zone == "Z":
        return None if zone is None else 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone[0] == "-" else minutes


def _offset_fits(offset: int | None) -> bool:
    return offset is None or abs(offset) <= 14 * 60


def _calendar_fits(parts: tuple[int, ...]) -> bool:
    year, month, day = (*parts, 1, 1)[:3]
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)


def _clock_fits(parts: tuple[int, ...]) -> bool:
    hour, minute, second = (*parts, 0, 0, 0)[:3]
    # 60 is a leap second, which FHIR allows; 24:00 it does not.
    return hour <= 23 and minute <= 59 and second <= 60


def _width(precision: Precision, microsecond: int) -> int:
    if precision is Precision.HOUR:
        return HOUR
    if precision is Precision.MINUTE:
        return MINUTE
    return 1 if microsecond else SECOND


def _compare(left: tuple[int, int], right: tuple[int, int]) -> int | None:
    if left == right:
        return 0
    if left[1] < right[0]:
        return -1
    return 1 if left[0] > right[1] else None
