"""Aggregates of lists."""

from __future__ import annotations

import pytest

from lakmus.query.engines.reference.elm import aggregate  # noqa: F401 - it fills the table
from tests.query.cql.row_literals import is_literal, run


@pytest.mark.parametrize(
    ("name", "items", "result"),
    [
        ("AllTrue", "{true, null}", "true"),
        ("AllTrue", "{true, false}", "false"),
        ("AllTrue", "null", "true"),
        ("AnyTrue", "{false, null}", "false"),
        ("AnyTrue", "{false, true}", "true"),
        ("AnyTrue", "null", "false"),
        ("Count", "{1, null, 3}", "2"),
        ("Count", "null", "0"),
        ("Sum", "{1, null, 3}", "4"),
        ("Sum", "{1L, 2L}", "3L"),
        ("Sum", "{0.1, 0.2}", "0.3"),
        ("Sum", "{1 'm', 1 'cm'}", "101 'cm'"),
        ("Sum", "{1 'm', 1 'g'}", "null"),
        ("Sum", "{1~2, 3}", "4~5"),
        ("Sum", "{2147483647, 1}", "null"),
        # Only the result has to be in range
        ("Sum", "{2147483647, 1, -1}", "2147483647"),
        ("Sum", "{null}", "null"),
        ("Sum", "null", "null"),
        ("Product", "{2, 3, null}", "6"),
        ("Product", "{2L, 3L}", "6L"),
        ("Product", "{0.00001, 0.00001, 100000.0}", "0.00001"),
        ("Product", "{1.0 'mg', 2.0 'mg', 3.0 'mg'}", "6.0 'mg'"),
        ("Product", "{}", "null"),
        ("Min", "{3, null, 1, 2}", "1"),
        ("Max", "{'hi', 'zebra', 'bye'}", "'zebra'"),
        ("Max", "{@2012-10-05, @2012-10-06}", "@2012-10-06"),
        ("Max", "{@2012, @2012-10}", "null"),
        ("Max", "{@2012, @2012-10, @2013}", "@2013"),
        ("Min", "{1 'm', 90 'cm'}", "90 'cm'"),
        ("Min", "{}", "null"),
        ("Mode", "{2, 1, 2, null, null, null}", "2"),
        ("Mode", "{1, 2}", "1"),
        ("Mode", "{@T10, @T11, @T11}", "@T11"),
        ("Mode", "{null}", "null"),
        ("Avg", "{1.0, 2.0, null, 6.0}", "3.0"),
        ("Avg", "{1 'm', 50 'cm'}", "0.75 'm'"),
        ("Avg", "{1.0, 0.0, 0.0}", "0.33333333"),
        ("Avg", "{1~2}", "null"),
        ("Median", "{6.0, 5.0, 1.0, 2.0}", "3.5"),
        ("Median", "{6.0, 1.0, 2.0}", "2.0"),
        ("Median", "{3 'mg', 1 'mg', 2 'mg'}", "2 'mg'"),
        ("Variance", "{1.0, 2.0, 3.0, 4.0, 5.0}", "2.5"),
        ("Variance", "{1.0}", "null"),
        ("PopulationVariance", "{1.0, 2.0, 3.0, 4.0, 5.0}", "2.0"),
        ("StdDev", "{1.0, 2.0, 3.0, 4.0, 5.0}", "1.58113883"),
        ("PopulationStdDev", "{1.0, 2.0, 3.0, 4.0, 5.0}", "1.41421356"),
        ("PopulationStdDev", "{1.0 'mg', 2.0 'mg', 3.0 'mg'}", "0.81649658 'mg'"),
        ("StdDev", "{null}", "null"),
        ("GeometricMean", "{2.0, 8.0}", "4.0"),
        ("GeometricMean", "{-2.0, -8.0}", "4.0"),
        ("GeometricMean", "{-2.0, 8.0}", "null"),
        ("GeometricMean", "{-2.0}", "-2.0"),
        ("GeometricMean", "{0.0, 8.0}", "0.0"),
    ],
)
def test_aggregates(name: str, items: str, result: str) -> None:
    assert is_literal(run(name, items), result)


def test_the_mean_of_what_is_too_long_to_multiply() -> None:
    assert is_literal(run("GeometricMean", "{" + "100000.0 " * 3000 + "}"), "100000.0")
