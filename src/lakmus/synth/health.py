"""Chronic conditions and lifestyle: who has what since when, by age and sex as the table says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lakmus.synth.columns import Ints, day_number
from lakmus.synth.people import NEVER, YEAR, People
from lakmus.synth.region import Region
from lakmus.synth.tables import Bools, Floats, by_age, keys, normal_threshold

# Loading of each condition on one common factor: those who have one have the others more often, at unchanged rates.
_SHARED = {
    "hypertension": 0.6,
    "diabetes": 0.65,
    "obesity": 0.55,
    "dyslipidaemia": 0.5,
    "kidney-disease": 0.55,
    "ischaemic-heart-disease": 0.5,
    "heart-failure": 0.5,
    "atrial-fibrillation": 0.35,
    "smoking": 0.1,
    "copd": 0.2,
}
LIFESTYLE = ("obesity", "smoking")


@dataclass(frozen=True)
class Health:
    """Per condition: the day of onset and the day it became known (NEVER for who has not got it), and whether smoking.

    `frailty` is each person's draw of the common factor; `height` (cm, adult) and `bmi` are as adults at the end.
    """

    onset: dict[str, Ints]
    known: dict[str, Ints]
    smoker: Bools
    frailty: Floats
    height: Floats
    bmi: Floats

    def has(self, key: str, person: Ints, day: Ints) -> Bools:
        """Whether the condition had begun on the day."""
        return np.asarray(self.onset[key][person] <= day)

    def knows(self, key: str, person: Ints, day: Ints) -> Bools:
        """Whether the condition was diagnosed by the day."""
        return np.asarray(self.known[key][person] <= day)


def make_health(region: Region, people: People) -> Health:
    rng = region.generator(people.block, "health")
    n, end = len(people), day_number(region.end)
    until = np.minimum(end, people.last)
    age = people.age(until).clip(0, 110)
    frailty = rng.normal(size=n)
    has = {key: _affected(rng, people, key, age, frailty) for key in keys("prevalence")}
    onset = {key: _onset(rng, people, key, has[key], until) for key in has if key != "smoking"}
    return Health(
        onset=onset,
        known={key: _known(rng, people, day, until) for key, day in onset.items()},
        smoker=has["smoking"],
        frailty=frailty,
        height=np.where(people.female, rng.normal(163.5, 6.3, n), rng.normal(176.5, 7.0, n)).clip(140, 205),
        bmi=_bmi(rng, has["obesity"]),
    )


def _affected(rng: np.random.Generator, people: People, key: str, age: Floats, frailty: Floats) -> Bools:
    shared = _SHARED.get(key, 0.0)
    liability = shared * frailty + np.sqrt(1 - shared**2) * rng.normal(size=len(people))
    return np.asarray(liability < normal_threshold(key)[people.sex, age.astype(int)])


def _onset(rng: np.random.Generator, people: People, key: str, has: Bools, until: Ints) -> Ints:
    """Between the youngest age the table knows and now, later rather than earlier."""
    possible = by_age(key, "prevalence") > 0
    youngest = np.argmax(possible, axis=1)[people.sex] * YEAR
    earliest = people.born + np.maximum(youngest, 1).astype(np.int64)
    day = earliest + ((until - earliest) * rng.beta(2.2, 1.4, len(has))).astype(np.int64)
    return np.where(has & (until > people.first), np.minimum(day, until), NEVER)


def _known(rng: np.random.Generator, people: People, onset: Ints, until: Ints) -> Ints:
    delay = np.minimum(rng.lognormal(4.0, 0.9, len(onset)), 3000).astype(np.int64)
    return np.where(onset < NEVER, np.minimum(onset + delay, until), NEVER)


def _bmi(rng: np.random.Generator, obese: Bools) -> Floats:
    stout = 30.3 + rng.gamma(1.6, 2.4, len(obese))
    return np.where(obese, stout, rng.normal(25.0, 2.7, len(obese)).clip(17.5, 29.7))
