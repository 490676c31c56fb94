"""Pregnancies that end in the region: antenatal visits, complications, delivery, the newborn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from lakmus.synth import events, truth
from lakmus.synth.block import Block, Lines
from lakmus.synth.chapter import Chapter, Draft
from lakmus.synth.columns import Ints, day_number
from lakmus.synth.diagnoses import Diagnoses
from lakmus.synth.measuring import Findings, pressures
from lakmus.synth.therapy import drugs_for
from lakmus.synth.therapy import render as prescribe

_WEEKS = np.array([9, 12, 16, 20, 25, 30, 33, 36, 38, 40])
_LATE_START = 20  # the first week of those who come late
_GLUCOSE_WEEK = 25


class Maternity(Chapter):
    """One row of each array is one pregnancy, known by the child born of it."""

    def __init__(self, draft: Draft) -> None:
        rng, people = draft.rng("maternity"), draft.people
        begin = day_number(draft.region.start)
        self.child = child = np.flatnonzero((people.mother >= 0) & (people.born > begin))
        self.mother = mother = people.mother[child]
        n = len(child)
        early = rng.uniform(size=n) < 0.08
        self.weeks = np.where(early, rng.uniform(30, 36.9, n), rng.normal(39.4, 1.1, n).clip(37, 42))
        self.conceived = people.born[child] - (self.weeks * 7).astype(np.int64)
        risk = draft.health.bmi[mother] > 33
        self.high_risk = risk | draft.health.knows("hypertension", mother, self.conceived)
        self.pre_eclampsia = rng.uniform(size=n) < np.where(self.high_risk, 0.16, 0.03)
        self.diabetes = rng.uniform(size=n) < np.where(draft.health.bmi[mother] > 30, 0.17, 0.06)
        self.caesarean = rng.uniform(size=n) < 0.24
        self.on_time = draft.keeps("early-antenatal-visit", mother, self.conceived, rng)
        self.tested = draft.keeps("glucose-test-pregnancy", mother, self.conceived, rng)
        self.aspirin = draft.keeps("aspirin-pre-eclampsia", mother, self.conceived, rng) & self.high_risk
        self._book(draft, rng)

    def _book(self, draft: Draft, rng: np.random.Generator) -> None:
        people, book = draft.people, draft.book
        day = self.conceived[:, None] + _WEEKS * 7 + rng.integers(0, 7, (len(self.child), 1))
        born = people.born[self.child]
        due = (day < born[:, None] - 2) & (day >= people.first[self.mother, None])
        due &= self.on_time[:, None] | (_WEEKS >= _LATE_START)
        self._row, column = np.nonzero(due)
        self._week = _WEEKS[column]
        self._visit = book.book("antenatal", self.mother[self._row], day[due])
        minute = np.maximum(people.birth_minute[self.child] - rng.integers(60, 600, len(self.child)), 0)
        stay = np.full(len(self.child), 3)
        self._delivery = book.book("delivery", self.mother, born, minute, stay)
        at = people.birth_minute[self.child]
        clinic = people.clinic[self.mother]
        self._birth = book.book("birth", self.child, born, at, stay, clinic)

    def _first(self, week: int) -> Ints:
        """The first visit at or after a week, by pregnancy; -1 when there was none."""
        found = np.full(len(self.child), -1)
        late = np.flatnonzero(self._week >= week)[::-1]
        found[self._row[late]] = self._visit[late]
        return found

    def diagnose(self, block: Block, found: Diagnoses) -> None:
        born = block.people.born[self.child]
        for key, those, week in (
            ("pregnancy", np.ones(len(self.child), bool), 0),
            ("gestational-diabetes", self.diabetes & self.tested, _GLUCOSE_WEEK),
            ("pre-eclampsia", self.pre_eclampsia, 30),
        ):
            visit = self._first(week)
            at = np.flatnonzero(those & (visit >= 0))
            day = block.visits.day[visit[at]]
            found.add(key, self.mother[at], day, day, visit[at], born[at])

    def measure(self, block: Block, findings: Findings) -> None:
        rng = block.region.generator(block.number, "antenatal")
        n, row = len(self._visit), self._row
        findings.add("gestational-age", self._visit, self._week.astype(float))
        before = block.health.bmi[self.mother] * (block.health.height[self.mother] / 100) ** 2
        findings.add("weight", self._visit, before[row] + 0.3 * self._week + rng.normal(0, 0.6, n))
        low = 6 + 5 * block.constants[self.mother, 0]
        dip = np.interp(self._week, [9, 20, 30, 40], [0, 6, 10, 7])
        findings.add("haemoglobin", self._visit, 128 - dip - low[row].clip(0, 20) + rng.normal(0, 4, n))
        tested = self._glucose_tests()
        ill = self.diabetes[row[tested]]
        findings.add("ogtt-fasting", self._visit[tested], 4.4 + 0.9 * ill + rng.normal(0, 0.2, len(tested)))
        findings.add("ogtt-2h", self._visit[tested], 6.2 + 2.7 * ill + rng.normal(0, 0.5, len(tested)))
        mass = 3450 - 165 * (39.5 - self.weeks) + rng.normal(0, 380, len(self.child))
        findings.add("birth-weight", self._birth, mass.clip(900, 5400))
        apgar = np.rint(9 - 0.25 * (39 - self.weeks).clip(0) + rng.normal(0, 0.7, len(self.child)))
        findings.add("apgar-5", self._birth, apgar.clip(1, 10))

    def _glucose_tests(self) -> Ints:
        """Rows (of the visits) at which the glucose tolerance test was done."""
        return np.flatnonzero((self._week == _GLUCOSE_WEEK) & self.tested[self._row])

    def render(self, block: Block) -> Iterator[Lines]:
        rng = block.region.generator(block.number, "antenatal-pressure")
        row, n = self._row, len(self._visit)
        high = self.pre_eclampsia[row] & (self._week >= 30)
        usual = 112 + 7 * block.constants[self.mother[row], 1] + 8 * self.high_risk[row]
        upper = (usual + 38 * high + rng.normal(0, 5, n)).clip(85, 200).astype(np.int64)
        lower = (0.55 * upper + 8 + 6 * high + rng.normal(0, 3, n)).astype(np.int64)
        yield from pressures(block, "bpa", self._visit, upper, lower)
        yield from events.procedures(
            block, "del", ["vaginal-delivery", "caesarean"], self._delivery, self.caesarean.astype(np.int64)
        )
        vaccines = [events.vaccines().index(name) for name in ("hepatitis-b", "bcg")]
        yield from events.vaccinations(
            block, "vn", np.repeat(self._birth, 2), np.tile(vaccines, len(self._birth))
        )
        yield self._aspirin(block)
        self._tell(block)

    def _aspirin(self, block: Block) -> Lines:
        visit = self._first(12)
        given = self.aspirin & (visit >= 0) & self.on_time
        drug = np.full(int(given.sum()), drugs_for("pre-eclampsia")[0])
        return prescribe(block, "rxa", drug, visit[given])

    def _tell(self, block: Block) -> None:
        people, visit = block.people, self._first(12)
        columns = {
            "mother": pa.array(people.number[self.mother]),
            "child": pa.array(people.number[self.child]),
            "site": truth.site_column(block, people.clinic[self.mother]),
            "conceived": truth.day_column(self.conceived),
            "delivered": truth.day_column(people.born[self.child]),
            "weeks": pa.array(np.floor(self.weeks).astype(np.int64)),
            "caesarean": pa.array(self.caesarean),
            "gestational_diabetes": pa.array(self.diabetes),
            "pre_eclampsia": pa.array(self.pre_eclampsia),
            "high_risk": pa.array(self.high_risk),
        }
        truth.tell(block, "pregnancies", columns)
        seen = self.conceived + 7 * 9 >= people.first[self.mother]
        late = self.conceived + 7 * 12
        for rule, those, kept, due in (
            ("early-antenatal-visit", seen, self.on_time, late),
            ("glucose-test-pregnancy", seen & (self.weeks > 29), self.tested, self.conceived + 7 * 28),
            (
                "aspirin-pre-eclampsia",
                seen & self.high_risk & (visit >= 0),
                self.aspirin & self.on_time,
                late,
            ),
        ):
            at = np.flatnonzero(those)
            truth.practice(block, rule, self.mother[at], due[at], kept[at])
