"""Which populations a group of each scoring has (Quality Measure Implementation Guide, table "Measure populations
based on types of measure scoring")."""

from __future__ import annotations

from collections import Counter

from lakmus.core.errors import InputError, Place
from lakmus.query.measures.measure import Code, Group, Population, Scoring
from lakmus.query.measures.observations import target

REQUIRED = {
    Scoring.PROPORTION: (Code.INITIAL, Code.DENOMINATOR, Code.NUMERATOR),
    Scoring.RATIO: (Code.INITIAL, Code.DENOMINATOR, Code.NUMERATOR),
    Scoring.CONTINUOUS_VARIABLE: (Code.INITIAL, Code.MEASURE_POPULATION, Code.OBSERVATION),
    Scoring.COHORT: (Code.INITIAL,),
}
ALLOWED = {
    Scoring.PROPORTION: (Code.DENOMINATOR_EXCLUSION, Code.DENOMINATOR_EXCEPTION, Code.NUMERATOR_EXCLUSION),
    Scoring.RATIO: (Code.DENOMINATOR_EXCLUSION, Code.NUMERATOR_EXCLUSION, Code.OBSERVATION),
    Scoring.CONTINUOUS_VARIABLE: (Code.MEASURE_POPULATION_EXCLUSION,),
    Scoring.COHORT: (),
}
# Of a ratio, numerator and denominator may each be drawn from an initial population and observed on their own.
TWICE = {(Scoring.RATIO, Code.INITIAL), (Scoring.RATIO, Code.OBSERVATION)}
# What an observation can be of, by scoring.
OBSERVED = {
    Scoring.RATIO: (Code.NUMERATOR, Code.DENOMINATOR),
    Scoring.CONTINUOUS_VARIABLE: (Code.MEASURE_POPULATION,),
}


def check(group: Group) -> None:
    """Raises InputError when a group cannot be scored as it says."""
    count = Counter(each.code for each in group.populations)
    for code in REQUIRED[group.scoring]:
        if not count[code]:
            raise _wrong(group, f"a {group.scoring} has a population {code}", "add it")
    for code, times in count.items():
        _permitted(group, code, times)
    keys = Counter(each.key for each in group.populations)
    if any(times > 1 for times in keys.values()):
        raise _wrong(
            group, "several populations have one id, or one code and no id", "give each an id of its own"
        )
    _references(group)
    if group.stratifiers and group.scoring is Scoring.RATIO:
        raise _wrong(group, "a ratio has no stratifiers", "the guide does not allow them: leave them out")


def _permitted(group: Group, code: Code, times: int) -> None:
    if code not in REQUIRED[group.scoring] + ALLOWED[group.scoring]:
        raise _wrong(group, f"a {group.scoring} has no population {code}", "leave it out, or see the scoring")
    most = 2 if (group.scoring, code) in TWICE else 1
    if times > most:
        raise _wrong(
            group, f"there are {times} populations {code}, at most {most} are scored", "make a group for each"
        )


def _references(group: Group) -> None:
    """What is drawn from, or observes, one of several must say of which."""
    several = len(group.all_of(Code.INITIAL)) > 1
    for population in group.populations:
        if several and population.code in (Code.NUMERATOR, Code.DENOMINATOR):
            _refers(group, population, (Code.INITIAL,))
        if population.code is Code.OBSERVATION:
            _observes(group, population)
    sides = Counter(target(group, each).code for each in group.all_of(Code.OBSERVATION))
    for side, times in sides.items():
        if times > 1:
            raise _wrong(group, f"several observations are of {side}", "a score has one of each side")


def _observes(group: Group, observation: Population) -> None:
    if observation.aggregate is None:
        raise _at(observation, "the observation does not say how it is put together", "cqfm-aggregateMethod")
    wanted = OBSERVED[group.scoring]
    if observation.refers or len(wanted) > 1:
        _refers(group, observation, wanted)


def _refers(group: Group, population: Population, codes: tuple[Code, ...]) -> None:
    named = group.keyed(population.refers) if population.refers else None
    if named is None or named.code not in codes:
        among = " or ".join(codes)
        raise _at(population, f"it does not say which {among} it means", "cqfm-criteriaReference names an id")


def _wrong(group: Group, message: str, hint: str) -> InputError:
    return InputError(message, place=group.place, hint=hint)


def _at(population: Population, message: str, hint: str) -> InputError:
    path = population.criteria.place.path.removesuffix(".criteria")
    return InputError(message, place=Place(path=path), hint=hint)
