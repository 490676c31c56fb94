"""Dates and times: arithmetic, comparison at a precision, durations."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.elm import moments
from lakmus.query.engines.reference.elm.rows import Call, apply
from lakmus.query.ir.elm.types import ANY
from lakmus.query.ir.elm.values import Date, DateTime, Precision, Time
from tests.query.cql.row_literals import CONTEXT, NOW, is_literal, literal, run

CALL = Call(CONTEXT, (), ANY)


@pytest.mark.parametrize(
    ("moment", "duration", "later"),
    [
        ("@2012-02-29", "1 year", "@2013-02-28"),
        ("@2012-01-31", "1 month", "@2012-02-29"),
        ("@2012-11-30", "3 months", "@2013-02-28"),
        ("@2018-05-02", "3 weeks", "@2018-05-23"),
        ("@2018-05-02", "2 'd'", "@2018-05-04"),
        ("@2018-05-02", "1.9 days", "@2018-05-03"),
        ("@2005-05-10T05:05:05.005Z", "995 'ms'", "@2005-05-10T05:05:06.000Z"),
        ("@2005-05-10T05:05:05.005+02:00", "1.5 seconds", "@2005-05-10T05:05:06.505+02:00"),
        # A finer duration counts in whole ones of the moment's precision
        ("@2014T", "24 months", "@2016T"),
        ("@2014T", "18 months", "@2015T"),
        ("@2014T", "735 days", "@2016T"),
        ("@2014-06", "33 days", "@2014-07"),
        ("@2005-05-10T", "25 hours", "@2005-05-11T"),
        ("@2005-05-10T", "23 hours", "@2005-05-10T"),
        # Times go round the clock
        ("@T23:30:00", "1 hour", "@T00:30:00"),
        ("@T15:59:59.999", "1 millisecond", "@T16:00:00.000"),
        ("@T10", "90 minutes", "@T11"),
    ],
)
def test_addition(moment: str, duration: str, later: str) -> None:
    assert is_literal(moments.add(CALL, literal(moment), literal(duration)), later)


@pytest.mark.parametrize(
    ("moment", "duration", "earlier"),
    [
        ("@2005-05-10", "6 months", "@2004-11-10"),
        ("@2014T", "25 months", "@2012T"),
        ("@2016-05T", "31535999 seconds", "@2015-05T"),
        ("@T00:30:00", "1 hour", "@T23:30:00"),
        ("@2012-03-31", "1 month", "@2012-02-29"),
        ("@2012-02-29", "-1 year", "@2013-02-28"),
    ],
)
def test_subtraction(moment: str, duration: str, earlier: str) -> None:
    assert is_literal(moments.subtract(CALL, literal(moment), literal(duration)), earlier)


@pytest.mark.parametrize(
    ("moment", "duration", "message"),
    [
        ("@2005-10-10", "8000 years", "years 1 to 9999"),
        ("@2005-10-10", "-99999999999 days", "years 1 to 9999"),
        ("@2005-10-10", "1 'a'", "no duration"),
        ("@2005-10-10", "1 'mo'", "no duration"),
        ("@2005-10-10", "1 'kg'", "no duration"),
        ("@2005-10-10", "1 hour", "to a date"),
        ("@T10:00", "1 day", "to a time"),
    ],
)
def test_what_cannot_be_added(moment: str, duration: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        moments.add(CALL, literal(moment), literal(duration))


@pytest.mark.parametrize(
    ("moment", "following"),
    [
        ("@2000", "@2001"),
        ("@2000-12", "@2001-01"),
        ("@2000-02-28", "@2000-02-29"),
        ("@2000-01-01T", "@2000-01-02T"),
        ("@2000-01-01T23Z", "@2000-01-02T00Z"),
        ("@T12:00:00.000", "@T12:00:00.001"),
    ],
)
def test_successor_and_predecessor(moment: str, following: str) -> None:
    assert moments.successor(literal(moment)) == literal(following)
    assert moments.predecessor(literal(following)) == literal(moment)


@pytest.mark.parametrize(
    "last", ["@9999", "@9999-12-31", "@T23:59:59.999", "@T23", "@9999-12-31T23:59:59.999Z"]
)
def test_nothing_follows_the_last(last: str) -> None:
    with pytest.raises(InputError, match="outside"):
        moments.successor(literal(last))


@pytest.mark.parametrize(
    ("moment", "digits", "low", "high"),
    [
        ("@2014", 6, "@2014-01", "@2014-12"),
        ("@2012-02", 8, "@2012-02-01", "@2012-02-29"),
        ("@2014-02", None, "@2014-02-01", "@2014-02-28"),
        ("@2014-01-01T08Z", 17, "@2014-01-01T08:00:00.000Z", "@2014-01-01T08:59:59.999Z"),
        ("@T10:30", 9, "@T10:30:00.000", "@T10:30:59.999"),
        ("@T10:30", 2, "@T10", "@T10"),
        ("@2014", 5, "null", "null"),
    ],
)
def test_boundaries(moment: str, digits: int | None, low: str, high: str) -> None:
    assert moments.low_boundary(literal(moment), digits) == literal(low)
    assert moments.high_boundary(literal(moment), digits) == literal(high)


def test_precision() -> None:
    assert moments.precision_of(Date((2012, 1))) is Precision.MONTH
    assert moments.precision_of(Time((12, 1))) is Precision.MINUTE


def constructed(name: str, *parts: Any) -> Any:
    return apply(name, Call(CONTEXT, (ANY,) * len(parts), ANY), *parts)


def test_constructors() -> None:
    assert constructed("Date", 2012, 2) == Date((2012, 2))
    assert constructed("Date", None) is None
    assert constructed("Time", 12, 30) == Time((12, 30))
    assert constructed("DateTime", 2012, 1, None, None) == DateTime((2012, 1), 0)
    offset = constructed("DateTime", 2012, 1, 1, 12, 30, 0, 0, Decimal("-5.5"))
    assert offset == DateTime((2012, 1, 1, 12, 30, 0, 0), -330)
    east = replace(CONTEXT, now=replace(NOW, offset=120))
    assert apply("DateTime", Call(east, (), ANY), 2012) == DateTime((2012,), 120)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Date", (2012, None, 1)),
        ("Date", (2013, 2, 29)),
        ("DateTime", (10000, 1, 1)),
        ("DateTime", (0, 1, 1)),
        ("DateTime", (2012, 1, 1, 0, 0, 0, 0, Decimal(15))),
        ("Time", (24,)),
    ],
)
def test_there_is_no_such_moment(name: str, parts: tuple[Any, ...]) -> None:
    with pytest.raises(InputError):
        constructed(name, *parts)


def test_now() -> None:
    assert run("Now") == NOW
    assert run("Today") == Date((2024, 2, 29))
    assert run("TimeOfDay") == Time((12, 30, 0, 0))


@pytest.mark.parametrize(
    ("moment", "component", "value"),
    [
        ("@2003-10-29T20:50:33.955Z", "millisecond", "955"),
        ("@2003-10", "month", "10"),
        ("@2003-10", "day", "null"),
        ("@T20:50", "hour", "20"),
        ("@T20:50", "second", "null"),
    ],
)
def test_components(moment: str, component: str, value: str) -> None:
    assert is_literal(run("DateTimeComponentFrom", moment, precision=component), value)


def test_date_time_and_offset_of_a_moment() -> None:
    moment = "@2012-01-01T00:30:00.000+05:30"
    assert is_literal(run("DateFrom", moment), "@2012-01-01")
    assert is_literal(run("TimeFrom", moment), "@T19:00:00.000")
    assert run("TimeFrom", "@2012-01-01T") is None
    assert run("TimezoneOffsetFrom", moment) == Decimal("5.5")


@pytest.mark.parametrize(
    ("left", "precision", "right", "same", "before"),
    [
        ("@2012-01-01", "month", "@2012-01-31", "true", "false"),
        ("@2012-01-01", "day", "@2012-01", "null", "null"),
        ("@2012-01-01", "day", "@2012-02", "false", "true"),
        ("@2012", "day", "@2012", "null", "null"),
        ("@T10:59", "hour", "@T10:00", "true", "false"),
        # Zones count from the hour on: a day is the day that was written
        ("@2022-02-22T23:00:00.0-05:00", "day", "@2022-02-23T04:00:00.0Z", "false", "true"),
        ("@2022-02-22T23:00:00.0-05:00", "hour", "@2022-02-23T04:00:00.0Z", "true", "false"),
        ("@2012-03-10T10:20:00.999+07:00", "hour", "@2012-03-10T09:20:00.999+06:00", "true", "false"),
        # Milliseconds are a precision of their own
        ("@T12:00:00", "millisecond", "@T12:00:00.000", "null", "null"),
        ("@T12:00:00", "second", "@T12:00:00.001", "true", "false"),
    ],
)
def test_points_at_a_precision(left: str, precision: str, right: str, same: str, before: str) -> None:
    assert is_literal(run("SameAs", left, right, precision=precision), same)
    assert is_literal(run("Before", left, right, precision=precision), before)
    assert is_literal(run("After", right, left, precision=precision), before)


@pytest.mark.parametrize(
    ("name", "left", "right", "answer"),
    [
        ("SameOrBefore", "@2012-01", "@2012-02", "true"),
        ("SameOrBefore", "@2012-02", "@2012-02", "true"),
        ("SameOrAfter", "@2012-01", "@2012-02", "false"),
        ("SameOrAfter", "@2012-01", "@2012", "null"),
    ],
)
def test_same_or_before_and_after(name: str, left: str, right: str, answer: str) -> None:
    assert is_literal(run(name, left, right), answer)


def test_weeks_are_no_precision_of_comparison() -> None:
    with pytest.raises(InputError, match="week is no precision"):
        run("SameAs", "@2012-01-01", "@2012-01-01", precision="week")


@pytest.mark.parametrize(
    ("low", "high", "unit", "duration", "difference"),
    [
        ("@2012-03-10", "@2013-03-10", "year", "1", "1"),
        ("@2012-03-10", "@2013-03-09", "year", "0", "1"),
        ("@2012-03-10T10:20:00", "@2013-03-10T09:20:00", "year", "0", "1"),
        ("@2014-01-31", "@2014-02-01", "month", "0", "1"),
        ("@2014-01-31", "@2014-02-28", "month", "0", "1"),
        ("@2016", "@1998", "year", "-18~-17", "-18"),
        # A week begins with a Sunday
        ("@2000-10-14", "@2000-10-15", "week", "0", "1"),
        ("@2000-10-15", "@2000-10-28", "week", "1", "1"),
        ("@2012-03-10T22:05:09", "@2012-03-24T07:19:33", "week", "1", "2"),
        # Durations are of real time; a day's boundary is that of the day written
        ("@2017-03-12T00:00:00-07:00", "@2017-03-13T00:00:00-06:00", "day", "0", "1"),
        ("@2017-03-12T01:00:00-07:00", "@2017-03-12T03:00:00-06:00", "hour", "1", "1"),
        ("@2017-11-05T01:30:00-06:00", "@2017-11-05T01:15:00-07:00", "minute", "45", "45"),
        # What is not written makes it uncertain
        ("@2005T", "@2010T", "year", "4~5", "5"),
        ("@2005-05T", "@2010-04T", "year", "4", "5"),
        ("@2014-01-15T", "@2014-02T", "day", "16~44", "17~44"),
        ("@2005T", "@2006-05T", "month", "4~16", "5~16"),
        ("@2000-10-15T10:30", "@2000-10-25T10:00", "day", "9", "10"),
        # Seconds are whole without milliseconds, and a Time is that of the full hour
        ("@T23:25:10.556", "@T23:25:15.555", "second", "4", "5"),
        ("@T06", "@T07:00:00", "hour", "1", "1"),
        ("@T06", "@T07:10", "minute", "10~70", "11~70"),
        ("@T20:20:15.555", "@T20:20:15.550", "millisecond", "-5", "-5"),
    ],
)
def test_durations(low: str, high: str, unit: str, duration: str, difference: str) -> None:
    assert is_literal(run("DurationBetween", low, high, precision=unit), duration)
    assert is_literal(run("DifferenceBetween", low, high, precision=unit), difference)
