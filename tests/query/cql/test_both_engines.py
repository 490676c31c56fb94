"""Expressions that engines once parted on: both engines say what the standard says."""

from __future__ import annotations

import pytest

from tests.query.cql.cql_suite import same
from tests.query.cql.duckdb_suite import Suite
from tests.query.cql.test_reference_suite import run


@pytest.fixture(scope="module", params=["written", "lifted"])
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(10, lifted=True) if request.param == "lifted" else Suite()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # "Strictly larger" counts items
        ("{1, 1} properly includes {1}", "true"),
        ("{1, 2, 3} properly includes {1, 1, 2}", "false"),
        ("{0.1, 0.1, -1.5} properly included in {-1.5, 0.0, 0.1}", "false"),
        # The day that was written, whatever the clock of the evaluation
        ("date from @2024-02-29T23:30:00.000-01:00", "@2024-02-29"),
        ("ToDate(@2024-02-29T23:30:00.000-01:00)", "@2024-02-29"),
        ("date from @2024-02T", "@2024-02"),
        ("time from @2024-02-29T23:30:00.000-01:00", "@T00:30:00.000"),
        # A null of a type, wherever a moment may stand
        ("@2024-03-01 same month as (null as Date)", "null"),
        ("day from (null as DateTime)", "null"),
        ("timezoneoffset from (null as DateTime)", "null"),
        ("difference in weeks between (null as Date) and @9999-12-31", "null"),
        ("duration in hours between (null as Time) and @T10", "null"),
        ("LowBoundary((null as DateTime), 4)", "null"),
        ("@2024 in (null as Interval<Date>)", "false"),
        ("(null as Interval<DateTime>) contains @2024T", "false"),
        ("(null as Date) in (null as Interval<Date>)", "null"),
        ("(null as Date) properly included in Interval[@2023, @2024]", "null"),
        ("(null as Interval<DateTime>) after day of @2024-01-01T", "null"),
        ("{@2024} contains (null as Date)", "false"),
        ("(null as Date) in {@2024, null}", "true"),
        ("IndexOf({@2024}, (null as Date))", "null"),
        ("{@2024, null} properly includes (null as Date)", "true"),
        ("{null, null} properly includes (null as Date)", "false"),
        # As far as numbers go
        ("Skip({1, 2}, 2147483647)", "{} as List<Integer>"),
        ("Median({3.14159265, 2.55})", "2.84579633"),
    ],
)
def test_engines_say(suite: Suite, expression: str, expected: str) -> None:
    wanted = run(expected)
    assert same(run(expression), wanted)
    assert same(suite.run(expression), wanted)
