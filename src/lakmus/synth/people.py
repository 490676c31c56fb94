"""Who lives in a block: age, sex, death, mothers and partners, households, clinics. Arrays, one entry per person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lakmus.synth.columns import Ints, day_number
from lakmus.synth.region import DISTRICTS, LOCALES, Region
from lakmus.synth.tables import Bools, Floats, age_of_event, by_age

YEAR = 365.25
NEVER = np.int64(10**6)
_LABOUR_AGES = (18.0, 43.0)
_SPACING = 550  # days between two births of one mother


@dataclass(frozen=True)
class People:
    """The persons of a block. Days are counted from 1970-01-01; `mother`, `father` and `household` are row numbers
    (-1 for none); `died` is NEVER for who lives at the end; `first` to `last` are the days on which care may fall."""

    block: int
    number: Ints
    female: Bools
    born: Ints
    birth_minute: Ints
    died: Ints
    death_minute: Ints
    mother: Ints
    father: Ints
    household: Ints
    clinic: Ints
    second_clinic: Ints
    locale: Ints
    district: Ints
    first: Ints
    last: Ints

    def __len__(self) -> int:
        return len(self.born)

    @property
    def sex(self) -> Ints:
        return self.female.astype(np.int64)

    def age(self, day: Ints | int, who: Ints | slice = slice(None)) -> Floats:
        """Age in years on a day."""
        return np.asarray((day - self.born[who]) / YEAR)


def make_people(region: Region, block: int) -> People:
    """The block's people, from the region's seed alone."""
    rng = region.generator(block, "people")
    n = region.block_size(block)
    start, end = day_number(region.start), day_number(region.end)
    female, born = _ages(rng, n, end)
    died, minute = _deaths(rng, female, born, start, end)
    mother = _mothers(rng, female, born, died, end)
    partner = _partners(rng, female, born, end)
    father = np.where(mother >= 0, partner[mother], -1)
    father = np.where((father >= 0) & (died[father] > born - 280), father, -1)
    household = _households(female, mother, partner)
    clinic = _clinics(rng, region, born, household, end)
    first = np.maximum(start, born + 1)
    return People(
        block=block,
        number=block * region.block + np.arange(n),
        female=female,
        born=born,
        birth_minute=rng.integers(0, 1440, n),
        died=died,
        death_minute=minute,
        mother=mother,
        father=father,
        household=household,
        clinic=clinic,
        second_clinic=_second_clinics(rng, region, clinic),
        locale=_locales(rng, region, household, clinic),
        district=_districts(rng, region, household, clinic),
        first=first,
        last=np.minimum(end, died - 1),
    )


def _ages(rng: np.random.Generator, n: int, end: int) -> tuple[Bools, Ints]:
    shares = by_age("population", "share").ravel()
    cell = rng.choice(len(shares), n, p=shares / shares.sum())
    sex, year = np.divmod(cell, len(shares) // 2)
    return sex == 1, end - ((year + rng.uniform(0, 1, n)) * YEAR).astype(np.int64)


def _deaths(rng: np.random.Generator, female: Bools, born: Ints, start: int, end: int) -> tuple[Ints, Ints]:
    begin = np.maximum(start, born)
    age = age_of_event("death", "mortality", female.astype(int), (begin - born) / YEAR, rng)
    day = born + np.minimum(age * YEAR, 1e5).astype(np.int64)
    # Nobody dies on the day of birth: what happens there is recorded first.
    day = np.maximum(day, begin + 1)
    return np.where(day <= end, day, NEVER), rng.integers(0, 1440, len(born))


def _mothers(rng: np.random.Generator, female: Bools, born: Ints, died: Ints, end: int) -> Ints:
    """A mother for most children: the nearest free woman to a wished age, in a few rounds.

    A woman has at most two children here, at least 18 months apart; who finds none was born elsewhere.
    """
    mother = np.full(len(born), -1)
    children = np.flatnonzero(end - born < 18 * YEAR)
    women = np.flatnonzero(female)
    women = women[np.argsort(born[women], kind="stable")]
    wished = born[children] - (rng.normal(28.5, 5.2, len(children)).clip(19, 42) * YEAR).astype(np.int64)
    taken: dict[int, int] = {}
    position = np.searchsorted(born[women], wished)
    order = rng.permutation(len(children))
    for step in (0, 1, -1, 2, -2, 3, -3):
        for i in order[mother[children[order]] < 0]:
            at = position[i] + step
            if 0 <= at < len(women):
                _give(int(children[i]), int(women[at]), mother, born, died, taken)
    return mother


def _give(child: int, woman: int, mother: Ints, born: Ints, died: Ints, taken: dict[int, int]) -> None:
    low, high = _LABOUR_AGES
    fits = low <= (born[child] - born[woman]) / YEAR <= high and died[woman] > born[child] + 2
    sibling = taken.get(woman, -1)
    apart = sibling < 0 or abs(born[sibling] - born[child]) >= _SPACING
    if fits and apart and taken.get(~woman, -1) < 0:
        mother[child] = woman
        taken[woman if sibling < 0 else ~woman] = child


def _partners(rng: np.random.Generator, female: Bools, born: Ints, end: int) -> Ints:
    """Couples of about one age: women and men in order of age (with noise), three of five women paired."""
    age = (end - born) / YEAR
    partner = np.full(len(born), -1)
    women = np.flatnonzero(female & (age > 20) & (age < 80) & (rng.uniform(size=len(born)) < 0.62))
    men = np.flatnonzero(~female & (age > 22) & (age < 84))
    men = rng.permutation(men)[: len(women)]
    women = rng.permutation(women)[: len(men)]
    women = women[np.argsort(age[women] + rng.normal(0, 2, len(women)))]
    men = men[np.argsort(age[men] + rng.normal(0, 2, len(men)))]
    close = np.abs(age[women] - age[men]) < 18
    partner[women[close]], partner[men[close]] = men[close], women[close]
    return partner


def _households(female: Bools, mother: Ints, partner: Ints) -> Ints:
    """Row number of the head: a child lives with its mother, a man with his partner."""
    head = np.arange(len(mother))
    head = np.where(mother >= 0, mother, head)
    return np.where((mother < 0) & ~female & (partner >= 0), partner, head)


def _clinics(rng: np.random.Generator, region: Region, born: Ints, household: Ints, end: int) -> Ints:
    """The household's clinic, by the clinics' shares tilted by the head's age (a draw by Gumbel's trick)."""
    share = np.log([clinic.share for clinic in region.clinics])
    tilt = np.array([clinic.age_tilt for clinic in region.clinics])
    age = (end - born) / YEAR
    score = share + tilt * ((age - 40) / 20)[:, None] + rng.gumbel(size=(len(born), len(share)))
    return np.asarray(np.argmax(score, axis=1)[household])


def _second_clinics(rng: np.random.Generator, region: Region, clinic: Ints) -> Ints:
    """Another clinic that also knows the person, or -1."""
    others = len(region.clinics) - 1
    draw = rng.uniform(size=len(clinic))
    if not others:
        return np.full(len(clinic), -1)
    other = (clinic + 1 + rng.integers(0, others, len(clinic))) % (others + 1)
    return np.where(draw < region.linked, other, -1)


def _locales(rng: np.random.Generator, region: Region, household: Ints, clinic: Ints) -> Ints:
    own = np.array([LOCALES.index(c.locale) for c in region.clinics])[clinic]
    mixed = rng.uniform(size=len(clinic)) < region.mixed
    return np.where(mixed, 1 - own, own)[household]


def _districts(rng: np.random.Generator, region: Region, household: Ints, clinic: Ints) -> Ints:
    """Most households live in one of the two districts around their clinic."""
    near = (2 * clinic + rng.integers(0, 2, len(clinic))) % DISTRICTS
    far = rng.integers(0, DISTRICTS, len(clinic))
    return np.where(rng.uniform(size=len(clinic)) < 0.85, near, far)[household]
