"""Intervals: bounds, what is in them, how they lie to one another, and as sets."""

from __future__ import annotations

import pytest

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm.rows import Call, apply
from lakmus.query.ir.elm.types import ANY, INTEGER, IntervalType
from tests.query.cql.row_literals import CONTEXT, is_literal, literal, run, type_of


@pytest.mark.parametrize(
    ("interval", "start", "end"),
    [
        ("Interval[1, 10]", "1", "10"),
        ("Interval(1, 10)", "2", "9"),
        ("Interval(1.0, 2.0)", "1.00000001", "1.99999999"),
        ("Interval[1.0 'g', 2.0 'g')", "1.0 'g'", "1.99999999 'g'"),
        ("Interval[@2012-01-01, @2012-03-01)", "@2012-01-01", "@2012-02-29"),
        ("Interval[@T10:00, @T12:00)", "@T10:00", "@T11:59"),
        ("Interval[1L, 3L)", "1L", "2L"),
        # Closed and null: the end of the type's range
        ("Interval[null, 5]", "-2147483648", "5"),
        ("Interval[@2012-01-01, null]", "@2012-01-01", "@9999-12-31"),
        # Open and null: unknown, an uncertainty when it is an integer
        ("Interval[5, null)", "5", "5~2147483647"),
        ("Interval(null, @2012-01-01]", "null", "@2012-01-01"),
        ("Interval[null, null]", "null", "null"),
    ],
)
def test_start_and_end(interval: str, start: str, end: str) -> None:
    assert is_literal(run("Start", interval), start)
    assert is_literal(run("End", interval), end)


@pytest.mark.parametrize("interval", ["Interval[5, 3]", "Interval[5, 5)", "Interval[@2013, @2012]"])
def test_an_interval_does_not_end_before_it_starts(interval: str) -> None:
    with pytest.raises(InputError, match="ends before"):
        literal(interval)


@pytest.mark.parametrize(
    ("interval", "width", "size"),
    [
        ("Interval[1, 10]", "9", "10"),
        ("Interval[4.0, 15.0]", "11.0", "11.00000001"),
        ("Interval[5.0 'g', 10.0 'g']", "5.0 'g'", "5.00000001 'g'"),
        ("Interval[1, null)", "null", "null"),
        ("Interval[null, 1]", "null", "null"),
    ],
)
def test_width_and_size(interval: str, width: str, size: str) -> None:
    assert is_literal(run("Width", interval), width)
    assert is_literal(run("Size", interval), size)


def test_dates_have_no_width() -> None:
    with pytest.raises(InputError, match="numbers and quantities"):
        run("Width", "Interval[@2012-01-01, @2012-01-02]")


def test_point_from() -> None:
    assert run("PointFrom", "Interval[4, 5)") == 4
    assert run("PointFrom", "Interval[null, null]") is None
    with pytest.raises(InputError, match="more than one"):
        run("PointFrom", "Interval[4, 5]")


@pytest.mark.parametrize(
    ("point", "interval", "answer", "properly"),
    [
        ("5", "Interval[1, 10]", "true", "true"),
        ("1", "Interval[1, 10]", "true", "false"),
        ("10", "Interval[1, 10)", "false", "false"),
        ("3~5", "Interval[1, 10]", "true", "true"),
        ("3~12", "Interval[1, 10]", "null", "null"),
        ("null", "Interval[1, 10]", "null", "null"),
        ("@2012-06-01", "Interval[@2012-01-01, null]", "true", "true"),
        ("@2012-06-01", "Interval[@2012-01-01, null)", "null", "null"),
        ("@2011-06-01", "Interval[@2012-01-01, null)", "false", "false"),
        ("@2012", "Interval[@2012-01-01, @2012-12-31]", "null", "null"),
        ("5", "Interval[null, null]", "false", "null"),
    ],
)
def test_points_in_intervals(point: str, interval: str, answer: str, properly: str) -> None:
    assert is_literal(run("In", point, interval), answer)
    assert is_literal(run("Contains", interval, point), answer)
    assert is_literal(run("ProperIn", point, interval), properly)
    assert is_literal(run("ProperContains", interval, point), properly)


