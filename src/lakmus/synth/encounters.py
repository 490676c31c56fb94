"""Encounter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from lakmus.synth.administrative import PRACTITIONERS
from lakmus.synth.block import Block, Lines, compact
from lakmus.synth.columns import choose, instants, integers, joined
from lakmus.synth.template import Template, raw, text
from lakmus.synth.visits import INPATIENT, KINDS

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_NAMES = {
    "consultation": ("Consultation", "Консультация"),
    "diagnosis": ("Diagnostic consultation", "Диагностический приём"),
    "control": ("Follow-up of a chronic condition", "Диспансерное наблюдение"),
    "check-up": ("Preventive check-up", "Профилактический осмотр"),
    "child": ("Well-child visit", "Профилактический осмотр ребёнка"),
    "infection": ("Visit for an infection", "Приём по поводу инфекции"),
    "antenatal": ("Antenatal visit", "Наблюдение беременности"),
    "delivery": ("Delivery", "Роды"),
    "birth": ("Birth", "Рождение"),
    "emergency": ("Emergency admission", "Экстренная госпитализация"),
    "oncology": ("Oncology consultation", "Консультация онколога"),
    "surgery": ("Admission for surgery", "Госпитализация для операции"),
    "screening": ("Screening", "Скрининг"),
    "terminal": ("Terminal admission", "Госпитализация с летальным исходом"),
}
_ENCOUNTER = Template(
    {
        "resourceType": "Encounter",
        "id": text("id"),
        "meta": {"lastUpdated": text("updated")},
        "status": "finished",
        "class": raw("kind"),
        "type": raw("type"),
        "subject": {"reference": text("patient")},
        "participant": [{"individual": {"reference": text("doctor")}}],
        "period": {"start": text("start"), "end": text("end")},
        "location": [{"location": {"reference": "Location/loc"}}],
        "serviceProvider": {"reference": "Organization/org"},
    }
)


def _class(kind: str) -> str:
    code, display = ("IMP", "inpatient encounter") if kind in INPATIENT else ("AMB", "ambulatory")
    if kind == "emergency":
        code, display = "EMER", "emergency"
    return compact({"system": _ACT, "code": code, "display": display})


def encounters(block: Block) -> Iterator[Lines]:
    visits = block.visits
    rng = block.region.generator(block.number, "encounters")
    length = np.where(visits.days > 0, 0, rng.integers(10, 41, len(visits)))
    offset = block.offsets[visits.clinic]
    day = visits.day + visits.days
    minute = np.minimum(np.where(visits.days > 0, 1439, visits.minute + length), 1439)
    types = [compact([{"text": name}]) for kind in KINDS for name in (_NAMES[kind][1], _NAMES[kind][0])]
    line = _ENCOUNTER.render(
        id=block.ids("e", np.arange(len(visits))),
        updated=block.visit_updates,
        kind=choose([_class(kind) for kind in KINDS], visits.kind),
        type=choose(types, visits.kind * 2 + block.languages[visits.clinic]),
        patient=joined("Patient/", block.patient_ids.take(pa.array(block.visit_records))),
        doctor=joined("Practitioner/doc-", integers(rng.integers(0, PRACTITIONERS, len(visits)))),
        start=block.visit_times,
        end=instants(day, minute, offset),
    )
    yield Lines("Encounter", line, visits.clinic)
