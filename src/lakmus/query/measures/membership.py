"""Which populations of a group a patient's items are in.

Quality Measure Implementation Guide, "Measure Population Semantics": each population lies in the one it is drawn from,
whatever its criteria say. A proportion's numerator is drawn from the denominator, a ratio's from an initial population.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lakmus.core.errors import InputError
from lakmus.query.measures.measure import BOOLEAN, Code, Criteria, Group, Population, Scoring

Value = Callable[[str], Any]
Items = list[Any]
Members = dict[str, Items]


def members(group: Group, value: Value) -> Members:
    """The items of a patient in each population, by the population's key; observations have none.

    `value` gives what a definition says of the patient. Of a Boolean basis a patient is one item, `True`, or none; of
    any other basis the items are those of the lists, each once, told apart by `==`. Null is false, or no items.
    Raises InputError where a value is not of the basis.
    """
    met = _Met(group, value)
    return _LOGIC[group.scoring](met)


def items(criteria: Criteria, basis: str, found: Any) -> Items:
    """The items that a value stands for. Raises InputError when it is not of the basis."""
    if basis == BOOLEAN:
        if found is not None and not isinstance(found, bool):
            raise _not_of(criteria, basis, "true or false")
        return [True] if found else []
    if found is not None and not isinstance(found, list):
        raise _not_of(criteria, basis, f"a list of {basis}")
    return distinct(each for each in found or () if each is not None)


def distinct(found: Any) -> Items:
    """Each item once, in the order they came."""
    kept: Items = []
    for item in found:
        if item not in kept:
            kept.append(item)
    return kept


def both(these: Items, whole: Items) -> Items:
    return [item for item in these if item in whole]


def without(these: Items, others: Items) -> Items:
    return [item for item in these if item not in others]


class _Met:
    """The criteria of a group, asked of one patient."""

    def __init__(self, group: Group, value: Value) -> None:
        self.group = group
        self.value = value

    def items(self, population: Population | None) -> Items:
        if population is None:
            return []
        criteria = population.criteria
        return items(criteria, self.group.basis, self.value(criteria.name))

    def within(self, code: Code, whole: Items) -> Items:
        """Those of `whole` that meet the criteria of a population."""
        return both(whole, self.items(self.group.of(code))) if whole else []

    def initial(self) -> Members:
        return {each.key: self.items(each) for each in self.group.all_of(Code.INITIAL)}

    def keyed(self, found: Mapping[Code, Items]) -> Members:
        """By key instead of code, without the populations that the group does not have."""
        pairs = ((self.group.of(code), kept) for code, kept in found.items())
        return {population.key: kept for population, kept in pairs if population is not None}


def _proportion(met: _Met) -> Members:
    initial = met.initial()
    (start,) = initial.values()
    denominator = met.within(Code.DENOMINATOR, start)
    excluded = met.within(Code.DENOMINATOR_EXCLUSION, denominator)
    left = without(denominator, excluded)
    numerator = met.within(Code.NUMERATOR, left)
    found = {
        Code.DENOMINATOR: denominator,
        Code.DENOMINATOR_EXCLUSION: excluded,
        Code.NUMERATOR: numerator,
        Code.NUMERATOR_EXCLUSION: met.within(Code.NUMERATOR_EXCLUSION, numerator),
        Code.DENOMINATOR_EXCEPTION: met.within(Code.DENOMINATOR_EXCEPTION, without(left, numerator)),
    }
    return initial | met.keyed(found)


def _ratio(met: _Met) -> Members:
    initial = met.initial()
    first = next(iter(initial.values()))

    def start(code: Code) -> Items:
        population = met.group.of(code)
        return initial.get(population.refers, first) if population else first

    denominator = met.within(Code.DENOMINATOR, start(Code.DENOMINATOR))
    numerator = met.within(Code.NUMERATOR, start(Code.NUMERATOR))
    found = {
        Code.DENOMINATOR: denominator,
        Code.DENOMINATOR_EXCLUSION: met.within(Code.DENOMINATOR_EXCLUSION, denominator),
        Code.NUMERATOR: numerator,
        Code.NUMERATOR_EXCLUSION: met.within(Code.NUMERATOR_EXCLUSION, numerator),
    }
    return initial | met.keyed(found)


def _continuous(met: _Met) -> Members:
    initial = met.initial()
    (start,) = initial.values()
    measured = met.within(Code.MEASURE_POPULATION, start)
    excluded = met.within(Code.MEASURE_POPULATION_EXCLUSION, measured)
    return initial | met.keyed(
        {Code.MEASURE_POPULATION: measured, Code.MEASURE_POPULATION_EXCLUSION: excluded}
    )


_LOGIC: dict[Scoring, Callable[[_Met], Members]] = {
    Scoring.PROPORTION: _proportion,
    Scoring.RATIO: _ratio,
    Scoring.CONTINUOUS_VARIABLE: _continuous,
    Scoring.COHORT: lambda met: met.initial(),
}


def _not_of(criteria: Criteria, basis: str, wanted: str) -> InputError:
    message = f"`{criteria.name}` is not {wanted}, as the population basis `{basis}` wants it"
    return InputError(message, place=criteria.place, hint="change the definition, or cqfm-populationBasis")
