"""Reading and writing FHIRPath: precedence, errors with places, hostile text, print∘parse identity."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakmus.core.dates import parse_datetime_literal, parse_time_literal
from lakmus.core.errors import InputError, ManyErrors
from lakmus.core.quantities import Quantity
from lakmus.query.frontends.fhirpath import parse, syntax, write
from lakmus.query.frontends.fhirpath.parser import DEEPEST, POWER
from lakmus.query.frontends.fhirpath.syntax import Expression
from lakmus.query.ir.types import BOOLEAN, DATE, DATETIME, DECIMAL, INTEGER, LONG, QUANTITY, STRING, TIME

# What is written, and the same with all parentheses that the standard's precedence implies.
PRECEDENCE = [
    ("1 + 2 * 3", "1 + (2 * 3)"),
    ("1 - 2 - 3", "(1 - 2) - 3"),
    ("-1.abs()", "-(1.abs())"),
    ("-a * b", "(-a) * b"),
    ("a | b is Integer", "a | (b is Integer)"),
    ("1 > 2 is Boolean", "1 > (2 is Boolean)"),
    ("a = b and c or d", "((a = b) and c) or d"),
    ("a or b implies c xor d", "(a or b) implies (c xor d)"),
    ("a in b | c", "a in (b | c)"),
    ("a & b = c", "(a & b) = c"),
    ("a < b = c", "(a < b) = c"),
    ("a = b contains c", "(a = b) contains c"),
    ("a.b[0].c(1, 2)", "((a.b)[0]).c(1, 2)"),
    ("a as FHIR.Quantity | b", "(a as FHIR.Quantity) | b"),
]


@pytest.mark.parametrize(("short", "long"), PRECEDENCE)
def test_precedence(short: str, long: str) -> None:
    assert parse(short) == parse(long)


LITERALS = [
    ("1", 1, INTEGER),
    ("2147483647", 2147483647, INTEGER),
    ("5L", 5, LONG),
    ("1.50", Decimal("1.50"), DECIMAL),
    ("true", True, BOOLEAN),
    (r"'it\'s \u0041\n'", "it's A\n", STRING),
    ("@2020-05", parse_datetime_literal("2020-05"), DATE),
    ("@2020-05T", parse_datetime_literal("2020-05T"), DATETIME),
    ("@2020-05-01T10:30+03:00", parse_datetime_literal("2020-05-01T10:30+03:00"), DATETIME),
    ("@T10:30", parse_time_literal("10:30"), TIME),
    ("4.5 'mg'", Quantity(Decimal("4.5"), "mg"), QUANTITY),
    ("4 days", Quantity(Decimal(4), "day"), QUANTITY),
]


@pytest.mark.parametrize(("text", "value", "type_"), LITERALS)
def test_literals(text: str, value: object, type_: object) -> None:
    found = parse(text)
    assert isinstance(found, syntax.Constant)
    assert (found.value, found.type) == (value, type_)


ERRORS = [
    ("1 +", [(1, 4, "the end of the expression where a value is expected")]),
    ("a..b", [(1, 3, "'.' where a name is expected")]),
    (
        "name\n  .given[",
        [(2, 10, "the end of the expression where a value is expected"), (2, 10, "the end of")],
    ),
    ("'abc", [(1, 1, "a text or name is not closed"), (1, 5, "the end of")]),
    ("a /* b", [(1, 3, "a comment is not closed")]),
    ("a # b", [(1, 3, "'#' means nothing here"), (1, 5, "'b' is not expected here")]),
    ("@2020-13", [(1, 1, "this is not a FHIR dateTime")]),
    ("99999999999", [(1, 1, "a number out of the range of Integer")]),
    (r"'\x'", [(1, 1, r"\x is no escape")]),
    ("$that", [(1, 1, "'$' means nothing here")]),
    ("f(1,)", [(1, 5, "an argument is missing")]),
    ("a is 5", [(1, 6, "'5' where a type is expected")]),
]


@pytest.mark.parametrize(("text", "faults"), ERRORS)
def test_errors_say_where_and_what(text: str, faults: list[tuple[int, int, str]]) -> None:
    with pytest.raises(ManyErrors) as caught:
        parse(text)
    places = [(error.place.line, error.place.column) for error in caught.value.errors if error.place]
    assert places[: len(faults)] == [(line, column) for line, column, _ in faults]
    for error, (_, _, message) in zip(caught.value.errors, faults, strict=False):
        assert message in error.message


def test_an_error_shows_the_line_with_a_mark_under_the_column() -> None:
    with pytest.raises(ManyErrors) as caught:
        parse("name.where(use = )")
    assert caught.value.errors[0].hint.splitlines()[:2] == ["name.where(use = )", "                   ^"]


HOSTILE = [
    "(" * 5000 + "1" + ")" * 5000,
    " or ".join(["a = 1"] * 3000),
    "-" * 5000 + "1",
    "a." * 5000 + "a",
    "f(" * 5000,
    "[" * 5000,
    "{" * 5000,
    "a[" * 5000,
    "1" * 50_000,
    "'" * 99_999,
    "x" * 200_000,
    "/*" * 40_000,
    "@" * 50_000,
    "\x00" * 1000,
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:8].encode().hex())
def test_hostile_text_gets_an_error(text: str) -> None:
    with pytest.raises(InputError):
        parse(text)


def test_what_is_deep_but_allowed_is_read_and_written() -> None:
    text = "a" + ".a" * (DEEPEST - 1)
    assert write(parse(text)) == text


NAMES = st.one_of(
    st.sampled_from(("name", "given", "value", "is", "as", "contains", "div", "true", "day", "$this")),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
DECIMALS = st.decimals(0, 10**6, places=3)
CONSTANTS = st.one_of(
    st.builds(syntax.Constant, st.integers(0, 2**31 - 1), st.just(INTEGER)),
    st.builds(syntax.Constant, st.integers(0, 2**63 - 1), st.just(LONG)),
    st.builds(syntax.Constant, DECIMALS, st.just(DECIMAL)),
    st.builds(syntax.Constant, st.booleans(), st.just(BOOLEAN)),
    st.builds(syntax.Constant, TEXTS, st.just(STRING)),
    st.builds(
        syntax.Constant, st.dates().map(lambda d: parse_datetime_literal(d.isoformat())), st.just(DATE)
    ),
    st.builds(syntax.Constant, st.just(parse_datetime_literal("2020-01T")), st.just(DATETIME)),
    st.builds(syntax.Constant, st.just(parse_time_literal("10:30:00.5")), st.just(TIME)),
    st.builds(
        syntax.Constant,
        st.builds(Quantity, DECIMALS, st.sampled_from(("mg", "day", "year", "it's"))),
        st.just(QUANTITY),
    ),
)
LEAVES = st.one_of(
    CONSTANTS,
    st.just(syntax.Nothing()),
    st.builds(syntax.Special, st.sampled_from(("$this", "$index", "$total"))),
    st.builds(syntax.External, NAMES),
    st.builds(syntax.Name, st.none(), NAMES),
)


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    arguments = st.lists(inner, max_size=3).map(tuple)
    operators = sorted(POWER.keys() - {"is", "as"})
    return st.one_of(
        st.builds(syntax.Name, inner, NAMES),
        st.builds(syntax.Call, st.none() | inner, NAMES, arguments),
        st.builds(syntax.Indexed, inner, inner),
        st.builds(syntax.Sign, st.sampled_from("+-"), inner),
        st.builds(syntax.Binary, st.sampled_from(operators), inner, inner),
        st.builds(
            syntax.Typed,
            st.sampled_from(("is", "as")),
            inner,
            st.lists(NAMES, min_size=1, max_size=2).map(tuple),
        ),
    )


@settings(max_examples=500, deadline=None)
@given(st.recursive(LEAVES, _grown, max_leaves=12))
def test_what_is_written_reads_the_same(expression: Expression) -> None:
    assert parse(write(expression)) == expression


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from("a1'\"`.()[]{}|&+-*/=~!<>,@$% \\\n\tTis0:Z"), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except InputError:
        return
    assert parse(write(found)) == found
