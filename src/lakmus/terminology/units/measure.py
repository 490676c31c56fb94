"""What a unit amounts to: an exact factor times base dimensions, and for special units a scale.

UCUM section 2.1 (formation of units) and 2.3 (special units on non-ratio scales). Base dimensions are UCUM's seven,
with the exceptions stated in `convert.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Context, Decimal, DecimalException, localcontext
from fractions import Fraction

_LOGARITHMS = Context(prec=34, Emax=999, Emin=-999)


@dataclass(frozen=True, slots=True)
class Measure:
    """`factor` base units; `dimension` has the base units with their powers, sorted; `scale` names the function of a
    special unit, and `prefix` multiplies the value before that function."""

    factor: Fraction
    dimension: tuple[tuple[str, int], ...] = ()
    scale: str = ""
    prefix: Fraction = field(default=Fraction(1))

    def times(self, other: Measure, power: int = 1) -> Measure:
        """Product with a power of the other; special units take no part in products (UCUM 2.3, rule 22)."""
        if (self.scale or other.scale) and not (self == ONE and power == 1):
            raise ValueError("a special unit stands alone")
        if other.scale:
            return other
        powers = dict(self.dimension)
        for base, exponent in other.dimension:
            powers[base] = powers.get(base, 0) + exponent * power
        dimension = tuple(sorted((base, exponent) for base, exponent in powers.items() if exponent))
        return Measure(self.factor * other.factor**power, dimension)

    def prefixed(self, prefix: Fraction) -> Measure:
        if self.scale:
            return Measure(self.factor, self.dimension, self.scale, prefix)
        return Measure(self.factor * prefix, self.dimension)

    def to_base(self, value: Fraction) -> Fraction | None:
        """So many of this unit as base units; None where the scale has no such value."""
        if not self.scale:
            return value * self.factor
        proper = _from_scale(self.scale, value * self.prefix)
        return None if proper is None else proper * self.factor

    def from_base(self, value: Fraction) -> Fraction | None:
        """So many base units as this unit; None where the scale has no such value."""
        if not self.scale:
            return value / self.factor
        scaled = _to_scale(self.scale, value / self.factor)
        return None if scaled is None else scaled / self.prefix

    @property
    def canonical_unit(self) -> str:
        """The base units as a UCUM code, `1` when there are none."""
        return ".".join(base if power == 1 else f"{base}{power}" for base, power in self.dimension) or "1"


ONE = Measure(Fraction(1))

# UCUM table 5 and the like: offsets of temperature scales, in degrees of that scale above absolute zero.
_OFFSETS = {"Cel": Fraction("273.15"), "degF": Fraction("459.67"), "degRe": Fraction("218.52")}
# value = sign/multiple * log_base(amount)
_LOGS = {"pH": (10, -1), "lg": (10, 1), "lgTimes2": (10, 2), "ld": (2, 1), "ln": (None, 1)}


def _from_scale(scale: str, value: Fraction) -> Fraction | None:
    if scale in _OFFSETS:
        return value + _OFFSETS[scale]
    return _power(*_LOGS[scale], value) if scale in _LOGS else None


def _to_scale(scale: str, amount: Fraction) -> Fraction | None:
    if scale in _OFFSETS:
        return amount - _OFFSETS[scale]
    return _logarithm(*_LOGS[scale], amount) if scale in _LOGS else None


def _power(base: int | None, multiple: int, value: Fraction) -> Fraction | None:
    with localcontext(_LOGARITHMS):
        try:
            exponent = _decimal(value / multiple)
            return Fraction(exponent.exp() if base is None else Decimal(base) ** exponent)
        except DecimalException:
            return None


def _logarithm(base: int | None, multiple: int, amount: Fraction) -> Fraction | None:
    if amount <= 0:
        return None
    with localcontext(_LOGARITHMS):
        logarithm = _decimal(amount).ln()
        return Fraction(logarithm if base is None else logarithm / Decimal(base).ln()) * multiple


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
