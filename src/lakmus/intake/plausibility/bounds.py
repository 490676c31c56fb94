"""The bounds of all range rules as one table: a measurement finds its row by code and unit.

Bounds are converted into every unit that measures the same, so that values stay as sent and one equi-join does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from lakmus.core.quantities import UnitConverter
from lakmus.intake.plausibility.columns import literal
from lakmus.intake.plausibility.rules import RuleBook

_NEVER = 10**6  # days


@dataclass(frozen=True, slots=True)
class Bound:
    """For one code in one unit: outside `low` to `high` at an age in days from `youngest` to before `oldest`."""

    rule: str
    key: str
    unit: str
    low: float
    high: float
    youngest: int
    oldest: int


def bounds_of(book: RuleBook, units: UnitConverter) -> tuple[Bound, ...]:
    """Every bound in every unit that it can be converted into, spellings included."""
    return tuple(_bounds(book, units))


def _bounds(book: RuleBook, units: UnitConverter) -> Iterator[Bound]:
    for rule in book.rules:
        if rule.kind != "range":
            continue
        youngest, oldest = rule.check.get("age_days", (-_NEVER, _NEVER))
        for part in rule.check["bounds"]:
            for unit, low, high in _in_all_units(part, book, units):
                for key in part["codes"]:
                    yield Bound(rule.id, key, unit, low, high, youngest, oldest)


def _in_all_units(
    part: dict[str, object], book: RuleBook, units: UnitConverter
) -> Iterator[tuple[str, float, float]]:
    own = str(part["unit"])
    for unit in dict.fromkeys((own, *book.units)):
        low = _converted(part.get("low"), own, unit, units, float("-inf"))
        high = _converted(part.get("high"), own, unit, units, float("inf"))
        if low is not None and high is not None:
            yield from ((name, low, high) for name in _names(unit, book))


def _converted(value: object, own: str, unit: str, units: UnitConverter, missing: float) -> float | None:
    if value is None:
        # Convertible or not is still to be known.
        return missing if units.convert(Decimal(1), own, unit) is not None else None
    converted = units.convert(Decimal(str(value)), own, unit)
    return None if converted is None else float(converted)


def _names(unit: str, book: RuleBook) -> Iterable[str]:
    return (unit, *(spelling for spelling, code in book.spellings.items() if code == unit))


def values_sql(bounds: Iterable[Bound]) -> str:
    """The table as SQL, with columns rule, key, unit, low, high, youngest, oldest."""
    rows = ", ".join(
        f"({literal(b.rule)}, {literal(b.key)}, {literal(b.unit)}, {_double(b.low)}, {_double(b.high)},"
        f" {b.youngest}, {b.oldest})"
        for b in bounds
    )
    return f"(VALUES {rows}) AS b(rule, key, unit, low, high, youngest, oldest)"


def _double(value: float) -> str:
    return f"'{value}'::DOUBLE"
