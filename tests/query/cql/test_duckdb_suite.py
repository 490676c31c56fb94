"""The official CQL suite on the DuckDB engine: as it is written, and with every literal a column of a thousand rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from lakmus.core.errors import UnsupportedError
from tests.query.cql.cql_suite import Case, cases, score
from tests.query.cql.duckdb_suite import Suite
from tests.query.cql.test_reference_suite import run as reference
from tests.query.fhirpath_suite import ledger

LEDGER = Path(__file__).with_name("cql_duckdb_gaps.toml")
LEAST = 1792
ROWS = 1000
Faults = dict[str, str]


def faults_of(suite: Suite, case: Case) -> str:
    """What is wrong. What SQL refuses is; so is an error that would end the whole run and not the row's part of it."""
    try:
        return score(case, suite.run, reference)
    except UnsupportedError as error:
        return f"refused: {error}"
    except (duckdb.Error, TypeError) as error:  # TypeError: a moment that Python has not, after the year 9999
        return f"the statement failed: {error}"


@pytest.fixture(scope="module", params=["written", "lifted"])
def faults(request: pytest.FixtureRequest, shared: Path) -> Faults:
    suite = Suite(ROWS, lifted=True) if request.param == "lifted" else Suite()
    return {case.id: faults_of(suite, case) for case in cases(shared)}


def test_every_case_passes_or_is_in_the_ledger(faults: Faults) -> None:
    gaps = ledger(LEDGER)
    unexpected = {name: fault for name, fault in faults.items() if fault and name not in gaps}
    assert not unexpected


def test_no_case_of_the_ledger_passes(faults: Faults) -> None:
    closed = [name for name in ledger(LEDGER) if not faults[name]]
    assert not closed, "take them out of the ledger"


def test_the_whole_suite_is_run(faults: Faults) -> None:
    assert len(faults) == 1823


def test_the_bound_is_kept(faults: Faults) -> None:
    passed = sum(not fault for fault in faults.values())
    print(f"CQL suite, DuckDB engine: {passed} of {len(faults)}")
    assert passed >= LEAST
