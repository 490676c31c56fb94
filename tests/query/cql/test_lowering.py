"""What the passes before SQL make of a definition: which nodes are left of it."""

from __future__ import annotations

from collections import Counter

import pytest

from lakmus.query import cql
from lakmus.query.engines.duckdb.elm.lowering import Inlining, known, narrowed
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.types import BOOLEAN, CqlType, Named

HEAD = """library L
using FHIR version '4.0.1'
context Patient
define function Onset(c Choice<Condition, Procedure>): if c is Condition then (c as Condition).onset else (c as Procedure).performed
define function Finals(items List<Observation>): items X where X.status = 'final'
define function Twice(n Integer): n + n
define Mixed: [Condition] union [Procedure]
"""


def lowered(expression: str, absent: frozenset[str] = frozenset()) -> elm.Elm:
    program = compile(f"{HEAD}define X: {expression}", cql.known_models())

    def occurring(_: Named, name: str) -> frozenset[CqlType] | None:
        return frozenset() if name in absent else None

    return known(narrowed(Inlining(program)(program.library.definitions["X"].expression), occurring))


def nodes(tree: elm.Elm) -> Counter[str]:
    """How many nodes of each kind; operators by their names."""
    return Counter(
        node.operator if isinstance(node, elm.Apply) else type(node).__name__ for node in tree.walk()
    )


@pytest.mark.parametrize(
    ("expression", "there", "gone"),
    [
        # a function is its body, computed once
        ("Twice(Count([Observation]))", {"Let": 1, "Add": 1, "Retrieve": 1}, {"FunctionRef"}),
        ("Twice(3)", {"Literal": 2, "Add": 1}, {"FunctionRef", "Let"}),
        ("Count(Finals(Finals([Observation])))", {"Query": 2, "Retrieve": 1}, {"FunctionRef"}),
        # of a list of mixed classes each class is asked alone
        ("exists (Mixed M where Onset(M) is not null)", {"Or": 1, "Exists": 2, "Query": 2}, {"Is", "Case", "Union"}),
        ("Mixed M where M is Condition", {"Retrieve": 1}, {"Is", "Procedure"}),
        # what is known needs no test
        ("if false then 1 else 2", {"Literal": 1}, {"If"}),
        ("start of (null as Interval<DateTime>)", {"Null": 1}, {"Start"}),
        ("(1 as Choice<Integer, String>) is String", {"Literal": 1}, {"Is", "As"}),
        ("[Observation] O where O is not null", {"Retrieve": 1}, {"Query", "IsNull"}),
        ("true and exists [Observation]", {"Exists": 1}, {"And"}),
        ("null implies true", {"Literal": 1}, {"Implies"}),
    ],
)  # fmt: skip
def test_what_is_left(expression: str, there: dict[str, int], gone: set[str]) -> None:
    found = nodes(lowered(expression))
    assert {name: found[name] for name in there} == there
    assert not gone & found.keys()


def test_an_element_that_no_record_has_is_null() -> None:
    tree = lowered("exists ([Condition] C where C.abatement is not null)", frozenset({"abatement"}))
    assert "Property" not in nodes(tree)


def test_a_copy_captures_no_name_of_where_it_stands() -> None:
    """`X` of the function and `X` of the query are two."""
    tree = lowered("[Observation] X where exists ((Finals([Observation])) Y where Y.id = X.id)")
    names = [node.sources[0].alias for node in tree.walk() if isinstance(node, elm.Query)]
    assert len(names) == len(set(names)) == 3


def test_truth_is_a_literal() -> None:
    assert lowered("not false") == elm.Literal(BOOLEAN, True)
