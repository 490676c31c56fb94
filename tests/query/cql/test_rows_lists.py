"""Lists: membership, sets, positions."""

from __future__ import annotations

import pytest

from lakmus.core.errors import InputError
from lakmus.query.engines.reference.elm import lists  # noqa: F401 - it fills the table
from lakmus.query.engines.reference.elm.members import Members
from lakmus.query.engines.reference.elm.rows import Call, apply
from lakmus.query.ir.elm.types import ANY, INTEGER, ListType
from lakmus.query.ir.elm.values import Code, Tuple
from tests.query.cql.row_literals import CONTEXT, is_literal, literal, run

CALL = Call(CONTEXT, (ListType(ANY),) * 2, ANY)


@pytest.mark.parametrize(
    ("items", "value", "contains", "properly"),
    [
        ("{1, 2}", "1", "true", "true"),
        ("{1, 2}", "3", "false", "false"),
        ("{1}", "1", "true", "false"),
        ("{1, 1}", "1", "true", "false"),
        ("{1, null}", "1", "true", "null"),
        ("{1, 2, null}", "1", "true", "true"),
        ("{1, null}", "2", "false", "false"),
        ("{1, null}", "null", "true", "true"),
        ("{null, null}", "null", "true", "false"),
        ("{1, 2}", "null", "false", "false"),
        ("{}", "1", "false", "false"),
        ("null", "1", "false", "false"),
        ("{@2012-01, @2013}", "@2012", "null", "null"),
        ("{@2012-01, @2012}", "@2012", "true", "null"),
        ("{1, 2}", "2.0", "true", "true"),
        ("{true, false}", "1", "false", "false"),
        ("{Interval[1, 2], Interval[3, 4]}", "Interval[1, 3)", "true", "true"),
    ],
)
def test_membership(items: str, value: str, contains: str, properly: str) -> None:
    values = literal(items), literal(value)
    for name, converse, expected in (("Contains", "In", contains), ("ProperContains", "ProperIn", properly)):
        assert is_literal(apply(name, CALL, *values), expected)
        assert is_literal(apply(converse, CALL, *reversed(values)), expected)


@pytest.mark.parametrize(
    ("outer", "inner", "includes", "properly"),
    [
        ("{1, 2, 3}", "{3, 1}", "true", "true"),
        ("{1, 2}", "{2, 1}", "true", "false"),
        ("{1, 2}", "{1, 3}", "false", "false"),
        # Larger is what has more items, twice the same or not
        ("{1, 1}", "{1}", "true", "true"),
        ("{1, 2, 3}", "{1, 1, 2}", "true", "false"),
        ("{@2012, @2013}", "{@2012}", "true", "true"),
        ("{1}", "{}", "true", "true"),
        ("{}", "{}", "true", "false"),
        ("{1, null}", "{null}", "true", "true"),
        ("{1}", "{null}", "false", "false"),
        ("{@2012-01, @2013}", "{@2012}", "null", "null"),
        ("null", "{1}", "null", "null"),
        ("{1}", "null", "null", "null"),
    ],
)
def test_inclusion(outer: str, inner: str, includes: str, properly: str) -> None:
    pairs = (("Includes", "IncludedIn", includes), ("ProperIncludes", "ProperIncludedIn", properly))
    for name, converse, expected in pairs:
        assert is_literal(apply(name, CALL, literal(outer), literal(inner)), expected)
        assert is_literal(apply(converse, CALL, literal(inner), literal(outer)), expected)


@pytest.mark.parametrize("name", ["Indexer", "Skip", "Take"])
def test_positions_are_certain(name: str) -> None:
    """How many days lie between two months nobody knows: there is no such item."""
    with pytest.raises(InputError, match="uncertain"):
        apply(name, Call(CONTEXT, (ListType(INTEGER), INTEGER), ANY), [1, 2], literal("3~5"))


