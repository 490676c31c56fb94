"""Random expressions over real shapes: nothing escapes but errors for users, and static types tell the truth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakmus.core.dates import parse_datetime_literal, parse_time_literal
from lakmus.core.errors import LakmusError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.reference import Environment, Value, evaluate
from lakmus.query.engines.reference.types import is_of
from lakmus.query.engines.reference.units import PlainUnits
from lakmus.query.frontends.fhirpath import Options, compile, syntax
from lakmus.query.frontends.fhirpath.functions import CATALOGUE
from lakmus.query.frontends.fhirpath.parser import POWER
from lakmus.query.frontends.fhirpath.syntax import Expression
from lakmus.query.ir import FhirR4, Node
from lakmus.query.ir.types import ANY, BOOLEAN, DATE, DATETIME, DECIMAL, INTEGER, QUANTITY, STRING, TIME
from tests.query.test_reference import RESOURCES

ENVIRONMENT = Environment(budget=20_000, resolver=lambda _: None)
MEMBERS = {
    "Patient": [
        "name",
        "active",
        "birthDate",
        "multipleBirth",
        "contained",
        "id",
        "text",
        "maritalStatus",
        "managingOrganization",
    ],
    "Observation": ["value", "status", "code", "component", "effective"],
}
STEPS = [
    "given",
    "family",
    "use",
    "id",
    "extension",
    "value",
    "unit",
    "code",
    "coding",
    "text",
    "div",
    "system",
    "reference",
]
TYPES = (
    "Quantity",
    "string",
    "String",
    "Integer",
    "Patient",
    "Observation",
    "HumanName",
    "dateTime",
    "Boolean",
    "code",
)
LITERALS: list[tuple[Any, Any]] = [
    (0, INTEGER),
    (1, INTEGER),
    (2147483647, INTEGER),
    (Decimal("1.50"), DECIMAL),
    (True, BOOLEAN),
    (False, BOOLEAN),
    ("", STRING),
    ("abc", STRING),
    ("2020-05", STRING),
    ("hex", STRING),
    (parse_datetime_literal("2020-02-29"), DATE),
    (parse_datetime_literal("2020"), DATE),
    (parse_datetime_literal("2020-05-01T10:30:00+03:00"), DATETIME),
    (parse_datetime_literal("2020-05-01T10"), DATETIME),
    (parse_time_literal("10:30"), TIME),
    (Quantity(Decimal("1.5"), "kg"), QUANTITY),
    (Quantity(Decimal(2), "month"), QUANTITY),
]


def leaves(context: str) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.sampled_from([syntax.Constant(value, type_) for value, type_ in LITERALS]),
        st.sampled_from([syntax.Name(None, name) for name in MEMBERS[context]]),
        st.sampled_from([syntax.Special("$this"), syntax.Nothing(), syntax.External("resource")]),
    )


@st.composite
def calls(draw: st.DrawFn, inner: st.SearchStrategy[Expression]) -> Expression:
    row = draw(st.sampled_from(sorted(CATALOGUE.values(), key=lambda row: row.name)))
    count = draw(st.integers(row.least, min(2, int(min(row.most, 3))) if row.most >= 2 else int(row.most)))
    types = row.name in ("is", "as", "ofType")
    argument = st.sampled_from([syntax.Name(None, name) for name in TYPES]) if types else inner
    arguments = tuple(draw(argument) for _ in range(max(row.least, count)))
    return syntax.Call(draw(st.none() | inner), row.name, arguments)


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        calls(inner),
        st.builds(syntax.Name, inner, st.sampled_from(STEPS)),
        st.builds(syntax.Indexed, inner, inner),
        st.builds(syntax.Sign, st.sampled_from("+-"), inner),
        st.builds(syntax.Binary, st.sampled_from(sorted(POWER.keys() - {"is", "as"})), inner, inner),
        st.builds(
            syntax.Typed, st.sampled_from(("is", "as")), inner, st.sampled_from([(name,) for name in TYPES])
        ),
    )


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, Expression]:
    """A type of resource and an expression on it."""
    context = draw(st.sampled_from(sorted(MEMBERS)))
    return context, draw(st.recursive(leaves(context), _grown, max_leaves=8))


def holds(node: Node, items: list[Value]) -> bool:
    """Whether a collection is what the tree's type promised."""
    type_ = node.type
    known = all(any(is_of(item.type, name, FhirR4()) for name in type_.names) for item in items)
    return (type_.many or len(items) <= 1) and (type_.unknown or known)


def check(question: tuple[str, Expression], strict: bool) -> None:
    context, expression = question
    try:
        tree = compile(expression, context=context, options=Options(strict=strict))
        found = evaluate(tree, RESOURCES[context], ENVIRONMENT)
    except LakmusError:
        return
    assert holds(tree, found), f"{tree.type} promised, {[str(item.type) for item in found]} found"


@settings(max_examples=150, deadline=None)
@given(asked(), st.booleans())
def test_types_tell_the_truth_and_only_errors_for_users_escape(
    question: tuple[str, Expression], strict: bool
) -> None:
    check(question, strict)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(max_examples=5000, deadline=None)
@given(asked(), st.booleans())
def test_the_same_at_length(question: tuple[str, Expression], strict: bool) -> None:
    check(question, strict)


@given(
    st.decimals(-(10**6), 10**6, places=2),
    st.sampled_from(("day", "week", "wk", "h", "ms", "kg", "month", "year")),
)
def test_plain_units_convert_back_and_forth(value: Decimal, unit: str) -> None:
    units = PlainUnits()
    base, name = units.canonical(value, unit)
    assert units.convert(value, unit, name) == base
    assert units.convert(base, name, unit) == value
    assert units.convert(value, unit, "no unit") is None


def test_unknown_is_a_promise_of_nothing() -> None:
    tree = compile("descendants()", context="Patient")
    assert ANY in tree.type.names
    assert holds(tree, evaluate(tree, RESOURCES["Patient"]))
