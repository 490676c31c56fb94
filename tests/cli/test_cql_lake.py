"""Rules asked of a lake: counted, into files, as SQL, from Python; each answer beside the reference engine's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import lakmus as package
from lakmus.cli.cql import text
from lakmus.core.clock import FixedClock
from lakmus.core.errors import InputError, NotFoundError
from lakmus.query import cql
from lakmus.query.ir.elm.values import Uncertainty
from tests.cli.conftest import Run

LIBRARY = """library Pressure
using FHIR version '4.0.1'
codesystem "LOINC": 'http://loinc.org'
code "Systolic": '8480-6' from "LOINC"
parameter "Period" Interval<DateTime>
context Patient
define Age: AgeInYearsAt(@2024-06-30)
define Born: Patient.birthDate
define Readings: [Observation: "Systolic"] O where O.effective during "Period" sort by (effective as dateTime)
define Values: Readings R return R.value as Quantity
define Last: Last(Values)
define High: exists (Readings R where (R.value as Quantity) >= 140 'mm[Hg]')
define "In a stay": exists (Readings R with [Encounter] E such that R.effective during E.period)
define Stays: [Encounter] E return E.period
define Only: singleton from ([Encounter])
define Sex: Patient.gender
"""
DURING = "Period=Interval[@2024-01-01T00:00:00.0Z, @2024-12-31T23:59:59.999Z]"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def observation(n: str, patient: str, at: str, value: float) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": n,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": at,
        "valueQuantity": {
            "value": value,
            "unit": "mmHg",
            "system": "http://unitsofmeasure.org",
            "code": "mm[Hg]",
        },
    }


def stay(n: str, patient: str, start: str, end: str) -> dict[str, Any]:
    coding = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    return {
        "resourceType": "Encounter",
        "id": n,
        "status": "finished",
        "class": coding,
        "subject": {"reference": f"Patient/{patient}"},
        "period": {"start": start, "end": end},
    }


RECORDS = [
    {"resourceType": "Patient", "id": "a", "birthDate": "1950-03-01", "gender": "female"},
    {"resourceType": "Patient", "id": "b", "birthDate": "1980"},
    {"resourceType": "Patient", "id": "c"},
    observation("o1", "a", "2024-02-01T09:00:00+03:00", 128),
    observation("o2", "a", "2024-05-01T09:00:00+03:00", 150),
    observation("o3", "a", "2023-05-01T09:00:00+03:00", 190),
    observation("o4", "b", "2024-06", 139),
    stay("e1", "a", "2024-05-01T08:00:00+03:00", "2024-05-01T10:00:00+03:00"),
    stay("e2", "b", "2024-01-01T08:00:00+03:00", "2024-01-02T10:00:00+03:00"),
    stay("e3", "b", "2024-07-01T08:00:00+03:00", "2024-07-02T10:00:00+03:00"),
]


@pytest.fixture
def asked(lakmus: Run, tmp_path: Path) -> Run:
    """An installation with a rule beside it."""
    (tmp_path / "Pressure.cql").write_text(LIBRARY)
    (tmp_path / "sent.ndjson").write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    lakmus("upgrade")
    lakmus("site", "add", "north", "--name", "North")
    assert "accepted 10" in lakmus("intake", tmp_path / "sent.ndjson", "--site", "north")
    return lakmus


def test_counts_for_everybody(asked: Run) -> None:
    printed = asked(
        "cql", "run", "Pressure.cql", "--parameter", DURING, "--define", "High", "--define", "Only"
    )
    rows = [line.split() for line in printed.splitlines()]
    assert rows[1] == ["High", "3", "1", "2", "0", "0"]
    assert rows[2] == ["Only", "3", "1", "1"]  # of b there are two, of c none


def test_every_answer_is_that_of_the_reference_engine(asked: Run, tmp_path: Path) -> None:
    program = cql.compile_file(tmp_path / "Pressure.cql")
    clock = FixedClock(NOW)
    given = cql.parameter(program, "Period", DURING.partition("=")[2], clock)
    with package.open(tmp_path / "data") as records:
        found = records.evaluate(
            "Pressure.cql", parameters={"Period": DURING.partition("=")[2]}, as_of=NOW
        ).arrow()
        assert found.num_rows == 3
        for row in found.to_pylist():
            person = records.person(row["patient"])
            resources = [r for kind in person.resource_types() for r in person.resources(kind)]
            run = cql.evaluation(program, resources, clock=clock, parameters={"Period": given})
            for name in cql.public(program):
                assert _same(row, name, run), (name, row[name])


def _same(row: dict[str, Any], name: str, run: Any) -> bool:
    """What both say, as texts; of records and lists how many there are."""
    try:
        expected = run.define(name)
    except InputError:
        return name in row["errors"] and row[name] is None
    if name in row["errors"]:
        return False
    if isinstance(expected, Uncertainty):
        return row[name] is None
    if isinstance(expected, list):
        return len(row[name]) == len(expected)
    if expected is None or isinstance(expected, bool | int):
        return bool(row[name] == expected)
    if isinstance(row[name], dict):
        return f"{row[name]['value'].normalize():f} '{row[name]['unit']}'" in text(expected) or name == "Last"
    return str(row[name]).rpartition("/")[2] in text(expected) or name in ("Born", "Sex")


def test_answers_into_files(asked: Run, tmp_path: Path) -> None:
    ask = ("cql", "run", "Pressure.cql", "--parameter", DURING)
    assert asked(*ask, "--to", "o.ndjson").startswith("3 persons in o.ndjson (snapshot ")
    rows = [json.loads(line) for line in (tmp_path / "o.ndjson").read_text().splitlines()]
    by_birth = {row["Born"]: row for row in rows}
    a, b = by_birth["1950-03-01"], by_birth["1980"]
    assert (a["Age"], a["High"], a["In a stay"], a["Sex"]) == (74, True, True, "female")
    assert a["Readings"] == ["north/Observation/o1", "north/Observation/o2"]
    assert a["Stays"][0] == {
        "low": "2024-05-01T08:00:00+03:00",
        "high": "2024-05-01T10:00:00+03:00",
        "lowClosed": True,
        "highClosed": True,
    }
    assert (b["Age"], b["High"], b["errors"]) == (None, False, ["Only"])
    asked(*ask, "--define", "Age", "--define", "Only", "--to", "o.csv")
    assert '"Only",' in (tmp_path / "o.csv").read_text()


def _run_of(printed: str) -> str:
    return printed.partition("(run ")[2].partition(",")[0]


def test_answers_that_are_kept(asked: Run, tmp_path: Path) -> None:
    ask = (
        "cql",
        "run",
        "Pressure.cql",
        "--parameter",
        DURING,
        "--define",
        "High",
        "--define",
        "Only",
        "--keep",
    )
    first = asked(*ask)
    assert "asked 3 of 3 persons" in first
    assert first.splitlines()[2].split() == ["High", "3", "1", "2", "0", "0"]
    (tmp_path / "more.ndjson").write_text(json.dumps(observation("o9", "b", "2024-07-01T09:00:00Z", 141)))
    asked("intake", tmp_path / "more.ndjson", "--site", "north")
    second = asked(*ask)
    assert "asked 1 of 3 persons" in second
    assert second.splitlines()[2].split() == ["High", "3", "2", "1", "0", "0"]
    run = _run_of(first)
    shown = asked("results", "show", run)
    assert DURING in shown
    assert ["High", "3", "1", "2", "0", "0"] in [line.split() for line in shown.splitlines()]
    assert [json.loads(line)["asked anew"] for line in asked("results", "list", "--json").splitlines()] == [
        1,
        3,
    ]
    assert asked("results", "export", run, "a.ndjson").startswith("3 persons in a.ndjson")
    rows = [json.loads(line) for line in (tmp_path / "a.ndjson").read_text().splitlines()]
    assert [row["High"] for row in rows].count(True) == 1
    asked("results", "drop", run)
    assert "asked 3 of 3 persons" in asked(*ask)


def test_why_somebody_has_an_answer(asked: Run, tmp_path: Path) -> None:
    kept = asked("cql", "run", "Pressure.cql", "--parameter", DURING, "--define", "High", "--keep")
    run = _run_of(kept)
    asked("results", "export", run, "a.ndjson")
    rows = [json.loads(line) for line in (tmp_path / "a.ndjson").read_text().splitlines()]
    person = next(row["patient"] for row in rows if row["High"])
    explain = ("cql", "explain", "Pressure.cql", "--define", "High", "--person", str(person), "--run", run)
    printed = asked(*explain)
    assert printed.startswith("High [Pressure]: true")
    assert "Observation/o2" in printed
    (tmp_path / "Pressure.cql").write_text(LIBRARY.replace(">= 140", ">= 130"))
    with pytest.raises(InputError, match="another text"):
        asked(*explain)
    with pytest.raises(InputError, match="whose value"):
        asked("cql", "explain", "Pressure.cql", "--define", "High")


def test_answers_that_are_kept_from_python(asked: Run, tmp_path: Path) -> None:
    given = {"Period": DURING.partition("=")[2]}
    with package.open(tmp_path / "data") as records:
        run = records.keep("Pressure.cql", ["High", "Stays"], parameters=given, as_of=NOW)
        held = records.answers(run.name).arrow()
        assert [each.name for each in records.runs()] == [run.name]
        found = records.evaluate("Pressure.cql", ["High", "Stays"], parameters=given, as_of=NOW).arrow()
        assert held.sort_by("patient").to_pylist() == found.sort_by("patient").to_pylist()


def test_some_persons(asked: Run, tmp_path: Path) -> None:
    everybody = package.evaluate(tmp_path / "data", "Pressure.cql", ["Born"]).arrow().to_pylist()
    one = next(row for row in everybody if row["Born"] == "1980")
    found = package.evaluate(tmp_path / "data", "Pressure.cql", ["Born"], patients=[one["patient"]])
    assert found.arrow().to_pylist() == [one]


def test_the_sql_names_its_definitions(asked: Run) -> None:
    printed = asked("cql", "sql", "Pressure.cql", "--define", "High")
    assert "-- define Pressure.High" in printed
    assert "-- [FHIR.Observation: code]" in printed
    assert "-- c1: http://loinc.org|8480-6" in printed
    assert "lakmus_buckets" not in printed


def test_what_is_wrong_is_said(asked: Run, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no parameter `Time`"):
        asked("cql", "run", "Pressure.cql", "--parameter", "Time=1")
    with pytest.raises(InputError, match="gives no parameter"):
        asked("cql", "run", "Pressure.cql", "--parameter", "Period")
    with pytest.raises(NotFoundError, match="no definition `Absent`"):
        asked("cql", "run", "Pressure.cql", "--define", "Absent")
    (tmp_path / "V.cql").write_text(
        "library V\nusing FHIR version '4.0.1'\nvalueset \"S\": 'http://example.org/s'\n"
        'context Patient\ndefine X: exists [Condition: "S"]'
    )
    with pytest.raises(NotFoundError, match=r"example\.org/s"):
        asked("cql", "run", "V.cql")
