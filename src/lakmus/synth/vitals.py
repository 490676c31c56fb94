"""Values that follow disease, age and treatment: pressure, weight, glucose, kidney, lipids."""

from __future__ import annotations

import numpy as np

from lakmus.synth import truth
from lakmus.synth.block import Block
from lakmus.synth.columns import Ints
from lakmus.synth.measuring import Findings
from lakmus.synth.people import YEAR
from lakmus.synth.tables import Bools, Floats
from lakmus.synth.visits import KINDS


def of_kinds(block: Block, *kinds: str) -> Ints:
    """Rows of the visits of these kinds."""
    return np.flatnonzero(np.isin(block.visits.kind, [KINDS.index(kind) for kind in kinds]))


def recorded(block: Block, rng: np.random.Generator, visit: Ints, share: float = 1.0) -> Ints:
    """Those of the visits at which the clinic records a measurement that it should make in `share` of the visits."""
    completeness = np.array([clinic.completeness for clinic in block.region.clinics])
    return visit[rng.uniform(size=len(visit)) < share * completeness[block.visits.clinic[visit]]]


def age_at(block: Block, visit: Ints) -> Floats:
    return block.people.age(block.visits.day[visit], block.visits.person[visit])


def stature(block: Block, visit: Ints) -> tuple[Floats, Floats]:
    """Height (cm) and body mass index on the day, along a rough growth curve in childhood."""
    person, age = block.visits.person[visit], age_at(block, visit)
    grown = np.interp(age, [0, 0.5, 1, 2, 5, 10, 14, 18], [0.3, 0.39, 0.44, 0.5, 0.64, 0.81, 0.94, 1.0])
    lean = np.interp(age, [0, 0.5, 1, 5, 10, 18, 25], [0.55, 0.68, 0.66, 0.61, 0.68, 0.86, 1.0])
    return block.health.height[person] * grown, block.health.bmi[person] * lean


def treated(block: Block, key: str, visit: Ints) -> Bools:
    """Whether the drug of a condition was being taken on the day of the visit."""
    return np.asarray(block.courses[key].start[block.visits.person[visit]] < block.visits.day[visit])


