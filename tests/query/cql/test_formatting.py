"""Formatting CQL: how things look, print∘parse identity, and comments that stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lakmus.core.errors import InputError, ManyErrors
from lakmus.query.frontends.cql import syntax
from lakmus.query.frontends.cql.formatting import format_text, write
from lakmus.query.frontends.cql.formatting.pieces import pieces
from lakmus.query.frontends.cql.formatting.writer import WRITERS
from lakmus.query.frontends.cql.parsing import parse_expression, parse_library
from tests.query.cql.cql_suite import cases
from tests.query.cql.measure_suite import measures
from tests.query.cql.syntax_trees import COVERED, EXPRESSIONS, LIBRARIES

EXPRESSIONS_AS_PRINTED = [
    # names and literals
    ('"Denominator"', "Denominator"),
    ('"Office Visit"', '"Office Visit"'),
    ("`date`", '"date"'),
    ('E."period"."end"', "E.period.end"),
    ("E.`all`", 'E."all"'),
    (r"'it\'s \"so\"'", "'it\\'s \"so\"'"),
    ("[\"Encounter\":\"Office Visit\"]", '[Encounter: "Office Visit"]'),
    ("Tuple{a:1}", "{ a: 1 }"),
    ("Interval( 1,2 ]", "Interval(1, 2]"),
    ("4 days+1'mg'", "4 days + 1 'mg'"),
    ("1:2", "1 : 2"),
    # parentheses
    ("((a) + (b * c))", "a + b * c"),
    ("(a + b) * c", "(a + b) * c"),
    ("a - (b - c)", "a - (b - c)"),
    ("a or b and c", "a or (b and c)"),
    ("not (a and b)", "not (a and b)"),
    ("(not a) is null", "(not a) is null"),
    ("- (-1)", "-(-1)"),
    ("(if a then b else c) + 1", "(if a then b else c) + 1"),
    ("(3 days) between a and b", "(3 days) between a and b"),
    ("a starts (3 days)", "a starts (3 days)"),
    ("X x return (distinct x)", "X x\n  return (distinct x)"),
    # timing
    ("a included in day of b", "a during day of b"),
    ("a starts 3 days or more before or on end b", "a starts 3 days or more on or before end b"),
    ("a ends less than 3 days after day of start of b", "a ends less than 3 days after day of start of b"),
    ("a occurs within 3 days of start b", "a within 3 days of start b"),
    ("a same day or before b", "a same day or before b"),
    ("duration in days between a and b", "days between a and b"),
    ("collapse x per 1 day", "collapse x per day"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "printed"), EXPRESSIONS_AS_PRINTED)
def test_expressions(text: str, printed: str) -> None:
    assert write(parse_expression(text)) == printed
    assert parse_expression(printed) == parse_expression(text)


LAYOUTS = {
    "a query": (
        "from [Encounter] E, [Patient] P let d: E.period, s: start of d with [Observation] O such that O.e = E where E.ok return all d sort by s desc",
        """\
from [Encounter] E, [Patient] P
  let d: E.period,
    s: start of d
  with [Observation] O
    such that O.e = E
  where E.ok
  return all d
  sort by s desc""",
    ),
    "an aggregate": (
        "X x aggregate distinct total starting (1 'mg'): total + x",
        "X x\n  aggregate distinct total starting (1 'mg'): total + x",
    ),
    "a chain of conditions": (
        '"Has a rather long name of a definition" and "Has another long name of a definition" and not "Is excluded"',
        """\
"Has a rather long name of a definition"
  and "Has another long name of a definition"
  and not "Is excluded\"""",
    ),
    "a query in brackets": (
        "Count(X x where x > 1) > 3 and exists (X x where x < 1)",
        """\
Count(
  X x
    where x > 1
) > 3
  and exists (
    X x
      where x < 1
  )""",
    ),
    "conditions in conditions": (
        "if a then (X x where x) else if b then 1 else 2",
        """\
if a
  then (
    X x
      where x
  )
else if b then 1 else 2""",
    ),
    "a case": (
        f"case when a then 'this is a long text for a test {'x' * 30}' else 'and this is another one' end",
        f"""\
case
  when a then 'this is a long text for a test {"x" * 30}'
  else 'and this is another one'
end""",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name: str) -> None:
    text, printed = LAYOUTS[name]
    assert write(parse_expression(text)) == printed


LIBRARY = """\
library org.Test version '1'
using FHIR version '4.0.1' using FHIR called F
include a.Common version '2' include "FHIRHelpers" called H
codesystem "LOINC": 'http://loinc.org' valueset "VS": 'urn:x' codesystems { "LOINC", Common."S" }
private code "C": 'c' from "LOINC" display 'see'
concept "K": { "C" } display 'k'
parameter "Measurement Period" Interval<DateTime> default Interval[@2012, @2013)
context FHIR.Patient
define private "A": true
define fluent function "f g"(x List<Integer>, y Choice<String, FHIR.code>) returns Boolean: x is null
define function g(): external
"""
PRINTED = """\
library org.Test version '1'

using FHIR version '4.0.1'
using FHIR called F

include a.Common version '2'
include FHIRHelpers called H

codesystem LOINC: 'http://loinc.org'

valueset VS: 'urn:x' codesystems { LOINC, Common.S }

private code C: 'c' from LOINC display 'see'

concept K: { C } display 'k'

parameter "Measurement Period" Interval<DateTime> default Interval[@2012, @2013)

context FHIR.Patient

define private A:
  true

define fluent function "f g"(x List<Integer>, y Choice<String, FHIR.code>) returns Boolean:
  x is null

define function g(): external
"""


