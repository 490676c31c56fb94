"""Conversions, and the texts of values."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import conversion  # noqa: F401 - it fills the table
from lakmus.query.engines.reference.elm.literals import parse_date, parse_datetime, parse_time, written
from lakmus.query.engines.reference.elm.rows import Call, apply
from lakmus.query.ir.elm.types import ANY
from lakmus.query.ir.elm.values import Code, Concept, Date, DateTime, Long, Ratio, Time, Uncertainty
from tests.query.cql.row_literals import CONTEXT, literal

WESTERN = replace(CONTEXT, now=DateTime((2024, 2, 29, 12, 30, 0, 0), -300))
GRAM = Quantity(Decimal("1.5"), "g")
CODE = Code("8480-6", "http://loinc.org", None, "Systolic")


def _run(name: str, *operands: Any) -> Any:
    return apply(name, Call(WESTERN, (ANY,) * len(operands), ANY), *operands)


@pytest.mark.parametrize(
    ("type_", "value", "result"),
    [
        ("Boolean", "Y", True),
        ("Boolean", "0", False),
        ("Boolean", "falsetto", None),
        ("Boolean", Decimal("1.0"), True),
        ("Boolean", 2, None),
        ("Boolean", False, False),
        ("Integer", "-25", -25),
        ("Integer", "+7", 7),
        ("Integer", "2147483648", None),
        ("Integer", "1.0", None),
        ("Integer", Long(2**31), None),
        ("Integer", True, 1),
        ("Long", "2147483648", Long(2147483648)),
        ("Long", 5, Long(5)),
        ("Long", "9223372036854775808", None),
        ("Decimal", "+25.5", Decimal("25.5")),
        ("Decimal", ".5", None),
        ("Decimal", "1.123456789", Decimal("1.12345679")),
        ("Decimal", "1" * 40, None),
        ("Decimal", True, Decimal(1)),
        ("Decimal", Uncertainty(1, 2), Uncertainty(1, 2)),
        ("Quantity", "5.5 'cm'", Quantity(Decimal("5.5"), "cm")),
        ("Quantity", "-1", Quantity(Decimal(-1))),
        ("Quantity", "4 days", Quantity(Decimal(4), "day")),
        ("Quantity", "4 'cm", None),
        ("Quantity", "4 fortnights", None),
        ("Quantity", 13, Quantity(Decimal(13))),
        ("Quantity", Ratio(GRAM, Quantity(Decimal(3), "g")), Quantity(Decimal("0.5"))),
        ("Ratio", "1.5 'g':2 'g'", Ratio(GRAM, Quantity(Decimal(2), "g"))),
        ("Ratio", "1.5 'g';2 'g'", None),
        ("Concept", CODE, Concept((CODE,), "Systolic")),
        ("Concept", [CODE, CODE], Concept((CODE, CODE))),
        ("Date", "2014-01", Date((2014, 1))),
        ("Date", "2014-01-01T12:30:00", Date((2014, 1, 1))),
        ("Date", "2014-02-30", None),
        ("Date", DateTime((2014, 1, 1, 12), 0), Date((2014, 1, 1))),
        ("DateTime", "2014-01-01", DateTime((2014, 1, 1), -300)),
        ("DateTime", "2014-01-01T12:05:05.9+01:30", DateTime((2014, 1, 1, 12, 5, 5, 900), 90)),
        ("DateTime", "2014/01/01", None),
        ("DateTime", Date((2014, 1)), DateTime((2014, 1), -300)),
        ("Time", "T14:30:00.0+05:30", Time((14, 30, 0, 0))),
        ("Time", "14:30", Time((14, 30))),
        ("Time", "T14-30", None),
        ("List", 1, [1]),
        ("List", None, []),
        ("String", None, None),
    ],
)
def test_conversions(type_: str, value: Any, result: Any) -> None:
    found = _run(f"To{type_}", value)
    assert type(found) is type(result)
    assert found == result


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (-5, "-5"),
        (Long(7), "7"),
        (Decimal(5), "5.0"),
        (Decimal("18.550"), "18.550"),
        (Decimal("1E+3"), "1000.0"),
        (Decimal("1E+999999999"), "1E+999999999"),
        (Quantity(Decimal(125), "cm"), "125 'cm'"),
        (Quantity(Decimal(4), "days"), "4 days"),
        (Quantity(Decimal(1), "days"), "1 day"),
        (Ratio(GRAM, Quantity(Decimal(2), "g")), "1.5 'g':2 'g'"),
        (Date((2012, 1)), "2012-01"),
        (DateTime((2000, 1, 1), 0), "2000-01-01"),
        (DateTime((2000, 1, 1, 8, 25, 25, 300), -420), "2000-01-01T08:25:25.300-07:00"),
        # A zone that everything without a zone has goes without saying
        (DateTime((2000, 1, 1, 8), -300), "2000-01-01T08"),
        (Time((9, 30, 1, 3)), "09:30:01.003"),
    ],
)
def test_text(value: Any, text: str) -> None:
    assert _run("ToString", value) == text


@pytest.mark.parametrize(
    "value", [Decimal("0.10"), Quantity(Decimal(4), "day"), Ratio(GRAM, GRAM), GRAM, Time((9,))]
)
def test_text_reads_back(value: Any) -> None:
    assert _run(f"To{type(value).__name__}", written(value)) == value


@pytest.mark.parametrize(
    ("type_", "value", "converts"),
    [
        ("Integer", "7", True),
        ("Integer", "seven", False),
        ("Integer", Date((2014,)), False),
        ("DateTime", Date((2014,)), True),
        ("Boolean", "no", True),
        ("String", CODE, False),
        ("Quantity", True, False),
        ("Decimal", None, None),
    ],
)
def test_what_converts(type_: str, value: Any, converts: bool | None) -> None:
    assert _run(f"ConvertsTo{type_}", value) is converts


def test_units_are_converted() -> None:
    assert _run("ConvertQuantity", GRAM, "mg") == Quantity(Decimal(1500), "mg")
    assert _run("ConvertQuantity", GRAM, "cm") is None
    assert _run("CanConvertQuantity", GRAM, "mg") is True
    assert _run("CanConvertQuantity", GRAM, "cm") is False


@pytest.mark.parametrize("text", ["2012-13", "2012-02-30", "2012-1", "12", "2012-01-01T", "٢٠١٢"])
def test_these_are_no_dates(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2012T10",
        "2012-01-01T25",
        "2012-01-01T10:60",
        "2012-01-01T10+15:00",
        "2012-01-01Z",
        "2012-01-01T10:00+01:99",
    ],
)
def test_these_are_no_moments(text: str) -> None:
    assert parse_datetime(text, 0) is None


def test_literals() -> None:
    assert parse_datetime("2012T", 60) == DateTime((2012,), 60)
    assert parse_datetime("2012-02-29T10:30Z", 60) == literal("@2012-02-29T10:30Z")
    assert parse_time("T23:59:59.10000") == Time((23, 59, 59, 100))
    assert parse_time("24:00") is None
