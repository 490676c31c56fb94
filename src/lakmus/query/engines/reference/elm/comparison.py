"""Equal, Equivalent and the order of values (CQL 1.5, appendix B, "Comparison Operators").

Structures are equal when their elements are, taken in order: the first that differs or is not known decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import timing, uncertainty
from lakmus.query.engines.reference.elm.amounts import (
    are_numbers,
    are_uncertain,
    number_order,
    numbers_equivalent,
    quantities_equivalent,
    quantity_order,
    ratios_equivalent,
    sign,
)
from lakmus.query.engines.reference.elm.bounds import Span, ends
from lakmus.query.engines.reference.elm.rows import Call, row
from lakmus.query.engines.reference.elm.three_valued import all_of, negated
from lakmus.query.ir.elm.values import (
    Code,
    CodeSystem,
    Concept,
    Date,
    DateTime,
    Instance,
    Interval,
    Ratio,
    Time,
    Tuple,
    ValueSet,
)

Pairs = Iterable[tuple[Any, Any]]


def equal(call: Call, a: Any, b: Any) -> bool | None:
    """Whether both are the same value; None when either is null or what is known does not decide it."""
    if a is None or b is None:
        return None
    if are_numbers(a, b):
        return _is_zero(number_order(a, b))
    compare = _EQUAL.get(type(a))
    if compare is None or type(a) is not type(b):
        return _moments_equal(call, a, b) if _moments(a, b) else type(a) is type(b) and bool(a == b)
    return compare(call, a, b)


def equivalent(call: Call, a: Any, b: Any) -> bool:
    """Whether both mean the same, two nulls too; never None."""
    if a is None or b is None:
        return a is b
    if are_numbers(a, b):
        return numbers_equivalent(a, b)
    if isinstance(a, Code | Concept) and isinstance(b, Code | Concept):
        return any(_same_code(x, y) for x in _codes(a) for y in _codes(b))
    compare = _EQUIVALENT.get(type(a))
    if compare is None or type(a) is not type(b):
        return equal(call, a, b) is True
    return compare(call, a, b)


def order(call: Call, a: Any, b: Any) -> int | None:
    """-1, 0, 1, at the precision of the call; None when either is null or what is known does not decide it."""
    if a is None or b is None:
        return None
    if are_numbers(a, b):
        return number_order(a, b)
    if _moments(a, b):
        return timing.order(a, b, call.precision, call.context.now.offset)
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        return quantity_order(call, a, b)
    if isinstance(a, str) and isinstance(b, str):
        return sign(a, b)
    raise InputError("the values have no order")


def less(call: Call, a: Any, b: Any) -> bool | None:
    """Whether the first comes before the second."""
    return negated(at_most(call, b, a))


def at_most(call: Call, a: Any, b: Any) -> bool | None:
    """Whether the first does not come after the second."""
    if are_uncertain(a, b):
        return uncertainty.at_most(a, b)
    found = order(call, a, b)
    return None if found is None else found <= 0


def span_at_most(call: Call, a: Span, b: Span) -> bool | None:
    """Whether the first point does not come after the second, whichever points they are."""
    if at_most(call, a.high, b.low):
        return True
    return False if at_most(call, a.low, b.high) is False else None


def span_less(call: Call, a: Span, b: Span) -> bool | None:
    return negated(span_at_most(call, b, a))


def spans_equal(call: Call, a: Span, b: Span) -> bool | None:
    """Whether both are the same point, at the precision of the call."""
    if a.point is not None and b.point is not None:
        return _is_zero(order(call, a.point, b.point))
    return False if span_less(call, a, b) or span_less(call, b, a) else None


@row("Equal")
def _equal(call: Call, a: Any, b: Any) -> bool | None:
    return equal(call, a, b)


@row("NotEqual")
def _not_equal(call: Call, a: Any, b: Any) -> bool | None:
    return negated(equal(call, a, b))


@row("Equivalent", nulls=True)
def _equivalent(call: Call, a: Any, b: Any) -> bool:
    return equivalent(call, a, b)


@row("Less")
def _less(call: Call, a: Any, b: Any) -> bool | None:
    return less(call, a, b)


@row("LessOrEqual")
def _less_or_equal(call: Call, a: Any, b: Any) -> bool | None:
    return at_most(call, a, b)


@row("Greater")
def _greater(call: Call, a: Any, b: Any) -> bool | None:
    return less(call, b, a)


@row("GreaterOrEqual")
def _greater_or_equal(call: Call, a: Any, b: Any) -> bool | None:
    return at_most(call, b, a)


def _is_zero(found: int | None) -> bool | None:
    return None if found is None else found == 0


# Quantities and ratios


def _quantities_equal(call: Call, a: Quantity, b: Quantity) -> bool | None:
    return _is_zero(quantity_order(call, a, b))


def _ratios_equal(call: Call, a: Ratio, b: Ratio) -> bool | None:
    return _all_equal(call, _pairs(a, b, "numerator", "denominator"))


# Dates and times


def _moments(a: Any, b: Any) -> bool:
    if isinstance(a, Time) or isinstance(b, Time):
        return isinstance(a, Time) and isinstance(b, Time)
    return isinstance(a, Date | DateTime) and isinstance(b, Date | DateTime)


def _moments_equal(call: Call, a: Any, b: Any) -> bool | None:
    return _is_zero(timing.order(a, b, "", call.context.now.offset))


# Codes


def _codes(value: Code | Concept) -> tuple[Code, ...]:
    return value.codes if isinstance(value, Concept) else (value,)


def _same_code(a: Code, b: Code) -> bool:
    return a.code == b.code and a.system == b.system


def _codes_equal(call: Call, a: Code, b: Code) -> bool | None:
    return _all_equal(call, _pairs(a, b, "code", "system", "version", "display"))


def _concepts_equal(call: Call, a: Concept, b: Concept) -> bool | None:
    return _all_equal(call, ((list(a.codes), list(b.codes)), (a.display, b.display)))


def _vocabularies_equal(call: Call, a: Any, b: Any) -> bool | None:
    """By what they are known as everywhere; the name is that of one library."""
    return _all_equal(call, _pairs(a, b, "id", "version"))


def _vocabularies_equivalent(call: Call, a: Any, b: Any) -> bool:
    return bool(a.id == b.id)


# Structures


def _pairs(a: Any, b: Any, *names: str) -> Pairs:
    return ((getattr(a, name), getattr(b, name)) for name in names)


def _all_equal(call: Call, pairs: Pairs) -> bool | None:
    for a, b in pairs:
        if a is None and b is None:
            continue
        same = equal(call, a, b)
        if same is not True:
            return same
    return True


def _lists_equal(call: Call, a: Sequence[Any], b: Sequence[Any]) -> bool | None:
    return len(a) == len(b) and _all_equal(call, zip(a, b, strict=True))


def _lists_equivalent(call: Call, a: Sequence[Any], b: Sequence[Any]) -> bool:
    return len(a) == len(b) and all(equivalent(call, x, y) for x, y in zip(a, b, strict=True))


def _tuples_equal(call: Call, a: Tuple, b: Tuple) -> bool | None:
    if a.elements.keys() != b.elements.keys():
        return False
    return _all_equal(call, ((a.elements[name], b.elements[name]) for name in sorted(a.elements)))


def _tuples_equivalent(call: Call, a: Tuple, b: Tuple) -> bool:
    if a.elements.keys() != b.elements.keys():
        return False
    return all(equivalent(call, a.elements[name], b.elements[name]) for name in a.elements)


def _intervals_equal(call: Call, a: Interval, b: Interval) -> bool | None:
    return all_of(*(spans_equal(call, x, y) for x, y in zip(ends(a), ends(b), strict=True)))


def _intervals_equivalent(call: Call, a: Interval, b: Interval) -> bool:
    return all(equivalent(call, x.point, y.point) for x, y in zip(ends(a), ends(b), strict=True))


def _instances_equal(call: Call, a: Instance, b: Instance) -> bool:
    return a.type == b.type and bool(a.content == b.content)


def _strings_equivalent(call: Call, a: str, b: str) -> bool:
    """Case does not count, nor which white space it is."""
    return " ".join(a.split()).casefold() == " ".join(b.split()).casefold()


_EQUAL: dict[type, Callable[[Call, Any, Any], bool | None]] = {
    Quantity: _quantities_equal,
    Ratio: _ratios_equal,
    Code: _codes_equal,
    Concept: _concepts_equal,
    CodeSystem: _vocabularies_equal,
    ValueSet: _vocabularies_equal,
    list: _lists_equal,
    Tuple: _tuples_equal,
    Interval: _intervals_equal,
    Instance: _instances_equal,
}
_EQUIVALENT: dict[type, Callable[[Call, Any, Any], bool]] = {
    str: _strings_equivalent,
    Quantity: quantities_equivalent,
    Ratio: ratios_equivalent,
    CodeSystem: _vocabularies_equivalent,
    ValueSet: _vocabularies_equivalent,
    list: _lists_equivalent,
    Tuple: _tuples_equivalent,
    Interval: _intervals_equivalent,
}
