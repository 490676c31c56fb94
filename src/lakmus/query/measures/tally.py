"""Patients counted: how many items each population and stratum of a group has, and the score that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.measures.labels import Label, label
from lakmus.query.measures.measure import BOOLEAN, Code, Component, Group, Measure, Scoring
from lakmus.query.measures.membership import Members, Value, members
from lakmus.query.measures.observations import OUT, Observe, Observed, aggregate, observed, target

Stratum = tuple[Label, ...]
SMALLEST = Decimal("0.000001")  # digits of a score


def _no_functions(name: str, _: tuple[Any, ...]) -> Any:
    raise InputError(f"observations by `{name}` are not computed by this engine")


@dataclass(frozen=True)
class Subject:
    """One patient: what each definition says of them, and what functions say of their items (for observations).

    `times`: so many patients of whom all is the same, where nobody is named.
    """

    id: str
    value: Value
    observe: Observe = _no_functions
    times: int = 1


@dataclass
class Counts:
    """Items by population, amounts by observation, and ids of those who have an item, all by key."""

    populations: dict[str, int]
    amounts: dict[str, list[Quantity]] = field(default_factory=dict)
    subjects: dict[str, list[str]] = field(default_factory=dict)

    def add(self, subject: Subject, found: Members, seen: dict[str, Observed]) -> None:
        for key, items in found.items():
            self.populations[key] += len(items) * subject.times
            if items:
                self.subjects.setdefault(key, []).append(subject.id)
        for key, pairs in seen.items():
            self.populations[key] += len(pairs)
            self.amounts.setdefault(key, []).extend(amount for _, amount in pairs)


def _empty(group: Group) -> Counts:
    return Counts({each.key: 0 for each in group.populations})


class Tally:
    """The counts of one group over patients, and those of each stratum in the order they were met."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.counts = _empty(group)
        self.strata: tuple[dict[Stratum, Counts], ...] = tuple({} for _ in group.stratifiers)

    def add(self, subject: Subject) -> None:
        """Counts a patient. Raises InputError where a value is not of the kind that the measure says."""
        found = members(self.group, subject.value)
        seen = observed(self.group, found, subject.observe)
        self.counts.add(subject, found, seen)
        initial = [item for each in self.group.all_of(Code.INITIAL) for item in found[each.key]]
        if not initial:
            return
        for stratifier, counts in zip(self.group.stratifiers, self.strata, strict=True):
            of = _labels(self.group, stratifier.components, subject.value)
            for stratum in dict.fromkeys(map(of, initial)):
                part, amounts = _part(found, seen, of, stratum)
                counts.setdefault(stratum, _empty(self.group)).add(subject, part, amounts)


def tallied(measure: Measure, subjects: Iterable[Subject]) -> tuple[Tally, ...]:
    """Each group with all patients counted; a patient is asked once, for all groups."""
    tallies = tuple(Tally(group) for group in measure.groups)
    for subject in subjects:
        for tally in tallies:
            tally.add(subject)
    return tallies


def _part(
    found: Members, seen: dict[str, Observed], of: Callable[[Any], Stratum], stratum: Stratum
) -> tuple[Members, dict[str, Observed]]:
    """Only the items of a stratum."""
    part = {key: [item for item in items if of(item) == stratum] for key, items in found.items()}
    return part, {key: [pair for pair in pairs if of(pair[0]) == stratum] for key, pairs in seen.items()}


def _labels(group: Group, components: tuple[Component, ...], value: Value) -> Callable[[Any], Stratum]:
    """In which stratum an item is: by a value of the patient, or by whether a list has it."""
    values = [(each.criteria, value(each.criteria.name)) for each in components]
    if group.basis == BOOLEAN:
        whole = tuple(label(criteria, found) for criteria, found in values)
        return lambda _: whole
    return lambda item: tuple(
        label(criteria, item in found if isinstance(found, list) else found) for criteria, found in values
    )


def score(group: Group, counts: Counts) -> Quantity | None:
    """The score of a group; None for a cohort, or where nothing is left to divide by.

    Proportion: (numerator - exclusions) / (denominator - exclusions - exceptions). Ratio: the same without exceptions,
    each side counted or, where it is observed, put together of its observations. Continuous variable: the observations.
    """
    if group.scoring is Scoring.COHORT:
        return None
    if group.scoring is Scoring.CONTINUOUS_VARIABLE:
        return _rounded(_side(group, counts, Code.MEASURE_POPULATION))
    above, below = (_side(group, counts, code) for code in (Code.NUMERATOR, Code.DENOMINATOR))
    if above is None or below is None or not below.value:
        return None
    unit = "1" if above.unit == below.unit else above.unit if below.unit == "1" else ""
    if not unit:
        raise InputError("a ratio of these units has no unit here", place=group.place)
    return _rounded(Quantity(above.value / below.value, unit))


def _side(group: Group, counts: Counts, code: Code) -> Quantity | None:
    for observation in group.all_of(Code.OBSERVATION):
        if target(group, observation).code is code:
            return aggregate(observation, counts.amounts.get(observation.key, []))
    return Quantity(Decimal(_left(group, counts, code)))


def _left(group: Group, counts: Counts, code: Code) -> int:
    """Exclusions and exceptions lie in what they are taken from, and apart from each other."""
    parts = {each.code: counts.populations[each.key] for each in group.populations}
    return parts[code] - sum(parts.get(out, 0) for out in OUT[code])


def _rounded(found: Quantity | None) -> Quantity | None:
    if found is None:
        return None
    digits = f"{found.value.quantize(SMALLEST, ROUND_HALF_UP):f}".rstrip("0").rstrip(".")
    return Quantity(Decimal(digits), found.unit)
