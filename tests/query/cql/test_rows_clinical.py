"""Ages, and membership and subsumption through a provider of terminology."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lakmus.core.errors import InputError, UnsupportedError
from lakmus.query.engines.reference.elm.rows import Call, apply
from lakmus.query.ir.elm.types import ANY, CODE, VALUE_SET, ListType
from lakmus.query.ir.elm.values import Code, CodeSystem, Concept, ValueSet
from lakmus.terminology.model import Coding, Expansion, Subsumption, Validation
from tests.query.cql.row_literals import CONTEXT, is_literal, run

SNOMED = "http://snomed.info/sct"


class Terminology:
    """One value set, one system of three codes: an animal, a dog, a stone."""

    def members(self, value_set: str) -> frozenset[tuple[str, str]]:
        assert value_set in ("urn:pets", "urn:pets|2")
        return frozenset({(SNOMED, "dog"), ("urn:a", "twice"), ("urn:b", "twice")})

    def expand(self, value_set: str) -> Expansion:
        return Expansion(value_set, "", 1, 0, (Coding(SNOMED, "dog", "Dog"),))

    def validate_code(self, coding: Coding, value_set: str = "") -> Validation:
        return Validation(coding.system == SNOMED and coding.code in ("animal", "dog", "stone"))

    def subsumes(self, system: str, code_a: str, code_b: str) -> Subsumption:
        if code_a == code_b:
            return Subsumption.EQUIVALENT
        known = {("animal", "dog"): Subsumption.SUBSUMES, ("dog", "animal"): Subsumption.SUBSUMED_BY}
        return known.get((code_a, code_b), Subsumption.NOT_SUBSUMED)


TERMINOLOGY: Any = Terminology()
CALL = Call(replace(CONTEXT, terminology=TERMINOLOGY), (), ANY)
PETS = ValueSet("urn:pets")
SYSTEM = CodeSystem(SNOMED)
ANIMAL, DOG, STONE = (Code(code, SNOMED) for code in ("animal", "dog", "stone"))


@pytest.mark.parametrize(
    ("birth", "unit", "age"),
    [
        ("@1974-02-28", "year", "50"),
        ("@1974-03-01", "year", "49"),
        ("@1974", "year", "49~50"),
        ("@2024-01", "month", "0~1"),
        ("@2024-02-01", "week", "4"),
        ("@2024-02-28T12:30:00.0Z", "hour", "24"),
        ("null", "year", "null"),
    ],
)
def test_age(birth: str, unit: str, age: str) -> None:
    assert is_literal(run("CalculateAge", birth, precision=unit), age)


def test_age_at() -> None:
    assert run("CalculateAgeAt", "@2000-02-29", "@2001-02-28", precision="year") == 0
    assert run("CalculateAgeAt", "@2000-02-29", "@2001-03-01", precision="year") == 1


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (DOG, True),
        (STONE, False),
        (Code("dog"), False),
        ("dog", True),
        ("stone", False),
        (Concept((STONE, DOG)), True),
        (Concept(()), False),
        (None, False),
    ],
)
def test_in_value_set(code: Any, answer: bool) -> None:
    assert apply("InValueSet", CALL, code, PETS) is answer
    assert apply("AnyInValueSet", CALL, [STONE, None, code], PETS) is answer


def test_a_value_set_may_name_its_version_but_not_those_of_its_systems() -> None:
    assert apply("InValueSet", CALL, DOG, ValueSet("urn:pets", "2")) is True
    with pytest.raises(UnsupportedError):
        apply("InValueSet", CALL, DOG, ValueSet("urn:pets", codesystems=(SYSTEM,)))


def test_whether_something_is_in_null_is_not_known() -> None:
    assert apply("InValueSet", CALL, DOG, None) is None
    assert apply("InCodeSystem", CALL, DOG, None) is None


def test_a_code_without_its_system_is_ambiguous() -> None:
    with pytest.raises(InputError, match="several code systems"):
        apply("InValueSet", CALL, "twice", PETS)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (DOG, True),
        (Code("cat", SNOMED), False),
        (Code("dog", "urn:other"), False),
        ("dog", True),
        (None, False),
    ],
)
def test_in_code_system(code: Any, answer: bool) -> None:
    assert apply("InCodeSystem", CALL, code, SYSTEM) is answer
    listed = replace(CALL, types=(ListType(CODE), VALUE_SET))
    assert apply("AnyInCodeSystem", listed, [code], SYSTEM) is answer


def test_expansion() -> None:
    assert apply("ExpandValueSet", CALL, PETS) == [Code("dog", SNOMED, None, "Dog")]
    assert apply("ExpandValueSet", CALL, None) is None


@pytest.mark.parametrize(
    ("above", "below", "answer"),
    [
        (ANIMAL, DOG, True),
        (DOG, ANIMAL, False),
        (DOG, DOG, True),
        (STONE, DOG, False),
        (Concept((STONE, ANIMAL)), Concept((DOG,)), True),
        (ANIMAL, Code("dog", "urn:other"), None),
    ],
)
def test_subsumption(above: Any, below: Any, answer: bool | None) -> None:
    assert apply("Subsumes", CALL, above, below) is answer
    assert apply("SubsumedBy", CALL, below, above) is answer


@pytest.mark.parametrize("name", ["InValueSet", "InCodeSystem", "Subsumes"])
def test_without_terminology(name: str) -> None:
    with pytest.raises(UnsupportedError):
        apply(name, Call(CONTEXT, (), ANY), DOG, {"InValueSet": PETS, "InCodeSystem": SYSTEM}.get(name, DOG))
