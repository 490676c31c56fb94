"""Observations of what a population holds, and the one number they become (extension cqfm-aggregateMethod)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from statistics import median
from typing import Any

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.measures.measure import Aggregate, Code, Criteria, Group, Population
from lakmus.query.measures.membership import Items, Members, without

# What is taken out of a population before it is observed or scored.
OUT = {
    Code.NUMERATOR: (Code.NUMERATOR_EXCLUSION,),
    Code.DENOMINATOR: (Code.DENOMINATOR_EXCLUSION, Code.DENOMINATOR_EXCEPTION),
    Code.MEASURE_POPULATION: (Code.MEASURE_POPULATION_EXCLUSION,),
}
# Reports have UCUM's units: one observation is in `hour`, another in `h`, and both are hours.
CALENDAR = {
    "year": "a", "month": "mo", "week": "wk", "day": "d",
    "hour": "h", "minute": "min", "second": "s", "millisecond": "ms",
}  # fmt: skip
Observe = Callable[[str, tuple[Any, ...]], Any]
Observed = list[tuple[Any, Quantity]]


def observed(group: Group, found: Members, observe: Observe) -> dict[str, Observed]:
    """What is observed of each item, by the key of the observation. Null is no observation.

    `observe` calls a function of the library: with the item, or with nothing where a patient is what is counted.
    """
    return {each.key: _each(group, each, found, observe) for each in group.all_of(Code.OBSERVATION)}


def _each(group: Group, observation: Population, found: Members, observe: Observe) -> Observed:
    criteria = observation.criteria
    kept: Observed = []
    for item in _remaining(group, target(group, observation), found):
        value = observe(criteria.name, () if group.basis == "boolean" else (item,))
        if value is not None:
            kept.append((item, amount(criteria, value)))
    return kept


def target(group: Group, observation: Population) -> Population:
    """The population that an observation is of."""
    named = group.keyed(observation.refers) or group.of(Code.MEASURE_POPULATION)
    assert named is not None, "the rules of the scoring see to it"
    return named


def _remaining(group: Group, population: Population, found: Members) -> Items:
    left = found[population.key]
    for code in OUT[population.code]:
        for out in group.all_of(code):
            left = without(left, found[out.key])
    return left


def amount(criteria: Criteria, value: Any) -> Quantity:
    """A number or a quantity. Raises InputError for any other value."""
    match value:
        case Quantity():
            return Quantity(value.value, CALENDAR.get(value.unit.removesuffix("s"), value.unit))
        case int() | Decimal() if not isinstance(value, bool):
            return Quantity(Decimal(value))
    message = f"`{criteria.name}` gives neither a number nor a quantity"
    raise InputError(message, place=criteria.place, hint="an observation is an Integer, Decimal or Quantity")


def aggregate(observation: Population, amounts: Sequence[Quantity]) -> Quantity | None:
    """One number of many; None of none, but a count or a sum of none is zero. Raises InputError where units differ."""
    method = observation.aggregate
    assert method is not None, "the rules of the scoring see to it"
    if method is Aggregate.COUNT:
        return Quantity(Decimal(len(amounts)))
    units = {each.unit for each in amounts}
    if len(units) > 1:
        criteria = observation.criteria
        message = f"`{criteria.name}` gives quantities of {len(units)} units"
        raise InputError(message, place=criteria.place, hint="convert them to one unit in the function")
    if not amounts and method is not Aggregate.SUM:
        return None
    return Quantity(_METHODS[method]([each.value for each in amounts]), next(iter(units), "1"))


_METHODS: dict[Aggregate, Callable[[list[Decimal]], Decimal]] = {
    Aggregate.SUM: lambda values: sum(values, Decimal(0)),
    Aggregate.AVERAGE: lambda values: sum(values, Decimal(0)) / len(values),
    Aggregate.MEDIAN: median,
    Aggregate.MINIMUM: min,
    Aggregate.MAXIMUM: max,
}
