"""Aggregates (CQL 1.5, appendix B, "Aggregate Functions"). Nulls are left out; of nothing most are null."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any

from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import arithmetic
from lakmus.query.engines.reference.elm.comparison import order
from lakmus.query.engines.reference.elm.members import Members
from lakmus.query.engines.reference.elm.numbers import WORKING, computed, whole
from lakmus.query.engines.reference.elm.quantities import amount_in
from lakmus.query.engines.reference.elm.rows import Call, Function, row
from lakmus.query.ir.elm.values import Uncertainty

Items = Sequence[Any] | None
Statistic = Callable[[list[Decimal]], Decimal]


def _known(items: Items) -> list[Any]:
    return [item for item in items or () if item is not None]


@row("AllTrue", nulls=True)
def _all_true(call: Call, items: Items) -> bool:
    return all(_known(items))


@row("AnyTrue", nulls=True)
def _any_true(call: Call, items: Items) -> bool:
    return any(_known(items))


@row("Count", nulls=True)
def _count(call: Call, items: Items) -> int:
    return len(_known(items))


@row("Min")
def _min(call: Call, items: Items) -> Any:
    return _extreme(call, _known(items), -1)


@row("Max")
def _max(call: Call, items: Items) -> Any:
    return _extreme(call, _known(items), 1)


def _extreme(call: Call, items: list[Any], side: int) -> Any:
    """The one that no other exceeds; null when what is known of them does not decide it."""
    best = reduce(lambda a, b: b if order(call, b, a) == side else a, items) if items else None
    decided = all(order(call, best, item) in (0, side) for item in items)
    return best if decided else None


@row("Mode")
def _mode(call: Call, items: Items) -> Any:
    """The one that is there most often; the first of several."""
    members = Members(call)
    counts = Counter(members.add(item) for item in _known(items))
    return members.values[counts.most_common(1)[0][0]] if counts else None


# Sums and products


@row("Sum")
def _sum(call: Call, items: Items) -> Any:
    known = _known(items)
    if known and all(isinstance(item, int) for item in known):
        return whole(sum(known), *known)
    if known and all(isinstance(item, Decimal) for item in known):
        return computed(lambda: reduce(WORKING.add, known))
    return _folded(call, known, arithmetic.add)


@row("Product")
def _product(call: Call, items: Items) -> Any:
    """Of quantities, in the unit of the first: so the standard's examples have it."""
    known = _known(items)
    if known and isinstance(known[0], Decimal | Quantity):
        return _statistic(call, known, lambda values: reduce(WORKING.multiply, values))
    return _folded(call, known, arithmetic.multiply)


def _folded(call: Call, items: list[Any], operation: Function) -> Any:
    """Null when a result on the way is."""
    if not items:
        return None
    return reduce(lambda total, item: None if total is None else operation(call, total, item), items)


# Statistics: of quantities, in the unit of the first


def _statistic(call: Call, items: Items, compute: Statistic) -> Any:
    known = _known(items)
    if not known or any(isinstance(item, Uncertainty) for item in known):
        return None
    unit = known[0].unit if isinstance(known[0], Quantity) else ""
    amounts = [amount_in(call, item, unit) if unit else Decimal(item) for item in known]
    values = [amount for amount in amounts if amount is not None]
    found = computed(lambda: compute(values)) if len(values) == len(known) else None
    return Quantity(found, unit) if found is not None and unit else found


def _mean(values: list[Decimal]) -> Decimal:
    return WORKING.divide(reduce(WORKING.add, values), len(values))


def _median(values: list[Decimal]) -> Decimal:
    """The one in the middle, or the mean of both there."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else _mean(ordered[half - 1 : half + 1])


def _population_variance(values: list[Decimal]) -> Decimal:
    return WORKING.divide(_squares(values), len(values))


def _variance(values: list[Decimal]) -> Decimal:
    """Of a sample; of one value there is none."""
    return WORKING.divide(_squares(values), len(values) - 1)


def _squares(values: list[Decimal]) -> Decimal:
    """The sum of the squares of the distances from the mean."""
    mean = _mean(values)
    return reduce(WORKING.add, (WORKING.power(WORKING.subtract(value, mean), 2) for value in values))


def _geometric_mean(values: list[Decimal]) -> Decimal:
    """By logarithms, for products may be longer than any number; of a negative product there is none."""
    if 0 in values or len(values) == 1:
        return Decimal(0) if 0 in values else values[0]
    sign = -1 if sum(value < 0 for value in values) % 2 else 1
    logarithms = [WORKING.ln(value.copy_abs()) for value in values]
    return WORKING.multiply(WORKING.sqrt(Decimal(sign)), WORKING.exp(_mean(logarithms)))


def _root(compute: Statistic) -> Statistic:
    return lambda values: WORKING.sqrt(compute(values))


def _row(compute: Statistic) -> Function:
    return lambda call, items: _statistic(call, items, compute)


row("Avg")(_row(_mean))
row("Median")(_row(_median))
row("Variance")(_row(_variance))
row("StdDev")(_row(_root(_variance)))
row("PopulationVariance")(_row(_population_variance))
row("PopulationStdDev")(_row(_root(_population_variance)))
row("GeometricMean")(_row(_geometric_mean))
