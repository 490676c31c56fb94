"""Numbers, uncertain numbers and quantities: their order, and when they are equivalent (CQL 1.5, appendix B)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import uncertainty
from lakmus.query.engines.reference.elm.rows import Call
from lakmus.query.engines.reference.elm.units import in_unit, loosely_in_unit
from lakmus.query.ir.elm.values import Ratio, Uncertainty

# Digits that count on either side of the point: far more than a Decimal of CQL may have.
_LONGEST = 100
_ROOM = Context(prec=3 * _LONGEST)


def sign(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal | Uncertainty) and not isinstance(value, bool)


def are_numbers(a: Any, b: Any) -> bool:
    return _is_number(a) and _is_number(b)


def are_uncertain(a: Any, b: Any) -> bool:
    return are_numbers(a, b) and (isinstance(a, Uncertainty) or isinstance(b, Uncertainty))


def number_order(a: Any, b: Any) -> int | None:
    return uncertainty.order(a, b) if are_uncertain(a, b) else sign(a, b)


def numbers_equivalent(a: Any, b: Any) -> bool:
    """Decimals by the digits of the one that has fewer, zeros at the end not counted."""
    whole = not (isinstance(a, Decimal) or isinstance(b, Decimal))
    if a == b or whole or are_uncertain(a, b):
        return bool(a == b)
    a, b = Decimal(a), Decimal(b)
    if max(a.adjusted(), b.adjusted()) > _LONGEST:
        return False
    digits = min(_digits(a), _digits(b), _LONGEST)
    return _rounded(a, digits) == _rounded(b, digits)


def _digits(value: Decimal) -> int:
    _, _, text = f"{value:f}".partition(".")
    return len(text.rstrip("0"))


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _ROOM)


def quantity_order(call: Call, a: Quantity, b: Quantity) -> int | None:
    """None when the units do not measure the same thing."""
    other = in_unit(call, b, a.unit)
    return None if other is None else sign(a.value, other)


def quantities_equivalent(call: Call, a: Quantity, b: Quantity) -> bool:
    other = loosely_in_unit(call, b, a.unit)
    return other is not None and numbers_equivalent(a.value, other)


def ratios_equivalent(call: Call, a: Ratio, b: Ratio) -> bool:
    """1:100 is 10:1000; one that lacks a part is only what lacks the same."""
    if a.numerator is None or a.denominator is None or b.numerator is None or b.denominator is None:
        return a == b
    numerator = loosely_in_unit(call, b.numerator, a.numerator.unit)
    denominator = loosely_in_unit(call, b.denominator, a.denominator.unit)
    if numerator is None or denominator is None:
        return False
    return numbers_equivalent(a.numerator.value * denominator, numerator * a.denominator.value)
