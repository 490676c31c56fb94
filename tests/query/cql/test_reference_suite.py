"""The official CQL suite on the reference engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lakmus.core.errors import NotFoundError
from lakmus.query.engines.reference.elm.evaluate import Evaluation
from lakmus.query.engines.reference.elm.records import Records
from lakmus.query.engines.reference.elm.rows import Context
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm.values import DateTime
from lakmus.query.models.model import Model
from lakmus.terminology.units import Units
from tests.query.cql.cql_suite import cases, score
from tests.query.fhirpath_suite import ledger

LEDGER = Path(__file__).with_name("cql_reference_gaps.toml")
LEAST = 1815
CONTEXT = Context(DateTime((2026, 1, 2, 3, 4, 5, 0), 0), Units())


def no_model(name: str, _version: str | None) -> Model:
    raise NotFoundError(f"no model {name}")


def run(text: str) -> Any:
    program = compile(f"define X: {text}", no_model)
    return Evaluation(program, Records([]), CONTEXT).define("X")


@pytest.fixture(scope="module")
def faults(shared: Path) -> dict[str, str]:
    return {case.id: score(case, run) for case in cases(shared)}


def test_every_case_passes_or_is_in_the_ledger(faults: dict[str, str]) -> None:
    gaps = ledger(LEDGER)
    unexpected = {name: fault for name, fault in faults.items() if fault and name not in gaps}
    assert not unexpected


def test_no_case_of_the_ledger_passes(faults: dict[str, str]) -> None:
    closed = [name for name in ledger(LEDGER) if not faults[name]]
    assert not closed, "take them out of the ledger"


def test_the_whole_suite_is_run(faults: dict[str, str]) -> None:
    assert len(faults) == 1823


def test_the_bound_is_kept(faults: dict[str, str]) -> None:
    passed = sum(not fault for fault in faults.values())
    print(f"CQL suite, reference engine: {passed} of {len(faults)}")
    assert passed >= LEAST
