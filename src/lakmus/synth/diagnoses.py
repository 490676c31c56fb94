"""Condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa

from lakmus.synth.block import Block, Lines, compact
from lakmus.synth.columns import Ints, choose, chosen, dates, instants, joined
from lakmus.synth.tables import conditions
from lakmus.synth.template import Template, members, raw, text

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
_CONDITION = Template(
    {
        "resourceType": "Condition",
        "id": text("id"),
        "meta": {"lastUpdated": text("updated")},
        "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": text("status")}]},
        "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": "confirmed"}]},
        "category": [{"coding": [{"system": _CATEGORY, "code": text("category")}]}],
        "code": raw("code"),
        "subject": raw("subject"),
        "onsetDateTime": text("onset"),
        **members("abated"),
        "recordedDate": text("recorded"),
    }
)


@dataclass
class Diagnoses:
    """Diagnoses gathered over a block. `visit` is -1 for what was recorded before the region's records begin;
    `abated` is -1 for what lasts. `kind` is the row number in conditions.csv."""

    kind: list[Ints] = field(default_factory=list)
    person: list[Ints] = field(default_factory=list)
    onset: list[Ints] = field(default_factory=list)
    recorded: list[Ints] = field(default_factory=list)
    abated: list[Ints] = field(default_factory=list)
    visit: list[Ints] = field(default_factory=list)

    def add(
        self, key: str, person: Ints, onset: Ints, recorded: Ints, visit: Ints, abated: Ints | None = None
    ) -> None:
        """One diagnosis of this key for each person."""
        self.kind.append(np.full(len(person), list(conditions()).index(key)))
        self.person.append(person)
        self.onset.append(onset)
        self.recorded.append(recorded)
        self.visit.append(visit)
        self.abated.append(np.full(len(person), -1) if abated is None else abated)


def render(block: Block, found: Diagnoses) -> Iterator[Lines]:
    kind, person, onset, recorded, abated, visit = (
        np.concatenate(column)
        for column in (found.kind, found.person, found.onset, found.recorded, found.abated, found.visit)
    )
    met = visit >= 0
    clinic = np.where(met, block.visits.clinic[visit], block.people.clinic[person])
    alone = joined('{"reference":"Patient/', block.patient_ids.take(pa.array(person)), '"}')
    at_visit = block.visit_subjects.take(pa.array(np.maximum(visit, 0)))
    line = _CONDITION.render(
        id=block.ids("c", np.arange(len(kind))),
        updated=instants(np.maximum(recorded, abated) + 1, person % 300, block.offsets[clinic]),
        status=choose(["active", "resolved"], (abated >= 0).astype(int)),
        category=choose(["problem-list-item", "encounter-diagnosis"], (abated >= 0).astype(int)),
        code=_codes(block, kind, clinic),
        subject=chosen(met, at_visit, alone),
        onset=dates(onset),
        abated=chosen(abated >= 0, joined('"abatementDateTime":"', dates(np.maximum(abated, 0)), '",')),
        recorded=dates(recorded),
    )
    yield Lines("Condition", line, clinic)


def _codes(block: Block, kind: Ints, clinic: Ints) -> pa.StringArray:
    """In the clinic's version of ICD-10 and its language."""
    styles = tuple((one.icd_system, one.locale) for one in block.region.clinics)
    return choose(_table(styles), clinic * len(conditions()) + kind)


@lru_cache(4)
def _table(styles: tuple[tuple[str, str], ...]) -> pa.StringArray:
    """Every condition in each of the styles (system of codes, language)."""
    table = []
    for system, locale in styles:
        for term in conditions().values():
            name = term.russian if locale == "ru" else term.english
            coding = {"system": system, "code": term.icd10, "display": name}
            table.append(compact({"coding": [coding], "text": name}))
    return pa.array(table)
