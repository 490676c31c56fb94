"""`lakmus cql run` over a lake, and `lakmus cql sql`: a library asked of everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute

from lakmus.access import Action
from lakmus.cli.common import installation, progress, say, show
from lakmus.core.clock import FixedClock, SystemClock
from lakmus.core.errors import InputError
from lakmus.query import cql
from lakmus.query.engines.duckdb import write
from lakmus.query.engines.duckdb.elm.run import Question, evaluate, shown
from lakmus.query.ir.elm.library import Program


def question(program: Program, define: list[str], given: list[str], persons: list[int]) -> Question:
    """What the options of a command ask."""
    clock = FixedClock(SystemClock().now())
    parameters = {}
    for each in given:
        name, sign, text = each.partition("=")
        if not sign:
            raise InputError(f"`{each}` gives no parameter", hint='write "Name=expression"')
        parameters[name.strip()] = cql.parameter(program, name.strip(), text, clock)
    return Question(program, define or cql.public(program), clock.now(), parameters, persons)


def ask(asked: Question, to: Path | None, snapshot: int | None) -> None:
    """Answers for everybody: into a file, or counted."""
    app = installation()
    at = app.lake.snapshot() if snapshot is None else snapshot
    app.may(Action.QUERY_IDENTIFIED, objects=[f"cql:{asked.program.entry}", f"snapshot:{at}"])
    with progress("asking everybody") as report:
        batches = evaluate(app.lake, asked, app.terminology, version=at, report=report)
        if to is not None:
            rows = write(_flat(batches) if to.suffix.lower() == ".csv" else batches, to)
            say(f"{rows} persons in {to} (snapshot {at})")
            return
        counts = _counted(batches, asked.names)
    show(counts, ("definition", "persons", "true", "false", "null", "without a value"))


def _flat(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Errors as one text: CSV has no lists."""
    for batch in batches:
        errors = pa.array(["; ".join(row) for row in batch.column("errors").to_pylist()], pa.string())
        yield batch.set_column(1, "errors", errors)


def sql(asked: Question) -> None:
    """The statements, for the newest snapshot."""
    app = installation()
    say(shown(app.lake, asked, app.lake.snapshot()))


def _counted(batches: Iterable[pa.RecordBatch], names: Iterable[str]) -> list[dict[str, Any]]:
    """Of each definition, how many persons have which answer; what is no Boolean is there or null."""
    counts: dict[str, Counter[str]] = {}
    names, persons, failed = list(names), 0, Counter[str]()
    for batch in batches:
        persons += batch.num_rows
        failed.update(name for row in batch.column("errors").to_pylist() for name in row)
        for name in names:
            counts.setdefault(name, Counter()).update(_answers(batch.column(name)))
    return [_row(name, persons, counts.get(name, Counter()), failed[name]) for name in names]


def _answers(column: pa.Array) -> Counter[str]:
    null = column.null_count
    if not pa.types.is_boolean(column.type):
        return Counter({"null": null})
    true = pyarrow.compute.sum(column).as_py() or 0
    return Counter({"true": true, "false": len(column) - null - true, "null": null})


def _row(name: str, persons: int, found: Counter[str], failed: int) -> dict[str, Any]:
    counted = {kind: found[kind] if kind in found or "true" in found else "" for kind in ("true", "false")}
    return {
        "definition": name,
        "persons": persons,
        **counted,
        "null": found["null"] - failed,
        "without a value": failed,
    }