def systolic(block: Block, visit: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Systolic and diastolic pressure (mmHg), rounded as the clinic rounds."""
    person, age = block.visits.person[visit], age_at(block, visit)
    ill = block.health.has("hypertension", person, block.visits.day[visit])
    own = block.constants[person]
    base = np.interp(age, [0, 3, 10, 18, 30, 50, 70, 90], [75, 92, 102, 112, 116, 121, 127, 130])
    high = 26 + 5 * own[:, 0] - 17 * treated(block, "hypertension", visit)
    _, bmi = stature(block, visit)
    top = base + 5 * own[:, 1] + ill * high + 0.5 * (bmi - 25).clip(0) + rng.normal(0, 5, len(visit))
    low = 0.48 * top + np.interp(age, [0, 18, 50, 90], [8, 18, 22, 14]) + rng.normal(0, 4, len(visit))
    step = np.array([clinic.rounding for clinic in block.region.clinics])[block.visits.clinic[visit]]
    upper = np.rint(top.clip(62, 235) / step) * step
    lower = np.rint(np.minimum(low, upper - 15) / step) * step
    lower = np.where(lower >= upper, upper - np.maximum(step, 5), lower)
    return upper.astype(np.int64), lower.astype(np.int64)


def basics(block: Block, findings: Findings, rng: np.random.Generator) -> None:
    """Weight, height, body mass index and heart rate at visits where they are usual."""
    visit = recorded(block, rng, of_kinds(block, "control", "check-up", "child", "diagnosis"), 0.7)
    height, bmi = stature(block, visit)
    bmi = bmi * (1 + rng.normal(0, 0.015, len(visit)))
    findings.add("weight", visit, bmi * (height / 100) ** 2)
    tall = rng.uniform(size=len(visit)) < 0.4
    findings.add("height", visit[tall], height[tall])
    findings.add("bmi", visit[tall], bmi[tall])
    counted = recorded(block, rng, of_kinds(block, "consultation", "control"), 0.35)
    rate = np.interp(age_at(block, counted), [0, 1, 5, 12, 18, 80], [135, 120, 100, 85, 75, 72])
    findings.add("heart-rate", counted, rate * (1 + rng.normal(0, 0.11, len(counted))))


def laboratory(block: Block, findings: Findings, rng: np.random.Generator) -> None:
    """Blood tests at follow-up and check-up visits of adults."""
    visit = of_kinds(block, "control", "check-up", "diagnosis")
    visit = visit[age_at(block, visit) >= 18]
    _glycaemia(block, findings, rng, visit)
    _kidney(block, findings, rng, recorded(block, rng, visit, 0.45))
    _lipids(block, findings, rng, recorded(block, rng, visit, 0.4))
    blood = recorded(block, rng, visit, 0.25)
    person = block.visits.person[blood]
    anaemic = block.health.has("iron-deficiency-anaemia", person, block.visits.day[blood])
    level = np.where(block.people.female[person], 133, 148) - 32 * anaemic + rng.normal(0, 8, len(blood))
    findings.add("haemoglobin", blood, level)


def _glycaemia(block: Block, findings: Findings, rng: np.random.Generator, visit: Ints) -> None:
    person, day = block.visits.person[visit], block.visits.day[visit]
    ill = block.health.has("diabetes", person, day)
    own = block.constants[person]
    years = ((day - block.health.onset["diabetes"][person]) / YEAR).clip(0, 25)
    high = 2.4 + 0.7 * own[:, 2] + 0.05 * years - 1.3 * treated(block, "diabetes", visit)
    base = 5.3 + 0.006 * (age_at(block, visit) - 40) + 0.18 * own[:, 3]
    hba1c = (base + ill * high.clip(0.8) + rng.normal(0, 0.2, len(visit))).clip(4, 15)
    known = block.health.knows("diabetes", person, day)
    measured = rng.uniform(size=len(visit)) < np.where(known, block.practice("hba1c-control", visit), 0.08)
    truth.practice(block, "hba1c-control", person[known], day[known], measured[known])
    findings.add("hba1c", visit[measured], hba1c[measured])
    # Estimated average glucose of the ADAG study (Nathan et al. 2008): 1.59 * HbA1c - 2.59 mmol/L.
    glucose = (1.59 * hba1c - 2.59 + rng.normal(0, 0.5, len(visit))).clip(3)
    drawn = rng.uniform(size=len(visit)) < 0.45
    mass = np.array([clinic.glucose_unit == "mg/dL" for clinic in block.region.clinics])[
        block.visits.clinic[visit]
    ]
    findings.add("glucose", visit[drawn & ~mass], glucose[drawn & ~mass])
    findings.add("glucose-mass", visit[drawn & mass], glucose[drawn & mass] * 18.016)


def _kidney(block: Block, findings: Findings, rng: np.random.Generator, visit: Ints) -> None:
    person, day, age = block.visits.person[visit], block.visits.day[visit], age_at(block, visit)
    ill = block.health.has("kidney-disease", person, day)
    female = block.people.female[person]
    own = block.constants[person]
    base = np.where(female, 66, 82) + 0.1 * (age - 40) + 6 * own[:, 4]
    years = ((day - block.health.onset["kidney-disease"][person]) / YEAR).clip(0, 20)
    creatinine = (base * (1 + ill * (0.55 + 0.02 * years)) + rng.normal(0, 4, len(visit))).clip(35, 900)
    mass = np.array([clinic.glucose_unit == "mg/dL" for clinic in block.region.clinics])[
        block.visits.clinic[visit]
    ]
    findings.add("creatinine", visit[~mass], creatinine[~mass])
    findings.add("creatinine-mass", visit[mass], creatinine[mass] / 88.42)
    findings.add("egfr", visit, ckd_epi_2021(creatinine / 88.42, age, female))


def ckd_epi_2021(creatinine: Floats, age: Floats, female: Bools) -> Floats:
    """Estimated GFR (mL/min/1.73 m2) from creatinine (mg/dL); Inker et al., N Engl J Med 2021;385:1737."""
    kappa, alpha = np.where(female, 0.7, 0.9), np.where(female, -0.241, -0.302)
    ratio = creatinine / kappa
    curve = np.minimum(ratio, 1) ** alpha * np.maximum(ratio, 1) ** -1.200
    return np.asarray(142 * curve * 0.9938**age * np.where(female, 1.012, 1.0))


def _lipids(block: Block, findings: Findings, rng: np.random.Generator, visit: Ints) -> None:
    person, day = block.visits.person[visit], block.visits.day[visit]
    ill = block.health.has("dyslipidaemia", person, day)
    own = block.constants[person]
    ldl = 2.8 + 0.4 * own[:, 5] + 1.1 * ill + 0.006 * (age_at(block, visit) - 40)
    ldl = (
        ldl * np.where(treated(block, "dyslipidaemia", visit), 0.62, 1) + rng.normal(0, 0.25, len(visit))
    ).clip(0.6)
    mass = np.array([clinic.glucose_unit == "mg/dL" for clinic in block.region.clinics])[
        block.visits.clinic[visit]
    ]
    findings.add("ldl", visit[~mass], ldl[~mass])
    findings.add("ldl-mass", visit[mass], ldl[mass] * 38.67)
    total = ldl + 1.9 + rng.normal(0, 0.3, len(visit)).clip(-0.8)
    findings.add("cholesterol", visit[~mass], total[~mass])
