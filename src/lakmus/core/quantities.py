"""Values with units, and the small interface through which whoever compares them is given a converter."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

UCUM = "http://unitsofmeasure.org"


class UnitConverter(Protocol):
    """Unit arithmetic, passed in so that no query engine depends on a unit library."""

    def convert(self, value: Decimal, from_unit: str, to_unit: str) -> Decimal | None:
        """The value in `to_unit`; None when either unit is unknown or they do not measure the same thing."""
        ...

    def canonical(self, value: Decimal, unit: str) -> tuple[Decimal, str]:
        """The value in base units with their name: equal for equal amounts, whatever unit they came in."""
        ...


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: a UCUM code, or a calendar duration such as `month` as CQL writes it."""

    value: Decimal
    unit: str = "1"

    def __str__(self) -> str:
        return f"{plain(self.value)} '{self.unit}'"


def plain(value: Decimal) -> str:
    """Digits without exponent, as many as the value holds: `Decimal("1E+3")` is `1000`, `1.50` stays `1.50`."""
    return f"{value:f}"


def same_amount(left: Quantity, right: Quantity, converter: UnitConverter) -> bool | None:
    """Whether both are the same amount; None when their units do not measure the same thing."""
    converted = converter.convert(right.value, right.unit, left.unit)
    return None if converted is None else converted == left.value
