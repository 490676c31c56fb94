"""Quantities print their digits as they are; sameness asks the converter."""

from decimal import Decimal

import pytest

from lakmus.core.quantities import Quantity, plain, same_amount


class Grams:
    """Knows g and mg alone."""

    def __init__(self):
        self.factors = {"g": Decimal(1), "mg": Decimal("0.001")}

    def convert(self, value, from_unit, to_unit):
        known = from_unit in self.factors and to_unit in self.factors
        return value * self.factors[from_unit] / self.factors[to_unit] if known else None

    def canonical(self, value, unit):
        return value * self.factors[unit], "g"


@pytest.mark.parametrize(("digits", "printed"), [("1.50", "1.50"), ("1E+3", "1000"), ("1E-7", "0.0000001")])
def test_digits_without_exponent(digits, printed):
    assert plain(Decimal(digits)) == printed
    assert str(Quantity(Decimal(digits), "mg")) == f"{printed} 'mg'"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (Quantity(Decimal(1), "g"), Quantity(Decimal(1000), "mg"), True),
        (Quantity(Decimal(1), "g"), Quantity(Decimal(1), "mg"), False),
        (Quantity(Decimal(1), "g"), Quantity(Decimal(1), "m"), None),
    ],
)
def test_sameness(left, right, same):
    assert same_amount(left, right, Grams()) is same
