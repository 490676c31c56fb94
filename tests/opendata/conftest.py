"""A small health system as rows of views, and a recipe for it."""

import datetime
import random
from dataclasses import dataclass, field

import pyarrow as pa
import pytest
import yaml

from lakmus.opendata.releases import read_recipe
from lakmus.privacy import PERSON, SITE, ReleaseKey

RECIPE = """
name: small-cohort
version: "1.0.0"
title: Hypertension & friends
description: Patients of two sites <with> visits | and diagnoses.
purpose: Tests of risk models.
licence: CC-BY-4.0
citation: Lakmus developers. Small cohort. 2026.
creator: Lakmus
keywords: [hypertension, visits]
family: tests
ages: {at: 2024-01-01, last: {view: visits, column: start}}
dates: {days: 100}
risk: {view: patients, quasi_identifiers: [sex, age], k: 5, suppressed: 0.2, sensitive: [region]}
views:
  patients:
    resource: Patient
    select:
      - column:
          - {name: patient, path: getResourceKey()}
          - {name: sex, path: gender}
          - {name: age, path: birthDate}
          - {name: region, path: address.first().state}
          - {name: name, path: name.first().family}
  visits:
    resource: Encounter
    select:
      - column:
          - {name: visit, path: getResourceKey()}
          - {name: patient, path: subject.getReferenceKey(Patient)}
          - {name: start, path: period.start}
          - {name: kind, path: class.code}
          - {name: reasons, path: reasonCode.coding.code, collection: true}
          - {name: score, path: length.value}
rules:
  patients:
    patient: {do: subject, why: joins the tables}
    sex: {do: keep, why: administrative code}
    age: {do: age-group, width: 10, why: an age instead of a date}
    region: {do: generalise, to: 1, coded: true, why: a coarse place}
    name: {do: drop, why: names a person}
  visits:
    visit: {do: pseudonym, of: Encounter, why: joins tables}
    patient: {do: subject, why: joins the tables}
    start: {do: shift-date, why: intervals are kept}
    kind: {do: keep, why: a code}
    reasons: {do: keep, why: codes of diagnoses}
    score: {do: round, places: 1, within: [0, 100], why: a number of two digits}
"""


@dataclass
class Region:
    """Rows as a view of each resource type gives them; `run_view` hands them out in small batches."""

    rows: dict[str, list[dict]] = field(default_factory=dict)
    types: dict[str, pa.Schema] = field(default_factory=dict)
    batch: int = 7

    def run_view(self, view):
        if view.get("name") == "cohort":
            people = {(row[SITE], row[PERSON]) for row in self.rows[view["resource"]]}
            yield pa.RecordBatch.from_pylist([{SITE: s, PERSON: p, "record": "x"} for s, p in sorted(people)])
            return
        rows = self.rows[view["resource"]]
        for start in range(0, len(rows), self.batch):
            yield pa.RecordBatch.from_pylist(
                rows[start : start + self.batch], schema=self.types[view["resource"]]
            )

    def without(self, person):
        left = {kind: [row for row in rows if row[PERSON] != person] for kind, rows in self.rows.items()}
        return Region(left, self.types, self.batch)


def schema(**columns):
    text = {name: pa.string() for name, kind in columns.items() if kind is str}
    return pa.schema({SITE: pa.string(), PERSON: pa.int64(), **columns, **text})


TYPES = {
    "Patient": schema(patient=str, sex=str, age=str, region=str, name=str),
    "Encounter": schema(
        visit=str,
        patient=str,
        start=str,
        kind=str,
        reasons=pa.list_(pa.string()),
        score=pa.decimal128(38, 12),
    ),
}


def people(count=200, seed=1):
    rng = random.Random(seed)
    for person in range(count):
        site = rng.choice(["north", "south"])
        yield {
            SITE: site, PERSON: person, "patient": f"PATIENT-KEY-{person}", "sex": rng.choice(["female", "male"]),
            "age": f"{rng.randrange(1940, 2000)}-06-01", "region": rng.choice(["Aland", "Bland", "Aston"]),
            "name": f"FAMILY-{person}",
        }  # fmt: skip


def visits(patient, rng):
    for number in range(rng.randrange(1, 5)):
        start = datetime.date(2020, 1, 1) + datetime.timedelta(days=rng.randrange(1000))
        yield {
            SITE: patient[SITE], PERSON: patient[PERSON], "visit": f"VISIT-{patient[PERSON]}-{number}",
            "patient": f"Patient/{patient['patient']}", "start": f"{start}T10:00:00+03:00", "kind": "AMB",
            "reasons": rng.choice([["I10"], ["I10", "E11"], [], [f"RARE-{patient[PERSON]}", "I10"]]),
            "score": rng.choice([None, rng.randrange(200)]),
        }  # fmt: skip


@pytest.fixture
def region():
    rng = random.Random(2)
    patients = list(people())
    made = {"Patient": patients, "Encounter": [row for patient in patients for row in visits(patient, rng)]}
    return Region(made, TYPES)


@pytest.fixture
def document():
    return yaml.safe_load(RECIPE.replace("2024-01-01", '"2024-01-01"'))


@pytest.fixture
def recipe():
    return read_recipe(RECIPE)


@pytest.fixture
def key():
    return ReleaseKey(b"k" * 32)
