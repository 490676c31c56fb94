"""Rates by age and sex come out as in the table; values follow disease, age and treatment."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pytest

from lakmus.synth import Practice, Region, varied_clinics
from lakmus.synth.acute import Acute
from lakmus.synth.block import Block
from lakmus.synth.chapter import Chapter
from lakmus.synth.columns import day_number
from lakmus.synth.infection import Infection
from lakmus.synth.life import make_block
from lakmus.synth.measuring import Findings, measures
from lakmus.synth.oncology import Oncology
from lakmus.synth.people import NEVER, YEAR, People
from lakmus.synth.tables import OLDEST, SEXES, Rate, rates
from lakmus.synth.vitals import ckd_epi_2021, laboratory, of_kinds, stature, systolic

TOLERANCE = 0.10
Table = np.ndarray[Any, np.dtype[np.float64]]  # by sex and year of age


class Counts:
    """Events and the persons or person-years among whom they were counted, by sex and year of age."""

    def __init__(self) -> None:
        self.events: dict[tuple[str, str], Table] = defaultdict(lambda: np.zeros((2, OLDEST)))
        self.among: dict[tuple[str, str], Table] = defaultdict(lambda: np.zeros((2, OLDEST)))

    def add(
        self, key: tuple[str, str], into: dict[tuple[str, str], Table], sex: Any, age: Any, weight: Any
    ) -> None:
        np.add.at(into[key], (sex, np.clip(age, 0, OLDEST - 1).astype(int)), weight)

    def cell(self, rate: Rate) -> tuple[float, float]:
        """Events and their denominator in the table's cell."""
        where = (SEXES.index(rate.sex), slice(rate.age_from, rate.age_to))
        key = (rate.key, rate.kind)
        return float(self.events[key][where].sum()), float(self.among[key][where].sum())


def person_years(people: People, begin: Any, until: Any) -> Iterator[tuple[Any, Any]]:
    """Age and time lived at that age, birthday by birthday, between two days."""
    for step in range(8):
        age = np.floor((begin - people.born) / YEAR) + step
        start, stop = people.born + age * YEAR, people.born + (age + 1) * YEAR
        yield age, (np.minimum(stop, until) - np.maximum(start, begin)).clip(0) / YEAR


def count(region: Region) -> Counts:
    counts = Counts()
    for number in range(region.blocks):
        block, chapters = make_block(region, number)
        _count_people(counts, block)
        for chapter in chapters:
            _count_events(counts, block, chapter)
    return counts


def _count_people(counts: Counts, block: Block) -> None:
    people, end = block.people, day_number(block.region.end)
    age, alive = people.age(end), people.died == NEVER
    counts.add(("population", "share"), counts.events, people.sex, age, 1)
    counts.among["population", "share"] += len(people)
    for key, onset in [*block.health.onset.items(), ("smoking", np.where(block.health.smoker, 0, NEVER))]:
        counts.add((key, "prevalence"), counts.among, people.sex[alive], age[alive], 1)
        has = alive & (onset <= end)
        counts.add((key, "prevalence"), counts.events, people.sex[has], age[has], 1)
    begin = np.maximum(day_number(block.region.start), people.born)
    for year, lived in person_years(people, begin, np.minimum(people.died, end + 1)):
        counts.add(("death", "mortality"), counts.among, people.sex, year, lived)
    dead = people.died < NEVER
    counts.add(("death", "mortality"), counts.events, people.sex[dead], people.age(people.died)[dead], 1)


def _count_events(counts: Counts, block: Block, chapter: Chapter) -> None:
    found: dict[str, tuple[Any, Any, bool]] = {}  # who, day, whether only the first counts
    if isinstance(chapter, Infection):
        for key, one in chapter.episodes.items():
            at = one.outbreak < 0
            found[key] = (one.person[at], one.day[at], key in ("measles", "chickenpox"))
    elif isinstance(chapter, Oncology):
        found = {key: (route.person, route.day, True) for key, route in chapter.routes.items()}
    elif isinstance(chapter, Acute):
        found = {
            key: (block.visits.person[v], block.visits.day[v], True) for key, v in chapter.visits.items()
        }
    people = block.people
    for key, (person, day, first) in found.items():
        until = people.last + 1
        if first:
            until = until.copy()
            until[person] = day
        for year, lived in person_years(people, people.first, until):
            counts.add((key, "incidence"), counts.among, people.sex, year, lived)
        counts.add((key, "incidence"), counts.events, people.sex[person], people.age(day, person), 1)


