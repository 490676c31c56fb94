"""Every operator over values that may be missing: parameters nobody gave, whose types SQL must not lose on the way.

Each signature of appendix B is asked with all its operands missing, and with each of them missing alone; both engines agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from lakmus.core.errors import InputError, UnsupportedError
from lakmus.query.engines.reference.elm.evaluate import Evaluation
from lakmus.query.engines.reference.elm.records import Records
from lakmus.query.engines.reference.elm.rows import Context
from lakmus.query.frontends.cql.signatures import SIGNATURES, Signature
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Definition, Library, Parameter, Program
from lakmus.query.ir.elm.types import CqlType, IntervalType, ListType, TypeParameter
from lakmus.terminology.units import Units
from tests.query.cql.cql_suite import same
from tests.query.cql.duckdb_suite import NOW, Suite, no_model

VALUES = {
    "Any": "3",
    "Boolean": "true",
    "Integer": "3",
    "Long": "3L",
    "Decimal": "2.5",
    "String": "'abc'",
    "Date": "@2024-02-29",
    "DateTime": "@2024-02-29T10:00:00.000Z",
    "Time": "@T10:00:00.000",
    "Quantity": "2.5 'mg'",
    "Ratio": "1 'mg':2 'mL'",
    "Code": "Code { code: 'a', system: 's' }",
    "Concept": "Concept { codes: { Code { code: 'a', system: 's' } } }",
}
PRECISE = ("DurationBetween", "DifferenceBetween", "DateTimeComponentFrom", "CalculateAge", "CalculateAgeAt")
# Operators that have other nodes or ask for records and terminology.
ELSEWHERE = ("ExpandValueSet", "InValueSet", "AnyInValueSet", "InCodeSystem", "AnyInCodeSystem", "Message")
ANY = ("Integer", "DateTime")


def cases() -> Iterator[tuple[str, Signature, tuple[CqlType, ...]]]:
    """Signatures with types for their type parameters."""
    for name, signatures in SIGNATURES.items():
        for signature in signatures if name not in ELSEWHERE else ():
            for chosen in (
                ANY if "T" in {str(p) for each in signature.takes for p in _open(each)} else ANY[:1]
            ):
                yield (
                    f"{signature} T={chosen}",
                    signature,
                    tuple(_closed(each, chosen) for each in signature.takes),
                )


def _open(type_: CqlType) -> list[CqlType]:
    match type_:
        case ListType(inner) | IntervalType(inner):
            return _open(inner)
        case TypeParameter():
            return [type_]
    return []


def _closed(type_: CqlType, chosen: str) -> CqlType:
    match type_:
        case ListType(inner):
            return ListType(_closed(inner, chosen))
        case IntervalType(inner):
            return IntervalType(_closed(inner, chosen))
        case TypeParameter():
            return value(chosen).type
    return type_


@cache
def value(type_: str) -> elm.Elm:
    """A value of a type, as an expression."""
    return compile(f"define X: {_text(type_)}", no_model).library.definitions["X"].expression


def _text(type_: str) -> str:
    inner = type_.partition("<")[2][:-1]
    if type_.startswith("List<"):
        return f"{{ {_text(inner)} }}"
    if type_.startswith("Interval<"):
        return f"Interval[{_text(inner)}, {_text(inner)}]"
    return VALUES[type_]


def program(signature: Signature, types: tuple[CqlType, ...], missing: int | None) -> Program:
    """An operator of parameters: all without a value, or only one."""
    parameters = {
        f"P{i}": Parameter(
            f"P{i}", type_, value(str(type_)) if missing is not None and i != missing else None
        )
        for i, type_ in enumerate(types)
    }
    operands = tuple(elm.ParameterRef(each.type, "L", each.name) for each in parameters.values())
    gives = _given(signature, types)
    precision = "month" if signature.name in PRECISE else ""
    tree = elm.Apply(gives, signature.name, operands, precision)
    library = Library("L", definitions={"X": Definition("X", "Unfiltered", tree)}, parameters=parameters)
    return Program("L", {"L": library})


def _given(signature: Signature, types: tuple[CqlType, ...]) -> CqlType:
    bound = [(p, c) for p, c in zip(signature.takes, types, strict=True) if _open(p)]
    if not _open(signature.gives) or not bound:
        return signature.gives
    taken, closed = bound[0]
    while isinstance(taken, ListType | IntervalType):
        taken, closed = (
            taken.item if isinstance(taken, ListType) else taken.point,
            getattr(closed, "item", None) or closed.point,
        )
    return _closed(signature.gives, str(closed))


def said(run: Callable[[Program], Any], asked: Program) -> Any:
    try:
        return run(asked)
    except InputError:
        return "an error"


def reference(asked: Program) -> Any:
    return Evaluation(asked, Records(()), Context(NOW, Units())).define("X")


CASES = list(cases())


@pytest.fixture(scope="module")
def suite() -> Suite:
    return Suite()


@pytest.mark.parametrize(
    ("signature", "types"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_both_engines_agree(suite: Suite, signature: Signature, types: tuple[CqlType, ...]) -> None:
    for missing in (None, *range(len(types))):
        asked = program(signature, types, missing)
        try:
            found = said(suite.defined, asked)
        except UnsupportedError:
            continue
        expected = said(reference, asked)
        assert same(found, expected), (missing, found, expected)


def test_all_signatures_are_asked() -> None:
    assert {case[1].name for case in CASES} == set(SIGNATURES) - set(ELSEWHERE)
