"""Prevention: check-ups, well-child visits, vaccinations, cancer screening."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lakmus.synth import events, truth
from lakmus.synth.block import Block, Lines
from lakmus.synth.chapter import Chapter, Draft
from lakmus.synth.columns import Ints
from lakmus.synth.people import YEAR
from lakmus.synth.tables import Bools
from lakmus.synth.visits import every, observable

_AUTUMN = 275  # the day of the year from which influenza vaccine is given
_MONTHS = np.array([1, 2, 3, 4, 6, 9, 12, 18, 24, 36, 48, 60, 72, 84, 120, 144, 168, 180, 204])
# Which vaccines are given at which month of life: the shape of a national schedule, not one country's.
_SCHEDULE = {
    1: ("hepatitis-b",),
    2: ("pneumococcal",),
    3: ("dtp", "polio"),
    4: ("dtp", "polio", "pneumococcal"),
    6: ("dtp", "polio", "hepatitis-b"),
    12: ("mmr",),
    18: ("dtp", "polio", "pneumococcal"),
    72: ("mmr",),
    84: ("dtp",),
}


@dataclass(frozen=True)
class Due:
    """Cases of a rule: who was due when, whether it was done, and the visit of those done (in order)."""

    rule: str
    person: Ints
    day: Ints
    kept: Bools
    visit: Ints

    def tell(self, block: Block) -> None:
        truth.practice(block, self.rule, self.person, self.day, self.kept)


def repeated(
    draft: Draft,
    rule: str,
    who: Bools,
    ages: tuple[int, int],
    years: int,
    kind: str,
    season: int | None = None,
) -> Due:
    """A measure due every so many years between two ages (the upper one excluded), done on the day or left out.

    `season` is the day of the year from which it is due; without it, everybody has a day of their own.
    """
    rng, people = draft.rng(rule), draft.people
    person = np.flatnonzero(who & (people.last > people.first))
    step = np.full(len(person), int(years * YEAR))
    begin = people.first[person] + (rng.uniform(size=len(person)) * step).astype(np.int64)
    if season is not None:
        begin = people.first[person] + ((season - people.first[person]) % YEAR).astype(np.int64)
    row, day = every(begin, people.last[person], step, 30, rng)
    person = person[row]
    age = people.age(day, person)
    due = (age >= ages[0]) & (age < ages[1])
    person, day = person[due], day[due]
    kept = draft.keeps(rule, person, day, rng)
    return Due(rule, person, day, kept, draft.book.book(kind, person[kept], day[kept]))


class Prevention(Chapter):
    """What is done to the healthy."""

    def __init__(self, draft: Draft) -> None:
        people, anyone = draft.people, np.ones(len(draft.people), bool)
        self._young = repeated(draft, "check-up", anyone, (18, 40), 3, "check-up")
        self._check = repeated(draft, "check-up", anyone, (40, 111), 1, "check-up")
        self._mammography = repeated(draft, "mammography", people.female, (40, 75), 2, "screening")
        self._stool = repeated(draft, "colorectal-screening", anyone, (45, 75), 2, "screening")
        self._cytology = repeated(draft, "cervical-screening", people.female, (21, 65), 3, "screening")
        self._influenza = repeated(draft, "influenza-vaccine", anyone, (65, 111), 1, "screening", _AUTUMN)
        self._children(draft)

    def _children(self, draft: Draft) -> None:
        rng, people = draft.rng("child"), draft.people
        person = observable(people)
        day = (
            people.born[person, None]
            + (_MONTHS * YEAR / 12).astype(np.int64)
            + rng.integers(0, 12, (len(person), 1))
        )
        seen = (day >= people.first[person, None]) & (day <= people.last[person, None])
        row, self._month = np.nonzero(seen)
        self._child, self._child_day = person[row], day[seen]
        self._came = np.where(
            np.isin(_MONTHS[self._month], (12, 72)),
            draft.keeps("measles-vaccine", self._child, self._child_day, rng),
            rng.uniform(size=len(row)) < 0.85,
        )
        self._child_visit = draft.book.book("child", self._child[self._came], self._child_day[self._came])

    def render(self, block: Block) -> Iterator[Lines]:
        for due in (
            self._young,
            self._check,
            self._mammography,
            self._stool,
            self._cytology,
            self._influenza,
        ):
            due.tell(block)
        measles = np.isin(_MONTHS[self._month], (12, 72))
        truth.practice(
            block, "measles-vaccine", self._child[measles], self._child_day[measles], self._came[measles]
        )
        rng = block.region.generator(block.number, "prevention-results")
        yield from self._vaccinations(block)
        yield from self._screening(block, rng)
        yield from self._smoking(block, rng)

    def _vaccinations(self, block: Block) -> Iterator[Lines]:
        month = _MONTHS[self._month[self._came]]
        visits, numbers = (
            [self._influenza.visit],
            [np.full(len(self._influenza.visit), _vaccine("influenza"))],
        )
        for at, names in _SCHEDULE.items():
            for name in names:
                visits.append(self._child_visit[month == at])
                numbers.append(np.full(len(visits[-1]), _vaccine(name)))
        yield from events.vaccinations(block, "v", np.concatenate(visits), np.concatenate(numbers))

    def _screening(self, block: Block, rng: np.random.Generator) -> Iterator[Lines]:
        none = np.zeros(len(self._mammography.visit), np.int64)
        yield from events.procedures(block, "mg", ["mammography"], self._mammography.visit, none)
        for prefix, key, due, share in (
            ("fit", "occult-blood", self._stool, 0.06),
            ("cyt", "cervical-cytology", self._cytology, 0.03),
        ):
            positive = (rng.uniform(size=len(due.visit)) < share).astype(np.int64)
            yield from events.findings(block, prefix, key, due.visit, positive)

    def _smoking(self, block: Block, rng: np.random.Generator) -> Iterator[Lines]:
        visit = np.concatenate([self._young.visit, self._check.visit])
        person = block.visits.person[visit]
        former = block.constants[person, 5] > 0.8
        status = np.where(block.health.smoker[person], 1, np.where(former, 2, 0))
        yield from events.findings(block, "smk", "smoking", visit, status)


def _vaccine(key: str) -> int:
    return events.vaccines().index(key)
