"""Dates that leave: moved by a secret number of days per person, so that intervals within a person stay true.

The number is between 1 and `days`, forwards or backwards, never zero, and the same for all of a person's dates in all
releases of a family. Time of day and zone are kept as sent. A partial date stands for its middle: 2 July of the year,
the 15th of the month; the middle is moved and cut to the precision that was given. What is not a FHIR date
(R4 datatypes.html#dateTime), or leaves the years 1 to 9999, becomes null.
"""

from __future__ import annotations

import hmac
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lakmus.privacy.pseudonyms import ReleaseKey

Days = npt.NDArray[np.int64]

# RE2: year, month, day, and what follows a whole date
DATE = (
    r"^(?P<year>[0-9]{4})(?:-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>0[1-9]|[12][0-9]|3[01])"
    r"(?P<rest>T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){1,2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?$"
)
_FIRST, _LAST = (
    np.datetime64("0001-01-01", "D").astype(np.int64),
    np.datetime64("9999-12-31", "D").astype(np.int64),
)


def offsets(key: ReleaseKey, persons: pa.Array, days: int) -> pa.Array:
    """Days to move each row's dates by, int64 in [-days, -1] or [1, days]; null for rows of no person."""
    assert days >= 1, "dates are moved by a day at least"
    secret = key.derived("date shift")
    encoded = persons.cast(pa.string()).dictionary_encode()
    drawn = [_offset(secret, person, days) for person in encoded.dictionary.to_pylist()]
    return pa.array(drawn, pa.int64()).take(encoded.indices)


def _offset(secret: bytes, person: str, days: int) -> int:
    # 64 bits modulo at most some thousands: the bias is below 2^-50
    drawn = int.from_bytes(hmac.digest(secret, person.encode(), "sha256")[:8], "big") % (2 * days)
    return drawn - days if drawn < days else drawn - days + 1


def shift(dates: pa.Array, moves: pa.Array) -> pa.Array:
    """FHIR dates, dateTimes or instants as text, each moved by its number of days; null where either is null.

    >>> shift(pa.array(["2020-02-28T10:00:00+03:00", "2020-02", "2020"]), pa.array([2, 20, 3])).to_pylist()
    ['2020-03-01T10:00:00+03:00', '2020-03', '2020']
    """
    parts = _Parts(dates)
    usable = parts.valid & np.asarray(moves.is_valid())
    moved = parts.middle + pc.fill_null(moves, 0).to_numpy(zero_copy_only=False)
    usable &= (moved >= _FIRST) & (moved <= _LAST)
    days = pa.array(np.where(usable, moved, 0).astype(np.int32)).cast(pa.date32()).cast(pa.string())
    lengths = pa.array(np.array([4, 7, 10])[parts.precision - 1])
    whole = pc.binary_join_element_wise(_cut(days, lengths), parts.rest, "")
    return pc.if_else(pa.array(usable), whole, pa.scalar(None, pa.string()))


def years(dates: pa.Array) -> pa.Array:
    """The year of each date, int64; null for what is not a date."""
    parts = _Parts(dates)
    return pa.array(parts.year, mask=~parts.valid)


def whole_days(dates: pa.Array) -> tuple[Days, npt.NDArray[np.bool_]]:
    """Days since 1970-01-01 (the middle for partial dates), and which rows are dates."""
    parts = _Parts(dates)
    return parts.middle, parts.valid


class _Parts:
    """Dates taken apart, column by column."""

    def __init__(self, dates: pa.Array) -> None:
        found = pc.extract_regex(dates.cast(pa.string()), DATE)
        present = np.asarray(found.is_valid())
        year, month, day = (_number(found, name) for name in ("year", "month", "day"))
        self.rest = pc.fill_null(_field(found, "rest"), "")
        self.precision = 1 + (month > 0).astype(int) + (day > 0).astype(int)
        self.year = year
        self.middle, real = _middle(year, month, day)
        self.valid = present & real & (year > 0)


def _field(found: pa.StructArray, name: str) -> pa.Array:
    return pc.struct_field(found, name)


def _number(found: pa.StructArray, name: str) -> Days:
    text = _field(found, name)
    empty = pc.equal(pc.fill_null(text, ""), "")
    return np.asarray(pc.cast(pc.if_else(empty, "0", text), pa.int64()).to_numpy(zero_copy_only=False))


def _middle(year: Days, month: Days, day: Days) -> tuple[Days, npt.NDArray[np.bool_]]:
    """Days since 1970 of the middle of each (partial) date, and whether the calendar has that day."""
    at_month = np.where(month == 0, 7, month)
    at_day = np.where(month == 0, 2, np.where(day == 0, 15, day))
    months: Any = ((year - 1970) * 12 + at_month - 1).astype("datetime64[M]")
    middle = months.astype("datetime64[D]") + (at_day - 1)
    return middle.astype(np.int64), middle.astype("datetime64[M]") == months


def _cut(days: pa.Array, lengths: pa.Array) -> pa.Array:
    """The first 4, 7 or 10 characters of ISO dates."""
    months, years = (pc.utf8_slice_codeunits(days, 0, n) for n in (7, 4))
    return pc.case_when(pc.make_struct(pc.equal(lengths, 10), pc.equal(lengths, 7)), days, months, years)
