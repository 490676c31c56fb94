"""Units of quantities in SQL: a table of units in use, calendar durations among them, each with its factor to a base unit.

A unit outside the table is comparable with itself alone. Years and months of the calendar have a base of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache

from lakmus.lake.schema import literal
from lakmus.query.engines.duckdb.quantities import KNOWN
from lakmus.terminology.units import Units

_DEFINITE = ("week", "day", "hour", "minute", "second", "millisecond")
_LENGTHS = ("m", "dm", "cm", "mm", "um", "km")
# Written besides the units of laboratories, which another table has.
_MORE = (
    *_DEFINITE, "year", "month", *(f"{word}s" for word in (*_DEFINITE, "year", "month")), "a", "mo",
    "l", "dl", "cl", "ml", "ul", *(f"{unit}{power}" for unit in _LENGTHS for power in (2, 3)),
    "g/cm3", "g/m3", "kg/m3", "mg/ml", "g/mL", "mg/mL", "m/s", "km/h", "[oz_tr]", "[yd_i]", "[mi_i]", "kcal", "cal", "J", "kJ",
    "ng/L", "pg/mL", "mol/m3", "meq/L", "[IU]/L", "U/L", "/h", "/s", "mg/kg", "ug/kg", "mL/min", "L/min", "mL/h",
)  # fmt: skip
# How long equivalence takes them to be, in days.
_LOOSE = {"year": 365, "years": 365, "a": 365, "month": 30, "months": 30, "mo": 30}


@cache
def table() -> Mapping[str, tuple[Decimal, str]]:
    """By unit: the factor, and the base unit."""
    units = Units()
    return {unit: units.canonical(Decimal(1), unit) for unit in dict.fromkeys((*KNOWN, *_MORE))}


def base(unit: str) -> str:
    """SQL: what a unit is measured in."""
    return f"coalesce(({_words(b for _, b in table().values())})[{_place(unit)}], {unit})"


def factor(unit: str) -> str:
    """SQL: a unit in its base."""
    return f"coalesce(({_words(f'{f:f}' for f, _ in table().values())}::DOUBLE[])[{_place(unit)}], 1)"


def _place(unit: str) -> str:
    return f"list_position({_words(table())}, {unit})"


def _words(words: Iterable[str]) -> str:
    """A list of texts that is one constant: macros are copied, and every constant in them is planned each time."""
    return f"string_split({literal(' '.join(words))}, ' ')"


def loose_days(unit: str) -> str:
    """SQL: how many days a unit has that no calendar counts in days; NULL for others."""
    cases = " ".join(f"WHEN {literal(u)} THEN {days}" for u, days in _LOOSE.items())
    return f"CASE {unit} {cases} END"
