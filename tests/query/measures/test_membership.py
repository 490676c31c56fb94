"""Populations as a table: what each patient meets, how many are counted, and the score.

Semantics: Quality Measure Implementation Guide, "Proportion Measures", "Ratio Measures", "Cohort Definitions".
"""

from __future__ import annotations

from typing import Any

import pytest

from lakmus.core.errors import InputError
from tests.query.measures.making import counts, document, group, population, subject

IP, DEN, DENEX, NUM, NUMEX, DENEXC = (
    "initial-population",
    "denominator",
    "denominator-exclusion",
    "numerator",
    "numerator-exclusion",
    "denominator-exception",
)
ALL = (IP, DEN, DENEX, NUM, NUMEX, DENEXC)
RATIO = (IP, DEN, DENEX, NUM, NUMEX)

# Patients by what they meet (one letter a population, in the order of ALL; ? is null), counts in that order, the score.
PROPORTION = [
    ("nobody", [], (0, 0, 0, 0, 0, 0), None),
    ("not in the initial population", [".+++++"], (0, 0, 0, 0, 0, 0), None),
    ("not in the denominator", ["+.++++"], (1, 0, 0, 0, 0, 0), None),
    ("null is false", ["+?+...", "+++???"], (2, 1, 1, 0, 0, 0), None),
    ("met", ["++.+.."], (1, 1, 0, 1, 0, 0), 1),
    ("not met", ["++...."], (1, 1, 0, 0, 0, 0), 0),
    ("excluded before it is looked at", ["++++++"], (1, 1, 1, 0, 0, 0), None),
    ("the exception counts only where the numerator is not met", ["++.+.+", "++...+"], (2, 2, 0, 1, 0, 1), 1),
    ("excluded from the numerator, kept in the denominator", ["++.++.", "++.+.."], (2, 2, 0, 2, 1, 0), 0.5),
    (
        "numerator exclusion and exception",
        ["++.+++", "++.+..", "++...."],
        (3, 3, 0, 2, 1, 0),
        pytest.approx(1 / 3, abs=1e-6),
    ),
    (
        "all of it",
        ["++.+..", "++....", "+++...", "++...+", "+.....", "......", "++.+.."],
        (6, 5, 1, 2, 0, 1),
        pytest.approx(2 / 3, abs=1e-6),
    ),
]


def met(letters: str, codes: tuple[str, ...]) -> dict[str, Any]:
    return {code: {"+": True, ".": False, "?": None}[c] for code, c in zip(codes, letters, strict=True)}


@pytest.mark.parametrize(("about", "patients", "wanted", "score"), PROPORTION)
def test_proportion(about: str, patients: list[str], wanted: tuple[int, ...], score: Any) -> None:
    subjects = [subject(str(n), met(letters, ALL)) for n, letters in enumerate(patients)]
    found = group(document("proportion", ALL), subjects)
    assert tuple(counts(found).values()) == wanted, about
    assert found.get("measureScore", {}).get("value") == score


RATIOS = [
    ("the numerator is no part of the denominator", ["+..+.", "++..."], (2, 1, 0, 1, 0), 1),
    ("exclusions on both sides", ["++++.", "++.+.", "++.++"], (3, 3, 1, 3, 1), 1),
    ("more than one", ["+..+.", "+..+.", "++..."], (3, 1, 0, 2, 0), 2),
    ("nothing to divide by", ["+..+."], (1, 0, 0, 1, 0), None),
    ("an exclusion of the denominator leaves the numerator alone", ["++++.", "++..."], (2, 2, 1, 1, 0), 1),
]


@pytest.mark.parametrize(("about", "patients", "wanted", "score"), RATIOS)
def test_ratio(about: str, patients: list[str], wanted: tuple[int, ...], score: Any) -> None:
    subjects = [subject(str(n), met(letters, RATIO)) for n, letters in enumerate(patients)]
    found = group(document("ratio", RATIO), subjects)
    assert tuple(counts(found).values()) == wanted, about
    assert found.get("measureScore", {}).get("value") == score


def test_a_ratio_of_two_initial_populations() -> None:
    made = document(
        "ratio",
        [
            population(IP, "Admitted", "ip-d"),
            population(IP, "Tested", "ip-n"),
            population(DEN, id="d", criteriaReference="ip-d"),
            population(NUM, id="n", criteriaReference="ip-n"),
        ],
    )
    admitted = {"Admitted": True, "Tested": False, DEN: True, NUM: True}
    tested = {"Admitted": False, "Tested": True, DEN: True, NUM: True}
    found = group(made, [subject("a", admitted), subject("b", tested), subject("c", admitted)])
    assert counts(found) == {"ip-d": 2, "ip-n": 1, "d": 2, "n": 1}
    assert found["measureScore"] == {"value": 0.5}


def test_a_cohort_has_no_score() -> None:
    found = group(document("cohort", [IP]), [subject("a", {IP: True}), subject("b", {IP: None})])
    assert counts(found) == {IP: 1}
    assert "measureScore" not in found


ITEMS = [
    ("each item counts", {IP: [1, 2, 3], DEN: [1, 2, 3], NUM: [3]}, (3, 3, 0, 1, 0, 0), pytest.approx(1 / 3, abs=1e-6)),
    ("items of no initial population", {IP: [1], DEN: [1, 2], NUM: [2]}, (1, 1, 0, 0, 0, 0), 0),
    ("twice is once", {IP: [1, 1], DEN: [1, 1, 1], NUM: [1]}, (1, 1, 0, 1, 0, 0), 1),
    ("null is no item", {IP: [None, 1], DEN: [1, None]}, (1, 1, 0, 0, 0, 0), 0),
    ("no list", {IP: None}, (0, 0, 0, 0, 0, 0), None),
    (
        "exclusions and exceptions by item",
        {IP: [1, 2, 3, 4], DEN: [1, 2, 3, 4], DENEX: [1], NUM: [1, 2], NUMEX: [1, 2], DENEXC: [1, 2, 3]},
        (4, 4, 1, 1, 1, 1),
        0,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("about", "values", "wanted", "score"), ITEMS)
def test_items(about: str, values: dict[str, Any], wanted: tuple[int, ...], score: Any) -> None:
    found = group(document("proportion", ALL, basis="Encounter"), [subject("a", values)])
    assert tuple(counts(found).values()) == wanted, about
    assert found.get("measureScore", {}).get("value") == score


@pytest.mark.parametrize(
    ("basis", "value"),
    [("boolean", [1]), ("boolean", "SECRET"), ("Encounter", True), ("Encounter", "SECRET")],
)
def test_a_value_that_is_not_of_the_basis(basis: str, value: Any) -> None:
    with pytest.raises(InputError, match="population basis") as raised:
        group(document("cohort", [IP], basis=basis), [subject("a", {IP: value})])
    assert "Measure.group[0].population[0].criteria" in str(raised.value)
    assert "SECRET" not in str(raised.value)
