"""getReferenceKey() at its boundaries, on both engines: the quick match of plain references and the search say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakmus.query.engines.duckdb import run
from lakmus.query.engines.reference import Environment
from lakmus.query.frontends.views import parse
from lakmus.query.views import rows
from tests.query.lake_of import SITE, lake_of

A64, A65 = "a" * 64, "a" * 65
# What a subject's reference says, the key of the Patient it names
KEYS = {
    "Patient/1": "north/Patient/1",
    f"Patient/{A64}": f"north/Patient/{A64}",
    f"Patient/{A65}": None,  # an id has 64 characters at most
    f"https://hospital.example/fhir/Patient/{A64}": f"north/Patient/{A64}",
    f"https://hospital.example/fhir/Patient/{A65}": None,
    "Patient/1/_history/2": "north/Patient/1",
    f"Patient/{A64}/_history/2": f"north/Patient/{A64}",
    f"Patient/{A65}/_history/2": None,
    "https://hospital.example/fhir/Patient/1": "north/Patient/1",
    "https://hospital.example/Group/1/Patient/2/_history/1": "north/Patient/2",
    "Group/1": None,
    "Patient/": None,
    "Patient/a b": None,
    "Patient/1/2": None,
    "APatient/1": None,
    "Patient?identifier=1": None,
    "#1": None,
    "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a": None,
    "": None,
}
RECORDS = [
    {
        "resourceType": "Observation",
        "id": f"o{n}",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": sent},
    }
    for n, sent in enumerate(KEYS)
]
VIEW = {
    "resource": "Observation",
    "status": "active",
    "select": [
        {
            "column": [
                {"name": "sent", "path": "subject.reference"},
                {"name": "key", "path": "subject.getReferenceKey(Patient)"},
            ]
        }
    ],
}


def test_on_duckdb(tmp_path: Path) -> None:
    with lake_of(tmp_path / "lake", RECORDS) as lake:
        found = {row["sent"]: row["key"] for batch in run(lake, VIEW) for row in batch.to_pylist()}
    assert found == KEYS


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["subject"]["reference"][:40])
def test_on_the_reference_engine(record: dict) -> None:  # type: ignore[type-arg]
    (row,) = rows(parse(VIEW), record, Environment(site=SITE))
    assert row["key"] == KEYS[record["subject"]["reference"]]
