"""Units for those who compare: validate, convert, comparable, canonical.

Conversions are exact (fractions inside); decimals come out exact where they end, else with 34 significant digits.
House choices, beside UCUM: the mole is a base unit; calendar years and months (CQL 1.5, "Calendar Durations") are a
dimension of their own, so that `1 year` is 12 months and never 365.25 days, while days and shorter are UCUM's.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import cached_property, lru_cache
from threading import Lock

from lakmus.core.errors import InputError
from lakmus.terminology.text import closest
from lakmus.terminology.units.measure import Measure
from lakmus.terminology.units.ucum import Ucum

_DIGITS = Context(prec=34)
_EXACT = Context(prec=60, traps=[Inexact])
_LARGEST_EXPONENT = 400

# CQL's names of durations: UCUM code and how many of it.
_DEFINITE = {"millisecond": "ms", "second": "s", "minute": "min", "hour": "h", "day": "d", "week": "wk"}
_CALENDAR_MONTHS = {"month": 1, "year": 12}
MONTH = "{month}"  # reads as an annotation in UCUM, so no UCUM unit has this dimension


class Units:
    """UCUM units and CQL's calendar durations. Safe to share between threads; results are cached per unit."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._measure = lru_cache(maxsize=10_000)(self._look_up)

    def validate(self, unit: str) -> bool:
        """Whether it is a UCUM code or a calendar duration."""
        return self._measure(unit) is not None

    def check(self, unit: str) -> str:
        """The unit, or InputError with what may have been meant."""
        if self.validate(unit):
            return unit
        near = closest(unit, self._ucum.codes())
        raise InputError(
            f"{unit[:40]!r} is not a UCUM unit", hint=f"did you mean {', '.join(near)}?" if near else ""
        )

    def comparable(self, left: str, right: str) -> bool:
        """Whether both measure the same thing."""
        a, b = self._measure(left), self._measure(right)
        return left == right or (a is not None and b is not None and a.dimension == b.dimension)

    def convert(self, value: Decimal, from_unit: str, to_unit: str) -> Decimal | None:
        """The value in `to_unit`; None when a unit is unknown, they are not comparable, or no such value exists."""
        if from_unit == to_unit:
            return value
        if not self.comparable(from_unit, to_unit) or not _is_plausible(value):
            return None
        source, target = self._measure(from_unit), self._measure(to_unit)
        assert source is not None
        assert target is not None
        base = source.to_base(Fraction(value))
        converted = None if base is None else target.from_base(base)
        return None if converted is None else to_decimal(converted)

    def factor(self, from_unit: str, to_unit: str) -> Decimal | None:
        """What to multiply by, for converting whole columns; None when a plain factor does not do (see `convert`)."""
        source, target = self._measure(from_unit), self._measure(to_unit)
        if source is None or target is None or source.dimension != target.dimension:
            return Decimal(1) if from_unit == to_unit else None
        if source.scale or target.scale:
            return Decimal(1) if from_unit == to_unit else None
        return to_decimal(source.factor / target.factor)

    def canonical(self, value: Decimal, unit: str) -> tuple[Decimal, str]:
        """The value in base units (`5.5 mmol/L` is `5.5 m-3.mol`); what is no unit comes back as it is."""
        measure = self._measure(unit)
        base = measure.to_base(Fraction(value)) if measure and _is_plausible(value) else None
        if measure is None or base is None:
            return value, unit
        return to_decimal(base), measure.canonical_unit

    @cached_property
    def _ucum(self) -> Ucum:
        return Ucum()

    def _look_up(self, unit: str) -> Measure | None:
        name = unit[:-1] if unit.endswith("s") and len(unit) > 2 else unit
        if name in _CALENDAR_MONTHS:
            return Measure(Fraction(_CALENDAR_MONTHS[name]), ((MONTH, 1),))
        with self._lock:
            return self._ucum.measure(_DEFINITE.get(name, unit))


def to_decimal(value: Fraction) -> Decimal:
    """Exact where the digits end within 60, else 34 significant digits."""
    try:
        exact = _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    except Inexact:
        exact = _DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))
    return exact


def _is_plausible(value: Decimal) -> bool:
    # A hostile `1E+999999999` would become an integer of that many digits.
    return value.is_finite() and abs(value.adjusted()) <= _LARGEST_EXPONENT