def test_nothing_is_in_null() -> None:
    call = Call(CONTEXT, (IntervalType(INTEGER), INTEGER), ANY)
    assert apply("Contains", call, None, 5) is False
    assert apply("In", Call(CONTEXT, (INTEGER, IntervalType(INTEGER)), ANY), 5, None) is False


@pytest.mark.parametrize(
    ("inner", "outer", "answer", "properly"),
    [
        ("Interval[4, 10]", "Interval[1, 10]", "true", "true"),
        ("Interval[1, 10]", "Interval[1, 10]", "true", "false"),
        ("Interval[4, 15]", "Interval[1, 10]", "false", "false"),
        ("Interval[4, null)", "Interval[1, 10]", "null", "null"),
        ("Interval[0, null)", "Interval[1, 10]", "false", "false"),
        ("Interval[1, 10]", "Interval[null, null]", "true", "true"),
        ("5", "Interval[1, 10]", "true", "true"),
        ("null", "Interval[1, 10]", "null", "null"),
    ],
)
def test_intervals_in_intervals(inner: str, outer: str, answer: str, properly: str) -> None:
    assert is_literal(run("IncludedIn", inner, outer), answer)
    assert is_literal(run("Includes", outer, inner), answer)
    assert is_literal(run("ProperIncludedIn", inner, outer), properly)
    assert is_literal(run("ProperIncludes", outer, inner), properly)


@pytest.mark.parametrize(
    ("left", "name", "right", "answer"),
    [
        ("Interval[1, 9]", "Before", "Interval[10, 20]", "true"),
        ("Interval[1, 10]", "Before", "Interval[10, 20]", "false"),
        ("9", "Before", "Interval[10, 20]", "true"),
        ("Interval[1, null)", "Before", "0", "false"),
        ("Interval[1, null)", "Before", "9", "null"),
        ("Interval[11, 20]", "After", "5", "true"),
        ("Interval(null, 5]", "After", "5", "false"),
        ("Interval[6, 10]", "SameOrAfter", "6", "true"),
        ("Interval[4, 6]", "SameOrBefore", "6", "true"),
        ("Interval[4, 6]", "SameAs", "Interval(3, 7)", "true"),
        ("Interval[4, 6]", "SameAs", "Interval[4, 7]", "false"),
        ("Interval[4, 10]", "Starts", "Interval[4, 15]", "true"),
        ("Interval[4, 16]", "Starts", "Interval[4, 15]", "false"),
        ("Interval[4, 10]", "Ends", "Interval[1, 10]", "true"),
        ("Interval[0, 10]", "Ends", "Interval[1, 10]", "false"),
        ("Interval[1, 10]", "Overlaps", "Interval[10, 20]", "true"),
        ("Interval[1, 10)", "Overlaps", "Interval[10, 20]", "false"),
        ("Interval[null, null]", "Overlaps", "Interval[1, 10]", "null"),
        ("Interval[@2012-02, @2012-03]", "Overlaps", "Interval[@2011, @2012]", "null"),
        ("Interval[1, 10]", "OverlapsBefore", "Interval[4, 10]", "true"),
        ("Interval[4, 10]", "OverlapsBefore", "Interval[4, 10]", "false"),
        ("Interval[4, 15]", "OverlapsAfter", "Interval[1, 10]", "true"),
        ("Interval[4, 10]", "OverlapsAfter", "Interval[1, 10]", "false"),
        ("Interval[1, 10]", "Meets", "Interval[11, 20]", "true"),
        ("Interval[11, 20]", "Meets", "Interval[1, 10]", "true"),
        ("Interval[1, 10]", "MeetsBefore", "Interval(10, 20]", "true"),
        ("Interval[1, 10]", "MeetsAfter", "Interval(10, 20]", "false"),
        ("Interval[@T03, @T04]", "Meets", "Interval[@T05, @T06]", "true"),
        ("Interval[1, null]", "MeetsBefore", "Interval[11, 20]", "false"),
        ("Interval(null, 5]", "MeetsAfter", "Interval[11, null)", "false"),
        ("Interval(null, 5]", "Meets", "Interval(null, 15)", "null"),
        ("Interval[null, null]", "MeetsBefore", "Interval[11, 20]", "null"),
    ],
)
def test_timing(left: str, name: str, right: str, answer: str) -> None:
    assert is_literal(run(name, left, right), answer)


