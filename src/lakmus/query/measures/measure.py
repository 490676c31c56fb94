"""What a quality measure says: groups of populations, each by the name of a CQL definition (FHIR R4 Measure).

Read from JSON by `reading`, held against the rules of its scoring by `rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lakmus.core.errors import Place

BOOLEAN = "boolean"
Json = Mapping[str, Any]


class Scoring(StrEnum):
    """How a group's score comes of its populations (http://terminology.hl7.org/CodeSystem/measure-scoring)."""

    PROPORTION = "proportion"
    RATIO = "ratio"
    CONTINUOUS_VARIABLE = "continuous-variable"
    COHORT = "cohort"


class Code(StrEnum):
    """What a population is for (http://terminology.hl7.org/CodeSystem/measure-population)."""

    INITIAL = "initial-population"
    NUMERATOR = "numerator"
    NUMERATOR_EXCLUSION = "numerator-exclusion"
    DENOMINATOR = "denominator"
    DENOMINATOR_EXCLUSION = "denominator-exclusion"
    DENOMINATOR_EXCEPTION = "denominator-exception"
    MEASURE_POPULATION = "measure-population"
    MEASURE_POPULATION_EXCLUSION = "measure-population-exclusion"
    OBSERVATION = "measure-observation"


class Aggregate(StrEnum):
    """How observations become one number (extension cqfm-aggregateMethod)."""

    SUM = "sum"
    AVERAGE = "average"
    MEDIAN = "median"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    COUNT = "count"


@dataclass(frozen=True)
class Criteria:
    """The name of a definition (or function) of the measure's library, and where the measure says it."""

    name: str
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True)
class Population:
    """One population of a group.

    `key` names it within its group: its id, or its code where it has none. `refers` is the key of the population it is
    drawn from or observes (extension cqfm-criteriaReference), "" where the measure does not say. `concept` is its code
    as the measure has it, for reports.
    """

    code: Code
    key: str
    criteria: Criteria
    refers: str = ""
    aggregate: Aggregate | None = None
    concept: Json = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class Component:
    """A criteria whose values tell strata apart; `concept` is its code as the measure has it."""

    criteria: Criteria
    concept: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Stratifier:
    """What a group's results are told apart by: one criteria, or (`whole` is false) several components."""

    components: tuple[Component, ...]
    whole: bool = True
    concept: Json = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class Group:
    """Populations that are scored together. `basis` is `boolean`, or the FHIR type of what is counted (`Encounter`)."""

    populations: tuple[Population, ...]
    scoring: Scoring
    basis: str = BOOLEAN
    stratifiers: tuple[Stratifier, ...] = ()
    concept: Json = field(default_factory=dict)
    id: str = ""
    place: Place = field(default=Place(), compare=False)

    def all_of(self, code: Code) -> tuple[Population, ...]:
        return tuple(each for each in self.populations if each.code is code)

    def of(self, code: Code) -> Population | None:
        """The population with a code; the first where there are several."""
        return next(iter(self.all_of(code)), None)

    def keyed(self, key: str) -> Population | None:
        return next((each for each in self.populations if each.key == key), None)


@dataclass(frozen=True)
class Supplement:
    """Data that is asked for beside the populations: `usage` is `supplemental-data` or `risk-adjustment-factor`."""

    criteria: Criteria
    usage: str = ""


@dataclass(frozen=True)
class Measure:
    """A quality measure. `library` is the canonical address of its CQL library; `version` is "" where none is given."""

    url: str
    library: str
    groups: tuple[Group, ...]
    version: str = ""
    supplements: tuple[Supplement, ...] = ()
    improvement: Json = field(default_factory=dict)

    @property
    def canonical(self) -> str:
        """Its address with its version, as reports name it."""
        return f"{self.url}|{self.version}" if self.version else self.url

    @property
    def library_name(self) -> str:
        """The name of the library: what its address ends with, without the version."""
        return self.library.partition("|")[0].rpartition("/")[2]

    @property
    def library_version(self) -> str:
        return self.library.partition("|")[2]

    def criteria(self) -> Iterator[tuple[Criteria, Group | None]]:
        """Everything that must be a definition, with the group it belongs to; observations are functions and left out."""
        for group in self.groups:
            for population in group.populations:
                if population.code is not Code.OBSERVATION:
                    yield population.criteria, group
        for component in (c for g in self.groups for s in g.stratifiers for c in s.components):
            yield component.criteria, None
        for supplement in self.supplements:
            yield supplement.criteria, None
