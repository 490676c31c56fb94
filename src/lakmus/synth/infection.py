"""Infections: sporadic ones by age and season, and the planted outbreaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lakmus.synth import events, truth
from lakmus.synth.block import Block, Lines
from lakmus.synth.chapter import Chapter, Draft
from lakmus.synth.columns import Ints, choose, day_number
from lakmus.synth.diagnoses import Diagnoses
from lakmus.synth.measuring import Findings
from lakmus.synth.people import YEAR
from lakmus.synth.tables import Bools, by_age
from lakmus.synth.visits import observable

# Seasonal amplitude (0 none, 1 full) and day of the year of the peak.
_SEASON = {
    "respiratory-infection": (0.7, 20),
    "influenza": (0.95, 30),
    "covid": (0.3, 350),
    "pneumonia": (0.5, 25),
    "gastroenteritis": (0.4, 210),
    "salmonellosis": (0.8, 205),
    "measles": (0.3, 90),
    "chickenpox": (0.5, 80),
}
DISEASES = tuple(_SEASON)
# Days ill, and the usual temperature and oxygen saturation at the visit.
_COURSE = {
    "respiratory-infection": (8, 37.6, 98),
    "influenza": (9, 38.7, 97),
    "covid": (12, 38.1, 96),
    "pneumonia": (18, 38.6, 93),
    "gastroenteritis": (4, 37.5, 98),
    "salmonellosis": (8, 38.4, 98),
    "measles": (13, 39.0, 97),
    "chickenpox": (9, 38.0, 98),
}
_TESTS = {
    "covid": ("covid-test", 1),
    "influenza": ("influenza-test", 0),
    "measles": ("measles-test", 0),
    "salmonellosis": ("stool-culture", 0),
}


@dataclass(frozen=True)
class Episodes:
    """Episodes of one disease: who, the day of the first sign, and the outbreak (row number in the region, or -1)."""

    person: Ints
    day: Ints
    outbreak: Ints


def sporadic(draft: Draft, disease: str, rng: np.random.Generator) -> Episodes:
    """By the table's rate at the age of each day, thinned by season; measles and chickenpox at most once."""
    people = draft.people
    who = observable(people)
    rate, sex = by_age(disease, "incidence"), people.sex[who]
    ages = [people.age(day[who], who).clip(0, 110).astype(int) for day in (people.first, people.last)]
    most = np.maximum.reduceat(rate, np.arange(rate.shape[1]), axis=1)
    highest = np.maximum(most[sex, ages[0]], most[sex, ages[1]])
    # Bands are wide against the region's years, so the highest rate of a stretch is at an end or in between.
    highest = np.maximum(highest, rate[sex, (ages[0] + ages[1]) // 2])
    amplitude, peak = _SEASON[disease]
    years = (people.last[who] - people.first[who] + 1) / YEAR
    number = rng.poisson(highest * (1 + amplitude) * years)
    person = np.repeat(who, number)
    day = people.first[person] + (
        rng.uniform(size=len(person)) * (people.last - people.first + 1)[person]
    ).astype(int)
    now = rate[people.sex[person], people.age(day, person).clip(0, 110).astype(int)]
    wave = 1 + amplitude * np.cos(2 * np.pi * (day % YEAR - peak) / YEAR)
    keep = rng.uniform(size=len(person)) * np.repeat(highest, number) * (1 + amplitude) < now * wave
    person, day = person[keep], day[keep]
    if disease in ("measles", "chickenpox"):
        person, first = np.unique(person, return_index=True)
        day = day[first]
    return Episodes(person, day, np.full(len(person), -1))


def planted(draft: Draft, disease: str, rng: np.random.Generator) -> Episodes:
    """The region's outbreaks of this disease: people of one district, days of a rise and a slower fall."""
    people, found = draft.people, []
    for number, outbreak in enumerate(draft.region.outbreaks):
        ill = rng.uniform(size=len(people)) < outbreak.attack_rate
        offset = (rng.beta(2, 3, len(people)) * outbreak.days).astype(np.int64)
        day = day_number(outbreak.start) + offset
        hit = ill & (people.district == outbreak.district) & draft.seen(np.arange(len(people)), day)
        hit &= outbreak.disease == disease
        who = np.flatnonzero(hit)
        found.append(Episodes(who, day[who], np.full(len(who), number)))
    nobody = Episodes(*(np.zeros(0, np.int64) for _ in range(3)))
    return _together(*found) if found else nobody


def _together(*parts: Episodes) -> Episodes:
    return Episodes(
        np.concatenate([part.person for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate([part.outbreak for part in parts]),
    )


class Infection(Chapter):
    """Episodes by disease, each with one visit."""

    def __init__(self, draft: Draft) -> None:
        rng = draft.rng("infection")
        self.episodes, self.visits = {}, {}
        self._tested: dict[str, Bools] = {}
        for disease in DISEASES:
            found = _together(sporadic(draft, disease, rng), planted(draft, disease, rng))
            wait = rng.integers(0, 4, len(found.person))
            day = np.minimum(found.day + wait, draft.people.last[found.person])
            self.episodes[disease] = found
            self.visits[disease] = draft.book.book("infection", found.person, day)
            self._tested[disease] = draft.keeps("infection-tested", found.person, day, rng)

    def diagnose(self, block: Block, found: Diagnoses) -> None:
        for disease, episodes in self.episodes.items():
            person, visit = episodes.person, self.visits[disease]
            over = block.visits.day[visit] + _COURSE[disease][0]
            abated = np.where(over <= block.people.last[person], over, -1)
            found.add(disease, person, episodes.day, block.visits.day[visit], visit, abated)

    def measure(self, block: Block, findings: Findings) -> None:
        rng = block.region.generator(block.number, "fever")
        for disease, visit in self.visits.items():
            _, temperature, saturation = _COURSE[disease]
            findings.add("temperature", visit, temperature + rng.normal(0, 0.45, len(visit)))
            if disease in ("pneumonia", "covid"):
                level = saturation + rng.normal(0, 1.7, len(visit))
                findings.add("saturation", visit, level.clip(75, 100))
            if disease == "pneumonia":
                findings.add("crp", visit, rng.gamma(3, 30, len(visit)) + 5)

    def render(self, block: Block) -> Iterator[Lines]:
        for disease, (key, answer) in _TESTS.items():
            tested, visit = self._tested[disease], self.visits[disease]
            episodes = self.episodes[disease]
            truth.practice(block, "infection-tested", episodes.person, block.visits.day[visit], tested)
            yield from events.findings(block, key, key, visit[tested], np.full(int(tested.sum()), answer))
        for disease, episodes in self.episodes.items():
            self._tell(block, disease, episodes)

    def _tell(self, block: Block, disease: str, episodes: Episodes) -> None:
        names = [outbreak.name for outbreak in block.region.outbreaks] or [""]
        sporadic_ones = episodes.outbreak < 0
        name = choose(names, np.maximum(episodes.outbreak, 0))
        columns = {
            "person": pa.array(block.people.number[episodes.person]),
            "site": truth.site_column(block, block.people.clinic[episodes.person]),
            "district": pa.array(block.people.district[episodes.person]),
            "disease": pa.array([disease] * len(episodes.person), pa.string()),
            "onset": truth.day_column(episodes.day),
            "outbreak": pa.compute.if_else(pa.array(sporadic_ones), pa.scalar(None, pa.string()), name),
        }
        truth.tell(block, "infections", columns)