def test_libraries() -> None:
    assert write(parse_library(LIBRARY)) == PRINTED == format_text(LIBRARY)
    assert parse_library(PRINTED) == parse_library(LIBRARY)


def test_the_comment_of_a_definition_is_written() -> None:
    text = "// What it is.\n// More.\ndefine A:\n  1\n"
    assert write(parse_library(text)) == text


# Comments


KEPT = {
    "above a statement, with its blank lines": (
        "// File\n\n\n\n// A\ndefine A: 1\n// B\ndefine B: 2",
        "// File\n\n// A\ndefine A:\n  1\n\n// B\ndefine B:\n  2\n",
    ),
    "at the end of the text": ("define A: 1\n\n// end", "define A:\n  1\n\n// end\n"),
    "behind a statement": ("define A: 1 // one\ndefine B: 2", "define A:\n  1 // one\n\ndefine B:\n  2\n"),
    "above a clause": (
        "define A: X x\n// why\nwhere x  return x",
        "define A:\n  X x\n    // why\n    where x\n    return x\n",
    ),
    "behind a clause": (
        "define A: X x where x // why\nreturn x",
        "define A:\n  X x\n    where x // why\n    return x\n",
    ),
    "inside a line": ("define A: 1 +/* two */2", "define A:\n  1 + /* two */ 2\n"),
    "a line that has to be broken for it": (
        "define A:\n  aaaa = 1 // one\n  and bbbb = 2",
        "define A:\n  aaaa = 1 // one\n    and bbbb = 2\n",
    ),
    "groups of declarations": (
        "code A: 'a' from S\n\n// more\ncode B: 'b' from S\ncode C: 'c' from S",
        "code A: 'a' from S\n\n// more\ncode B: 'b' from S\ncode C: 'c' from S\n",
    ),
    "before a statement on its line": ("/* a */define A: 1", "/* a */ define A:\n  1\n"),
    "no place: the statement stays as it was": (
        "define A:  f( // why\n  )\ndefine B:  2",
        "define A:  f( // why\n  )\n\ndefine B:\n  2\n",
    ),
    "signs of comments in texts": ("define A: '// no'", "define A:\n  '// no'\n"),
}


@pytest.mark.parametrize("name", KEPT)
def test_comments(name: str) -> None:
    text, formatted = KEPT[name]
    assert format_text(text) == formatted
    assert format_text(formatted) == formatted


def test_a_text_of_comments_alone_stays() -> None:
    assert format_text("// nothing yet\n") == "// nothing yet\n"


def test_what_does_not_parse_is_not_laid_out() -> None:
    with pytest.raises(ManyErrors):
        format_text("define A: (")


def parses(text: str) -> bool:
    """Not where a comment parts two words that are one: `on or`."""
    try:
        return bool(parse_library(text))
    except InputError:
        return False


def comments(text: str) -> list[str]:
    return [comment.text for piece in pieces(text) for comment in piece.above]


# The official texts


def expressions(shared: Path) -> Iterator[Any]:
    for case in cases(shared):
        for text in filter(None, (case.expression, case.output)):
            try:
                yield parse_expression(text)
            except InputError:
                continue


def test_every_expression_of_the_official_suite(shared: Path) -> None:
    found = list(expressions(shared))
    assert len(found) > 3500
    for tree in found:
        assert parse_expression(write(tree)) == tree


def test_every_library_of_the_official_measures(shared: Path) -> None:
    libraries = {name: text for each in measures(shared) for name, text in each.libraries.items()}
    assert len(libraries) > 10
    for text in libraries.values():
        tree, formatted = parse_library(text), format_text(text)
        assert parse_library(write(tree)) == tree == parse_library(formatted)
        assert comments(formatted) == comments(text)
        assert format_text(formatted) == formatted
    assert sum(len(comments(text)) for text in libraries.values()) > 150


# Random syntax


def test_every_class_of_the_syntax_is_written_and_tried() -> None:
    concrete = {
        each for each in vars(syntax).values() if isinstance(each, type) and issubclass(each, syntax.Syntax)
    } - {syntax.Syntax, syntax.Expression}
    assert concrete == set(WRITERS) == COVERED


@settings(deadline=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(EXPRESSIONS)
def test_random_expressions_print_and_parse_to_the_same(tree: Any) -> None:
    text = write(tree)
    assert parse_expression(text) == tree
    assert write(parse_expression(text)) == text


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(LIBRARIES)
def test_random_libraries_print_and_parse_to_the_same(tree: Any) -> None:
    text = write(tree)
    assert parse_library(text) == tree
    assert format_text(text) == text


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(EXPRESSIONS, st.data())
def test_comments_anywhere_survive(tree: Any, data: st.DataObject) -> None:
    """A comment goes wherever there is white space, with a line break or without."""
    text = f"define A: {write(tree)}"
    starts = [piece.start for piece in pieces(text) if text[piece.start - 1].isspace()]
    for at in sorted(data.draw(st.lists(st.sampled_from(starts), max_size=3, unique=True)), reverse=True):
        comment = data.draw(
            st.sampled_from(("// c\n", "\n// c\n", " /* c */ ", "\n/* c\nd */\n", "/* c */\n"))
        )
        text = f"{text[:at]}{comment}{text[at:]}"
    assume(parses(text))
    formatted = format_text(text)
    assert comments(formatted) == comments(text)
    assert parse_library(formatted) == parse_library(text)
    assert format_text(formatted) == formatted