def check(counts: Counts, least: int) -> tuple[list[str], int]:
    """Cells further from the table than they may be, and how many were large enough to be held to 10 %.

    A cell of `least` expected events has a standard error of 1/sqrt(least); smaller cells are held to four of theirs.
    """
    wrong, strict = [], 0
    for rate in rates():
        events, among = counts.cell(rate)
        expected = rate.rate * among
        if rate.key == "population":
            expected = rate.rate * among / (rate.age_to - rate.age_from)
        strict += expected >= least
        allowed = max(
            TOLERANCE * expected if expected >= least else 0,
            0 if expected >= least else 4 * expected**0.5 + 1,
        )
        if abs(events - expected) > allowed:
            wrong.append(
                f"{rate.key} {rate.sex} {rate.age_from}-{rate.age_to}: {events:.0f} for {expected:.1f}"
            )
    return wrong, strict


def test_rates_by_age_and_sex_are_those_of_the_table() -> None:
    wrong, strict = check(count(Region(patients=160_000, seed=1, block=8000)), least=1200)
    assert wrong == []
    assert strict > 90


@pytest.mark.slow
def test_rates_by_age_and_sex_in_a_large_region() -> None:
    wrong, strict = check(count(Region(patients=2_000_000, seed=8, block=10_000)), least=1200)
    assert wrong == []
    assert strict > 200


def test_every_rate_says_where_it_is_from() -> None:
    for rate in rates():
        assert rate.source
        assert rate.source_check in ("primary", "secondary", "unverified")
        assert 0 < rate.rate < 1
        assert 0 <= rate.age_from < rate.age_to <= OLDEST


@pytest.fixture(scope="module")
def block() -> Block:
    return make_block(Region(patients=8000, seed=6, block=8000), 0)[0]


def values(block: Block, key: str) -> tuple[Any, Any, Any]:
    """Values of one laboratory test, and the person and day of each."""
    findings = Findings(0.0, np.random.default_rng(0))
    laboratory(block, findings, np.random.default_rng(1))
    number = measures()[key].number
    at = [i for i, kinds in enumerate(findings.kinds) if len(kinds) and kinds[0] == number]
    visit, value = (np.concatenate([column[i] for i in at]) for column in (findings.visits, findings.values))
    return value, block.visits.person[visit], block.visits.day[visit]


def test_hba1c_follows_diabetes_and_its_treatment(block: Block) -> None:
    value, person, day = values(block, "hba1c")
    ill = block.health.has("diabetes", person, day)
    treated = block.courses["diabetes"].start[person] < day
    assert value[~ill].mean() < 5.8
    assert value[ill & ~treated].mean() > value[ill & treated].mean() + 0.8
    assert value[ill & treated].mean() > value[~ill].mean() + 0.8
    assert np.mean(value[~ill] < 6.5) > 0.99


def test_creatinine_follows_kidney_disease_age_and_sex(block: Block) -> None:
    value, person, day = values(block, "creatinine")
    ill, female = block.health.has("kidney-disease", person, day), block.people.female[person]
    assert value[ill].mean() > 1.4 * value[~ill].mean()
    assert value[~ill & ~female].mean() > value[~ill & female].mean() + 10
    assert np.corrcoef(value[~ill & female], block.people.age(day, person)[~ill & female])[0, 1] > 0.15
    rate, who, when = values(block, "egfr")
    reduced = block.health.has("kidney-disease", who, when)
    assert np.median(rate[reduced]) < 60 < np.median(rate[~reduced])


