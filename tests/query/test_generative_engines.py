"""Random expressions over random paths: where the DuckDB engine answers, it answers as the reference engine does."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings

from lakmus.core.clock import FixedClock
from lakmus.core.errors import LakmusError, UnsupportedError
from lakmus.core.quantities import Quantity
from lakmus.query.engines.duckdb import DUCKDB
from lakmus.query.engines.reference import Environment, evaluate
from lakmus.query.engines.reference.values import as_system
from lakmus.query.frontends.fhirpath import compile
from lakmus.query.frontends.fhirpath.syntax import Expression
from lakmus.query.ir.node import Node
from lakmus.terminology.units import Units
from tests.query.duckdb_row import Rows
from tests.query.fhirpath_suite import Result
from tests.query.test_reference import RESOURCES
from tests.query.test_reference_generative import asked

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ENVIRONMENT = Environment(clock=FixedClock(NOW), units=Units(), site="north", budget=50_000)
ROWS = Rows()
Question = tuple[str, Expression]
# What shrinks a fault writes out the strategies, and those of trees within trees fill the memory.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


def written(result: Result) -> tuple[str, str]:
    """Numbers by value to six decimals, for the engines count different numbers of them; the rest as text."""
    value = result.value
    if isinstance(value, Quantity):
        return result.type, f"{float(round(value.value, 6))} '{value.unit}'"
    return result.type, str(float(round(value, 6)) if isinstance(value, Decimal) else value)


def by_reference(tree: Node, context: str) -> list[Result] | None:
    """None for an error."""
    try:
        items = evaluate(tree, RESOURCES[context], ENVIRONMENT)
    except LakmusError:
        return None
    return [Result(str(i.type), s.value) for i in items if (s := as_system(i)) is not None]


def by_duckdb(tree: Node, context: str) -> list[Result] | None:
    try:
        return list(ROWS.evaluate(tree, RESOURCES[context], NOW))
    except UnsupportedError:
        raise
    except LakmusError:
        return None


def agree(question: Question) -> None:
    """SQL does not compute what it does not need, so an error of the reference engine may be an answer there."""
    context, expression = question
    try:
        tree = compile(expression, context=context)
        answer = by_duckdb(tree, context)
    except LakmusError:
        return
    expected = by_reference(tree, context)
    if expected is None:
        return
    assert answer is not None, "an error where the reference engine answers"
    structures = [r for r in (*expected, *answer) if isinstance(r.value, dict)]
    assert len(answer) == len(expected)
    if not structures:
        assert sorted(map(written, answer)) == sorted(map(written, expected))


@settings(
    max_examples=150, deadline=None, derandomize=True
)  # the run at length asks what nobody asked before
@given(asked())
def test_both_engines_agree(question: Question) -> None:
    agree(question)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=10_000, deadline=None, phases=UNSHRUNK)
@given(asked())
def test_both_engines_agree_at_length(question: Question) -> None:
    agree(question)


# One question for each node at least, on the Patient and the Observation of the tests.
EXPRESSIONS = (
    "name.given.upper() | name.given.lower()", "name.given.first().length() + 1", "name.family.first().substring(1, 2)",
    "name.given.first().startsWith('P')", "name.given.first().endsWith('r')", "name.given.first().contains('e')",
    "name.given.first().indexOf('e')", "name.given.first().lastIndexOf('e')", "name.given.first().replace('e', 'i')",
    "name.given.first().matches('^P')", "name.given.first().matchesFull('P.*')", "'a1b'.replaceMatches('[0-9]', '-$0')",
    "'abc'.toChars()", "'  a '.trim()", "'a,b'.split(',')", "name.given.join(', ')", "'a'.encode('hex')", "'YQ=='.decode('base64')",
    "'<a>'.escape('html')", "'&lt;a'.unescape('html')", "name.family.first() & 'x' & {}", "(-5).abs()", "1.5.ceiling()", "1.5.floor()",
    "1.5.truncate()", "1.55.round(1)", "0.exp()", "1.ln()", "8.log(2)", "2.power(3)", "4.sqrt()", "-(2.5)", "1 - 2.5", "2 * 3", "1 / 4",
    "7 div 2", "7 mod 2", "name.count()", "name.exists()", "(true | false).allTrue()", "(true | false).anyTrue()", "{}.allFalse()",
    "(true | false).anyFalse()", "name.given.subsetOf(name.given)", "name.given.distinct()", "name.given[0]", "id.single()",
    "name.given.last()", "name.given.tail()", "name.given.skip(1)", "name.given.take(1)", "name.given.intersect(name.given)",
    "name.given.exclude('x')", "name.given.combine(name.family)", "birthDate = @1970-01-01", "birthDate ~ @1970", "birthDate < @2000",
    "birthDate <= @2000-01-01", "'x' in name.given", "active and true", "name.family.first() and active", "active or false", "active xor true", "active.not()",
    "name.all(given.exists())", "name.select(given.first())", "name.where(use = 'official').family", "name.descendants().count()",
    "name.children().count()", "iif(active, 1, 2)", "trace('x').id", "active is boolean", "name.ofType(HumanName).family",
    "id as id", "(1 | 2 | 3).aggregate($total + $this, 0)", "name.repeat(period).count()", "today()", "now()", "timeOfDay()",
    "1.50.lowBoundary()", "birthDate.highBoundary()", "birthDate.precision()", "1 'g'.comparable(1 'kg')", "type().name",
    "birthDate.hasValue()", "birthDate.getValue()", "conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')",
    "getResourceKey()", "managingOrganization.getReferenceKey()", "'1'.toInteger()", "'1'.convertsToInteger()", "'1.5'.toQuantity()",
    "(3 | 1 | 2).sort($this)", "name.given.sort(-$this.length())", "1 + 1.5 > 2 '1'", "{}",
    "@2020-01-31 + 1 month", "({} - 2 'mo').exists()", "2 'mo' - 3", "2 'kg' > 1", "name.id.convertsToLong()", "'x'.unescape(id)",
    "name.given.decode('hex')", "(2 months).getValue()",
    "1 = 2 'kg'", "1 = 1 '1'", "1 ~ 2 'kg'", "2 'kg' ~ 2", "'a' = 2 'kg'", "2 = 2.0 '1'",
    "name[2147483647].empty()", "name.skip(2147483647)", "name.take(2147483647).count()", "active.where(false).select(1)", "id.select(1)",
)  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_each_operation(expression: str) -> None:
    tree = compile(expression, context="Patient")
    expected, answer = by_reference(tree, "Patient"), by_duckdb(tree, "Patient")
    assert (expected is None) == (answer is None)
    assert sorted(map(written, answer or [])) == sorted(map(written, expected or []))


def test_every_node_that_is_answered_is_asked_for() -> None:
    asked_for = {type(node) for text in EXPRESSIONS for node in compile(text, context="Patient").walk()}
    only_in_cql = {"Let"}  # no text of FHIRPath gives it
    assert {node.__name__ for node in DUCKDB.answers - asked_for} == only_in_cql
