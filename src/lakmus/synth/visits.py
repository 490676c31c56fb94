"""Encounters: booked by whoever needs one, then rendered together. One row of `Visits` is one Encounter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lakmus.synth.columns import Ints
from lakmus.synth.people import YEAR, People
from lakmus.synth.region import Region

KINDS = (
    "consultation",
    "diagnosis",
    "control",
    "check-up",
    "child",
    "infection",
    "antenatal",
    "delivery",
    "birth",
    "emergency",
    "oncology",
    "surgery",
    "screening",
    "terminal",
)
INPATIENT = ("delivery", "birth", "emergency", "surgery", "terminal")
_EARLIEST, _LATEST = 8 * 60, 18 * 60


@dataclass(frozen=True)
class Visits:
    """Columns of all encounters of a block; the row number is in the id. `days` is the length of an inpatient stay."""

    person: Ints
    clinic: Ints
    day: Ints
    minute: Ints
    kind: Ints
    days: Ints

    def __len__(self) -> int:
        return len(self.person)


class Book:
    """Takes bookings and answers with row numbers."""

    def __init__(self, people: People, rng: np.random.Generator) -> None:
        self._people, self._rng = people, rng
        self._rows: list[tuple[Ints, ...]] = []
        self._count = 0

    def book(
        self,
        kind: str,
        person: Ints,
        day: Ints,
        minute: Ints | None = None,
        days: Ints | None = None,
        clinic: Ints | None = None,
    ) -> Ints:
        """Rows of new encounters. Days must lie where care may fall (`People.first` to `last`)."""
        n = len(person)
        if minute is None:
            minute = self._rng.integers(_EARLIEST, _LATEST, n)
        stay = np.zeros(n, np.int64) if days is None else np.minimum(days, self._people.last[person] - day)
        where = self._people.clinic[person] if clinic is None else clinic
        self._rows.append((person, where, day, minute, np.full(n, KINDS.index(kind)), np.maximum(stay, 0)))
        rows = np.arange(self._count, self._count + n)
        self._count += n
        return rows

    def visits(self) -> Visits:
        return Visits(*(np.concatenate(column).astype(np.int64) for column in zip(*self._rows, strict=True)))


def observable(people: People) -> Ints:
    """Persons on whom care may fall at all."""
    return np.flatnonzero(people.last > people.first)


def random_days(rng: np.random.Generator, people: People, person: Ints) -> Ints:
    """A day of each person's observed time."""
    span = people.last[person] - people.first[person] + 1
    return people.first[person] + (rng.uniform(size=len(person)) * span).astype(np.int64)


def every(first: Ints, last: Ints, step: Ints, jitter: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Repeated days from `first` on in steps, each moved by up to `jitter` days; (row of the arguments, day)."""
    count = np.maximum((last - first) // step + 1, 0)
    row = np.repeat(np.arange(len(first)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    day = first[row] + nth * step[row] + rng.integers(0, jitter + 1, len(row))
    inside = day <= last[row]
    return row[inside], day[inside]


def consultations(region: Region, people: People, book: Book) -> Ints:
    """Visits for whatever ails one: more in childhood and old age, unevenly spread over persons.

    Persons known to a second clinic make a third of these visits there.
    """
    rng = region.generator(people.block, "consultations")
    person = observable(people)
    years = (people.last[person] - people.first[person] + 1) / YEAR
    age = people.age(people.last[person], person)
    yearly = np.interp(age, [0, 2, 6, 18, 40, 65, 80], [2.4, 1.8, 1.2, 0.8, 1.0, 1.7, 2.0])
    number = rng.poisson(yearly * rng.gamma(2.0, 0.5, len(person)) * years)
    # Who came is known: everybody has one visit at least, and so a first record of the clinic.
    who = np.repeat(person, np.maximum(number, 1))
    away = (people.second_clinic[who] >= 0) & (rng.uniform(size=len(who)) < 0.33)
    clinic = np.where(away, people.second_clinic[who], people.clinic[who])
    return book.book("consultation", who, random_days(rng, people, who), clinic=clinic)
