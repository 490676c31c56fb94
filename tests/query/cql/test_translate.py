"""What the checker makes of expressions: their types, the overloads chosen, and what it says when something is wrong."""

from __future__ import annotations

import pytest

from lakmus.core.errors import InputError, LakmusError, ManyErrors, NotFoundError
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Library
from lakmus.query.models.fhir import fhir_model
from lakmus.query.models.model import Model

HEAD = """library T
using FHIR version '4.0.1'
codesystem "LOINC": 'http://loinc.org'
valueset "Pressure": 'http://example.org/pressure'
code "Systolic": '8480-6' from "LOINC" display 'Systolic'
concept "Either": { "Systolic" }
parameter "Period" Interval<DateTime>
context Patient
"""


def models(name: str, _version: str | None) -> Model:
    if name != "FHIR":
        raise NotFoundError(f"there is no model {name}")
    return fhir_model()


def library(text: str, **others: str) -> Library:
    def source(name: str, _version: str | None) -> str:
        if name not in others:
            raise NotFoundError(f"there is no library {name}")
        return others[name]

    return compile(text, models, source).library


def typed(expression: str) -> str:
    return str(library(f"{HEAD}define X: {expression}").definitions["X"].expression.type)


TYPES = (
    ("1 + 1", "Integer"), ("1 + 1L", "Long"), ("1 + 1.0", "Decimal"), ("1 / 2", "Decimal"), ("'a' + 'b'", "String"),
    ("1 'mg' + 2 'mg'", "Quantity"), ("@2020-01-01 + 1 day", "Date"), ("Now() - 1 year", "DateTime"), ("2 * 3 'mg'", "Quantity"),
    ("null", "Any"), ("null + 1", "Integer"), ("if true then 1 else 2.0", "Decimal"), ("if true then 1 else 'a'", "Choice<Integer, String>"),
    ("case when true then 1 else null end", "Integer"), ("{1, 2.0}", "List<Decimal>"), ("{1, 'a'}", "List<Choice<Integer, String>>"),
    ("{}", "List<Any>"), ("{null, 1}", "List<Integer>"), ("Interval[1, 2.0]", "Interval<Decimal>"), ("Interval[null, 2]", "Interval<Integer>"),
    ("Tuple { b: 1, a: 'x' }", "Tuple{a String, b Integer}"), ("Coalesce(null, 1, 2.0)", "Decimal"), ("1 ~ 1.0", "Boolean"),
    ("First({1, 2})", "Integer"), ("{1} union {'a'}", "List<Choice<Integer, String>>"), ("flatten {{1}, {2}}", "List<Integer>"),
    ("days between @2020-01-01 and @2020-01-02", "Integer"), ("start of Interval[1, 2]", "Integer"), ("start of \"Period\"", "DateTime"),
    ("width of Interval[1 'mg', 2 'mg']", "Quantity"), ("year from Now()", "Integer"), ("date from Now()", "Date"),
    ("Now() during \"Period\"", "Boolean"), ("@2020 during \"Period\"", "Boolean"), ("\"Period\" overlaps \"Period\"", "Boolean"),
    ("\"Systolic\"", "Code"), ("\"Either\"", "Concept"), ("\"Pressure\"", "ValueSet"), ("\"Systolic\" in \"Pressure\"", "Boolean"),
    ("Patient", "FHIR.Patient"), ("Patient.birthDate", "FHIR.date"), ("Patient.birthDate.value", "Date"), ("AgeInYears()", "Integer"),
    ("AgeInYearsAt(Now())", "Integer"), ("Patient.name.family", "List<FHIR.string>"), ("Patient.name.given", "List<FHIR.string>"),
    ("Patient.active and true", "Boolean"), ("Patient.gender = 'male'", "Boolean"), ("[Observation]", "List<FHIR.Observation>"),
    ("[Observation: \"Pressure\"]", "List<FHIR.Observation>"), ("[Observation: code ~ \"Systolic\"] O return O.issued", "List<FHIR.instant>"),
    ("[Observation] O where O.effective during \"Period\"", "List<FHIR.Observation>"),
    ("[Observation] O let v: O.value as Quantity return v.value", "List<FHIR.decimal>"),
    ("[Observation] O return O.value as Quantity", "List<FHIR.Quantity>"),
    ("from [Observation] O, [Encounter] E return Tuple { o: O, e: E }", "List<Tuple{e FHIR.Encounter, o FHIR.Observation}>"),
    ("from [Observation] O, [Encounter] E where O.status = 'final'", "List<Tuple{E FHIR.Encounter, O FHIR.Observation}>"),
    ("[Encounter] E with [Observation] O such that O.encounter.reference = E.id return E.period", "List<FHIR.Period>"),
    ("Patient P return P.birthDate", "FHIR.date"), ("({1, 2, 3}) N aggregate R starting 0: R + N", "Integer"),
    ("({1, 2}) N sort desc", "List<Integer>"), ("[Observation] O sort by issued", "List<FHIR.Observation>"),
    ("(5).toString()", "String"), ("{1, 2}.where($this > 1)", "List<Integer>"), ("{1}.exists()", "Boolean"), ("Patient.name.first().family.value", "String"),
    ("FHIR.Quantity { unit: FHIR.string { value: 'g' } }", "FHIR.Quantity"), ("System.Quantity { value: 1.0, unit: 'g' }", "Quantity"),
    ("minimum Integer", "Integer"), ("expand { Interval[1, 3] } per 1", "List<Interval<Integer>>"), ("Sum({1 'g', 2 'g'})", "Quantity"),
    ("5 as Integer", "Integer"), ("Patient is FHIR.Patient", "Boolean"), ("convert 5 to String", "String"), ("convert 5 'mg' to 'g'", "Quantity"),
    ("singleton from [Observation]", "FHIR.Observation"), ("{1, 2}[0]", "Integer"), ("'abc'[0]", "String"),
)  # fmt: skip


