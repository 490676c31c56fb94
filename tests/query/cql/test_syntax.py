"""Reading CQL: what each construct means, precedence, names that are words of the language, errors with places, hostile text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakmus.core.errors import LakmusError, ManyErrors, Place
from lakmus.query.frontends.cql import syntax as s
from lakmus.query.frontends.cql.parsing.cursor import DEEPEST
from lakmus.query.frontends.cql.parsing.lexer import LONGEST
from lakmus.query.frontends.cql.parsing.parser import parse_expression, parse_library, snippet
from tests.query.cql.cql_suite import cases
from tests.query.cql.measure_suite import measures

A, B, C, X = s.Identifier("a"), s.Identifier("b"), s.Identifier("c"), s.Identifier("X")
INTEGER = s.NamedTypeSpec("", "Integer")
OBSERVATION = s.NamedTypeSpec("", "Observation")
DAYS = s.QuantityLiteral("3", "days", calendar=True)
ONE, TWO = s.Number("1"), s.Number("2")

TERMS: list[tuple[str, s.Expression]] = [
    # literals
    ("null", s.Null()),
    ("true", s.Boolean(True)),
    ("1.50", s.Number("1.50")),
    ("5L", s.Number("5L")),
    ("-1", s.Unary("-", ONE)),
    (r"'it\'s \u0041\t\\ \uD83D\uDE00'", s.String("it's A\t\\ 😀")),
    ("'two\nlines'", s.String("two\nlines")),
    ("@2012-01-01T10:00:00.0+01:00", s.Moment("2012-01-01T10:00:00.0+01:00")),
    ("@2012T", s.Moment("2012T")),
    ("@T10:30", s.Moment("T10:30")),
    ("@2012-1 year", s.Binary("-", s.Moment("2012"), s.QuantityLiteral("1", "year", calendar=True))),
    ("3 days", DAYS),
    ("3'mg'", s.QuantityLiteral("3", "mg")),
    ("1'cm':2", s.RatioLiteral(s.QuantityLiteral("1", "cm"), s.QuantityLiteral("2", ""))),
    ("%context", s.External("context")),
    ("%'a b'", s.External("a b")),
    ("$this", s.Special("$this")),
    # names, paths, calls
    ('"a \\"b\\""', s.Identifier('a "b"')),
    ("`a`", A),
    ("a.b", s.Member(A, "b")),
    ("a.when", s.Member(A, "when")),
    ("f()", s.Call(None, "f", ())),
    ("a.exists(b, c)", s.Call(A, "exists", (B, C))),
    ("a[1].b", s.Member(s.Indexer(A, ONE), "b")),
    ("date(a)", s.Call(None, "date", (A,))),
    ("code.contains", s.Member(s.Identifier("code"), "contains")),
    # selectors
    ("Interval[1, 2)", s.IntervalSelector(ONE, TWO, True, False)),
    ("Tuple { : }", s.TupleSelector(())),
    ("{ code: 1, b: 2 }", s.TupleSelector((("code", ONE), ("b", TWO)))),
    ("{}", s.ListSelector(())),
    ("{ a, b }", s.ListSelector((A, B))),
    ("List<Integer>{1}", s.ListSelector((ONE,), INTEGER)),
    ("FHIR.Code { b: 1 }", s.InstanceSelector(s.NamedTypeSpec("FHIR", "Code"), (("b", ONE),))),
    ("Code { b: 1 }", s.InstanceSelector(s.NamedTypeSpec("", "Code"), (("b", ONE),))),
    ("Code '1' from a.b display 'x'", s.CodeSelector("1", s.Member(A, "b"), "x")),
    ("Concept { Code '1' from a } display 'x'", s.ConceptSelector((s.CodeSelector("1", A),), "x")),
    # words before a term
    ("start of a.b", s.Unary("start of", s.Member(A, "b"))),
    ("start", s.Identifier("start")),
    ("singleton from a", s.Unary("singleton from", A)),
    ("date from a", s.ComponentOf("date", A)),
    ("date", s.Identifier("date")),
    ("timezone from a", s.ComponentOf("timezoneoffset", A)),
    ("duration in days of a", s.DurationOf("days", A)),
    ("difference in days of a + b", s.Binary("+", s.DurationOf("days", A, True), B)),
    ("minimum Integer", s.TypeExtent("minimum", INTEGER)),
    # words before an expression
    ("distinct a union b", s.Unary("distinct", s.Binary("union", A, B))),
    ("expand a per day", s.SetPer("expand", A, s.QuantityLiteral("1", "day", calendar=True))),
    ("collapse a per 3 days", s.SetPer("collapse", A, DAYS)),
    ("convert a to Integer", s.Conversion(A, INTEGER)),
    ("convert a to 'mg'", s.Conversion(A, unit="mg")),
    ("convert a to days", s.Conversion(A, unit="day")),
    ("if a then b else c and c", s.If(A, B, s.Binary("and", C, C))),
    ("case a when 1 then b else c end", s.Case(A, ((ONE, B),), C)),
    ("case when a then b else c end.b", s.Member(s.Case(None, ((A, B),), C), "b")),
]

OPERATORS: list[tuple[str, s.Expression]] = [
    ("a is not null", s.Unary("is not null", A)),
    ("a is Integer", s.TypeTest(A, INTEGER)),
    ("a as List<Integer>", s.Cast(A, s.ListTypeSpec(INTEGER))),
    ("a as Choice<Integer, b.c>", s.Cast(A, s.ChoiceTypeSpec((INTEGER, s.NamedTypeSpec("b", "c"))))),
    ("a is Tuple { b Integer }", s.TypeTest(A, s.TupleTypeSpec((("b", INTEGER),)))),
    ("cast a + 1 as Integer", s.Cast(s.Binary("+", A, ONE), INTEGER, strict=True)),
    ("a properly between 1 and 2", s.Between(A, ONE, TWO, properly=True)),
    ("days between a and b", s.DurationBetween("days", A, B)),
    ("duration in days between a and b", s.DurationBetween("days", A, B)),
    ("difference in days between a and b", s.DurationBetween("days", A, B, difference=True)),
    ("a in b", s.Binary("in", A, B)),
    ("a in day of b", s.Timing("in", A, B, "day")),
]

PHRASES: list[tuple[str, s.Timing]] = [
    ("a same day as b", s.Timing("concurrent", A, B, "day", relation="as")),
    (
        "a starts same or before end b",
        s.Timing("concurrent", A, B, "", "start", "end", relation="or before"),
    ),
    ("a includes start b", s.Timing("includes", A, B, right_bound="start")),
    ("a properly includes day of b", s.Timing("includes", A, B, "day", properly=True)),
    ("a during b", s.Timing("included in", A, B)),
    ("a ends properly included in b", s.Timing("included in", A, B, left_bound="end", properly=True)),
    ("a occurs before b", s.Timing("before", A, B)),
    ("a before start of b", s.Timing("before", A, s.Unary("start of", B))),
    ("a before start b", s.Timing("before", A, B, right_bound="start")),
    ("a before start", s.Timing("before", A, s.Identifier("start"))),
    ("a on or after day of b", s.Timing("after", A, B, "day", inclusive=True)),
    ("a before or on b", s.Timing("before", A, B, inclusive=True)),
    ("a on /* c */ or before b", s.Timing("before", A, B, inclusive=True)),
    ("a 3 days or more before b", s.Timing("before", A, B, offset=DAYS, qualifier="or more")),
    ("a less than 3 days after b", s.Timing("after", A, B, offset=DAYS, qualifier="less than")),
    (
        "a starts 3 days or less on or after end b",
        s.Timing("after", A, B, "", "start", "end", inclusive=True, offset=DAYS, qualifier="or less"),
    ),
    ("a within 3 days of start b", s.Timing("within", A, B, right_bound="start", offset=DAYS)),
    ("a ends properly within 3 days of b", s.Timing("within", A, B, "", "end", properly=True, offset=DAYS)),
    ("a meets b", s.Timing("meets", A, B)),
    ("a overlaps before day of b", s.Timing("overlaps before", A, B, "day")),
    ("a starts b", s.Timing("starts", A, B)),
    ("a ends day of b", s.Timing("ends", A, B, "day")),
    ("a starts 3 days", s.Timing("starts", A, DAYS)),
]

SOURCE = s.Source(A, "x")
OF_X = s.Source(X, "y")
QUERIES: list[tuple[str, s.Expression]] = [
    ("a x", s.Query((SOURCE,))),
    ("(a) x", s.Query((SOURCE,))),
    ("from a x, X y", s.Query((SOURCE, OF_X))),
    ("a x, X y where b", s.Query((SOURCE, OF_X), where=B)),
    ("{ a x, b }", s.ListSelector((s.Query((SOURCE,)), B))),
    ("[Observation] x where b", s.Query((s.Source(s.Retrieve(OBSERVATION), "x"),), where=B)),
    ("a.b x", s.Query((s.Source(s.Member(A, "b"), "x"),))),
    ("a x let d: 1, e: 2", s.Query((SOURCE,), (s.LetItem("d", ONE), s.LetItem("e", TWO)))),
    (
        "a x with X y such that b without X y such that c where c",
        s.Query(
            (SOURCE,),
            relationships=(s.Relationship(OF_X, B), s.Relationship(OF_X, C, negated=True)),
            where=C,
        ),
    ),
    ("a x return b", s.Query((SOURCE,), returned=s.ReturnClause(B))),
    ("a x return all b", s.Query((SOURCE,), returned=s.ReturnClause(B, distinct=False))),
    ("a x sort desc", s.Query((SOURCE,), sort=(s.SortItem(None, True),))),
    (
        "a x sort by start of b descending, c",
        s.Query((SOURCE,), sort=(s.SortItem(s.Unary("start of", B), True), s.SortItem(C, False))),
    ),
    (
        "a x aggregate distinct t starting 1: t",
        s.Query((SOURCE,), aggregate=s.AggregateClause("t", ONE, s.Identifier("t"), distinct=True)),
    ),
    ("a x aggregate t: 1", s.Query((SOURCE,), aggregate=s.AggregateClause("t", None, ONE))),
    ("exists a x where b and c", s.Unary("exists", s.Query((SOURCE,), where=s.Binary("and", B, C)))),
]

RETRIEVES: list[tuple[str, s.Expression]] = [
    ("[Observation]", s.Retrieve(OBSERVATION)),
    ('["Observation": a]', s.Retrieve(OBSERVATION, terminology=A)),
    ("[Observation: code in a]", s.Retrieve(OBSERVATION, "code", "in", A)),
    ("[Observation: b.c[0] ~ a]", s.Retrieve(OBSERVATION, "b.c[0]", "~", A)),
    ("[a.b -> Observation]", s.Retrieve(OBSERVATION, context=s.Member(A, "b"))),
    ("[FHIR.Observation]", s.Retrieve(s.NamedTypeSpec("FHIR", "Observation"))),
    ("singleton from [Observation]", s.Unary("singleton from", s.Retrieve(OBSERVATION))),
]


@pytest.mark.parametrize(("text", "meant"), [*TERMS, *OPERATORS, *PHRASES, *QUERIES, *RETRIEVES])
def test_expressions(text: str, meant: s.Expression) -> None:
    assert parse_expression(text) == meant


# What is written, and the same with the parentheses that the order of the grammar's alternatives implies.
PRECEDENCE = [
    ("1 + 2 * 3 ^ 4", "1 + (2 * (3 ^ 4))"),
    ("1 - 2 - 3", "(1 - 2) - 3"),
    ("-a.b ^ 2", "(-(a.b)) ^ 2"),
    ("start of a + 1", "(start of a) + 1"),
    ("not a and b", "(not a) and b"),
    ("not a is null", "not (a is null)"),
    ("exists a union b", "(exists a) union b"),
    ("a = not b > c", "a = ((not b) > c)"),
    ("a between 1 and 2 and b", "(a between 1 and 2) and b"),
    ("a < b before c = a", "((a < b) before c) = a"),
    ("a in b and c", "(a in b) and c"),
    ("a or b and c xor a implies b", "((a or (b and c)) xor a) implies b"),
    ("a = b union c", "(a = b) union c"),
    ("a union b except c", "(a union b) except c"),
    ("a during b starts c", "(a during b) starts c"),
    ("if a then b else c = 1", "if a then b else (c = 1)"),
    ("a as Integer is null", "(a as Integer) is null"),
    ("convert a to Integer + 1", "(convert a to Integer) + 1"),
]


@pytest.mark.parametrize(("short", "long"), PRECEDENCE)
def test_precedence(short: str, long: str) -> None:
    assert parse_expression(short) == parse_expression(long)


LIBRARY = """\
/* A library of nothing. */
library org.example.Nothing version '1.0'

