"""N1 5.7 Math and 6.6 arithmetic: decimals with 34 digits; what is outside them, or undefined, is empty."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity, UnitConverter
from lakmus.query.engines.reference.environment import Environment
from lakmus.query.engines.reference.moments import add as add_duration
from lakmus.query.engines.reference.rows import partial, scalar, singles
from lakmus.query.engines.reference.values import Value, is_moment
from lakmus.query.ir import operations as op
from lakmus.query.ir.types import INTEGER, LONG

Number = int | Decimal
_LARGEST = 10**28
_LONGEST_UNIT = 200
_CONTEXT = Context(prec=34, Emax=999, Emin=-999, traps=[Overflow, InvalidOperation, DivisionByZero])
_WORKING = Context(prec=60, Emax=9999, Emin=-9999, traps=[Overflow, InvalidOperation, DivisionByZero])
_LIMITS = {INTEGER: 2**31, LONG: 2**63}


def _decimal(compute: Callable[[], Decimal]) -> Decimal | None:
    """The result with 28 digits; None where it is undefined or too large."""
    try:
        found = _CONTEXT.plus(compute())
    except DecimalException:
        return None
    if abs(found) >= _LARGEST:
        return None
    return found if len(found.as_tuple().digits) <= 28 else Context(prec=28).plus(found)


def _integer(value: Decimal) -> int | None:
    return int(value) if -(2**31) <= value < 2**31 else None


@scalar(op.Ceiling)
def ceiling(_: Environment, number: Number) -> int | None:
    return _integer(Decimal(number).to_integral_value(ROUND_CEILING))


@scalar(op.Floor)
def floor(_: Environment, number: Number) -> int | None:
    return _integer(Decimal(number).to_integral_value(ROUND_FLOOR))


@scalar(op.Truncate)
def truncate(_: Environment, number: Number) -> int | None:
    return _integer(Decimal(number).to_integral_value(ROUND_DOWN))


@partial(op.Round)
def round_(_: Environment, number: Number | None, digits: int | None = None) -> Decimal | None:
    if number is None:
        return None
    if digits is not None and digits < 0:
        raise InputError("round() takes a number of decimals from 0 up")
    decimal = Decimal(number)
    wanted = min(digits or 0, 60)
    if -int(decimal.as_tuple().exponent) <= wanted:
        return decimal
    return decimal.quantize(Decimal(1).scaleb(-wanted), ROUND_HALF_UP, _WORKING)


@scalar(op.Exp)
def exp(_: Environment, number: Number) -> Decimal | None:
    return _decimal(lambda: Decimal(number).exp(_WORKING))


@scalar(op.Ln)
def ln(_: Environment, number: Number) -> Decimal | None:
    return _decimal(lambda: Decimal(number).ln(_WORKING)) if number > 0 else None


@scalar(op.Log)
def log(_: Environment, number: Number, base: Number) -> Decimal | None:
    if number <= 0 or base <= 0 or base == 1:
        return None
    return _decimal(lambda: _WORKING.divide(Decimal(number).ln(_WORKING), Decimal(base).ln(_WORKING)))


@scalar(op.Power)
def power(_: Environment, number: Number, exponent: Number) -> Number | None:
    found = _decimal(lambda: _WORKING.power(Decimal(number), Decimal(exponent)))
    whole = isinstance(number, int) and isinstance(exponent, int) and exponent >= 0
    return _integer(found) if whole and found is not None else found


@scalar(op.Sqrt)
def sqrt(_: Environment, number: Number) -> Decimal | None:
    return _decimal(lambda: Decimal(number).sqrt(_WORKING)) if number >= 0 else None


@singles(op.Abs)
def absolute(_: Environment, item: Value) -> Value | None:
    value = item.value
    return _fitting(
        Quantity(abs(value.value), value.unit) if isinstance(value, Quantity) else abs(value), item
    )


@singles(op.Negate)
def negate(_: Environment, item: Value) -> Value | None:
    value = item.value
    if isinstance(value, Quantity):
        return Value(Quantity(_negated(value.value), value.unit), item.type)
    return _fitting(_negated(value) if isinstance(value, Decimal) else -value, item)


def _negated(number: Decimal) -> Decimal:
    """All digits stay, which unary minus does not promise; zero has no sign."""
    return number.copy_negate() if number else number


def _fitting(result: Any, *operands: Value) -> Value | None:
    """An integer within the range of its type (N1 6.6: overflow is empty), any other result as it is."""
    if not isinstance(result, int) or isinstance(result, bool):
        return None if result is None else Value(result, _type_of(result, operands[0]))
    type_ = LONG if any(item.type == LONG for item in operands) else INTEGER
    return Value(result, type_) if -_LIMITS[type_] <= result < _LIMITS[type_] else None


def _type_of(result: Any, left: Value) -> Any:
    from lakmus.query.engines.reference.values import value_of

    return left.type if is_moment(left) else value_of(result).type


@singles(op.Add)
def add(env: Environment, left: Value, right: Value) -> Value | None:
    return _sum(env, left, right, 1)


@singles(op.Subtract)
def subtract(env: Environment, left: Value, right: Value) -> Value | None:
    return _sum(env, left, right, -1)


def _sum(env: Environment, left: Value, right: Value, sign: int) -> Value | None:
    x, y = left.value, right.value
    if is_moment(left) and isinstance(y, Quantity):
        return _fitting(add_duration(x, y, sign), left)
    if isinstance(x, str) and isinstance(y, str) and sign == 1:
        return _fitting(x + y, left)
    if isinstance(x, Quantity) or isinstance(y, Quantity):
        return _fitting(_sum_of_quantities(_quantity(x), _quantity(y), sign, env.units), left)
    if not (_is_number(x) and _is_number(y)):
        raise InputError(f"{left.type} and {right.type} have no sum")
    if isinstance(x, int) and isinstance(y, int):
        return _fitting(x + sign * y, left, right)
    return _fitting(_decimal(lambda: _CONTEXT.add(Decimal(x), sign * Decimal(y))), left)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _quantity(value: Any) -> Quantity:
    if isinstance(value, Quantity):
        return value
    if not _is_number(value):
        raise InputError("a quantity is reckoned with quantities and numbers only")
    return Quantity(Decimal(value))


def _sum_of_quantities(left: Quantity, right: Quantity, sign: int, units: UnitConverter) -> Quantity | None:
    converted = units.convert(right.value, right.unit, left.unit)
    if converted is None:
        return None
    found = _decimal(lambda: _CONTEXT.add(left.value, sign * converted))
    return None if found is None else Quantity(found, left.unit)


@singles(op.Multiply)
def multiply(_: Environment, left: Value, right: Value) -> Value | None:
    x, y = left.value, right.value
    if isinstance(x, Quantity) or isinstance(y, Quantity):
        a, b = _quantity(x), _quantity(y)
        product = _decimal(lambda: _CONTEXT.multiply(a.value, b.value))
        return None if product is None else _fitting(Quantity(product, _unit(a.unit, ".", b.unit)), left)
    if isinstance(x, int) and isinstance(y, int):
        return _fitting(x * y, left, right)
    return _fitting(_decimal(lambda: _CONTEXT.multiply(Decimal(x), Decimal(y))), left)


@singles(op.Divide)
def divide(_: Environment, left: Value, right: Value) -> Value | None:
    x, y = left.value, right.value
    if isinstance(x, Quantity) or isinstance(y, Quantity):
        a, b = _quantity(x), _quantity(y)
        quotient = _decimal(lambda: _CONTEXT.divide(a.value, b.value))
        return None if quotient is None else _fitting(Quantity(quotient, _unit(a.unit, "/", b.unit)), left)
    return _fitting(_decimal(lambda: _CONTEXT.divide(Decimal(x), Decimal(y))), left)


def _unit(left: str, sign: str, right: str) -> str:
    """The unit of a product or quotient as a UCUM expression."""
    if right == "1":
        return left
    if left == right and sign == "/":
        return "1"
    if left == "1" and sign == ".":
        return right
    if len(left) + len(right) > _LONGEST_UNIT:
        raise InputError("a unit made of too many others")
    return f"{left}{sign}{f'({right})' if '/' in right or '.' in right else right}"


@scalar(op.IntegerDivide)
def integer_divide(_: Environment, left: Number, right: Number) -> int | None:
    found = _decimal(lambda: _WORKING.divide_int(Decimal(left), Decimal(right)))
    return None if found is None else _integer(found)


@singles(op.Modulo)
def modulo(_: Environment, left: Value, right: Value) -> Value | None:
    found = _decimal(lambda: _WORKING.remainder(Decimal(left.value), Decimal(right.value)))
    if found is None:
        return None
    whole = isinstance(left.value, int) and isinstance(right.value, int)
    return _fitting(int(found) if whole else found, left, right)
