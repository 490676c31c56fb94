"""Columns of text made from columns of numbers, without a Python loop over rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

_FIRST = np.datetime64("1880-01-01", "D").astype(np.int64).item()
_LAST = np.datetime64("2101-01-01", "D").astype(np.int64).item()


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


@lru_cache(1)
def _all_dates() -> pa.StringArray:
    days = np.arange(_FIRST, _LAST).astype("datetime64[D]")
    return pa.array(np.datetime_as_string(days).tolist())


@lru_cache(32)
def _all_times(offset: int, end: str) -> list[str]:
    sign, zone = ("-" if offset < 0 else "+"), abs(offset)
    suffix = f"{end}{sign}{zone // 60:02d}:{zone % 60:02d}"
    return [f"T{minute // 60:02d}:{minute % 60:02d}{suffix}" for minute in range(1440)]


def joined(*parts: str | pa.Array) -> pa.StringArray:
    """The parts one after the other, row by row."""
    return pc.binary_join_element_wise(*parts, "")


def choose(values: Sequence[str] | pa.Array, index: npt.NDArray[np.integer]) -> pa.StringArray:
    """The value of each index."""
    table = values if isinstance(values, pa.Array) else pa.array(list(values), pa.string())
    return table.take(pa.array(index))


def integers(numbers: npt.NDArray[np.integer]) -> pa.StringArray:
    return pa.array(numbers).cast(pa.string())


def decimals(scaled: npt.NDArray[np.integer], places: int) -> pa.StringArray:
    """Numbers of `places` decimals, given as whole units of the last place; none may be negative."""
    whole, fraction = np.divmod(np.asarray(scaled, np.int64), 10**places)
    return joined(integers(whole), choose([f".{n:0{places}d}" for n in range(10**places)], fraction))


def dates(days: npt.NDArray[np.integer]) -> pa.StringArray:
    """`YYYY-MM-DD`."""
    return _all_dates().take(pa.array(days - _FIRST))


def instants(
    days: npt.NDArray[np.integer], minutes: npt.NDArray[np.integer], offsets: Ints
) -> pa.StringArray:
    """`YYYY-MM-DDThh:mm:00+hh:mm` in the zone of each row, given in minutes east of UTC."""
    kinds, which = np.unique(offsets, return_inverse=True)
    times = [text for offset in kinds for text in _all_times(int(offset), ":00")]
    return joined(dates(days), choose(times, which * 1440 + minutes))


def chosen(flag: npt.NDArray[np.bool_], yes: pa.Array | str, no: str = "") -> pa.StringArray:
    """`yes` where the flag is set, else `no`."""
    return pc.if_else(pa.array(flag), yes, no)