using FHIR version '4.0.1'
using hl7.QICore called Q
include org.example.Common version '2' called C
include Other

codesystem "LOINC": 'http://loinc.org' version '2.7'
private valueset "Pressure": 'urn:p' version '1' codesystems { "LOINC", C."SNOMED" }
code "Systolic": '8480-6' from "LOINC" display 'systolic'
concept "BP": { "Systolic", C."Diastolic" } display 'blood pressure'
parameter "Period" Interval<DateTime> default a
parameter P default 1
context Patient

// not about what follows

// What everybody
// must have
define "A": a // behind
define private B: 1
context FHIR.Unfiltered
/**
 * Adds.
 */
define fluent function date(a Integer, code List<Integer>) returns Integer: a
define function outside(): external
"""


def test_a_library() -> None:
    loinc, systolic = s.Identifier("LOINC"), s.Identifier("Systolic")
    assert parse_library(LIBRARY) == s.Library(
        "org.example.Nothing",
        "1.0",
        (s.Using("FHIR", "4.0.1", "FHIR"), s.Using("QICore", None, "Q", "hl7")),
        (s.Include("org.example.Common", "2", "C"), s.Include("Other", None, "Other")),
        (
            s.CodeSystemDef("LOINC", "http://loinc.org", "2.7"),
            s.ValueSetDef(
                "Pressure", "urn:p", "1", (loinc, s.Member(s.Identifier("C"), "SNOMED")), public=False
            ),
            s.CodeDef("Systolic", "8480-6", loinc, "systolic"),
            s.ConceptDef("BP", (systolic, s.Member(s.Identifier("C"), "Diastolic")), "blood pressure"),
            s.ParameterDef("Period", s.IntervalTypeSpec(s.NamedTypeSpec("", "DateTime")), A),
            s.ParameterDef("P", None, ONE),
        ),
        (
            s.ContextDef("Patient"),
            s.ExpressionDef("A", A),
            s.ExpressionDef("B", ONE, public=False),
            s.ContextDef("Unfiltered", "FHIR"),
            s.FunctionDef(
                "date",
                (s.Operand("a", INTEGER), s.Operand("code", s.ListTypeSpec(INTEGER))),
                A,
                INTEGER,
                fluent=True,
            ),
            s.FunctionDef("outside", (), None),
        ),
    )


def test_the_comment_right_above_documents() -> None:
    found = [each.comment for each in parse_library(LIBRARY).statements if not isinstance(each, s.ContextDef)]
    assert found == ["What everybody\nmust have", "", "Adds.", ""]


def test_nodes_know_their_place() -> None:
    define = parse_library("define A:\n  f(1,\r\n    @2012)", "lib").statements[0]
    assert isinstance(define, s.ExpressionDef)
    assert isinstance(define.expression, s.Call)
    assert define.place == Place("lib", 1, 8)
    assert [each.place for each in define.expression.arguments] == [Place("lib", 2, 5), Place("lib", 3, 5)]


# Words of statements that are names, and the other way round.
AMBIGUOUS = [
    ("define A:\n  code c\ndefine B: 1", ["A", "B"]),
    ("define A: define\ndefine B: 1", ["A", "B"]),
    ("define A: context\ncontext Patient", ["A", "Patient"]),
    ("define A: Tuple {\n  code: 1,\n  context: 2 }\ndefine B: 1", ["A", "B"]),
    ("define function f(\n  code Code,\n  context String,\n  parameter Integer): 1\ndefine B: 1", ["f", "B"]),
    ("define A: 1 define B: 2 context Patient define C: 3", ["A", "B", "Patient", "C"]),
]


@pytest.mark.parametrize(("text", "names"), AMBIGUOUS)
def test_words_of_statements_may_be_names(text: str, names: list[str]) -> None:
    assert [each.name for each in parse_library(text).statements] == names


# The text, and of its error a part of the message, line and column, and a part of the hint.
ERRORS = [
    ("define A: (1\n  and 2", "expected `)` to close the `(` opened at 1:11, found the end", 2, 8, ""),
    (
        "define A: {1, 2\ndefine B: 3",
        "expected `}` to close the `{` opened at 1:11, found `define`",
        2,
        1,
        "",
    ),
    ("define A: Interval[1, 2", "expected `]` or `)` to close the interval opened at 1:19", 1, 24, ""),
    ("define A: a and", "expected an expression, found the end of the text", 1, 16, ""),
    ("define A: 'abc\ndefine B: 1", "a text is not closed", 1, 11, "close it with '"),
    ('define A: a = "abc', "a quoted name is not closed", 1, 15, 'close it with "'),
    ("define A: 'x\ny' a 'z'", "found `a`", 2, 4, "the quote opened at 1:11"),
    ("define A: /* 1", "a comment is not closed", 1, 11, "*/"),
    (r"define A: 'a\q'", r"\q is no escape", 1, 11, "exist"),
    (r"define A: '\uD800'", "half a character", 1, 11, ""),
    ('define A: ""', "a name without a letter", 1, 11, ""),
    ("define A: 1 == 2", "found `=`", 1, 14, "equality is written with one `=`"),
    ("define A: 1 <> 2", "found `>`", 1, 14, "inequality is written `!=`"),
    ("define A: a && b", "found `&`", 1, 14, "write `and`"),
    ("define A: !a", "`!` means nothing here", 1, 11, "`not` negates"),
    ("define A: 1;", "`;` means nothing here", 1, 12, "leave it out"),
    ("define A: “a", "`“` means nothing here", 1, 11, "straight"),
    ("define A: a AND b", "found `b`", 1, 17, "small letters: `and`"),
    ("define A = 1", "expected `:`, found `=`", 1, 10, "written with `:`"),
    ("define where: 1", "expected the name of the definition, found `where`", 1, 8, '`"where"`'),
    ('valueset "A": "url"', 'in single quotes, found `"url"`', 1, 15, "texts stand in single quotes"),
    ("define A: Code '1' from 'x'", "expected the name of a code system", 1, 25, "double quotes"),
    ("define A: if a then b", "expected `else`", 1, 22, "always have an `else`"),
    ("define A: case when a then b end", "expected `else`, found `end`", 1, 30, "`else null`"),
    ("define A: a x with b y where c", "expected `such that`", 1, 24, "`with` and `without`"),
    ("define A: f(a) x where b", "found `x`", 1, 16, "in parentheses"),
    (
        "define A: a is null + 1",
        "expected an operator or the next statement, found `+`",
        1,
        21,
        "parentheses",
    ),
    ("define A: a x aggregate t starting -1: t", "found `-`", 1, 36, "`starting (-1):`"),
    ("define A: a properly before b", "expected a relation in time", 1, 22, ""),
    ("define A: a starts\ndefine B: 1", "expected an expression, found `define`", 2, 1, ""),
    ("define A: 1\nusing FHIR", "`using` must stand before the first `define`", 2, 1, "move it up"),
    ("using FHIR\nlibrary A", "`library` must stand before anything else", 2, 1, "move it up"),
    ("private define A: 1", "`private` cannot stand before `define`", 1, 9, "`define private`"),
    ("parameter P", "expected the type of the parameter", 1, 12, ""),
    ("A: 1", "expected a statement", 1, 1, ""),
    (f"define A: {'1' * 70}", "a number of more than", 1, 11, ""),
]


@pytest.mark.parametrize(("text", "message", "line", "column", "hint"), ERRORS)
def test_errors(text: str, message: str, line: int, column: int, hint: str) -> None:
    with pytest.raises(ManyErrors) as caught:
        parse_library(text, "lib")
    (error,) = caught.value.errors
    assert message in error.message
    assert error.place == Place("lib", line, column)
    assert hint in error.hint


def test_all_errors_are_told() -> None:
    text = (
        "define A: 1 +\ndefine B: f(\ncontext Patient\ndefine C: 1\ndefine D: ? 'a\\q'\nparameter P Integer"
    )
    with pytest.raises(ManyErrors) as caught:
        parse_library(text)
    places = [(each.place.line, each.place.column) for each in caught.value.errors if each.place]
    assert places == [(2, 1), (3, 1), (5, 11), (5, 13), (6, 1)]


def test_an_expression_is_all_of_its_text() -> None:
    with pytest.raises(ManyErrors, match="expected an operator or the end of the expression, found `define`"):
        parse_expression("1 define")


SNIPPETS = [
    ("define A: 1\n  ?", Place("", 2, 3), "  ?\n  ^"),
    ("a\tb", Place("", 1, 3), "a b\n  ^"),
    ("a", Place("", 1, 2), "a\n ^"),
    ("x" * 200, Place("", 1, 151), f"{'x' * 100}\n{' ' * 79}^"),
    ("a", Place(), ""),
]


@pytest.mark.parametrize(("text", "place", "shown"), SNIPPETS)
def test_snippets(text: str, place: Place, shown: str) -> None:
    assert snippet(text, place) == shown


HOSTILE = [
    *(
        f"{opening * 3000}1"
        for opening in ("(", "{", "-", "not ", "f(", "distinct ", "Interval[", "if ", "a[")
    ),
    *(
        "X" + step * 3000
        for step in (" and X", " + X", ".X", "[0]", " union X", " is null", " same day as X")
    ),
    "a as " + "List<" * 3000,
    "a x where " * 3000,
    "exists (X x where " * 3000,
    "case when " * 3000,
    "start of " * 3000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_nesting_is_bounded(text: str) -> None:
    with pytest.raises(ManyErrors, match=f"nested deeper than {DEEPEST} levels"):
        parse_expression(text)


# Chains that nest inside chains: no single one is long.
def test_the_height_of_the_whole_counts() -> None:
    text = "a"
    for _ in range(6):
        text = f"({text}{' + a' * 30})"
    with pytest.raises(ManyErrors, match="nested deeper"):
        parse_expression(text)


SLOW = [
    "'" + "\\'\n" * 300_000,
    '"' * 100_001,
    "/*" * 40_000,
    "/**/" * 40_000,
    "// x\n" * 40_000,
    " " * 1_000_000,
    "or " * 40_000,
    "a." * 20_000,
    "?" * 500_000,
    "define A: 1\n" * 5_000,
    "define A: (\n" * 20_000,
    "{1," * 90 + "a x," * 50_000,
]


@pytest.mark.parametrize("text", SLOW, ids=lambda text: text[:12])
def test_no_text_takes_long(text: str) -> None:
    start = perf_counter()
    with suppress(ManyErrors):
        parse_library(text)
    assert perf_counter() - start < 10


def test_a_text_too_long() -> None:
    with pytest.raises(ManyErrors, match="at most"):
        parse_library(" " * (LONGEST + 1))


WORDS = st.sampled_from(
    [
        "define", "A", ":", "1", "and", "or", "not", "(", ")", "[", "]", "{", "}", ",", ".", "X", "x", "where", "return",
        "sort", "by", "with", "such", "that", "start", "of", "starts", "3", "days", "before", "'t'", '"q"', "Interval",
        "case", "when", "then", "else", "end", "@2012", "is", "null", "as", "Integer", "->", "~", "=", "code", "context",
        "Patient", "function",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_library, parse_expression):
        assert all(each.place and each.place.line for each in errors_of(parse, text))


def errors_of(parse: Callable[[str], s.Syntax], text: str) -> Sequence[LakmusError]:
    try:
        parse(text)
    except ManyErrors as error:
        return error.errors
    return ()


# The official texts


def test_every_expression_of_the_suite_is_read(shared: Path) -> None:
    found = cases(shared)
    assert len(found) > 1800
    for case in found:
        if case.invalid != "syntax":
            parse_expression(case.expression)


def test_all_libraries_of_the_measures_are_read_quickly(shared: Path) -> None:
    texts = [text for measure in measures(shared) for text in measure.libraries.values()]
    assert len(texts) > 40
    start = perf_counter()
    for text in texts:
        assert parse_library(text).statements
    assert perf_counter() - start < 5, (
        "it takes less than a second; more than five is no noise of the machine"
    )