@pytest.mark.parametrize(("expression", "type_"), TYPES)
def test_types(expression: str, type_: str) -> None:
    assert typed(expression) == type_


ERRORS = (
    # expression, what is said, column (the expression begins at 11)
    ("Foo", "there is nothing called `Foo`", 11),
    ("1 + 'a'", "does not take (Integer, String)", 13),
    ("Patient.birtDate", "no element `birtDate`", 19),
    ("Abs('a')", "`Abs` does not take (String)", 11),
    ("Absolute(1)", "there is no function `Absolute`", 11),
    ("[Observatio]", "there is no type `Observatio`", 12),
    ("[Quantity]", "cannot be retrieved", 12),
    ("5 as String", "Integer is never String", 13),
    ("if 5 then 1 else 2", "a condition is Boolean, not Integer", 14),
    ("Tuple { a: 1, a: 2 }", "named twice", 11),
    ("2147483648", "an integer lies between", 11),
    ("@2020-02-30", "the month has no such day", 11),
    ("({1, 2}) N where N", "what follows `where` is Boolean, not Integer", 28),
    ("X", "refers to itself", 11),
    ("$this", "there is no `$this` here", 11),
    ("minimum Boolean", "Boolean has no minimum", 19),
    ("({true}) B sort asc", "no order to sort by", 22),
    ("\"Systolic\" in \"Sistolic\"", "nothing called `Sistolic`", 25),
)  # fmt: skip


@pytest.mark.parametrize(("expression", "message", "column"), ERRORS)
def test_errors(expression: str, message: str, column: int) -> None:
    with pytest.raises(ManyErrors) as raised:
        typed(expression)
    error = raised.value.errors[0]
    assert message in error.message
    assert error.place is not None
    assert error.place.line == 9
    assert error.place.column == column


def test_every_error_is_told_at_once_and_none_follows_from_another() -> None:
    text = f"{HEAD}define A: 1 + 'a'\ndefine B: A + Foo\ndefine C: B.x and Patient.nothing"
    with pytest.raises(ManyErrors) as raised:
        library(text)
    told = [(error.place.line, error.message.split("`")[1]) for error in raised.value.errors if error.place]
    assert told == [(9, "+"), (10, "Foo"), (11, "nothing")]


def test_suggestions() -> None:
    for expression, hint in (
        ("Patient.birtDate", "birthDate"),
        ('"Sistolic"', "Systolic"),
        ("Absx(1)", "Abs"),
    ):
        with pytest.raises(ManyErrors) as raised:
            typed(expression)
        assert f"did you mean `{hint}`" in raised.value.errors[0].hint


