"""The official measures on the reference engine: every case has the counts that are expected."""

from __future__ import annotations

from pathlib import Path

from lakmus.query.engines.reference.elm.evaluate import Evaluation
from lakmus.query.engines.reference.elm.records import Records
from lakmus.query.engines.reference.elm.rows import Context
from lakmus.terminology.units import Units
from tests.query.cql.measure_suite import Measure, measures, score
from tests.query.cql.test_duckdb_measures import NOW, PERIOD, Members, compiled


def faults(measure: Measure, shared: Path) -> dict[str, str]:
    """By case, what is wrong with its counts."""
    program, context = compiled(measure, shared), Context(NOW, Units(), Members(measure))  # type: ignore[arg-type]
    found = {}
    for case in measure.cases:
        run = Evaluation(program, Records(case["resources"]), context, {"Measurement Period": PERIOD})
        fault = score(measure, case, run.define)
        if fault:
            found[case["id"]] = fault
    return found


def test_every_case(shared: Path) -> None:
    wrong = {measure.name: faults(measure, shared) for measure in measures(shared)}
    whole = sum(len(measure.cases) for measure in measures(shared))
    passed = whole - sum(map(len, wrong.values()))
    print(f"ecqm-2025-six, reference engine: {passed} of {whole}")
    assert whole == 323
    assert not any(wrong.values())
