"""A block in the making: its people, their health and visits, and the text that every resource of a visit shares."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from lakmus.synth.columns import Ints, choose, instants, integers, joined
from lakmus.synth.health import Health
from lakmus.synth.naming import Naming
from lakmus.synth.people import People
from lakmus.synth.practice import probabilities
from lakmus.synth.region import LOCALES, Clinic, Region
from lakmus.synth.tables import Bools, Floats
from lakmus.synth.visits import Visits

NUMBERS = ("both", "policy", "none")


@dataclass(frozen=True)
class Lines:
    """Rendered resources of one type: a line each, and the clinic (row number in the region) whose file it goes to."""

    type: str
    text: pa.StringArray
    clinic: Ints


@dataclass(frozen=True)
class Records:
    """Patient records: one of each person at its clinic, then those at second clinics. `rank` is the number in its
    clinic, so that ids of two clinics meet."""

    person: Ints
    clinic: Ints
    rank: Ints
    second: Ints  # of each person: the row of its second record, or -1
    numbers: Ints  # index into NUMBERS: which national numbers the record carries

    @classmethod
    def of(cls, people: People, rng: np.random.Generator) -> Records:
        twice = np.flatnonzero(people.second_clinic >= 0)
        person = np.concatenate([np.arange(len(people)), twice])
        clinic = np.concatenate([people.clinic, people.second_clinic[twice]])
        rank = np.empty(len(person), np.int64)
        for one in np.unique(clinic):
            there = np.flatnonzero(clinic == one)
            rank[there] = np.arange(len(there))
        second = np.full(len(people), -1)
        second[twice] = len(people) + np.arange(len(twice))
        # A first record always has both numbers; a hospital that knows somebody by the way may have noted fewer.
        numbers = np.zeros(len(person), np.int64)
        numbers[len(people) :] = rng.choice(len(NUMBERS), len(twice), p=(0.75, 0.17, 0.08))
        return cls(person, clinic, rank, second, numbers)

    def at(self, people: People, person: Ints, clinic: Ints) -> Ints:
        """The record of each person at a clinic that knows them."""
        return np.where(people.clinic[person] == clinic, person, self.second[person])


@dataclass(frozen=True)
class Course:
    """Treatment of one condition: of each person the drug (row number in medications.csv) and the first day, or NEVER;
    `prompt` says whether the rule was kept; `visit` is the row of the visit at which it began, or -1."""

    rule: str
    drug: Ints
    start: Ints
    prompt: Bools
    visit: Ints


@dataclass
class Block:
    """What the renderers work on. `truth` gathers columns of the truth tables by table name."""

    region: Region
    people: People
    health: Health
    names: Naming
    visits: Visits
    courses: dict[str, Course]
    diagnosed: dict[str, Ints]
    truth: dict[str, pa.Table] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return self.people.block

    @cached_property
    def constants(self) -> Floats:
        """Six standard normal traits of each person that never change, so that a person's values hang together."""
        return self.region.generator(self.number, "constants").normal(size=(len(self.people), 6))

    def practice(self, rule: str, visit: Ints) -> Floats:
        """The planted probability of the rule at the clinic of each visit."""
        return probabilities(self.region, rule, self.visits.clinic[visit], self.visits.day[visit])

    @cached_property
    def records(self) -> Records:
        return Records.of(self.people, self.region.generator(self.number, "records"))

    @cached_property
    def offsets(self) -> Ints:
        """Minutes east of UTC, by clinic."""
        return np.array([clinic.utc_offset for clinic in self.region.clinics])

    @cached_property
    def languages(self) -> Ints:
        """Index into LOCALES, by clinic."""
        return np.array([LOCALES.index(clinic.locale) for clinic in self.region.clinics])

    @cached_property
    def patient_ids(self) -> pa.StringArray:
        """Of each record."""
        return self.ids("p", self.records.rank)

    @cached_property
    def visit_records(self) -> Ints:
        return self.records.at(self.people, self.visits.person, self.visits.clinic)

    @cached_property
    def visit_times(self) -> pa.StringArray:
        visits = self.visits
        return instants(visits.day, visits.minute, self.offsets[visits.clinic])

    @cached_property
    def visit_updates(self) -> pa.StringArray:
        """When the clinic's nightly export last touched what the visit left."""
        visits = self.visits
        return instants(visits.day + visits.days + 1, visits.minute // 4, self.offsets[visits.clinic])

    @cached_property
    def visit_subjects(self) -> pa.StringArray:
        ids = self.patient_ids.take(pa.array(self.visit_records))
        encounters = self.ids("e", np.arange(len(self.visits)))
        return joined(
            '{"reference":"Patient/', ids, '"},"encounter":{"reference":"Encounter/', encounters, '"}'
        )

    def ids(self, prefix: str, number: Ints) -> pa.StringArray:
        """`o3-17`: a letter or two for the kind, the block, the number."""
        return joined(f"{prefix}{self.number}-", integers(number))

    def per_clinic(self, make: Callable[[Clinic], Any], clinic: Ints) -> pa.StringArray:
        """JSON that depends on the clinic alone."""
        return choose([compact(make(one)) for one in self.region.clinics], clinic)


def compact(value: Any) -> str:
    """JSON without spaces, Cyrillic as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


Renderer = Callable[[Block], Iterator[Lines]]
