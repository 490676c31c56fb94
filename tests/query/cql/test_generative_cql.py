"""Random libraries over random patients: the DuckDB engine says what the reference engine says, or refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from lakmus.core.errors import InputError, ManyErrors, UnsupportedError
from lakmus.query import cql
from lakmus.query.engines.duckdb.elm.plan import Plan
from lakmus.query.engines.reference.elm.evaluate import Evaluation
from lakmus.query.engines.reference.elm.records import Records
from lakmus.query.engines.reference.elm.rows import Context
from lakmus.query.frontends.cql.translate.program import compile
from lakmus.query.ir.elm import nodes as elm
from lakmus.query.ir.elm.library import Program
from lakmus.query.ir.elm.types import ListType
from lakmus.query.ir.elm.values import DateTime, Uncertainty
from lakmus.terminology.units import Units
from tests.query.cql.cql_suite import same
from tests.query.cql.duckdb_values import read
from tests.query.cql.made_cql import library, patients
from tests.query.cql.measure_tables import MeasureTables

NOW = DateTime((2026, 1, 2, 3, 4, 5, 0), 0)
FAILED = "failed"
# Nodes that random libraries are not made of, with why.
NOT_MADE = {
    elm.Tuple: "queries of several sources are in the official suite and the measures",
    elm.Instance: "the DuckDB engine makes instances of System classes only, which the official suite asks for",
    elm.ForEach: "paths over lists are in the measures",
}


def compiled(seed: int) -> Program:
    """The program of a seed, without the definitions that are no CQL (`null` alone says too little of its type)."""
    kept, *definitions = library(seed).split("\ndefine D")
    program = compile(kept, cql.known_models())
    for definition in definitions:
        longer = f"{kept}\ndefine D{definition}"
        try:
            kept, program = longer, compile(longer, cql.known_models())
        except ManyErrors:
            kept = longer[: -len(definition) - len("\ndefine D")]
    return program


def answers(seed: int, program: Program) -> tuple[dict[str, list[tuple[Any, Any]]], Counter[str]]:
    """Of each definition what both engines say of each patient; and what was refused."""
    people = patients(seed)
    tables = MeasureTables([{"resources": records} for records in people], NOW)
    found: dict[str, list[tuple[Any, Any]]] = {}
    refused: Counter[str] = Counter()
    runs = [Evaluation(program, Records(records), Context(NOW, Units())) for records in people]
    for name in cql.public(program):
        plan = Plan(program, tables)
        try:
            script = plan.script([name])
        except UnsupportedError as error:
            refused[str(error)] += 1
            continue
        tables.codes(plan, {})
        rows = tables.run(script, [name])
        type_ = program.library.definitions[name].expression.type
        found[name] = [(_expected(run, name), _said(rows[i], name, type_)) for i, run in enumerate(runs)]
    return found, refused


def _expected(run: Evaluation, name: str) -> Any:
    try:
        value = run.define(name)
    except InputError:
        return FAILED
    if isinstance(value, Uncertainty):
        return None
    return sorted(each.path for each in value) if isinstance(value, list) else value


def _said(row: dict[str, Any], name: str, type_: Any) -> Any:
    if row["errors"]:
        return FAILED
    if isinstance(type_, ListType):
        return sorted(str(each["$id"]).lstrip("/") for each in row[name])
    return read(row[name], type_)


def disagreements(seed: int) -> list[str]:
    found, _ = answers(seed, compiled(seed))
    return [
        f"seed {seed} {name}, patient {i}: {pair[0]!r} is not {pair[1]!r}"
        for name, pairs in found.items()
        for i, pair in enumerate(pairs)
        if not same(*pair)
    ]


@pytest.mark.parametrize("seed", range(12))
def test_engines_agree(seed: int) -> None:
    assert not disagreements(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1100))
def test_engines_agree_at_length(seed: int) -> None:
    assert not disagreements(seed)


def test_libraries_are_made_of_every_node() -> None:
    """Who adds a node makes random libraries of it, or says here why not."""
    made = {type(node) for seed in range(12) for node in _nodes(compiled(seed))}
    every = {each for each in vars(elm).values() if isinstance(each, type) and issubclass(each, elm.Elm)}
    assert every - made == {elm.Elm, *NOT_MADE}


def _nodes(program: Program) -> Iterator[elm.Elm]:
    library = program.library
    bodies = [each.body for overloads in library.functions.values() for each in overloads]
    defaults = [each.default for each in library.parameters.values()]
    for tree in (*(each.expression for each in library.definitions.values()), *bodies, *defaults):
        if tree is not None:
            yield from tree.walk()
