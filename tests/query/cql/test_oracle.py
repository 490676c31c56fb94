"""The comparison with the engine of others: its parts, which need no npm; and the whole, which is slow and does."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lakmus.query import cql
from tests.query.cql.made_terms import library, terms
from tests.query.cql.oracle import judging, outside
from tests.query.cql.oracle.canonical import canonical
from tests.query.cql.oracle.judging import AGREE, CARRIED, DIFFER, OURS, THEIRS, Verdict, judged, ledger
from tests.query.cql.oracle.outside import Answer, ask, install, there
from tests.query.cql.oracle.subjects import Subject, of_expressions, of_records, of_terms, translated

# What is written, and the form of its value.
FORMS = [
    ("1", {"number": "1"}),
    ("1.50", {"number": "1.5"}),
    ("-0.0", {"number": "0"}),
    ("0.00000001", {"number": "0.00000001"}),
    ("true", True),
    ("'a'", "a"),
    ("null", None),
    ("@2024", {"Date": "2024"}),
    ("@0099-02-03", {"Date": "0099-02-03"}),
    ("@2024-02T", {"DateTime": "2024-02T+00:00"}),
    ("@2024-02-03T10:20:30.040-03:30", {"DateTime": "2024-02-03T10:20:30.040-03:30"}),
    ("@T10:20", {"Time": "10:20"}),
    ("5 'mg'", {"Quantity": ["5", "mg"]}),
    ("3 days", {"Quantity": ["3", "day"]}),
    ("2.0 '1'", {"Quantity": ["2", "1"]}),
    ("Interval[1, 4)", {"Interval": [{"number": "1"}, {"number": "4"}, True, False]}),
    ("{1, null}", {"list": [{"number": "1"}, None]}),
    ("Tuple{b: 1, a: 'x'}", {"tuple": {"a": "x", "b": {"number": "1"}}}),
    ("1 'g' : 2 'g'", {"Ratio": [{"Quantity": ["1", "g"]}, {"Quantity": ["2", "g"]}]}),
    ("months between @2024 and @2024-03-01", {"uncertain": [{"number": "-9"}, {"number": "2"}]}),
]


@pytest.mark.parametrize(("text", "form"), FORMS)
def test_forms(text: str, form: Any) -> None:
    assert canonical(cql.evaluate_text(text)) == form


def test_forms_of_javascript() -> None:
    """What the other side writes of its values, made here by hand: Node alone is asked."""
    if shutil.which("node") is None:
        pytest.skip("there is no Node")
    asked = """
    import {canonical} from './canonical.mjs';
    const day = {isDate: true, year: 99, month: 2, day: null};
    const quantity = {isQuantity: true, value: 0.1 + 0.2, unit: 'days'};
    const values = [1, 10n, 0.1 + 0.2, -0.0, NaN, true, 'a', undefined, day, quantity, [null, 1], {b: 1, a: 'x'}];
    const interval = {isInterval: true, low: 1, high: null, lowClosed: true, highClosed: false};
    process.stdout.write(JSON.stringify([...values, interval].map(canonical)));
    """
    command = ["node", "--input-type=module", "-e", asked]
    printed = subprocess.run(command, cwd=outside.HERE, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert json.loads(printed) == [
        *({"number": digits} for digits in ("1", "10", "0.3", "0", "NaN")),
        *(True, "a", None, {"Date": "0099-02"}, {"Quantity": ["0.3", "day"]}),
        *({"list": [None, {"number": "1"}]}, {"tuple": {"a": "x", "b": {"number": "1"}}}),
        {"Interval": [{"number": "1"}, None, True, False]},
    ]


def told(subject: Subject, *values: Any, wrong: dict[str, str] | None = None) -> list[Verdict]:
    answers = {f"D{n}": {"value": value} for n, value in enumerate(values)}
    return list(judged(subject, Answer(subject.id, wrong or {}, [answers])))


def test_a_difference_is_found_where_it_begins() -> None:
    subject = of_expressions("three", ["1 + 1", "2", "D0 * D1"])
    found = told(subject, {"number": "3"}, {"number": "2"}, {"number": "6"})
    assert [each.outcome for each in found] == [DIFFER, AGREE, CARRIED]
    assert [each.unexplained for each in found] == [True, False, False]


def test_what_a_side_does_not_translate_is_told() -> None:
    subject = of_expressions("two", ["1 + 'a'", "1"])
    ours, _ = told(subject, {"number": "1"}, {"number": "1"})
    assert (ours.outcome, ours.unexplained) == (OURS, True)
    theirs, *_ = told(of_expressions("one", ["1"]), wrong={"D0": "no"})
    assert theirs.outcome == THEIRS


def test_errors_are_alike_and_faults_are_not() -> None:
    error, fault, value = {"error": "a"}, {"fault": "TypeError"}, {"value": None}
    assert judging.alike(error, {"error": "b"})
    assert not judging.alike(error, value)
    assert not judging.alike(fault, error)


def test_near_is_the_eighth_digit_of_one_unit() -> None:
    def amount(value: str, unit: str = "g") -> dict[str, Any]:
        return {"value": {"Quantity": [value, unit]}}

    assert judging.near(amount("1.00000001"), amount("1"))
    assert not judging.near(amount("1.00000002"), amount("1"))
    assert not judging.near(amount("1"), amount("1", "kg"))
    assert not judging.near({"value": None}, {"value": None})


def test_definitions_that_are_no_cql_are_left_out_with_those_that_need_them() -> None:
    program, wrong = translated("library A\ndefine D0: 1 + 'a'\ndefine D1: 2\ndefine D2: D0 + 1")
    assert wrong.keys() == {"D0", "D2"}
    assert program.library.definitions.keys() >= {"D1"}


@pytest.mark.parametrize("seed", range(10))
def test_random_terms_are_cql(seed: int) -> None:
    assert library(terms(seed)) == library(terms(seed))
    assert not translated(library(terms(seed)))[1]


def test_the_ledger_is_well_formed() -> None:
    assert len({each.id for each in ledger()}) == len(ledger())
    for each in ledger():
        assert each.side in ("theirs", "reading", "numbers")
        assert each.reason
        assert each.example
        assert each.where or each.ours or each.theirs or each.near, f"{each.id} explains everything"
        assert all(re.compile(pattern) for pattern in (each.where, each.ours, each.theirs))


def test_the_ledger_explains_no_plain_difference() -> None:
    for text in ("1 + 1", "true and false", "'a' + 'b'", "First({1})", "@2024-01-01 + 1 day"):
        wrong = Verdict("x", "D0", text, text, DIFFER, {"value": "ours"}, {"value": "theirs"})
        assert wrong.unexplained


# The whole


@pytest.fixture(scope="module")
def home() -> Path:
    if not there():
        pytest.skip("there is no Node with npm")
    return install()


def verdicts(subjects: list[Subject], shared: Path, home: Path) -> list[Verdict]:
    answers = ask((each.case for each in subjects), shared / "conformance", home)
    return [
        each for subject, answer in zip(subjects, answers, strict=True) for each in judged(subject, answer)
    ]


@pytest.mark.slow
def test_both_sides_write_the_same_forms(shared: Path, home: Path) -> None:
    found = verdicts([of_expressions("forms", [text for text, _ in FORMS])], shared, home)
    assert not [str(each) for each in found if each.outcome != AGREE]


@pytest.mark.slow
def test_every_known_difference_is_one(shared: Path, home: Path) -> None:
    """An example of which both sides now say the same is to be taken out of `differences.toml`."""
    subject = of_expressions("examples", [each.example for each in ledger()])
    operators = {f"D{n}": each.operator for n, each in enumerate(ledger())}
    found = verdicts([Subject(subject.id, subject.text, subject.people, operators)], shared, home)
    named = {f"D{n}": each for n, each in enumerate(ledger())}
    gone = [str(each) for each in found if each.outcome != DIFFER or not named[each.name].explains(each)]
    assert len(found) == len(ledger())
    assert not gone


@pytest.mark.slow
def test_random_libraries_differ_only_as_known(shared: Path, home: Path) -> None:
    found = verdicts([*map(of_terms, range(5)), *map(of_records, range(3))], shared, home)
    assert sum(each.outcome == AGREE for each in found) > 500
    assert not [str(each) for each in found if each.unexplained]
