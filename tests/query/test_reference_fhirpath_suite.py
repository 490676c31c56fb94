"""The official suite on the reference engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lakmus.core.clock import FixedClock
from lakmus.query.engines.reference import Environment, Value, evaluate
from lakmus.query.engines.reference.values import as_system
from lakmus.query.frontends.fhirpath import Options, compile
from lakmus.terminology.units import Units
from tests.query.fhirpath_suite import Case, Result, cases, ledger, resource, score

LEDGER = Path(__file__).with_name("fhirpath_reference_gaps.toml")
LEAST = 932
ENVIRONMENT = Environment(clock=FixedClock(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)), units=Units())


def run(case: Case, record: dict[str, Any]) -> Sequence[Result]:
    options = Options(strict=True, ordered=case.check_order)
    tree = compile(case.expression, context=record["resourceType"], options=options)
    return [shown(item) for item in evaluate(tree, record, ENVIRONMENT)]


def shown(item: Value) -> Result:
    system = as_system(item)
    return Result(str(item.type), None if system is None else system.value)


@pytest.fixture(scope="module")
def faults(shared: Path) -> dict[str, str]:
    return {case.id: score(case, resource(shared, case.input), run) for case in cases(shared)}


def test_every_case_passes_or_is_in_the_ledger(faults: dict[str, str]) -> None:
    gaps = ledger(LEDGER)
    unexpected = {name: fault for name, fault in faults.items() if fault and name not in gaps}
    assert not unexpected


def test_no_case_of_the_ledger_passes(faults: dict[str, str]) -> None:
    closed = [name for name in ledger(LEDGER) if not faults[name]]
    assert not closed, "take them out of the ledger"


def test_the_whole_suite_is_run(faults: dict[str, str]) -> None:
    assert len(faults) == 935


def test_the_bound_is_kept(faults: dict[str, str]) -> None:
    passed = sum(not fault for fault in faults.values())
    print(f"FHIRPath R4, reference engine: {passed} of {len(faults)}")
    assert passed >= LEAST