def operators(expression: str) -> list[str]:
    tree = library(f"{HEAD}define X: {expression}").definitions["X"].expression
    return [node.operator for node in tree.walk() if isinstance(node, elm.Apply)]


PHRASES = (
    ("A starts before start of B", ["Before", "Start", "Start"]),
    ("A ends on or after day of end B", ["SameOrAfter", "End", "End"]),
    ("A during B", ["IncludedIn"]),
    ("start of A during day of B", ["In", "Start"]),
    ("A properly during B", ["ProperIncludedIn"]),
    ("A includes start of B", ["Contains", "Start"]),
    ("A same day as B", ["SameAs"]),
    ("A starts same year or before start of B", ["SameOrBefore", "Start", "Start"]),
    ("A meets before B", ["MeetsBefore"]),
    ("A overlaps after B", ["OverlapsAfter"]),
    ("A starts B", ["Starts"]),
    ("A starts 3 days before start of B", ["SameAs", "Start", "Subtract", "Start"]),
    ("A starts 3 days or more before start of B", ["SameOrBefore", "Start", "Subtract", "Start"]),
    ("A starts more than 3 days after end of B", ["After", "Start", "Add", "End"]),
    ("A starts 3 days or less before start of B", ["And", "In", "Start", "Subtract", "Start", "Start", "Not", "IsNull", "Start"]),
    ("A starts within 3 days of start of B", ["And", "In", "Start", "Subtract", "Start", "Add", "Start", "Not", "IsNull", "Start"]),
)  # fmt: skip


@pytest.mark.parametrize(("phrase", "wanted"), PHRASES)
def test_what_timing_phrases_stand_for(phrase: str, wanted: list[str]) -> None:
    text = f'{HEAD}define A: "Period"\ndefine B: "Period"\ndefine X: {phrase}'
    tree = library(text).definitions["X"].expression
    found = [node.operator for node in tree.walk() if isinstance(node, elm.Apply)]
    assert sorted(found) == sorted(each for each in wanted)


class TestLibraries:
    def test_what_stands_below_may_be_used_above(self) -> None:
        assert typed("Y\ndefine Y: F(1)\ndefine function F(x Integer): x + 1.0") == "Decimal"

    def test_overloads_are_chosen_by_their_operands(self) -> None:
        text = f"{HEAD}define function F(x Integer): 'i'\ndefine function F(x Decimal): x\ndefine A: F(1)\ndefine B: F(1.5)"
        found = library(text).definitions
        assert [str(found[name].expression.type) for name in "AB"] == ["String", "Decimal"]

    def test_fluent_functions_are_found_in_what_is_included(self) -> None:
        common = (
            "library Common\ndefine fluent function twice(x Integer): x * 2\ndefine private P: 1\ndefine Q: 5"
        )
        found = library("library T\ninclude Common called C\ndefine X: C.Q.twice()", Common=common)
        assert str(found.definitions["X"].expression.type) == "Integer"
        with pytest.raises(ManyErrors, match="private"):
            library("library T\ninclude Common\ndefine X: Common.P", Common=common)

    def test_functions_do_not_call_themselves(self) -> None:
        with pytest.raises(ManyErrors, match="calls itself"):
            library("library T\ndefine function F(x Integer): F(x)\ndefine X: F(1)")

    def test_libraries_do_not_include_each_other(self) -> None:
        a, b = "library A\ninclude B", "library B\ninclude A"
        with pytest.raises(InputError, match="include each other"):
            library(a, A=a, B=b)

    def test_a_library_that_is_not_there(self) -> None:
        with pytest.raises(LakmusError, match="no library Common") as raised:
            library("library T\ninclude Common")
        assert raised.value.place is not None
        assert raised.value.place.line == 2

    def test_a_name_is_defined_once(self) -> None:
        with pytest.raises(ManyErrors, match="defined twice"):
            library("library T\ndefine A: 1\ndefine A: 2")

    def test_what_each_patient_has_is_a_list_for_all(self) -> None:
        text = f"{HEAD}define Adult: AgeInYears() >= 18\ncontext Unfiltered\ndefine Adults: Adult"
        assert str(library(text).definitions["Adults"].expression.type) == "List<Boolean>"

    def test_the_default_of_a_parameter_says_its_type(self) -> None:
        found = library("library T\nparameter P default 5\ndefine X: P + 1")
        assert str(found.parameters["P"].type) == "Integer"