@pytest.mark.parametrize(
    ("left", "name", "right", "answer"),
    [
        ("Interval[@2012-12-01, @2013-12-01]", "SameOrAfter", "@2012-12-15", "true"),
        ("@2012-11-15", "SameOrAfter", "Interval[@2012-12-01, @2013-12-01]", "false"),
        ("Interval[@2012-01-05, @2012-01-20]", "Meets", "Interval[@2012-02-10, @2012-03-01]", "true"),
        ("Interval[@2012-01-05, @2012-01-20]", "SameAs", "Interval[@2012-01-10, @2012-01-31]", "true"),
        ("@2012-01-31", "In", "Interval[@2011-01-05, @2012-01-20]", "true"),
        ("Interval[@2012-01-05, @2012-01-20]", "Overlaps", "Interval[@2012-01-21, @2012-03-01]", "true"),
    ],
)
def test_timing_by_month(left: str, name: str, right: str, answer: str) -> None:
    assert is_literal(run(name, left, right, precision="month"), answer)


@pytest.mark.parametrize(
    ("left", "name", "right", "result"),
    [
        ("Interval[1, 10]", "Union", "Interval[4, 15]", "Interval[1, 15]"),
        ("Interval[1, 10)", "Union", "Interval[10, 15)", "Interval[1, 15)"),
        ("Interval[1, 10]", "Union", "Interval[44, 50]", "null"),
        ("Interval[1, 10]", "Union", "Interval[5, null)", "Interval[1, null)"),
        ("Interval[1, 10]", "Intersect", "Interval(4, 15]", "Interval(4, 10]"),
        ("Interval[1, 10]", "Intersect", "Interval[11, 15]", "null"),
        ("Interval[1, 10]", "Intersect", "Interval[5, null)", "Interval[5, null)"),
        ("Interval[1, 10]", "Intersect", "Interval[5, null]", "Interval[5, 10]"),
        ("Interval[1, 10]", "Except", "Interval[4, 10]", "Interval[1, 3]"),
        ("Interval[1, 10]", "Except", "Interval[0, 4]", "Interval[5, 10]"),
        ("Interval[1, 10]", "Except", "Interval[3, 7]", "null"),
        ("Interval[1, 10]", "Except", "Interval[0, 20]", "null"),
        ("Interval[1, 10]", "Except", "Interval[11, 20]", "Interval[1, 10]"),
        ("Interval[1, 10]", "Except", "Interval[5, null)", "null"),
        ("Interval[1.0, 10.0]", "Except", "Interval[4.0, 10.0]", "Interval[1.0, 3.99999999]"),
        ("Interval[null, null]", "Except", "Interval[null, null]", "null"),
    ],
)
def test_sets(left: str, name: str, right: str, result: str) -> None:
    assert is_literal(run(name, left, right), result)


def cut(name: str, operand: str, per: str) -> object:
    value, size = literal(operand), literal(per)
    size = Quantity(size) if size is not None and not isinstance(size, Quantity) else size
    return apply(name, Call(CONTEXT, (type_of(value), ANY), ANY), value, size)


