"""Arithmetic of quantities (CQL 1.5, appendix B, "Arithmetic Operators"; author's guide, "Quantity Operators")."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm.numbers import WORKING, computed
from lakmus.query.engines.reference.elm.rows import Call
from lakmus.query.engines.reference.elm.unit_products import product, quotient
from lakmus.query.engines.reference.elm.units import in_unit

Operation = Callable[[Decimal, Decimal], Decimal]


def added(call: Call, left: Quantity, right: Quantity) -> Quantity | None:
    """In the more granular unit of the two; None when they do not measure the same thing."""
    return _in_finer_unit(call, left, right, WORKING.add)


def subtracted(call: Call, left: Quantity, right: Quantity) -> Quantity | None:
    return _in_finer_unit(call, left, right, WORKING.subtract)


def multiplied(call: Call, left: Quantity, right: Quantity) -> Quantity | None:
    value = computed(lambda: WORKING.multiply(left.value, right.value))
    return None if value is None else Quantity(value, product(left.unit, right.unit))


def divided(call: Call, left: Quantity, right: Quantity) -> Quantity | None:
    """A number when both measure the same thing."""
    same = None if right.unit == "1" else amount_in(call, right, left.unit)
    divisor, unit = (right.value, quotient(left.unit, right.unit)) if same is None else (same, "1")
    value = computed(lambda: WORKING.divide(left.value, divisor))
    return None if value is None else Quantity(value, unit)


def truncated_divided(call: Call, left: Quantity, right: Quantity) -> Quantity | None:
    """How many whole times, in the unit of the left: so the official tests have it."""
    return _in_left_unit(call, left, right, WORKING.divide_int)


def remainder(call: Call, left: Quantity, right: Quantity) -> Quantity | None:
    return _in_left_unit(call, left, right, WORKING.remainder)


def amount_in(call: Call, quantity: Quantity, unit: str) -> Decimal | None:
    """The value in a unit; None for another dimension, and for scales whose zeros differ (`Cel`), which have no sums."""
    zero = in_unit(call, Quantity(Decimal(0), quantity.unit), unit)
    return in_unit(call, quantity, unit) if zero == 0 else None


def _in_finer_unit(call: Call, left: Quantity, right: Quantity, operation: Operation) -> Quantity | None:
    one = amount_in(call, Quantity(Decimal(1), left.unit), right.unit)
    unit = right.unit if one is not None and one > 1 else left.unit
    a, b = amount_in(call, left, unit), amount_in(call, right, unit)
    if a is None or b is None:
        return None
    value = computed(lambda: operation(a, b))
    return None if value is None else Quantity(value, unit)


def _in_left_unit(call: Call, left: Quantity, right: Quantity, operation: Operation) -> Quantity | None:
    """A divisor without a unit is a number."""
    divisor = right.value if right.unit == "1" else amount_in(call, right, left.unit)
    if divisor is None:
        return None
    value = computed(lambda: operation(left.value, divisor))
    return None if value is None else Quantity(value, left.unit)
