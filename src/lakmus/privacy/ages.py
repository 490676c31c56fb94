"""Ages and years of birth that leave: everybody older than 89 is in one group.

The limit is that of the safe harbour of 45 CFR 164.514(b)(2)(i)(C): ages over 89, and what tells them, the year of birth
included, go into one category. Age is counted at a reference date per row, in completed years.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lakmus.privacy import dates

TOP = 90


def ages(births: pa.Array, references: pa.Array) -> pa.Array:
    """Completed years from birth to the reference date, int64; null when either is no date or birth comes later.

    Partial dates stand for their middle, so such an age may be off by one.
    """
    born, known = dates.whole_days(births)
    then, stated = dates.whole_days(references)
    usable = known & stated & (then >= born)
    return pa.array(_completed(born, then), mask=~usable)


def _completed(born: dates.Days, then: dates.Days) -> dates.Days:
    birth, at = (days.astype("datetime64[D]") for days in (born, then))
    years = at.astype("datetime64[Y]").astype(np.int64) - birth.astype("datetime64[Y]").astype(np.int64)
    return years - (_in_year(at) < _in_year(birth))


def _in_year(day: np.ndarray[tuple[int, ...], np.dtype[np.datetime64]]) -> dates.Days:
    """Month and day as one number that orders them: a leap day's birthday comes on 1 March of other years."""
    month = day.astype("datetime64[M]")
    in_month = (day - month.astype("datetime64[D]")).astype(np.int64)
    return np.asarray((month.astype(np.int64) % 12) * 31 + in_month)


def groups(births: pa.Array, references: pa.Array, *, width: int = 5, top: int = TOP) -> pa.Array:
    """Age groups as text: `40-44`, and `90+` for all from `top` on (at most 90).

    >>> groups(pa.array(["1980-05-01", "1930"]), pa.array(["2024-01-01"] * 2)).to_pylist()
    ['40-44', '90+']
    """
    assert 1 <= top <= TOP, "ages over 89 are in one group"
    age = ages(births, references)
    low = pc.multiply(pc.divide(age, width), width)
    high = pc.min_element_wise(pc.add(low, width - 1), pa.scalar(top - 1, pa.int64()), skip_nulls=False)
    shown = pc.binary_join_element_wise(low.cast(pa.string()), high.cast(pa.string()), "-")
    return pc.if_else(pc.greater_equal(age, top), f"{top}+", shown)


def birth_years(births: pa.Array, references: pa.Array, *, width: int = 1, top: int = TOP) -> pa.Array:
    """Years of birth, int64, the first of each group of `width` years; those of `top` years and more share one year.

    The shared year is that of the reference less `top`. Null when birth is no date or comes after the reference.
    """
    assert 1 <= top <= TOP, "ages over 89 are in one group"
    age, year = ages(births, references), dates.years(births)
    grouped = pc.multiply(pc.divide(year, width), width)
    oldest = pc.subtract(dates.years(references), top)
    capped = pc.if_else(pc.greater_equal(age, top), oldest, pc.max_element_wise(grouped, oldest))
    return pc.if_else(age.is_valid(), capped, pa.scalar(None, pa.int64()))