def test_pressure_follows_hypertension_age_and_treatment(block: Block) -> None:
    visit = of_kinds(block, "control", "check-up", "diagnosis")
    upper, lower = systolic(block, visit, np.random.default_rng(2))
    person, day = block.visits.person[visit], block.visits.day[visit]
    ill, treated = (
        block.health.has("hypertension", person, day),
        block.courses["hypertension"].start[person] < day,
    )
    assert upper[ill & ~treated].mean() > upper[ill & treated].mean() + 10
    assert upper[ill & treated].mean() > upper[~ill].mean() + 3
    age = block.people.age(day, person)
    assert np.corrcoef(upper[~ill], age[~ill])[0, 1] > 0.3
    assert np.all(upper > lower)


def test_one_person_resembles_itself(block: Block) -> None:
    """Two blood pressures of one person are closer than two of different persons of the same state."""
    visit = of_kinds(block, "control")
    upper, _ = systolic(block, visit, np.random.default_rng(3))
    person = block.visits.person[visit]
    ill = block.health.has("hypertension", person, block.visits.day[visit])
    well = np.flatnonzero(~ill)
    next_same = well[:-1][person[well[:-1]] == person[well[1:]]]
    within = np.var(upper[next_same] - upper[next_same + 1])
    assert within < 1.6 * np.var(upper[well])


def test_pressures_are_rounded_as_the_clinic_rounds(block: Block) -> None:
    visit = of_kinds(block, "control")
    upper, _ = systolic(block, visit, np.random.default_rng(4))
    for number, clinic in enumerate(block.region.clinics):
        there = block.visits.clinic[visit] == number
        assert np.all(upper[there] % clinic.rounding == 0)


def test_children_grow(block: Block) -> None:
    visit = of_kinds(block, "child")
    height, _ = stature(block, visit)
    age = block.people.age(block.visits.day[visit], block.visits.person[visit])
    assert 65 < height[(age > 0.4) & (age < 0.6)].mean() < 72
    assert 105 < height[(age > 4.8) & (age < 5.2)].mean() < 115


def test_obesity_is_a_body_mass_index_of_thirty(block: Block) -> None:
    obese = block.health.onset["obesity"] < NEVER
    grown = block.people.age(block.people.last) > 25
    assert np.all(block.health.bmi[grown & obese] >= 30)
    assert np.all(block.health.bmi[grown & ~obese] < 30)


@pytest.mark.parametrize(
    ("creatinine", "age", "female", "expected"),
    [(1.0, 50, True, 69), (1.0, 50, False, 92), (2.0, 70, False, 35), (0.6, 30, True, 124)],
)
def test_ckd_epi_2021(creatinine: float, age: float, female: bool, expected: int) -> None:
    found = ckd_epi_2021(np.array([creatinine]), np.array([age]), np.array([female]))
    assert round(float(found[0])) == expected


def test_older_clinics_have_older_people() -> None:
    block, _ = make_block(Region(patients=8000, seed=9, block=8000), 0)
    age = block.people.age(day_number(block.region.end))
    tilts = [clinic.age_tilt for clinic in block.region.clinics]
    means = [age[block.people.clinic == i].mean() for i in range(len(tilts))]
    assert np.corrcoef(tilts, means)[0, 1] > 0.9


def test_practice_changes_on_the_day_it_should() -> None:
    change = Practice("check-up", 0.2, 0.0, since=date(2023, 7, 1), later=0.8)
    block, chapters = make_block(Region(patients=8000, seed=4, block=8000, practices=(change,)), 0)
    list(chapters[0].render(block))
    table = block.truth["practice"].to_pydict()
    kept: dict[bool, list[bool]] = {False: [], True: []}
    for rule, due, done in zip(table["rule"], table["due"], table["kept"], strict=True):
        if rule == "check-up":
            kept[due >= date(2023, 7, 1)].append(done)
    assert np.mean(kept[False]) == pytest.approx(0.2, abs=0.02)
    assert np.mean(kept[True]) == pytest.approx(0.8, abs=0.02)


def test_drawn_clinics_have_the_median_odds_ratio_asked_for() -> None:
    clinics = varied_clinics(4000, np.random.default_rng(3), median_odds_ratio=2.0)
    practice = Practice("check-up", 0.4, 1.0)
    odds = np.array([practice.probability(one) for one in clinics])
    odds = odds / (1 - odds)
    pairs = np.abs(np.log(odds[::2] / odds[1::2]))
    assert np.exp(np.median(pairs)) == pytest.approx(2.0, rel=0.06)
