"""Which codes retrieves look for, where the rule says them."""

from __future__ import annotations

import pytest

from lakmus.core.errors import UnsupportedError
from lakmus.query.cql import known_models
from lakmus.query.engines.duckdb.elm.wanted import wanted
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Program

HEAD = """library Wanted
using FHIR version '4.0.1'
codesystem "S": 's'
code "A": 'a' from "S"
code "B": 'b' from "S"
concept "AB": { "A", "B" }
valueset "V": 'v'
context Patient
define Several: { "A", "B" }
define More: Several union { Code 'c' from "S" }
define Whole: "AB"
define Recorded: [Condition] C return C.code as Concept
"""


def retrieve(text: str) -> tuple[Program, elm.Retrieve]:
    program = compile(f"{HEAD}define X: {text}", known_models())
    found = program.library.definitions["X"].expression.walk()
    return program, next(node for node in found if isinstance(node, elm.Retrieve))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('[Condition: "A"]', ("s|a",)),
        ('[Condition: "AB"]', ("s|a", "s|b")),
        ('[Condition: code in { "A", "A" }]', ("s|a",)),
        ("[Condition: Several]", ("s|a", "s|b")),
        ("[Condition: code in More]", ("s|a", "s|b", "s|c")),
        ('[Condition: code in "AB".codes]', ("s|a", "s|b")),
        ("[Condition: code ~ Whole]", ("s|a", "s|b")),
    ],
)
def test_codes_that_are_said(text: str, codes: tuple[str, ...]) -> None:
    assert wanted(*retrieve(text)) == codes


def test_codes_that_records_say() -> None:
    with pytest.raises(UnsupportedError, match="computed"):
        wanted(*retrieve("[Procedure: code in Recorded]"))
