"""Numbers and quantities: sums, products, rounding, ranges."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import arithmetic, number_functions  # noqa: F401 - they fill the table
from lakmus.query.engines.reference.elm.rows import Call, apply
from lakmus.query.engines.reference.elm.unit_products import product, quotient
from lakmus.query.ir.elm.types import BOOLEAN, DATETIME, DECIMAL, INTEGER, LONG, QUANTITY, CqlType
from lakmus.query.ir.elm.values import DateTime, Long
from tests.query.cql.row_literals import CONTEXT, is_literal, run


@pytest.mark.parametrize(
    ("name", "operands", "result"),
    [
        ("Add", ("1", "2"), "3"),
        ("Add", ("1L", "2L"), "3L"),
        ("Add", ("0.1", "0.2"), "0.3"),
        ("Add", ("1", "null"), "null"),
        ("Add", ("2147483647", "1"), "null"),
        ("Add", ("9223372036854775807L", "1L"), "null"),
        ("Subtract", ("-2147483648", "1"), "null"),
        ("Subtract", ("5", "7"), "-2"),
        ("Multiply", ("65536", "32768"), "null"),
        ("Multiply", ("65536L", "32768L"), "2147483648L"),
        ("Multiply", ("0.00001", "0.0005"), "0.00000001"),
        ("Divide", ("1.0", "3.0"), "0.33333333"),
        ("Divide", ("2.0", "3.0"), "0.66666667"),
        ("Divide", ("1.0", "0.0"), "null"),
        ("Divide", ("0.0", "0.0"), "null"),
        ("TruncatedDivide", ("7", "-2"), "-3"),
        ("TruncatedDivide", ("-7", "-2"), "3"),
        ("TruncatedDivide", ("7.5", "-2.0"), "-3.0"),
        ("TruncatedDivide", ("-2147483648", "-1"), "null"),
        ("TruncatedDivide", ("1", "0"), "null"),
        ("TruncatedDivide", ("1.0", "0.0"), "null"),
        ("Modulo", ("7", "-2"), "1"),
        ("Modulo", ("-7", "2"), "-1"),
        ("Modulo", ("-7L", "2L"), "-1L"),
        ("Modulo", ("7.5", "2.0"), "1.5"),
        ("Modulo", ("7", "0"), "null"),
        ("Negate", ("-2147483648",), "null"),
        ("Negate", ("1.5",), "-1.5"),
        ("Abs", ("-5L",), "5L"),
        ("Abs", ("-2147483648",), "null"),
        ("Power", ("2", "10"), "1024"),
        ("Power", ("2", "31"), "null"),
        ("Power", ("2L", "31L"), "2147483648L"),
        ("Power", ("2", "-2"), "0.25"),
        ("Power", ("0", "0"), "1"),
        ("Power", ("0", "-1"), "null"),
        ("Power", ("-8.0", "0.5"), "null"),
        ("Power", ("10.0", "99999999999999999999.0"), "null"),
        ("Predecessor", ("1.0",), "0.99999999"),
        ("Successor", ("1L",), "2L"),
        ("Successor", ("@2000-12-31",), "@2001-01-01"),
        # What is not known for certain stays so
        ("Add", ("1~5", "10"), "11~15"),
        ("Multiply", ("1~5", "2"), "2~10"),
        ("Negate", ("1~5",), "-5~-1"),
        ("Abs", ("-2~5",), "0~5"),
    ],
)
def test_arithmetic(name: str, operands: tuple[str, ...], result: str) -> None:
    assert is_literal(run(name, *operands), result)


@pytest.mark.parametrize(
    ("name", "operands", "result"),
    [
        ("Add", ("1 'm'", "1 'cm'"), "101 'cm'"),
        ("Add", ("1 'cm'", "1 'm'"), "101 'cm'"),
        ("Add", ("1 year", "1 month"), "13 month"),
        ("Subtract", ("3 'cm'", "1 'cm2'"), "null"),
        # Zero degrees Celsius are not zero degrees Fahrenheit: scales like these have no sums across
        ("Add", ("1 'Cel'", "1 'K'"), "null"),
        ("Multiply", ("3 'cm'", "4 'cm2'"), "12 'cm3'"),
        ("Multiply", ("2 'mg/mL'", "5 'mL'"), "10 'mg'"),
        ("Multiply", ("2 days", "3 '1'"), "6 days"),
        ("Divide", ("6 'mg'", "3 'mL'"), "2 'mg/mL'"),
        ("Divide", ("6 'mg'", "3 day"), "2 'mg/d'"),
        ("Divide", ("1 'g'", "500 'mg'"), "2 '1'"),
        ("Divide", ("1 'g'", "0 'mg'"), "null"),
        ("TruncatedDivide", ("10.1 'cm'", "3 'cm'"), "3 'cm'"),
        ("Modulo", ("1 'm'", "30 'cm'"), "0.1 'm'"),
        ("Modulo", ("1 'm'", "1 'g'"), "null"),
        ("Negate", ("1.50 'g'",), "-1.50 'g'"),
        ("Abs", ("-1.5 'g'",), "1.5 'g'"),
        ("Predecessor", ("1.0 'cm'",), "0.99999999 'cm'"),
        ("Add", ("@2012-01-31", "1 month"), "@2012-02-29"),
        ("Subtract", ("@T01:00", "2 hours"), "@T23:00"),
    ],
)
def test_quantities(name: str, operands: tuple[str, ...], result: str) -> None:
    assert is_literal(run(name, *operands), result)


@pytest.mark.parametrize(
    ("left", "right", "times", "by"),
    [
        ("cm", "cm", "cm2", "1"),
        ("g/cm3", "cm3", "g", "g/cm6"),
        ("mm[Hg]", "1", "mm[Hg]", "mm[Hg]"),
        ("10*3/uL", "uL", "10*3", "10*3/uL2"),
        ("1", "s", "s", "/s"),
        ("/s", "s", "1", "/s2"),
        ("mg", "kg.d", "mg.kg.d", "mg/kg/d"),
        ("{beats}", "min", "{beats}.min", "{beats}/min"),
        ("kg", "m/(s2)", "kg.(m/(s2))", "kg/(m/(s2))"),
    ],
)
def test_units_of_products_and_quotients(left: str, right: str, times: str, by: str) -> None:
    assert (product(left, right), quotient(left, right)) == (times, by)


def test_units_do_not_grow_without_end() -> None:
    with pytest.raises(InputError, match="too many"):
        product("m" * 150, "s" * 150)


@pytest.mark.parametrize(
    ("name", "operands", "result"),
    [
        ("Ceiling", ("-1.1",), "-1"),
        ("Ceiling", ("2147483647.2",), "null"),
        ("Floor", ("-1.1",), "-2"),
        ("Floor", ("-2147483648.2",), "null"),
        ("Truncate", ("-1.9",), "-1"),
        ("Round", ("0.5",), "1.0"),
        ("Round", ("-0.5",), "-1.0"),
        ("Round", ("3.14159", "3"), "3.142"),
        ("Round", ("3.14159", "null"), "3.0"),
        ("Round", ("314.0", "-2"), "300.0"),
        ("Round", ("null",), "null"),
        ("Exp", ("1.0",), "2.71828183"),
        ("Ln", ("1000.0",), "6.90775528"),
        ("Ln", ("-1.0",), "null"),
        ("Log", ("0.125", "2.0"), "-3.0"),
        ("Log", ("2.0", "1.0"), "null"),
        ("Log", ("0.0", "2.0"), "null"),
        ("Precision", ("1.58700",), "5"),
        ("Precision", ("@2014-01",), "6"),
        ("Precision", ("@2014-01-05T10:30:00.000Z",), "17"),
        ("Precision", ("@T10:30",), "4"),
        # Digits that are not written may be any
        ("LowBoundary", ("1.587", "8"), "1.587"),
        ("HighBoundary", ("1.587", "8"), "1.58799999"),
        ("LowBoundary", ("-1.587", "5"), "-1.58799"),
        ("HighBoundary", ("-1.587", "5"), "-1.587"),
        ("LowBoundary", ("1.587", "2"), "1.58"),
        ("HighBoundary", ("1.587", "2"), "1.59"),
        ("HighBoundary", ("1.58888", "null"), "1.58888999"),
        ("HighBoundary", ("1.5", "9"), "null"),
        ("LowBoundary", ("null", "8"), "null"),
        ("LowBoundary", ("@2014", "6"), "@2014-01"),
        ("HighBoundary", ("@T10:30", "9"), "@T10:30:59.999"),
    ],
)
def test_functions(name: str, operands: tuple[str, ...], result: str) -> None:
    assert is_literal(run(name, *operands), result)


@pytest.mark.parametrize(
    ("name", "operand"), [("Exp", "1000.0"), ("Ln", "0.0"), ("Predecessor", "-2147483648")]
)
def test_results_that_are_errors(name: str, operand: str) -> None:
    with pytest.raises(InputError):
        run(name, operand)


@pytest.mark.parametrize(
    ("name", "operands"), [("Negate", ("0.0",)), ("Round", ("-0.4",)), ("Multiply", ("-1.0", "0.0"))]
)
def test_zero_has_no_sign(name: str, operands: tuple[str, ...]) -> None:
    assert not run(name, *operands).is_signed()


@pytest.mark.parametrize(
    ("type_", "least", "greatest"),
    [
        (INTEGER, -(2**31), 2**31 - 1),
        (LONG, Long(-(2**63)), Long(2**63 - 1)),
        (DECIMAL, Decimal("-99999999999999999999.99999999"), Decimal("99999999999999999999.99999999")),
        (
            QUANTITY,
            Quantity(Decimal("-99999999999999999999.99999999")),
            Quantity(Decimal("99999999999999999999.99999999")),
        ),
        (DATETIME, DateTime((1, 1, 1, 0, 0, 0, 0), 0), DateTime((9999, 12, 31, 23, 59, 59, 999), 0)),
    ],
)
def test_ends_of_ranges(type_: CqlType, least: object, greatest: object) -> None:
    call = Call(CONTEXT, (), type_)
    assert (apply("MinValue", call), apply("MaxValue", call)) == (least, greatest)


def test_types_without_a_range() -> None:
    with pytest.raises(InputError, match="Boolean"):
        apply("MaxValue", Call(CONTEXT, (), BOOLEAN))


@pytest.mark.parametrize("name", ["Ceiling", "Floor", "Truncate", "Round", "LowBoundary", "Add"])
def test_numbers_with_enormous_exponents_cost_nothing(name: str) -> None:
    huge = Decimal("1E+999999999")
    operands = (huge, 1) if name == "LowBoundary" else (huge, huge) if name == "Add" else (huge,)
    assert apply(name, Call(CONTEXT, (DECIMAL,) * len(operands), DECIMAL), *operands) is None
