"""Heart attacks, strokes, and the last days of those who die."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lakmus.synth import events
from lakmus.synth.block import Block, Lines
from lakmus.synth.chapter import Chapter, Draft
from lakmus.synth.columns import Ints
from lakmus.synth.diagnoses import Diagnoses
from lakmus.synth.people import NEVER, YEAR
from lakmus.synth.tables import age_of_event
from lakmus.synth.therapy import drugs_for
from lakmus.synth.therapy import render as prescribe
from lakmus.synth.visits import observable

_KINDS = {"myocardial-infarction": ("angioplasty", 0.6), "stroke": ("thrombolysis", 0.15)}


class Acute(Chapter):
    """First events of each kind within the region's time, each an emergency admission."""

    def __init__(self, draft: Draft) -> None:
        rng, people = draft.rng("acute"), draft.people
        who = observable(people)
        self.visits: dict[str, Ints] = {}
        self._treated: dict[str, Ints] = {}
        for key, (_, share) in _KINDS.items():
            age = age_of_event(key, "incidence", people.sex[who], people.age(people.first[who], who), rng)
            day = people.born[who] + np.minimum(age * YEAR, 1e5).astype(np.int64)
            at = draft.seen(who, day)
            minute, stay = rng.integers(0, 1440, int(at.sum())), rng.integers(4, 15, int(at.sum()))
            visit = draft.book.book("emergency", who[at], day[at], minute, stay)
            self.visits[key] = visit
            self._treated[key] = visit[rng.uniform(size=len(visit)) < share]
        self._terminal(draft, rng)

    @staticmethod
    def _terminal(draft: Draft, rng: np.random.Generator) -> None:
        """Three of five deaths follow a stay in hospital that ends the day before."""
        people = draft.people
        dying = observable(people)
        dying = dying[(people.died[dying] < NEVER) & (rng.uniform(size=len(dying)) < 0.6)]
        day = np.maximum(people.last[dying] - rng.integers(0, 12, len(dying)), people.first[dying])
        draft.book.book("terminal", dying, day, days=people.last[dying] - day)

    def diagnose(self, block: Block, found: Diagnoses) -> None:
        for key, visit in self.visits.items():
            day = block.visits.day[visit]
            found.add(key, block.visits.person[visit], day, day, visit)

    def render(self, block: Block) -> Iterator[Lines]:
        for key, (procedure, _) in _KINDS.items():
            visit = self._treated[key]
            yield from events.procedures(block, key, [procedure], visit, np.zeros(len(visit), np.int64))
        drugs, visit = np.array(drugs_for("infarction")), self.visits["myocardial-infarction"]
        yield prescribe(block, "rxi", np.tile(drugs, len(visit)), np.repeat(visit, len(drugs)))
