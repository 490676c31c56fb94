"""A lake of persons in several buckets, and a rule asked of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from lakmus.core.clock import FixedClock
from lakmus.intake.batch import Intake
from lakmus.lake import IdentifiedLake
from lakmus.query import cql
from lakmus.query.engines.duckdb.elm.run import Question
from tests.support.chunks import NOON

BUCKETS = 12
PERSONS = 90
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIBRARY = """library Pressure
using FHIR version '4.0.1'
codesystem "LOINC": 'http://loinc.org'
code "Systolic": '8480-6' from "LOINC"
context Patient
define Age: AgeInYearsAt(@2024-06-30)
define Readings: [Observation: "Systolic"] O sort by (effective as dateTime)
define Values: Readings R return R.value as Quantity
define Mean: Avg(Readings R return (R.value as Quantity).value)
define Last: Last(Values)
define High: exists (Readings R where (R.value as Quantity) >= 140 'mm[Hg]')
define Only: singleton from Readings
"""


def records() -> Iterator[dict[str, Any]]:
    """Persons with none to four readings each."""
    for n in range(PERSONS):
        born = {} if n % 7 == 0 else {"birthDate": f"{1940 + n % 60}-03-01"}
        yield {"resourceType": "Patient", "id": f"p{n}", **born}
        for m in range(n % 5):
            yield _reading(f"o{n}-{m}", f"p{n}", 1 + m, 110.1 + (n * 7 + m * 13) % 60)


def _reading(n: str, patient: str, month: int, value: float) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": n,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": f"2024-{month:02}-01T09:00:00+03:00",
        "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
    }


def fill(lake: IdentifiedLake, folder: Path) -> None:
    """Takes the records in."""
    file = folder / "people.ndjson"
    file.write_text("".join(json.dumps(record) + "\n" for record in records()))
    Intake(lake, FixedClock(NOON), lambda original: original, workers=1).take_in(file, "north")


def question(folder: Path, text: str = LIBRARY, **options: Any) -> Question:
    """All definitions of a library."""
    file = folder / "Asked.cql"
    file.write_text(text)
    program = cql.compile_file(file)
    return Question(program, cql.public(program), NOW, **options)


def ordered(batches: Any) -> pa.Table:
    """A table in the order of patients."""
    return pa.Table.from_batches(list(batches)).sort_by("patient").combine_chunks()
