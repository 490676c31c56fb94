"""Cancers: suspicion, oncologist, biopsy, diagnosis with stage, operation, drugs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lakmus.synth import events, truth
from lakmus.synth.block import Block, Lines, compact
from lakmus.synth.chapter import Chapter, Draft
from lakmus.synth.columns import Ints, choose
from lakmus.synth.diagnoses import Diagnoses
from lakmus.synth.measuring import Findings
from lakmus.synth.people import YEAR
from lakmus.synth.tables import Bools, age_of_event
from lakmus.synth.template import Template, raw, text
from lakmus.synth.therapy import drugs_for
from lakmus.synth.therapy import render as prescribe
from lakmus.synth.visits import observable

CANCERS = {
    "breast-cancer": "mastectomy",
    "colorectal-cancer": "hemicolectomy",
    "lung-cancer": "lobectomy",
    "prostate-cancer": "prostatectomy",
    "cervical-cancer": "hysterectomy",
    "stomach-cancer": "gastrectomy",
}
# Shares of stage I to IV at diagnosis: made up, only their order (breast early, lung late) is general knowledge.
_STAGES = {
    "breast-cancer": (0.42, 0.36, 0.14, 0.08),
    "colorectal-cancer": (0.22, 0.27, 0.28, 0.23),
    "lung-cancer": (0.18, 0.10, 0.27, 0.45),
    "prostate-cancer": (0.30, 0.35, 0.20, 0.15),
    "cervical-cancer": (0.36, 0.26, 0.25, 0.13),
    "stomach-cancer": (0.18, 0.20, 0.24, 0.38),
}
PROMPT = 5  # days from suspicion to the oncologist
_REFERRAL = Template(
    {
        "resourceType": "ServiceRequest",
        "id": text("id"),
        "meta": {"lastUpdated": text("updated")},
        "status": "completed",
        "intent": "order",
        "priority": "urgent",
        "code": raw("code"),
        "subject": raw("subject"),
        "authoredOn": text("time"),
    }
)


@dataclass(frozen=True)
class Route:
    """The way of each patient with one cancer: rows of the visits, -1 for what did not take place."""

    person: Ints
    day: Ints
    stage: Ints
    prompt: Bools
    suspicion: Ints
    oncologist: Ints
    diagnosis: Ints
    surgery: Ints


class Oncology(Chapter):
    """First cancers of each site within the region's time."""

    def __init__(self, draft: Draft) -> None:
        rng = draft.rng("oncology")
        self.routes = {key: self._route(draft, key, rng) for key in CANCERS}

    def _route(self, draft: Draft, key: str, rng: np.random.Generator) -> Route:
        people, who = draft.people, observable(draft.people)
        age = age_of_event(key, "incidence", people.sex[who], people.age(people.first[who], who), rng)
        day = people.born[who] + np.minimum(age * YEAR, 1e5).astype(np.int64)
        inside = draft.seen(who, day)
        person, day = who[inside], day[inside]
        n = len(person)
        prompt = draft.keeps("oncology-consultation", person, day, rng)
        suspected = day - rng.integers(16, 40, n)
        consulted = suspected + np.where(
            prompt, rng.integers(0, PROMPT + 1, n), rng.integers(PROMPT + 1, 14, n)
        )
        stage = (rng.uniform(size=n)[:, None] > np.cumsum(_STAGES[key])[:3]).sum(axis=1)
        operated = day + rng.integers(10, 45, n)
        curable = (stage < 3) & (rng.uniform(size=n) < 0.8)
        return Route(
            person,
            day,
            stage,
            prompt,
            self._book(draft, "consultation", person, suspected, draft.seen(person, suspected)),
            self._book(draft, "oncology", person, consulted, draft.seen(person, suspected)),
            draft.book.book("oncology", person, day),
            self._book(draft, "surgery", person, operated, curable & draft.seen(person, operated)),
        )

    @staticmethod
    def _book(draft: Draft, kind: str, person: Ints, day: Ints, those: Bools) -> Ints:
        rows = np.full(len(person), -1)
        stay = np.full(int(those.sum()), 8 if kind == "surgery" else 0)
        rows[those] = draft.book.book(kind, person[those], day[those], days=stay)
        return rows

    def diagnose(self, block: Block, found: Diagnoses) -> None:
        for key, route in self.routes.items():
            found.add(key, route.person, route.day, route.day, route.diagnosis)

    def measure(self, block: Block, findings: Findings) -> None:
        rng = block.region.generator(block.number, "psa")
        route = self.routes["prostate-cancer"]
        level = rng.lognormal(2.2 + 0.5 * route.stage, 0.5)
        findings.add("psa", route.diagnosis, level)

    def render(self, block: Block) -> Iterator[Lines]:
        for key, route in self.routes.items():
            yield from self._staging(block, key, route)
            yield from self._procedures(block, key, route)
            yield from self._drugs(block, key, route)
            self._tell(block, key, route)

    def _staging(self, block: Block, key: str, route: Route) -> Iterator[Lines]:
        stage, visit = route.stage, route.diagnosis
        short = key.split("-")[0]
        yield from events.findings(block, f"stg-{short}", "stage", visit, stage)
        yield from events.findings(block, f"t-{short}", "tumour", visit, stage)
        yield from events.findings(block, f"n-{short}", "nodes", visit, (stage > 1).astype(np.int64))
        yield from events.findings(block, f"mts-{short}", "metastases", visit, (stage == 3).astype(np.int64))

    def _procedures(self, block: Block, key: str, route: Route) -> Iterator[Lines]:
        seen, cut = route.oncologist[route.oncologist >= 0], route.surgery[route.surgery >= 0]
        visit = np.concatenate([seen, cut])
        number = np.concatenate([np.zeros(len(seen), np.int64), np.ones(len(cut), np.int64)])
        yield from events.procedures(block, key, ["biopsy", CANCERS[key]], visit, number)
        yield self._referrals(block, key, route.suspicion[route.suspicion >= 0])

    def _referrals(self, block: Block, key: str, visit: Ints) -> Lines:
        row, clinic = pa.array(visit), block.visits.clinic[visit]
        codes = [compact({"text": name}) for name in ("Направление к онкологу", "Referral to an oncologist")]
        line = _REFERRAL.render(
            id=block.ids(f"ref-{key}", np.arange(len(visit))),
            updated=block.visit_updates.take(row),
            code=choose(codes, block.languages[clinic]),
            subject=block.visit_subjects.take(row),
            time=block.visit_times.take(row),
        )
        return Lines("ServiceRequest", line, clinic)

    def _drugs(self, block: Block, key: str, route: Route) -> Iterator[Lines]:
        visit = route.surgery[route.surgery >= 0]
        for drug in drugs_for(key):
            yield prescribe(block, f"rx-{key}", np.full(len(visit), drug), visit)

    def _tell(self, block: Block, key: str, route: Route) -> None:
        columns = {
            "person": pa.array(block.people.number[route.person]),
            "site": truth.site_column(block, block.people.clinic[route.person]),
            "cancer": pa.array([key] * len(route.person), pa.string()),
            "diagnosed": truth.day_column(route.day),
            "stage": choose(["I", "II", "III", "IV"], route.stage),
            "operated": pa.array(route.surgery >= 0),
        }
        truth.tell(block, "cancers", columns)
        at = np.flatnonzero(route.suspicion >= 0)
        due = block.visits.day[route.suspicion[at]] + PROMPT
        done = block.visits.day[route.oncologist[at]]
        truth.practice(block, "oncology-consultation", route.person[at], due, route.prompt[at], done)
