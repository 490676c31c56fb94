"""The room's data files as arrays: rates by age and sex, conditions, names.

`rates.csv` has one row per key, kind, sex and age band [age_from, age_to) with its source and how that was checked:
`primary` (read in the source's own publication), `secondary` (read in a page that cites it) or `unverified`. Kinds: `prevalence` (share of persons), `incidence`
and `mortality` (per person-year), `share` (of the whole population).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SEXES = ("male", "female")
OLDEST = 111


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of the table."""

    key: str
    kind: str
    sex: str
    age_from: int
    age_to: int
    rate: float
    source: str
    year: str
    source_check: str


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one of the room's data files."""
    text = resources.files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@lru_cache(1)
def rates() -> tuple[Rate, ...]:
    return tuple(
        Rate(
            key=row["key"],
            kind=row["kind"],
            sex=row["sex"],
            age_from=int(row["age_from"]),
            age_to=int(row["age_to"]),
            rate=float(row["rate"]),
            source=row["source"],
            year=row["year"],
            source_check=row["source_check"],
        )
        for row in rows("rates.csv")
    )


def keys(kind: str) -> list[str]:
    """The keys that have rates of this kind, in the table's order."""
    return list(dict.fromkeys(rate.key for rate in rates() if rate.kind == kind))


@lru_cache(64)
def by_age(key: str, kind: str) -> Floats:
    """Rate by sex (0 male, 1 female) and whole year of age, [2, 111]; zero where the table has no row."""
    table = np.zeros((2, OLDEST))
    for rate in rates():
        if (rate.key, rate.kind) == (key, kind):
            table[SEXES.index(rate.sex), rate.age_from : rate.age_to] = rate.rate
    return table


@lru_cache(64)
def normal_threshold(key: str) -> Floats:
    """The standard normal quantile of a prevalence, by sex and age; minus infinity where nobody has it."""
    table = by_age(key, "prevalence")
    quantiles = {value: NormalDist().inv_cdf(value) if value > 0 else -np.inf for value in np.unique(table)}
    return np.array([[quantiles[value] for value in row] for row in table])


@lru_cache(64)
def cumulative_hazard(key: str, kind: str) -> Floats:
    """Hazard summed from birth to each birthday, [2, 112]."""
    return np.concatenate([np.zeros((2, 1)), np.cumsum(by_age(key, kind), axis=1)], axis=1)


def age_of_event(
    key: str, kind: str, sex: npt.NDArray[np.integer], age: Floats, rng: np.random.Generator
) -> Floats:
    """The age at which the first event after `age` falls, by inverting the cumulative hazard; infinity when never."""
    birthdays = np.arange(OLDEST + 1, dtype=float)
    wait, when = rng.exponential(size=len(age)), np.full(len(age), np.inf)
    for code, hazard in enumerate(cumulative_hazard(key, kind)):
        if hazard[-1] == 0:
            continue
        those = sex == code
        target = np.interp(age[those], birthdays, hazard) + wait[those]
        rising = hazard + np.arange(OLDEST + 1) * 1e-12  # strictly, so that the inverse is defined
        when[those] = np.where(target < hazard[-1], np.interp(target, rising, birthdays), np.inf)
    return when


@dataclass(frozen=True, slots=True)
class Term:
    """An ICD-10 code with its name in both languages."""

    key: str
    icd10: str
    english: str
    russian: str


@lru_cache(1)
def conditions() -> dict[str, Term]:
    return {row["key"]: Term(**row) for row in rows("conditions.csv")}
