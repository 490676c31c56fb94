"""Observations: what is measured, written as FHIR. Who measures what value is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from lakmus.synth import faults, truth
from lakmus.synth.block import Block, Lines, compact
from lakmus.synth.columns import Ints, choose, decimals, integers, joined
from lakmus.synth.tables import Floats, rows
from lakmus.synth.template import Template, raw, text

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_NUMERIC = Template(
    {
        "resourceType": "Observation",
        "id": text("id"),
        "meta": {"lastUpdated": text("updated")},
        "status": "final",
        "category": raw("code"),
        "subject": raw("subject"),
        "effectiveDateTime": text("time"),
        "valueQuantity": {"value": raw("value"), "unit": raw("unit")},
    }
)
_PRESSURE_HEAD = {
    "english": (
        "Blood pressure panel with all children optional",
        "Systolic blood pressure",
        "Diastolic blood pressure",
    ),
    "russian": (
        "Артериальное давление",
        "Систолическое артериальное давление",
        "Диастолическое артериальное давление",
    ),
}


def category(code: str) -> list[dict[str, Any]]:
    return [{"coding": [{"system": _CATEGORY, "code": code}]}]


def loinc(code: str, display: str, language: str = "english") -> dict[str, Any]:
    """A CodeableConcept; the Russian name goes to `text`, since LOINC displays are English."""
    if language == "english":
        return {"coding": [{"system": LOINC, "code": code, "display": display}], "text": display}
    return {"coding": [{"system": LOINC, "code": code}], "text": display}


@dataclass(frozen=True)
class Measure:
    """A kind of measurement: `places` is the number of decimals it is written with."""

    key: str
    number: int
    category: str
    loinc: str
    english: str
    russian: str
    unit: str
    ucum: str
    places: int

    def head(self, language: str) -> str:
        """JSON from the category's value to that of the code."""
        code = loinc(self.loinc, getattr(self, language), language)
        return f'{compact(category(self.category))},"code":{compact(code)}'

    @property
    def tail(self) -> str:
        """JSON from the unit's value to the quantity's end."""
        return f'{compact(self.unit)},"system":"{UCUM}","code":{compact(self.ucum)}'


@lru_cache(1)
def measures() -> dict[str, Measure]:
    return {
        row["key"]: Measure(number=i, **{**row, "places": int(row["places"])})  # type: ignore[arg-type]
        for i, row in enumerate(rows("observations.csv"))
    }


@lru_cache(1)
def _written() -> tuple[pa.StringArray, pa.StringArray]:
    """Heads of all measures, first in Russian, then in English; and their tails."""
    heads = [m.head(language) for m in measures().values() for language in ("russian", "english")]
    return pa.array(heads), pa.array([m.tail for m in measures().values()])


@dataclass
class Findings:
    """Measurements gathered over a block: kind, visit and value of each, and which slip of the unit (row of
    `slips`, 0 for none) was planted in it. `implausible` is the share of slips."""

    implausible: float
    rng: np.random.Generator
    kinds: list[Ints] = field(default_factory=list)
    visits: list[Ints] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)
    slipped: list[Ints] = field(default_factory=list)
    slips: list[str] = field(default_factory=lambda: [""])

    def add(self, key: str, visit: Ints, value: Floats) -> None:
        """One value of this kind (in the unit of its row in observations.csv) at each of the visits."""
        measure = measures()[key]
        value, wrong, slip = faults.slip(key, value, self.implausible, self.rng)
        self.slips.append(slip)
        self.slipped.append(np.where(wrong, len(self.slips) - 1, 0))
        self.kinds.append(np.full(len(visit), measure.number))
        self.visits.append(visit)
        self.values.append(np.round(np.maximum(value, 0), measure.places).astype(np.float64))


def numeric(block: Block, findings: Findings) -> Iterator[Lines]:
    """All measurements with one number."""
    kind, visit = np.concatenate(findings.kinds), np.concatenate(findings.visits)
    value, slipped = np.concatenate(findings.values), np.concatenate(findings.slipped)
    for places in (0, 1, 2):
        of = np.array([m.places for m in measures().values()])[kind] == places
        scaled = np.rint(value[of] * 10**places).astype(np.int64)
        number = decimals(scaled, places) if places else integers(scaled)
        _tell(block, f"o{places}", visit[of], slipped[of], findings.slips)
        yield _lines(block, f"o{places}", kind[of], visit[of], number)


def _tell(block: Block, prefix: str, visit: Ints, slipped: Ints, slips: list[str]) -> None:
    """`implausible`: the records in whose value a slip of the unit was planted."""
    at = np.flatnonzero(slipped)
    columns = {
        "site": truth.site_column(block, block.visits.clinic[visit[at]]),
        "record": joined("Observation/", block.ids(prefix, at)),
        "slip": choose(slips, slipped[at]),
    }
    truth.tell(block, "implausible", columns)


def _lines(block: Block, prefix: str, kind: Ints, visit: Ints, value: pa.StringArray) -> Lines:
    clinic, row = block.visits.clinic[visit], pa.array(visit)
    heads, tails = _written()
    line = _NUMERIC.render(
        id=block.ids(prefix, np.arange(len(visit))),
        updated=block.visit_updates.take(row),
        code=choose(heads, kind * 2 + block.languages[clinic]),
        subject=block.visit_subjects.take(row),
        time=block.visit_times.take(row),
        value=value,
        unit=choose(tails, kind),
    )
    return Lines("Observation", line, clinic)


def _pressure(language: str) -> Template:
    panel, systolic, diastolic = _PRESSURE_HEAD[language]

    def component(code: str, display: str, slot: str) -> dict[str, Any]:
        quantity = {"value": raw(slot), "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}
        return {"code": loinc(code, display, language), "valueQuantity": quantity}

    return Template(
        {
            "resourceType": "Observation",
            "id": text("id"),
            "meta": {"lastUpdated": text("updated")},
            "status": "final",
            "category": category("vital-signs"),
            "code": loinc("85354-9", panel, language),
            "subject": raw("subject"),
            "effectiveDateTime": text("time"),
            "component": [
                component("8480-6", systolic, "systolic"),
                component("8462-4", diastolic, "diastolic"),
            ],
        }
    )


_PRESSURE = (_pressure("russian"), _pressure("english"))


def pressures(block: Block, prefix: str, visit: Ints, systolic: Ints, diastolic: Ints) -> Iterator[Lines]:
    """Blood pressures (mmHg), as a panel with two components; `prefix` keeps the ids of two calls apart."""
    number = np.arange(len(visit))
    clinic = block.visits.clinic[visit]
    for language, template in enumerate(_PRESSURE):
        of = block.languages[clinic] == language
        row = pa.array(visit[of])
        line = template.render(
            id=block.ids(prefix, number[of]),
            updated=block.visit_updates.take(row),
            subject=block.visit_subjects.take(row),
            time=block.visit_times.take(row),
            systolic=integers(systolic[of]),
            diastolic=integers(diastolic[of]),
        )
        yield Lines("Observation", line, clinic[of])