@pytest.mark.parametrize(
    ("intervals", "per", "result"),
    [
        ("{}", "null", "{}"),
        ("{null, Interval[1, 2]}", "null", "{Interval[1, 2]}"),
        ("{Interval[3, 7], Interval[1, 5], Interval[12, 19]}", "null", "{Interval[1, 7], Interval[12, 19]}"),
        ("{Interval[1, 9], Interval[2, 3], Interval[10, 12]}", "null", "{Interval[1, 12]}"),
        ("{Interval[1, 2], Interval[5, 6]}", "3", "{Interval[1, 6]}"),
        ("{Interval[1.0, 2.0], Interval[2.1, 3.0]}", "null", "{Interval[1.0, 3.0]}"),
        ("{Interval[1.0, 2.0], Interval[2.2, 3.0]}", "null", "{Interval[1.0, 2.0], Interval[2.2, 3.0]}"),
        (
            "{Interval[@2012-01-01, @2012-01-15], Interval[@2012-01-16, @2012-05-25]}",
            "null",
            "{Interval[@2012-01-01, @2012-05-25]}",
        ),
        (
            "{Interval[@2012-01-01, @2012-01-15], Interval[@2012-02-16, @2012-05-25]}",
            "1 month",
            "{Interval[@2012-01-01, @2012-05-25]}",
        ),
        ("{Interval[@T01, @T22], Interval[@T23, @T23]}", "3 hours", "{Interval[@T01, @T23]}"),
        ("{Interval[1, null], Interval[3, 4]}", "null", "{Interval[1, null]}"),
        # Where it is not known whether they touch, they stay apart
        ("{Interval[1, null), Interval[3, 4]}", "null", "{Interval[1, null), Interval[3, 4]}"),
        ("{Interval(null, null)}", "null", "{}"),
    ],
)
def test_collapse(intervals: str, per: str, result: str) -> None:
    assert cut("Collapse", intervals, per) == literal(result)


@pytest.mark.parametrize(
    ("interval", "per", "pieces", "points"),
    [
        ("Interval[1, 3]", "null", "{Interval[1, 1], Interval[2, 2], Interval[3, 3]}", "{1, 2, 3}"),
        ("Interval[1, 6)", "2", "{Interval[1, 2], Interval[3, 4]}", "{1, 3}"),
        ("Interval[1, 1]", "0.5", "{Interval[1.0, 1.4], Interval[1.5, 1.9]}", "{1.0, 1.5}"),
        ("Interval[10.0, 11.5]", "1", "{Interval[10., 10.], Interval[11., 11.]}", "{10., 11.}"),
        ("Interval[1 'cm', 30 'mm']", "10 'mm'", "{Interval[1 'cm', 1 'cm'], Interval[2 'cm', 2 'cm'], Interval[3 'cm', 3 'cm']}", "{1 'cm', 2 'cm', 3 'cm'}"),
        (
            "Interval[@2018-01-01, @2018-01-05]",
            "2 days",
            "{Interval[@2018-01-01, @2018-01-02], Interval[@2018-01-03, @2018-01-04]}",
            "{@2018-01-01, @2018-01-03}",
        ),
        ("Interval[@2018-01-01, @2018-01-20]", "1 week", "{Interval[@2018-01-01, @2018-01-07], Interval[@2018-01-08, @2018-01-14]}", "{@2018-01-01, @2018-01-08}"),
        ("Interval[@T22:10, @T23:50]", "1 hour", "{Interval[@T22, @T22], Interval[@T23, @T23]}", "{@T22, @T23}"),
        ("Interval[@T10, @T10]", "1 minute", "{}", "{}"),
        ("Interval[1, null)", "null", "{}", "{}"),
        ("Interval[1, null]", "null", "{}", "{}"),
    ],
)  # fmt: skip
def test_expand(interval: str, per: str, pieces: str, points: str) -> None:
    assert cut("Expand", "{null, " + interval + "}", per) == literal(pieces)
    assert cut("Expand", interval, per) == literal(points)


@pytest.mark.parametrize(
    ("interval", "per"),
    [
        ("Interval[1, 2000000]", "null"),
        ("Interval[0.0, 1.0]", "0.0000001"),
        ("Interval[@0001-01-01, @9998-01-01]", "1 day"),
        ("{Interval[1, 600000], Interval[700000, 1300000]}", "1"),
    ],
)
def test_expansions_are_bounded(interval: str, per: str) -> None:
    with pytest.raises(InputError, match="more than 1,000,000"):
        cut("Expand", interval, per)


@pytest.mark.parametrize("per", ["0", "-1", "1 'g'"])
def test_a_size_is_positive_and_of_the_same_kind(per: str) -> None:
    with pytest.raises(InputError, match="per"):
        cut("Expand", "Interval[1, 5]", per)
