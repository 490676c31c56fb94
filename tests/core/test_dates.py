"""FHIR dates and times: what is accepted, what span each means, how they compare."""

from datetime import UTC, date, datetime

import pytest

from lakmus.core.dates import (
    DAY,
    MINUTE,
    SECOND,
    Precision,
    from_datetime,
    parse_date,
    parse_datetime,
    parse_datetime_literal,
    parse_instant,
    parse_time,
    parse_time_literal,
    to_datetime,
)
from lakmus.core.errors import InputError, Place

ACCEPTED = [
    (parse_date, "2020", Precision.YEAR),
    (parse_date, "2020-05", Precision.MONTH),
    (parse_date, "2020-02-29", Precision.DAY),
    (parse_datetime, "0001", Precision.YEAR),
    (parse_datetime, "2020-05", Precision.MONTH),
    (parse_datetime, "2020-05-07T10:11:12+03:00", Precision.SECOND),
    (parse_datetime, "2020-05-07T10:11:12.123456789Z", Precision.SECOND),
    (parse_datetime, "2016-12-31T23:59:60Z", Precision.SECOND),
    (parse_instant, "2020-05-07T10:11:12-14:00", Precision.SECOND),
    (parse_datetime_literal, "2020-05-07T10", Precision.HOUR),
    (parse_datetime_literal, "2020-05-07T10:30", Precision.MINUTE),
    (parse_datetime_literal, "2020-05T", Precision.MONTH),
    (parse_time, "23:59:59.5", Precision.SECOND),
    (parse_time_literal, "10:30", Precision.MINUTE),
]

REFUSED = [
    (parse_date, "2020-13"),
    (parse_date, "2021-02-29"),
    (parse_date, "0000"),
    (parse_date, "20-05-07"),
    (parse_date, "2020-5-7"),
    (parse_date, "2020-05-07T10:11:12Z"),
    (parse_date, "٢٠٢٠"),
    (parse_date, "2020\n"),
    (parse_datetime, "2020-05-07T10:11"),
    (parse_datetime, "2020-05-07T10:11:12"),
    (parse_datetime, "2020-05T10:11:12Z"),
    (parse_datetime, "2020-05-07T24:00:00Z"),
    (parse_datetime, "2020-05-07T10:11:12+15:00"),
    (parse_datetime, "2020-05-07T10:11:12." + "1" * 99 + "Z"),
    (parse_instant, "2020-05-07"),
    (parse_datetime_literal, "2020T10"),
    (parse_time, "10:30"),
    (parse_time, "25:00:00"),
]

COMPARED = [
    ("2020", "2021", -1),
    ("2020-05", "2020-06-01", -1),
    ("2020-05", "2020-05-07", None),
    ("2020", "2020", 0),
    ("2020-05-07T10:00:00Z", "2020-05-07T13:00:00+03:00", 0),
    ("2020-05-07T10:00:00Z", "2020-05-07T10:00:00.000Z", 0),
    ("2020-05-07T10:00:00Z", "2020-05-07T10:00:00.001Z", -1),
    ("2020-05-07", "2020-05-07T10:00:00Z", None),
    ("2020-05-08", "2020-05-07T23:59:59Z", 1),
    ("2020-05-07T10:00:00.1234567Z", "2020-05-07T10:00:00.123456Z", 0),
]


@pytest.mark.parametrize(("parse", "text", "precision"), ACCEPTED)
def test_accepted_and_printed_as_sent(parse, text, precision):
    value = parse(text)
    assert (str(value), value.precision) == (text, precision)


@pytest.mark.parametrize(("parse", "text"), REFUSED)
def test_refused_without_repeating_the_text(parse, text):
    with pytest.raises(InputError) as caught:
        parse(text, Place("file.ndjson", 3))
    assert text.strip() not in str(caught.value)
    assert "file.ndjson:3" in str(caught.value)


@pytest.mark.parametrize(("left", "right", "expected"), COMPARED)
def test_comparison_knows_when_it_cannot_tell(left, right, expected):
    a, b = parse_datetime(left), parse_datetime(right)
    assert a.compare(b) == expected
    assert b.compare(a) == (None if expected is None else -expected)


def test_the_zone_given_holds_where_none_was_written():
    day, moment = parse_datetime("2020-05-07"), parse_datetime("2020-05-06T22:00:00Z")
    assert day.compare(moment) == 1
    assert day.compare(moment, zone=180) is None


def test_span_of_a_partial_date():
    may = parse_date("2020-05")
    assert may.high() - may.low() == 31 * DAY - 1
    assert (may.earliest_day(), may.latest_day()) == (date(2020, 5, 1), date(2020, 5, 31))
    assert may.is_partial
    assert not parse_date("2020-05-01").is_partial


def test_span_of_times():
    assert parse_time("10:00:00").high() - parse_time("10:00:00").low() == SECOND - 1
    assert parse_time_literal("10:30").high() - parse_time_literal("10:30").low() == MINUTE - 1
    assert parse_time_literal("10").compare(parse_time("10:30:00")) is None
    assert parse_time("10:30:00").compare(parse_time("10:30:01")) == -1


def test_instants_and_datetimes():
    moment = datetime(2020, 5, 7, 10, 11, 12, 500_000, tzinfo=UTC)
    assert to_datetime(from_datetime(moment).low()) == moment
    assert str(from_datetime(moment)) == "2020-05-07T10:11:12.500+00:00"
    with pytest.raises(InputError):
        to_datetime(parse_instant("0001-01-01T00:00:00+14:00").low())