@pytest.mark.parametrize(
    ("left", "right", "union", "intersect", "except_"),
    [
        ("{1, 2, 2}", "{3, 2, null}", "{1, 2, 3, null}", "{2}", "{1}"),
        ("{null, null}", "{null}", "{null}", "{null}", "{}"),
        ("{1, 1}", "null", "{1}", "null", "{1}"),
        ("null", "{1, 1}", "{1}", "null", "null"),
        ("{'a'}", "{'A'}", "{'a', 'A'}", "{}", "{'a'}"),
        ("{1 'm'}", "{100 'cm'}", "{1 'm'}", "{1 'm'}", "{}"),
        ("{@2012}", "{@2012-01}", "{@2012, @2012-01}", "{}", "{@2012}"),
        (
            "{@2012-01-01T12:00Z}",
            "{@2012-01-01T13:00+01:00}",
            "{@2012-01-01T12:00Z}",
            "{@2012-01-01T12:00Z}",
            "{}",
        ),
        ("{{1, null}}", "{{1, null}}", "{{1, null}}", "{{1, null}}", "{}"),
    ],
)
def test_sets(left: str, right: str, union: str, intersect: str, except_: str) -> None:
    for name, expected in (("Union", union), ("Intersect", intersect), ("Except", except_)):
        assert is_literal(apply(name, CALL, literal(left), literal(right)), expected)


@pytest.mark.parametrize(
    ("name", "operands", "result"),
    [
        ("Distinct", ("{1, null, 2, 1, null}",), "{1, null, 2}"),
        ("Distinct", ("null",), "null"),
        ("Flatten", ("{{1, 2}, {}, {null, 3}}",), "{1, 2, null, 3}"),
        ("Flatten", ("{{1}, null}",), "{1}"),
        ("Flatten", ("{1, null}",), "{1, null}"),
        ("Exists", ("{null}",), "false"),
        ("Exists", ("{null, 1}",), "true"),
        ("Exists", ("null",), "false"),
        ("Length", ("{null, 1}",), "2"),
        ("First", ("{null, 1}",), "null"),
        ("First", ("{}",), "null"),
        ("Last", ("{null, 1}",), "1"),
        ("Indexer", ("{1, 2}", "1"), "2"),
        ("Indexer", ("{1, 2}", "-1"), "null"),
        ("IndexOf", ("{1, 2, 2}", "2"), "1"),
        ("IndexOf", ("{1, 2}", "3"), "-1"),
        ("IndexOf", ("{1, null}", "null"), "null"),
        ("SingletonFrom", ("{7}",), "7"),
        ("SingletonFrom", ("{}",), "null"),
        ("Tail", ("{1, 2, 3}",), "{2, 3}"),
        ("Tail", ("{}",), "{}"),
        ("Skip", ("{1, 2, 3}", "2"), "{3}"),
        ("Skip", ("{1, 2, 3}", "null"), "{1, 2, 3}"),
        ("Skip", ("{1, 2, 3}", "-1"), "{}"),
        ("Skip", ("null", "1"), "null"),
        ("Take", ("{1, 2, 3}", "2"), "{1, 2}"),
        ("Take", ("{1, 2, 3}", "null"), "{}"),
        ("Take", ("{1, 2, 3}", "-1"), "{}"),
        ("Slice", ("{1, 2, 3, 4}", "1", "-1"), "{2, 3}"),
        ("Slice", ("{1, 2, 3, 4}", "-2"), "{3, 4}"),
        ("Slice", ("{1, 2, 3, 4}", "null", "1"), "{1}"),
        ("Slice", ("{1, 2}", "5"), "{}"),
    ],
)
def test_lists(name: str, operands: tuple[str, ...], result: str) -> None:
    assert is_literal(run(name, *operands), result)


def test_null_has_length_0() -> None:
    assert apply("Length", Call(CONTEXT, (ListType(ANY),), INTEGER), None) == 0


def test_a_singleton_of_several() -> None:
    with pytest.raises(InputError, match="more than one"):
        run("SingletonFrom", "{1, 2}")


def test_members_of_all_kinds() -> None:
    values = [Code("1", "s"), Code("1", "t"), Tuple({"a": 1, "b": None}), Tuple({"b": None, "a": 1}), True, 1]
    assert Members(CALL, values).values == [values[0], values[1], values[2], True, 1]


def test_many_members_take_no_square_of_time() -> None:
    assert len(Members(CALL, [number % 40_000 for number in range(80_000)]).values) == 40_000
