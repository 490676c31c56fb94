"""Drug treatment of chronic conditions: who starts which drug when, and the MedicationRequests that tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from lakmus.synth.block import Block, Course, Lines, compact
from lakmus.synth.columns import Ints, choose
from lakmus.synth.health import Health
from lakmus.synth.people import NEVER, People
from lakmus.synth.practice import probabilities
from lakmus.synth.region import Region
from lakmus.synth.tables import rows
from lakmus.synth.template import Template, raw, text
from lakmus.synth.visits import Book

ATC = "http://www.whocc.no/atc"
PROMPT = 28  # days within which treatment counts as prompt
_REQUEST = Template(
    {
        "resourceType": "MedicationRequest",
        "id": text("id"),
        "meta": {"lastUpdated": text("updated")},
        "status": text("status"),
        "intent": "order",
        "medicationCodeableConcept": raw("drug"),
        "subject": raw("subject"),
        "authoredOn": text("time"),
        "dosageInstruction": raw("dosage"),
    }
)


@dataclass(frozen=True)
class Drug:
    """A usual drug of a condition; `weight` is how often it is the one chosen."""

    condition: str
    rule: str
    atc: str
    english: str
    russian: str
    value: str
    unit: str
    per_day: int
    weight: float

    def concept(self, russian: bool) -> str:
        name = self.russian if russian else self.english
        return compact({"coding": [{"system": ATC, "code": self.atc, "display": self.english}], "text": name})

    def dosage(self, russian: bool) -> str:
        each = f"{self.value} {self.unit}, {self.per_day} "
        how = each + ("раз(а) в день" if russian else "times a day" if self.per_day > 1 else "time a day")
        dose: dict[str, Any] = {"unit": self.unit, "system": "http://unitsofmeasure.org", "code": self.unit}
        head = f'[{{"text":{compact(how)},"timing":{{"repeat":{{"frequency":{self.per_day},"period":1,"periodUnit":"d"}}}}'
        return f'{head},"doseAndRate":[{{"doseQuantity":{{"value":{self.value},{compact(dose)[1:]}}}]}}]'


@lru_cache(1)
def drugs() -> tuple[Drug, ...]:
    return tuple(
        Drug(**{**row, "per_day": int(row["per_day"]), "weight": float(row["weight"])})  # type: ignore[arg-type]
        for row in rows("medications.csv")
    )


@lru_cache(1)
def _written() -> tuple[pa.StringArray, pa.StringArray]:
    """Concept and dosage of every drug, first in Russian, then in English."""
    both = [(drug, russian) for drug in drugs() for russian in (True, False)]
    return pa.array([d.concept(r) for d, r in both]), pa.array([d.dosage(r) for d, r in both])


def drugs_for(purpose: str) -> list[int]:
    """Row numbers of the drugs for a purpose that is no chronic condition."""
    return [i for i, drug in enumerate(drugs()) if not drug.condition and drug.rule == purpose]


def plan(
    region: Region, people: People, health: Health, book: Book, diagnosed: dict[str, Ints]
) -> dict[str, Course]:
    """A course for each treatable condition. `diagnosed` has the row of the diagnosing visit of each person, or -1."""
    rng = region.generator(people.block, "therapy")
    conditions = dict.fromkeys(drug.condition for drug in drugs() if drug.condition)
    return {
        key: _course(region, people, health.known[key], book, diagnosed[key], key, rng) for key in conditions
    }


def _course(
    region: Region,
    people: People,
    known: Ints,
    book: Book,
    diagnosed: Ints,
    key: str,
    rng: np.random.Generator,
) -> Course:
    n = len(people)
    choices = [i for i, drug in enumerate(drugs()) if drug.condition == key]
    weights = np.array([drugs()[i].weight for i in choices])
    rule = drugs()[choices[0]].rule
    prompt = (known < NEVER) & (rng.uniform(size=n) < probabilities(region, rule, people.clinic, known))
    late = prompt | (rng.uniform(size=n) < 0.5)
    wait = np.where(rng.uniform(size=n) < 0.6, 0, rng.integers(1, PROMPT + 1, n))
    start = known + np.where(prompt, wait, rng.integers(60, 700, n))
    start = np.where((known < NEVER) & late & (start <= people.last), start, NEVER)
    visit = np.where(start == known, diagnosed, -1)
    fresh = np.flatnonzero((start < NEVER) & (start > known) & (start >= people.first))
    visit[fresh] = book.book("control", fresh, start[fresh])
    return Course(
        rule, rng.choice(choices, n, p=weights / weights.sum()), start, prompt & (start < NEVER), visit
    )


def requests(block: Block, control: Ints, rng: np.random.Generator) -> Iterator[Lines]:
    """The order at the start, and renewals at some of the follow-up visits (rows given) under treatment."""
    drug, visit = [], []
    person, day = block.visits.person[control], block.visits.day[control]
    for course in block.courses.values():
        new = np.flatnonzero(course.visit >= 0)
        again = np.flatnonzero((course.start[person] < day) & (rng.uniform(size=len(person)) < 0.4))
        drug += [course.drug[new], course.drug[person[again]]]
        visit += [course.visit[new], control[again]]
    yield render(block, "rx", np.concatenate(drug), np.concatenate(visit))


def render(block: Block, prefix: str, drug: Ints, visit: Ints) -> Lines:
    clinic, row = block.visits.clinic[visit], pa.array(visit)
    index = drug * 2 + block.languages[clinic]
    concepts, dosages = _written()
    line = _REQUEST.render(
        id=block.ids(prefix, np.arange(len(visit))),
        updated=block.visit_updates.take(row),
        status=choose(["active", "completed"], (visit % 3 == 0).astype(int)),
        drug=choose(concepts, index),
        subject=block.visit_subjects.take(row),
        time=block.visit_times.take(row),
        dosage=choose(dosages, index),
    )
    return Lines("MedicationRequest", line, clinic)
