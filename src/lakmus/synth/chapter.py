"""A chapter of life (pregnancy, cancer, infection, ...): plans what happens, then tells it as records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lakmus.synth.block import Block, Lines
from lakmus.synth.columns import Ints
from lakmus.synth.diagnoses import Diagnoses
from lakmus.synth.health import Health
from lakmus.synth.measuring import Findings
from lakmus.synth.people import People
from lakmus.synth.practice import probabilities
from lakmus.synth.region import Region
from lakmus.synth.tables import Bools
from lakmus.synth.visits import Book


@dataclass(frozen=True)
class Draft:
    """What a chapter plans with: the people, their health, and the book in which it reserves visits."""

    region: Region
    people: People
    health: Health
    book: Book

    def rng(self, stage: str) -> np.random.Generator:
        return self.region.generator(self.people.block, stage)

    def keeps(self, rule: str, person: Ints, day: Ints, rng: np.random.Generator) -> Bools:
        """Whether the rule is kept in each case, by the planted probability of the person's clinic on the day."""
        probability = probabilities(self.region, rule, self.people.clinic[person], day)
        return np.asarray(rng.uniform(size=len(person)) < probability)

    def seen(self, person: Ints, day: Ints) -> Bools:
        """Whether care may fall on the day."""
        return np.asarray((self.people.first[person] <= day) & (day <= self.people.last[person]))


class Chapter:
    """Planned when made; the three methods are called once each, in this order."""

    def __init__(self, draft: Draft) -> None:
        raise NotImplementedError

    def diagnose(self, block: Block, found: Diagnoses) -> None:
        """Adds its diagnoses."""

    def measure(self, block: Block, findings: Findings) -> None:
        """Adds its measurements."""

    def render(self, block: Block) -> Iterator[Lines]:
        """Its other records; tells its truth to the block."""
        yield from ()
