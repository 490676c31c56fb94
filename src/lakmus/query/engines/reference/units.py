"""Units without a unit library: the same unit, and durations of fixed length. `lakmus.terminology.units` knows UCUM."""

from __future__ import annotations

from decimal import Decimal

_MILLISECONDS = {
    "millisecond": 1, "ms": 1,
    "second": 1000, "s": 1000,
    "minute": 60_000, "min": 60_000,
    "hour": 3_600_000, "h": 3_600_000,
    "day": 86_400_000, "d": 86_400_000,
    "week": 604_800_000, "wk": 604_800_000,
}  # fmt: skip
_MONTHS = {"month": 1, "year": 12}
_TABLES = ((_MILLISECONDS, "ms"), (_MONTHS, "month"))


class PlainUnits:
    """A UnitConverter for identical units and durations."""

    def convert(self, value: Decimal, from_unit: str, to_unit: str) -> Decimal | None:
        if from_unit == to_unit:
            return value
        for table, _ in _TABLES:
            if from_unit in table and to_unit in table:
                return value * table[from_unit] / table[to_unit]
        return None

    def canonical(self, value: Decimal, unit: str) -> tuple[Decimal, str]:
        for table, base in _TABLES:
            if unit in table:
                return value * table[unit], base
        return value, unit
