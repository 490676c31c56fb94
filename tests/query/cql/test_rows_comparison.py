"""Equal, equivalent, ordered: each row is two values and what the operator gives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from lakmus.core.errors import InputError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference.elm import comparison, uncertainty
from lakmus.query.engines.reference.elm.rows import Call
from lakmus.query.ir.elm.types import ANY, Named
from lakmus.query.ir.elm.values import (
    Code,
    Concept,
    DateTime,
    Instance,
    Ratio,
    Tuple,
    Uncertainty,
    ValueSet,
)
from tests.query.cql.row_literals import CONTEXT, is_literal, run

CALL = Call(CONTEXT, (), ANY)
LOINC = "http://loinc.org"


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        ("1", "1", "true"),
        ("1", "1.00", "true"),
        ("true", "1", "false"),
        ("'a'", "'A'", "false"),
        ("1", "'1'", "false"),
        ("null", "1", "null"),
        # Quantities are compared in one unit; what is not of one dimension is not compared
        ("1 'cm'", "0.01 'm'", "true"),
        ("1 'cm'", "1 'g'", "null"),
        ("1 week", "7 days", "true"),
        ("1 day", "24 'h'", "true"),
        ("1 year", "12 months", "true"),
        ("1 year", "1 'a'", "null"),
        ("1 month", "30 days", "null"),
        # Dates and times: a missing part leaves it open, unless an earlier one differs
        ("@2012-01-01", "@2012-01-01", "true"),
        ("@2012", "@2012", "true"),
        ("@2012", "@2012-01", "null"),
        ("@2012", "@2013-01", "false"),
        ("@T10", "@T10:00", "null"),
        ("@2012-01-01T10:00:00.0Z", "@2012-01-01T12:00:00.0+02:00", "true"),
        ("@2012-01-01T23:30:00.0Z", "@2012-01-02T", "false"),
        ("@2012-01-01", "@T10", "false"),
        # Uncertainties
        ("3~5", "6", "false"),
        ("3~5", "4", "null"),
        # Lists, in order; nulls in one place are equal
        ("{1, 2}", "{1, 2}", "true"),
        ("{1, 2}", "{2, 1}", "false"),
        ("{1, null}", "{1, null}", "true"),
        ("{1, null}", "{1, 2}", "null"),
        ("{1, null}", "{2, null}", "false"),
        ("{1}", "{1, null}", "false"),
        # Intervals by their ends
        ("Interval[1, 4]", "Interval(0, 5)", "true"),
        ("Interval[1, null]", "Interval[1, 2147483647]", "true"),
        ("Interval[1, null)", "Interval[1, 7]", "null"),
        ("Interval[1, null)", "Interval[2, 7]", "false"),
        ("Interval[5, null)", "Interval[5, null)", "null"),
    ],
)
def test_equal(left: str, right: str, answer: str) -> None:
    opposite = {"true": "false", "false": "true", "null": "null"}[answer]
    assert is_literal(run("Equal", left, right), answer)
    assert is_literal(run("Equal", right, left), answer)
    assert is_literal(run("NotEqual", left, right), opposite)


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        ("null", "null", True),
        ("null", "1", False),
        ("'Abel  B'", "'abel b'", True),
        # Decimals by the digits of the one that has fewer; zeros at the end are none
        ("1.5", "1.55", False),
        ("1.50", "1.55", False),
        ("1.001", "1.000", True),
        ("1", "1.0", True),
        ("1", "2", False),
        ("1 'cm'", "0.01 'm'", True),
        ("1 'cm'", "1 'g'", False),
        ("1 year", "1 'a'", True),
        ("1 year", "365 days", True),
        ("30 days", "1 month", True),
        ("2 'mo'", "2 months", True),
        ("@2012", "@2012-01", False),
        ("{1, null}", "{1, null}", True),
        ("{1, null}", "{1}", False),
        ("Interval[1, 4]", "Interval(0, 5)", True),
        ("Interval[1, null)", "Interval[1, null)", True),
        ("Interval[1, null)", "Interval[1, null]", False),
        ("3~5", "3~5", True),
        ("3~5", "4", False),
    ],
)
def test_equivalent(left: str, right: str, answer: bool) -> None:
    assert run("Equivalent", left, right) is answer
    assert run("Equivalent", right, left) is answer


@pytest.mark.parametrize(
    ("left", "right", "less", "at_most"),
    [
        ("1", "2.5", "true", "true"),
        ("2", "2", "false", "true"),
        ("'Jack'", "'Jill'", "true", "true"),
        ("1 'm'", "10 'cm'", "false", "false"),
        ("1 'm'", "10 'g'", "null", "null"),
        ("@2013", "@2014-02-15", "true", "true"),
        ("@2014", "@2014-02-15", "null", "null"),
        ("@T10:00", "@T09", "false", "false"),
        ("3~5", "6", "true", "true"),
        ("3~5", "5", "null", "true"),
        ("3~5", "3", "false", "null"),
        ("3~5", "2", "false", "false"),
        ("null", "2", "null", "null"),
    ],
)
def test_order(left: str, right: str, less: str, at_most: str) -> None:
    assert is_literal(run("Less", left, right), less)
    assert is_literal(run("LessOrEqual", left, right), at_most)
    assert is_literal(run("Greater", right, left), less)
    assert is_literal(run("GreaterOrEqual", right, left), at_most)


def test_values_of_two_kinds_have_no_order() -> None:
    with pytest.raises(InputError, match="no order"):
        run("Less", "1", "'a'")


CM, MM = Quantity(Decimal(1), "cm"), Quantity(Decimal(10), "mm")
SYSTOLIC = Code("8480-6", LOINC, display="Systolic")
NAMED = Code("8480-6", LOINC, display="Systolic blood pressure")
OTHER = Code("8480-6", "urn:other")


@pytest.mark.parametrize(
    ("left", "right", "equal", "equivalent"),
    [
        (SYSTOLIC, SYSTOLIC, True, True),
        (SYSTOLIC, NAMED, False, True),
        (SYSTOLIC, OTHER, False, False),
        (SYSTOLIC, Code("8480-6", LOINC), None, True),
        (Concept((SYSTOLIC, OTHER)), Concept((NAMED,)), False, True),
        (Concept((OTHER,)), Concept((NAMED,)), False, False),
        (ValueSet("urn:a", name="A"), ValueSet("urn:a", name="B"), True, True),
        (ValueSet("urn:a", "1"), ValueSet("urn:a", "2"), False, True),
        (Ratio(CM, CM), Ratio(MM, MM), True, True),
        (Ratio(CM, Quantity(Decimal(2), "cm")), Ratio(MM, Quantity(Decimal(30), "mm")), False, False),
        (Ratio(CM, Quantity(Decimal(2), "cm")), Ratio(CM, Quantity(Decimal(3), "g")), None, False),
        (
            Ratio(Quantity(Decimal(1)), CM),
            Ratio(Quantity(Decimal(2)), Quantity(Decimal(2), "cm")),
            False,
            True,
        ),
        (Tuple({"id": 1, "name": "A"}), Tuple({"name": "A", "id": 1}), True, True),
        (Tuple({"id": 1, "name": None}), Tuple({"id": 2, "name": "A"}), False, False),
        # Elements are taken in order: the first that is not known decides
        (Tuple({"id": None, "name": "A"}), Tuple({"id": 1, "name": "B"}), None, False),
        (Tuple({"id": None}), Tuple({"id": None}), True, True),
        (Tuple({"id": 1}), Tuple({"name": 1}), False, False),
        (
            Instance(Named("FHIR", "code"), "final", "Observation/1.status"),
            Instance(Named("FHIR", "code"), "final", "Observation/2.status"),
            True,
            True,
        ),
        (Instance(Named("FHIR", "code"), "final"), Instance(Named("FHIR", "string"), "final"), False, False),
    ],
)
def test_structures(left: Any, right: Any, equal: bool | None, equivalent: bool) -> None:
    assert comparison.equal(CALL, left, right) is equal
    assert comparison.equivalent(CALL, left, right) is equivalent


def test_a_concept_is_equivalent_to_a_code_it_has() -> None:
    assert comparison.equivalent(CALL, Concept((OTHER, SYSTOLIC)), NAMED)
    assert not comparison.equivalent(CALL, NAMED, Concept((OTHER,)))


@pytest.mark.parametrize(
    ("precision", "answer"), [("", 1), ("month", 0), ("day", 1), ("hour", 1), ("millisecond", None)]
)
def test_order_is_at_the_precision_of_the_call(precision: str, answer: int | None) -> None:
    left, right = DateTime((2012, 1, 2, 0, 30), 0), DateTime((2012, 1, 1, 23, 59), 0)
    if precision == "millisecond":
        left = DateTime((2012, 1, 1, 23, 59), 0)
    assert comparison.order(Call(CONTEXT, (), ANY, precision), left, right) == answer


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (uncertainty.add(Uncertainty(1, 4), 2), Uncertainty(3, 6)),
        (uncertainty.subtract(Uncertainty(16, 44), Uncertainty(4, 16)), Uncertainty(0, 40)),
        (uncertainty.multiply(Uncertainty(-1, 4), Uncertainty(2, 3)), Uncertainty(-3, 12)),
        (uncertainty.multiply(Uncertainty(1, 4), 0), 0),
        (uncertainty.negate(Uncertainty(1, 4)), Uncertainty(-4, -1)),
        (uncertainty.absolute(Uncertainty(-4, 1)), Uncertainty(0, 4)),
        (uncertainty.absolute(Uncertainty(-4, -1)), Uncertainty(1, 4)),
    ],
)
def test_arithmetic_of_uncertainties(value: Any, expected: Any) -> None:
    assert value == expected


HUGE = Decimal("1E+999999")


def test_numbers_out_of_all_range_are_compared_all_the_same() -> None:
    assert comparison.equivalent(CALL, HUGE, HUGE)
    assert not comparison.equivalent(CALL, HUGE, Decimal(1))
    assert comparison.equivalent(CALL, Decimal("1.1"), Decimal("1.1" + "0" * 500 + "1"))
    assert comparison.order(CALL, HUGE, 1) == 1
