"""Integers that are known to lie between two others (CQL 1.5, developer's guide, "Uncertainty").

An operator of uncertain operands holds what it holds for every integer they may be; whoever is left with one integer
is given that.
"""

from __future__ import annotations

from lakmus.query.ir.elm.values import Uncertainty

Uncertain = int | Uncertainty


def settled(low: int, high: int) -> Uncertain:
    """What lies between two integers: the integer itself when it is only one."""
    return low if low == high else Uncertainty(low, high)


def span(value: Uncertain) -> tuple[int, int]:
    """The least and the greatest it may be."""
    return (value.low, value.high) if isinstance(value, Uncertainty) else (value, value)


def add(left: Uncertain, right: Uncertain) -> Uncertain:
    (a, b), (c, d) = span(left), span(right)
    return settled(a + c, b + d)


def subtract(left: Uncertain, right: Uncertain) -> Uncertain:
    return add(left, negate(right))


def multiply(left: Uncertain, right: Uncertain) -> Uncertain:
    products = [x * y for x in span(left) for y in span(right)]
    return settled(min(products), max(products))


def negate(value: Uncertain) -> Uncertain:
    low, high = span(value)
    return settled(-high, -low)


def absolute(value: Uncertain) -> Uncertain:
    low, high = span(value)
    if low >= 0:
        return value
    return negate(value) if high <= 0 else settled(0, max(-low, high))


def order(left: Uncertain, right: Uncertain) -> int | None:
    """-1, 0, 1; None when it depends on which integers they are."""
    (a, b), (c, d) = span(left), span(right)
    if b < c:
        return -1
    if a > d:
        return 1
    return 0 if a == b == c == d else None


def at_most(left: Uncertain, right: Uncertain) -> bool | None:
    """Whether the left is not greater, which may be decided when the order is not."""
    (a, b), (c, d) = span(left), span(right)
    if b <= c:
        return True
    return False if a > d else None
