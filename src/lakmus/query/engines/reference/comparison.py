"""N1 6.1 Equality and equivalence, 6.2 Comparison."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lakmus.core.dates import PartialDateTime, PartialTime
from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity, UnitConverter
from lakmus.query.engines.reference.moments import compare
from lakmus.query.engines.reference.values import Collection, Value, as_system, is_moment

Verdict = bool | None


def equal(left: Value, right: Value, units: UnitConverter) -> Verdict:
    """Whether two items are equal; None when precision or units do not decide it."""
    a, b = as_system(left), as_system(right)
    if a is None or b is None:
        return a is b and same_json(left.beside, right.beside)
    x, y = _widened(a.value, b.value)
    if is_moment(a) and is_moment(b):
        return _same_moment(x, y)
    if isinstance(x, Quantity) and isinstance(y, Quantity):
        converted = units.convert(y.value, y.unit, x.unit)
        return None if converted is None else converted == x.value
    return same_json(x, y)


def _same_moment(left: PartialDateTime | PartialTime, right: PartialDateTime | PartialTime) -> Verdict:
    if isinstance(left, PartialTime) != isinstance(right, PartialTime):
        return False
    order = compare(left, right)
    if order == 0 and left.precision != right.precision:
        return None
    return None if order is None else order == 0


def _widened(left: Any, right: Any) -> tuple[Any, Any]:
    """A number beside a quantity is a quantity without unit (N1 10)."""
    if isinstance(left, Quantity) and is_number(right):
        return left, Quantity(Decimal(right))
    if isinstance(right, Quantity) and is_number(left):
        return Quantity(Decimal(left)), right
    return left, right


def is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def same_json(left: Any, right: Any) -> bool:
    """The same structure with the same values; 1.0 and 1.00 are, 1 and true are not."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_json(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def equal_collections(left: Collection, right: Collection, units: UnitConverter) -> Verdict:
    """Pairwise, in order: unequal when one pair is, undecided when one pair is."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    verdicts = [equal(a, b, units) for a, b in zip(left, right, strict=True)]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def equivalent(left: Value, right: Value, units: UnitConverter) -> bool:
    """Whether two items mean the same: case, space, order and precision beyond the coarser do not matter."""
    a, b = as_system(left), as_system(right)
    if a is None or b is None:
        return a is b
    x, y = _widened(a.value, b.value)
    if is_moment(a) and is_moment(b):
        return type(x) is type(y) and x.precision == y.precision and compare(x, y) == 0
    if isinstance(x, Quantity) and isinstance(y, Quantity):
        converted = units.convert(y.value, y.unit, x.unit)
        return converted is not None and _about(x.value, converted)
    return _equivalent_json(x, y)


def _equivalent_json(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return _folded(left) == _folded(right)
    if is_number(left) and is_number(right):
        return _about(Decimal(left), Decimal(right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equivalent_json(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return matched(left, right, _equivalent_json)
    return same_json(left, right)


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _about(left: Decimal, right: Decimal) -> bool:
    """Rounded to the fewer decimals of the two, trailing zeros not counted (N1 6.1.2)."""
    digits = Decimal(1).scaleb(-min(_decimals(left), _decimals(right)))
    return _rounded(left, digits) == _rounded(right, digits)


def _rounded(number: Decimal, digits: Decimal) -> Decimal:
    return (number / digits).to_integral_value(ROUND_HALF_UP)


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -int(exponent))


def matched(left: list[Any], right: list[Any], same: Callable[[Any, Any], bool]) -> bool:
    """Whether the items pair off in some order (equivalence is transitive: the first partner will do)."""
    rest = list(right)
    for item in left:
        partner = next((i for i, other in enumerate(rest) if same(item, other)), None)
        if partner is None:
            return False
        rest.pop(partner)
    return not rest


def order(left: Value, right: Value, units: UnitConverter) -> int | None:
    """-1, 0 or 1; None when precision or units do not decide it. InputError for values without a common order."""
    x, y = _widened(left.value, right.value)
    if isinstance(x, PartialDateTime) and isinstance(y, PartialDateTime):
        return compare(x, y)
    if isinstance(x, PartialTime) and isinstance(y, PartialTime):
        return compare(x, y)
    if isinstance(x, Quantity) and isinstance(y, Quantity):
        converted = units.convert(y.value, y.unit, x.unit)
        return None if converted is None else (x.value > converted) - (x.value < converted)
    if (isinstance(x, str) and isinstance(y, str)) or (is_number(x) and is_number(y)):
        return int(x > y) - int(x < y)
    raise InputError(f"{left.type} and {right.type} have no common order")


def is_among(item: Value, items: Collection, units: UnitConverter) -> bool:
    return any(equal(item, other, units) is True for other in items)


def distinct(items: Collection, units: UnitConverter) -> Collection:
    """Equal items once, each where it came first."""
    kept: Collection = []
    for item in items:
        if not is_among(item, kept, units):
            kept.append(item)
    return kept
