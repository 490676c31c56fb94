"""Strings and regular expressions."""

from __future__ import annotations

import pytest

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.elm import strings
from lakmus.query.engines.reference.elm.rows import Call, apply
from lakmus.query.ir.elm.types import ANY
from tests.query.cql.row_literals import CONTEXT, is_literal, run


@pytest.mark.parametrize(
    ("name", "operands", "result"),
    [
        ("Concatenate", ("'a'", "'b'"), "'ab'"),
        ("Concatenate", ("'a'", "null"), "null"),
        ("Combine", ("{'a', null, 'b'}",), "'ab'"),
        ("Combine", ("{'a', 'b'}", "'-'"), "'a-b'"),
        ("Combine", ("{'a', 'b'}", "null"), "'ab'"),
        ("Combine", ("{null}",), "null"),
        ("Combine", ("null",), "null"),
        ("Split", ("'a,b,'", "','"), "{'a', 'b', ''}"),
        ("Split", ("'a,b'", "null"), "{'a,b'}"),
        ("Split", ("'ab'", "''"), "{'a', 'b'}"),
        ("Split", ("null", "','"), "null"),
        ("SplitOnMatches", ("'a1b22c'", "'([0-9])+'"), "{'a', 'b', 'c'}"),
        ("SplitOnMatches", ("'abc'", "'x*'"), "{'abc'}"),
        ("Length", ("'häß'",), "3"),
        ("Length", ("null",), "null"),
        ("Upper", ("'aB'",), "'AB'"),
        ("Lower", ("'aB'",), "'ab'"),
        ("Indexer", ("'ab'", "1"), "'b'"),
        ("Indexer", ("'ab'", "2"), "null"),
        ("Indexer", ("'ab'", "-1"), "null"),
        ("PositionOf", ("'b'", "'abab'"), "1"),
        ("PositionOf", ("'x'", "'abab'"), "-1"),
        ("LastPositionOf", ("'b'", "'abab'"), "3"),
        ("Substring", ("'abc'", "1"), "'bc'"),
        ("Substring", ("'abc'", "1", "1"), "'b'"),
        ("Substring", ("'abc'", "1", "null"), "'bc'"),
        ("Substring", ("'abc'", "1", "9"), "'bc'"),
        ("Substring", ("'abc'", "3"), "null"),
        ("Substring", ("'abc'", "-1"), "null"),
        ("Substring", ("''", "0"), "''"),
        ("StartsWith", ("'abc'", "'ab'"), "true"),
        ("EndsWith", ("'abc'", "'ab'"), "false"),
        ("Matches", ("'was 2017'", "'[0-9]+'"), "true"),
        ("Matches", ("'was 2017'", "'^[0-9]+$'"), "false"),
        ("ReplaceMatches", ("'bop she bop'", "'bop'", "'bang'"), "'bang she bang'"),
        ("ReplaceMatches", ("'a-b'", "'(a)-(b)'", "'$2-$1'"), "'b-a'"),
        ("ReplaceMatches", ("'a b'", "' '", "'\\$'"), "'a$b'"),
        ("ReplaceMatches", ("'a'", "'a'", "'$7'"), "''"),
        ("ToChars", ("'ab'",), "{'a', 'b'}"),
    ],
)
def test_strings(name: str, operands: tuple[str, ...], result: str) -> None:
    assert is_literal(_run(name, *operands), result)


def _run(name: str, *operands: str) -> object:
    """As `run`; signs that literals of these tests do not have come as they are."""
    plain = [operand[1:-1] if operand.startswith("'") else None for operand in operands]
    if None in plain:
        return run(name, *operands)
    return apply(name, Call(CONTEXT, (ANY,) * len(plain), ANY), *plain)


def test_a_dot_matches_the_end_of_a_line() -> None:
    assert _run("Matches", "'a\nb'", "'^a.b$'") is True


@pytest.mark.parametrize("pattern", ["(", r"(a)\1", "a{2000}", "a" * 20_000])
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(InputError, match="regular expression"):
        _run("Matches", "'a'", f"'{pattern}'")


def test_a_pattern_that_takes_others_for_ever() -> None:
    assert _run("Matches", f"'{'a' * 50_000}!'", "'^(a+)+$'") is False


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("Concatenate", ("x" * 6_000_000, "x" * 6_000_000)),
        ("ReplaceMatches", ("x" * 10_000, "x", "y" * 10_000)),
        ("ReplaceMatches", ("x" * 100_000, ".*", "$0" * 200)),
    ],
)
def test_texts_do_not_grow_without_end(name: str, operands: tuple[str, ...]) -> None:
    assert strings.LONGEST_RESULT < 12_000_000
    with pytest.raises(InputError, match="too long"):
        apply(name, Call(CONTEXT, (ANY,) * len(operands), ANY), *operands)
