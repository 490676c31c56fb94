"""The official FHIRPath suite on the DuckDB engine: each expression as SQL over a stored row of the input resource."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lakmus.core.errors import UnsupportedError
from lakmus.query.frontends.fhirpath import Options, compile
from tests.query.duckdb_row import Rows
from tests.query.fhirpath_suite import Case, Result, cases, ledger, resource, score

LEDGER = Path(__file__).with_name("fhirpath_duckdb_gaps.toml")
LEAST = 926
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def faults(shared: Path) -> Iterator[dict[str, str]]:
    rows = Rows()

    def run(case: Case, record: dict[str, Any]) -> Sequence[Result]:
        options = Options(strict=True, ordered=case.check_order)
        tree = compile(case.expression, context=record["resourceType"], options=options)
        return rows.evaluate(tree, record, NOW)

    def fault(case: Case) -> str:
        try:
            return score(case, resource(shared, case.input), run)
        except UnsupportedError as error:  # never a pass, also of a case that must fail
            return str(error)

    yield {case.id: fault(case) for case in cases(shared)}
    rows.connection.close()


def test_every_case_passes_or_is_in_the_ledger(faults: dict[str, str]) -> None:
    gaps = ledger(LEDGER)
    assert not {name: fault for name, fault in faults.items() if fault and name not in gaps}


def test_no_case_of_the_ledger_passes(faults: dict[str, str]) -> None:
    closed = [name for name in ledger(LEDGER) if not faults[name]]
    assert not closed, "take them out of the ledger"


def test_the_bound_is_kept(faults: dict[str, str]) -> None:
    passed = sum(not fault for fault in faults.values())
    print(f"FHIRPath R4, DuckDB engine: {passed} of {len(faults)}")
    assert len(faults) == 935
    assert passed >= LEAST
