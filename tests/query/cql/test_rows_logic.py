"""Three-valued logic, what is null, and messages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.elm import logical, messages, nullological  # noqa: F401 - they fill the table
from lakmus.query.engines.reference.elm.rows import Call, apply
from lakmus.query.ir.elm.types import ANY
from tests.query.cql.row_literals import CONTEXT, is_literal, run


@pytest.mark.parametrize(
    ("left", "right", "both", "either", "one", "implied"),
    [
        ("true", "true", "true", "true", "false", "true"),
        ("true", "false", "false", "true", "true", "false"),
        ("true", "null", "null", "true", "null", "null"),
        ("false", "true", "false", "true", "true", "true"),
        ("false", "false", "false", "false", "false", "true"),
        ("false", "null", "false", "null", "null", "true"),
        ("null", "true", "null", "true", "null", "true"),
        ("null", "false", "false", "null", "null", "null"),
        ("null", "null", "null", "null", "null", "null"),
    ],
)
def test_logic(left: str, right: str, both: str, either: str, one: str, implied: str) -> None:
    assert is_literal(run("And", left, right), both)
    assert is_literal(run("Or", left, right), either)
    assert is_literal(run("Xor", left, right), one)
    assert is_literal(run("Implies", left, right), implied)


@pytest.mark.parametrize(
    ("operand", "opposite", "null", "true", "false"),
    [
        ("true", "false", "false", "true", "false"),
        ("false", "true", "false", "false", "true"),
        ("null", "null", "true", "false", "false"),
    ],
)
def test_one_operand(operand: str, opposite: str, null: str, true: str, false: str) -> None:
    assert is_literal(run("Not", operand), opposite)
    assert is_literal(run("IsNull", operand), null)
    assert is_literal(run("IsTrue", operand), true)
    assert is_literal(run("IsFalse", operand), false)


@pytest.mark.parametrize(
    ("operands", "first"),
    [
        (("null", "2", "3"), "2"),
        (("null", "null"), "null"),
        (("{null, 2, 3}",), "2"),
        (("{null}",), "null"),
        (("{}",), "null"),
        # Several operands that are lists are values themselves
        (("null", "{null, 1}"), "{null, 1}"),
    ],
)
def test_coalesce(operands: tuple[str, ...], first: str) -> None:
    assert is_literal(run("Coalesce", *operands), first)


@pytest.mark.parametrize(
    ("condition", "severity", "said"),
    [
        (True, "Warning", [("Warning", "7", "careful")]),
        (True, None, [("Message", "7", "careful")]),
        (False, "Warning", []),
        (None, "Error", []),
        (False, "Error", []),
    ],
)
def test_message_gives_its_source(condition: bool | None, severity: str | None, said: list[object]) -> None:
    heard: list[object] = []
    context = replace(CONTEXT, message=lambda *parts: heard.append(parts))
    assert apply("Message", Call(context, (ANY,) * 5, ANY), 42, condition, "7", severity, "careful") == 42
    assert heard == said


def test_an_error_ends_the_evaluation() -> None:
    with pytest.raises(InputError, match="no period"):
        apply("Message", Call(CONTEXT, (ANY,) * 5, ANY), None, True, "7", "Error", "no period")
