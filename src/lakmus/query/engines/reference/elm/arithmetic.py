"""Arithmetic of numbers, quantities, and dates and times (CQL 1.5, appendix B, "Arithmetic Operators").

What cannot be represented, and what is divided by zero, is null. Uncertain integers stay uncertain in sums and products;
elsewhere they are an error.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import moments, quantities, uncertainty
from lakmus.query.engines.reference.elm.bounds import next_point
from lakmus.query.engines.reference.elm.numbers import WORKING, Number, computed, decimal, whole
from lakmus.query.engines.reference.elm.rows import Call, certain, row
from lakmus.query.ir.elm.values import Uncertainty


@row("Abs")
def _abs(call: Call, x: Any) -> Any:
    match x:
        case Uncertainty():
            return uncertainty.absolute(x)
        case Quantity():
            return Quantity(x.value.copy_abs(), x.unit)
        case Decimal():
            return x.copy_abs()
    return whole(abs(x), x)


@row("Negate")
def negate(call: Call, x: Any) -> Any:
    match x:
        case Uncertainty():
            return uncertainty.negate(x)
        case Quantity():
            return Quantity(_opposite(x.value), x.unit)
        case Decimal():
            return _opposite(x)
    return whole(-x, x)


def _opposite(value: Decimal) -> Decimal:
    """All digits stay, which unary minus does not promise; zero has no sign."""
    return value.copy_negate() if value else value.copy_abs()


@row("Add")
def add(call: Call, x: Any, y: Any) -> Any:
    match x, y:
        case (Uncertainty(), _) | (_, Uncertainty()):
            return uncertainty.add(x, y)
        case Quantity(), Quantity():
            return quantities.added(call, x, y)
        case _, Quantity():
            return moments.add(call, x, y)
        case (Decimal(), _) | (_, Decimal()):
            return computed(lambda: WORKING.add(x, y))
    return whole(x + y, x, y)


@row("Subtract")
def subtract(call: Call, x: Any, y: Any) -> Any:
    match x, y:
        case (Uncertainty(), _) | (_, Uncertainty()):
            return uncertainty.subtract(x, y)
        case Quantity(), Quantity():
            return quantities.subtracted(call, x, y)
        case _, Quantity():
            return moments.subtract(call, x, y)
        case (Decimal(), _) | (_, Decimal()):
            return computed(lambda: WORKING.subtract(x, y))
    return whole(x - y, x, y)


@row("Multiply")
def multiply(call: Call, x: Any, y: Any) -> Any:
    match x, y:
        case (Uncertainty(), _) | (_, Uncertainty()):
            return uncertainty.multiply(x, y)
        case (Quantity(), _) | (_, Quantity()):
            return quantities.multiplied(call, _quantity(x), _quantity(y))
        case (Decimal(), _) | (_, Decimal()):
            return computed(lambda: WORKING.multiply(x, y))
    return whole(x * y, x, y)


@row("Divide")
@certain
def divide(call: Call, x: Any, y: Any) -> Any:
    if isinstance(x, Quantity) or isinstance(y, Quantity):
        return quantities.divided(call, _quantity(x), _quantity(y))
    return computed(lambda: WORKING.divide(Decimal(x), Decimal(y)))


@row("TruncatedDivide")
@certain
def _truncated_divide(call: Call, x: Any, y: Any) -> Any:
    if isinstance(x, Quantity):
        return quantities.truncated_divided(call, x, y)
    if isinstance(x, Decimal):
        return computed(lambda: WORKING.divide_int(x, y))
    return None if y == 0 else whole(_quotient(x, y), x, y)


@row("Modulo")
@certain
def _modulo(call: Call, x: Any, y: Any) -> Any:
    """The remainder has the sign of what is divided."""
    if isinstance(x, Quantity):
        return quantities.remainder(call, x, y)
    if isinstance(x, Decimal):
        return computed(lambda: WORKING.remainder(x, y))
    return None if y == 0 else whole(x - y * _quotient(x, y), x, y)


def _quotient(x: int, y: int) -> int:
    """Cut towards zero."""
    size = abs(x) // abs(y)
    return size if (x < 0) == (y < 0) else -size


def _quantity(value: Any) -> Quantity:
    return value if isinstance(value, Quantity) else Quantity(Decimal(value))


@row("Power")
@certain
def _power(call: Call, x: Number, exponent: Number) -> Number | None:
    """Whole numbers to a negative power are decimals."""
    if exponent == 0:
        return decimal(Decimal(1)) if isinstance(x, Decimal) else whole(1, x, exponent)
    found = computed(lambda: WORKING.power(Decimal(x), Decimal(exponent)))
    if found is None or isinstance(x, Decimal) or exponent < 0:
        return found
    return whole(int(found), x, exponent)


@row("Predecessor")
def _predecessor(call: Call, value: Any) -> Any:
    return next_point(value, -1)


@row("Successor")
def _successor(call: Call, value: Any) -> Any:
    return next_point(value, 1)
